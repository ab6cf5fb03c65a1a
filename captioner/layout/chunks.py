"""Cuts a transcript into chunks: the smallest units that layout moves, with their times, widths and features.

The one rule: the chunks of a turn, with their spaces, are the text of its sentences; nothing but white space is added,
lost or changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from captioner.layout.lexicon import LanguageProfile, detect_language, language_profile
from captioner.layout.no_break import (
    BACKWARD,
    BINDS_FORWARD,
    ENCLOSES,
    FORWARD,
    LATIN,
    NUMBER,
    PART,
    PUNCT,
    PUNCT_ONLY,
    SPECIAL,
    TITLE,
    TRAILS,
    WORD,
    FeatureCache,
    Features,
    is_sentence_end,
    is_surname,
    is_trailing,
    is_unbreakable,
    open_bracket,
)
from captioner.layout.token_timing import TokenIterator, is_evenly_spread, is_ordered, place_tokens, without_spaces
from captioner.layout.words import OPENING, has_unspaced, normalize_spaces, split_pieces
from captioner.model import Sentence, Transcript, Word

__all__ = ["LATIN", "NUMBER", "PART", "PUNCT", "WORD", "Chunk", "LayoutTurn", "split_turns"]


class Chunk(NamedTuple):
    """One piece of text that is never broken.

    Attributes:
        text: The text as printed, with its punctuation, without spaces around it.
        space: Whether a space is printed before it when it is not first on its line.
        no_break_before: Whether no break is allowed before it.
        start_ms: First millisecond spoken.
        end_ms: First millisecond after it; never before the start, and equal to it only where no time is available.
        words: The recogniser's tokens in it, in order; parts of tokens where the chunk cuts one.
        columns: Width of the text.
        sentence_end: Whether a sentence ends after it.
        kind: `WORD`, `NUMBER`, `LATIN` (Latin letters in writing without spaces), `PUNCT`, or `PART` (the rest of a
            long compound or address: a break before it is allowed, but ugly).
        lookup_key: Lower case without outer punctuation, for look-ups in the profile's lists.
        segment_end: Whether the recogniser ended a sentence here, independent of punctuation.
    """

    text: str
    space: bool
    no_break_before: bool
    start_ms: int
    end_ms: int
    words: tuple[Word, ...]
    columns: int
    sentence_end: bool
    kind: str
    lookup_key: str
    segment_end: bool


class LayoutTurn(NamedTuple):
    """Consecutive speech of one speaker.

    Attributes:
        speaker: Speaker id as in the sentences.
        chunks: In order of time; not empty.
        profile: Profile of their language.
        evenly_spread: Whether the service interpolated most of the times, so that they tell nothing about pauses.
    """

    speaker: str | None
    chunks: list[Chunk]
    profile: LanguageProfile
    evenly_spread: bool = False


def split_turns(transcript: Transcript) -> list[LayoutTurn]:
    """Cut a transcript into the turns of its speakers, and each turn into chunks.

    Consecutive sentences of one speaker and channel are one turn, unless whole sentences change script.
    """
    found: list[LayoutTurn] = []
    facts: dict[LanguageProfile, FeatureCache] = {}
    for speaker, language, sentences in _group(_spoken_sentences(transcript), _base_language(transcript)):
        known = facts.setdefault(language, FeatureCache(language))
        maker = _ChunkBuilder(language, known)
        for sentence, text in sentences:
            maker.add(sentence, text)
        found.append(LayoutTurn(speaker, maker.finish(), language, maker.evenly_timed * 2 > len(maker.chunks)))
    return found


def _spoken_sentences(transcript: Transcript) -> Iterator[tuple[Sentence, str]]:
    """Sentences with their normalised text, in order of time, without those that have no letters or digits."""
    for sentence in sorted(transcript.sentences, key=lambda s: s.start_ms):
        text = normalize_spaces(sentence.text or "".join(word.text + word.punctuation for word in sentence.words))
        if without_spaces(text):
            yield sentence, text


def _base_language(transcript: Transcript) -> str:
    """The transcript's language, detected from the text when it is not given."""
    if transcript.language:
        return transcript.language
    sample, size = [], 0
    for sentence in transcript.sentences:
        sample.append(sentence.text)
        size += len(sentence.text)
        if size > _SAMPLE_CHARACTERS:
            break
    return detect_language(" ".join(sample))


_SAMPLE_CHARACTERS = 4000  # a few minutes, enough for the function words of any language to occur


def _group(
    said: Iterable[tuple[Sentence, str]], base: str
) -> Iterator[tuple[str | None, LanguageProfile, list[tuple[Sentence, str]]]]:
    """Runs of sentences with one speaker, channel and language profile."""
    key: tuple[str | None, int, LanguageProfile] | None = None
    run: list[tuple[Sentence, str]] = []
    for sentence, text in said:
        language = language_profile(detect_language(text, base))
        new = (sentence.speaker, sentence.channel, language)
        if new != key and run and key is not None:
            yield key[0], key[2], run
            run = []
        key = new
        run.append((sentence, text))
    if run and key is not None:
        yield key[0], key[2], run


