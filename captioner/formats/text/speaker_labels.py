"""Speakers named in the text of captions: `NAME:` and `[Name]` before the speech, and dashes between two speakers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from captioner.formats.text.styled_runs import slice_spans
from captioner.formats.text.styled_text import StyledLine
from captioner.model import Line

__all__ = ["find_labels", "parse_lines"]

_DASH = re.compile(r"^(?:[-–—‐‑]|>>>?)[ \u00a0]?(?=\S)")
# `NAME:`, `Speaker 1:`, `张三：`, `[Name]`, `（太郎）`: how the guides and the tools write a speaker before the speech.
_LABEL = re.compile(
    r"^(?P<colon>(?P<name>[^\W\d_][\w .'’·-]{1,29}?) ?[:：])(?=\s*\S)"
    r"|^(?P<round>[\[(（](?P<inner>[^\])）]{1,30})[\])）])(?=\s*\S)"
)
_MARK = re.compile("[:：\\])）]")
_NUMBERED = re.compile(r"(?:speaker|channel|sprecher|locuteur|spk|说话人|話者)[ _]?\w{1,3}", re.IGNORECASE)


def find_labels(lines: Iterable[str], *, every: bool = False) -> frozenset[str]:
    """Names before a colon or in brackets that are speakers: those that occur twice, in capitals, or as `Speaker 1`.

    Args:
        lines: Of all captions.
        every: Take every name for a speaker.
    """
    counts: Counter[str] = Counter()
    for line in lines:
        if _MARK.search(line) is None:
            continue
        if (match := _LABEL.match(_DASH.sub("", line.lstrip("\ufeff")))) is not None:
            counts[match["name"] or match["inner"]] += 1
    return frozenset(
        name for name, count in counts.items() if every or count > 1 or name.isupper() or _NUMBERED.fullmatch(name)
    )


def parse_lines(
    lines: Sequence[StyledLine], fields: Sequence[str], labels: frozenset[str]
) -> tuple[tuple[Line, ...], str | None]:
    """Lines of a cue with dash, label and speaker taken from their text.

    Args:
        lines: As read.
        fields: Name of each line's speaker in the file's own field, "" or missing without one.
        labels: Names that are speakers where they stand before the speech.

    Returns:
        The lines, and the speaker of all of them, or None where there are several or none.
    """
    is_shared = any(_DASH.match(line.text) for line in lines)
    parsed: list[Line] = []
    for number, line in enumerate(lines):
        if line.text[:1] == "\ufeff" or line.text[-1:] == "\ufeff":
            line = _without_marks(line)
        field = line.voice or (fields[number] if number < len(fields) else "")
        parsed.append(_parse_line(line, field, labels, parsed[-1] if parsed else None, is_shared=is_shared))
    speakers = {line.speaker for line in parsed}
    return tuple(parsed), parsed[0].speaker if len(speakers) == 1 and parsed else None


def _without_marks(line: StyledLine) -> StyledLine:
    """A line without byte order marks at its ends."""
    text = line.text.strip("\ufeff")
    return StyledLine(text, slice_spans(line.spans, line.text.index(text), len(text)), line.voice)


def _parse_line(line: StyledLine, field: str, labels: frozenset[str], before: Line | None, *, is_shared: bool) -> Line:
    text = line.text
    dash = match[0] if is_shared and (match := _DASH.match(text)) is not None else ""
    rest = text[len(dash) :]
    label, speaker = "", field
    if (labels or field) and (match := _LABEL.match(rest)) is not None:
        name = match["name"] or match["inner"]
        if name in labels or name == field:
            label = match["colon"] or match["round"]
            rest = rest[len(label) :].lstrip()
            speaker = field or name
    if not speaker and before is not None and not dash and not label:
        speaker = before.speaker or ""
    parsed = Line(rest, speaker=speaker or None, label=label, dash=dash)
    if not line.spans:
        return parsed
    return replace(parsed, spans=slice_spans(line.spans, len(text) - len(rest), len(rest)))
