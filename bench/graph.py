"""Graph of all segmentations of speech into cues, for `learn_breaks.py`, with the likelihood of people's segmentation.

An arc is one possible cue: from one place to another, with or without a line break. Sums over all paths are computed
place by place, all sections at once (the forward-backward recursion of Sarawagi and Cohen 2004, semi-Markov random
fields).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from captioner.layout.chunks import Chunk
from captioner.layout.segment import NARROW_COLUMNS

Arcs = dict[str, Any]
People = tuple[set[int], set[int], set[int]]
TABLES = ("fill", "balance", "upper", "lower", "one_line", "inner", "words")
NO_LINE, NO_BALANCE, NO_SHARE = 131, 201, 101  # table entries for cues to which the table does not apply


def arcs(chunks: Sequence[Chunk], ends: Sequence[int], people: People, limits: tuple[int, int]) -> Arcs | None:
    """Make all cues of a section that keep the limits.

    Args:
        chunks: Chunks of the section.
        ends: Content offset at the section's beginning and after each chunk.
        people: Offsets of the ends of people's cues, of the ends of their lines, and of the starts of their cues whose
            line breaks are left open.
        limits: Columns and lines.

    Returns:
        Columns of figures, one entry per arc; None if people's cues do not keep the limits.
    """
    columns, lines = limits
    start, end = _columns(chunks)
    cue_ends, line_ends, open_starts = _people(ends, people)
    free = np.array([True, *(not chunk.no_break_before for chunk in chunks[1:]), True]) | cue_ends | line_ends
    places = np.nonzero(free)[0]
    first, last, middle = _spans(start[places], end[places], columns, lines)
    one, other, split = places[first], places[last], places[np.maximum(middle, 0)]
    broken = middle >= 0
    width = end[other] - start[one]
    above, below = end[split] - start[one], end[other] - start[split]
    balance = 100 + np.clip(np.round(100 * (below - above) / columns), -100, 100)
    wanted = _wanted(one, other, split, broken, cue_ends, line_ends, open_starts)
    if wanted is None:
        return None
    inner, words = _sentences(chunks, one, other)
    return {
        "first": one, "last": other, "split": np.where(broken, split, -1), "people": wanted, "places": len(start),
        "fill": np.minimum(100, np.round(100 * width / (columns * lines))).astype(np.int16),
        "balance": np.where(broken, balance, NO_BALANCE).astype(np.int16),
        "upper": np.where(broken, np.round(100 * above / columns), NO_SHARE).astype(np.int16),
        "lower": np.where(broken, np.round(100 * below / columns), NO_SHARE).astype(np.int16),
        "one_line": np.where(broken, NO_LINE, np.minimum(width, NO_LINE - 1)).astype(np.int16),
        "inner": inner.astype(np.int16), "words": words.astype(np.int16),
    }  # fmt: skip


def _columns(chunks: Sequence[Chunk]) -> tuple[np.ndarray, np.ndarray]:
    """Column at which the text after each place begins, and column at which the text before it ends."""
    start, end = np.zeros(len(chunks) + 1, int), np.zeros(len(chunks) + 1, int)
    column = 0
    for number, chunk in enumerate(chunks):
        column += bool(number and chunk.space)
        start[number] = column
        column += chunk.columns
        end[number + 1] = column
    start[-1] = column
    return start, end


def _people(ends: Sequence[int], people: People) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cues, lines, open_starts = people
    fresh = [a != b for a, b in zip([None, *ends], ends, strict=False)]  # the first place with an offset counts
    last = len(ends) - 1
    cue_ends = np.array([at in (0, last) or (fresh[at] and end in cues) for at, end in enumerate(ends)])
    line_ends = np.array([fresh[at] and end in lines for at, end in enumerate(ends)])
    return cue_ends, line_ends, np.array([end in open_starts for end in ends])


def _spans(start: np.ndarray, end: np.ndarray, columns: int, lines: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of the places at which possible cues begin, end, and break their line (-1: one line)."""
    width = end[None, :] - start[:, None]
    later = np.arange(len(start))[None, :] > np.arange(len(start))[:, None]
    fits = later & (width <= columns)
    first, last = np.nonzero(fits)
    alone = first, last, np.full(len(first), -1)
    if lines < 2:
        return alone
    whole = (width <= columns * lines) & (width > NARROW_COLUMNS)
    upper, middle, lower = np.nonzero(fits[:, :, None] & fits[None, :, :] & whole[:, None, :])
    first, last, split = (np.concatenate(pair) for pair in zip(alone, (upper, lower, middle), strict=True))
    return first, last, split


