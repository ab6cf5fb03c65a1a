"""SRT is read as it is found; what is mended, guessed or left out is told with its line."""

from __future__ import annotations

import pytest

from captioner.errors import ReplyError
from captioner.formats import CaptionFile, read

USUAL = "00:00:01,000 --> 00:00:02,500"


def found(text: str) -> CaptionFile:
    return read(text.encode(), "a.srt")


def captions(text: str) -> list[tuple[int, int, str]]:
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in found(text).cues]


def told(text: str) -> list[tuple[str, int]]:
    return [(note.kind, note.line) for note in found(text).notes]


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01.000 --> 00:00:02.500",
        "0:0:1,000 --> 0:0:2,500",
        "00:00:01,0 --> 00:00:02,5",
        "00:00:01 --> 00:00:02,500",
        "00:01,000 --> 00:02,500",
        "00:00:01,0000 --> 00:00:02,5000",
        "0:00:01,000.0000000000582 --> 0:00:02,499.99999999999272",
        "00:00:01.0000001 --> 00:00:02.5",
        "00:00:01:000 --> 00:00:02:500",
        "00:00:01,000 -> 00:00:02,500",
        "00:00:01,000-->00:00:02,500",
        "00:00:01,000 –> 00:00:02,500",
        "00:00:01,000 —> 00:00:02,500",
        "00:00:01,000 – 00:00:02,500",
        "00:00:01,000 —-> 00:00:02,500",
        "00:00:01,000 ---> 00:00:02,500",
        "00:00:01,000 => 00:00:02,500",
        "00:00:01,000 → 00:00:02,500",
        "00:00:01,000 --&gt; 00:00:02,500",
        "00：00：01，000 --> 00：00：02，500",
        "００:００:０１,０００ --> ００:００:０２,５００",
        "००:००:०१,००० --> ००:००:०२,५००",
        "٠٠:٠٠:٠١,٠٠٠ --> ٠٠:٠٠:٠٢,٥٠٠",
        "00: 00: 01, 000 --> 00: 00: 02, 500",
        "00 : 00 : 01 , 000 --> 00 : 00 : 02 , 500",
        "\u200e00:00:01,000 --> 00:00:02,500\u200f",
        "\ufeff00:00:01,000\u200b --> \u00a000:00:02,500",
        "OO:OO:01,000 --> 00:00:02,5OO",
        "\t00:00:01,000\t-->\t00:00:02,500 ",
        "00:00:01,000 --> 00:00:02,500 X1:10 X2:20 Y1:10 Y2:20",
        "00:00:01,000 --> 00:00:02,500 align:start position:0%",
    ],
)
def test_times_are_read_in_any_spelling(times: str) -> None:
    text = f"1\n{times}\nHello.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"
    assert captions(text) == [(1000, 2500, "Hello."), (3000, 4000, "Bye.")]
    assert set(told(text)) <= {("mended", 2)}


def test_times_that_srt_would_not_have_written_so_are_told_once() -> None:
    text = "1\n00:00:01 -> 00:00:02\nA.\n\n2\n00:00:03 -> 00:00:04\nB.\n\n3\n00:00:05,000 --> 00:00:06,000\nC.\n"
    [note] = found(text).notes
    assert note.message == "“00:00:01 -> 00:00:02” and 1 more line are not written as SRT writes times; read as meant"
    assert (note.kind, note.line, note.is_fault) == ("mended", 2, True)


@pytest.mark.parametrize(
    "times",
    [
        "00:0a:03,000 --> 00:00:xx,000",
        "--> 00:00:04,000",
        "00:00:03,000,7,7,7 --> 00:00:04",
        "aa:00:03,000 --> bb:00:04,000",
    ],
)
def test_times_that_cannot_be_read_are_named_and_never_shown(times: str) -> None:
    text = f"1\n{USUAL}\nA.\n\n2\n{times}\nB.\n\n3\n00:00:05,000 --> 00:00:06,000\nC.\n"
    assert [text for *_, text in captions(text)] == ["A.", "C."]
    [note] = found(text).notes
    assert (note.kind, note.line, note.is_fault) == ("left out", 6, True)
    assert note.message == f"“{times}” looks like times and cannot be read; its caption is left out"


def test_a_begin_without_an_end_is_guessed() -> None:
    text = f"1\n{USUAL}\nA.\n\n2\n00:00:03,000 -->\nB.\n\n3\n00:00:04,000 --> 00:00:06,000\nC.\n"
    assert captions(text)[1] == (3000, 4000, "B.")
    assert told(text) == [("guessed", 6), ("guessed", 6)]


def test_times_in_frames_are_guessed_or_read_at_the_rate_that_is_given() -> None:
    text = "1\n00:00:01:12 --> 00:00:02:00\nA.\n"
    assert captions(text) == [(1480, 2000, "A.")]
    assert told(text) == [("guessed", 2)]


