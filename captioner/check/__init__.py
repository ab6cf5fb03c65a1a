"""Checks captions against a style: rules, conformity figures, fixes and reports.

Every rule is one small function in the table of `registry.py` and one paragraph in `rules.toml`. The one rule: a check
never changes what it checks; `fix` returns new captions and lists its changes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from captioner.check.definitions import SEVERITIES, RuleDefinition, find_rule, rule_definitions
from captioner.check.fixing import FixResult, fix
from captioner.check.rates import Rates, rates
from captioner.check.registry import CHECKS, check, fails, summary
from captioner.model import Cue, Issue
from captioner.style import DEFAULT_STYLE, Style, load_style

__all__ = [
    "CHECKS",
    "SEVERITIES",
    "FixResult",
    "Rates",
    "RuleDefinition",
    "check",
    "fails",
    "find_rule",
    "fix",
    "rates",
    "rule_definitions",
    "summary",
]


class _CallablePackage(ModuleType):
    """Lets `captioner.check(cues, style)` call `check`: the verb of the public API and this package have one name."""

    def __call__(self, cues: Sequence[Cue], style: Style | str = DEFAULT_STYLE, **facts: Any) -> tuple[Issue, ...]:
        """Hold captions against a house style, given by name or as a `Style`; see `check.check`."""
        return check(cues, style if isinstance(style, Style) else load_style(style), **facts)


sys.modules[__name__].__class__ = _CallablePackage
