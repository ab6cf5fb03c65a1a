"""One bad caption does not cost a file: what has one sensible reading is mended, the rest is left out, all is told."""

from __future__ import annotations

import pytest

from captioner.errors import ReplyError
from captioner.formats import CaptionFile, read

BEFORE, AFTER = "00:00:01,000 --> 00:00:02,000", "00:00:20,000 --> 00:00:22,000"


def srt(*captions: tuple[str, str]) -> bytes:
    return "\n\n".join(f"{number}\n{times}\n{text}" for number, (times, text) in enumerate(captions, 1)).encode()


def with_one(times: str, text: str) -> CaptionFile:
    return read(srt((BEFORE, "Before."), (times, text), (AFTER, "After.")), "a.srt")


@pytest.mark.parametrize(
    ("times", "text", "kept", "kind", "told"),
    [
        ("00:00:05,000 --> 00:00:05,000", "A.", (5000, 6500), "guessed", "did not end after it begins"),
        ("00:00:15,000 --> 00:00:03,000", "A.", (15000, 16500), "guessed", "did not end after it begins"),
        ("00:00:05,000 --> 00:00:00,000", "A.", (5000, 6500), "guessed", "did not end after it begins"),
        ("00:00:19,000 --> 00:00:19,000", "A.", (19000, 20000), "guessed", "did not end after it begins"),
        ("00:00:06,000 --> 00:00:04,000", "A.", (4000, 6000), "mended", "had begin and end exchanged"),
        ("-00:00:03,000 --> 00:00:04,000", "A.", (0, 4000), "mended", "begins before zero; it is cut there"),
        ("-00:00:03,000 --> -00:00:01,000", "A.", None, "left out", "is over before zero; it is left out"),
        ("00:00:00,000 --> 00:00:00,000", "A.", None, "left out", "has no time to be shown; it is left out"),
        ("00:00:00,000 --> 00:00:00,000", "", None, "left out", "has no text and no time; it is left out"),
        ("00:00:05,000 --> 00:00:04,000", "", None, "left out", "has no text and no time; it is left out"),
        ("00:00:05,000 --> 00:00:06,000", "", (5000, 6000), "left out", "has no text"),
        ("00:00:05,000 --> 00:00:06,000", "\u200b \u200f", (5000, 6000), "left out", "has no text"),
        ("00:00:05,000 --> 00:00:06,000", "<i></i>", (5000, 6000), "left out", "has no text"),
    ],
)
def test_one_bad_caption_is_told_with_its_number_and_the_others_are_unharmed(
    times: str, text: str, kept: tuple[int, int] | None, kind: str, told: str
) -> None:
    file = with_one(times, text)
    assert [(cue.start_ms, cue.end_ms) for cue in file.cues] == [(1000, 2000), *filter(None, [kept]), (20000, 22000)]
    note = next(note for note in file.notes if "caption 2" in note.message and "above" not in note.message)
    assert (note.kind, note.message, note.line) == (kind, f"caption 2 {told}" + note.message[10 + len(told) :], 5 + 1)


def test_several_are_told_in_one_line() -> None:
    file = read(srt(*[("00:00:05,000 --> 00:00:05,000", f"A{at}.") for at in range(8)]), "a.srt")
    [note] = file.notes
    assert note.message.startswith("captions 1, 2, 3, 4, 5 and 3 more did not end after they begin")


def test_times_after_midnight_go_on() -> None:
    file = read(
        srt(
            ("23:59:58,000 --> 23:59:59,000", "A."),
            ("23:59:59,500 --> 00:00:01,000", "B."),
            ("00:00:02,000 --> 00:00:03,000", "C."),
        ),
        "a.srt",
    )
    day = 86_400_000
    assert [(cue.start_ms - day, cue.end_ms - day) for cue in file.cues] == [
        (-2000, -1000),
        (-500, 1000),
        (2000, 3000),
    ]
    assert {note.message for note in file.notes} == {
        "caption 2 ends after midnight",
        "caption 3 begins after midnight; a day is added",
    }


@pytest.mark.parametrize(
    ("data", "name", "kept", "lines"),
    [
        (b"WEBVTT\n\n00:05.000 --> 00:05.000\nA.\n\n00:09.000 --> 00:10.000\nB.\n", "a.vtt", [5000, 9000], [3]),
        (b"0:00:05.000,0:00:05.000\nA.\n\n0:00:09.000,0:00:10.000\nB.\n", "a.sbv", [5000, 9000], [1]),
        (b"{1}{1}25\n{50}{50}A.\n{x}{200}C.\nnote\n{300}{325}D.\n", "a.sub", [2000, 12000], [3, 4, 0]),
        (b"[50][50]A.\nnote\n[90][100]D.\n", "a.mpl", [5000, 9000], [2, 0]),
        (b"start,end,text\n0:05,0:05,A.\nx,0:09,C.\n0:10,0:11,D\n", "a.csv", [5000, 10000], [3, 0]),
    ],
)
def test_every_format_names_what_it_mends_and_leaves_out(
    data: bytes, name: str, kept: list[int], lines: list[int]
) -> None:
    file = read(data, name)
    assert [cue.start_ms for cue in file.cues] == kept
    assert [note.line for note in file.notes] == lines
    assert all(note.is_fault for note in file.notes)


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (srt(("00:00:00,000 --> 00:00:00,000", "")), "a.srt", "line 2: caption 1 has no text and no time"),
        (srt(("-00:00:03,000 --> -00:00:02,000", "A.")), "a.srt", "line 2: caption 1 is over before zero"),
        (b"WEBVTT\n\n00:0x.000 --> 00:05.000\nA.\n", "a.vtt", "line 3: “00:0x.000 --> 00:05.000” looks like times"),
        (b"start,end,text\nx,y,A.\n", "a.csv", "line 2: “x,y,A.” is a row without times"),
    ],
)
def test_a_file_of_which_nothing_is_left_is_refused(data: bytes, name: str, why: str) -> None:
    with pytest.raises(ReplyError) as refused:
        read(data, name)
    assert refused.value.message.startswith(f"{name}: has no caption that can be read; {why}")