def _wanted(
    one: np.ndarray, other: np.ndarray, split: np.ndarray, broken: np.ndarray,
    cue_ends: np.ndarray, line_ends: np.ndarray, open_starts: np.ndarray,
) -> np.ndarray | None:  # fmt: skip
    """Marks of people's arcs: their cues with their line break, or with any if it is open or not among the arcs."""
    cues, lines = np.cumsum(cue_ends), np.cumsum(line_ends)
    theirs = cue_ends[one] & cue_ends[other] & (cues[other - 1] == cues[one])
    count = lines[other - 1] - lines[one]
    same = np.where(broken, (count == 1) & line_ends[split], count == 0) | open_starts[one]
    wanted = theirs & same
    starts = np.nonzero(cue_ends)[0]
    for begun, ended in set(itertools.pairwise(starts)) - set(zip(one[wanted], other[wanted], strict=True)):
        every = theirs & (one == begun) & (other == ended)
        if not every.any():
            return None
        wanted |= every
    return wanted


def _sentences(chunks: Sequence[Chunk], one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kind of cue by the sentence ends inside it (`costs.inner_index`), and 0 for single words that are no sentence."""
    ended = np.array([0, *(int(chunk.sentence_end) for chunk in chunks)])
    whole = ended.copy()
    whole[0] = 1
    inside = np.cumsum(ended)[other - 1] - np.cumsum(ended)[one]
    inner = np.where(inside > 0, 1 + (1 - whole[one]) + 2 * (1 - whole[other]), 0)
    sentence = (whole[one] == 1) & (whole[other] == 1) & (inside == 0)
    return inner, np.where((other - one == 1) & ~sentence, 0, 1)


class Graph:
    """All arcs of all sections, in the order that the recursions need.

    Sums over paths are computed with plain weights and not with logarithms: a potential at every place, taken from the
    sums before, keeps all sums near one and cancels along a path.
    """

    def __init__(self, features: int) -> None:
        self.features = features
        self.arcs = 0
        self._parts: list[Arcs] = []
        self._rows: list[np.ndarray] = []
        self._columns: list[np.ndarray] = []
        self._places = 0
        self._edges: list[tuple[int, int]] = []

    def add(self, found: Arcs | None, features: Sequence[Sequence[int]]) -> None:
        """Add a section: its arcs, and the feature numbers of each inner place."""
        if found is None:
            return
        base, places = self._places, found.pop("places")
        lengths = [len(numbers) for numbers in features]
        self._rows.append(np.repeat(np.arange(base + 1, base + 1 + len(lengths), dtype=np.int32), lengths))
        self._columns.append(np.fromiter(itertools.chain.from_iterable(features), np.int32, sum(lengths)))
        found["section"] = np.full(len(found["first"]), len(self._edges), np.int32)
        found["level"], found["depth"] = found["last"].astype(np.int32), found["first"].astype(np.int32)
        found["split"] = np.where(found["split"] >= 0, found["split"] + base, -1).astype(np.int32)
        found["first"] = (found["first"] + base).astype(np.int32)
        found["last"] = (found["last"] + base).astype(np.int32)
        found["shape"] = _packed(found)
        self._edges.append((base, base + places - 1))
        self._places += places
        self._parts.append(found)

    def close(self, curves: np.ndarray, starts: np.ndarray) -> None:
        """Sort the arcs; no section can be added afterwards.

        Args:
            curves: Maps corners of the curves to table entries.
            starts: Index of the first entry of each table among all entries.
        """
        every = {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}
        self._parts.clear()
        order = np.lexsort((every["last"], every["level"]))
        every = {name: values[order] for name, values in every.items()}
        self.arcs = len(order)
        self._first, self._last, self._section = every["first"], every["last"], every["section"]
        self._split = np.where(every["split"] < 0, self._places, every["split"]).astype(np.int32)
        kinds, shape = np.unique(every["shape"], return_inverse=True)
        self._shape = shape.astype(np.int32)
        self._corners = sum(curves[entries + start] for entries, start in zip(_unpacked(kinds), starts, strict=True))
        rows, columns = np.concatenate(self._rows), np.concatenate(self._columns)
        self._matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(self._places + 1, self.features))
        edges = np.array(self._edges)
        self._starts, self._ends = edges[:, 0], edges[:, 1]
        everything = np.arange(self.arcs, dtype=np.int32)
        self._forward = _plan(everything, every["level"], self._last, 1)
        self._backward = _plan(everything, every["depth"], self._first, -1)
        self._theirs = np.nonzero(every["people"])[0]
        self._their_plans = (
            _plan(self._theirs, every["level"], self._last, 1),
            _plan(self._theirs, every["depth"], self._first, -1),
        )
        self._potential = np.zeros(self._places + 1)
        self._known = False  # whether the potentials come from a sum

    def unlikeliness(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log-likelihood of people's segmentation, and its gradient.

        Args:
            values: Scores (negated costs) of cue ends and of line ends by feature, then the corners of the curves.
        """
        cut = self.features
        cue, line = self._matrix @ values[:cut], self._matrix @ values[cut : 2 * cut]
        score = (self._corners @ values[2 * cut :])[self._shape]
        score += cue[self._last]
        score += line[self._split]
        theirs, wanted = self._logarithmic(score, *self._their_plans, self._theirs)
        surplus, total = self._chances(score)
        surplus[self._theirs] -= theirs
        by_shape = self._corners.T @ np.bincount(self._shape, surplus, len(self._corners))
        by_line = np.bincount(self._split, surplus, self._places + 1)
        by_line[-1] = 0.0
        by_cue = self._matrix.T @ np.bincount(self._last, surplus, self._places + 1)
        return float((total - wanted).sum()), np.r_[by_cue, self._matrix.T @ by_line, by_shape]

    def _chances(self, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probability of every arc, and the log of the sum over all paths of each section; `score` is overwritten."""
        if not self._known:
            self._potential = -self._recursion(self._starts, score, self._forward, self._first)
            self._known = True
        held = self._potential
        score += held[self._last]
        score -= held[self._first]
        weight = np.exp(score, out=score)
        before = self._sums(self._starts, weight, self._forward, self._first)
        behind = self._sums(self._ends, weight, self._backward, self._last)
        whole = before[self._ends]
        if not np.isfinite(whole).all() or (whole <= 0.0).any():
            raise FloatingPointError("a step was too long for plain weights; learn from the start with smaller steps")
        total = np.log(whole) - held[self._ends] + held[self._starts]
        weight *= before[self._first]
        weight *= behind[self._last]
        weight /= whole[self._section]
        reached = before > 0.0
        self._potential = np.where(reached, held - np.log(np.where(reached, before, 1.0)), held)
        return weight, total

    def _sums(self, begun: np.ndarray, weight: np.ndarray, plan: _Plan, source: np.ndarray) -> np.ndarray:
        reached = np.zeros(self._places + 1)
        reached[begun] = 1.0
        for some, groups, targets, _ in plan:
            reached[targets] = np.add.reduceat(weight[some] * reached[source[some]], groups)
        return reached

    def _logarithmic(
        self, score: np.ndarray, forward: _Plan, backward: _Plan, some: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same for some arcs, with logarithms."""
        first, last = self._first, self._last
        before = self._recursion(self._starts, score, forward, first)
        behind = self._recursion(self._ends, score, backward, last)
        total = before[self._ends]
        return np.exp(before[first[some]] + score[some] + behind[last[some]] - total[self._section[some]]), total

    def _recursion(self, begun: np.ndarray, score: np.ndarray, plan: _Plan, source: np.ndarray) -> np.ndarray:
        reached = np.full(self._places + 1, -1e30)
        reached[begun] = 0.0
        for some, groups, targets, lengths in plan:
            value = score[some] + reached[source[some]]
            most = np.maximum.reduceat(value, groups)
            reached[targets] = most + np.log(np.add.reduceat(np.exp(value - np.repeat(most, lengths)), groups))
        return reached


_BITS = (7, 8, 7, 7, 8, 3, 2)  # bits of the entries of each of `TABLES`


def _packed(found: Arcs) -> np.ndarray:
    """The table entries of every arc as one number; takes them out of the columns."""
    key = np.zeros(len(found["first"]), np.int64)
    for name, bits in zip(TABLES, _BITS, strict=True):
        key = (key << bits) | found.pop(name).astype(np.int64)
    return key


def _unpacked(keys: np.ndarray) -> list[np.ndarray]:
    """The table entries of packed numbers, by table."""
    found = []
    for bits in reversed(_BITS):
        found.append(keys & ((1 << bits) - 1))
        keys = keys >> bits
    return found[::-1]


_Plan = list[tuple[slice | np.ndarray, np.ndarray, np.ndarray, np.ndarray]]


def _plan(some: np.ndarray, level: np.ndarray, target: np.ndarray, direction: int) -> _Plan:
    """Arcs by level, and within a level by the place at which they end: one step of a recursion each."""
    order = some[np.lexsort((target[some], direction * level[some]))]
    found, levels = [], level[order]
    edges = np.nonzero(np.r_[True, levels[1:] != levels[:-1], True])[0]
    for begun, ended in itertools.pairwise(edges):
        part = order[begun:ended]
        targets = target[part]
        groups = np.nonzero(np.r_[True, targets[1:] != targets[:-1]])[0]
        lengths = np.diff([*groups, len(part)])
        whole = part[-1] - part[0] + 1 == len(part) and bool((np.diff(part) == 1).all())
        found.append((slice(part[0], part[-1] + 1) if whole else part, groups, targets[groups], lengths))
    return found
