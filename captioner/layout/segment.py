"""Cuts one speaker's turn into cues and lines in one optimisation.

A dynamic programme runs over the places where the turn may be cut. For each place it keeps the combined weight of all
likely segmentations of the turn up to it. A cue has a greatest width and duration, so the work grows linearly with the
length of the turn. The breaks chosen are those with the highest probability over all good segmentations of the whole
turn: neither the best next cue nor the single cheapest segmentation.
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

ChunkRange = tuple[int, int]
Breaks = tuple[int, ...]
Tail = tuple[float, int, int, Breaks]
Row = tuple[int, int, int, int, bool]  # of a place: chunk, column, ms, sentences, whether a sentence ends there
Candidate = tuple[int, float, Breaks]  # place where a cue begins, its share of the weight, its line breaks
INFINITE_COST = float("inf")
NARROW_COLUMNS = 24  # no style breaks a narrower cue in two
THIRD_LINE = exp(-3.0)  # a taller cue hides more of the picture (BBC: three lines only where no picture is lost)

# A place that costs more than this is skipped while a cheaper one is near. On the programmes of seven languages the
# scores with and without the three bounds differ by 0.4 at most (0.7 inside Korean sentences); without them layout
# takes half as long again.
EXPENSIVE_CUE = 1.5
EXPENSIVE_LINE = 1.5
PRUNING_MARGIN = 2.5  # a cue whose total cost exceeds the best one's by this is dropped
LIMIT_PENALTY = 1000.0  # cost of a cue that keeps no limit, when there is no other
NO_BREAKS: Breaks = ()
TIE_WEIGHT = 0.05  # value of a cue's share, to decide between equal breaks
BLOCK_PLACES = 300  # places optimised at a time, so that a day of speech needs no more memory than some minutes


@dataclass(slots=True)
class BreakPoints:
    """Places where a turn may be cut.

    Places for cues are parallel rows; place 0 is the beginning of the turn, the last its end. Places for lines have
    denser rows of their own. Values that the search reads often are lists; values it reads once are arrays, which are
    smaller.

    Attributes:
        index: Number of the chunk after the place.
        start: Column at which text after the place begins, counted along the whole turn.
        end: Column at which text before the place ends.
        begin_ms: Start of the chunk after the place; for the last place, start of the next turn.
        until_ms: End of the chunk before the place.
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
    """Find the places to consider.

    Args:
        chunks: Chunks of one turn; no group that must stay together is wider than a line.
        cue: Cost of ending a cue after each chunk.
        line: Cost of ending a line after each chunk.
        style: Limits.
        label: Columns taken by the speaker's name on the first line.
        next_ms: Start of the next turn.
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
    """For each place the column at which the text after it begins, and at which the text before it ends."""
    end = array("i", accumulate([chunk.columns + chunk.space for chunk in chunks], initial=-chunks[0].space))
    end[0] = 0
    start = array("i", [column + chunk.space for column, chunk in zip(end, chunks, strict=False)])
    start[0] = -label
    start.append(end[-1])
    return start, end


def _affordable(
    free: array[int], cost: Sequence[float], bound: float, too_far: Callable[[int, int], bool]
) -> array[int]:
    """Places that are not too expensive, with the first and the last, and others that fill gaps between them.

    Args:
        free: Numbers of all places, in order.
        cost: Cost of a break after each chunk.
        bound: Highest cost of a place that is kept.
        too_far: Whether two places, by their numbers, need another one between them.
    """
    last = free[-1]
    good = [index for index in free if not 0 < index < last or cost[index - 1] <= bound]
    return array("i", _fill_gaps(good, free, cost, too_far))


def _fill_gaps(
    kept: list[int], free: Sequence[int], cost: Sequence[float], too_far: Callable[[int, int], bool]
) -> list[int]:
    """Add places between two that are too far apart for one line: first those of less than average cost, then all."""
    found = kept[:1]
    for one, other in pairwise(kept):
        if other - one > 1 and too_far(one, other):
            between = free[bisect_right(free, one) : bisect_left(free, other)]
            bound = sum(cost[index - 1] for index in between) / max(1, len(between))
            cheaper = [index for index in between if cost[index - 1] < bound]
            found += _fill_gaps([one, *cheaper, other], free, cost, too_far)[1:-1] if cheaper else between
        found.append(other)
    return found


def choose_breaks(found: BreakPoints, costs: Costs, style: Style) -> list[list[ChunkRange]]:
    """Choose cues and lines.

    Returns:
        For each cue its lines, as pairs of chunk numbers (first, one after the last).
    """
    cues: list[list[ChunkRange]] = []
    for block_start, candidates in _CueSearch(found, costs, cost_tables(costs, style), style).blocks():
        came_from, split_at = _consensus(candidates, block_start, costs.manual["min_probability"])
        here, backwards = len(candidates), []
        while here:
            before = came_from[here]
            steps = [found.index[block_start + before], *split_at[here], found.index[block_start + here]]
            backwards.append(list(pairwise(steps)))
            here = before
        cues += backwards[::-1]
    return cues


class _CueSearch:
    """Finds the likely segmentations of a turn, from its beginning on.

    The cost of a cue is minus the logarithm of its weight; the weight of a place is the sum over all segmentations up
    to it.

    Args:
        found: Places where the turn may be cut.
        costs: Costs of the language.
        table: Its curves, tabulated for the style.
        style: Limits.
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
        ] = []  # places where a cue may begin: place, row, cost

    def blocks(self) -> Iterator[tuple[int, list[list[Candidate]]]]:
        """The likely cues that end at every place, one block of the turn at a time.

        A block ends at a place where every likely segmentation has a break, so that splitting the turn there changes
        nothing, and a day of speech needs no more memory than some minutes.

        Yields:
            The place where a block begins, and for each place after it up to its end the cues that may end there.
        """
        found, near = self._found, self._near
        rows = zip(found.index, found.start, found.begin_ms, found.sentences, found.whole, strict=True)
        near.append((0, *next(rows), 0.0))
        block: list[list[Candidate]] = []
        block_start = cut = 0
        for here, row in enumerate(rows, 1):
            self._forget(found.end[here], found.until_ms[here])
            oldest = near[0][0]
            if cut <= oldest and cut >= block_start + BLOCK_PLACES:
                yield block_start, block[: cut - block_start]
                del block[: cut - block_start]
                block_start = cut
            likely = self._candidates_to(here, row)
            cost, shares = _combine(likely)
            block.append(shares)
            near.append((here, *row, cost + found.cue[here]))
            if cut <= oldest or likely[-1][1] < cut:
                cut = here
        yield block_start, block

    def _forget(self, right: int, heard_ms: int) -> None:
        """Drop the places from which a cue ending at this column and time is too wide or too long, but not the last."""
        near, far = self._near, 0
        while far < len(near) - 1 and (right - near[far][2] > self._widest or heard_ms - near[far][3] > self._longest):
            far += 1
        del near[:far]

    def _candidates_to(self, here: int, row: Row) -> list[tuple[float, int, Breaks]]:
        """The likely cues that end at a place: total cost, place where the cue begins, its line breaks."""
        index, _, following, ended, ends_whole = row
        table, broken, pace, deficit = self._table, self._line_breaker, self._ms_per_column, self._reading_deficit
        fill, alone, alone_cost = table.fill, table.one_line, table.one_line_cost
        too_short, min_slot_ms = table.too_short, self._min_slot_ms
        right, closed, ragged = self._found.end[here], ended - ends_whole, self._ragged[not ends_whole]
        least = broken.advance(index, right)
        floor = min(least, table.least_one_line) + min(0.0, min(ragged))
        bound = INFINITE_COST
        candidates: list[tuple[float, int, Breaks]] = []
        for there, number, left, begin_ms, before, starts_whole, reached in reversed(self._near):
            width, time = right - left, following - begin_ms
            cost = reached + fill[width]
            if cost + floor >= bound:  # all other costs but `ragged` are positive
                continue
            if closed > before:
                cost += ragged[not starts_whole]
            if width * pace > time:
                cost += deficit * (width * pace - time)
            if time < min_slot_ms:
                cost += too_short[time // STEP_MS if time > 0 else 0]
            if index - number == 1 and not (ends_whole and starts_whole):
                cost += self._single_word
            at = NO_BREAKS
            if width > NARROW_COLUMNS and cost + least < bound:
                weight, at = broken.weight(left, right, alone[width])
                cost = cost - log(weight) if weight else INFINITE_COST
            else:
                cost += alone_cost[width]
            if cost < bound:
                candidates.append((cost, there, at))
                if cost + PRUNING_MARGIN < bound:
                    bound = cost + PRUNING_MARGIN
        if len(candidates) == 1:
            return candidates
        kept = [one for one in candidates if one[0] < bound]
        return kept or [(self._near[-1][-1] + LIMIT_PENALTY, here - 1, NO_BREAKS)]


def _combine(likely: list[tuple[float, int, Breaks]]) -> tuple[float, list[Candidate]]:
    """The combined cost of all candidates for a cue, and the share of each in their weight."""
    if len(likely) == 1:
        cost, there, at = likely[0]
        return cost, [(there, 1.0, at)]
    least = min(likely)[0]
    weights = [exp(least - one[0]) for one in likely]
    whole = sum(weights)
    candidates = [(one[1], weight / whole, one[2]) for one, weight in zip(likely, weights, strict=True)]
    return least - log(whole), candidates


def _consensus(
    candidates: list[list[Candidate]], block_start: int, min_probability: float
) -> tuple[list[int], list[Breaks]]:
    """The segmentation whose breaks, each by itself, are the most probable over all segmentations.

    The single most probable segmentation may share no break with the others; this one shares most breaks with most of
    them (as Goodman 1996 parses for the best labelled recall instead of the most probable tree).

    Args:
        candidates: Candidates by the place at which they end, for a block.
        block_start: The place where the block begins.
        min_probability: Probability above which a break is worth having.

    Returns:
        For each place of the block: the place where its cue begins, and its line breaks.
    """
    probability, line_breaks = _probabilities(candidates, block_start)
    agreed, came_from, split_at = [0.0], [0], [NO_BREAKS]
    for here, before in enumerate(candidates, 1):
        best, best_from, best_at = -INFINITE_COST, 0, NO_BREAKS
        for there, share, at in before:
            worth = agreed[there - block_start] + TIE_WEIGHT * share
            for place in at:
                worth += line_breaks[place] - min_probability
            if worth > best:
                best, best_from, best_at = worth, there - block_start, at
        agreed.append(best + probability[here] - min_probability)
        came_from.append(best_from)
        split_at.append(best_at)
    return came_from, split_at


def _probabilities(candidates: list[list[Candidate]], block_start: int) -> tuple[list[float], dict[int, float]]:
    """Probability of a cue end at each place, and of a line break before each chunk, over all segmentations."""
    probability = [0.0] * len(candidates) + [1.0]
    line_breaks: dict[int, float] = {}
    for here in range(len(candidates), 0, -1):
        passing = probability[here]
        for there, share, at in candidates[here - 1]:
            probability[there - block_start] += passing * share
            for place in at:
                line_breaks[place] = line_breaks.get(place, 0.0) + passing * share
    return probability, line_breaks


_BOTH = (False, True)
_FULL_WIDTH = frozenset(("Hans", "Hant", "Jpan", "Kore"))


def columns_per_second(style: Style) -> float:
    """The target reading speed in columns: twice the characters in scripts whose characters take two columns."""
    return style.cps * (2 if language_of(style.language).script in _FULL_WIDTH else 1)


class _LineBreaker:
    """Computes the possible line breaks of a cue, place after place.

    A tail is (weight of its line breaks, column where its last line begins, column where the cue's first line ends,
    chunks at which lines break). With three lines or more, the "last line" is the one below the first: it is the one
    that must balance the first, and the weights of the others are included already.
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
        """Move on to cues that end before chunk `index` at column `right`; returns the least cost of their breaks."""
        if self._lines < 2:
            return INFINITE_COST
        starts, numbers = self._starts, self._numbers
        floor, first, last = right - self._columns, self._first, self._last
        near, ends, line = self._near, self._ends, self._line
        while numbers[last] < index:
            near.append((exp(-line[last]), starts[last], ends[last], (numbers[last],)))
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
        """Weight of a cue between two columns over all choices of its line breaks, and the best choice.

        Args:
            left: Column where the cue begins.
            right: Column where the cue ends.
            alone: Weight of the cue on one line.
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
        """The line place as a tail."""
        return exp(-self._line[place]), self._starts[place], self._ends[place], (self._numbers[place],)

    def _taller(self, tails: list[Tail], first: int, right: int) -> list[Tail]:
        """The tails, with those of three lines and more added: every tail may be set under another line."""
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