_new = tuple.__new__


class _ChunkBuilder:
    """Makes the chunks of one turn, sentence by sentence."""

    def __init__(self, language: LanguageProfile, facts: FeatureCache) -> None:
        self.chunks: list[Chunk] = []
        self.evenly_timed = 0  # chunks with interpolated times
        self._profile = language
        self._facts = facts
        self._last: Features | None = None  # of the last piece of the sentence before
        self._named = True  # whether the text before that piece could be part of a name
        self._lower = True
        self._ended = True  # whether a sentence ended before the current one

    def add(self, sentence: Sentence, text: str) -> None:
        """Append the chunks of a sentence."""
        before = len(self.chunks)
        floor = self.chunks[-1].end_ms if self.chunks else min(0, sentence.start_ms)
        self._lower = text.islower()
        if not self._add_matching(sentence, text, floor):
            self._add_aligned(sentence, text, floor)
        if is_evenly_spread(sentence.words):
            self.evenly_timed += len(self.chunks) - before
        self.chunks[-1] = self.chunks[-1]._replace(segment_end=True)

    def finish(self) -> list[Chunk]:
        """Return the chunks, with their sentence ends."""
        self._end_sentence(None)
        return self.chunks

    def _add_matching(self, sentence: Sentence, text: str, floor_ms: int) -> bool:
        """Add a sentence in the common case, quickly: words between spaces, each one token with valid times."""
        words = sentence.words
        parts = text.split(" ")
        if not self._profile.spaces or len(parts) != len(words) or has_unspaced(text):
            return False
        if [(word.text + word.punctuation).strip() for word in words] != parts:
            return False
        starts, ends = [word.start_ms for word in words], [word.end_ms for word in words]
        if not is_ordered(starts, ends, max(floor_ms, sentence.start_ms), sentence.end_ms):
            return False
        known = self._facts
        found = [known[part] for part in parts]
        special = [i for i, fact in enumerate(found) if fact[3] & SPECIAL]
        if any(found[i].bits & PUNCT_ONLY for i in special):
            return False
        holds, stops = self._links(found, special)
        if any(found[i].bits & ENCLOSES for i in special):
            _keep_brackets_whole(found, [True] * len(found), holds, stops)
        self.chunks += [
            _new(Chunk, (fact[0], True, hold, start, end, (word,), fact[1], stop, fact[4], fact[2], False))
            for fact, hold, stop, start, end, word in zip(found, holds, stops, starts, ends, words, strict=True)
        ]
        return True

    def _add_aligned(self, sentence: Sentence, text: str, floor_ms: int) -> None:
        """Add a sentence with any text and any tokens."""
        letters = without_spaces(text)
        placed = place_tokens(sentence, letters, floor_ms)
        edges = _token_ends(text, [span.last for span in placed]) if sentence.words else None
        parts = _attach_punctuation(split_pieces(text, self._profile, edges))
        found = [self._facts[part] for part in parts]
        spaces = [part[0] == " " for part in parts]
        spaces[0] = (
            self._profile.spaces if self._last is None else _is_space_between(self._last, found[0], self._profile)
        )
        holds, stops = self._links(found, range(len(found)))
        if not self._profile.spaces:
            _allow_breaks_at_spaces(found, spaces, holds)
        if any(fact.bits & ENCLOSES for fact in found):
            _keep_brackets_whole(found, spaces, holds, stops)
        clock = TokenIterator(placed, letters)
        for fact, space, hold, stop in zip(found, spaces, holds, stops, strict=True):
            start, end, words = clock.take(fact.size)
            text, columns, key, _, kind, _ = fact
            self.chunks.append(_new(Chunk, (text, space, hold, start, end, words, columns, stop, kind, key, False)))

    def _links(self, found: Sequence[Features], special: Iterable[int]) -> tuple[list[bool], list[bool]]:
        """For each piece of a sentence, whether a break before it is forbidden, and whether a sentence ends after it.

        Looks only at pieces with features that can have such an effect.
        """
        count = len(found)
        holds, stops = [False] * count, [False] * count
        holds[0] = self._end_sentence(found[0])
        for i in special:
            bits = found[i].bits
            if i and bits & BACKWARD:
                self._link_pair(found, i, holds, stops)
            if i + 1 == count or not bits & FORWARD:
                continue
            if bits & BINDS_FORWARD and self._profile.spaces:
                holds[i + 1] = found[i].lookup_key != found[i + 1].lookup_key  # "the the": a restarted word
            else:
                self._link_pair(found, i + 1, holds, stops)
        if self._profile.particles:
            self._hold_particles(found, [i for i in special if i and found[i].bits & TRAILS], holds)
        self._named = self._may_be_named(found, stops, count - 1)
        self._last = found[-1]
        return holds, stops

    def _hold_particles(self, found: Sequence[Features], trailing: Sequence[int], holds: list[bool]) -> None:
        """Keep particles and prepositions that end a phrase with the word before: setting that up, talk about."""
        profile = self._profile
        for i in trailing:
            if not found[i - 1].text[-1:].isalnum() or not is_trailing(found, i, profile):
                continue
            holds[i] = True
            if i + 1 < len(found) and found[i + 1].lookup_key in profile.break_before:
                holds[i + 1] = False
            if i > 1 and found[i - 1].lookup_key in profile.objects and found[i].lookup_key in profile.particles:
                holds[i - 1] = found[i - 2].text[-1:].isalnum()

    def _link_pair(self, found: Sequence[Features], second: int, holds: list[bool], stops: list[bool]) -> None:
        """Decide about two neighbours of one sentence."""
        first = second - 1
        a, b = found[first], found[second]
        named = self._may_be_named(found, stops, first)
        stops[first] = is_sentence_end(a, b, self._profile, lower_case=self._lower, cut=False, named=named)
        opening = stops[first - 1] if first else self._ended
        holds[second] = is_unbreakable(a, b, self._profile, ended=stops[first], opening=opening)
        if holds[second] and a.bits & TITLE and second + 1 < len(found):
            holds[second + 1] = is_surname(b, found[second + 1], self._profile)

    def _may_be_named(self, found: Sequence[Features], stops: Sequence[bool], at: int) -> bool:
        """Whether the piece before could be part of one name with this one."""
        if at == 0:
            return self._last is None or self._last.text[:1].isupper()
        return stops[at - 1] or found[at - 1].text[:1].isupper()

    def _end_sentence(self, following: Features | None) -> bool:
        """End the sentence before, now that the next piece is known; returns whether a break between is forbidden."""
        last = self._last
        if last is None:
            return False
        ended = is_sentence_end(
            last, following, self._profile, lower_case=self._lower, cut=True, named=self._named
        ) or (last.text[-1:].isalnum())  # recognised without punctuation: use the recogniser's own sentences
        self._ended = ended
        if ended:
            self.chunks[-1] = self.chunks[-1]._replace(sentence_end=True)
        return following is not None and is_unbreakable(last, following, self._profile, ended=ended)


