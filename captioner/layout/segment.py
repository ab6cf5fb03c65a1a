"""Cuts one speaker's turn into cues and their lines, all at once.

A dynamic programme runs over the places where the turn may be cut. For each place it knows the cheapest way to have got
there; a cue may reach back as far as its lines are wide and its time is long, so the work grows with the length of the
turn and not faster. The one rule: what is chosen is the cheapest whole, never the best next cue.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from captioner.layout.costs import STEP_MS, Costs, Tables, inner_index, tables
from captioner.style import Style

if TYPE_CHECKING:
    from captioner.layout.atoms import Atom

__all__ = ["Places", "cut", "places"]

Span = tuple[int, int]
Tail = tuple[float, int, int, tuple[int, ...]]
NEVER = float("inf")
NARROW = 24  # columns: no house breaks a shorter cue in two
THIRD_LINE = 3.0  # a taller cue hides more of the picture (BBC: three lines only where no picture is lost)

# A place dearer than this is not looked at while a cheaper one is near. On the programmes of seven languages the scores
# with and without the two bounds differ by 0.2 at most; without them layout takes half as long again.
DEAR_CUE = 1.5
DEAR_LINE = 1.5


@dataclass(slots=True)
class Places:
    """Where a turn may be cut.

    Cue places are parallel rows; place 0 is the beginning of the turn, the last its end. Line places are their own,
    denser rows. What the search looks at many times is a list, what it looks at once an array, which is smaller.

    Attributes:
        index: Number of the atom after the place.
        start: Column at which text after the place begins, counted along the whole turn.
        end: Column at which text before the place ends.
        begin_ms: When the atom after the place is first heard; at the end, when the next turn begins.
        until_ms: When the atom before the place ends.
        sentences: Sentence ends up to and including the place.
        whole: Whether a sentence ends there.
        cue: Cost of ending a cue there.
        line_index: Number of the atom after each line place.
        line_start: Column at which text after it begins.
        line_end: Column at which text before it ends.
        line: Cost of ending a line there.
    """

    index: list[int]
    start: list[int]
    end: array[int]
    begin_ms: list[int]
    until_ms: list[int]
    sentences: list[int]
    whole: list[bool]
    cue: array[float]
    line_index: array[int]
    line_start: array[int]
    line_end: array[int]
    line: array[float]


def places(
    atoms: Sequence[Atom], cue: Sequence[float], line: Sequence[float], style: Style, *, label: int, next_ms: int
) -> Places:
    """List the places worth looking at.

    Args:
        atoms: Of one turn, none wider than a line together with those glued to it.
        cue: Cost of ending a cue after each atom.
        line: Cost of ending a line after each atom.
        style: Its limits.
        label: Columns that the speaker's name takes on the first line.
        next_ms: When the next turn begins.
    """
    start, end = _columns(atoms, label)
    free = array("i", [index for index, atom in enumerate(atoms) if not atom.glue or not index])
    free.append(len(atoms))

    def too_far(one: int, other: int) -> bool:
        if end[other] - start[one] > style.max_columns * 3 // 4:
            return True
        return atoms[other - 1].end_ms - atoms[one].start_ms > patience

    def line_too_far(one: int, other: int) -> bool:
        return end[other] - start[one] > style.max_columns // 2

    patience = style.max_duration_ms // 3
    lines = _kept(free, line, DEAR_LINE, line_too_far)[1:]
    kept = _kept(free, cue, DEAR_CUE, too_far).tolist()
    ended = array("i", accumulate([atom.sentence_end for atom in atoms], initial=0))
    return Places(
        index=kept,
        start=[start[index] for index in kept],
        end=array("i", [end[index] for index in kept]),
        begin_ms=[*[atoms[index].start_ms for index in kept[:-1]], next_ms],
        until_ms=[atoms[index - 1].end_ms for index in kept],
        sentences=[ended[index] for index in kept],
        whole=[True, *[atoms[index - 1].sentence_end for index in kept[1:-1]], True],
        cue=array("d", [0.0, *[cue[index - 1] for index in kept[1:-1]], 0.0]),
        line_index=lines,
        line_start=array("i", [start[index] for index in lines]),
        line_end=array("i", [end[index] for index in lines]),
        line=array("d", [line[index - 1] for index in lines]),
    )


def _columns(atoms: Sequence[Atom], label: int) -> tuple[array[int], array[int]]:
    """Column at which the text after each place begins, and at which the text before it ends, along the turn."""
    end = array("i", accumulate([atom.columns + atom.space for atom in atoms], initial=-atoms[0].space))
    end[0] = 0
    start = array("i", [column + atom.space for column, atom in zip(end, atoms, strict=False)])
    start[0] = -label
    start.append(end[-1])
    return start, end


def _kept(free: array[int], cost: Sequence[float], dear: float, too_far: Callable[[int, int], bool]) -> array[int]:
    """Places that are not dear, with the first and the last, and others where these leave gaps.

    Args:
        free: All places, in order.
        cost: Of a break after each atom.
        dear: Bound of the cost.
        too_far: Whether two places, by their numbers, cannot do without another between them.
    """
    last = free[-1]
    good = [index for index in free if not 0 < index < last or cost[index - 1] <= dear]
    return array("i", _without_gaps(good, free, cost, too_far))


def _without_gaps(
    kept: list[int], free: Sequence[int], cost: Sequence[float], too_far: Callable[[int, int], bool]
) -> list[int]:
    """Kept places; where two are too far apart for one line, the cheaper of those between come back, then all."""
    found = kept[:1]
    for one, other in pairwise(kept):
        if other - one > 1 and too_far(one, other):
            between = free[bisect_right(free, one) : bisect_left(free, other)]
            bound = sum(cost[index - 1] for index in between) / max(1, len(between))
            cheaper = [index for index in between if cost[index - 1] < bound]
            found += _without_gaps([one, *cheaper, other], free, cost, too_far)[1:-1] if cheaper else between
        found.append(other)
    return found


def cut(found: Places, costs: Costs, style: Style) -> list[list[Span]]:
    """Choose cues and lines.

    Returns:
        For each cue its lines, as pairs of atom numbers (first, one after the last).
    """
    came_from, split_at = _search(found, costs, tables(costs, style), style)
    cues: list[list[Span]] = []
    here = len(found.index) - 1
    while here:
        before = came_from[here]
        steps = [found.index[before], *split_at[here], found.index[here]]
        cues.append(list(pairwise(steps)))
        here = before
    return cues[::-1]


def _search(found: Places, costs: Costs, table: Tables, style: Style) -> tuple[array[int], list[tuple[int, ...]]]:
    """The cheapest way to every place: where its cue began, and where its lines were broken."""
    start, begin, sentences, whole, numbers = found.start, found.begin_ms, found.sentences, found.whole, found.index
    fill, one_line, two_lines, room = table.fill, table.one_line, table.two_lines, table.room
    columns, widest, longest = style.max_columns, style.max_columns * style.max_lines, style.max_duration_ms
    ragged = [[costs.inner[inner_index(1, starts_inside=a, ends_inside=b)] for a in _BOTH] for b in _BOTH]
    least_shape, hurry, lonely = table.least_two_lines, style.min_duration_ms + style.min_gap_ms, costs.words[0]
    pace, hasty = 1000 / columns_a_second(style), costs.hand["hasty_per_s"] / 1000
    tails_of = _Tails(found, table, style)
    cheapest, came_from = [0.0], array("i", [0])
    split_at: list[tuple[int, ...]] = [()]
    oldest = 0
    rows = zip(numbers, found.end, begin, found.until_ms, sentences, whole, found.cue, strict=True)
    next(rows)
    for here, (index, right, following, heard, ended, ends_whole, ends_cue) in enumerate(rows, 1):
        while oldest < here - 1 and (right - start[oldest] > widest or heard - begin[oldest] > longest):
            oldest += 1
        tails = tails_of(index, right)
        least = tails[0][0] + least_shape if tails else NEVER
        rushed, closed, ragged_end = following - hurry, ended - ends_whole, ragged[not ends_whole]
        best, best_from = NEVER, here - 1
        best_split: tuple[int, ...] = ()
        for there in range(here - 1, oldest - 1, -1):
            left = start[there]
            width = right - left
            cost = cheapest[there] + fill[width]
            if closed > sentences[there]:
                cost += ragged_end[not whole[there]]
            lack_ms = width * pace - (following - begin[there])
            if lack_ms > 0:
                cost += hasty * lack_ms
            if begin[there] > rushed:
                cost += room[max(0, following - begin[there]) // STEP_MS]
            if index - numbers[there] == 1 and not (ends_whole and whole[there]):
                cost += lonely
            if width <= columns:
                alone = cost + one_line[width]
                if alone < best:
                    best, best_from, best_split = alone, there, ()
            if width <= NARROW or cost + least >= best:
                continue
            for ends_line, begins, end, at in tails:
                if cost + ends_line + least_shape >= best:
                    break
                first = end - left
                if 0 < first <= columns:
                    both = cost + ends_line + two_lines[first][right - begins]
                    if both < best:
                        best, best_from, best_split = both, there, at
        cheapest.append(best + ends_cue)
        came_from.append(best_from)
        split_at.append(best_split)
    return came_from, split_at


_BOTH = (False, True)
_FULL_WIDTH = frozenset(("zh", "yue", "ja", "ko"))


def columns_a_second(style: Style) -> float:
    """The reading speed aimed for, in columns: where a character takes two of them, twice the characters."""
    return style.cps * (2 if style.language.partition("-")[0] in _FULL_WIDTH else 1)


class _Tails:
    """Ways to end a cue that has more than one line, asked for one place after another.

    A tail is (cost of its line breaks, column where its last line begins, column where the cue's first line ends, atoms
    at which lines break). With three lines or more, the "last line" is the one below the first: it is the one that has
    to balance it, and the others have been weighed already.
    """

    def __init__(self, found: Places, table: Tables, style: Style) -> None:
        self._line, self._numbers = found.line, found.line_index
        self._starts, self._ends = found.line_start, found.line_end
        self._two_lines, self._columns, self._lines = table.two_lines, style.max_columns, style.max_lines
        self._first = self._last = 0
        self._near: list[Tail] = []  # the line places from `_first` to `_last`, as tails

    def __call__(self, index: int, right: int) -> list[Tail]:
        """Tails of a cue that ends before atom `index` at column `right`, cheapest first."""
        if self._lines < 2:
            return []
        starts, numbers = self._starts, self._numbers
        floor, first, last = right - self._columns, self._first, self._last
        near = self._near
        while numbers[last] < index:
            near.append(self._tail(last))
            last += 1
        while starts[first] < floor:
            first += 1
        del near[: first - self._first]
        self._first, self._last = first, max(first, last)
        tails = sorted(near)
        return tails if self._lines == 2 else self._taller(tails, first, right)

    def _tail(self, place: int) -> Tail:
        """The line place as a tail of its own."""
        return self._line[place], self._starts[place], self._ends[place], (self._numbers[place],)

    def _taller(self, tails: list[Tail], first: int, right: int) -> list[Tail]:
        """The same with those of three lines and more added: every tail may be set under another line."""
        found = layer = tails
        for _ in range(self._lines - 2):
            layer = [taller for tail in layer for taller in self._under(tail, right)]
            found = found + layer
        return sorted(found)

    def _under(self, tail: Tail, right: int) -> list[Tail]:
        cost, start, end, at = tail
        found: list[Tail] = []
        below = right - start
        place = bisect_left(self._numbers, at[0])
        while place > 0:
            place -= 1
            more, begin, above, number = self._tail(place)
            width = end - begin
            if width > self._columns:
                break
            balanced = self._two_lines[width][below]
            found.append((cost + more + balanced + THIRD_LINE, right - width, above, number + at))
        return found
