"""Table of the check rules, and the functions that run them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from captioner.check.context import CheckContext, measure_cues
from captioner.check.definitions import SEVERITIES, Finding, rule_definitions
from captioner.check.rules import encoding, line_breaks, punctuation, reading_speed, timing, wording
from captioner.formats.caption_file import ReadNote
from captioner.model import Cue, Issue, Media, Transcript
from captioner.script_report import ScriptReport
from captioner.style import Style

__all__ = ["CHECKS", "check", "fails", "run_rules", "summary"]

#: Every rule's function; the names are those of `rules.toml`.
CHECKS: Mapping[str, Callable[[CheckContext], Iterator[Finding]]] = {
    "overlap": timing.overlap,
    "order": timing.order,
    "duration": timing.duration,
    "min_duration": timing.min_duration,
    "max_duration": timing.max_duration,
    "min_gap": timing.min_gap,
    "bad_gap": timing.bad_gap,
    "shot_in": timing.shot_in,
    "shot_out": timing.shot_out,
    "off_frame": timing.off_frame,
    "sync_in": timing.sync_in,
    "overhang": timing.overhang,
    "no_speech": timing.no_speech,
    "missing": timing.missing,
    "past_end": timing.past_end,
    "tc_origin": timing.tc_origin,
    "load_608": timing.load_608,
    "cps": reading_speed.cps,
    "cps_optimal": reading_speed.cps_optimal,
    "wpm": reading_speed.wpm,
    "cps_low": reading_speed.cps_low,
    "cpl": line_breaks.cpl,
    "lines": line_breaks.lines,
    "one_line": line_breaks.one_line,
    "balance": line_breaks.balance,
    "orphan": line_breaks.orphan,
    "syntax_break": line_breaks.syntax_break,
    "cue_syntax_break": line_breaks.cue_syntax_break,
    "kinsoku": line_breaks.kinsoku,
    "split_token": line_breaks.split_token,
    "dash_style": punctuation.dash_style,
    "dual_speakers": punctuation.dual_speakers,
    "ellipsis": punctuation.ellipsis,
    "whitespace": punctuation.whitespace,
    "zh_punct": punctuation.zh_punct,
    "ja_punct": punctuation.ja_punct,
    "th_punct": punctuation.th_punct,
    "ar_punct": punctuation.ar_punct,
    "numbers": punctuation.numbers,
    "italics_lang": punctuation.italics_lang,
    "brackets": punctuation.brackets,
    "quotes_pairs": punctuation.quotes_pairs,
    "glyphs": punctuation.glyphs,
    "mixed_width": punctuation.mixed_width,
    "bidi": punctuation.bidi,
    "nfc": punctuation.nfc,
    "repeat": wording.repeat,
    "text_loss": wording.text_loss,
    "empty": wording.empty,
    "speaker_jump": wording.speaker_jump,
    "language": wording.language,
    "script": wording.script,
    "encoding": encoding.encoding,
    "reparse": encoding.reparse,
    "escapes": encoding.escapes,
    "frame_rate": encoding.frame_rate,
}


def check(
    cues: Sequence[Cue],
    style: Style,
    *,
    transcript: Transcript | None = None,
    media: Media | None = None,
    frame_rate: Fraction | None = None,
    text: bytes | None = None,
    format: str | None = None,
    written: Sequence[str] = (),
    language: str = "",
    duration_ms: int = 0,
    shots: Sequence[int] = (),
    encoding: str = "",
    notes: Sequence[ReadNote] = (),
    script: ScriptReport | None = None,
) -> tuple[Issue, ...]:
    """Check captions against a style.

    Args:
        cues: In file order, times as written.
        style: The whole profile; every caption is measured by the numbers of its own language.
        transcript: What was said; without it the rules about sync, lost text and unmarked speakers are skipped.
        media: Its length and frame rate.
        frame_rate: Overrides the media's.
        text: Bytes of the file, for the rules about the file itself.
        format: Name of the file's format.
        written: Text of every caption as written, markup included.
        language: Tag; the transcript's, else the text's own.
        duration_ms: Length of the media where only that is known.
        shots: Shot changes in milliseconds.
        encoding: Encoding the file was read in, "" to detect it.
        notes: What its reader guessed, mended or left out.
        script: How the speech followed a script.

    Returns:
        Issues in the order of the captions, those of the whole file first. Their `rule` is a name of `rules()`.
    """
    context = measure_cues(
        cues,
        style,
        language=language,
        transcript=transcript,
        duration_ms=media.duration_ms if media else duration_ms,
        rate=frame_rate or (media.frame_rate if media else None),
        shots=shots,
        data=text,
        written=written,
        format=format or "",
        encoding=encoding,
        notes=notes,
        script=script,
    )
    return run_rules(context)


def run_rules(context: CheckContext) -> tuple[Issue, ...]:
    """Run every rule that the style has not switched off, in the order of the captions."""
    weights = {name: _weight(name, context.style) for name in CHECKS}
    issues = [
        Issue(name, _level(finding, name, weights[name], context.style), finding.cue, *finding[1:4])
        for name, find in CHECKS.items()
        if weights[name] != "off"
        for finding in find(context)
    ]
    ranks = {name: number for number, name in enumerate(CHECKS)}
    return tuple(
        sorted(issues, key=lambda issue: (-1 if issue.cue_index is None else issue.cue_index, ranks[issue.rule]))
    )


def _weight(name: str, style: Style) -> str:
    return style.severity.get(name, rule_definitions()[name].severity)


def _level(finding: Finding, name: str, weight: str, style: Style) -> str:
    """A finding's own level, or the lower one that the style gives the rule."""
    if not finding.level:
        return weight
    capped = name in style.severity and SEVERITIES.index(weight) > SEVERITIES.index(finding.level)
    return weight if capped else finding.level


def summary(issues: Sequence[Issue], cues: int) -> str:
    """Summary of the findings in one line: `2 warnings: reading speed 1, gap 1`.

    Args:
        issues: What `check` found.
        cues: Number of captions.
    """
    parts = []
    for severity in ("error", "warning"):
        counts = Counter(issue.rule for issue in issues if issue.severity == severity and not issue.accepted)
        if counts:
            named = ", ".join(f"{_title(name)} {count}" for name, count in counts.most_common())
            total = sum(counts.values())
            parts.append(f"{total} {severity}{'s' if total > 1 else ''}: {named}")
    accepted = sum(bool(issue.accepted) for issue in issues)
    said = "; ".join(parts) or f"clean: {cues} caption{'s' if cues != 1 else ''}, nothing to report"
    return f"{said}; {accepted} accepted" if accepted else said


def _title(name: str) -> str:
    """Title of a rule; what only layout finds has no row in the table."""
    return rule_definitions()[name].title if name in rule_definitions() else name.replace("_", " ")


def fails(issues: Sequence[Issue], fail_on: str = "error") -> bool:
    """Whether there is an open finding at or above a severity: what `--fail-on` and `--strict` decide by."""
    return any(SEVERITIES.index(issue.severity) <= SEVERITIES.index(fail_on) for issue in issues if not issue.accepted)
