"""Pairs of neighbouring words that a programme says again and again: its names and terms.

The one rule: the programme itself is the only evidence, so that terms no dictionary has are found in any language.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from operator import add, itemgetter, mul

from captioner.layout.chunks import Chunk, Chunks

__all__ = ["LEVELS", "pair_levels"]

LEVELS = 5  # of a pair; see `pair_levels`
_KEY = itemgetter(2)  # the look-up key of a piece


def pair_levels(turns: Sequence[Sequence[Chunk]]) -> list[bytes]:
    """Strength of the bond between each word and the next one, judged by the whole programme.

    Args:
        turns: The chunks of each turn.

    Returns:
        For each turn one level per chunk but the last. 0: the pair occurs once. 1: it occurs again, but in less than
        30 % of the cases of its rarer word; 2: in less than 60 %. 3: twice, in 60 % or more; 4: the same three times or
        more. People break pairs of level 4 three to ten times less often than other pairs of words.
    """
    numbers = _Numbers()
    words = [array("I", map(numbers.__getitem__, map(_KEY, Chunks.of(turn).pieces))) for turn in turns]
    counts = Counter(chain.from_iterable(words))
    size = len(numbers)
    pairs = [array("Q", map(add, map(mul, turn, repeat(size)), turn[1:])) for turn in words]
    level = _levels(Counter(chain.from_iterable(pairs)), counts, size).get
    return [bytes(map(level, turn, repeat(0))) for turn in pairs]


class _Numbers(dict[str, int]):
    """Numbers of words, given out in order."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def _levels(pairs: Mapping[int, int], counts: Mapping[int, int], size: int) -> dict[int, int]:
    """Level of every pair that occurs more than once; the number of a pair is that of its first word times `size`."""
    levels = {}
    for pair, times in pairs.items():
        if times > 1:
            share = times / min(counts[pair // size], counts[pair % size])
            levels[pair] = 1 if share < 0.3 else 2 if share < 0.6 else 3 if times == 2 else 4
    return levels
