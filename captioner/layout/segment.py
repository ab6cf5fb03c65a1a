"""Cuts one speaker's turn into cues and their lines, all at once.

A dynamic programme runs over the places where the turn may be cut. For each place it knows what all likely ways to get
there weigh together; a cue may reach back as far as its lines are wide and its time is long, so the work grows with the
length of the turn and not faster. The one rule: the breaks chosen are those that most of the good ways of cutting the
whole agree on, never the best next cue, and not the one way that happens to be cheapest.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import exp, log
from typing import TYPE_CHECKING

from captioner.languages import language_of
from captioner.layout.costs import STEP_MS, Costs, CostTables, cost_tables, inner_index
from captioner.style import Style

if TYPE_CHECKING:
    from captioner.layout.chunks import Chunk

__all__ = ["BreakPoints", "choose_breaks", "find_break_points"]

Span = tuple[int, int]
Breaks = tuple[int, ...]
Tail = tuple[float, int, int, Breaks]
Row = tuple[int, int, int, int, bool]  # of a place: chunk, column, ms, sentences, whether one ends there
Way = tuple[int, float, Breaks]  # the place a cue comes from, its share of the ways to where it ends, its line breaks
INFINITE_COST = float("inf")
NARROW_COLUMNS = 24  # columns: no house breaks a shorter cue in two
THIRD_LINE = exp(-3.0)  # a taller cue hides more of the picture (BBC: three lines only where no picture is lost)

# A place dearer than this is not looked at while a cheaper one is near. On the programmes of seven languages the scores
# with and without the three bounds differ by 0.4 at most (0.7 inside Korean sentences); without them layout takes half
# as long again.
EXPENSIVE_CUE = 1.5
EXPENSIVE_LINE = 1.5
PRUNING_MARGIN = 2.5  # a cue that makes the ways to its end this much dearer than the best is not followed
LIMIT_PENALTY = 1000.0  # a cue that keeps no limit, where there is no other
NO_BREAKS: Breaks = ()
TIE_WEIGHT = 0.05  # what following a likely way into a place is worth, where breaks tie
STRETCH_POINTS = 300  # places laid out at a time, so that a day of talk needs no more memory than some minutes


@dataclass(slots=True)
class BreakPoints:
    """Where a turn may be cut.

    Cue places are parallel rows; place 0 is the beginning of the turn, the last its end. Line places are their own,
    denser rows. What the search looks at many times is a list, what it looks at once an array, which is smaller.

    Attributes:
        index: Number of the chunk after the place.
        start: Column at which text after the place begins, counted along the whole turn.
        end: Column at which text before the place ends.
        begin_ms: When the chunk after the place is first heard; at the end, when the next turn begins.
        until_ms: When the chunk before the place ends.
        sentences: Sentence ends up to and including the place.
        whole: Whether a sentence ends there.
        cue: Cost of ending a cue there.
        line_index: Number of the chunk after each line place.
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


def find_break_points(
    chunks: Sequence[Chunk], cue: Sequence[float], line: Sequence[float], style: Style, *, label: int, next_ms: int
) -> BreakPoints:
    """List the places worth looking at.

    Args:
        chunks: Of one turn, none wider than a line together with those joined to it.
        cue: Cost of ending a cue after each chunk.
        line: Cost of ending a line after each chunk.
        style: Its limits.
        label: Columns that the speaker's name takes on the first line.
        next_ms: When the next turn begins.
    """
    start, end = _columns(chunks, label)
    free = array("i", [index for index, chunk in enumerate(chunks) if not chunk.no_break_before or not index])
    free.append(len(chunks))

    def too_far(one: int, other: int) -> bool:
        if end[other] - start[one] > style.max_columns:
            return True
        return chunks[other - 1].end_ms - chunks[one].start_ms > patience

    def line_too_far(one: int, other: int) -> bool:
        return end[other] - start[one] > style.max_columns // 2

    patience = style.max_duration_ms // 3
    lines = _affordable(free, line, EXPENSIVE_LINE, line_too_far)[1:]
    kept = _affordable(free, cue, EXPENSIVE_CUE, too_far).tolist()
    ended = array("i", accumulate([chunk.sentence_end for chunk in chunks], initial=0))
    return BreakPoints(
        index=kept,
        start=[start[index] for index in kept],
        end=array("i", [end[index] for index in kept]),
        begin_ms=[*[chunks[index].start_ms for index in kept[:-1]], next_ms],
        until_ms=[chunks[index - 1].end_ms for index in kept],
        sentences=[ended[index] for index in kept],
        whole=[True, *[chunks[index - 1].sentence_end for index in kept[1:-1]], True],
        cue=array("d", [0.0, *[cue[index - 1] for index in kept[1:-1]], 0.0]),
        line_index=lines,
        line_start=array("i", [start[index] for index in lines]),
        line_end=array("i", [end[index] for index in lines]),
        line=array("d", [line[index - 1] for index in lines]),
    )


