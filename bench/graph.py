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
    """All arcs of all sections, in the order that the recursions need."""

    def __init__(self, features: int) -> None:
        self.features = features
        self.arcs = 0
        self._parts: list[Arcs] = []
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._places = 0
        self._edges: list[tuple[int, int]] = []

    def add(self, found: Arcs | None, features: Sequence[Sequence[int]]) -> None:
        """Add a section: its arcs, and the feature numbers of each inner place."""
        if found is None:
            return
        base, places = self._places, found.pop("places")
        for place, numbers in enumerate(features, 1):
            self._rows += [base + place] * len(numbers)
            self._columns += numbers
        found["section"] = np.full(len(found["first"]), len(self._edges))
        found["level"], found["depth"] = found["last"].copy(), found["first"].copy()
        found["split"] = np.where(found["split"] >= 0, found["split"] + base, -1)
        found["first"], found["last"] = found["first"] + base, found["last"] + base
        self._edges.append((base, base + places - 1))
        self._places += places
        self._parts.append(found)

    def close(self) -> None:
        """Sort the arcs; no section can be added afterwards."""
        every = {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}
        order = np.lexsort((every["last"], every["level"]))
        self._arc = {name: values[order] for name, values in every.items()}
        self.arcs = len(order)
        self._parts.clear()
        self._arc["split"] = np.where(self._arc["split"] < 0, self._places, self._arc["split"])
        ones = np.ones(len(self._rows))
        self._matrix = csr_matrix((ones, (self._rows, self._columns)), shape=(self._places + 1, self.features))
        edges = np.array(self._edges)
        self._starts, self._ends = edges[:, 0], edges[:, 1]
        self._theirs = np.nonzero(self._arc["people"])[0]
        everything = np.arange(self.arcs)
        self._plans = [
            (
                _plan(some, self._arc["level"], self._arc["last"], 1),
                _plan(some, self._arc["depth"], self._arc["first"], -1),
            )
            for some in (everything, self._theirs)
        ]

    def unlikeliness(self, values: np.ndarray, curves: np.ndarray, starts: np.ndarray) -> tuple[float, np.ndarray]:
        """Minus the log-likelihood of people's segmentation, and its gradient.

        Args:
            values: Scores (negated costs) of cue ends and of line ends by feature, then the corners of the curves.
            curves: Maps corners to table entries.
            starts: Index of the first entry of each table among all entries.
        """
        arc, cut = self._arc, self.features
        cue, line = self._matrix @ values[:cut], self._matrix @ values[cut : 2 * cut]
        table = curves @ values[2 * cut :]
        score = cue[arc["last"]] + line[arc["split"]]
        for name, start in zip(TABLES, starts, strict=True):
            score += table[arc[name] + start]
        every, total = self._chances(score, *self._plans[0], np.arange(self.arcs))
        theirs, wanted = self._chances(score, *self._plans[1], self._theirs)
        surplus = every
        surplus[self._theirs] -= theirs
        by_table = [
            np.bincount(arc[name], surplus, end)
            for name, end in zip(TABLES, np.diff([*starts, len(table)]), strict=True)
        ]
        places = self._places + 1
        by_line = np.bincount(arc["split"], surplus, places)
        by_line[-1] = 0.0
        by_cue = self._matrix.T @ np.bincount(arc["last"], surplus, places)
        return float((total - wanted).sum()), np.r_[
            by_cue, self._matrix.T @ by_line, curves.T @ np.concatenate(by_table)
        ]

    def _chances(
        self, score: np.ndarray, forward: _Plan, backward: _Plan, some: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Probability of some arcs, and the log of the sum over all paths of each section."""
        first, last = self._arc["first"], self._arc["last"]
        before = self._recursion(self._starts, score, forward, first)
        behind = self._recursion(self._ends, score, backward, last)
        total = before[self._ends]
        return np.exp(before[first[some]] + score[some] + behind[last[some]] - total[self._arc["section"][some]]), total

    def _recursion(self, begun: np.ndarray, score: np.ndarray, plan: _Plan, source: np.ndarray) -> np.ndarray:
        reached = np.full(self._places + 1, -1e30)
        reached[begun] = 0.0
        for some, groups, targets, lengths in plan:
            value = score[some] + reached[source[some]]
            most = np.maximum.reduceat(value, groups)
            reached[targets] = most + np.log(np.add.reduceat(np.exp(value - np.repeat(most, lengths)), groups))
        return reached


_Plan = list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]


def _plan(some: np.ndarray, level: np.ndarray, target: np.ndarray, direction: int) -> _Plan:
    """Arcs by level, and within a level by the place at which they end: one step of a recursion each."""
    order = some[np.lexsort((target[some], direction * level[some]))]
    found, levels = [], level[order]
    edges = np.nonzero(np.r_[True, levels[1:] != levels[:-1], True])[0]
    for begun, ended in itertools.pairwise(edges):
        part = order[begun:ended]
        targets = target[part]
        groups = np.nonzero(np.r_[True, targets[1:] != targets[:-1]])[0]
        found.append((part, groups, targets[groups], np.diff([*groups, len(part)])))
    return found
