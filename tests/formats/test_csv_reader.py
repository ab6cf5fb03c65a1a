"""CSV: our own comes back whole, tables of others by their head."""

from __future__ import annotations

import pytest

from captioner.errors import ReplyError
from captioner.formats import Context, read, render
from captioner.model import Cue, Line

CUES = (
    Cue(1000, 3000, (Line("Good evening, and", speaker="0"), Line('"welcome".', speaker="0")), "0"),
    Cue(3080, 5000, (Line("Yes.", speaker="0", dash="- "), Line("No.", speaker="1", dash="- "))),
)


def test_our_own_comes_back_with_texts_times_and_speakers() -> None:
    data = render(CUES, "csv", Context(names={"0": "Anna", "1": "Bo"}))
    found = read(data, "talk.csv")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in found.cues] == [
        (cue.start_ms, cue.end_ms, cue.text) for cue in CUES
    ]
    assert [[line.speaker for line in cue.lines] for cue in found.cues] == [["Anna", "Anna"], ["Anna", "Bo"]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_of_others_is_read_by_its_head(separator: str) -> None:
    rows = ("Start", "End", "Text"), ("0:00:01.5", "0:00:02", "Hello"), ("soon", "later", "lost"), ("1:02", "1:03", "x")
    found = read("\n".join(separator.join(row) for row in rows).encode(), "a.csv")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in found.cues] == [
        (1500, 2000, "Hello"),
        (62_000, 63_000, "x"),
    ]
    assert [(note.kind, note.line) for note in found.notes] == [("left out", 3)]


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "start,stop\n"])
def test_another_table_is_refused(text: str) -> None:
    with pytest.raises(ReplyError, match="does not name the columns start, end and text"):
        read(text.encode(), "a.csv")