def _allow_breaks_at_spaces(found: Sequence[Features], spaces: Sequence[bool], holds: list[bool]) -> None:
    """Allow breaks at the spaces of a writing without word spaces: there a space ends a phrase, as a comma does."""
    for i in range(1, len(found)):
        if spaces[i] and found[i].kind == found[i - 1].kind == WORD:
            holds[i] = False


_WIDEST_BRACKET = 26  # columns: people break 12 of 2,600 up to there; also the narrowest line in use


def _keep_brackets_whole(
    found: Sequence[Features], spaces: Sequence[bool], holds: list[bool], stops: Sequence[bool]
) -> None:
    """Forbid breaks inside a bracket, quotation or title that fits on any line and has no sentence end inside."""
    for first, fact in enumerate(found):
        if not fact.bits & ENCLOSES:
            continue
        closing, width = open_bracket(fact.text), fact.columns
        for last in range(first + 1, len(found)):
            width += spaces[last] + found[last].columns
            if width > _WIDEST_BRACKET or stops[last - 1]:
                break
            if any(mark in found[last].text for mark in closing):
                holds[first + 1 : last + 1] = [True] * (last - first)
                break


def _token_ends(text: str, lasts: Iterable[int]) -> set[int]:
    """Ends of tokens as offsets in the text with its spaces."""
    if " " not in text:
        return {last for last in lasts if last}
    places = [i + 1 for i, character in enumerate(text) if not character.isspace()]
    return {places[last - 1] for last in lasts if last}


def _attach_punctuation(parts: Sequence[str]) -> list[str]:
    """Join pieces of punctuation alone to the text they belong to: opening marks to the next, others to the last."""
    joined: list[str] = []
    carry = ""
    for part in parts:
        part = carry + part
        carry = ""
        bald = not (part[0].isalnum() or any(character.isalnum() for character in part))
        if bald and (not joined or part[-1:] in OPENING):
            carry = part
        elif bald and joined:
            joined[-1] += part
        else:
            joined.append(part)
    if carry:
        joined = [*joined[:-1], joined[-1] + carry] if joined else [carry]
    return joined


def _is_space_between(a: Features, b: Features, language: LanguageProfile) -> bool:
    """Whether there is a space between two sentences: not where either side is written without spaces."""
    if language.spaces:
        return True
    if language.language == "th":
        return True
    return a.text[-1:].isascii() and not has_unspaced(b.text[:1])
