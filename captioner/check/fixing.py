"""Fixes what can be fixed safely, and lists its changes.

The one rule: no word is lost, added or moved to another caption, and no begin is moved except onto a frame or a shot.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from captioner.check.context import MeasuredCue, measure_cue
from captioner.check.rules.line_breaks import joined_text
from captioner.check.rules.timing import gap_limit_ms, is_nervous_gap, shortest_ms
from captioner.check.rules.wording import is_empty
from captioner.check.transcript_alignment import letters
from captioner.layout.frames import clip_to_media, snap_to_frames
from captioner.layout.lexicon import detect_language
from captioner.layout.rebreak import rebreak
from captioner.layout.typography import apply_typography
from captioner.layout.width import columns
from captioner.model import Cue, Line, Word
from captioner.style import Style

__all__ = ["FixResult", "fix"]

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ufeff\u2060\ufffe\uffff]")
_SPACE_BEFORE = re.compile(r"(?<=[^\s.…]) (?=[!?).,…](?:\s|$))")
_FRENCH_SPACE = re.compile(r"(?<=[^\s.…]) (?=[).,…](?:\s|$))")
_ROUND = re.compile(r"^[({（｛]([^(){}（）]+)[)}）｝]$")
_ARABIC = str.maketrans({",": "،", ";": "؛", "?": "؟", "\u0640": None})
_WIDE_LATIN = re.compile("[０-９Ａ-Ｚａ-ｚ]+")
_HALF_KANA = re.compile("[\uff66-\uff9f]+")


@dataclass(frozen=True, slots=True)
class FixResult:
    """Captions after fixing.

    Attributes:
        cues: The captions.
        origins: For each, the index of the given caption it was.
        changes: One line for every change.
    """

    cues: tuple[Cue, ...]
    origins: tuple[int, ...]
    changes: tuple[str, ...]


@dataclass(slots=True)
class _FixState:
    """The captions while they are fixed."""

    cues: list[Cue]
    origins: list[int]
    style: Style
    language: str
    rate: Fraction | None
    duration_ms: int
    shots: Sequence[int]
    with_markup: Collection[int]
    changes: list[str] = field(default_factory=list)

    def measured(self, index: int) -> MeasuredCue:
        cue = self.cues[index]
        return measure_cue(index, cue, self.style.for_language(detect_language(cue.text, self.language)), self.language)

    def put(self, index: int, cue: Cue, what: str) -> None:
        """Put another caption in place of one, if it is another."""
        before = self.cues[index]
        if cue == before:
            return
        self.cues[index] = cue
        self.changes.append(f"caption {self.origins[index] + 1}: {what}{_difference(before, cue)}")


def _difference(before: Cue, after: Cue) -> str:
    if before.lines != after.lines:
        old, new = (" / ".join(line.printed for line in cue.lines) for cue in (before, after))
        return f": “{old}” is now “{new}”"
    moves = (("begins", after.start_ms - before.start_ms), ("ends", after.end_ms - before.end_ms))
    parts = [f"{name} {abs(by)} ms {'later' if by > 0 else 'earlier'}" for name, by in moves if by]
    return ": " + ", ".join(parts)


def fix(
    cues: Sequence[Cue],
    style: Style,
    *,
    language: str = "",
    frame_rate: Fraction | None = None,
    duration_ms: int = 0,
    shots: Sequence[int] = (),
    with_markup: Collection[int] = (),
) -> FixResult:
    """Fix what can be fixed safely.

    Args:
        cues: In file order.
        style: The whole profile.
        language: Tag, "" to let the text tell.
        frame_rate: Times are put on frames when it is known and the style works in frames.
        duration_ms: Length of the media, 0 when unknown.
        shots: Shot changes in milliseconds.
        with_markup: Captions whose text stays as it is, because it carries markup that would be lost.
    """
    state = _FixState(
        list(cues), list(range(len(cues))), style, language, frame_rate, duration_ms, shots, frozenset(with_markup)
    )
    for step in _STEPS:
        step(state)
    return FixResult(tuple(state.cues), tuple(state.origins), tuple(state.changes))


def _sort(state: _FixState) -> None:
    if any(other.start_ms < one.start_ms for one, other in zip(state.cues, state.cues[1:], strict=False)):
        places = sorted(range(len(state.cues)), key=lambda index: state.cues[index].start_ms)
        state.cues = [state.cues[place] for place in places]
        state.origins = [state.origins[place] for place in places]
        state.changes.append("captions are in the order of their begin")


def _drop_empty(state: _FixState) -> None:
    kept = [index for index, cue in enumerate(state.cues) if not is_empty(cue.text)]
    for index, origin in enumerate(state.origins):
        if is_empty(state.cues[index].text):
            state.changes.append(f"caption {origin + 1}: removed, it has no text")
    state.cues = [state.cues[index] for index in kept]
    state.origins = [state.origins[index] for index in kept]


def _fix_texts(state: _FixState) -> None:
    """Fixes inside lines."""
    for index in range(len(state.cues)):
        if state.origins[index] in state.with_markup:
            continue
        each = state.measured(index)
        lines = tuple(replace(line, text=_cleaned(line.text, each)) for line in each.cue.lines)
        if all(line.text for line in lines):
            state.put(index, replace(each.cue, lines=lines), "text")
        (dressed,) = apply_typography([state.cues[index]], state.style, state.language, applied_before=True)
        state.put(index, dressed, "typography")


def _cleaned(text: str, each: MeasuredCue) -> str:
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text.replace("\t", " ")))
    text = re.sub("  +", " ", text).strip(" ")
    text = (_FRENCH_SPACE if each.profile.language == "fr" else _SPACE_BEFORE).sub("", text)
    if each.profile.counting == "arabic":
        text = re.sub("(?<=[\u0600-\u06ff ])[,;?]|\u0640", lambda match: match[0].translate(_ARABIC), text)
    if each.profile.counting == "zh":
        text = _WIDE_LATIN.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    if each.profile.counting == "ja":
        text = _HALF_KANA.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    if "[" in each.style.label:
        text = _ROUND.sub(r"[\1]", text)
    return text


def _break_lines(state: _FixState) -> None:
    """Lines that are too wide, too many, or needlessly two, broken again by the layout."""
    for index in range(len(state.cues)):
        each = state.measured(index)
        if each.is_shared or state.origins[index] in state.with_markup or not _wants_breaking(each):
            continue
        if (lines := _rebreak(each)) is not None:
            state.put(index, replace(each.cue, lines=lines), "lines")


def _wants_breaking(each: MeasuredCue) -> bool:
    limit = each.style.max_columns
    fits_one = len(each.widths) > 1 and sum(each.widths) + len(each.widths) - 1 <= limit
    return max(each.widths, default=0) > limit or len(each.widths) > each.style.max_lines or fits_one


def _rebreak(each: MeasuredCue) -> tuple[Line, ...] | None:
    """The caption's text in new lines with its tokens shared out among them, None when it does not fit."""
    first = each.cue.lines[0]
    prefix = first.dash + (f"{first.label} " if first.label else "")
    taken = columns(prefix, wide_ambiguous=each.profile.wide_ambiguous)
    texts = rebreak(joined_text(each), each.style, each.profile.language, taken=taken)
    if texts is None:
        return None
    words = [word for line in each.cue.lines for word in line.words]
    lines = []
    for text in texts:
        own, words = _tokens(words, text)
        lines.append(Line(text, own, first.speaker))
    lines[0] = replace(lines[0], label=first.label, dash=first.dash)
    return tuple(lines)


