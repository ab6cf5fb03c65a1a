import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from captioner.errors import FormatError
from captioner.formats import Context, render
from captioner.model import Cue, Line
from tests.formats import hostile, readers

AS_WRITTEN = str.maketrans(
    {"‹": "<", "›": ">", "｛": "{", "｝": "}", "→": "-->", "\u200f": None, "\u202b": None, "\u202c": None}
)


def srt(*cues, **context):
    return render(cues, "srt", Context(**context)).decode("utf-8")


def cue(*texts, start=0, end=1000):
    return Cue(start, end, tuple(Line(text) for text in texts))


def undo(text):
    """The documented replacements taken back, so that what is left must be the text itself."""
    return text.translate(AS_WRITTEN)


def blocks(data):
    """The plainest SRT parser there is: blank lines part the cues, the third line on is text."""
    return [block.split("\n") for block in data.decode("utf-8").rstrip("\n").split("\n\n")] if data else []


def test_the_file_is_numbered_comma_timed_and_ends_with_one_newline():
    assert srt(cue("Hello", "there"), cue("Bye", start=3_600_001, end=3_601_000)) == (
        "1\n00:00:00,000 --> 00:00:01,000\nHello\nthere\n\n2\n01:00:00,001 --> 01:00:01,000\nBye\n"
    )


def test_a_label_is_printed_where_the_layout_set_one_and_nowhere_else():
    lines = (Line("Hi.", speaker="0", label="Anna:", dash="- "), Line("Oh.", speaker="1", dash="- "))
    assert srt(Cue(0, 1000, lines), names={"0": "Anna", "1": "Bo"}).splitlines()[2:] == ["- Anna: Hi.", "- Oh."]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a < b", "a < b"),
        ("<3", "<3"),
        ("<b>x</b>", "‹b›x‹/b›"),
        ("<font", "‹font"),
        ("</i", "‹/i"),
        ("<3> hearts", "‹3› hearts"),
        ("{\\an8}up", "｛\\an8｝up"),
        ("{laughs}", "｛laughs｝"),
        ("a --> b", "a → b"),
        ("---->", "--→"),
        ("C:\\new\\N", "C:\\new\\N"),
        ("AT&T &amp;", "AT&T &amp;"),
        ("  x  ", "x"),
        ("a\nb\r\nc\u2028d", "a b  c d"),
        ("a\x00\x1b\ufeffb", "ab"),
        ("a\ud800b", "a\ufffdb"),
        ("12", "12"),
        ("\u3000全角", "\u3000全角"),
    ],
)
def test_text_is_written_so_that_no_reader_eats_it(text, written):
    assert srt(cue(text)).splitlines()[2:] == [written]


def test_a_tag_over_two_lines_is_no_tag_either():
    assert srt(cue("<i", "x>")).splitlines()[2:] == ["‹i", "x›"]


@pytest.mark.parametrize("text", ["", " ", "\n", "\x00", "\u3000", "\ufeff", "\u00a0", "\u200f\u200b"])
def test_a_cue_with_nothing_to_read_is_left_out_and_the_numbers_close_up(text):
    assert srt(cue(text)) == ""
    assert srt(cue(text), cue("b", text)) == "1\n00:00:00,000 --> 00:00:01,000\nb\n"


@pytest.mark.parametrize(
    ("text", "language", "written"),
    [
        ("مرحبا.", "", "\u200fمرحبا.\u200f"),
        ("- مرحبا", "ar", "\u200f- مرحبا"),
        ("NASA قالت!", "ar", "\u200f\u202bNASA قالت!\u202c"),
        ("قال John هذا", "", "\u200f\u202bقال John هذا\u202c"),
        ("عام 2024.", "ar", "\u200fعام 2024.\u200f"),
        ("NASA قالت", "en", "NASA قالت"),
        ("עולם!", "he-IL", "\u200fעולם!\u200f"),
        ("salam", "az", "salam"),
        ("سلام", "az-Arab", "\u200fسلام"),
        ("Salaam", "ur-Latn", "Salaam"),
        ("OK!", "ar", "OK!"),
        ("好的。", "ar", "好的。"),
        ("OK، شكرا!", "ar", "\u200f\u202bOK، شكرا!\u202c"),
        ("你好。", "zh", "你好。"),
    ],
)
def test_right_to_left_lines_are_held_by_marks(text, language, written):
    assert srt(cue(text), language=language).splitlines()[2] == written


def test_the_marks_can_be_chosen():
    assert srt(cue("مرحبا."), rtl_marks="none").splitlines()[2] == "مرحبا."
    assert srt(cue("مرحبا."), rtl_marks="rle").splitlines()[2] == "\u202bمرحبا.\u202c"


def test_a_hundred_hours_are_refused():
    with pytest.raises(FormatError, match="100:00:00"):
        srt(cue("x", start=359_999_999, end=360_000_000))


@given(hostile.cues(), st.sampled_from(["", "en", "ar", "zh"]))
def test_every_text_and_every_millisecond_reads_back_from_the_plainest_parser(cues, language):
    data = render(cues, "srt", Context(language=language))
    expected = hostile.wanted(cues, lambda line: line.printed)
    assert [block[0] for block in blocks(data)] == [str(n + 1) for n in range(len(expected))]
    assert [tuple(map(undo, block[2:])) for block in blocks(data)] == [
        tuple(map(undo, lines)) for _, _, lines in expected
    ]


TWO_TIMES = re.compile(r"(\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}.*){2}", re.S)


@given(hostile.cues())
def test_pysubs2_reads_back_the_text_and_the_millisecond(cues):
    expected = hostile.wanted(cues, lambda line: line.printed)
    # pysubs2's fault: any line with two times in it counts as a new cue, without an arrow.
    assume(not any(TWO_TIMES.search(line) for _, _, lines in expected for line in lines))
    read = readers.pysubs2_srt(render(cues, "srt", Context()))
    assert [(start, end) for start, end, _ in read] == [(start, end) for start, end, _ in expected]
    for number, ((_, _, text), (_, _, lines)) in enumerate(zip(read, expected, strict=True), 1):
        whole = undo("\n".join(lines)).strip()
        if number == len(read):  # pysubs2's fault: digits that end the file are taken for the next number and dropped.
            whole = re.sub(r"\n+ *\d+ *$", "", whole).strip()
        assert undo(text).strip() == whole.replace("\n", "\\N")


@given(hostile.cues())
def test_ffmpeg_reads_back_the_text_and_the_millisecond(cues):
    expected = hostile.wanted(cues, lambda line: line.printed)
    assume(expected)
    read = readers.ffmpeg(render(cues, "srt", Context()), "srt")
    assert [(shown.start_ms, shown.end_ms) for shown in read] == [(start, end) for start, end, _ in expected]
    for shown, (_, _, lines) in zip(read, expected, strict=True):
        # FFmpeg answers in ASS, where a literal backslash-N cannot be told from a break, and trims those at the end.
        text, whole = (undo(text).replace("\\N", "") for text in (shown.lines[0], "\\N".join(lines)))
        assert hostile.squeezed(text) == hostile.squeezed(whole)
