"""From a transcript to atoms: the smallest things layout moves, each with its time, its width and what holds it.

The one rule: the atoms of a turn, with their spaces, are the text of its sentences; nothing is added, lost or changed
but white space.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from captioner.layout.clock import Clock, bare, evenly_spread, orderly, spans
from captioner.layout.lexicon import Profile, detect, profile
from captioner.layout.ties import (
    BACKWARD,
    BALD,
    FORWARD,
    LATIN,
    NUMBER,
    PART,
    PUNCT,
    SPECIAL,
    WORD,
    Facts,
    FactsOf,
    ends_sentence,
    tied,
)
from captioner.layout.words import OPENING, SCRIPT, normal, pieces
from captioner.model import Sentence, Transcript, Word

__all__ = ["LATIN", "NUMBER", "PART", "PUNCT", "WORD", "Atom", "Turn", "turns"]


class Atom(NamedTuple):
    """One piece of text that is never broken.

    Attributes:
        text: What is printed, with its punctuation, without spaces around it.
        space: Whether a space is printed before it when it is not first on its line.
        glue: Whether no break is allowed before it.
        start_ms: First millisecond spoken.
        end_ms: First millisecond after it; never earlier than the start, equal only where no time is to be had.
        words: The recogniser's tokens in it, in order; parts of tokens where it cuts one.
        columns: Width of the text.
        sentence_end: Whether a sentence ends after it.
        kind: `WORD`, `NUMBER`, `LATIN` (Latin letters in writing without spaces), `PUNCT`, or `PART` (the rest of a
            long compound or address: a break before it is allowed but ugly).
        key: Lower case without outer marks: what the profile's lists are asked for.
        segment_end: Whether the recogniser ended a sentence here, whatever the punctuation says.
    """

    text: str
    space: bool
    glue: bool
    start_ms: int
    end_ms: int
    words: tuple[Word, ...]
    columns: int
    sentence_end: bool
    kind: str
    key: str
    segment_end: bool


class Turn(NamedTuple):
    """What one speaker says without another coming in.

    Attributes:
        speaker: As in the sentences.
        atoms: In order of time; not empty.
        profile: Of the language they are in.
        evenly_spread: Whether most of the times were interpolated by the service and say nothing about pauses.
    """

    speaker: str | None
    atoms: list[Atom]
    profile: Profile
    evenly_spread: bool = False


def turns(transcript: Transcript) -> list[Turn]:
    """Cut a transcript into the turns of its speakers, and each turn into atoms.

    Sentences of one speaker and channel that follow one another are one turn, unless whole sentences change script.
    """
    found: list[Turn] = []
    facts: dict[Profile, FactsOf] = {}
    for speaker, language, sentences in _grouped(_said(transcript), _base(transcript)):
        known = facts.setdefault(language, FactsOf(language))
        maker = _Maker(language, known)
        for sentence, text in sentences:
            maker.add(sentence, text)
        found.append(Turn(speaker, maker.finish(), language, maker.even * 2 > len(maker.atoms)))
    return found


def _said(transcript: Transcript) -> Iterator[tuple[Sentence, str]]:
    """Sentences with their normal text, in order of time, without those that say nothing."""
    for sentence in sorted(transcript.sentences, key=lambda s: s.start_ms):
        text = normal(sentence.text or "".join(word.text + word.punctuation for word in sentence.words))
        if text:
            yield sentence, text


def _base(transcript: Transcript) -> str:
    """The transcript's language, told by the text itself where nobody said it."""
    if transcript.language:
        return transcript.language
    sample, size = [], 0
    for sentence in transcript.sentences:
        sample.append(sentence.text)
        size += len(sentence.text)
        if size > _SAMPLE:
            break
    return detect(" ".join(sample))


_SAMPLE = 4000  # characters: a few minutes, enough for the function words of any language to speak


def _grouped(
    said: Iterable[tuple[Sentence, str]], base: str
) -> Iterator[tuple[str | None, Profile, list[tuple[Sentence, str]]]]:
    """Runs of sentences with one speaker, channel and language profile."""
    key: tuple[str | None, int, Profile] | None = None
    run: list[tuple[Sentence, str]] = []
    for sentence, text in said:
        language = profile(detect(text, base))
        new = (sentence.speaker, sentence.channel, language)
        if new != key and run and key is not None:
            yield key[0], key[2], run
            run = []
        key = new
        run.append((sentence, text))
    if run and key is not None:
        yield key[0], key[2], run


_new = tuple.__new__


