"""Parts of the report: figures, the list to listen to, the card of a flagged caption, tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape

from captioner.check.context import CheckContext, MeasuredCue
from captioner.check.definitions import rule_definitions
from captioner.check.rates import Rates
from captioner.check.review_priority import ReviewItem
from captioner.model import Issue
from captioner.timecode import ms_to_vtt

__all__ = ["card", "figures", "rates_table", "review_list", "rule_texts"]

_RATES = {
    "length": "Lines within the width",
    "speed": "Captions at the speed aimed for",
    "speed_hard": "Captions within the hard limit",
    "line_count": "Captions within the line count",
    "duration": "Captions within the durations",
    "gaps": "Gaps that are a blink or a pause",
    "overlaps": "Overlaps",
    "mean_cps": "Characters a second, mean",
    "p95_cps": "Characters a second, 95th percentile",
    "one_line": "Captions of one line",
    "balance": "Balance of two lines, mean",
    "bottom_heavy": "First line not the longer",
    "per_minute": "Captions a minute",
    "line_breaks": "Line breaks that part a phrase",
    "cue_breaks": "Caption ends that part a phrase",
    "sentences": "Captions that end at a mark",
    "mean_sync_ms": "Begin from the first word, mean, ms",
    "p95_sync_ms": "Begin from the first word, 95th percentile, ms",
    "coverage": "Speech that is captioned",
    "idle": "Caption time without speech",
    "text": "Transcript that is in the captions",
}
_PLAIN = frozenset(("overlaps", "mean_cps", "p95_cps", "per_minute", "mean_sync_ms", "p95_sync_ms", "balance"))


def figures(context: CheckContext, issues: Sequence[Issue], rates: Rates) -> str:
    """The tiles at the top."""
    counts = Counter(issue.severity for issue in issues)
    tiles = [
        (str(rates.captions), "captions", ""),
        (str(counts["error"]), "errors", "error" if counts["error"] else ""),
        (str(counts["warning"]), "warnings", "warning" if counts["warning"] else ""),
        (_share(rates.speed), "at reading speed", ""),
        (_share(rates.length), "lines within the width", ""),
        ("–" if rates.mean_cps is None else f"{rates.mean_cps:g}", "characters a second", ""),
    ]
    if rates.coverage is not None:
        tiles.append((_share(rates.coverage), "of the speech captioned", ""))
    items = "".join(f'<li><b class="{kind}">{value}</b><span>{label}</span></li>' for value, label, kind in tiles)
    return f'<ul class="figures">{items}</ul>'


def _share(value: float | None) -> str:
    if value is None:
        return "–"
    return "100 %" if value == 1 else f"{100 * value:.1f} %"


def review_list(best: Sequence[ReviewItem], context: CheckContext, sounds: Mapping[int, str]) -> str:
    """The ranked list of places most worth hearing."""
    if not best:
        return ""
    items = "".join(_place(place, context.cues[place.cue], sounds.get(place.cue, "")) for place in best)
    return f'<h2>The places most worth hearing</h2><ol class="worth">{items}</ol>'


def _place(place: ReviewItem, each: MeasuredCue, sound: str) -> str:
    text = escape(" / ".join(line.printed for line in each.cue.lines))
    why = escape("; ".join(place.reasons))
    return (
        f'<li><span class="at">{_at(each)}</span><span><span dir="auto">{text}</span>'
        f'<br><span class="why">{why}</span></span>{_audio(sound, each)}</li>'
    )


def _at(each: MeasuredCue) -> str:
    return ms_to_vtt(max(0, each.cue.start_ms))


def _audio(sound: str, each: MeasuredCue) -> str:
    if not sound:
        return ""
    return f'<audio controls preload="metadata" src="{sound}" aria-label="Sound at caption {each.index + 1}"></audio>'


def card(each: MeasuredCue, issues: Sequence[Issue], worst: str, sound: str, fixes: Sequence[str]) -> str:
    """A flagged caption as it is on screen, what was found, and what `--fix` would do about it."""
    lines = "".join(f'<span dir="auto">{escape(line.printed) or "&nbsp;"}</span>' for line in each.cue.lines)
    number = each.index + 1
    found = "".join(_finding(issue) for issue in issues)
    fix = f'<p class="fix">captioner check --fix: {escape("; ".join(fixes))}</p>' if fixes else ""
    return (
        f'<article class="cue is-{worst}" id="c{number}" tabindex="-1">'
        f'<header><a href="#c{number}">Caption {number}</a>'
        f'<span class="at">{_at(each)} → {ms_to_vtt(max(0, each.cue.end_ms))}</span>'
        f"<span>{each.lasts_ms / 1000:.2f} s</span><span>{each.cps:.1f} characters/s</span></header>"
        f'<div><div class="screen">{lines}</div>{_audio(sound, each)}</div>'
        f"<div><ul>{found}</ul>{fix}</div></article>"
    )


def _finding(issue: Issue) -> str:
    rule = rule_definitions()[issue.rule]
    counted = (issue.value, issue.limit) != (1, 0)  # a mark that is there or not has nothing to measure
    measure = f'<span class="measure soft">measured {issue.value:g}, limit {issue.limit:g} ·</span> ' if counted else ""
    return (
        f'<li><b class="{issue.severity}">{rule.code} {escape(rule.title)}</b> {escape(issue.message)}<br>{measure}'
        f'<span class="fix">{escape(rule.advice)}</span></li>'
    )


def rates_table(rates: Rates) -> str:
    """All conformity figures."""
    values = asdict(rates)
    rows = "".join(
        f"<tr><td>{label}</td><td>{f'{values[name]:g}' if name in _PLAIN else _share(values[name])}</td></tr>"
        for name, label in _RATES.items()
        if values[name] is not None
    )
    return f"<h2>Conformity</h2><table>{rows}</table>"


def rule_texts(issues: Sequence[Issue]) -> str:
    """The paragraph of every rule that found something."""
    counts = Counter(issue.rule for issue in issues)
    told = "".join(
        f"<details><summary>{rule.code} {escape(rule.title)} ({counts[name]})</summary>"
        f"<p>{escape(rule.text)}</p>"
        f'<p class="soft">Source: {escape(rule.source)} (checked {rule.checked})</p></details>'
        for name, rule in rule_definitions().items()
        if counts[name]
    )
    return f"<h2>The rules</h2>{told}" if told else ""
