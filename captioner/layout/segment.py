"""Cuts one speaker's turn into cues and their lines, all at once.

A dynamic programme runs over the places where the turn may be cut. For each place it knows the cheapest way to have got
there; a cue may reach back as far as its lines are wide and its time is long, so the work grows with the length of the
turn and not faster. The one rule: what is chosen is the cheapest whole, never the best next cue.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
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

# A place dearer than this is not looked at while a cheaper one is near. Of the places the full search chooses on the
# English lectures of the learning set, 99 in 100 are cheaper; without the two the search takes three times as long.
DEAR_CUE = 4.5
DEAR_LINE = 3.5


@dataclass(slots=True)
class Places:
    """Where a turn may be cut.

    Cue places are parallel lists; place 0 is the beginning of the turn, the last its end. Line places are their own,
    denser lists.

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
    end: list[int]
    begin_ms: list[int]
    until_ms: list[int]
    sentences: list[int]
    whole: list[bool]
    cue: list[float]
    line_index: list[int]
    line_start: list[int]
    line_end: list[int]
    line: list[float]


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
    rows: list[_Row] = [(0, -label, 0, atoms[0].start_ms, 0, 0, True, 0.0)]
    lines: list[tuple[int, int, int, float]] = []
    spare: list[_Row] = []
    spare_lines: list[tuple[int, int, int, float]] = []
    column = sentences = line_reached = 0
    patience = style.max_duration_ms // 3
    reach, reach_line = style.max_columns * 3 // 4, style.max_columns // 2
    reached, reached_ms = -label, atoms[0].start_ms
    last = atoms[0]
    for index, (atom, ends_cue, ends_line) in enumerate(zip(atoms[1:], cue, line, strict=False), 1):
        column += last.columns
        sentences += last.sentence_end
        space, glue = atom.space, atom.glue
        if not glue:
            start = column + space
            if ends_line <= DEAR_LINE:
                if spare_lines:
                    if column - line_reached > reach_line:
                        lines += spare_lines
                    spare_lines = []
                lines.append((index, start, column, ends_line))
                line_reached = start
            else:
                spare_lines.append((index, start, column, ends_line))
            row = (index, start, column, atom.start_ms, last.end_ms, sentences, last.sentence_end, ends_cue)
            if ends_cue <= DEAR_CUE:
                if spare:
                    if column - reached > reach or last.end_ms - reached_ms > patience:
                        rows += spare
                    spare = []
                rows.append(row)
                reached, reached_ms = start, atom.start_ms
            else:
                spare.append(row)
        column += space
        last = atom
    column += last.columns
    if column - reached > reach or last.end_ms - reached_ms > patience:
        rows += spare
    if column - line_reached > reach_line:
        lines += spare_lines
    rows.append((len(atoms), column, column, next_ms, last.end_ms, sentences + last.sentence_end, True, 0.0))
    lines.append((len(atoms), column, column, NEVER))
    return Places(*map(list, zip(*rows, strict=True)), *map(list, zip(*lines, strict=True)))


_Row = tuple[int, int, int, int, int, int, bool, float]


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


def _search(found: Places, costs: Costs, table: Tables, style: Style) -> tuple[list[int], list[tuple[int, ...]]]:
    """The cheapest way to every place: where its cue began, and where its lines were broken."""
    start, begin, sentences, whole, numbers = found.start, found.begin_ms, found.sentences, found.whole, found.index
    fill, one_line, balance, room = table.fill, table.one_line, table.balance, table.room
    columns, widest, longest = style.max_columns, style.max_columns * style.max_lines, style.max_duration_ms
    ragged = [[costs.inner[inner_index(1, starts_inside=a, ends_inside=b)] for a in _BOTH] for b in _BOTH]
    least_balance, hurry, lonely = min(balance), style.min_duration_ms + style.min_gap_ms, costs.words[0]
    tails_of = _Tails(found, table, style)
    cheapest, came_from = [0.0], [0]
    split_at: list[tuple[int, ...]] = [()]
    oldest = 0
    rows = zip(numbers, found.end, begin, found.until_ms, sentences, whole, found.cue, strict=True)
    next(rows)
    for here, (index, right, following, heard, ended, ends_whole, ends_cue) in enumerate(rows, 1):
        while oldest < here - 1 and (right - start[oldest] > widest or heard - begin[oldest] > longest):
            oldest += 1
        tails = tails_of(index, right)
        least = tails[0][0] + least_balance if tails else NEVER
        rushed, closed, ragged_end = following - hurry, ended - ends_whole, ragged[not ends_whole]
        best, best_from = NEVER, here - 1
        best_split: tuple[int, ...] = ()
        for there in range(here - 1, oldest - 1, -1):
            left = start[there]
            width = right - left
            cost = cheapest[there] + fill[width]
            if closed > sentences[there]:
                cost += ragged_end[not whole[there]]
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
                if cost + ends_line + least_balance >= best:
                    break
                first = end - left
                if 0 < first <= columns:
                    both = cost + ends_line + balance[columns + right - begins - first]
                    if both < best:
                        best, best_from, best_split = both, there, at
        cheapest.append(best + ends_cue)
        came_from.append(best_from)
        split_at.append(best_split)
    return came_from, split_at


_BOTH = (False, True)


class _Tails:
    """Ways to end a cue that has more than one line, asked for one place after another.

    A tail is (cost of its line breaks, column where its last line begins, column where the cue's first line ends, atoms
    at which lines break). With three lines or more, the "last line" is the one below the first: it is the one that has
    to balance it, and the others have been weighed already.
    """

    def __init__(self, found: Places, table: Tables, style: Style) -> None:
        self._breaks: list[Tail] = [
            (cost, start, end, (index,))
            for cost, start, end, index in zip(
                found.line, found.line_start, found.line_end, found.line_index, strict=True
            )
        ]
        self._starts, self._numbers = found.line_start, found.line_index
        self._balance, self._columns, self._lines = table.balance, style.max_columns, style.max_lines
        self._first = self._last = 0

    def __call__(self, index: int, right: int) -> list[Tail]:
        """Tails of a cue that ends before atom `index` at column `right`, cheapest first."""
        if self._lines < 2:
            return []
        starts, numbers = self._starts, self._numbers
        floor, first, last = right - self._columns, self._first, self._last
        while starts[first] < floor:
            first += 1
        while numbers[last] < index:
            last += 1
        self._first, self._last = first, last
        tails = sorted(self._breaks[first:last])
        return tails if self._lines == 2 else self._taller(tails, first, right)

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
            more, begin, above, number = self._breaks[place]
            width = end - begin
            if width > self._columns:
                break
            balanced = self._balance[self._columns + below - width]
            found.append((cost + more + balanced + THIRD_LINE, right - width, above, number + at))
        return found
