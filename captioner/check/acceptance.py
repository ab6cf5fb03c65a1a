"""Findings that people accepted: found again by rule and caption, as long as the caption is unchanged. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captioner.corrections import Acceptance
from captioner.model import Cue, Issue

__all__ = ["changed_note", "is_same_caption", "mark_accepted", "shown_text", "unmatched_acceptances"]

_SHOWN = 3  # places that are named


def shown_text(cue: Cue) -> str:
    """Lines of a caption as acceptances have them: without space at their ends."""
    return "\n".join(" ".join(line.text.split()) for line in cue.lines)


def is_same_caption(cue: Cue, other: Cue, tolerance_ms: int) -> bool:
    """Whether a caption of a file is one of the captions it was written from, but for rounded times."""
    return (
        abs(cue.start_ms - other.start_ms) <= tolerance_ms
        and abs(cue.end_ms - other.end_ms) <= tolerance_ms
        and (shown_text(cue) == shown_text(other) or _printed(cue) == _printed(other))
    )


def mark_accepted(
    issues: Sequence[Issue], cues: Sequence[Cue], accepted: Sequence[Acceptance], file: str = ""
) -> tuple[Issue, ...]:
    """Issues with the reason of those that are accepted, and without one otherwise, whatever they had before.

    Args:
        issues: Of the check; their captions are numbers in `cues`.
        cues: The captions.
        accepted: Of any file of the media.
        file: Which file's captions they are; see `Acceptance.file`.
    """
    reasons = {_key(each): each.reason for each in accepted if each.file == file}
    return tuple(
        issue
        if issue.cue_index is None
        else replace(issue, accepted=reasons.get((issue.rule, *_caption(cues[issue.cue_index])), ""))
        for issue in issues
    )


def unmatched_acceptances(
    cues: Sequence[Cue], accepted: Sequence[Acceptance], file: str = ""
) -> tuple[Acceptance, ...]:
    """Acceptances whose caption is not there as it was."""
    captions = {_caption(cue) for cue in cues} if accepted else set()
    return tuple(each for each in accepted if each.file == file and _key(each)[1:] not in captions)


def changed_note(gone: Sequence[Acceptance]) -> str:
    """A line about acceptances whose caption changed, "" for none."""
    if not gone:
        return ""
    first = gone[0].text.replace("\n", " ")
    named = ", ".join(f"{each.rule} at {each.start_ms / 1000:.1f} s" for each in gone[:_SHOWN])
    more = f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
    counted = "1 accepted finding counts" if len(gone) == 1 else f"{len(gone)} accepted findings count"
    return f"{counted} no longer, as the caption changed: {named}{more}, such as “{first}”"


def _printed(cue: Cue) -> list[list[str]]:
    return [line.printed.split() for line in cue.lines]


def _caption(cue: Cue) -> tuple[str, int, int]:
    return shown_text(cue), cue.start_ms, cue.end_ms


def _key(each: Acceptance) -> tuple[str, str, int, int]:
    return each.rule, each.text, each.start_ms, each.end_ms
