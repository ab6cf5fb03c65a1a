"""Known and recognised units of a short stretch compared by how they sound.

Every way to pair the units in order has a price: nothing for units that are equal, that become equal when they are
joined, or that are one number; little for a unit in place of one or two others that sound alike; more the longer the
units that stand for nothing. The cheapest way is taken (dynamic programming over a table of known by recognised units).

Prices are in sounds. The figures are our own, set on talks in English, German, French, Russian and Chinese with errors
of recognition simulated; the median error does not move when any of them is changed by a fifth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from captioner.alignment.anchors import Region
from captioner.alignment.numerals import has_digit, numbers, same_number
from captioner.alignment.sounds import Sound, sound, spoken_length
from captioner.alignment.units import Silences

__all__ = ["Step", "Texts", "compare", "likeness", "merged", "without_coincidences"]

_ABSENT = 0.6  # price of a unit that stands for nothing, for each of its sounds
_UNLIKE = 0.9  # price of a unit in place of another with no sound in common, for each sound of the longer
_OTHER = 0.6  # and for being another word at all
_LENGTH = 0.2  # price of each sound that one has more than the other
_CAP = 0.95  # a change never costs more than this share of leaving both out
_JOINED = 0.3  # price of a word that stands for two
_FITTING = 0.8  # what a word without speech costs less where the recogniser left time for it
_CROWDED = 1.1  # and more where it did not
_NEVER = float("inf")  # price of a word in place of text that is not spoken
_MOST_JOINED = 5  # words written as one: state-of-the-art
_MOST_CELLS = 2500  # of one table; what is longer and has nothing in common is taken as changed as a whole
_LOPSIDED = 4  # times the other; of a side that is longer, only both ends are compared
_SLACK = 10  # units; and as much more as the other side has

# What a move takes: known units, recognised units.
Move = tuple[int, int]
_INSERT, _OMIT, _CHANGE, _JOIN, _SPLIT = (1, 0), (0, 1), (1, 1), (2, 1), (1, 2)


class Step(NamedTuple):
    """A stretch of known units and the recognised units it stands for.

    Attributes:
        k0: First known unit.
        k1: The known unit after the last.
        r0: First recognised unit.
        r1: The recognised unit after the last.
        kind: "equal" with as many units on both sides, each equal to its counterpart; "same" when they are equal as a
            whole: joined, split, or a number; "changed"; "inserted" without recognised units; "omitted" without known.
        similarity: How alike they sound, from 0 to 1.
    """

    k0: int
    k1: int
    r0: int
    r1: int
    kind: Literal["equal", "same", "changed", "inserted", "omitted"]
    similarity: float = 1.0


class Texts(NamedTuple):
    """Both sequences of units.

    Attributes:
        known: Symbols of the known units.
        recognised: Symbols of the recognised units.
        starts: First millisecond of each recognised unit.
        ends: First millisecond after it.
        key: From a symbol to its key.
        language: Language subtag, "" if unknown.
        rate: Milliseconds that a sound takes.
        silences: The time between the recognised units.
    """

    known: str
    recognised: str
    starts: Sequence[int]
    ends: Sequence[int]
    key: Callable[[str], str]
    language: str
    rate: float
    silences: Silences


def compare(texts: Texts, gap: Region) -> tuple[list[Step], int]:
    """The steps of a stretch without common runs, in order, and the number of cells filled."""
    k0, k1, r0, r1 = gap
    if k0 == k1 or r0 == r1:
        return [Step(k0, k1, r0, r1, "inserted" if k0 < k1 else "omitted", 0.0)], 0
    if k1 - k0 == r1 - r0 == 1:
        return _single(texts, k0, r0), 1
    known, recognised = _compared(k0, k1, r1 - r0), _compared(r0, r1, k1 - k0)
    if len(known) * len(recognised) > _MOST_CELLS:
        return [_whole(texts, gap)], 0
    steps = _Table(texts, known, recognised).steps()
    return list(_completed(steps, gap)), len(known) * len(recognised)


def without_coincidences(texts: Texts, steps: Sequence[Step]) -> list[Step]:
    """Steps in which a single ideograph that is equal between stretches of other lengths is part of the change.

    Such a one is a function word, as 的 is, that two other sentences have in common; it says nothing of when the known
    one was spoken. One that goes on with equal units, or stands between changes unit for unit, is kept.
    """
    before = _excesses(steps)
    after = _excesses(steps[::-1])[::-1]
    found: list[Step] = []
    for at, step in enumerate(steps):
        found.append(step)
        if len(found) < 3 or not _is_coincidence(texts, steps[at - 1], before[at - 1], after[at - 1]):
            continue
        first, lone, last = found[-3:]
        if _goes_on_in_both(first, lone) and _goes_on_in_both(lone, last):
            whole = Step(first.k0, last.k1, first.r0, last.r1, "changed")
            found[-3:] = [whole._replace(similarity=likeness(texts, whole))]
    return found


def _excesses(steps: Sequence[Step]) -> list[int]:
    """For each step, how many units more one side has than the other in the changes right before it."""
    found, excess = [], 0
    for step in steps:
        found.append(abs(excess))
        is_change = step.kind not in ("equal", "same")
        excess = excess + (step.k1 - step.k0) - (step.r1 - step.r0) if is_change else 0
    return found


def _is_coincidence(texts: Texts, step: Step, before: int, after: int) -> bool:
    if step.kind != "equal" or step.k1 - step.k0 != 1 or not (before and after):
        return False
    key = texts.key(texts.known[step.k0])
    return len(key) == 1 and "\u3400" <= key <= "\u9fff"


def _goes_on_in_both(one: Step, other: Step) -> bool:
    return one.k1 == other.k0 and one.r1 == other.r0


def merged(steps: Sequence[Step]) -> list[Step]:
    """Steps in which equal ones that follow one another are one."""
    found: list[Step] = []
    for step in steps:
        last = found[-1] if found else None
        if last and step.kind in ("equal", "inserted", "omitted") and _goes_on(last, step):
            found[-1] = last._replace(k1=step.k1, r1=step.r1)
        else:
            found.append(step)
    return found


def _goes_on(last: Step, step: Step) -> bool:
    return last.kind == step.kind and last.k1 == step.k0 and last.r1 == step.r0


def _single(texts: Texts, k: int, r: int) -> list[Step]:
    keys = texts.key(texts.known[k]), texts.key(texts.recognised[r])
    if keys[0] == keys[1]:
        return [Step(k, k + 1, r, r + 1, "equal")]
    if has_digit(keys) and _same_numbers([keys[0]], [keys[1]], texts.language):
        return [Step(k, k + 1, r, r + 1, "same")]
    ours, theirs = sound(keys[0]), sound(keys[1])
    if not ours.count or not theirs.count:
        return [Step(k, k + 1, r, r, "inserted", 0.0), Step(k + 1, k + 1, r, r + 1, "omitted", 0.0)]
    return [Step(k, k + 1, r, r + 1, "changed", _likeness(ours, theirs))]


def _likeness(one: Sound, other: Sound) -> float:
    return 2 * (one.pairs & other.pairs).bit_count() / max(1, one.count + other.count)


def likeness(texts: Texts, step: Step) -> float:
    """Similarity of sound of the known and the recognised units of a step, from 0 to 1."""
    ours = "".join([texts.key(symbol) for symbol in texts.known[step.k0 : step.k1]])
    theirs = "".join([texts.key(symbol) for symbol in texts.recognised[step.r0 : step.r1]])
    return _likeness(sound(ours), sound(theirs))


def _whole(texts: Texts, gap: Region) -> Step:
    """A stretch that is too long for a table."""
    sides = texts.known[gap.a0 : gap.a1], texts.recognised[gap.b0 : gap.b1]
    ours, theirs = (frozenset(side) for side in sides)
    return Step(*gap, "changed", len(ours & theirs) / max(len(ours), len(theirs)))


def _compared(first: int, last: int, other: int) -> list[int]:
    """Units of one side that are compared: all, or both ends of a side that is much longer than the other."""
    end = other + _SLACK
    if last - first <= max(_LOPSIDED * other, 2 * end):
        return list(range(first, last))
    return [*range(first, first + end), *range(last - end, last)]


def _completed(steps: Sequence[Step], gap: Region) -> Iterator[Step]:
    """Steps with what was left out of the comparison put in: nothing stands for it."""
    k, r = gap.a0, gap.b0
    for step in [*steps, Step(gap.a1, gap.a1, gap.b1, gap.b1, "equal")]:
        if step.k0 > k:
            yield Step(k, step.k0, r, r, "inserted", 0.0)
        if step.r0 > r:
            yield Step(step.k0, step.k0, r, step.r0, "omitted", 0.0)
        if step.k0 < step.k1 or step.r0 < step.r1:
            yield step
        k, r = step.k1, step.r1


def _same_numbers(known: Sequence[str], recognised: Sequence[str], language: str) -> list[tuple[int, int, int, int]]:
    """Stretches of both sides that are one number: first and last known, first and last recognised."""
    heard = numbers(recognised, language)
    return [
        (ours.first, ours.last, other.first, other.last)
        for ours in numbers(known, language)
        for other in heard
        if ours.value == other.value and same_number(ours, other)
    ]


class _Table:
    """The table of prices of one stretch: rows are known units, columns recognised ones."""

    def __init__(self, texts: Texts, known: Sequence[int], recognised: Sequence[int]) -> None:
        self._known, self._recognised = known, recognised
        self._known_keys = [texts.key(texts.known[k]) for k in known]
        self._recognised_keys = [texts.key(texts.recognised[r]) for r in recognised]
        self._known_sounds = [sound(key) for key in self._known_keys]
        self._sounds = [sound(key) for key in self._recognised_keys]
        self._free = self._equal_stretches(texts.language)
        self._room = [2 * texts.silences.room(r) for r in [*recognised, recognised[-1] + 1]]
        self._needs = [spoken_length(key) * texts.rate for key in self._known_keys]
        self._rows: list[list[float]] = []
        self._moves: list[list[Move]] = []

    def _equal_stretches(self, language: str) -> dict[tuple[int, int], Move]:
        """For each end of stretches that are equal as a whole, how many units of both sides they are."""
        found = self._equal_words()
        if has_digit(self._known_keys) or has_digit(self._recognised_keys):
            for first, last, begin, end in _same_numbers(self._known_keys, self._recognised_keys, language):
                found.setdefault((last, end), (last - first, end - begin))
        return {(i, j): (a, b) for (i, j), (a, b) in found.items() if self._in_one(i, a, j, b)}

    def _in_one(self, i: int, a: int, j: int, b: int) -> bool:
        """Whether the units before two places stand side by side in the whole texts."""
        known, recognised = self._known, self._recognised
        return known[i - 1] - known[i - a] == a - 1 and recognised[j - 1] - recognised[j - b] == b - 1

    def _equal_words(self) -> dict[tuple[int, int], Move]:
        found: dict[tuple[int, int], Move] = {}
        for i, ours in enumerate(self._known_keys):
            for j, theirs in enumerate(self._recognised_keys):
                if ours == theirs:
                    found[i + 1, j + 1] = (1, 1)
                elif ours.startswith(theirs) or theirs.startswith(ours):
                    size = self._joined(i, j)
                    if size:
                        found.setdefault((i + size[0], j + size[1]), size)
        return found

    def _joined(self, i: int, j: int) -> tuple[int, int] | None:
        """Smallest numbers of known and recognised units from here on that are equal if written as one word."""
        ours, theirs, a, b = self._known_keys[i], self._recognised_keys[j], 1, 1
        while ours != theirs:
            if len(ours) < len(theirs):
                if i + a == len(self._known_keys) or a == _MOST_JOINED or not theirs.startswith(ours):
                    return None
                ours, a = ours + self._known_keys[i + a], a + 1
            else:
                if j + b == len(self._recognised_keys) or b == _MOST_JOINED or not ours.startswith(theirs):
                    return None
                theirs, b = theirs + self._recognised_keys[j + b], b + 1
        return a, b

    def steps(self) -> list[Step]:
        """The cheapest way through the table, but for what stands for nothing."""
        self._fill()
        i, j = len(self._known), len(self._recognised)
        found = []
        while i or j:
            a, b = self._moves[i][j]
            if a and b:
                found.append(self._step(i - a, i, j - b, j))
            i, j = i - a, j - b
        return found[::-1]

    def _step(self, i0: int, i1: int, j0: int, j1: int) -> Step:
        place = self._known[i0], self._known[i1 - 1] + 1, self._recognised[j0], self._recognised[j1 - 1] + 1
        if self._free.get((i1, j1)) == (i1 - i0, j1 - j0):
            return Step(*place, "equal" if self._known_keys[i0] == self._recognised_keys[j0] else "same")
        ours, theirs = _together(self._known_sounds[i0:i1]), _together(self._sounds[j0:j1])
        return Step(*place, "changed", _likeness(ours, theirs))

    def _fill(self) -> None:
        """Compute the table row by row; a cell is the least price to get there."""
        left_out = [_ABSENT * sound.length for sound in self._sounds]
        pairs = _neighbours(self._sounds, self._recognised)
        doubles = [None, *_neighbours(self._known_sounds, self._known)]
        self._rows.append([0.0, *accumulate(left_out)])
        self._moves.append([(0, 0), *[_OMIT] * len(left_out)])
        for i, double in enumerate(doubles):
            self._fill_row(i, double, left_out, pairs)
        self._rows.clear()

    def _fill_row(self, i: int, double: Sound | None, left_out: Sequence[float], pairs: Sequence[Sound | None]) -> None:
        """Compute the row after known unit `i`; `double` is that unit with the one before it."""
        ours, need, room, theirs = self._known_sounds[i], self._needs[i], self._room, self._sounds
        absent = _ABSENT * ours.length
        above, before = self._rows[i], self._rows[i - 1]
        row: list[float] = []
        moves: list[Move] = []
        for j, up in enumerate(above):
            best, move = up + absent * (_FITTING if room[j] > need else _CROWDED), _INSERT
            if j:
                heard = theirs[j - 1]
                if (price := row[-1] + left_out[j - 1]) < best:
                    best, move = price, _OMIT
                if (price := above[j - 1] + _price(ours, heard)) < best:
                    best, move = price, _CHANGE
                if double and (price := before[j - 1] + _price(double, heard) + _JOINED) < best:
                    best, move = price, _JOIN
                if (pair := pairs[j - 2] if j > 1 else None) and (
                    price := above[j - 2] + _price(ours, pair) + _JOINED
                ) < best:
                    best, move = price, _SPLIT
                if (i + 1, j) in self._free and (found := self._equal_move(i + 1, j, best)):
                    best, move = found
            row.append(best)
            moves.append(move)
        self._rows.append(row)
        self._moves.append(moves)

    def _equal_move(self, i: int, j: int, best: float) -> tuple[float, Move] | None:
        """Price and size of the equal stretch that ends here, if it is no more than the best."""
        a, b = self._free[i, j]
        price = self._rows[i - a][j - b]
        return (price, (a, b)) if price <= best else None


def _neighbours(sounds: Sequence[Sound], units: Sequence[int]) -> list[Sound | None]:
    """Each two neighbours as one; None where they are not neighbours in the whole text."""
    return [
        _together(pair) if right == left + 1 else None
        for pair, (left, right) in zip(pairwise(sounds), pairwise(units), strict=True)
    ]


def _together(sounds: Sequence[Sound]) -> Sound:
    """The sounds of words said one after another."""
    if len(sounds) == 1:
        return sounds[0]
    bits = 0
    for each in sounds:
        bits |= each.pairs
    return Sound(bits, sum([each.length for each in sounds]))


def _price(ours: Sound, theirs: Sound) -> float:
    """Price of one word in place of another."""
    a, b = ours.length, theirs.length
    if not ours.count or not theirs.count:
        return _NEVER
    like = 2 * (ours.pairs & theirs.pairs).bit_count() / (ours.count + theirs.count)
    longer, more = (a, a - b) if a > b else (b, b - a)
    return min(_OTHER + _UNLIKE * longer * (1 - like) + _LENGTH * more, _CAP * _ABSENT * (a + b))
