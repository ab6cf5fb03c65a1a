"""Facts about captions that were written: the check's findings, as JSON for the ledger. Pure.

Findings belong to the captions and not to the writing: a repeated run tells the same and ends with the same exit code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from captioner.model import Issue

__all__ = ["Findings"]


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of the captions of one file.

    Attributes:
        issues: What a caption editor may want to look at, or the severest of it.
        are_all: Whether none was left out of `issues`.
        speech: Whether anything was said.
        unmatched: Replacements that matched nothing.
        unheard: Names of speakers who do not occur.
        matched: What is heard of rules of the glossary that matched.
    """

    issues: tuple[Issue, ...] = ()
    are_all: bool = True
    speech: bool = True
    unmatched: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()

    def dumps(self) -> str:
        """As JSON."""
        rows = [list(astuple(issue)) for issue in self.issues]
        values: dict[str, Any] = {
            "issues": rows,
            "all": self.are_all,
            "speech": self.speech,
            "unmatched": list(self.unmatched),
        }
        if self.unheard:
            values["unheard"] = list(self.unheard)
        if self.matched:
            values["matched"] = list(self.matched)
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Findings | None:
        """From JSON; None when there is none."""
        if not text:
            return None
        values = json.loads(text)
        issues = tuple(Issue(*row) for row in values["issues"])
        unheard, matched = tuple(values.get("unheard", ())), tuple(values.get("matched", ()))
        return cls(issues, values["all"], values["speech"], tuple(values["unmatched"]), unheard, matched)

    def serve(self, kept: int | None) -> bool:
        """Whether they are as many as a run wants to keep: all of them with None."""
        return self.are_all or (kept is not None and len(self.issues) >= kept)

    def cut(self, kept: int | None) -> Sequence[Issue]:
        """The issues, the severest of them with a number."""
        from captioner.captions.caption_files import Captions

        return Captions({}, issues=self.issues).worst_issues(kept)
