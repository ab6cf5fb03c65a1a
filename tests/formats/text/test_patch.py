"""A file edited in place: cues are moved, dropped and reordered, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captioner.edit import shift
from captioner.errors import FormatError
from captioner.formats import read
from captioner.formats.text.patch import patch

SRT = "1\n00:00:01,000 --> 00:00:02,000  X1:10 X2:20\n<i>One</i>\n\n7\n00:00:03,000 --> 00:00:04,000\nTwo\n\nhalf\n"
VTT = (
    "WEBVTT - kept\n\nNOTE kept\n\nfirst\n00:01.000 --> 00:02.000 line:0\n<v Anna>One &amp; only\n\n"
    "00:03.000 --> 00:04.000\nTwo\n\nNOTE at the end\n"
)
ASS = (
    "[Script Info]\n; kept\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Comment: 0,0:00:00.00,0:00:09.00,D,,0,0,0,,kept\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,D,Anna,0,0,0,,{\\i1}One{\\i0}, only\n"
    "Dialogue: 0,0:00:03.00,0:00:04.00,D,,0,0,0,,Two\n"
)


def patched(text: str, name: str, by_ms: int = 0) -> str:
    file = read(text.encode(), name)
    moved = shift(file.cues, by_ms)
    gone = {issue.cue_index for issue in moved.issues if issue.rule == "left-out"}
    return patch(file, moved.cues, [at for at in range(len(file.cues)) if at not in gone]).decode()


@pytest.mark.parametrize(
    ("text", "name", "after"),
    [
        (SRT, "a.srt", SRT.replace("01,000", "03,500").replace("02,000", "04,500").replace("7\n", "2\n")),
        (VTT, "a.vtt", VTT.replace("00:01.000 --> 00:02.000", "00:00:03.500 --> 00:00:04.500")),
        (ASS, "a.ass", ASS.replace("0:00:01.00,0:00:02.00", "0:00:03.50,0:00:04.50")),
    ],
)
def test_only_the_times_of_cues_change(text: str, name: str, after: str) -> None:
    after = after.replace("00:00:03,000 --> 00:00:04,000", "00:00:05,500 --> 00:00:06,500")
    after = after.replace("00:03.000 --> 00:04.000", "00:00:05.500 --> 00:00:06.500")
    after = after.replace("0:00:03.00,0:00:04.00", "0:00:05.50,0:00:06.50")
    assert patched(text, name, 2500) == after


@pytest.mark.parametrize(("text", "name"), [(SRT, "a.srt"), (VTT, "a.vtt"), (ASS, "a.ass")])
def test_a_cue_that_is_dropped_leaves_the_rest_as_it_was(text: str, name: str) -> None:
    left = patched(text, name, -2500)
    assert "One" not in left
    assert [cue.text.split("\n")[0] for cue in read(left.encode(), name).cues] == ["Two"]
    assert all(kept in left for kept in ("NOTE kept", "; kept", "NOTE at the end", "kept\n") if kept in text)


@pytest.mark.parametrize(("text", "name"), [(SRT, "a.srt"), (VTT, "a.vtt"), (ASS, "a.ass")])
def test_cues_can_be_reordered_and_their_text_exchanged(text: str, name: str) -> None:
    file = read(text.encode(), name)
    first, second = file.cues
    line = replace(second.lines[0], text="Other & {new}")
    written = patch(file, [replace(second, lines=(line,)), first], [1, 0])
    again = read(written, name)
    assert again.cues[0].text == "Other & {new}".translate({} if name == "a.vtt" else {0x7B: "｛", 0x7D: "｝"})
    assert again.written[1] == file.written[0]


def test_formats_that_cannot_be_edited_in_place_are_refused() -> None:
    file = read(b"[10][25]First\n", "a.mpl")
    with pytest.raises(FormatError, match=r"mpl2 is read, not written in place; choose one of srt, vtt, ass, ssa"):
        patch(file, file.cues, [0])
