"""Chooses the line break of cues of two lines anew, for languages whose captions have lines of more equal width.

The cues stay as they are. `segment` weighs how even lines are together with everything else, by a curve that all
languages share; to raise it there for one language moves the ends of its cues as well, which costs agreement with
people (docs/layout.md).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from math import log

from captioner.layout.chunks import Chunks
from captioner.layout.costs import Costs, cost_tables
from captioner.layout.segment import BreakPoints, ChunkRange
from captioner.style import Style

__all__ = ["with_even_lines"]

_LONGER_BELOW = 0.25  # of the cost of uneven lines: added for a lower line that is the longer one


def with_even_lines(
    cues: Iterable[list[ChunkRange]], chunks: Chunks, places: BreakPoints, costs: Costs, style: Style
) -> list[list[ChunkRange]]:
    """The cues, those of two lines broken at the place of least cost with `costs.manual["uneven"]` added.

    The cost of a place is what `segment` gives it, and `uneven` times the square of the difference of the two widths,
    as a share of the widest line allowed. A break after a punctuation mark stays.

    Args:
        cues: For each cue its lines, as pairs of chunk numbers (first, one after the last).
        chunks: Chunks of the turn.
        places: The places where they could be broken.
        costs: Costs of the language.
        style: Limits.
    """
    pieces, two_lines, uneven = chunks.pieces, cost_tables(costs, style).two_lines, costs.manual["uneven"]
    return [
        _broken(cue, places, two_lines, uneven) if len(cue) == 2 and pieces[cue[1][0] - 1].text[-1].isalnum() else cue
        for cue in cues
    ]


def _broken(
    cue: list[ChunkRange], places: BreakPoints, two_lines: list[list[float]], uneven: float
) -> list[ChunkRange]:
    (first, _), (_, last) = cue
    left = places.start[bisect_left(places.index, first)]
    right = places.end[bisect_left(places.index, last)]
    columns = len(two_lines) - 1
    best, least = cue, float("inf")
    for number in range(bisect_right(places.line_index, first), bisect_left(places.line_index, last)):
        upper, lower = places.line_end[number] - left, right - places.line_start[number]
        if not (0 < upper <= columns and 0 < lower <= columns):
            continue
        longer = (lower - upper) / columns
        cost = (
            places.line[number] - log(two_lines[upper][lower]) + uneven * (longer**2 + _LONGER_BELOW * max(0, longer))
        )
        if cost < least:
            at = places.line_index[number]
            best, least = [(first, at), (at, last)], cost
    return best
