"""The table of checks, and the one door through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from captioner.check import file, lines, marks, speed, text, times
from captioner.check.rules import SEVERITIES, Finding, rules
from captioner.check.subject import Subject, subject
from captioner.model import Cue, Issue, Media, Transcript
from captioner.style import Style

__all__ = ["CHECKS", "check", "fails", "judge", "summary"]

#: Every rule's function; the names are those of `rules.toml`.
CHECKS: Mapping[str, Callable[[Subject], Iterator[Finding]]] = {
    "overlap": times.overlap,
    "order": times.order,
    "duration": times.duration,
    "min_duration": times.min_duration,
    "max_duration": times.max_duration,
    "min_gap": times.min_gap,
    "bad_gap": times.bad_gap,
    "shot_in": times.shot_in,
    "shot_out": times.shot_out,
    "off_frame": times.off_frame,
    "sync_in": times.sync_in,
    "overhang": times.overhang,
    "no_speech": times.no_speech,
    "missing": times.missing,
    "past_end": times.past_end,
    "tc_origin": times.tc_origin,
    "load_608": times.load_608,
    "cps": speed.cps,
    "cps_optimal": speed.cps_optimal,
    "wpm": speed.wpm,
    "cps_low": speed.cps_low,
    "cpl": lines.cpl,
    "lines": lines.lines,
    "one_line": lines.one_line,
    "balance": lines.balance,
    "orphan": lines.orphan,
    "syntax_break": lines.syntax_break,
    "cue_syntax_break": lines.cue_syntax_break,
    "kinsoku": lines.kinsoku,
    "split_token": lines.split_token,
    "dash_style": marks.dash_style,
    "dual_speakers": marks.dual_speakers,
    "ellipsis": marks.ellipsis,
    "whitespace": marks.whitespace,
    "zh_punct": marks.zh_punct,
    "ja_punct": marks.ja_punct,
    "th_punct": marks.th_punct,
    "ar_punct": marks.ar_punct,
    "numbers": marks.numbers,
    "italics_lang": marks.italics_lang,
    "brackets": marks.brackets,
    "quotes_pairs": marks.quotes_pairs,
    "glyphs": marks.glyphs,
    "mixed_width": marks.mixed_width,
    "bidi": marks.bidi,
    "nfc": marks.nfc,
    "repeat": text.repeat,
    "text_loss": text.text_loss,
    "empty": text.empty,
    "speaker_jump": text.speaker_jump,
    "language": text.language,
    "encoding": file.encoding,
    "reparse": file.reparse,
    "escapes": file.escapes,
    "frame_rate": file.frame_rate,
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
) -> tuple[Issue, ...]:
    """Hold captions against a house style.

    Args:
        cues: In file order, times as written.
        style: The whole profile; every caption is measured by its own language's numbers.
        transcript: What was said; without it nothing is said about sync, lost text and unmarked speakers.
        media: Its length and frame rate.
        frame_rate: Overrides the media's.
        text: Bytes of the file, for the rules about the file itself.
        format: Name of the file's format.
        written: Text of every caption as written, markup included.
        language: Tag; the transcript's, else the text's own.
        duration_ms: Length of the media where only that is known.
        shots: Shot changes in milliseconds.

    Returns:
        Issues in the order of the captions, those of the whole file first. Their `rule` is a name of `rules()`.
    """
    seen = subject(
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
    )
    return judge(seen)


def judge(seen: Subject) -> tuple[Issue, ...]:
    """Ask every rule that the house has not switched off."""
    weights = {name: _weight(name, seen.style) for name in CHECKS}
    issues = [
        Issue(name, _level(finding, name, weights[name], seen.style), finding.cue, *finding[1:4])
        for name, find in CHECKS.items()
        if weights[name] != "off"
        for finding in find(seen)
    ]
    ranks = {name: number for number, name in enumerate(CHECKS)}
    return tuple(
        sorted(issues, key=lambda issue: (-1 if issue.cue_index is None else issue.cue_index, ranks[issue.rule]))
    )


def _weight(name: str, style: Style) -> str:
    return style.severity.get(name, rules()[name].severity)


def _level(finding: Finding, name: str, weight: str, style: Style) -> str:
    """A finding's own level, capped by what the house says of the rule."""
    if not finding.level:
        return weight
    capped = name in style.severity and SEVERITIES.index(weight) > SEVERITIES.index(finding.level)
    return weight if capped else finding.level


def summary(issues: Sequence[Issue], cues: int) -> str:
    """How the captions stand, in one line: `2 warnings: reading speed 1, gap 1`.

    Args:
        issues: What `check` found.
        cues: Number of captions.
    """
    parts = []
    for severity in ("error", "warning"):
        counts = Counter(issue.rule for issue in issues if issue.severity == severity)
        if counts:
            named = ", ".join(f"{_title(name)} {count}" for name, count in counts.most_common())
            total = sum(counts.values())
            parts.append(f"{total} {severity}{'s' if total > 1 else ''}: {named}")
    return "; ".join(parts) or f"clean: {cues} caption{'s' if cues != 1 else ''}, nothing to report"


def _title(name: str) -> str:
    """What a rule is called; what only layout can see has no row in the table."""
    return rules()[name].title if name in rules() else name.replace("_", " ")


def fails(issues: Sequence[Issue], fail_on: str = "error") -> bool:
    """Whether there is a finding at or above a severity: what `--fail-on` and `--strict` decide by."""
    return any(SEVERITIES.index(issue.severity) <= SEVERITIES.index(fail_on) for issue in issues)