def _columns(chunks: Sequence[Chunk], label: int) -> tuple[array[int], array[int]]:
    """Column at which the text after each place begins, and at which the text before it ends, along the turn."""
    end = array("i", accumulate([chunk.columns + chunk.space for chunk in chunks], initial=-chunks[0].space))
    end[0] = 0
    start = array("i", [column + chunk.space for column, chunk in zip(end, chunks, strict=False)])
    start[0] = -label
    start.append(end[-1])
    return start, end


def _affordable(
    free: array[int], cost: Sequence[float], dear: float, too_far: Callable[[int, int], bool]
) -> array[int]:
    """Places that are not dear, with the first and the last, and others where these leave gaps.

    Args:
        free: All places, in order.
        cost: Of a break after each chunk.
        dear: Bound of the cost.
        too_far: Whether two places, by their numbers, cannot do without another between them.
    """
    last = free[-1]
    good = [index for index in free if not 0 < index < last or cost[index - 1] <= dear]
    return array("i", _fill_gaps(good, free, cost, too_far))


def _fill_gaps(
    kept: list[int], free: Sequence[int], cost: Sequence[float], too_far: Callable[[int, int], bool]
) -> list[int]:
    """Kept places; where two are too far apart for one line, the cheaper of those between come back, then all."""
    found = kept[:1]
    for one, other in pairwise(kept):
        if other - one > 1 and too_far(one, other):
            between = free[bisect_right(free, one) : bisect_left(free, other)]
            bound = sum(cost[index - 1] for index in between) / max(1, len(between))
            cheaper = [index for index in between if cost[index - 1] < bound]
            found += _fill_gaps([one, *cheaper, other], free, cost, too_far)[1:-1] if cheaper else between
        found.append(other)
    return found


def choose_breaks(found: BreakPoints, costs: Costs, style: Style) -> list[list[Span]]:
    """Choose cues and lines.

    Returns:
        For each cue its lines, as pairs of chunk numbers (first, one after the last).
    """
    cues: list[list[Span]] = []
    for begun, ways in _CueSearch(found, costs, cost_tables(costs, style), style).stretches():
        came_from, split_at = _consensus(ways, begun, costs.manual["min_probability"])
        here, backwards = len(ways), []
        while here:
            before = came_from[here]
            steps = [found.index[begun + before], *split_at[here], found.index[begun + here]]
            backwards.append(list(pairwise(steps)))
            here = before
        cues += backwards[::-1]
    return cues


