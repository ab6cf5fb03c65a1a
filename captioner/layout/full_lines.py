"""Cuts one speaker's turn into cues whose lines are filled, for styles with `line_fill = "full"`.

The rules are those of line-21 captions, read off two recorded lectures (2,155 cues at 32 columns). A sentence begins a
cue; a cue is filled until the next word would not fit, and the last cue of a sentence has what is left. Inside a cue
the line breaks at the first place at or after the middle of its text: all 1,501 cues of two lines are broken so, at
48 % of the places without a mark after an article, a preposition or another word that belongs to the next one. Here
such a place is left for the nearest other one, as long as the line gives up no more than `WEAK` or `STRONG` for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from captioner.layout.chunks import Chunks
from captioner.layout.lexicon import LanguageProfile
from captioner.layout.segment import ChunkRange
from captioner.style import Style

__all__ = ["BREAK_OFF", "LONG_PAUSE_MS", "fill_lines"]

# Shares of a line; with two lines of 32 columns they are 4, 19, 10 and 19 columns.
SPARE = 1 / 8  # a cue that goes on in the next one is full with so much less than all its lines: people's have 60 of 64
LEAST_REST = 0.6  # fewer words are not left alone for the last cue of a sentence: people leave 19 columns
WEAK = 0.3  # given up so that a line does not end on a pronoun, an auxiliary or another word that belongs to the next
STRONG = 0.6  # the same for a preposition or a conjunction; articles are held to their noun everywhere in layout
UNEVEN = 0.5  # for an upper line shorter than the line below it; people have none where another place fits
LONG_PAUSE_MS = 1_000  # a cue ends at such a silence, as it would otherwise stay on screen for long in silence
BREAK_OFF = ("--", "—")  # marks with which speech breaks off or turns elsewhere; people end a caption there


def fill_lines(
    chunks: Chunks, profile: LanguageProfile, style: Style, *, label: int, next_ms: int, pauses: bool = True
) -> list[list[ChunkRange]]:
    """Choose cues and lines.

    Args:
        chunks: Chunks of one turn; no group that must stay together is wider than a line.
        profile: Their language.
        style: Limits.
        label: Columns taken by the speaker's name on the first line.
        next_ms: Start of the next turn.
        pauses: Whether the times tell anything about pauses.

    Returns:
        For each cue its lines, as pairs of chunk numbers (first, one after the last).
    """
    filler = _Filler(chunks, profile, style, label)
    cues: list[list[ChunkRange]] = []
    for first, last in filler.sections(next_ms, pauses=pauses):
        while first < last:
            end = filler.cue_end(first, last)
            cues.append(list(pairwise((first, *filler.line_starts(first, end), end))))
            first = end
    return cues


class _Filler:
    """Widths of a turn, and what the breaks in it cost in columns."""

    def __init__(self, chunks: Chunks, profile: LanguageProfile, style: Style, label: int) -> None:
        self._chunks, self._profile, self._style = chunks, profile, style
        self._ends = chunks.column_ends()
        self._starts = [end + space for end, space in zip(self._ends, chunks.spaces, strict=False)]
        self._starts[0] -= label
        self._columns = style.max_columns
        self._strong = profile.prepositions | profile.break_before | profile.binds_forward

    def sections(self, next_ms: int, *, pauses: bool) -> Iterator[ChunkRange]:
        """Parts of the turn that no cue goes beyond; one that could not be read before the next has it added."""
        chunks, style = self._chunks, self._style
        slot_ms = style.min_duration_ms + style.min_gap_ms
        room = self._columns * style.max_lines
        ends = [place for place in range(1, len(chunks)) if self._ends_section(place, pauses=pauses)]
        first = 0
        for place, following in pairwise((*ends, len(chunks), len(chunks))):
            if place < len(chunks):
                shown_ms = chunks.start_ms[place] - chunks.start_ms[first]
                if shown_ms < slot_ms and self._width(first, following) <= room:
                    continue
            yield first, place
            first = place

    def _ends_section(self, place: int, *, pauses: bool) -> bool:
        chunks = self._chunks
        if chunks.holds[place]:
            return False
        if chunks.sentence_ends[place - 1] or chunks.pieces[place - 1].text.endswith(BREAK_OFF):
            return True
        return pauses and chunks.start_ms[place] - chunks.end_ms[place - 1] >= LONG_PAUSE_MS

    def cue_end(self, first: int, last: int) -> int:
        """The place at which a cue ends that begins at a chunk of a part of the turn."""
        places = list(self._cue_ends(first, last))
        if places[-1] == last:
            return last
        full = self._columns * (self._style.max_lines - SPARE)
        least_rest = self._columns * LEAST_REST

        def cost(place: int) -> float:
            missing = full - self._width(first, place)
            short = max(0.0, least_rest - self._width(place, last))
            return max(missing, -3 * missing) + 2 * short + self._given_up(place)

        return min(places, key=cost)

    def _cue_ends(self, first: int, last: int) -> Iterator[int]:
        """Places where a cue may end: at least one, and those up to which it fits and is not too long."""
        chunks, holds = self._chunks, self._chunks.holds
        until_ms = chunks.start_ms[first] + self._style.max_duration_ms
        line_start, lines, before = first, 1, 0
        for place in range(first + 1, last + 1):
            if place < last and holds[place]:
                continue
            if before and chunks.end_ms[place - 1] > until_ms:
                return
            if self._width(line_start, place) > self._columns and before:
                line_start, lines = before, lines + 1
                if lines > self._style.max_lines:
                    return
            yield place
            before = place

    def line_starts(self, first: int, last: int) -> tuple[int, ...]:
        """The chunks at which the second and later lines of a cue begin; the cue has as few lines as possible."""
        for lines in range(1, self._style.max_lines):
            if (found := self._split(first, last, lines)) is not None:
                return found
        return self._split(first, last, self._style.max_lines) or ()

    def _split(self, first: int, last: int, lines: int) -> tuple[int, ...] | None:
        """The same for a given number of lines; None where the text does not fit in them."""
        width = self._width(first, last)
        if lines == 1:
            return () if width <= self._columns else None
        best, least = None, float("inf")
        for place in range(first + 1, last):
            upper = self._width(first, place)
            if upper > self._columns and best is not None:
                break
            if self._chunks.holds[place] or upper > self._columns:
                continue
            more = upper - width / lines
            cost = (more if more >= 0 else self._columns * UNEVEN - more) + self._given_up(place)
            if cost < least and (below := self._split(place, last, lines - 1)) is not None:
                best, least = (place, *below), cost
        return best

    def _given_up(self, place: int) -> float:
        """Columns that a line may leave empty so that it does not end at a place."""
        pieces = self._chunks.pieces
        if place >= len(pieces) or not pieces[place - 1].text[-1].isalnum() or self._chunks.sentence_ends[place - 1]:
            return 0.0
        key, profile = pieces[place - 1].lookup_key, self._profile
        if key in profile.no_break_after:
            return self._columns * (STRONG if key in self._strong else WEAK)
        return self._columns * WEAK if pieces[place].lookup_key in profile.no_break_before else 0.0

    def _width(self, first: int, last: int) -> int:
        return self._ends[last] - self._starts[first]
