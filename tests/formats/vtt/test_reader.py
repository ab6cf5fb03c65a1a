"""WebVTT as it is found: what stands beside cues is skipped, what they say is read; against webvtt-py."""

from __future__ import annotations

import pytest
from hypothesis import given

from captioner.errors import ReplyError
from captioner.formats import read, render
from tests.formats import hostile, readers

FILE = """WEBVTT - a talk
Kind: captions

NOTE
A note of two lines,
the second one.

STYLE
::cue { color: yellow }

REGION
id:fred

intro
00:01.000 --> 00:02.500 line:10%,start align:left
<v Anna>Good &amp; evening.
Second line

00:00:03.000 --> 00:00:04.000
No identifier
100:00:05.000 --> 100:00:06.000
and no empty line before it
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_cues_are_read_and_what_stands_beside_them_is_not(line_end: str) -> None:
    found = read(FILE.replace("\n", line_end).encode(), "a.vtt")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in found.cues] == [
        (1000, 2500, "Good & evening.\nSecond line"),
        (3000, 4000, "No identifier"),
        (360_005_000, 360_006_000, "and no empty line before it"),
    ]
    assert found.cues[0].speaker == "Anna"


def test_the_lines_a_cue_stands_in_are_known() -> None:
    found = read(FILE.encode(), "a.vtt")
    lines = FILE.split("\n")
    assert [lines[block.times].partition(" ")[0] for block in found.blocks] == [
        "00:01.000",
        "00:00:03.000",
        "100:00:05.000",
    ]
    assert lines[found.blocks[0].first] == "intro"
    assert [lines[block.end - 1] for block in found.blocks] == [
        "Second line",
        "No identifier",
        "and no empty line before it",
    ]


@pytest.mark.parametrize("text", ["WEBVTT\n", "\ufeffWEBVTT\n\n", "WEBVTT\tx\n\nNOTE only\n"])
def test_a_file_without_cues_has_none(text: str) -> None:
    assert read(text.encode(), "a.vtt").cues == ()


def test_a_file_without_the_header_is_not_webvtt() -> None:
    with pytest.raises(ReplyError, match="is not WebVTT: the first line is not WEBVTT"):
        read(b"hello", "a.vtt")
    found = read(b"WEBVTTX\n\n00:00:01.000 --> 00:00:02.000\na\n", "a.vtt")
    assert (found.format, [note.kind for note in found.notes]) == ("srt", ["guessed"])


@given(hostile.cues())
def test_webvtt_py_reads_the_same_cues(cues: object) -> None:
    data = render(cues, "vtt")  # type: ignore[arg-type]
    ours = [(cue.start_ms, cue.end_ms, len(cue.lines)) for cue in read(data, "a.vtt").cues]
    assert ours == [(shown.start_ms, shown.end_ms, len(shown.lines)) for shown in readers.webvtt_py(data)]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("00:00:01,000 --> 00:00:02,000\nA.\n\n00:03,5 --> 00:04\nB.\n", [(1000, 2000, "A."), (3500, 4000, "B.")]),
        ("00:01.000-->00:02.000\nA.\n00:03.000 --> 00:04.000\nB.\n", [(1000, 2000, "A."), (3000, 4000, "B.")]),
        ("1\n00:01.000 --> 00:02.000\nA.\n2\n00:03.000 --> 00:04.000\nB.\n", [(1000, 2000, "A."), (3000, 4000, "B.")]),
        ("00:01.000 -- > 00:02.000\nA.\n\n00:03.000 -> 00:04.000\nB.", [(1000, 2000, "A."), (3000, 4000, "B.")]),
        ("00:00:01.000 --> 00:00:02.000 Hello there\n", [(1000, 2000, "Hello there")]),
        ("00:00:01.000 --> 00:00:02.000 line:0 size:20%\nA --&gt; B.\n", [(1000, 2000, "A --> B.")]),
    ],
)  # fmt: skip
def test_times_and_empty_lines_are_read_as_found(body: str, shown: list[tuple[int, int, str]]) -> None:
    for text in (
        f"WEBVTT\n\n{body}",
        f"WEBVTT\n\n{body}".replace("\n", "\r"),
        f"WEBVTT\n\n{body}".replace("\n", "\r\n"),
    ):
        file = read(text.encode(), "a.vtt")
        assert [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues] == shown
        assert {note.kind for note in file.notes} <= {"mended"}


STYLED = """WEBVTT

