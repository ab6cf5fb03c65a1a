"""Merges the captions of several files on one time line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from captioner.edit.retime import EditResult, shift
from captioner.model import Cue, Issue
from captioner.timecode import ms_to_clock

__all__ = ["Part", "merge"]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a merge.

    Attributes:
        name: Its name in messages.
        cues: Its captions, in its own time.
        offset_ms: When its zero plays in the whole.
    """

    name: str
    cues: Sequence[Cue]
    offset_ms: int = 0


def merge(parts: Sequence[Part]) -> EditResult:
    """Lay the parts on one time line, by start; captions that start together keep the order of the parts.

    Speakers are theirs by id: give them their names first when the same id means different people.

    Returns:
        All captions, and a warning for every two neighbours that overlap where in their own files they did not.
    """
    placed: list[tuple[Cue, int]] = []
    issues: list[Issue] = []
    for number, part in enumerate(parts):
        moved = shift(part.cues, part.offset_ms)
        issues += [replace(issue, cue_index=None, message=f"{part.name}: {issue.message}") for issue in moved.issues]
        placed += [(cue, number) for cue in moved.cues]
    placed.sort(key=lambda each: each[0].start_ms)
    for index, ((before, a), (after, b)) in enumerate(pairwise(placed)):
        if a != b and after.start_ms < before.end_ms:
            issues.append(_overlap(index, before, after, parts[a].name, parts[b].name))
    return EditResult(tuple(cue for cue, _ in placed), tuple(issues))


def _overlap(index: int, before: Cue, after: Cue, first: str, second: str) -> Issue:
    over = before.end_ms - after.start_ms
    message = f"at {ms_to_clock(after.start_ms)} a caption of {second} comes {over} ms before one of {first} is over"
    return Issue("overlap", "warning", index, over, 0, message)
