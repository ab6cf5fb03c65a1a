"""Finds where in a turn no break is allowed, and where sentences end, by the rules of `no_break`.

The one rule: a place is decided by the pieces around it, and only pieces whose features can have an effect are looked
at: two of three have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress
from operator import itemgetter

from captioner.layout.lexicon import LanguageProfile
from captioner.layout.no_break import (
    BACKWARD,
    BINDS_BACK,
    BINDS_NEXT,
    CLEAR_STOP,
    CLOSES,
    COMMA_LAST,
    ENDS_PHRASE,
    FORWARD,
    LETTER_LAST,
    LOOKS_AHEAD,
    LOOKS_BACK,
    MAY_BIND_NEXT,
    OPENS,
    OPENS_BRACKET,
    SMALL,
    TITLE,
    WORD,
    Features,
    is_bound_pair,
    is_sentence_end,
    is_surname,
    is_trailing,
    is_unbreakable,
    open_bracket,
)

__all__ = ["find_no_break_places"]

_WIDEST_BRACKET = 26  # columns: people break 12 of 2,600 up to there; also the narrowest line in use


def find_no_break_places(
    pieces: Sequence[Features],
    spaces: bytes | bytearray,
    segment_ends: bytes | bytearray,
    lower: Sequence[bool],
    profile: LanguageProfile,
) -> tuple[bytearray, bytearray]:
    """For each piece of a turn whether a break before it is forbidden, and whether a sentence ends after it.

    Args:
        pieces: The pieces of the turn.
        spaces: 1 where a space is printed before a piece.
        segment_ends: 1 where the recogniser ended a sentence.
        lower: For each of the recogniser's sentences whether it is all in lower case.
        profile: Profile of their language.
    """
    places = _Places(pieces, segment_ends, profile)
    places.hold_bound_pairs()
    places.apply_other_rules(lower)
    places.hold_particles()
    if not profile.spaces:
        places.allow_breaks_at_spaces(spaces)
    places.hold_brackets(spaces)
    return places.holds, places.stops


class _Places:
    """The places of one turn.

    Attributes:
        holds: For each piece 1 where a break before it is forbidden.
        stops: For each piece 1 where a sentence ends after it.
    """

    def __init__(self, pieces: Sequence[Features], segment_ends: bytes | bytearray, profile: LanguageProfile) -> None:
        self.holds, self.stops = bytearray(len(pieces)), bytearray(len(pieces))
        self._pieces, self._profile = pieces, profile
        self._effects = bytes(map(itemgetter(6), pieces))
        self._is_first, self._is_last = b"\1" + segment_ends[:-1], segment_ends

    def _with(self, effects: int) -> Iterator[int]:
        """The pieces with any of some effects."""
        return compress(range(len(self._pieces)), self._effects.translate(_ANY_OF[effects]))

    def hold_bound_pairs(self) -> None:
        """Forbid breaks inside pairs of which the first word binds the second, by itself or as a pair of the profile.

        `apply_other_rules` decides again where the second piece has a rule of its own.
        """
        pieces, holds, is_last, profile = self._pieces, self.holds, self._is_last, self._profile
        for i in self._with(BINDS_NEXT):
            if not is_last[i]:
                holds[i + 1] = pieces[i][2] != pieces[i + 1][2]  # "the the": a restarted word
        for i in self._with(MAY_BIND_NEXT):
            if not is_last[i]:
                piece = pieces[i]
                holds[i + 1] = not piece[3] & COMMA_LAST and is_bound_pair(piece, pieces[i + 1], profile)

    def apply_other_rules(self, lower: Sequence[bool]) -> None:
        """Apply all rules about two neighbours, from first to last: the end of a sentence has effects behind it."""
        pieces, holds, effects = self._pieces, self.holds, self._effects
        is_first, is_last = self._is_first, self._is_last
        looks = effects.translate(_ANY_OF[LOOKS_AHEAD | LOOKS_BACK])
        marked = (int.from_bytes(looks, "big") | int.from_bytes(is_first, "big")).to_bytes(len(looks), "big")
        sentence, is_lower = -1, False
        for i in compress(range(len(pieces)), marked):
            if is_first[i]:
                sentence += 1
                is_lower = lower[sentence]
                if i:
                    self._end_sentence(i, is_lower=is_lower)
            elif effects[i] & LOOKS_BACK:
                before = pieces[i - 1]
                if pieces[i].bits & BACKWARD == BINDS_BACK and not before.bits & FORWARD:
                    holds[i] = not before.bits & COMMA_LAST
                else:
                    self._link(i, is_lower=is_lower)
            if effects[i] & LOOKS_AHEAD and not is_last[i] and not effects[i + 1] & LOOKS_BACK:
                self._link(i + 1, is_lower=is_lower)
        self._end_last_sentence(is_lower=is_lower)

    def _link(self, second: int, *, is_lower: bool) -> None:
        """Decide about two neighbours of one sentence."""
        first, stops, profile = second - 1, self.stops, self._profile
        a, b = self._pieces[first], self._pieces[second]
        named = self._may_be_named(first)
        ended = is_sentence_end(a, b, profile, lower_case=is_lower, cut=False, named=named)
        opening = first == 0 or bool(stops[first - 1])
        stops[first] = ended
        self.holds[second] = is_unbreakable(a, b, profile, ended=ended, opening=opening)
        # A piece that looks ahead itself has decided, or will decide, about the place after it.
        if self.holds[second] and a.bits & TITLE and not b.bits & FORWARD and not self._is_last[second]:
            self.holds[second + 1] = is_surname(b, self._pieces[second + 1], profile)

    def _may_be_named(self, at: int) -> bool:
        """Whether the piece before could be part of one name with this one."""
        if at == 0 or self._pieces[at - 1].text[:1].isupper():
            return True
        return bool(self.stops[at - 1]) and not self._is_first[at]

    def _end_sentence(self, following: int, *, is_lower: bool) -> None:
        """Decide about the last piece of one of the recogniser's sentences and the first of the next."""
        last, first = self._pieces[following - 1], self._pieces[following]
        if last.bits & CLEAR_STOP and not (last.bits & OPENS or first.bits & (SMALL | CLOSES)):  # the common case
            self.stops[following - 1] = 1
            return
        named, profile = self._may_be_named(following - 1), self._profile
        ended = _is_unmarked(last) or is_sentence_end(last, first, profile, lower_case=is_lower, cut=True, named=named)
        self.stops[following - 1] = ended
        self.holds[following] = is_unbreakable(last, first, profile, ended=ended)

    def _end_last_sentence(self, *, is_lower: bool) -> None:
        last, named = self._pieces[-1], self._may_be_named(len(self._pieces) - 1)
        self.stops[-1] = _is_unmarked(last) or is_sentence_end(
            last, None, self._profile, lower_case=is_lower, cut=True, named=named
        )

    def hold_particles(self) -> None:
        """Keep particles and prepositions that end a phrase with the word before: setting that up, talk about."""
        pieces, holds, profile = self._pieces, self.holds, self._profile
        is_first, is_last = self._is_first, self._is_last
        for i in self._with(ENDS_PHRASE):
            if is_first[i] or not pieces[i - 1][3] & LETTER_LAST:
                continue
            following = None if is_last[i] else pieces[i + 1]
            if not is_trailing(pieces[i], following, profile):
                continue
            holds[i] = True
            if following is not None and following.lookup_key in profile.break_before:
                holds[i + 1] = False
            if is_first[i - 1]:
                continue
            if pieces[i - 1].lookup_key in profile.objects and pieces[i].lookup_key in profile.particles:
                holds[i - 1] = pieces[i - 2].bits & LETTER_LAST > 0

    def allow_breaks_at_spaces(self, spaces: bytes | bytearray) -> None:
        """Allow breaks at the spaces of a writing without word spaces: there a space ends a phrase, as a comma does."""
        pieces = self._pieces
        for i in compress(range(len(pieces)), spaces):
            if not self._is_first[i] and pieces[i].kind == pieces[i - 1].kind == WORD:
                self.holds[i] = False

    def hold_brackets(self, spaces: bytes | bytearray) -> None:
        """Forbid breaks inside a bracket, quotation or title that fits on any line and has no sentence end inside."""
        for first in self._with(OPENS_BRACKET):
            last = self._closing(first, spaces)
            self.holds[first + 1 : last + 1] = b"\1" * (last - first)

    def _closing(self, first: int, spaces: bytes | bytearray) -> int:
        """The piece that closes the bracket opened in a piece; the same piece if the bracket is too wide or open."""
        closing, width = open_bracket(self._pieces[first].text), self._pieces[first].columns
        last = first
        while not self._is_last[last] and not self.stops[last]:
            last += 1
            width += spaces[last] + self._pieces[last].columns
            if width > _WIDEST_BRACKET:
                break
            if any(mark in self._pieces[last].text for mark in closing):
                return last
        return first


def _is_unmarked(last: Features) -> bool:
    """Whether the recogniser ended a sentence without punctuation: then its own sentences are used."""
    return last.bits & LETTER_LAST > 0


_ANY_OF = {
    effects: bytes([code & effects > 0 for code in range(256)])
    for effects in (BINDS_NEXT, MAY_BIND_NEXT, LOOKS_AHEAD | LOOKS_BACK, ENDS_PHRASE, OPENS_BRACKET)
}
"""For each combination of effects a table that translates `Features.effects` to whether they have any of them."""
