"""Changes placements, speaker labels and styling of captions; words and times stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from captioner.model import Cue, Line, Placement

__all__ = ["add_speaker_labels", "move_to_top", "strip_styling"]

_TOP = Placement("top")


def move_to_top(cues: Sequence[Cue], spans_ms: Sequence[tuple[int, int]]) -> tuple[Cue, ...]:
    """Move captions to the top while something else is at the bottom of the picture, such as a name.

    Args:
        cues: In any order.
        spans_ms: When the bottom is taken: start and end.
    """
    return tuple(
        replace(cue, placement=_TOP)
        if any(cue.start_ms < end and begin < cue.end_ms for begin, end in spans_ms)
        else cue
        for cue in cues
    )


def add_speaker_labels(cues: Sequence[Cue], names: Mapping[str, str]) -> tuple[Cue, ...]:
    """Add `Name:` before every turn that has no printed name, for formats without a field for speakers.

    Lines may become wider than a style allows; nothing is broken anew.
    """
    before: str | None = None
    labelled = []
    for cue in cues:
        lines = []
        for line in cue.lines:
            speaker = cue.speaker if line.speaker is None else line.speaker
            lines.append(_named(line, names.get(speaker or "", "") if speaker != before else ""))
            before = speaker if line.text.strip() else before
        labelled.append(replace(cue, lines=tuple(lines)))
    return tuple(labelled)


def _named(line: Line, name: str) -> Line:
    return replace(line, label=f"{name}:") if name and not line.label and line.text.strip() else line


def strip_styling(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Captions without styling and placements."""
    return tuple(
        replace(cue, placement=None, lines=tuple(replace(line, spans=()) if line.spans else line for line in cue.lines))
        for cue in cues
    )
