"""Stretches that two long sequences have in common, found without comparing everything with everything.

Runs of a few units that occur equally often in both sequences are paired in order of their occurrence; the longest
chain of pairs that keeps the order of both sequences is taken as true and extended while units are equal. What lies
between is looked at again with shorter runs, which are rare enough there. Where even single pairs of units tell
nothing, as in a text that repeats itself with errors, the edit distance is computed with a bit for each cell inside a
band along the diagonal.

Memory is linear in the length of both sequences; all functions take and give positions of the whole sequences.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from captioner.alignment.edit_distance import matches

__all__ = ["Region", "Run", "common_runs", "gaps"]

_MOST_OCCURRENCES = (
    16  # of a run of units that is still paired; more occurrences hardly keep their number through errors
)
_ENOUGH = 40  # units; a gap no longer than this is left to the comparison by sound
_ENOUGH_CELLS = 1600
_TINY_CELLS = 100  # of a table that compares all with all: not worth a search for runs
_STRAY = 6  # units; a shorter run that is far off the diagonal on both sides is a coincidence
_FAR = 10  # times its length
_LOPSIDED = 8  # times the other; where one side is that much longer, the rest of it has no counterpart


class Run(NamedTuple):
    """Units that are equal in both sequences: from `a` and from `b`, `length` long."""

    a: int
    b: int
    length: int


class Region(NamedTuple):
    """A stretch of both sequences: `a0` to before `a1`, `b0` to before `b1`."""

    a0: int
    a1: int
    b0: int
    b1: int

    @property
    def cells(self) -> int:
        """Size of the table that compares all with all."""
        return (self.a1 - self.a0) * (self.b1 - self.b0)


def common_runs(a: str, b: str, longest: int) -> tuple[list[Run], int]:
    """Equal stretches of two sequences in order, none over another, and how much was compared, in cells.

    Args:
        a: A symbol for each unit.
        b: Likewise.
        longest: Length of the runs that are looked for first: so long that most occur once.
    """
    cells = 0
    done: list[Run] = []
    todo = [(Region(0, len(a), 0, len(b)), longest)]
    while todo:
        region, size = todo.pop()
        region, edges = _trimmed(a, b, region)
        done += edges
        found, cost, size = _between(a, b, region, size)
        cells += cost
        done += found
        todo += [(gap, size - 1) for gap in gaps(found, region) if size > 1 and found and gap.cells > _TINY_CELLS]
    return _joined(sorted(done)), cells


def gaps(runs: Sequence[Run], region: Region) -> list[Region]:
    """Regions between runs; those that are empty on both sides are left out."""
    edges = [Run(region.a0, region.b0, 0), *runs, Run(region.a1, region.b1, 0)]
    found = [Region(x.a + x.length, y.a, x.b + x.length, y.b) for x, y in pairwise(edges)]
    return [gap for gap in found if gap.a1 > gap.a0 or gap.b1 > gap.b0]


def _small(gap: Region) -> bool:
    return gap.cells <= _ENOUGH_CELLS or max(gap.a1 - gap.a0, gap.b1 - gap.b0) <= _ENOUGH


def _between(a: str, b: str, region: Region, size: int) -> tuple[list[Run], int, int]:
    """Runs inside a region, what finding them cost, and the length of the runs that were looked for."""
    if region.cells <= _TINY_CELLS:
        return [], 0, size
    cost = 0
    while size > (2 if _small(region) else 1):
        cost += region.a1 - region.a0 + region.b1 - region.b0
        runs = _without_strays(_extended(a, b, _chain(_pairs(a, b, region, size)), size, region), region)
        if runs:
            return runs, cost, size
        size -= 1
    runs, cells = ([], 0) if _small(region) else _by_distance(a, b, region)
    return runs, cost + cells, 1


def _by_distance(a: str, b: str, region: Region) -> tuple[list[Run], int]:
    """Runs on the path of least edit distance; single units only where nothing longer parts a long stretch."""
    a0, a1, b0, b1 = region
    if max(a1 - a0, b1 - b0) > _LOPSIDED * min(a1 - a0, b1 - b0):
        return [], 0
    pairs, cells = matches(a[a0:a1], b[b0:b1])
    runs = _joined([Run(a0 + i, b0 + j, 1) for i, j in pairs])
    kept = [run for run in runs if run.length > 1]
    for gap in gaps(kept, region):
        if not _small(gap):
            kept += _spread([run for run in runs if run.length == 1 and gap.a0 <= run.a < gap.a1])
    return sorted(kept), cells


def _spread(singles: Sequence[Run]) -> list[Run]:
    """Single units that are some way from one another."""
    found: list[Run] = []
    for run in singles:
        if not found or min(run.a - found[-1].a, run.b - found[-1].b) >= _ENOUGH // 2:
            found.append(run)
    return found


def _trimmed(a: str, b: str, region: Region) -> tuple[Region, list[Run]]:
    """A region without what is equal at its beginning and its end, and that as runs.

    Where both cannot be had, the longer one is: a word that occurs once more in speech without text is no reason to
    tear a sentence apart.
    """
    a0, a1, b0, b1 = region
    most = min(a1 - a0, b1 - b0)
    head = _common_prefix(a, a0, b, b0, most)
    tail = _common_suffix(a, a1, b, b1, most)
    if head + tail > most:
        head, tail = (head, most - head) if head >= tail else (most - tail, tail)
    runs = [Run(a0, b0, head)] * (head > 0) + [Run(a1 - tail, b1 - tail, tail)] * (tail > 0)
    return Region(a0 + head, a1 - tail, b0 + head, b1 - tail), runs


def _common_prefix(a: str, a0: int, b: str, b0: int, most: int) -> int:
    """Length of the equal beginning, found by doubling and halving on slices."""
    if not most or a[a0] != b[b0]:
        return 0
    low, step = 1, 1
    while low < most and a[a0 + low : a0 + low + step] == b[b0 + low : b0 + low + step]:
        low = min(most, low + step)
        step = min(2 * step, most - low)
    while step > 1:
        step = (step + 1) // 2
        if low + step <= most and a[a0 + low : a0 + low + step] == b[b0 + low : b0 + low + step]:
            low += step
    return low


def _common_suffix(a: str, a1: int, b: str, b1: int, most: int) -> int:
    """Length of the equal end."""
    length = 0
    step = 1
    while length < most:
        step = min(step, most - length)
        if a[a1 - length - step : a1 - length] == b[b1 - length - step : b1 - length]:
            length += step
            step *= 2
        elif step > 1:
            step //= 2
        else:
            break
    return length


def _pairs(a: str, b: str, region: Region, size: int) -> list[tuple[int, int]]:
    """Positions of runs that occur equally often on both sides, paired by their order, sorted by the first side."""
    a0, a1, b0, b1 = region
    grams_a = [a[i : i + size] for i in range(a0, a1 - size + 1)]
    grams_b = [b[j : j + size] for j in range(b0, b1 - size + 1)]
    count_b = Counter(grams_b)
    found = count_b.get
    usable = {
        gram: count for gram, count in Counter(grams_a).items() if found(gram) == count and count <= _MOST_OCCURRENCES
    }
    del count_b, found
    place = {gram: j for j, gram in enumerate(grams_b, b0) if gram in usable}
    pairs = [(i, place[gram]) for i, gram in enumerate(grams_a, a0) if gram in usable and usable[gram] == 1]
    several = frozenset(gram for gram, count in usable.items() if count > 1)
    return sorted([*pairs, *_paired_by_rank(grams_a, a0, grams_b, b0, several)]) if several else pairs


def _paired_by_rank(
    grams_a: Sequence[str], a0: int, grams_b: Sequence[str], b0: int, usable: Container[str]
) -> Iterator[tuple[int, int]]:
    """The first occurrence with the first, the second with the second, and so on."""
    places: dict[str, list[int]] = {}
    for j, gram in enumerate(grams_b, b0):
        if gram in usable:
            places.setdefault(gram, []).append(j)
    for found in places.values():
        found.reverse()
    return ((i, places[gram].pop()) for i, gram in enumerate(grams_a, a0) if gram in usable)


def _chain(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of pairs that rises on both sides (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        pile = len(tops) if not tops or j > tops[-1] else bisect_left(tops, j)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(j)
            ends.append(index)
        else:
            tops[pile] = j
            ends[pile] = index
    chain = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _extended(a: str, b: str, chain: Sequence[tuple[int, int]], size: int, region: Region) -> list[Run]:
    """The runs of a chain, joined where they go on, each as long as units are equal."""
    runs: list[Run] = []
    begin, end_a, end_b, slant = region.a0, region.a0, region.b0, None
    for i, j in chain:
        if i - j == slant and i <= end_a:
            end_a, end_b = i + size, j + size
            continue
        skip = max(end_a - i, end_b - j, 0)
        if skip >= size:
            continue
        if slant is not None:
            runs.append(Run(begin, begin - slant, end_a - begin))
        back = _common_suffix(a, i + skip, b, j + skip, min(i + skip - end_a, j + skip - end_b))
        begin, end_a, end_b, slant = i + skip - back, i + size, j + size, i - j
    if slant is not None:
        runs.append(Run(begin, begin - slant, end_a - begin))
    return _grown(a, b, runs, region)


def _grown(a: str, b: str, runs: Sequence[Run], region: Region) -> list[Run]:
    """Each run made longer at its end while units are equal and the next run does not begin."""
    grown = []
    for (i, j, length), following in pairwise([*runs, Run(region.a1, region.b1, 0)]):
        most = min(following.a - i, following.b - j) - length
        grown.append(Run(i, j, length + _common_prefix(a, i + length, b, j + length, most)))
    return _joined(grown)


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Runs put together where one goes on right after another."""
    joined: list[Run] = []
    for run in runs:
        if joined and joined[-1].a + joined[-1].length == run.a and joined[-1].b + joined[-1].length == run.b:
            joined[-1] = Run(joined[-1].a, joined[-1].b, joined[-1].length + run.length)
        else:
            joined.append(run)
    return joined


def _without_strays(runs: Sequence[Run], region: Region) -> list[Run]:
    """Runs but for short ones in the middle of much that is only on one side."""
    edges = [Run(region.a0, region.b0, 0), *runs, Run(region.a1, region.b1, 0)]
    slants = [abs((y.a - x.a - x.length) - (y.b - x.b - x.length)) for x, y in pairwise(edges)]
    return [
        run
        for run, before, after in zip(runs, slants, slants[1:], strict=False)
        if run.length >= _STRAY or min(before, after) <= _FAR * run.length
    ]
