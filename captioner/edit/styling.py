"""Small changes to how captions look, stand and name their speakers, that leave words and times alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from captioner.model import Cue, Line, Placement

__all__ = ["at_top", "labelled", "unmarked"]

_TOP = Placement("top")


def at_top(cues: Sequence[Cue], spans_ms: Sequence[tuple[int, int]]) -> tuple[Cue, ...]:
    """Captions that show while something else is at the bottom of the picture, such as a name, moved to the top.

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


def labelled(cues: Sequence[Cue], names: Mapping[str, str]) -> tuple[Cue, ...]:
    """Captions with `Name:` before every turn that has no printed name, for formats without a field for it.

    Lines may become wider than a style allows; nothing is broken anew.
    """
    before: str | None = None
    told = []
    for cue in cues:
        lines = []
        for line in cue.lines:
            speaker = cue.speaker if line.speaker is None else line.speaker
            lines.append(_named(line, names.get(speaker or "", "") if speaker != before else ""))
            before = speaker if line.text.strip() else before
        told.append(replace(cue, lines=tuple(lines)))
    return tuple(told)


def _named(line: Line, name: str) -> Line:
    return replace(line, label=f"{name}:") if name and not line.label and line.text.strip() else line


def unmarked(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Captions without looks and places."""
    return tuple(
        replace(cue, placement=None, lines=tuple(replace(line, spans=()) if line.spans else line for line in cue.lines))
        for cue in cues
    )
