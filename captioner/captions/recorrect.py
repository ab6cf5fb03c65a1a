"""From the words that are to be shown to corrections over the recognised ones.

Words that are to be shown come as tokens, each with what it stands for. Whatever is left as it was makes no correction,
so a correction is as small as it can be, and one that was there before stays, with its origin.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from captioner.corrections import Correction, Revision, Unit, pieces_of, recognised_words
from captioner.model import Transcript, Word

__all__ = ["Token", "corrections_of", "tokens_of_units", "with_origins"]


class Token(NamedTuple):
    """One word that is to be shown.

    Attributes:
        word: With the space in front of it.
        first: First word shown so far that it stands for, counted through all units.
        last: The one after the last; equal to `first` for a new word in front of it.
        speaker: Speaker id, or None.
        line: Any number that is the same for the words of one line.
    """

    word: Word
    first: int
    last: int
    speaker: str | None
    line: int = -1


class _Anchor(NamedTuple):
    """A unit that stays: its index, and its tokens from one to another."""

    unit: int
    start: int
    end: int


def tokens_of_units(units: Sequence[Unit]) -> list[Token]:
    """The words of units as they are, each for itself."""
    tokens: list[Token] = []
    for unit in units:
        for word in unit.words:
            tokens.append(Token(word, len(tokens), len(tokens) + 1, unit.speaker))
    return tokens


def corrections_of(transcript: Transcript, units: Sequence[Unit], tokens: Sequence[Token]) -> tuple[Correction, ...]:
    """The corrections that make the words of tokens out of what was recognised, without their origin.

    Args:
        transcript: What was recognised.
        units: What is shown so far.
        tokens: What is to be shown; for every word that stays, a token that stands for it.
    """
    work = _Work(transcript, units, _in_order(tokens))
    return tuple(sorted([*work.changed(), *work.spoken_by()], key=lambda each: (each.first, each.last)))


def _in_order(tokens: Sequence[Token]) -> list[Token]:
    """Tokens in the order of the words they stand for, those of one line in the order in which they are written."""
    reached: dict[int, tuple[int, bool]] = {}
    keys: list[tuple[int, bool]] = []
    for token in tokens:
        key = token.first, token.last > token.first
        if token.line >= 0:
            key = reached[token.line] = max(key, reached.get(token.line, key))
        keys.append(key)
    return [tokens[index] for index in sorted(range(len(tokens)), key=keys.__getitem__)]


class _Work:
    def __init__(self, transcript: Transcript, units: Sequence[Unit], tokens: Sequence[Token]) -> None:
        self._sentences, self._units, self._tokens = transcript.sentences, units, tokens
        self._starts = [0, *accumulate(len(unit.words) for unit in units)]
        self._anchors = list(self._find_anchors())
        self._taken: set[int] = set()
        own = (unit.correction for unit in units)
        self._ruled = [
            (each.first, each.last) for each in own if each and each.kind == "rule" and each.text is not None
        ]
        self._recognised = [_written(word) for word in recognised_words(transcript)]

    def _unit_of(self, word: int) -> int:
        """Index of the unit of a word shown so far."""
        return bisect_right(self._starts, word) - 1

    def _find_anchors(self) -> Iterator[_Anchor]:
        at, last = 0, -1
        while at < len(self._tokens):
            token = self._tokens[at]
            unit = self._unit_of(token.first) if token.last == token.first + 1 else -1
            if unit > last and self._is_kept(unit, at):
                last, end = unit, at + len(self._units[unit].words)
                yield _Anchor(unit, at, end)
                at = end
            else:
                at += 1

    def _is_kept(self, index: int, at: int) -> bool:
        """Whether the tokens from a place on are the words of a unit."""
        unit, first = self._units[index], self._starts[index]
        found = self._tokens[at : at + len(unit.words)]
        if len(found) < len(unit.words) or any(
            (token.first, token.last) != (first + place, first + place + 1) for place, token in enumerate(found)
        ):
            return False
        if [token.word for token in found] == list(unit.words):
            return True
        if len(found) == 1 and _written(found[0].word) == unit.piece.strip():
            return True
        return [_written(token.word) for token in found] == [_written(word) for word in unit.words]

    # Words

    def changed(self) -> Iterator[Correction]:
        """Corrections of words: those that stay, and those of the stretches between what stays."""
        ends = [_Anchor(-1, 0, 0), *self._anchors, _Anchor(len(self._units), len(self._tokens), len(self._tokens))]
        for before, after in pairwise(ends):
            yield from self._between(before, after)
            unit = self._units[after.unit] if after.unit < len(self._units) else None
            if unit is not None and after.unit not in self._taken:
                yield from self._kept(unit, self._tokens[after.start].speaker)

    def _kept(self, unit: Unit, speaker: str | None) -> Iterator[Correction]:
        """The correction of a unit that stays, with its speaker of now."""
        own = unit.correction
        if own is None or own.text is None:
            return
        if speaker is not None and speaker != unit.speaker:
            own = replace(own, speaker=None if speaker == self._recognised_speaker(unit) else speaker)
        yield own

    def _recognised_speaker(self, unit: Unit) -> str | None:
        return self._sentences[unit.sentence].speaker if self._sentences else None

    def _between(self, before: _Anchor, after: _Anchor) -> Iterator[Correction]:
        units = list(range(before.unit + 1, after.unit))
        tokens = list(self._tokens[before.end : after.start])
        if not tokens and not any(self._units[index].words for index in units):
            yield from (each for index in units if (each := self._units[index].correction) is not None)
            return
        if not units:
            yield from self._inserted(before, after, tokens)
            return
        for part, own in self._by_sentence(units, tokens):
            yield from self._replaced(part, own)

    def _inserted(self, before: _Anchor, after: _Anchor, tokens: Sequence[Token]) -> Iterator[Correction]:
        """Words that were added between two that stay: beside the word of their line, where sentences meet."""
        left = self._units[before.unit] if before.unit >= 0 else None
        right = self._units[after.unit] if after.unit < len(self._units) else None
        if left and right and left.sentence == right.sentence and not (left.alone or right.alone):
            yield from self._of(right.first, right.first, tokens, right)
        elif left and self._tokens[before.end - 1].line == tokens[0].line and not self._is_changed(before.unit):
            own = self._tokens[before.start : before.end]
            yield from self._of(left.first, left.last, [*own, *tokens], left)
            self._taken.add(before.unit)
        elif right and self._tokens[after.start].line == tokens[-1].line:
            own = self._tokens[after.start : after.end]
            self._taken.add(after.unit)
            yield from self._of(right.first, right.last, [*tokens, *own], right)
        else:
            at = right.first if right else left.last if left else 0
            yield from self._of(at, at, tokens, left or right)

    def _is_changed(self, unit: int) -> bool:
        """Whether a correction for a unit that stays was given already."""
        own = self._units[unit].correction
        return unit in self._taken or (own is not None and own.text is not None)

    def _by_sentence(self, units: Sequence[int], tokens: Sequence[Token]) -> Iterator[tuple[list[Unit], list[Token]]]:
        """Units of one sentence each, with the tokens that stand for them; new words go with the word before them."""
        key_of = {index: self._sentence_key(self._units[index]) for index in units}
        parts = [(key, list(run)) for key, run in groupby(units, key=key_of.__getitem__)]
        owner = parts[0][0]
        own: dict[tuple[int, int], list[Token]] = {key: [] for key, _ in parts}
        for token in tokens:
            if token.last > token.first and (unit := self._unit_of(token.first)) in key_of:
                owner = key_of[unit]
            own[owner].append(token)
        for key, run in parts:
            yield [self._units[index] for index in run], own[key]

    @staticmethod
    def _sentence_key(unit: Unit) -> tuple[int, int]:
        return unit.sentence, unit.first if unit.alone else -1

    def _replaced(self, units: Sequence[Unit], tokens: Sequence[Token]) -> Iterator[Correction]:
        """Corrections of units, one for each speaker in a row."""
        first, last = units[0].first, units[-1].last
        runs = [list(run) for _, run in groupby(tokens, key=lambda token: token.speaker)]
        starts = [first]
        for run in runs[1:]:
            linked = [self._units[self._unit_of(token.first)].first for token in run if token.last > token.first]
            starts.append(min(max([starts[-1], *linked[:1]]), last))
        for start, end, run in zip(starts, [*starts[1:], last], runs or [[]], strict=False):
            yield from self._of(start, end, run, units[0])

    def _of(self, first: int, last: int, tokens: Sequence[Token], unit: Unit | None) -> Iterator[Correction]:
        """The correction of a range of recognised words, unless it gives what was recognised and no rule changes it."""
        words = tuple(token.word for token in tokens)
        speaker = tokens[0].speaker if tokens else None
        if speaker is not None and unit is not None and speaker == self._recognised_speaker(unit):
            speaker = None
        is_as_recognised = [_written(word) for word in words] == self._recognised[first:last]
        if words and speaker is None and is_as_recognised and not self._is_ruled(first, last):
            return
        if first == last and not words:
            return
        text = "".join([word.text + word.punctuation for word in words]).strip()
        yield Correction(first, last, text, words, speaker)

    def _is_ruled(self, first: int, last: int) -> bool:
        """Whether a rule, which is carried out at every run, changes a recognised word of a range."""
        return any(start < last and first < end for start, end in self._ruled)

    # Speakers

    def spoken_by(self) -> Iterator[Correction]:
        """Corrections of speakers of words that stay."""
        kept = [(self._units[anchor.unit], self._tokens[anchor.start].speaker, anchor.unit) for anchor in self._anchors]
        plain = [
            (unit, speaker if speaker is not None else unit.speaker)
            for unit, speaker, index in kept
            if (unit.correction is None or unit.correction.text is None) and index not in self._taken
        ]
        groups = groupby(
            enumerate(plain), key=lambda item: (item[1][1], item[1][0].sentence, item[1][0].first - item[0])
        )
        for (speaker, sentence, _), run in groups:
            if speaker is not None and speaker != self._sentences[sentence].speaker:
                units = [unit for _, (unit, _) in run]
                yield Correction(units[0].first, units[-1].last, None, speaker=speaker)


def _written(word: Word) -> str:
    return word.text.strip() + word.punctuation.strip()


def with_origins(
    transcript: Transcript, made: Sequence[Correction], before: Sequence[Correction], revision: Revision
) -> tuple[tuple[Correction, ...], tuple[Correction, ...]]:
    """Corrections with their origin: that of the same correction before, else the revision.

    Where a person took back what a rule or a script changed, a correction says so: the next run would change it again.

    Args:
        transcript: What was recognised.
        made: From `corrections_of`.
        before: Those that were in force.
        revision: Number, time and origin of the change.

    Returns:
        The corrections in force, and those of people before that no longer are.
    """
    known = {each.change: each for each in before}
    voices = [each for each in before if each.text is None]
    fresh = [*made, *_taken_back(transcript, made, before)]
    new = [known.get(each.change) or _part_of(each, voices) or _signed(each, revision) for each in fresh]
    kept = {each.change for each in new}
    gone = [
        replace(each, until=revision.number) for each in before if each.change not in kept and each.kind == "person"
    ]
    return tuple(sorted(new, key=lambda each: (each.first, each.last))), tuple(gone)


def _signed(each: Correction, revision: Revision) -> Correction:
    return replace(
        each, by=revision.by, at=revision.at, source=revision.source, revision=revision.number, kind="person"
    )


def _part_of(each: Correction, voices: Sequence[Correction]) -> Correction | None:
    """The correction of speakers that another one, beside words that were corrected, is a part of; else None."""
    if each.text is not None:
        return None
    at = bisect_right(voices, each.first, key=lambda voice: voice.first) - 1
    own = voices[at] if at >= 0 else None
    if own is None or own.speaker != each.speaker or own.last < each.last:
        return None
    return replace(own, first=each.first, last=each.last)


def _taken_back(
    transcript: Transcript, made: Sequence[Correction], before: Sequence[Correction]
) -> Iterator[Correction]:
    """Corrections that show what was recognised, where rules or a script changed words and a person did not want it."""
    lost = [each for each in before if each.kind != "person" and each.text is not None]
    if not lost:
        return
    worded = [each for each in made if each.text is not None]
    ends = [max(each.last, each.first + 1) for each in worded]
    words = recognised_words(transcript)
    pieces = [piece for sentence in transcript.sentences for piece in pieces_of(sentence)]
    for each in lost:
        at = bisect_right(ends, each.first)
        is_free = at == len(worded) or worded[at].first >= max(each.last, each.first + 1)
        if is_free and each.first < each.last:
            text = "".join(pieces[each.first : each.last]).strip()
            yield Correction(each.first, each.last, text, tuple(words[each.first : each.last]), each.speaker)
