"""The report as one self-contained HTML page: figures and pictures first, then each flagged caption with its sound.

The one rule: everything that comes from a file is escaped, nothing is fetched, and the same input is the same page.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from html import escape
from importlib import resources

from captioner.check.context import CheckContext, measure_cues
from captioner.check.definitions import SEVERITIES
from captioner.check.fixing import fix
from captioner.check.rates import Rates
from captioner.check.registry import summary
from captioner.check.report.cards import card, figures, rates_table, review_list, rule_texts
from captioner.check.report.timeline_svg import timeline_svg
from captioner.check.review_priority import ReviewItem, review_items
from captioner.formats.caption_file import CaptionFile
from captioner.model import Issue, Media, Transcript
from captioner.script_report import ScriptReport, describe_report
from captioner.style import Style
from captioner.timecode import ms_to_clock

__all__ = ["render_page", "render_report"]

MOST_CARDS = 200  # captions shown in full; a file with more has one fault, repeated
MOST_SOUNDS = 60  # about 1 MB of sound, which every mail server still takes
_LEAD_MS = 400  # heard before the caption begins

_LEGEND = (
    ("fine", "at reading speed"),
    ("fast", "above the speed aimed for"),
    ("hard", "above the hard limit"),
    ("aim", "speed aimed for"),
    ("speech", "speech by the transcript"),
    ("nervous", "nervous gap"),
)
_CHANGE = re.compile(r"caption (\d+): (.*)", re.DOTALL)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src data:"


def render_report(
    captions: CaptionFile,
    style: Style,
    issues: Sequence[Issue],
    rates: Rates,
    *,
    transcript: Transcript | None = None,
    media: Media | None = None,
    frame_rate: Fraction | None = None,
    shots: Sequence[int] = (),
    language: str = "",
    script: ScriptReport | None = None,
) -> str:
    """Make the page, with the sound of the flagged places when the media is given.

    Args:
        captions: What was checked.
        style: By whose rules.
        issues: What `check` found.
        rates: Conformity figures.
        transcript: What was said; draws the speech.
        media: For the sound snippets.
        frame_rate: Of the picture.
        shots: Shot changes in milliseconds.
        language: Tag of the captions.
        script: How the speech followed a script.

    Raises:
        MediaError: The media cannot be read.
    """
    context = measure_cues(
        captions.cues,
        style,
        language=language,
        transcript=transcript,
        duration_ms=media.duration_ms if media else 0,
        rate=frame_rate or (media.frame_rate if media else None),
        shots=shots,
        script=script,
    )
    best = review_items(context, [issue for issue in issues if not issue.accepted])
    wanted = list(dict.fromkeys([place.cue for place in best] + _flagged(issues)))[:MOST_SOUNDS]
    sounds = _sounds(media, {cue: max(0, captions.cues[cue].start_ms - _LEAD_MS) for cue in wanted}) if media else {}
    return render_page(captions.name, context, issues, rates, best, sounds)


def _flagged(issues: Sequence[Issue]) -> list[int]:
    """Captions with an error, then those with a warning."""
    return [
        issue.cue_index
        for severity in SEVERITIES[:2]
        for issue in issues
        if issue.severity == severity and issue.cue_index is not None and not issue.accepted
    ]


def _sounds(media: Media, starts: Mapping[int, int]) -> dict[int, str]:
    """Caption to its snippet as a data address."""
    from captioner.media.clips import MEDIA_TYPE, cut_clips

    cut = cut_clips(media.path, starts.values()) if media.audio else {}
    return {
        cue: f"data:{MEDIA_TYPE};base64,{base64.b64encode(cut[start]).decode()}"
        for cue, start in starts.items()
        if start in cut
    }


def render_page(
    name: str,
    context: CheckContext,
    issues: Sequence[Issue],
    rates: Rates,
    best: Sequence[ReviewItem],
    sounds: Mapping[int, str],
) -> str:
    """The page as one text of HTML, with style and script inside; accepted findings stand in a list of their own."""
    found, issues = issues, [issue for issue in issues if not issue.accepted]
    by_cue: dict[int, list[Issue]] = {}
    for issue in issues:
        by_cue.setdefault(-1 if issue.cue_index is None else issue.cue_index, []).append(issue)
    worst = {cue: min((i.severity for i in found), key=SEVERITIES.index) for cue, found in by_cue.items() if cue >= 0}
    cards = sorted(worst, key=lambda cue: (SEVERITIES.index(worst[cue]), cue))[:MOST_CARDS]
    title = f"Captions of {name.rpartition('/')[2]}"
    style = context.style
    parts = [
        _head(title),
        '<div class="top"><div>',
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(style.name)}@{style.version} · digest {style.digest}'
        f"{' · ' + escape(context.language) if context.language else ''} · {_length(context)}</p></div>",
        '<button id="theme" type="button" title="t">Dark or light</button></div>',
        f'<p class="verdict">{_verdict(found, len(context.cues))}</p>',
        f"<p>{escape(describe_report(context.script))}</p>" if context.script else "",
        figures(context, issues, rates),
        '<h2 id="timeline">The programme</h2>',
        f'<div class="drawing">{timeline_svg(context, worst, cards)}</div>{_legend()}',
        review_list(best, context, sounds),
        _whole_file(by_cue.get(-1, ())),
        _cards(context, by_cue, worst, cards, sounds),
        _accepted(found, context),
        rates_table(rates),
        rule_texts(issues),
        f"</main><script>{_asset('page.js')}</script></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _asset(name: str) -> str:
    return resources.files("captioner.check.report").joinpath(name).read_text(encoding="utf-8")


def _head(title: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_asset('page.css')}</style></head>"
        '<body class="no-note"><main>'
    )


def _length(context: CheckContext) -> str:
    last = max((each.cue.end_ms for each in context.cues), default=0)
    return f"{ms_to_clock(context.duration_ms or last)} long"


def _verdict(issues: Sequence[Issue], cues: int) -> str:
    kinds = {issue.severity for issue in issues if not issue.accepted}
    kind = next((severity for severity in SEVERITIES[:2] if severity in kinds), "clean")
    return f'<b class="{kind}">{escape(summary(issues, cues))}</b>'


def _legend() -> str:
    items = "".join(f'<li><i class="{kind}"></i>{text}</li>' for kind, text in _LEGEND)
    return f'<ul class="legend">{items}</ul>'


def _whole_file(issues: Iterable[Issue]) -> str:
    rows = "".join(f'<li class="{issue.severity}">{escape(issue.message)}</li>' for issue in issues)
    return f"<h2>The file as a whole</h2><ul>{rows}</ul>" if rows else ""


def _accepted(issues: Iterable[Issue], context: CheckContext) -> str:
    """Accepted findings with their reasons."""
    rows = "".join(
        f"<li>{ms_to_clock(max(0, context.cues[issue.cue_index].cue.start_ms))} {escape(issue.message)}"
        f' <span class="soft">{escape(issue.accepted)}</span></li>'
        for issue in issues
        if issue.accepted and issue.cue_index is not None
    )
    return f"<h2>Accepted</h2><ul>{rows}</ul>" if rows else ""


def _cards(
    context: CheckContext,
    by_cue: Mapping[int, Sequence[Issue]],
    worst: Mapping[int, str],
    shown: Sequence[int],
    sounds: Mapping[int, str],
) -> str:
    if not shown:
        return "<h2>Flagged captions</h2><p>None.</p>"
    counts = {severity: sum(kind == severity for kind in worst.values()) for severity in SEVERITIES}
    buttons = (
        f'<button type="button" data-toggle="warning" aria-pressed="true">{counts["warning"]} with warnings</button>'
        f'<button type="button" data-toggle="note" aria-pressed="false">{counts["note"]} with notes only</button>'
        '<span class="soft"><kbd>j</kbd> <kbd>k</kbd> next and previous, <kbd>p</kbd> play, <kbd>w</kbd> warnings, '
        "<kbd>n</kbd> notes, <kbd>t</kbd> dark or light</span>"
    )
    fixes = _fixes(context)
    cards = "".join(
        card(context.cues[cue], by_cue[cue], worst[cue], sounds.get(cue, ""), fixes.get(cue, ()))
        for cue in sorted(shown)
    )
    more = len(worst) - len(shown)
    rest = f'<p class="soft">{more} more are in the table of <code>captioner check --csv</code>.</p>' if more else ""
    return f'<h2>Flagged captions</h2><div class="bar-of-buttons">{buttons}</div>{cards}{rest}'


def _fixes(context: CheckContext) -> dict[int, list[str]]:
    """Caption to the changes `--fix` would make to it."""
    changes: dict[int, list[str]] = {}
    cues = [each.cue for each in context.cues]
    fixed = fix(
        cues, context.style, language=context.language, frame_rate=context.rate, duration_ms=context.duration_ms
    )
    for change in fixed.changes:
        if (match := _CHANGE.match(change)) is not None:
            changes.setdefault(int(match[1]) - 1, []).append(match[2])
    return changes
