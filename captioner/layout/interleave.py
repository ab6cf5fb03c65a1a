"""Turns in order of time where voices overlap: a word thrown in is shown when it is heard, not after the sentence.

The one rule: a turn is parted at most once for each sentence thrown in, between two atoms that may be parted, so that
every promise about turns holds for the parts. Only short sentences part another's turn; two people who talk at once at
length stay as they are, because captions that take turns every second can be read by nobody.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from captioner.layout.atoms import Atom, Turn
from captioner.layout.breaks import mark

__all__ = ["interleaved"]

THROWN_IN_MS = 2500  # a longer sentence is no interjection: eight words at an ordinary rate
LEFT_MS = 1000  # where so little of the turn is left, the other voice follows it as if it had waited
REACH_MS = 3000  # how far behind the interjection a mark is looked for; BBC lets captions lag by 2 s, seldom more
AT_EASE_MS = 920  # what a word or two need: the 5/6 s of Netflix's minimum and its two frames
WAIT_MS = 1000  # how late an interjection may come (BBC: captions lag by 2 s at most, better less)
_RANKS = {"sentence": 0, "stop": 0, "clause": 1, "comma": 1}


def interleaved(turns: Sequence[Turn]) -> list[Turn]:
    """Part turns where another voice throws something in.

    Args:
        turns: In order of their first words.

    Returns:
        The same atoms in turns; neighbours of one voice and language are one turn. What is thrown in may wait a little.
    """
    if not any(_inside(one, other) for one, other in pairwise(turns)):
        return list(turns)
    waiting = list(turns)[::-1]  # the next one last
    found: list[Turn] = []
    while waiting:
        turn = waiting.pop()
        place = _place(turn, waiting[-1]) if waiting else 0
        if not place:
            found.append(turn)
            continue
        thrown, *rest = _first_sentence(waiting.pop())
        found += [turn._replace(atoms=turn.atoms[:place]), _late(thrown, turn.atoms[place].start_ms)]
        _put_back(waiting, [turn._replace(atoms=turn.atoms[place:]), *rest])
    return list(_joined(found))


def _inside(turn: Turn, other: Turn) -> bool:
    """Whether another voice begins well before a turn ends."""
    return other.speaker != turn.speaker and turn.atoms[-1].end_ms - other.atoms[0].start_ms >= LEFT_MS


def _place(turn: Turn, other: Turn) -> int:
    """Before which atom a turn is parted for the other's first sentence, 0 for nowhere."""
    if not _inside(turn, other):
        return 0
    thrown = _first_sentence(other)[0].atoms
    heard, over = thrown[0].start_ms, thrown[-1].end_ms
    if over - heard > THROWN_IN_MS or over > turn.atoms[-1].end_ms:
        return 0
    atoms = turn.atoms
    first = max(1, bisect_left(atoms, heard, key=_start))
    stop = bisect_left(atoms, heard + REACH_MS, key=_start)
    best = heard + AT_EASE_MS
    places = [place for place in range(first, stop) if not atoms[place].glue]
    return min(places, key=lambda place: (_rank(atoms[place - 1]), abs(atoms[place].start_ms - best)), default=0)


def _late(thrown: Turn, following_ms: int) -> Turn:
    """The interjection heard as late as it may be shown, so that what it is thrown into can be read first."""
    wait = min(WAIT_MS, following_ms - AT_EASE_MS - thrown.atoms[0].start_ms)
    if wait <= 0:
        return thrown
    later = [atom._replace(start_ms=atom.start_ms + wait, end_ms=atom.end_ms + wait) for atom in thrown.atoms]
    return thrown._replace(atoms=later)


def _start(atom: Atom) -> int:
    return atom.start_ms


def _rank(atom: Atom) -> int:
    return _RANKS.get(mark(atom.text, sentence_end=atom.sentence_end), 2)


def _first_sentence(turn: Turn) -> list[Turn]:
    """The turn's first sentence as a turn, and what is left as another."""
    ends = next(index for index, atom in enumerate(turn.atoms, 1) if atom.segment_end or index == len(turn.atoms))
    parts = [turn.atoms[:ends], turn.atoms[ends:]]
    return [turn._replace(atoms=atoms) for atoms in parts if atoms]


def _put_back(waiting: list[Turn], parts: Iterable[Turn]) -> None:
    """Put parts of turns among those that wait, by when they begin."""
    for part in parts:
        place = len(waiting)
        while place and waiting[place - 1].atoms[0].start_ms <= part.atoms[0].start_ms:
            place -= 1
        waiting.insert(place, part)


def _joined(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Neighbours of one voice in one language as one turn."""
    last: Turn | None = None
    for turn in turns:
        if last is not None and (last.speaker, last.profile) == (turn.speaker, turn.profile):
            last = last._replace(atoms=[*last.atoms, *turn.atoms])
            continue
        if last is not None:
            yield last
        last = turn
    if last is not None:
        yield last
