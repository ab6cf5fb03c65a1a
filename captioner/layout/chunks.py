"""Cuts a transcript into chunks: the smallest units that layout moves, with their times, widths and features.

The one rule: the chunks of a turn, with their spaces, are the text of its sentences; nothing but white space is added,
lost or changed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import add, itemgetter
from typing import NamedTuple, overload

from captioner.layout.lexicon import LanguageProfile, detect_language, language_profile
from captioner.layout.no_break import (
    BACKWARD,
    BINDS_BACK,
    BINDS_FORWARD,
    COMMAS,
    ENCLOSES,
    FORWARD,
    LATIN,
    NUMBER,
    PAIRS,
    PART,
    PUNCT,
    PUNCT_ONLY,
    SPECIAL,
    TITLE,
    TRAILS,
    WORD,
    FeatureCache,
    Features,
    is_bound_pair,
    is_sentence_end,
    is_surname,
    is_trailing,
    is_unbreakable,
    open_bracket,
)
from captioner.layout.token_timing import (
    Columns,
    TokenColumns,
    assign_tokens,
    assign_whole_tokens,
    is_evenly_spread,
    is_ordered,
    place_tokens,
    token_ends,
    without_spaces,
)
from captioner.layout.words import OPENING, has_unspaced, normalize_spaces, split_pieces
from captioner.model import Sentence, Transcript, Word

__all__ = ["LATIN", "NUMBER", "PART", "PUNCT", "WORD", "Chunk", "Chunks", "LayoutTurn", "split_turns"]


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


class Chunks(Sequence[Chunk]):
    """The chunks of a turn as columns: a day of speech has too many for an object each.

    It reads as a sequence of `Chunk`; parts and sums of it are such columns again.

    Attributes:
        pieces: Text, width, kind and look-up key of each chunk; equal pieces are one object.
        spaces: 1 where a space is printed before the chunk.
        holds: 1 where no break is allowed before the chunk.
        start_ms: Starts.
        end_ms: Ends.
        sentence_ends: 1 where a sentence ends after the chunk.
        segment_ends: 1 where the recogniser ended a sentence.
        words: The recogniser's tokens of all chunks.
        word_bounds: For each chunk the index of its first token, and one after the last token of all.
        has_parts: Whether there may be parts of cut words.
    """

    __slots__ = (
        "_column_ends",
        "end_ms",
        "has_parts",
        "holds",
        "pieces",
        "segment_ends",
        "sentence_ends",
        "spaces",
        "start_ms",
        "word_bounds",
        "words",
    )

    def __init__(self) -> None:
        self.pieces: list[Features] = []
        self.spaces, self.holds = bytearray(), bytearray()
        self.start_ms: list[int] = []
        self.end_ms: list[int] = []
        self.sentence_ends, self.segment_ends = bytearray(), bytearray()
        self.words: list[Word] = []
        self.word_bounds = array("I", (0,))
        self.has_parts = False
        self._column_ends = array("i")

    @classmethod
    def of(cls, chunks: Sequence[Chunk]) -> Chunks:
        """The columns of any chunks; chunks that are columns already are not copied."""
        if isinstance(chunks, Chunks):
            return chunks
        found = cls()
        for chunk in chunks:
            found.pieces.append(Features(chunk.text, chunk.columns, chunk.lookup_key, 0, chunk.kind, 0))
            found.spaces.append(chunk.space)
            found.holds.append(chunk.no_break_before)
            found.start_ms.append(chunk.start_ms)
            found.end_ms.append(chunk.end_ms)
            found.sentence_ends.append(chunk.sentence_end)
            found.segment_ends.append(chunk.segment_end)
            found.words += chunk.words
            found.word_bounds.append(len(found.words))
            found.has_parts |= chunk.kind == PART
        return found

    def __len__(self) -> int:
        return len(self.pieces)

    @overload
    def __getitem__(self, index: int) -> Chunk: ...
    @overload
    def __getitem__(self, index: slice) -> Chunks: ...
    def __getitem__(self, index: int | slice) -> Chunk | Chunks:
        if isinstance(index, slice):
            first, last, _ = index.indices(len(self.pieces))
            return self._part(first, max(first, last))
        number = range(len(self.pieces))[index]
        text, columns, key, _, kind, _ = self.pieces[number]
        words = tuple(self.words[self.word_bounds[number] : self.word_bounds[number + 1]])
        space, hold = bool(self.spaces[number]), bool(self.holds[number])
        start_ms, end_ms = self.start_ms[number], self.end_ms[number]
        ended, segmented = bool(self.sentence_ends[number]), bool(self.segment_ends[number])
        return Chunk(text, space, hold, start_ms, end_ms, words, columns, ended, kind, key, segmented)

    def __add__(self, other: Chunks) -> Chunks:
        found = self._part(0, len(self))
        found.extend(other)
        return found

    def extend(self, other: Chunks) -> None:
        """Append other chunks."""
        more = other._part(0, len(other))
        for column in _COLUMNS:
            getattr(self, column).extend(getattr(more, column))
        self.has_parts |= other.has_parts
        taken = len(self.words)
        self.words += more.words
        self.word_bounds.extend([taken + bound for bound in more.word_bounds[1:]])

    def text(self, first: int, last: int) -> str:
        """The text of the chunks from one number up to another, as printed on a line."""
        texts = [piece[0] for piece in self.pieces[first:last]]
        if self.spaces.find(0, first + 1, last) < 0:
            return " ".join(texts)
        if self.spaces.find(1, first + 1, last) < 0:
            return "".join(texts)
        spaces = self.spaces[first + 1 : last]
        return texts[0] + "".join(
            [" " + text if space else text for text, space in zip(texts[1:], spaces, strict=True)]
        )

    def column_ends(self) -> array[int]:
        """For each number the column at which the text of the chunks before it ends; the first text begins at 0."""
        if len(self._column_ends) != len(self.pieces) + 1:
            widths = map(add, map(_COLUMN_COUNT, self.pieces), self.spaces)
            self._column_ends = array("i", accumulate(widths, initial=-self.spaces[0]))
        return self._column_ends

    def words_of(self, first: int, last: int) -> tuple[Word, ...]:
        """The tokens of the chunks from one number up to another."""
        return tuple(self.words[self.word_bounds[first] : self.word_bounds[last]])

    def _part(self, first: int, last: int) -> Chunks:
        found = Chunks()
        for column in _COLUMNS:
            setattr(found, column, getattr(self, column)[first:last])
        found.has_parts = self.has_parts
        begun, ended = self.word_bounds[first], self.word_bounds[last]
        found.words = self.words[begun:ended]
        found.word_bounds = array("I", [bound - begun for bound in self.word_bounds[first : last + 1]])
        return found


_COLUMN_COUNT = itemgetter(1)  # of a piece
_COLUMNS = ("pieces", "spaces", "holds", "start_ms", "end_ms", "sentence_ends", "segment_ends")


class LayoutTurn(NamedTuple):
    """Consecutive speech of one speaker.

    Attributes:
        speaker: Speaker id as in the sentences.
        chunks: In order of time; not empty.
        profile: Profile of their language.
        evenly_spread: Whether the service interpolated most of the times, so that they tell nothing about pauses.
    """

    speaker: str | None
    chunks: Chunks
    profile: LanguageProfile
    evenly_spread: bool = False


def split_turns(transcript: Transcript) -> list[LayoutTurn]:
    """Cut a transcript into the turns of its speakers, and each turn into chunks.

    Consecutive sentences of one speaker and channel are one turn, unless whole sentences change script.
    """
    found: list[LayoutTurn] = []
    for speaker, language, sentences in _group(_spoken_sentences(transcript), _base_language(transcript)):
        maker = _ChunkBuilder(language, _feature_cache(language))
        for sentence, text in sentences:
            maker.add(sentence, text)
        found.append(LayoutTurn(speaker, maker.finish(), language, maker.evenly_timed * 2 > len(maker.chunks)))
    return found


_CACHE_SIZE = 50_000  # pieces kept before a cache is emptied; the talks of a language rarely have more


@lru_cache(maxsize=8)
def _features_of(language: LanguageProfile) -> FeatureCache:
    return FeatureCache(language)


def _feature_cache(language: LanguageProfile) -> FeatureCache:
    """The features of pieces of a language that are known from this talk and those before it."""
    known = _features_of(language)
    if len(known) > _CACHE_SIZE:
        known.clear()
    return known


def _spoken_sentences(transcript: Transcript) -> Iterator[tuple[Sentence, str]]:
    """Sentences with their normalised text, in order of time, without empty ones."""
    for sentence in sorted(transcript.sentences, key=lambda s: s.start_ms):
        text = normalize_spaces(sentence.text or "".join(word.text + word.punctuation for word in sentence.words))
        if text:
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


class _ChunkBuilder:
    """Makes the chunks of one turn, sentence by sentence."""

    def __init__(self, language: LanguageProfile, facts: FeatureCache) -> None:
        self.chunks = Chunks()
        self.evenly_timed = 0  # chunks with interpolated times
        self._profile = language
        self._facts = facts
        self._last: Features | None = None  # of the last piece of the sentence before
        self._named = True  # whether the text before that piece could be part of a name
        self._lower = True
        self._ended = True  # whether a sentence ended before the current one

    def add(self, sentence: Sentence, text: str) -> None:
        """Append the chunks of a sentence."""
        chunks, before = self.chunks, len(self.chunks.pieces)
        floor = chunks.end_ms[-1] if before else min(0, sentence.start_ms)
        self._lower = text.islower()
        words = Columns.of(sentence.words)
        if not self._add_matching(sentence, text, words, floor):
            self._add_aligned(sentence, text, words, floor)
        added = len(chunks.pieces) - before
        if is_evenly_spread(words):
            self.evenly_timed += added
        chunks.segment_ends.extend(bytes(added))
        chunks.segment_ends[-1] = 1

    def finish(self) -> Chunks:
        """Return the chunks, with their sentence ends."""
        self._end_sentence(None)
        return self.chunks

    def _add_matching(self, sentence: Sentence, text: str, words: Columns, floor_ms: int) -> bool:
        """Add a sentence in the common case, quickly: words between spaces, each one token with valid times."""
        if not self._profile.spaces or not words.tokens or has_unspaced(text):
            return False
        parts = words.texts
        if not _are_words(parts, text):
            parts = text.split(" ")
            if [token.strip() for token in words.texts] != parts:
                return False
        if not is_ordered(words.start_ms, words.end_ms, max(floor_ms, sentence.start_ms), sentence.end_ms):
            return False
        found = list(map(self._facts.__getitem__, parts))
        special = [i for i, fact in enumerate(found) if fact[3] & SPECIAL]
        marks = 0
        for i in special:
            marks |= found[i][3]
        if marks & PUNCT_ONLY:
            return False
        holds, stops = self._links(found, special)
        if marks & ENCLOSES:
            _keep_brackets_whole(found, b"\1" * len(found), holds, stops)
        self._append(found, b"\1" * len(found), holds, stops)
        self._append_times(TokenColumns(words.start_ms, words.end_ms, words.tokens, range(1, len(found) + 1)))
        return True

    def _add_aligned(self, sentence: Sentence, text: str, words: Columns, floor_ms: int) -> None:
        """Add a sentence with any text and any tokens."""
        letters, start_ms = without_spaces(text), max(sentence.start_ms, floor_ms)
        lasts = token_ends(words, letters, start_ms, sentence.end_ms) if words.tokens else None
        placed = place_tokens(sentence, letters, floor_ms) if lasts is None else []
        edges = _token_ends(text, lasts or [span[1] for span in placed]) if words.tokens else None
        parts = split_pieces(text, self._profile, edges)
        heads = [part[0] for part in parts]
        if not "".join(heads).isalnum():
            parts = _attach_punctuation(parts)
            heads = [part[0] for part in parts]
        found = list(map(self._facts.__getitem__, parts))
        spaces = bytearray([head == " " for head in heads]) if " " in text else bytearray(len(parts))
        spaces[0] = (
            self._profile.spaces if self._last is None else _is_space_between(self._last, found[0], self._profile)
        )
        special = [i for i, fact in enumerate(found) if fact[3] & SPECIAL]
        holds, stops = self._links(found, special)
        if not self._profile.spaces:
            _allow_breaks_at_spaces(found, spaces, holds)
        if any(found[i][3] & ENCLOSES for i in special):
            _keep_brackets_whole(found, spaces, holds, stops)
        self._append(found, spaces, holds, stops)
        sizes = [fact[5] for fact in found]
        columns = None if lasts is None else assign_whole_tokens(words, lasts, sizes)
        if columns is None:
            columns = assign_tokens(placed or place_tokens(sentence, letters, floor_ms), letters, sizes)
        self._append_times(columns)

    def _append(self, found: Sequence[Features], spaces: bytes | bytearray, holds: bytearray, stops: bytearray) -> None:
        """Append the pieces of a sentence, with what is between them."""
        chunks = self.chunks
        chunks.pieces += found
        chunks.spaces.extend(spaces)
        chunks.holds.extend(holds)
        chunks.sentence_ends.extend(stops)

    def _append_times(self, columns: TokenColumns) -> None:
        """Append the times and tokens of the pieces of a sentence."""
        chunks, (starts, ends, words, counts) = self.chunks, columns
        taken = len(chunks.words)
        chunks.start_ms += starts
        chunks.end_ms += ends
        chunks.words += words
        chunks.word_bounds.extend(
            range(taken + 1, taken + 1 + len(counts))
            if isinstance(counts, range)
            else [taken + count for count in counts]
        )

    def _links(self, found: Sequence[Features], special: Sequence[int]) -> tuple[bytearray, bytearray]:
        """For each piece of a sentence, whether a break before it is forbidden, and whether a sentence ends after it.

        Looks only at pieces with features that can have such an effect.
        """
        count, profile = len(found), self._profile
        holds, stops = bytearray(count), bytearray(count)
        holds[0] = self._end_sentence(found[0])
        trailing = []
        for i in special:
            piece = found[i]
            bits = piece[3]
            if i and bits & BACKWARD:
                if bits & BACKWARD == BINDS_BACK and not found[i - 1][3] & FORWARD:
                    holds[i] = found[i - 1][0][-1] not in COMMAS
                else:
                    self._link_pair(found, i, holds, stops)
            if i and bits & TRAILS:
                trailing.append(i)
            forward = bits & FORWARD
            if not forward or i + 1 == count:
                continue
            if forward & BINDS_FORWARD and profile.spaces:
                holds[i + 1] = piece[2] != found[i + 1][2]  # "the the": a restarted word
            elif forward in (PAIRS, BINDS_FORWARD) and not found[i + 1][3] & BACKWARD:
                holds[i + 1] = piece[0][-1] not in COMMAS and is_bound_pair(piece, found[i + 1], profile)
            else:
                self._link_pair(found, i + 1, holds, stops)
        if profile.particles:
            self._hold_particles(found, trailing, holds)
        self._named = self._may_be_named(found, stops, count - 1)
        self._last = found[-1]
        return holds, stops

    def _hold_particles(self, found: Sequence[Features], trailing: Sequence[int], holds: bytearray) -> None:
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

    def _link_pair(self, found: Sequence[Features], second: int, holds: bytearray, stops: bytearray) -> None:
        """Decide about two neighbours of one sentence."""
        first = second - 1
        a, b = found[first], found[second]
        named = self._may_be_named(found, stops, first)
        stops[first] = is_sentence_end(a, b, self._profile, lower_case=self._lower, cut=False, named=named)
        opening = bool(stops[first - 1]) if first else self._ended
        holds[second] = is_unbreakable(a, b, self._profile, ended=bool(stops[first]), opening=opening)
        if holds[second] and a.bits & TITLE and second + 1 < len(found):
            holds[second + 1] = is_surname(b, found[second + 1], self._profile)

    def _may_be_named(self, found: Sequence[Features], stops: bytearray, at: int) -> bool:
        """Whether the piece before could be part of one name with this one."""
        if at == 0:
            return self._last is None or self._last.text[:1].isupper()
        return bool(stops[at - 1]) or found[at - 1].text[:1].isupper()

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
            self.chunks.sentence_ends[-1] = 1
        return following is not None and is_unbreakable(last, following, self._profile, ended=ended)


def _allow_breaks_at_spaces(found: Sequence[Features], spaces: bytearray, holds: bytearray) -> None:
    """Allow breaks at the spaces of a writing without word spaces: there a space ends a phrase, as a comma does."""
    i = spaces.find(1, 1)
    while i > 0:
        if found[i].kind == found[i - 1].kind == WORD:
            holds[i] = False
        i = spaces.find(1, i + 1)


_WIDEST_BRACKET = 26  # columns: people break 12 of 2,600 up to there; also the narrowest line in use


def _keep_brackets_whole(
    found: Sequence[Features], spaces: bytes | bytearray, holds: bytearray, stops: bytearray
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
                holds[first + 1 : last + 1] = b"\1" * (last - first)
                break


def _token_ends(text: str, lasts: Iterable[int]) -> set[int]:
    """Ends of tokens as offsets in the text with its spaces."""
    if " " not in text:
        return {last for last in lasts if last}
    places = [i + 1 for i, character in enumerate(text) if not character.isspace()]
    return {places[last - 1] for last in lasts if last}


def _are_words(tokens: Sequence[str], text: str) -> bool:
    """Whether each token is one word of the text, with the space before it."""
    spaces = len(tokens) - 1
    return text.count(" ") == spaces and "\n".join(tokens).count("\n ") == spaces and "".join(tokens) == text


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
