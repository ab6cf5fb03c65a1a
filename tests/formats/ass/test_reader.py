"""ASS and SSA as they are found: order of fields, times, colours and alignments of both; against pysubs2."""

from __future__ import annotations

import pysubs2
import pytest
from hypothesis import given

from captioner.errors import FormatError
from captioner.formats import read, render
from captioner.formats.text.patch import patch
from captioner.model import Placement, TextStyle
from tests.formats import hostile

EVENTS = "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
LINE = "Dialogue: 0,0:00:01.00,0:00:02.50,Default,Anna,0,0,0,,Hello, there.\n"


def test_a_comma_in_the_text_is_text() -> None:
    (cue,) = read((EVENTS + LINE).encode(), "a.ass").cues
    assert (cue.start_ms, cue.end_ms, cue.text, cue.speaker) == (1000, 2500, "Hello, there.", "Anna")


def test_the_order_of_fields_is_that_of_the_format_line() -> None:
    text = "[Events]\nFormat: Start, End, Style, Name, Text\nDialogue: 0:00:01.00,0:00:02.00,Default,Bo,Yes, no.\n"
    found = read(text.encode(), "a.ass")
    assert [(cue.start_ms, cue.speaker, cue.text) for cue in found.cues] == [(1000, "Bo", "Yes, no.")]
    with pytest.raises(FormatError, match="not in the usual order"):
        patch(found, found.cues, (0,))


def test_an_event_with_times_that_cannot_be_read_is_left_out_and_told() -> None:
    text = EVENTS + LINE + LINE.replace("0:00:01.00", "soon") + LINE
    found = read(text.encode(), "a.ass")
    assert len(found.cues) == 2
    assert [(note.kind, note.line) for note in found.notes] == [("left out", 4)]


def test_ssa_has_alignments_and_colours_of_its_own() -> None:
    text = (
        "[Script Info]\nScriptType: v4.00\n[V4 Styles]\nFormat: Name, PrimaryColour, Bold, Italic, Alignment\n"
        "Style: Main,16777215,0,0,2\nStyle: Sign,255,0,-1,6\n[Events]\n"
        "Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Main,,0,0,0,,Most of the text is here.\n"
        "Dialogue: Marked=0,0:00:03.00,0:00:04.00,Sign,,0,0,0,,EXIT\n"
    )
    main, sign = read(text.encode(), "a.ssa").cues
    assert main.placement is None
    assert sign.placement == Placement("top")
    assert [span.look for span in sign.lines[0].spans] == [TextStyle(italic=True, colour="#FF0000")]


@given(hostile.cues())
def test_pysubs2_reads_the_same_events(cues: object) -> None:
    data = render(cues, "ass")  # type: ignore[arg-type]
    theirs = [event for event in pysubs2.SSAFile.from_string(data.decode(), format_="ass") if not event.is_drawing]
    ours = read(data, "a.ass").cues
    assert [(cue.start_ms, cue.end_ms) for cue in ours] == [(event.start, event.end) for event in theirs]