class _Maker:
    """Makes the atoms of one turn, sentence by sentence."""

    def __init__(self, language: Profile, facts: FactsOf) -> None:
        self.atoms: list[Atom] = []
        self.even = 0  # atoms whose times were interpolated
        self._profile = language
        self._facts = facts
        self._last: Facts | None = None
        self._lower = True
        self._glue_first = False

    def add(self, sentence: Sentence, text: str) -> None:
        """Append the atoms of a sentence."""
        before = len(self.atoms)
        floor = self.atoms[-1].end_ms if self.atoms else min(0, sentence.start_ms)
        self._lower = text.islower()
        if not self._plain(sentence, text, floor):
            self._careful(sentence, text, floor)
        if evenly_spread(sentence.words):
            self.even += len(self.atoms) - before
        last = self.atoms[-1]
        self.atoms[-1] = last._replace(segment_end=True)

    def finish(self) -> list[Atom]:
        """The atoms, with their sentence ends."""
        if self._last is not None:
            self._close(self._last, None)
        return self.atoms

    def _plain(self, sentence: Sentence, text: str, floor_ms: int) -> bool:
        """The common case, quickly: words between spaces, each one token with good times."""
        words = sentence.words
        parts = text.split(" ")
        if not self._profile.spaces or len(parts) != len(words) or SCRIPT.search(text) is not None:
            return False
        if [(word.text + word.punctuation).strip() for word in words] != parts:
            return False
        starts, ends = [word.start_ms for word in words], [word.end_ms for word in words]
        if not orderly(starts, ends, max(floor_ms, sentence.start_ms), sentence.end_ms):
            return False
        known = self._facts
        found = [known[part] for part in parts]
        special = [i for i, fact in enumerate(found) if fact[3] & SPECIAL]
        if any(found[i].bits & BALD for i in special):
            return False
        self._first(found[0])
        first = len(self.atoms)
        self.atoms += [
            _new(Atom, (fact[0], True, False, start, end, (word,), fact[1], False, fact[4], fact[2], False))
            for fact, start, end, word in zip(found, starts, ends, words, strict=True)
        ]
        self._tie(found, first, special)
        return True

    def _careful(self, sentence: Sentence, text: str, floor_ms: int) -> None:
        """Any text, any tokens."""
        letters = bare(text)
        placed = spans(sentence, letters, floor_ms)
        edges = _edges(text, [span.last for span in placed]) if sentence.words else None
        parts = _joined(pieces(text, self._profile, edges))
        found = [self._facts[part] for part in parts]
        clock = Clock(placed, letters)
        space = self._first(found[0])
        first = len(self.atoms)
        for part, fact in zip(parts, found, strict=True):
            start, end, words = clock.take(fact.size)
            space = space or part[0] == " "
            text, columns, key, _, kind, _ = fact
            self.atoms.append(Atom(text, space, False, start, end, words, columns, False, kind, key, False))
            space = False
        self._tie(found, first, range(len(found)))

    def _first(self, fact: Facts) -> bool:
        """Settle how a new sentence follows the one before; whether a space parts them."""
        if self._last is None:
            return self._profile.spaces
        self._glue_first = tied(self._last, fact, self._profile, ended=self._close(self._last, fact))
        return _between(self._last, fact, self._profile)

    def _tie(self, found: Sequence[Facts], first: int, special: Iterable[int]) -> None:
        """Glue what holds together and mark what ends, looking only where a piece may do either."""
        atoms = self.atoms
        if self._glue_first:
            atoms[first] = atoms[first]._replace(glue=True)
            self._glue_first = False
        done = 0
        for i in special:
            if i > done and found[i].bits & BACKWARD:
                self._pair(found, first, i)
            if i + 1 < len(found) and found[i].bits & FORWARD:
                self._pair(found, first, i + 1)
                done = i + 1
        self._last = found[-1]

    def _pair(self, found: Sequence[Facts], first: int, second: int) -> None:
        at = first + second
        ended = self._close(found[second - 1], found[second], at - 1)
        if tied(found[second - 1], found[second], self._profile, ended=ended):
            self.atoms[at] = self.atoms[at]._replace(glue=True)

    def _close(self, last: Facts, following: Facts | None, at: int = -1) -> bool:
        """Decide, now that the next piece is known, whether a sentence ended with the atom at an index."""
        atoms = self.atoms
        at %= len(atoms)
        atom = atoms[at]
        named = at == 0 or atoms[at - 1].sentence_end or atoms[at - 1].text[:1].isupper()
        ended = ends_sentence(last, following, self._profile, lower_case=self._lower, cut=atom.segment_end, named=named)
        if not ended and atom.segment_end:
            ended = atom.text[-1:].isalnum()  # unpunctuated recognition: its own cuts are what there is
        if ended:
            atoms[at] = atom._replace(sentence_end=True)
        return ended


def _edges(text: str, lasts: Iterable[int]) -> set[int]:
    """Ends of tokens as offsets in the text with its spaces."""
    places = [i + 1 for i, character in enumerate(text) if not character.isspace()]
    return {places[last - 1] for last in lasts if last}


def _joined(parts: Sequence[str]) -> list[str]:
    """Pieces with those of mere punctuation joined to the text they belong to: openers forward, the rest back."""
    joined: list[str] = []
    carry = ""
    for part in parts:
        part = carry + part
        carry = ""
        bald = not any(character.isalnum() for character in part)
        if bald and (not joined or part[-1:] in OPENING):
            carry = part
        elif bald and joined:
            joined[-1] += part
        else:
            joined.append(part)
    if carry:
        joined = [*joined[:-1], joined[-1] + carry] if joined else [carry]
    return joined


def _between(a: Facts, b: Facts, language: Profile) -> bool:
    """Whether two sentences are parted by a space: not where either side writes without."""
    if language.spaces:
        return True
    if language.language == "th":
        return True
    return SCRIPT.search(a.text[-1:]) is None and SCRIPT.search(b.text[:1]) is None and a.text[-1:].isascii()
