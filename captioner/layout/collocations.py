"""Pairs of neighbouring words that a programme says again and again: its names and terms.

The one rule: the programme itself is the only evidence, so that terms no dictionary has are found in any language.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captioner.layout.chunks import Chunk

__all__ = ["LEVELS", "pair_levels"]

LEVELS = 5  # of a pair; see `pair_levels`
_SHIFT = 32  # bits of the second word's number in the number of a pair


def pair_levels(turns: Sequence[Sequence[Chunk]]) -> list[bytes]:
    """Strength of the bond between each word and the next one, judged by the whole programme.

    Args:
        turns: The chunks of each turn.

    Returns:
        For each turn one level per chunk but the last. 0: the pair occurs once. 1: it occurs again, but in less than
        30 % of the cases of its rarer word; 2: in less than 60 %. 3: twice, in 60 % or more; 4: the same three times or
        more. People break pairs of level 4 three to ten times less often than other pairs of words.
    """
    numbers: dict[str, int] = {}
    words = [array("I", [numbers.setdefault(chunk.lookup_key, len(numbers)) for chunk in turn]) for turn in turns]
    counts = [0] * len(numbers)
    pairs = array("Q")
    for turn in words:
        pairs.extend(_pairs(turn))
        for number in turn:
            counts[number] += 1
    levels = _levels(pairs, counts)
    level = levels.get
    return [bytes([level(pair, 0) for pair in _pairs(turn)]) for turn in words]


def _pairs(words: Sequence[int]) -> list[int]:
    return [one << _SHIFT | other for one, other in pairwise(words)]


def _levels(pairs: Iterable[int], counts: Sequence[int]) -> dict[int, int]:
    """Level of every pair that occurs more than once; pairs are sorted, because a table of them all is large."""
    ordered = sorted(pairs)
    again = Counter([one for one, other in pairwise(ordered) if one == other])
    levels = {}
    for pair, more in again.items():
        share = (more + 1) / min(counts[pair >> _SHIFT], counts[pair & (1 << _SHIFT) - 1])
        levels[pair] = 1 if share < 0.3 else 2 if share < 0.6 else 3 if more == 1 else 4
    return levels
