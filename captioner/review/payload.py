"""Captions, findings and marks as JSON values of the interface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from captioner.check import rule_definitions
from captioner.formats.palette import speaker_colour
from captioner.look import Look
from captioner.model import Issue, Line, TextStyle
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Change, Marks, Row
from captioner.review.editing.cuts import spans_of_words
from captioner.review.live_findings import Doubt
from captioner.style import Style

__all__ = ["doubts_json", "findings_json", "marks_json", "row_json", "speakers_json", "splice_json", "style_json"]


def row_json(row: Row) -> dict[str, Any]:
    """One caption; each word is `[first character, the one after the last, start in ms, end in ms]` of its line."""
    cue = row.cue
    shown = {
        "id": row.id,
        "start_ms": cue.start_ms,
        "end_ms": cue.end_ms,
        "pinned": row.pinned,
        "lines": [_line_json(line) for line in cue.lines],
    }
    if cue.placement is not None:
        shown["place"] = cue.placement.nearest.numpad
    return shown


def _line_json(line: Line) -> dict[str, Any]:
    words = [
        [start, end, word.start_ms, word.end_ms]
        for word, (start, end) in zip(line.words, spans_of_words(line), strict=True)
        if end > start
    ]
    shown: dict[str, Any] = {"text": line.text, "speaker": line.speaker, "words": words}
    if line.label:
        shown["label"] = line.label
    if line.dash:
        shown["dash"] = line.dash
    if line.spans:
        shown["spans"] = [[span.start, span.end, _marks(span.look), span.look.colour] for span in line.spans]
    return shown


def _marks(style: TextStyle) -> str:
    """Letters of what a run of text is: i, b and u, as the elements of HTML are called."""
    return "".join(letter for letter, on in zip("ibu", (style.italic, style.bold, style.underline), strict=True) if on)


def splice_json(document: Document, changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes as splices of the list: after which caption, which ones go, which ones come.

    The captions of a caller that makes them in order are those of the document afterwards.
    """
    return [
        {
            "at": change.start,
            "remove": [row.id for row in change.rows_before],
            "captions": [row_json(row) for row in change.rows_after],
        }
        for change in changes
        if change.rows_before or change.rows_after
    ]


def findings_json(issues: Mapping[int, tuple[Issue, ...]]) -> dict[str, list[dict[str, Any]]]:
    """Findings by the number of the caption, "0" for those about the whole file."""
    return {str(id): [_issue_json(issue) for issue in own] for id, own in issues.items()}


def _issue_json(issue: Issue) -> dict[str, Any]:
    definition = rule_definitions().get(issue.rule)
    return {
        "rule": issue.rule,
        "title": definition.title if definition else issue.rule.replace("_", " "),
        "severity": issue.severity,
        "value": round(issue.value, 2),
        "limit": round(issue.limit, 2),
        "message": issue.message,
        "advice": definition.advice if definition else "",
        "fixable": bool(definition and definition.fixable),
    }


def doubts_json(doubts: Iterable[Doubt]) -> list[dict[str, Any]]:
    """The queue of captions worth hearing, best first."""
    return [{"caption": doubt.id, "score": round(doubt.score, 1), "reasons": list(doubt.reasons)} for doubt in doubts]


def marks_json(marks: Marks) -> dict[str, Any]:
    """Accepted findings and whether the file was proofed."""
    accepted = []
    for key, reason in marks.accepted.items():
        rule, _, id = key.rpartition(":")
        accepted.append({"rule": rule, "caption": int(id), "reason": reason})
    return {"accepted": accepted, "proofed": marks.proofed}


def speakers_json(document: Document, look: Look | None) -> list[dict[str, str]]:
    """Every speaker with name and colour, as the look gives it, or the style."""
    own = (look.speaker_colours if look is not None else ()) or document.style.colours
    return [
        {"id": id, "name": name, "colour": own[index % len(own)] if own else speaker_colour(index)}
        for index, (id, name) in enumerate(document.speakers().items())
    ]


def style_json(style: Style) -> dict[str, Any]:
    """The numbers of the house style that a page shows while one types."""
    return {
        "name": style.name,
        "max_columns": style.max_columns,
        "max_lines": style.max_lines,
        "cps": style.cps,
        "cps_hard": style.cps_hard,
        "min_duration_ms": style.min_duration_ms,
        "max_duration_ms": style.max_duration_ms,
        "min_gap_ms": style.min_gap_ms,
    }