STYLE
::cue(.warm) {

  color: #ff0000;

}

::cue(b) { color: green }

NOTE
No caption.

1
00:00:01.000 --> 00:00:02.000
<c.warm>A</c>.
"""


def test_a_style_sheet_may_have_empty_lines() -> None:
    file = read(STYLED.encode(), "a.vtt")
    assert [cue.text for cue in file.cues] == ["A."]
    assert file.cues[0].lines[0].spans[0].look.colour == "#FF0000"
    assert file.notes == ()


def test_the_header_of_old_downloads_is_no_text() -> None:
    head = "WEBVTT\nKind: captions\nLanguage: en\nStyle:\n::cue(c.colorE5E5E5) { color: rgb(229,229,229);\n }\n##\n\n"
    file = read(f"{head}00:00:01.000 --> 00:00:02.000\nA.\n".encode(), "a.vtt")
    assert ([cue.text for cue in file.cues], file.notes) == (["A."], ())


def test_text_that_stands_in_no_cue_is_told() -> None:
    text = "WEBVTT\n\nA title\n\n7\n\n00:00:01.000 --> 00:00:02.000\nA.\n\nmore of A\n\n00:03.000 --> 00:04.000\nB.\n"
    file = read(text.encode(), "a.vtt")
    assert [cue.text for cue in file.cues] == ["A.", "B."]
    [note] = file.notes
    assert note.message == "“A title” and 1 more line stand in no caption and are left out, as browsers do"
    assert (note.kind, note.line, note.is_fault) == ("left out", 3, True)


def piece(mpeg: int, *cues: str, local: str = "00:00:00.000") -> str:
    return f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{mpeg},LOCAL:{local}\n\n" + "\n\n".join(cues) + "\n\n"


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (
            [piece(900000, "00:01.000 --> 00:03.000\nOne."), piece(1440000, "00:01.000 --> 00:03.000\nTwo.")],
            [(1000, 3000, "One."), (7000, 9000, "Two.")],
        ),
        (  # the clock of 33 bits begins anew
            [piece(2**33 - 592, "00:01.000 --> 00:02.000\nOne."), piece(539408, "00:01.000 --> 00:02.000\nTwo.")],
            [(1000, 2000, "One."), (7000, 8000, "Two.")],
        ),
        (  # each piece repeats the caption that goes on
            [piece(900000, "00:01.000 --> 00:07.000\nOne."), piece(900000, "00:01.000 --> 00:07.000\nOne.")],
            [(1000, 7000, "One.")],
        ),
        (  # each piece has its part of the caption that goes on
            [piece(900000, "00:01.000 --> 00:06.000\nOne."), piece(900000, "00:06.000 --> 00:07.000\nOne.")],
            [(1000, 7000, "One.")],
        ),
        (
            [
                piece(900000, "01:01.000 --> 01:02.000\nOne.", local="00:01:00.000"),
                piece(900000, "00:05.000 --> 00:06.000\nTwo."),
            ],
            [(61000, 62000, "One."), (65000, 66000, "Two.")],
        ),
    ],
)
def test_joined_pieces_of_a_stream_are_on_one_clock(pieces: list[str], shown: list[tuple[int, int, str]]) -> None:
    file = read("".join(pieces).encode(), "a.vtt")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in file.cues] == shown
    assert file.notes[0].message == "2 pieces of a stream are put on one clock, that of the first"


@pytest.mark.parametrize("name", ["a.webvtt", "a.srt", "a.txt", "-", "a.ttml"])
def test_content_decides_and_not_the_name(name: str) -> None:
    file = read(b"WEBVTT\nKind: captions\n\n00:01.000 --> 00:03.000\n<v Ann>One</v> &amp; more\n", name)
    assert (file.format, file.cues[0].text, file.cues[0].speaker) == ("vtt", "One & more", "Ann")
    assert len(file.notes) == (name in ("a.srt", "a.ttml"))
