"""Findings of the check while captions are edited: for the whole file, and again for what was changed.

A window of captions around a change is checked with the words of that window, so that the answer comes while one types;
the whole file is checked again when the editor rests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from captioner.check import rule_definitions
from captioner.check.context import CheckContext, measure_cues
from captioner.check.registry import run_rules
from captioner.check.review_priority import MOST, ReviewItem, review_items
from captioner.corrections import shown
from captioner.model import Cue, Issue, Line
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Row

__all__ = ["Doubt", "Findings", "check_rows", "check_text", "check_whole"]

#: Captions on each side of a change that are checked with it; their own findings are not taken from there.
_MARGIN = 3
#: Captions on each side of a change whose findings may change: gaps, overlaps and breaks are about two captions.
_REACH = 1
#: Rules about the whole file, which a window cannot answer.
_GLOBAL = frozenset({"missing", "tc_origin", "frame_rate", "encoding", "reparse", "repeat"})
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """A caption worth hearing.

    Attributes:
        id: Number of the caption.
        score: The higher, the sooner.
        reasons: What to listen for, most important first.
    """

    id: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of a file.

    Attributes:
        issues: By number of the caption; 0 for those about the whole file.
        doubts: The captions most worth hearing, best first.
        revision: Revision of the document that was checked.
    """

    issues: Mapping[int, tuple[Issue, ...]]
    doubts: tuple[Doubt, ...] = ()
    revision: int = 0


def check_whole(document: Document, rows: Sequence[Row], shots: Sequence[int]) -> Findings:
    """Check all captions.

    Args:
        document: Used for what does not change while it is checked.
        rows: The captions as they stood when the check began.
        shots: Shot changes in ms.
    """
    revision = document.revision
    context = _context(document, [row.cue for row in rows], shots, whole=True)
    found = run_rules(context)
    hours = 1 + (rows[-1].cue.end_ms if rows else 0) // _HOUR_MS
    doubts = tuple(_doubt(rows, item) for item in review_items(context, found, MOST * hours))
    return Findings(_by_id(rows, found), doubts, revision)


def _doubt(rows: Sequence[Row], item: ReviewItem) -> Doubt:
    return Doubt(rows[item.cue].id, item.score, item.reasons)


def _by_id(rows: Sequence[Row], issues: Iterable[Issue]) -> dict[int, tuple[Issue, ...]]:
    found: dict[int, list[Issue]] = {}
    for issue in issues:
        found.setdefault(0 if issue.cue_index is None else rows[issue.cue_index].id, []).append(issue)
    return {id: tuple(own) for id, own in found.items()}


def check_rows(document: Document, first: int, last: int, shots: Sequence[int]) -> dict[int, tuple[Issue, ...]]:
    """The findings of some captions and their neighbours, none where a caption has none.

    Args:
        document: The captions.
        first: Index of the first caption that was changed.
        last: The one after the last.
        shots: Shot changes in ms.
    """
    low, high = max(0, first - _MARGIN), min(len(document.rows), last + _MARGIN)
    rows = document.rows[low:high]
    if not rows:
        return {}
    context = _context(document, [row.cue for row in rows], shots, words=(low, high))
    found = _by_id(rows, (issue for issue in run_rules(context) if issue.rule not in _GLOBAL))
    wanted = document.rows[max(0, first - _REACH) : min(len(document.rows), last + _REACH)]
    return {row.id: found.get(row.id, ()) for row in wanted}


def check_text(document: Document, id: int, lines: Sequence[str], shots: Sequence[int]) -> tuple[Issue, ...]:
    """The findings of a caption with a text that is still being typed; those that need the words are left out."""
    at = document.place(id)
    low, high = max(0, at - 1), min(len(document.rows), at + 2)
    cues = [row.cue for row in document.rows[low:high]]
    cues[at - low] = _typed(cues[at - low], lines)
    found = run_rules(_context(document, cues, shots))
    return tuple(issue for issue in found if issue.cue_index == at - low and issue.rule not in _GLOBAL)


def _typed(cue: Cue, lines: Sequence[str]) -> Cue:
    old = cue.lines
    return replace(
        cue,
        lines=tuple(
            replace(old[index], text=text, spans=()) if index < len(old) else Line(text, (), cue.speaker)
            for index, text in enumerate(lines)
        ),
    )


def _context(
    document: Document,
    cues: Sequence[Cue],
    shots: Sequence[int],
    *,
    words: tuple[int, int] | None = None,
    whole: bool = False,
) -> CheckContext:
    transcript = None
    if whole:
        transcript = shown(document.archive.transcript, document.corrections)
    elif words is not None:
        window = document.window(*words)
        transcript = shown(window.transcript, window.corrections)
    media = document.archive.media
    return measure_cues(
        cues,
        document.options.style,
        language=document.language,
        transcript=transcript,
        duration_ms=media.duration_ms,
        rate=document.options.frame_rate or media.frame_rate,
        shots=shots,
        script=document.archive.script,
    )


def is_fixable(rule: str) -> bool:
    """Whether `check --fix` knows what to do about a rule."""
    definition = rule_definitions().get(rule)
    return definition is not None and definition.fixable