@pytest.mark.parametrize(
    "line",
    ["At 10:30 - 11:45 we left.", "From 00:10:00 to 00:20:00 --> see", "12:30 --> 13:30 is lunch", "4 > 3", "a -> b"],
)
def test_times_in_a_caption_are_text(line: str) -> None:
    text = f"1\n{USUAL}\n{line}\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"
    assert captions(text)[0] == (1000, 2500, line)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("1.", "2."),
        ("1个", "2个"),
        ("一", "二"),
        ("one", "two"),
        ("#1", "#2"),
        ("١", "٢"),
        ("१", "२"),
        ("1 )", "2 )"),
        ("número uno", "número dos"),
    ],
)
def test_numbers_in_any_spelling_are_no_text(one: str, two: str) -> None:
    text = f"{one}\n{USUAL}\nHello.\n\n{two}\n00:00:03,000 --> 00:00:04,000\nBye.\n"
    assert [text for *_, text in captions(text)] == ["Hello.", "Bye."]
    [note] = found(text).notes
    assert note.message == f"“{one}”, “{two}” are taken for numbers of captions"


def test_numbers_may_be_missing_and_lines_run_together() -> None:
    bare = "00:00:01,000 --> 00:00:02,000\nA.\n00:00:03,000 --> 00:00:04,000\nB.\n"
    assert [text for *_, text in captions(bare)] == ["A.", "B."]
    together = bare.replace("00:00:01", "1\n00:00:01").replace("00:00:03,", "2\n00:00:03,")
    assert [text for *_, text in captions(together)] == ["A.", "B."]


def test_a_year_in_a_caption_is_no_number() -> None:
    text = f"1\n{USUAL}\n2024\n\n2\n00:00:03,000 --> 00:00:04,000\nIn\n1999\n\n3\n00:00:05,000 --> 00:00:06,000\nOh.\n"
    assert [text for *_, text in captions(text)] == ["2024", "In\n1999", "Oh."]


def test_doubled_line_ends_and_marks_inside_are_mended_and_told() -> None:
    plain = "1\n00:00:01,000 --> 00:00:02,000\nA.\nA2.\n\n2\n00:00:03,000 --> 00:00:04,000\nB.\n"
    expected = ["A.\nA2.", "B."]
    assert [text for *_, text in captions(plain.replace("\n", "\r\r\n"))] == expected
    assert told(plain.replace("\n", "\r\r\n")) == [("mended", 1)]
    assert [text for *_, text in captions(plain.replace("\n", "\n\n"))] == expected
    assert told(plain.replace("\n", "\n\n")) == [("mended", 1)]
    assert [text for *_, text in captions(plain.replace("\n", "\r"))] == expected
    assert [text for *_, text in captions(plain.replace("\n2\n", "\n\ufeff2\n"))] == expected
    assert told(plain.replace("\n2\n", "\n\ufeff2\n")) == [("mended", 6)]


def test_joined_files_are_told() -> None:
    one = "1\n00:00:01,000 --> 00:00:02,000\nA.\n\n2\n00:00:03,000 --> 00:00:04,000\nB.\n\n"
    file = found(one + one)
    assert [cue.text for cue in file.cues] == ["A.", "B.", "A.", "B."]
    assert [note.message for note in file.notes] == [
        "caption 3 begins before the caption above; new files have them in the order of time"
    ]


def test_text_before_the_first_times_is_told() -> None:
    file = found(f"A talk\nof mine\n\n1\n{USUAL}\nHello.\n")
    assert [cue.text for cue in file.cues] == ["Hello."]
    assert [(note.kind, note.message) for note in file.notes] == [
        ("left out", "“A talk” and 1 more line stand before the first times and are left out")
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Fish<br>and<br/>chips<BR />please", "Fish\nand\nchips\nplease"),
        ("<p>One</p><p>two</p>", "One\ntwo"),
        ("One<br>\ntwo", "One\ntwo"),
        ("<div align='x'>One</div>\n<div>two</div>", "One\ntwo"),
    ],
)
def test_tags_of_html_break_lines(written: str, shown: str) -> None:
    text = f"1\n{USUAL}\n{written}\n"
    assert captions(text) == [(1000, 2500, shown)]
    assert told(text) == [("mended", 3)]


def test_text_on_the_line_of_the_times_is_kept() -> None:
    assert captions(f"1\n{USUAL} Hello there.\nFriend.\n") == [(1000, 2500, "Hello there.\nFriend.")]


def test_a_file_without_times_is_refused_and_one_with_bad_times_says_where() -> None:
    with pytest.raises(ReplyError, match=r"a\.srt: is not SRT: no line such as"):
        found("Hello.\n")
    with pytest.raises(ReplyError, match="line 2 looks like one and cannot be read"):
        found("1\n00:0x:01,000 --> 00:00:02,000\nHello.\n")
