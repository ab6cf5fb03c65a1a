"""Result of `pipeline.produce`; a module of its own, so that a run can name it and not load the layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from captioner.model import Issue

__all__ = ["Captions"]

_SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Captions:
    """The caption files made of one transcript.

    Attributes:
        files: Extension, without the dot, to the bytes of the file.
        cues: Number of cues in the files of `CaptionOptions.formats`.
        issues: What was changed on request, and what a caption editor may want to look at.
        speech: Whether the transcript has any speech.
        unmatched: Words of the replacement list that occur nowhere.
        unheard: Names that were given to speakers who do not occur.
        matched: What is heard of rules of the glossary, where it occurs.
    """

    files: Mapping[str, bytes]
    cues: int = 0
    issues: tuple[Issue, ...] = ()
    speech: bool = True
    unmatched: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()

    def worst_issues(self, limit: int | None) -> tuple[Issue, ...]:
        """The issues in their order, without the least severe beyond a limit.

        The severest is always among them, and the line that tells how the script was followed.
        """
        if limit is None or len(self.issues) <= limit:
            return self.issues
        by_severity = sorted(range(len(self.issues)), key=lambda at: _weight(self.issues[at]))
        return tuple(self.issues[at] for at in sorted(by_severity[:limit]))


def _weight(issue: Issue) -> int:
    if issue.rule == "script" and issue.cue_index is None:
        return -1
    return len(_SEVERITIES) if issue.accepted else _SEVERITIES.index(issue.severity)
