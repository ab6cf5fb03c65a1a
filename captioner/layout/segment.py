"""Cuts one speaker's turn into cues and lines in one optimisation.

A dynamic programme runs over the places where the turn may be cut. For each place it keeps the combined weight of all
likely segmentations of the turn up to it. A cue has a greatest width and duration, so the work grows linearly with the
length of the turn. The breaks chosen are those with the highest probability over all good segmentations of the whole
turn: neither the best next cue nor the single cheapest segmentation.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, compress, pairwise
from math import exp, log
from operator import add, itemgetter, neg
from typing import NamedTuple

from captioner.languages import language_of
from captioner.layout.chunks import Chunk, Chunks
from captioner.layout.costs import STEP_MS, Costs, CostTables, cost_tables, inner_index
from captioner.style import Style

__all__ = ["BreakPoints", "ChunkRange", "choose_breaks", "find_break_points"]

ChunkRange = tuple[int, int]
Breaks = tuple[int, ...]
Tail = tuple[float, int, int, Breaks]
Start = tuple[int, int, int, int, int, bool, float]
"""Place where a cue may begin: its number, chunk, column, ms, sentences so far, whether one ends there, cost so far."""
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
    denser rows of their own. Numbers made here are in arrays, which are smaller than lists.

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

    index: array[int]
    start: array[int]
    end: array[int]
    begin_ms: Sequence[int]
    until_ms: Sequence[int]
    sentences: array[int]
    whole: Sequence[bool]
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
    of = Chunks.of(chunks)
    free = b"\1" + of.holds[1:].translate(_OPPOSITE) + b"\1"
    room = _room(of, free, label, next_ms)
    prices = array("d", compress(chain((0.0,), cue), free))
    line_prices = array("d", compress(chain((0.0,), line), free))
    kept = _affordable(prices, EXPENSIVE_CUE, room, style.max_columns, style.max_duration_ms // 3)
    kept_lines = _affordable(line_prices, EXPENSIVE_LINE, room, style.max_columns // 2, None)
    at, at_line = itemgetter(*kept), itemgetter(*kept_lines)  # quick; there are two places at least
    index = array("i", at(room.numbers))
    ended = array("i", compress(accumulate(of.sentence_ends, initial=0), free))
    return BreakPoints(
        index=index,
        start=array("i", at(room.start)),
        end=array("i", at(room.end)),
        begin_ms=at(room.start_ms),
        until_ms=at(room.end_ms),
        sentences=array("i", at(ended)),
        whole=[True, *[of.sentence_ends[place - 1] > 0 for place in index[1:-1]], True],
        cue=array("d", [0.0, *at(prices)[1:-1], 0.0]),
        line_index=array("i", at_line(room.numbers)[1:]),
        line_start=array("i", at_line(room.start)[1:]),
        line_end=array("i", at_line(room.end)[1:]),
        line=array("d", at_line(line_prices)[1:]),
    )


_OPPOSITE = bytes.maketrans(b"\0\1", b"\1\0")


class _Room(NamedTuple):
    """Widths and times at the places between chunks where a break is allowed, the first and the last included.

    Attributes:
        numbers: Number of the chunk after each place.
        start: Column at which the text after it begins.
        end: Column at which the text before it ends.
        start_ms: Start of the chunk after it; for the last place, start of the next turn.
        end_ms: End of the chunk before it.
    """

    numbers: array[int]
    start: array[int]
    end: array[int]
    start_ms: list[int]
    end_ms: list[int]


def _room(chunks: Chunks, free: bytes, label: int, next_ms: int) -> _Room:
    """The `_Room` of the places that are free; the first line has a label of so many columns."""
    spaces, ends_ms = chunks.spaces, chunks.end_ms
    end = array("i", compress(chunks.column_ends(), free))
    end[0] = 0
    start = array("i", map(add, end, compress(spaces + b"\0", free)))
    start[0] = -label
    start_ms = compress(chain(chunks.start_ms, (next_ms,)), free)
    end_ms = compress(chain(ends_ms[-1:], ends_ms), free)
    return _Room(array("i", compress(range(len(free)), free)), start, end, list(start_ms), list(end_ms))


def _affordable(prices: Sequence[float], bound: float, room: _Room, columns: int, duration_ms: int | None) -> list[int]:
    """Numbers of the places that are not too expensive, the first and the last, and others that fill gaps between them.

    A gap gets first its places of less than average cost, then, where these are too far apart, all.

    Args:
        prices: Cost of a break at each place.
        bound: Highest cost of a place that is kept.
        room: Widths and times at the places.
        columns: Largest width between two places that have no other one between them.
        duration_ms: Largest duration, or None if it does not matter.
    """
    _, start, end, start_ms, end_ms = room
    longest = sys.maxsize if duration_ms is None else duration_ms
    added: list[int] = []

    def fill(places: Iterable[int]) -> None:
        """Add places between neighbours that are too far apart and have others between them."""
        for one, other in pairwise(places):
            if other - one > 1 and (end[other] - start[one] > columns or end_ms[other] - start_ms[one] > longest):
                if other - one == 2:  # the only one
                    added.append(one + 1)
                    continue
                between = prices[one + 1 : other]
                average = sum(between) / len(between)
                cheaper = [place for place, price in enumerate(between, one + 1) if price < average]
                added.extend(cheaper or range(one + 1, other))
                if cheaper:
                    fill((one, *cheaper, other))

    kept = [0, *[place for place, price in enumerate(prices[1:-1], 1) if price <= bound], len(prices) - 1]
    fill(kept)
    return sorted(kept + added) if added else kept


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
            first, last = found.index[block_start + before], found.index[block_start + here]
            at = split_at[here]
            backwards.append(list(pairwise((first, *at, last))) if at else [(first, last)])
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
        self._found, self._single_word = found, costs.words[0]
        self._ragged = [[costs.inner[inner_index(1, starts_inside=a, ends_inside=b)] for a in _BOTH] for b in _BOTH]
        self._least_ragged = [min(0.0, *row) for row in self._ragged]
        self._curves = (
            table.fill, table.one_line, table.one_line_cost, table.least_one_line, table.two_lines, table.most_two_lines
        )  # fmt: skip
        min_slot_ms = style.min_duration_ms + style.min_gap_ms
        reading_ms = [width * (1000 / columns_per_second(style)) for width in range(len(table.fill))]
        needed_ms = [max(min_slot_ms, each) for each in reading_ms]
        deficit = costs.manual["reading_deficit_per_s"] / 1000
        self._reading = (needed_ms, reading_ms, deficit, min_slot_ms, table.too_short)
        self._line_breaker = _LineBreaker(found, table, style)
        self._columns, self._widest = style.max_columns, style.max_columns * style.max_lines
        self._narrow = min(NARROW_COLUMNS, self._widest)
        self._longest = style.max_duration_ms

    def blocks(self) -> Iterator[tuple[int, list[list[Candidate]]]]:
        """The likely cues that end at every place, one block of the turn at a time.

        A block ends at a place where every likely segmentation has a break, so that splitting the turn there changes
        nothing, and a day of speech needs no more memory than some minutes.

        Yields:
            The place where a block begins, and for each place after it up to its end the cues that may end there.
        """
        block: list[list[Candidate]] = []
        block_start = cut = 0
        for here, (oldest, candidates) in enumerate(self._candidates(), 1):
            if cut <= oldest and cut >= block_start + BLOCK_PLACES:
                yield block_start, block[: cut - block_start]
                del block[: cut - block_start]
                block_start = cut
            block.append(candidates)
            if cut <= oldest or candidates[-1][0] < cut:
                cut = here
        yield block_start, block

    def _candidates(self) -> Iterator[tuple[int, list[Candidate]]]:
        """For each place the first place where a cue up to it may begin, and the likely cues that end at it.

        One function with its values in variables: its inner loops run some millions of times for a day of speech, and
        calls or attributes in them would take longer than the work itself.
        """
        found, breaker, single_word = self._found, self._line_breaker, self._single_word
        fill, alone, alone_cost, least_alone, two_lines, most_two_lines = self._curves
        needed_ms, reading_ms, deficit, min_slot_ms, too_short = self._reading
        columns, narrow, widest, longest = self._columns, self._narrow, self._widest, self._longest
        starts = zip(found.index, found.start, found.begin_ms, found.sentences, found.whole, strict=True)
        ends = zip(found.end, found.until_ms, found.cue, strict=True)
        near: deque[Start] = deque()  # places where a cue may begin
        near.append((0, *next(starts), 0.0))
        next(ends)
        for (here, (index, begin, following_ms, ended, ends_whole)), (right, heard_ms, own) in zip(
            enumerate(starts, 1), ends, strict=True
        ):
            first = near[0]
            while len(near) > 1 and (right - first[2] > widest or heard_ms - first[3] > longest):
                near.popleft()  # a cue from there is too wide or too long
                first = near[0]
            tails, weight_of_tails = breaker.tails(index, right)
            least = -log(most_two_lines * weight_of_tails) if weight_of_tails > 0.0 else INFINITE_COST
            closed, ragged = ended - ends_whole, self._ragged[not ends_whole]
            floor = (least if least < least_alone else least_alone) + self._least_ragged[not ends_whole]
            alone_number = index - 1  # a cue from there has a single word
            bound = INFINITE_COST
            likely: list[tuple[float, int, Breaks]] = []
            for there, number, left, begin_ms, before, starts_whole, reached in reversed(near):
                width = right - left
                cost = reached + fill[width]
                if cost + floor >= bound:  # all other costs but `ragged` are positive
                    continue
                time = following_ms - begin_ms
                if closed > before:
                    cost += ragged[not starts_whole]
                if time < needed_ms[width]:
                    if reading_ms[width] > time:
                        cost += deficit * (reading_ms[width] - time)
                    if time < min_slot_ms:
                        cost += too_short[time // STEP_MS if time > 0 else 0]
                if number == alone_number and not (ends_whole and starts_whole):
                    cost += single_word
                best = NO_BREAKS
                if width > narrow and cost + least < bound:
                    whole = most = alone[width]
                    for weight, begins, upper, at in tails:
                        upper -= left
                        if 0 < upper <= columns:
                            weight *= two_lines[upper][right - begins]
                            whole += weight
                            if weight > most:
                                most, best = weight, at
                    cost = cost - log(whole) if whole else INFINITE_COST
                else:
                    cost += alone_cost[width]
                if cost < bound:
                    likely.append((cost, there, best))
                    if cost + PRUNING_MARGIN < bound:
                        bound = cost + PRUNING_MARGIN
            if len(likely) > 1:
                likely = [one for one in likely if one[0] < bound]
            elif not likely:
                likely = [(near[-1][-1] + LIMIT_PENALTY, near[-1][0], NO_BREAKS)]
            cost, candidates = _combine(likely)
            near.append((here, index, begin, following_ms, ended, ends_whole, cost + own))
            yield first[0], candidates


def _combine(likely: list[tuple[float, int, Breaks]]) -> tuple[float, list[Candidate]]:
    """The combined cost of all candidates for a cue, and the share of each in their weight."""
    if len(likely) == 1:
        ((cost, there, at),) = likely
        return cost, [(there, 1.0, at)]
    if len(likely) == 2:
        (cost, there, at), (other_cost, other, other_at) = likely
        if cost < other_cost:
            least, weight, other_weight = cost, 1.0, exp(cost - other_cost)
        else:
            least, weight, other_weight = other_cost, exp(other_cost - cost), 1.0
        whole = weight + other_weight
        return least - log(whole), [(there, weight / whole, at), (other, other_weight / whole, other_at)]
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
    worth_of_line = {place: worth - min_probability for place, worth in line_breaks.items()}
    agreed, came_from, split_at = [0.0], [0], [NO_BREAKS]
    for chance, before in zip(probability[1:], candidates, strict=True):
        best, best_from, best_at = -INFINITE_COST, 0, NO_BREAKS
        for there, share, at in before:
            worth = agreed[there - block_start] + TIE_WEIGHT * share
            for place in at:
                worth += worth_of_line[place]
            if worth > best:
                best, best_from, best_at = worth, there, at
        agreed.append(best + chance - min_probability)
        came_from.append(best_from - block_start)
        split_at.append(best_at)
    return came_from, split_at


def _probabilities(candidates: list[list[Candidate]], block_start: int) -> tuple[list[float], dict[int, float]]:
    """Probability of a cue end at each place, and of a line break before each chunk, over all segmentations."""
    probability = [0.0] * len(candidates) + [1.0]
    line_breaks: dict[int, float] = {}
    known = line_breaks.get
    for here in range(len(candidates), 0, -1):
        passing = probability[here]
        for there, share, at in candidates[here - 1]:
            share *= passing
            probability[there - block_start] += share
            for place in at:
                line_breaks[place] = known(place, 0.0) + share
    return probability, line_breaks


_BOTH = (False, True)
_FULL_WIDTH = frozenset(("Hans", "Hant", "Jpan", "Kore"))


def columns_per_second(style: Style) -> float:
    """The target reading speed in columns: twice the characters in scripts whose characters take two columns."""
    return style.cps * (2 if language_of(style.language).script in _FULL_WIDTH else 1)


_NO_TAIL: Tail = (0.0, 0, 0, (sys.maxsize,))


class _LineBreaker:
    """Computes the possible line breaks of cues.

    A tail is (weight of its line breaks, column where its last line begins, column where the cue's first line ends,
    chunks at which lines break). With three lines or more, the "last line" is the one below the first: it is the one
    that must balance the first, and the weights of the others are included already.
    """

    def __init__(self, found: BreakPoints, table: CostTables, style: Style) -> None:
        self._found, self._two_lines = found, table.two_lines
        self._columns, self._lines = style.max_columns, style.max_lines
        weights = map(exp, map(neg, found.line))
        self._coming = zip(weights, found.line_start, found.line_end, zip(found.line_index, strict=True), strict=True)
        self._next = next(self._coming) if style.max_lines > 1 else _NO_TAIL
        self._near: deque[Tail] = deque()
        self._weight = 0.0

    def tails(self, index: int, right: int) -> tuple[Iterable[Tail], float]:
        """The tails of cues that end before a chunk, at a column, and their weight together; to be asked in order."""
        near, tail = self._near, self._next
        while tail[3][0] < index:
            near.append(tail)
            self._weight += tail[0]
            tail = next(self._coming)  # the end of the turn is the last, and no cue ends behind it
        self._next = tail
        while near and near[0][1] < right - self._columns:
            self._weight -= near.popleft()[0]
        if not near:
            self._weight = 0.0  # without what rounding left
        if self._lines <= 2:
            return near, self._weight
        found = self._taller(near, right)
        return found, sum([tail[0] for tail in found])

    def _taller(self, near: Iterable[Tail], right: int) -> list[Tail]:
        """Tails up to a column, with those of three lines and more added: every tail may be set under another line."""
        found = layer = list(near)
        for _ in range(self._lines - 2):
            layer = [taller for tail in layer for taller in self._under(tail, right)]
            found = found + layer
        return found

    def _tail(self, place: int) -> Tail:
        """The line place as a tail."""
        found = self._found
        return exp(-found.line[place]), found.line_start[place], found.line_end[place], (found.line_index[place],)

    def _under(self, tail: Tail, right: int) -> list[Tail]:
        weight, start, end, at = tail
        found: list[Tail] = []
        below = right - start
        place = bisect_left(self._found.line_index, at[0])
        while place > 0:
            place -= 1
            more, begin, above, number = self._tail(place)
            width = end - begin
            if width > self._columns:
                break
            balanced = self._two_lines[width][below] * THIRD_LINE
            found.append((weight * more * balanced, right - width, above, number + at))
        return found
