"""Transfers italics, colours and placements to the same words after captions were laid out anew.

Layout moves words between captions and changes marks, spaces and the width of digits, never letters: so the letters of
every new line are looked for in those of the old captions, near where the line before was found.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from captioner.formats.capabilities import features_of
from captioner.model import PLAIN, Cue, Line, StyledSpan, TextStyle

__all__ = ["transfer_styling"]

# In letters: how far ahead a line may begin (captions that were left out between), and how far back (two who speak at
# once may change places).
_AHEAD, _BACK = 5000, 1000


@dataclass(frozen=True, slots=True)
class _Letters:
    """All letters of captions in a row.

    Attributes:
        text: The letters.
        looks: Of each.
        marked: Whether the mark before each, and the one behind it, looks the same; a full stop may be upright.
        owners: Index of the caption of each.
    """

    text: str
    looks: Sequence[TextStyle]
    marked: Sequence[tuple[bool, bool]]
    owners: Sequence[int]


def transfer_styling(
    before: Sequence[Cue], after: Sequence[Cue]
) -> tuple[tuple[Cue, ...], Mapping[str, tuple[int, ...]]]:
    """Transfer styling and placements from captions to those that were laid out from them.

    Args:
        before: The captions as they were, in order of time.
        after: The same words laid out anew, without looks.

    Returns:
        The new captions, each with the placement of the old one that shares most of its time; and the features that
        could not be transferred, such as "italics", each with the old captions it was in, by index.
    """
    placed = _with_placements(before, after)
    if not any(line.spans for cue in before for line in cue.lines):
        return tuple(placed), {}
    letters = _letters_of(before)
    seen = bytearray(len(letters.text))
    cues, at = [], 0
    for cue in placed:
        lines = []
        for line in cue.lines:
            new, at = _styled(line, letters, at, seen)
            lines.append(new)
        cues.append(replace(cue, lines=tuple(lines)))
    return tuple(cues), _unseen(letters, seen)


def _with_placements(before: Sequence[Cue], after: Sequence[Cue]) -> list[Cue]:
    """New captions with the place of the old one they overlap most."""
    if not any(cue.placement for cue in before):
        return list(after)
    placed, first = [], 0
    for cue in after:
        while first < len(before) and before[first].end_ms <= cue.start_ms:
            first += 1
        best, longest = None, 0
        for old in _until(before, first, cue.end_ms):
            shared = min(old.end_ms, cue.end_ms) - max(old.start_ms, cue.start_ms)
            if shared > longest:
                best, longest = old, shared
        placed.append(replace(cue, placement=best.placement) if best else cue)
    return placed


def _until(cues: Sequence[Cue], first: int, end_ms: int) -> Iterator[Cue]:
    """Cues from an index on that begin before a time."""
    for index in range(first, len(cues)):
        if cues[index].start_ms >= end_ms:
            return
        yield cues[index]


def _letters_of(cues: Sequence[Cue]) -> _Letters:
    text, looks, marked, owners = list[str](), list[TextStyle](), list[tuple[bool, bool]](), list[int]()
    for index, cue in enumerate(cues):
        for line in cue.lines:
            found = list(_letters(line.text))
            own = [PLAIN] * len(line.text)
            for span in line.spans:
                own[span.start : span.end] = [span.look] * len(own[span.start : span.end])
            text += [letter for _, letter in found]
            looks += [own[at] for at, _ in found]
            ends = [PLAIN, *own, PLAIN]
            marked += [(ends[at] == own[at], ends[at + 2] == own[at]) for at, _ in found]
            owners += [index] * len(found)
    return _Letters("".join(text), looks, marked, owners)


def _letters(text: str) -> Iterator[tuple[int, str]]:
    """Letters and digits with where they stand, wide ones as narrow."""
    for at, char in enumerate(text):
        if char.isalnum():
            yield at, char if char.isascii() else unicodedata.normalize("NFKC", char)[:1]


def _styled(line: Line, letters: _Letters, at: int, seen: bytearray) -> tuple[Line, int]:
    """A line with the styling its letters had, and where in the old letters it ends."""
    own = list(_letters(line.text))
    wanted = "".join(letter for _, letter in own)
    found = letters.text.find(wanted, at, at + _AHEAD + len(wanted))
    if found < 0:
        found = letters.text.find(wanted, max(0, at - _BACK), at + len(wanted))
    if not wanted or found < 0:
        return line, at
    end = found + len(wanted)
    seen[found:end] = b"\1" * len(wanted)
    marks = [
        (place, look, touching)
        for (place, _), look, touching in zip(own, letters.looks[found:end], letters.marked[found:end], strict=True)
    ]
    return replace(line, spans=tuple(_spans(line.text, marks))), max(at, end)


def _spans(text: str, marks: Sequence[tuple[int, TextStyle, tuple[bool, bool]]]) -> Iterator[StyledSpan]:
    """Stretches of letters of one style, with the quote before and the full stop after them where they had it too."""
    last = 0
    for look, group in groupby(marks, key=lambda mark: mark[1]):
        run = list(group)
        if look == PLAIN:
            continue
        start, end = run[0][0], run[-1][0] + 1
        while run[0][2][0] and start > last and _is_mark(text[start - 1]):
            start -= 1
        while run[-1][2][1] and end < len(text) and _is_mark(text[end]):
            end += 1
        last = end
        yield StyledSpan(start, end, look)


def _is_mark(char: str) -> bool:
    return not (char.isspace() or char.isalnum())


def _unseen(letters: _Letters, seen: bytearray) -> Mapping[str, tuple[int, ...]]:
    """Features of letters that were not found again, with their captions."""
    lost: dict[str, dict[int, None]] = {}
    for look, owner, found in zip(letters.looks, letters.owners, seen, strict=True):
        if not found and look != PLAIN:
            for kind in features_of(look):
                lost.setdefault(kind, {})[owner] = None
    return {kind: tuple(owners) for kind, owners in sorted(lost.items())}