def _tokens(words: list[Word], text: str) -> tuple[tuple[Word, ...], list[Word]]:
    """The tokens that spell a line, and the rest."""
    wanted, spelled, count = len(letters(text)), 0, 0
    while count < len(words) and spelled < wanted:
        spelled += len(letters(words[count].text))
        count += 1
    return tuple(words[:count]), words[count:]


def _end_overlaps(state: _FixState) -> None:
    """Overlaps: the earlier caption ends where the later begins, if it stays long enough."""
    for index in range(len(state.cues) - 1):
        cue, following = state.cues[index], state.cues[index + 1].start_ms
        if cue.end_ms > following and following - cue.start_ms >= state.measured(index).style.min_duration_ms:
            state.put(index, replace(cue, end_ms=following), "overlap")


def _end_with_media(state: _FixState) -> None:
    for index, cue in enumerate(clip_to_media(state.cues, state.duration_ms)):
        state.put(index, cue, "after the end")


def _extend(state: _FixState) -> None:
    """Captions that flash by or are fast stay longer where nothing follows closely."""
    for index in range(len(state.cues)):
        each = state.measured(index)
        needed = max(shortest_ms(each), -int(-each.characters * 1000 // each.style.cps))
        if each.lasts_ms <= 0 or each.lasts_ms >= needed:
            continue
        room = _room(state, index, each)
        end = min(each.cue.start_ms + needed, each.cue.end_ms + each.style.max_hang_ms, room)
        if end > each.cue.end_ms:
            state.put(index, replace(each.cue, end_ms=end), "time to read")


def _room(state: _FixState, index: int, each: MeasuredCue) -> int:
    """Latest end of a caption: the gap before the next one, the end of the media, the longest time."""
    latest = each.cue.start_ms + each.style.max_duration_ms
    if index + 1 < len(state.cues):
        latest = min(latest, state.cues[index + 1].start_ms - gap_limit_ms(each, state.rate))
    return min(latest, state.duration_ms) if state.duration_ms else latest


def _fix_gaps(state: _FixState) -> None:
    """Gaps: too small ones opened, nervous ones closed."""
    for index in range(len(state.cues) - 1):
        each, following = state.measured(index), state.cues[index + 1].start_ms
        least = gap_limit_ms(each, state.rate)
        gap, end = following - each.cue.end_ms, following - least
        if (gap > 0 or each.style.min_gap_frames) and 0 <= gap < least and end - each.cue.start_ms >= shortest_ms(each):
            state.put(index, replace(each.cue, end_ms=end), "gap")
        elif is_nervous_gap(each, gap, state.rate) and end - each.cue.start_ms <= each.style.max_duration_ms:
            state.put(index, replace(each.cue, end_ms=end), "nervous gap")


def _snap(state: _FixState) -> None:
    """Times on frames, and off the shot changes."""
    if state.rate is None or not (state.style.snap_frames or state.shots):
        return
    if any(one.end_ms > other.start_ms for one, other in zip(state.cues, state.cues[1:], strict=False)):
        state.changes.append("times were not put on frames: captions overlap")
        return
    before = list(state.cues)
    style = state.style.for_language(state.language) if state.language else state.style
    state.cues = list(snap_to_frames(state.cues, style, state.rate, shots=state.shots))
    moved = [
        max(abs(a.start_ms - b.start_ms), abs(a.end_ms - b.end_ms)) for a, b in zip(before, state.cues, strict=True)
    ]
    if any(moved):
        count = sum(each > 0 for each in moved)
        state.changes.append(f"{count} captions moved onto frames, by {max(moved)} ms at the most")


_STEPS: tuple[Callable[[_FixState], None], ...] = (
    _sort,
    _drop_empty,
    _fix_texts,
    _break_lines,
    _end_overlaps,
    _end_with_media,
    _extend,
    _fix_gaps,
    _snap,
)
