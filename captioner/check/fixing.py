"""Mends what can be mended safely, and says what it did.

The one rule: no word is lost, added or moved to another caption, and no begin is moved except onto a frame or a shot.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from captioner.check.lines import joined
from captioner.check.spoken import letters
from captioner.check.subject import Shown, shown
from captioner.check.text import is_empty
from captioner.check.times import gap_limit_ms, nervous, shortest_ms
from captioner.layout.frames import clip_to_media, snap_to_frames
from captioner.layout.lexicon import detect_language
from captioner.layout.rebreak import rebreak
from captioner.layout.typography import apply_typography
from captioner.layout.width import columns
from captioner.model import Cue, Line, Word
from captioner.style import Style

__all__ = ["Mended", "fix", "mend"]

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ufeff\u2060\ufffe\uffff]")
_SPACE_BEFORE = re.compile(r"(?<=[^\s.…]) (?=[!?).,…](?:\s|$))")
_FRENCH_SPACE = re.compile(r"(?<=[^\s.…]) (?=[).,…](?:\s|$))")
_ROUND = re.compile(r"^[({（｛]([^(){}（）]+)[)}）｝]$")
_ARABIC = str.maketrans({",": "،", ";": "؛", "?": "؟", "\u0640": None})
_WIDE_LATIN = re.compile("[０-９Ａ-Ｚａ-ｚ]+")
_HALF_KANA = re.compile("[\uff66-\uff9f]+")


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of it.

    Attributes:
        cues: The captions.
        origins: For each, which of the given captions it was.
        changes: One line for every change.
    """

    cues: tuple[Cue, ...]
    origins: tuple[int, ...]
    changes: tuple[str, ...]


@dataclass(slots=True)
class _Bench:
    """The captions being mended."""

    cues: list[Cue]
    origins: list[int]
    style: Style
    language: str
    rate: Fraction | None
    duration_ms: int
    shots: Sequence[int]
    marked_up: Collection[int]
    changes: list[str] = field(default_factory=list)

    def measured(self, index: int) -> Shown:
        cue = self.cues[index]
        return shown(index, cue, self.style.for_language(detect_language(cue.text, self.language)), self.language)

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


def fix(cues: Sequence[Cue], style: Style, *, language: str = "") -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    """Mend captions; the second value lists every change in a line."""
    mended = mend(cues, style, language=language)
    return mended.cues, mended.changes


def mend(
    cues: Sequence[Cue],
    style: Style,
    *,
    language: str = "",
    frame_rate: Fraction | None = None,
    duration_ms: int = 0,
    shots: Sequence[int] = (),
    marked_up: Collection[int] = (),
) -> Mended:
    """Mend captions.

    Args:
        cues: In file order.
        style: The whole profile.
        language: Tag, "" to let the text tell.
        frame_rate: Times are put on frames when it is known and the house works in frames.
        duration_ms: Length of the media, 0 when unknown.
        shots: Shot changes in milliseconds.
        marked_up: Captions whose text is left alone, because it carries markup that would be lost.
    """
    bench = _Bench(
        list(cues), list(range(len(cues))), style, language, frame_rate, duration_ms, shots, frozenset(marked_up)
    )
    for step in _STEPS:
        step(bench)
    return Mended(tuple(bench.cues), tuple(bench.origins), tuple(bench.changes))


def _sorted(bench: _Bench) -> None:
    if any(other.start_ms < one.start_ms for one, other in zip(bench.cues, bench.cues[1:], strict=False)):
        places = sorted(range(len(bench.cues)), key=lambda index: bench.cues[index].start_ms)
        bench.cues = [bench.cues[place] for place in places]
        bench.origins = [bench.origins[place] for place in places]
        bench.changes.append("captions are in the order of their begin")


def _emptied(bench: _Bench) -> None:
    kept = [index for index, cue in enumerate(bench.cues) if not is_empty(cue.text)]
    for index, origin in enumerate(bench.origins):
        if is_empty(bench.cues[index].text):
            bench.changes.append(f"caption {origin + 1}: removed, it has no text")
    bench.cues = [bench.cues[index] for index in kept]
    bench.origins = [bench.origins[index] for index in kept]


def _texts(bench: _Bench) -> None:
    """Everything that is mended inside a line."""
    for index in range(len(bench.cues)):
        if bench.origins[index] in bench.marked_up:
            continue
        each = bench.measured(index)
        lines = tuple(replace(line, text=_cleaned(line.text, each)) for line in each.cue.lines)
        if all(line.text for line in lines):
            bench.put(index, replace(each.cue, lines=lines), "text")
        (dressed,) = apply_typography([bench.cues[index]], bench.style, bench.language, dressed=True)
        bench.put(index, dressed, "look of the house")


