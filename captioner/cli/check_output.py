"""Prints findings: a table for people, JSON and CSV for machines, the paragraph behind a rule."""

from __future__ import annotations

import csv
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from captioner.check import SEVERITIES, Rates, find_rule, rule_definitions, summary
from captioner.cli.accept_findings import ArchiveBeside
from captioner.cli.terminal import escape_control, json_text
from captioner.formats import CaptionFile
from captioner.model import Issue, Transcript
from captioner.script_report import ScriptReport, describe_report, place_message
from captioner.style import Style
from captioner.timecode import ms_to_clock, ms_to_vtt

__all__ = ["Result", "as_csv", "as_json", "complain", "explain", "table"]

_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}
_PLACES = 12  # of a script, named one by one
_FIGURES = (
    ("length", "lines within the width"),
    ("speed", "at reading speed"),
    ("line_count", "within the line count"),
    ("duration", "within the durations"),
    ("gaps", "good gaps"),
    ("line_breaks", "torn line breaks"),
    ("cue_breaks", "torn caption breaks"),
    ("coverage", "speech captioned"),
    ("text", "text kept"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Result of the check of one file.

    Attributes:
        path: The file.
        captions: As read, or as mended.
        issues: Findings.
        rates: Conformity figures.
        changes: What `--fix` did, a line each.
        written: Where the mended captions are, or None.
        transcript: What they were held against.
        script: How the speech followed a script, or None without one.
        notes: What the captions were compared with, and acceptances whose caption changed.
        known: The archive of the captions, or None.
    """

    path: Path
    captions: CaptionFile
    issues: tuple[Issue, ...]
    rates: Rates
    changes: tuple[str, ...] = ()
    written: Path | None = None
    transcript: Transcript | None = field(default=None, repr=False)
    script: ScriptReport | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    known: ArchiveBeside | None = field(default=None, repr=False)


def table(results: Sequence[Result], style: Style, show: str) -> None:
    """Print each file's findings, how it stands, and its conformity figures."""

    console = Console(highlight=False)
    for result in results:
        _one(console, result, style, show)


def _one(console: Any, result: Result, style: Style, show: str) -> None:

    name = escape_control(str(result.written or result.path))
    console.print(Text(f"{name}  {style.name}@{style.version}", style="bold"), soft_wrap=True)
    for change in result.changes:
        console.print(Text(f"  fixed  {escape_control(change)}", style="green"), soft_wrap=True)
    levels = SEVERITIES[: SEVERITIES.index(show) + 1]
    levels = (*levels, "accepted") if show == "note" else levels
    listed = [issue for issue in result.issues if ("accepted" if issue.accepted else issue.severity) in levels]
    if listed:
        console.print(_rows(listed, result), end="\n\n")
    hidden = len(result.issues) - len(listed)
    more = f" ({hidden} more with --show note)" if hidden else ""
    for note in result.notes:
        console.print(Text(f"  {escape_control(note)}", style="dim"), soft_wrap=True)
    console.print(Text(summary(result.issues, len(result.captions.cues)) + more), soft_wrap=True)
    console.print(Text(_figures(result.rates), style="dim"))
    for line in _script(result):
        console.print(Text(escape_control(line)), soft_wrap=True)


def _script(result: Result) -> Iterator[str]:
    """Lines about the script: shares that matched, and the places to hear."""
    if result.script is None:
        return
    yield describe_report(result.script)
    for place in result.script.places[:_PLACES]:
        yield f"  {ms_to_clock(place.start_ms)}  {place_message(place)}"
    if len(result.script.places) > _PLACES:
        yield f"  and {len(result.script.places) - _PLACES} more with --show note or --html"


def _rows(issues: Sequence[Issue], result: Result) -> Any:

    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("caption", "at", "rule", "finding"):
        found.add_column(heading, no_wrap=heading != "finding", justify="right" if heading == "caption" else "left")
    for issue in issues:
        rule = rule_definitions()[issue.rule]
        place = "" if issue.cue_index is None else str(issue.cue_index + 1)
        quoted = f"  “{_text(issue, result)}”" if issue.cue_index is not None else ""
        colour = _COLOURS["note" if issue.accepted else issue.severity]
        accepted = f"  accepted: {issue.accepted}" if issue.accepted else ""
        named = Text(f"{rule.code} {rule.name}", style=colour)
        found.add_row(
            place, _at(issue, result), named, Text(escape_control(issue.message + accepted)) + Text(quoted, style="dim")
        )
    return found


def _at(issue: Issue, result: Result) -> str:
    return "" if issue.cue_index is None else ms_to_vtt(max(0, result.captions.cues[issue.cue_index].start_ms))


def _text(issue: Issue, result: Result) -> str:
    if issue.cue_index is None:
        return ""
    return escape_control(" / ".join(line.printed for line in result.captions.cues[issue.cue_index].lines))


def _figures(figures: Rates) -> str:
    shares = [(label, getattr(figures, name)) for name, label in _FIGURES]
    parts = [f"{label} {_percent(share)}" for label, share in shares if share is not None]
    if figures.mean_cps is not None:
        parts.append(f"characters/s mean {figures.mean_cps:g}, p95 {figures.p95_cps:g}")
    if figures.mean_sync_ms is not None:
        parts.append(f"{figures.mean_sync_ms:g} ms from the first word")
    return "  ·  ".join(parts)


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def as_json(results: Sequence[Result], style: Style) -> None:
    """Print everything as one JSON document."""
    document = {
        "style": {"name": style.name, "version": style.version, "digest": style.digest},
        "files": [_facts(result) for result in results],
    }
    click.echo(json_text(document))


def _facts(result: Result) -> dict[str, Any]:
    open_issues = [issue for issue in result.issues if not issue.accepted]
    counts = Counter(issue.severity for issue in open_issues)
    return {
        "file": str(result.path),
        "written": str(result.written) if result.written else None,
        "captions": len(result.captions.cues),
        "counts": {name: counts[name] for name in ("error", "warning", "note")},
        "accepted": len(result.issues) - len(open_issues),
        "by_rule": dict(Counter(issue.rule for issue in open_issues)),
        "rates": asdict(result.rates),
        "changes": list(result.changes),
        **({"script": asdict(result.script)} if result.script else {}),
        "notes": list(result.notes),
        "issues": [_issue(issue, result) for issue in result.issues],
    }


def _issue(issue: Issue, result: Result) -> dict[str, Any]:

    return {
        "code": rule_definitions()[issue.rule].code,
        "rule": issue.rule,
        "severity": issue.severity,
        "caption": None if issue.cue_index is None else issue.cue_index + 1,
        "timecode": _at(issue, result),
        "measured": issue.value,
        "limit": issue.limit,
        "message": issue.message,
        "text": _text(issue, result),
        "accepted": issue.accepted or None,
    }


def as_csv(results: Sequence[Result]) -> None:
    """Print one finding a row; spreadsheets read no cell as a formula."""
    columns = (
        "file",
        "code",
        "rule",
        "severity",
        "caption",
        "timecode",
        "measured",
        "limit",
        "message",
        "text",
        "accepted",
    )
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    for result in results:
        for issue in result.issues:
            row = {"file": str(result.path), **_issue(issue, result)}
            writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t" and value else value


def explain(given: str) -> None:
    """Print what a rule asks for, or a list of all.

    Raises:
        ConfigError: No such rule.
    """

    if given == "list":
        for rule in rule_definitions().values():
            mark = "fix" if rule.fixable else ""
            click.echo(f"{rule.code}  {rule.name:<18} {rule.severity:<8} {mark:<4} {rule.title}")
        return
    rule = find_rule(given)
    fixable = "; captioner check --fix mends what it safely can" if rule.fixable else ""
    click.echo(f"{rule.code} {rule.name}: {rule.title} ({rule.severity}{fixable})\n")
    click.echo("\n".join(textwrap.wrap(rule.text, 88)))
    click.echo(f"\nwhat to do: {rule.advice}")
    click.echo(f"source: {rule.source} (checked {rule.checked})")


def complain(message: str) -> None:
    """Say on stderr what is wrong with a file."""
    click.echo(f"captioner: {escape_control(message)}", err=True)
