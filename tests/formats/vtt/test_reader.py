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
