"""Definitions of the check rules: severity, reason and source of each, read from `rules.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

from captioner.errors import ConfigError

__all__ = ["SEVERITIES", "Finding", "RuleDefinition", "find_rule", "rule_definitions"]

#: Worst first.
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """One rule.

    Attributes:
        name: As in `Issue.rule` and in the `[severity]` table of a style.
        code: Short code for lists: T time, R reading, L lines, P marks, X text, F file.
        title: A few words for a person.
        severity: "error", "warning", "note" or "off", where the style sets no other.
        source: Guide or standard that asks for it.
        advice: How to fix it, in half a sentence.
        text: A paragraph for a caption editor.
        fixable: Whether `--fix` may fix it.
        checked: ISO date on which the sources were read.
    """

    name: str
    code: str
    title: str
    severity: str
    source: str
    advice: str
    text: str
    fixable: bool = False
    checked: str = ""


class Finding(NamedTuple):
    """One finding of a rule; the registry adds the rule's name and severity.

    Attributes:
        cue: 0-based cue, or None for the whole file.
        value: Measured figure.
        limit: Figure it was held against.
        message: One sentence for a caption editor.
        level: Severity where it differs from the rule's own, else "".
    """

    cue: int | None
    value: float
    limit: float
    message: str
    level: str = ""


@cache
def rule_definitions() -> Mapping[str, RuleDefinition]:
    """Every rule by name, in the order of the codes' families."""
    text = resources.files("captioner.check").joinpath("rules.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    checked = document.pop("checked")
    return {name: RuleDefinition(name=name, checked=checked, **table) for name, table in document.items()}


def find_rule(given: str) -> RuleDefinition:
    """A rule by name or code, as a person types it.

    Raises:
        ConfigError: No such rule.
    """
    wanted = given.strip().lower().replace("-", "_")
    for rule in rule_definitions().values():
        if wanted in (rule.name, rule.code.lower()):
            return rule
    raise ConfigError(f"rule {given!r} is unknown; choose one of {', '.join(rule_definitions())}")
