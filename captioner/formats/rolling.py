"""Rolling captions, whose lines move up or grow on screen: each phrase once, from when it first appears.

YouTube's own captions repeat every line until it has left the screen, live captions grow word by word, and what was
made from either keeps that. As a file they say everything two or three times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from captioner.formats.caption_file import RawCue
from captioner.formats.text.styled_text import StyledLine, StyledText

__all__ = ["is_rolling", "unrolled"]

_CONTIGUOUS_MS = 100  # from one state of the screen to the next; YouTube has states of 10 ms between
# A refrain repeats a line as well; a file that rolls does it nearly everywhere.
_SHARE = 0.3
_LEAST = 2  # different lines that are seen again
_FEWEST_WORDS, _LETTERS_OF_A_WORD, _FEWEST_WIDE = 3, 2, 8
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class _Change:
    """Change between two states of the screen.

    Attributes:
        kept: How many lines of the new state were there before.
        grows: Whether the line after them is one that was there, with more behind it.
    """

    kept: int = 0
    grows: bool = False


def is_rolling(cues: Sequence[tuple[RawCue, StyledText]]) -> bool:
    """Whether the captions of a file are states of a screen that rolls."""
    neighbours = evidence = 0
    carried = set[str]()
    has_marks = False
    for (before, one), (after, other) in pairwise(cues):
        if not _is_contiguous(before, after):
            continue
        old, new = _texts(one), _texts(other)
        neighbours += 1
        change = _change(old, new)
        is_moved = bool(change.kept) and (len(new) > change.kept or len(new) < len(old))
        if (is_moved or change.grows) and _is_telling(old[-1]):
            evidence += 1
            carried.add(old[-1])
            has_marks = has_marks or any(line.marks for line in other.lines)
    return len(carried) >= (1 if has_marks else _LEAST) and evidence >= _SHARE * neighbours


def unrolled(cues: Sequence[tuple[RawCue, StyledText]]) -> list[tuple[RawCue, StyledText]]:
    """The captions with each line once: as a caption from when it appears until the next one does."""
    shown: list[tuple[RawCue, StyledText]] = []
    before: RawCue | None = None
    screen: list[str] = []
    for cue, styled in cues:
        lines = _lines(styled)
        texts = [line.text.strip() for line in lines]
        change = _change(screen, texts) if before is not None and _is_contiguous(before, cue) else _Change()
        before, screen = cue, texts
        if change.grows and shown:
            shown[-1] = _grown(shown[-1], lines[change.kept], cue)
        new = lines[change.kept + change.grows :]
        if new:
            if shown and shown[-1][0].end_ms > cue.start_ms > shown[-1][0].start_ms:
                shown[-1] = (shown[-1][0]._replace(end_ms=cue.start_ms), shown[-1][1])
            shown.append((cue._replace(block=None), replace(styled, lines=tuple(new))))
        elif shown and (change.kept or change.grows):
            last = shown[-1][0]
            shown[-1] = (last._replace(end_ms=max(last.end_ms, cue.end_ms)), shown[-1][1])
        elif not lines:
            shown.append((cue, styled))
    return shown


def _grown(shown: tuple[RawCue, StyledText], line: StyledLine, cue: RawCue) -> tuple[RawCue, StyledText]:
    """A caption whose last line has become longer; what is new gets the time it came at."""
    raw, styled = shown
    old = styled.lines[-1]
    place = len(line.text) - len(line.text.lstrip()) + len(old.text.strip())
    marks = line.marks or (*old.marks, (place, cue.start_ms))
    lines = (*styled.lines[:-1], replace(line, marks=marks))
    return raw._replace(end_ms=max(raw.end_ms, cue.end_ms)), replace(styled, lines=lines)


def _is_contiguous(before: RawCue, after: RawCue) -> bool:
    return before.start_ms <= after.start_ms <= before.end_ms + _CONTIGUOUS_MS


def _lines(styled: StyledText) -> list[StyledLine]:
    return [line for line in styled.lines if line.text.strip()]


def _texts(styled: StyledText) -> list[str]:
    return [line.text.strip() for line in styled.lines if line.text.strip()]


def _change(old: Sequence[str], new: Sequence[str]) -> _Change:
    """Change from one state of the screen to the next, with as many lines kept as possible."""
    for kept in range(min(len(old), len(new)), 0, -1):
        if list(old[-kept:]) == list(new[:kept]):
            return _Change(kept)
        if _begins(new[kept - 1], old[-1]) and list(old[-kept:-1]) == list(new[: kept - 1]):
            return _Change(kept - 1, grows=True)
    return _Change()


def _begins(longer: str, shorter: str) -> bool:
    """Whether a line is another with words behind it."""
    return len(longer) > len(shorter) and longer.startswith(shorter) and not _is_in_word(longer[len(shorter)])


def _is_in_word(char: str) -> bool:
    """Whether a letter goes on with the word before it; Chinese and Japanese write no spaces between words."""
    return char.isalnum() and not _is_wide(char)


def _is_wide(char: str) -> bool:
    return "\u2e80" <= char <= "\uffdc"


def _is_telling(line: str) -> bool:
    """Whether a line is long enough not to be seen twice by chance: a few words, not “Yes.”"""
    words = sum(len(word) >= _LETTERS_OF_A_WORD for word in _WORD.findall(line))
    return words >= _FEWEST_WORDS or sum(map(_is_wide, line)) >= _FEWEST_WIDE
