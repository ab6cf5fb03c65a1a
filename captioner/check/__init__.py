"""Checks captions against a style: rules, conformity figures, fixes and reports.

Every rule is one small function in the table of `registry.py` and one paragraph in `rules.toml`. The one rule: a check
never changes what it checks; `fix` returns new captions and lists its changes.
"""

from __future__ import annotations

from captioner.check.definitions import SEVERITIES, RuleDefinition, find_rule, rule_definitions
from captioner.check.fixing import FixResult, fix
from captioner.check.rates import Rates, rates
from captioner.check.registry import CHECKS, check, fails, summary

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
