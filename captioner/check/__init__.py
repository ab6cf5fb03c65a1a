"""Would a desk sign this off? Captions in, findings and figures out.

Every rule is one small function in the table of `table.py` and one paragraph in `rules.toml`. The one rule: a check
never changes what it checks; `fix` returns new captions and says what it did.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from captioner.check.captions import Captions
from captioner.check.fixing import Mended, fix, mend
from captioner.check.rates import Rates, rates
from captioner.check.readers import read
from captioner.check.rules import SEVERITIES, Rule, find, rules
from captioner.check.table import CHECKS, check, fails, summary
from captioner.model import Cue, Issue
from captioner.style import DEFAULT_STYLE, Style, load_style

__all__ = [
    "CHECKS",
    "SEVERITIES",
    "Captions",
    "Mended",
    "Rates",
    "Rule",
    "check",
    "fails",
    "find",
    "fix",
    "mend",
    "rates",
    "read",
    "rules",
    "summary",
]


class _CallablePackage(ModuleType):
    """Lets `captioner.check(cues, style)` call `check`: the verb of the public API and this package have one name."""

    def __call__(self, cues: Sequence[Cue], style: Style | str = DEFAULT_STYLE, **facts: Any) -> tuple[Issue, ...]:
        """Hold captions against a house style, given by name or as a `Style`; see `check.check`."""
        return check(cues, style if isinstance(style, Style) else load_style(style), **facts)


sys.modules[__name__].__class__ = _CallablePackage
