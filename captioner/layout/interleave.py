"""Orders turns in time where voices overlap: an interjection is shown when it is heard, not after the sentence.

The one rule: a turn is split at most once for each interjection, between two chunks that may be split, so that all
guarantees about turns hold for the parts. Only short sentences split another's turn; two people who talk at once at
length are not interleaved, because captions that change speakers every second cannot be read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from captioner.layout.breaks import end_mark
from captioner.layout.chunks import Chunk, Chunks, LayoutTurn

__all__ = ["interleave"]

MAX_INTERJECTION_MS = 2500  # eight words at an ordinary rate; a longer sentence is not an interjection
MIN_REMAINDER_MS = 1000  # with less of the turn remaining, the other voice simply follows it
SEARCH_MS = 3000  # distance after the interjection in which a mark is searched; BBC lets captions lag by 2 s
MIN_READING_MS = 920  # time to read a word or two: 5/6 s, Netflix's minimum, and two frames
MAX_DELAY_MS = 1000  # largest delay of an interjection (BBC: captions lag by 2 s at most, better less)
_RANKS = {"sentence": 0, "stop": 0, "clause": 1, "comma": 1}


def interleave(turns: Sequence[LayoutTurn]) -> list[LayoutTurn]:
    """Split turns where another voice interjects something.

    Args:
        turns: In order of their first words.

    Returns:
        The same chunks in turns; consecutive turns of one speaker and language are joined. An interjection may be
        delayed a little.
    """
    if not any(_is_inside(one, other) for one, other in pairwise(turns)):
        return list(turns)
    waiting = list(turns)[::-1]  # in reverse order
    found: list[LayoutTurn] = []
    while waiting:
        turn = waiting.pop()
        place = _split_index(turn, waiting[-1]) if waiting else 0
        if not place:
            found.append(turn)
            continue
        thrown, *rest = _first_sentence(waiting.pop())
        found += [turn._replace(chunks=turn.chunks[:place]), _delay(thrown, turn.chunks.start_ms[place])]
        _put_back(waiting, [turn._replace(chunks=turn.chunks[place:]), *rest])
    return list(_merge_neighbours(found))


def _is_inside(turn: LayoutTurn, other: LayoutTurn) -> bool:
    """Whether another voice begins well before a turn ends."""
    return other.speaker != turn.speaker and turn.chunks.end_ms[-1] - other.chunks.start_ms[0] >= MIN_REMAINDER_MS


def _split_index(turn: LayoutTurn, other: LayoutTurn) -> int:
    """Index of the chunk before which a turn is split for the other's first sentence; 0 for no split."""
    if not _is_inside(turn, other):
        return 0
    chunks, said = turn.chunks, other.chunks
    heard, over = said.start_ms[0], said.end_ms[_first_segment(said) - 1]
    if over - heard > MAX_INTERJECTION_MS or over > chunks.end_ms[-1]:
        return 0
    first = max(1, bisect_left(chunks.start_ms, heard))
    stop = bisect_left(chunks.start_ms, heard + SEARCH_MS)
    best = heard + MIN_READING_MS
    places = [place for place in range(first, stop) if not chunks.holds[place]]
    return min(places, key=lambda place: (_rank(chunks[place - 1]), abs(chunks.start_ms[place] - best)), default=0)


def _delay(thrown: LayoutTurn, following_ms: int) -> LayoutTurn:
    """Delay an interjection as far as allowed, so that the text before it can be read first."""
    wait = min(MAX_DELAY_MS, following_ms - MIN_READING_MS - thrown.chunks.start_ms[0])
    if wait <= 0:
        return thrown
    later = [chunk._replace(start_ms=chunk.start_ms + wait, end_ms=chunk.end_ms + wait) for chunk in thrown.chunks]
    return thrown._replace(chunks=Chunks.of(later))


def _rank(chunk: Chunk) -> int:
    return _RANKS.get(end_mark(chunk.text, sentence_end=chunk.sentence_end), 2)


def _first_sentence(turn: LayoutTurn) -> list[LayoutTurn]:
    """The turn's first sentence, and the rest as another turn."""
    ends = _first_segment(turn.chunks)
    parts = [turn.chunks[:ends], turn.chunks[ends:]]
    return [turn._replace(chunks=chunks) for chunks in parts if chunks]


def _first_segment(chunks: Chunks) -> int:
    """Number of chunks up to where the recogniser first ended a sentence."""
    end = chunks.segment_ends.find(1)
    return len(chunks) if end < 0 else end + 1


def _put_back(waiting: list[LayoutTurn], parts: Iterable[LayoutTurn]) -> None:
    """Put parts of turns back among the waiting turns, by their start."""
    for part in parts:
        place = len(waiting)
        while place and waiting[place - 1].chunks.start_ms[0] <= part.chunks.start_ms[0]:
            place -= 1
        waiting.insert(place, part)


def _merge_neighbours(turns: Iterable[LayoutTurn]) -> Iterator[LayoutTurn]:
    """Join consecutive turns of one speaker in one language."""
    last: LayoutTurn | None = None
    for turn in turns:
        if last is not None and (last.speaker, last.profile) == (turn.speaker, turn.profile):
            last = last._replace(chunks=last.chunks + turn.chunks)
            continue
        if last is not None:
            yield last
        last = turn
    if last is not None:
        yield last
