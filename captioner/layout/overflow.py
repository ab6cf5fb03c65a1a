"""Splits groups of chunks, and single chunks, that are wider than a line, at their weakest points.

The one rule: a group is split only when it is wider than a line, and a chunk is cut only when it alone is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import compress, islice
from operator import add, sub

from captioner.layout.chunks import PART, Chunk, Chunks
from captioner.layout.width import clusters, columns

__all__ = ["no_break_runs", "split_overflow"]

_WEAK_POINTS = re.compile(
    r"(?<=[/._\-?&=@:,;+~–—])(?=[^/._\-?&=@:,;+~–—])"
)  # points where an address or a compound may be cut


def split_overflow(chunks: Sequence[Chunk], width: int, *, wide_ambiguous: bool = False) -> tuple[Chunks, list[int]]:
    """Split everything that is wider than a line.

    Args:
        chunks: Chunks of one turn.
        width: Columns of a line.
        wide_ambiguous: As for `width.columns`.

    Returns:
        The chunks, and the numbers of those that had to be cut or separated from the one before them. No chunk is wider
        than the line, and no group that must stay together is.
    """
    of = Chunks.of(chunks)
    wide = _wide_runs(of, width)
    if not wide:  # the common case, without a copy
        return of, []
    found, forced, done = Chunks(), list[int](), 0
    for first, last in wide:
        found.extend(of[done:first])
        parts, cut = _split_run(of[first:last], width, wide_ambiguous=wide_ambiguous)
        forced += [len(found) + number for number in cut]
        found.extend(Chunks.of(parts))
        done = last
    found.extend(of[done:])
    return found, forced


_OPPOSITE = bytes.maketrans(b"\0\1", b"\1\0")


def _wide_runs(chunks: Chunks, width: int) -> list[tuple[int, int]]:
    """The groups that must stay together and are wider than a line: their first chunk, and one after their last."""
    pieces, holds, spaces = chunks.pieces, chunks.holds, chunks.spaces
    ends, free = chunks.column_ends(), b"\1" + holds[1:].translate(_OPPOSITE) + b"\1"
    widths = map(sub, islice(compress(ends, free), 1, None), compress(map(add, ends, spaces), free))
    if max(widths, default=0) <= width:
        return []
    found = {(place, place + 1) for place, piece in enumerate(pieces) if piece[1] > width}
    place = holds.find(1, 1)
    while place > 0:
        first, total = place - 1, pieces[place - 1][1]
        while place < len(pieces) and holds[place]:
            total += pieces[place][1] + spaces[place]
            place += 1
        if total > width:
            found = {run for run in found if not first <= run[0] < place} | {(first, place)}
        place = holds.find(1, place)
    return sorted(found)


def _split_run(run: Sequence[Chunk], width: int, *, wide_ambiguous: bool) -> tuple[list[Chunk], list[int]]:
    """Split one group that is wider than a line; see `split_overflow`."""
    found: list[Chunk] = []
    forced: list[int] = []
    for number, chunk in enumerate(run):
        if number:
            chunk = chunk._replace(no_break_before=_still_fits(found, chunk, width))
            if not chunk.no_break_before:
                forced.append(len(found))
        if chunk.columns <= width:
            found.append(chunk)
            continue
        for part in _split_chunk(chunk, width, wide_ambiguous=wide_ambiguous):
            if part.kind == PART:
                forced.append(len(found))
            found.append(part)
    return found, forced


def no_break_runs(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    """Chunks in groups that must stay together."""
    run: list[Chunk] = []
    for chunk in chunks:
        if run and not chunk.no_break_before:
            yield run
            run = []
        run.append(chunk)
    if run:
        yield run


def _still_fits(found: Sequence[Chunk], chunk: Chunk, width: int) -> bool:
    """Whether a chunk still fits on the line of its group."""
    total = chunk.columns + chunk.space
    for before in reversed(found):
        total += before.columns
        if total > width:
            return False
        if not before.no_break_before:
            break
        total += before.space
    return True


def _split_chunk(chunk: Chunk, width: int, *, wide_ambiguous: bool) -> Iterator[Chunk]:
    """Cut one chunk into pieces that fit, each with its share of the time; the tokens stay with the first piece."""
    measure = partial(columns, wide_ambiguous=wide_ambiguous)
    texts = [text for text in _pieces(chunk.text, width, measure) if text.strip(" ")]
    total = sum(map(measure, texts)) or 1
    spent, start, spaced = 0, chunk.start_ms, False
    for number, text in enumerate(texts):
        spent += measure(text)
        spaced, inner = text.endswith(" "), spaced or text.startswith(" ")
        text = text.strip(" ")
        end = chunk.start_ms + (chunk.end_ms - chunk.start_ms) * spent // total
        last = number == len(texts) - 1
        yield chunk._replace(
            text=text,
            space=inner if number else chunk.space,
            no_break_before=chunk.no_break_before if not number else False,
            start_ms=start,
            end_ms=end,
            words=chunk.words if not number else (),
            columns=measure(text),
            sentence_end=chunk.sentence_end and last,
            kind=PART if number else chunk.kind,
            segment_end=chunk.segment_end and last,
        )
        start = end


def _pieces(text: str, width: int, measure: Callable[[str], int]) -> Iterator[str]:
    """Parts of a text no wider than a line: cut at weak points where that suffices, otherwise between characters."""
    line = ""
    for part in _WEAK_POINTS.split(text):
        if measure(line + part) <= width:
            line += part
            continue
        if line:
            yield line
        line = ""
        for cluster in clusters(part) if measure(part) > width else (part,):
            if line and measure(line + cluster) > width:
                yield line
                line = ""
            line += cluster
    if line:
        yield line