class _CueSearch:
    """Finds the likely ways to cut a turn, from its beginning on.

    What a cue costs is minus the logarithm of its weight; the ways to a place weigh together what each weighs alone.

    Args:
        found: Where the turn may be cut.
        costs: The language's.
        table: Its curves, for the style.
        style: The limits.
    """

    def __init__(self, found: BreakPoints, costs: Costs, table: CostTables, style: Style) -> None:
        self._found, self._table, self._single_word = found, table, costs.words[0]
        self._ragged = [[costs.inner[inner_index(1, starts_inside=a, ends_inside=b)] for a in _BOTH] for b in _BOTH]
        self._min_slot_ms = style.min_duration_ms + style.min_gap_ms
        self._ms_per_column, self._reading_deficit = (
            1000 / columns_per_second(style),
            costs.manual["reading_deficit_per_s"] / 1000,
        )
        self._line_breaker = _LineBreaker(found, table, style)
        self._widest = style.max_columns * style.max_lines
        self._longest = style.max_duration_ms
        self._near: list[
            tuple[int, int, int, int, int, bool, float]
        ] = []  # where a cue may come from: place, row, cost

    def stretches(self) -> Iterator[tuple[int, list[list[Way]]]]:
        """The likely ways to every place, a stretch of the turn at a time.

        A stretch ends at a place that every likely way passes, so that cutting the turn there changes nothing, and a
        day of talk needs no more memory than some minutes.

        Yields:
            The place a stretch begins at, and for each place after it up to its end the cues that may end there.
        """
        found, near = self._found, self._near
        rows = zip(found.index, found.start, found.begin_ms, found.sentences, found.whole, strict=True)
        near.append((0, *next(rows), 0.0))
        stretch: list[list[Way]] = []
        begun = neck = 0
        for here, row in enumerate(rows, 1):
            self._forget(found.end[here], found.until_ms[here])
            oldest = near[0][0]
            if neck <= oldest and neck >= begun + STRETCH_POINTS:
                yield begun, stretch[: neck - begun]
                del stretch[: neck - begun]
                begun = neck
            likely = self._ways_to(here, row)
            cost, shares = _combine(likely)
            stretch.append(shares)
            near.append((here, *row, cost + found.cue[here]))
            if neck <= oldest or likely[-1][1] < neck:
                neck = here
        yield begun, stretch

    def _forget(self, right: int, heard_ms: int) -> None:
        """Drop the places from which a cue that ends at this column and time is too wide or too long; not the last."""
        near, far = self._near, 0
        while far < len(near) - 1 and (right - near[far][2] > self._widest or heard_ms - near[far][3] > self._longest):
            far += 1
        del near[:far]

    def _ways_to(self, here: int, row: Row) -> list[tuple[float, int, Breaks]]:
        """The likely cues that end at a place: what the ways with each cost, where it comes from, its line breaks."""
        index, _, following, ended, ends_whole = row
        table, broken, pace, deficit = self._table, self._line_breaker, self._ms_per_column, self._reading_deficit
        fill, alone, alone_cost = table.fill, table.one_line, table.one_line_cost
        room, hurry = table.room, self._min_slot_ms
        right, closed, ragged = self._found.end[here], ended - ends_whole, self._ragged[not ends_whole]
        least = broken.advance(index, right)
        bound = INFINITE_COST
        ways: list[tuple[float, int, Breaks]] = []
        for there, number, left, begin_ms, before, starts_whole, reached in reversed(self._near):
            width, time = right - left, following - begin_ms
            cost = reached + fill[width]
            if closed > before:
                cost += ragged[not starts_whole]
            if width * pace > time:
                cost += deficit * (width * pace - time)
            if time < hurry:
                cost += room[time // STEP_MS if time > 0 else 0]
            if index - number == 1 and not (ends_whole and starts_whole):
                cost += self._single_word
            at = NO_BREAKS
            if width > NARROW_COLUMNS and cost + least < bound:
                weight, at = broken.weight(left, right, alone[width])
                cost = cost - log(weight) if weight else INFINITE_COST
            else:
                cost += alone_cost[width]
            if cost < bound:
                ways.append((cost, there, at))
                if cost + PRUNING_MARGIN < bound:
                    bound = cost + PRUNING_MARGIN
        if len(ways) == 1:
            return ways
        return [way for way in ways if way[0] < bound] or [(self._near[-1][-1] + LIMIT_PENALTY, here - 1, NO_BREAKS)]


def _combine(likely: list[tuple[float, int, Breaks]]) -> tuple[float, list[Way]]:
    """What all ways to a place weigh together, as a cost, and the share of each."""
    if len(likely) == 1:
        cost, there, at = likely[0]
        return cost, [(there, 1.0, at)]
    least = min(likely)[0]
    weights = [exp(least - way[0]) for way in likely]
    whole = sum(weights)
    ways = [(way[1], weight / whole, way[2]) for way, weight in zip(likely, weights, strict=True)]
    return least - log(whole), ways


def _consensus(ways: list[list[Way]], begun: int, sure: float) -> tuple[list[int], list[Breaks]]:
    """The way whose breaks are likeliest, each by itself: a break counts what all ways together say for it.

    The likeliest single way need not agree with the others on anything; this one agrees with most of them most (as
    Goodman 1996 parses for the most labelled recall instead of the most probable tree).
    """
    chance, broken = _probabilities(ways, begun)
    agreed, came_from, split_at = [0.0], [0], [NO_BREAKS]
    for here, before in enumerate(ways, 1):
        best, best_from, best_at = -INFINITE_COST, 0, NO_BREAKS
        for there, share, at in before:
            worth = agreed[there - begun] + TIE_WEIGHT * share
            for place in at:
                worth += broken[place] - sure
            if worth > best:
                best, best_from, best_at = worth, there - begun, at
        agreed.append(best + chance[here] - sure)
        came_from.append(best_from)
        split_at.append(best_at)
    return came_from, split_at


def _probabilities(ways: list[list[Way]], begun: int) -> tuple[list[float], dict[int, float]]:
    """How likely a cue ends at each place, and how likely a line ends before an chunk, over all ways together."""
    chance = [0.0] * len(ways) + [1.0]
    broken: dict[int, float] = {}
    for here in range(len(ways), 0, -1):
        passing = chance[here]
        for there, share, at in ways[here - 1]:
            chance[there - begun] += passing * share
            for place in at:
                broken[place] = broken.get(place, 0.0) + passing * share
    return chance, broken


_BOTH = (False, True)
_FULL_WIDTH = frozenset(("Hans", "Hant", "Jpan", "Kore"))


def columns_per_second(style: Style) -> float:
    """The reading speed aimed for, in columns: where a character takes two of them, twice the characters."""
    return style.cps * (2 if language_of(style.language).script in _FULL_WIDTH else 1)


class _LineBreaker:
    """Ways to break the lines of a cue, asked for one place after another.

    A tail is (weight of its line breaks, column where its last line begins, column where the cue's first line ends,
    chunks at which lines break). With three lines or more, the "last line" is the one below the first: it is the one
    that has to balance it, and the others have been weighed already.
    """

    def __init__(self, found: BreakPoints, table: CostTables, style: Style) -> None:
        self._line, self._numbers = found.line, found.line_index
        self._starts, self._ends = found.line_start, found.line_end
        self._two_lines, self._columns, self._lines = table.two_lines, style.max_columns, style.max_lines
        self._most = table.most_two_lines
        self._first = self._last = 0
        self._near: list[Tail] = []  # the line places from `_first` to `_last`, as tails
        self._tails: list[Tail] = []

    def advance(self, index: int, right: int) -> float:
        """Go on to the cues that end before chunk `index` at column `right`; the least their line breaks may cost."""
        if self._lines < 2:
            return INFINITE_COST
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
        self._tails = near if self._lines == 2 else self._taller(near, first, right)
        if not self._tails:
            return INFINITE_COST
        return -log(self._most * sum([tail[0] for tail in self._tails]))

    def weight(self, left: int, right: int, alone: float) -> tuple[float, Breaks]:
        """The weight of a cue between two columns with all its ways of breaking lines, and the best of them.

        Args:
            left: Column where it begins.
            right: Column where it ends.
            alone: Its weight on one line.
        """
        whole = most = alone
        best = NO_BREAKS
        two_lines, columns = self._two_lines, self._columns
        for weight, begins, ends, at in self._tails:
            first = ends - left
            if 0 < first <= columns:
                weight *= two_lines[first][right - begins]
                whole += weight
                if weight > most:
                    most, best = weight, at
        return whole, best

    def _tail(self, place: int) -> Tail:
        """The line place as a tail of its own."""
        return exp(-self._line[place]), self._starts[place], self._ends[place], (self._numbers[place],)

    def _taller(self, tails: list[Tail], first: int, right: int) -> list[Tail]:
        """The same with those of three lines and more added: every tail may be set under another line."""
        found = layer = tails
        for _ in range(self._lines - 2):
            layer = [taller for tail in layer for taller in self._under(tail, right)]
            found = found + layer
        return found

    def _under(self, tail: Tail, right: int) -> list[Tail]:
        weight, start, end, at = tail
        found: list[Tail] = []
        below = right - start
        place = bisect_left(self._numbers, at[0])
        while place > 0:
            place -= 1
            more, begin, above, number = self._tail(place)
            width = end - begin
            if width > self._columns:
                break
            balanced = self._two_lines[width][below] * THIRD_LINE
            found.append((weight * more * balanced, right - width, above, number + at))
        return found