def _cleaned(text: str, each: Shown) -> str:
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


def _broken(bench: _Bench) -> None:
    """Lines that are too wide, too many, or needlessly two, broken again by the layout."""
    for index in range(len(bench.cues)):
        each = bench.measured(index)
        if each.shared or bench.origins[index] in bench.marked_up or not _wants_breaking(each):
            continue
        if (lines := _rebroken(each)) is not None:
            bench.put(index, replace(each.cue, lines=lines), "lines")


def _wants_breaking(each: Shown) -> bool:
    limit = each.style.max_columns
    fits_one = len(each.widths) > 1 and sum(each.widths) + len(each.widths) - 1 <= limit
    return max(each.widths, default=0) > limit or len(each.widths) > each.style.max_lines or fits_one


def _rebroken(each: Shown) -> tuple[Line, ...] | None:
    """The caption's text in new lines with its tokens shared out among them, None when it does not fit."""
    first = each.cue.lines[0]
    prefix = first.dash + (f"{first.label} " if first.label else "")
    taken = columns(prefix, wide_ambiguous=each.profile.wide_ambiguous)
    texts = rebreak(joined(each), each.style, each.profile.language, taken=taken)
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


def _untangled(bench: _Bench) -> None:
    """Overlaps: the earlier caption ends where the later begins, if it stays long enough."""
    for index in range(len(bench.cues) - 1):
        cue, following = bench.cues[index], bench.cues[index + 1].start_ms
        if cue.end_ms > following and following - cue.start_ms >= bench.measured(index).style.min_duration_ms:
            bench.put(index, replace(cue, end_ms=following), "overlap")


def _ended(bench: _Bench) -> None:
    for index, cue in enumerate(clip_to_media(bench.cues, bench.duration_ms)):
        bench.put(index, cue, "after the end")


def _stretched(bench: _Bench) -> None:
    """Captions that flash by or are fast stay longer where nothing follows closely."""
    for index in range(len(bench.cues)):
        each = bench.measured(index)
        needed = max(shortest_ms(each), -int(-each.characters * 1000 // each.style.cps))
        if each.lasts_ms <= 0 or each.lasts_ms >= needed:
            continue
        room = _room(bench, index, each)
        end = min(each.cue.start_ms + needed, each.cue.end_ms + each.style.max_hang_ms, room)
        if end > each.cue.end_ms:
            bench.put(index, replace(each.cue, end_ms=end), "time to read")


def _room(bench: _Bench, index: int, each: Shown) -> int:
    """Latest end of a caption: the gap before the next one, the end of the media, the longest time."""
    latest = each.cue.start_ms + each.style.max_duration_ms
    if index + 1 < len(bench.cues):
        latest = min(latest, bench.cues[index + 1].start_ms - gap_limit_ms(each, bench.rate))
    return min(latest, bench.duration_ms) if bench.duration_ms else latest


def _spaced(bench: _Bench) -> None:
    """Gaps: too small ones opened, nervous ones closed."""
    for index in range(len(bench.cues) - 1):
        each, following = bench.measured(index), bench.cues[index + 1].start_ms
        least = gap_limit_ms(each, bench.rate)
        gap, end = following - each.cue.end_ms, following - least
        if (gap > 0 or each.style.min_gap_frames) and 0 <= gap < least and end - each.cue.start_ms >= shortest_ms(each):
            bench.put(index, replace(each.cue, end_ms=end), "gap")
        elif nervous(each, gap, bench.rate) and end - each.cue.start_ms <= each.style.max_duration_ms:
            bench.put(index, replace(each.cue, end_ms=end), "nervous gap")


def _framed(bench: _Bench) -> None:
    """Times on frames, and off the shot changes."""
    if bench.rate is None or not (bench.style.snap_frames or bench.shots):
        return
    if any(one.end_ms > other.start_ms for one, other in zip(bench.cues, bench.cues[1:], strict=False)):
        bench.changes.append("times were not put on frames: captions overlap")
        return
    before = list(bench.cues)
    style = bench.style.for_language(bench.language) if bench.language else bench.style
    bench.cues = list(snap_to_frames(bench.cues, style, bench.rate, shots=bench.shots))
    moved = [
        max(abs(a.start_ms - b.start_ms), abs(a.end_ms - b.end_ms)) for a, b in zip(before, bench.cues, strict=True)
    ]
    if any(moved):
        count = sum(each > 0 for each in moved)
        bench.changes.append(f"{count} captions moved onto frames, by {max(moved)} ms at the most")


_STEPS: tuple[Callable[[_Bench], None], ...] = (
    _sorted,
    _emptied,
    _texts,
    _broken,
    _untangled,
    _ended,
    _stretched,
    _spaced,
    _framed,
)
