"""What a break after each atom of a turn costs: the features of `breaks`, summed with the weights of `costs`.

The one rule: a word is looked at once. What it costs before and after it is kept, because talk repeats itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from captioner.layout import breaks
from captioner.layout.costs import Costs

if TYPE_CHECKING:
    from captioner.layout.atoms import Atom
    from captioner.layout.lexicon import Profile

__all__ = ["Scale"]

_Pair = tuple[float, float]
_PAUSE_STEP_MS = 100


class Scale:
    """Weighs the breaks of turns in one language.

    Args:
        profile: The language's words.
        costs: The language's costs.
    """

    def __init__(self, profile: Profile, costs: Costs) -> None:
        self._profile = profile
        self.costs = costs
        self._after: dict[tuple[str, bool], tuple[float, float, str]] = {}
        self._before: dict[tuple[str, bool], _Pair] = {}
        self._pairs: dict[tuple[str, str, bool, bool], _Pair] = {}
        self._near = [[self._sum((f"near.{side}.{words}",)) for words in range(1, breaks.WORDS_NEAR + 1)]
                      for side in ("since", "until")]  # fmt: skip
        self._pause = [self._pause_cost(step * _PAUSE_STEP_MS) for step in range(25)]

    def weigh(self, atoms: Sequence[Atom]) -> tuple[list[float], list[float]]:
        """Costs of ending a cue, and of ending a line, after each atom."""
        cue: list[float] = []
        line: list[float] = []
        marks: list[str] = []
        after, before = self._after, self._before
        for left, right in zip(atoms, [*atoms[1:], None], strict=True):
            known = after.get((left.text, left.sentence_end)) or self._weigh_after(left)
            ends_cue, ends_line, mark = known
            marks.append(mark)
            if right is not None:
                if mark != "sentence":
                    more = before.get((right.text, right.sentence_end)) or self._weigh_before(right)
                    both = self._weigh_pair(left, right)
                    ends_cue += more[0] + both[0]
                    ends_line += more[1] + both[1]
                pause = right.start_ms - left.end_ms
                if pause >= _PAUSE_STEP_MS:
                    ends_cue += self._pause[min(pause // _PAUSE_STEP_MS, 24)]
            cue.append(ends_cue)
            line.append(ends_line)
        self._add_near(marks, cue, line)
        return cue, line

    def _sum(self, features: Sequence[str]) -> _Pair:
        cue, line = self.costs.cue, self.costs.line
        return sum(cue.get(f, 0.0) for f in features), sum(line.get(f, 0.0) for f in features)

    def _weigh_after(self, atom: Atom) -> tuple[float, float, str]:
        mark = breaks.mark(atom.text, sentence_end=atom.sentence_end)
        found = (*self._sum(tuple(breaks.after(atom, self._profile))), mark)
        self._after[atom.text, atom.sentence_end] = found
        return found

    def _weigh_before(self, atom: Atom) -> _Pair:
        found = self._sum(tuple(breaks.before(atom, self._profile)))
        self._before[atom.text, atom.sentence_end] = found
        return found

    def _weigh_pair(self, left: Atom, right: Atom) -> _Pair:
        key = (left.text, right.text, right.space, left.sentence_end)
        found = self._pairs.get(key)
        if found is None:
            found = self._pairs[key] = self._sum(tuple(breaks.pair(left, right, self._profile)))
        return found

    def _pause_cost(self, pause_ms: int) -> float:
        """Silence invites a cue to end: nothing below `pause_from_ms`, then so much a second, up to a bound."""
        hand = self.costs.hand
        over = max(0, pause_ms - hand["pause_from_ms"]) / 1000
        return -min(hand["pause_most"], hand["pause_per_s"] * over)

    def _add_near(self, marks: Sequence[str], cue: list[float], line: list[float]) -> None:
        """Add what a plain break costs for the few words it leaves before or behind a mark."""
        since, until = self._near
        distance, most = 0, len(since)
        for index, mark in enumerate(marks):
            distance = distance + 1 if mark == "plain" else 0
            if 0 < distance <= most:
                cue[index] += since[distance - 1][0]
                line[index] += since[distance - 1][1]
        distance = 0
        for index in range(len(marks) - 1, -1, -1):
            if marks[index] != "plain":
                distance = 1
                continue
            if 0 < distance <= most:
                cue[index] += until[distance - 1][0]
                line[index] += until[distance - 1][1]
            distance += 1
