"""Cuts a transcript into chunks: the smallest units that layout moves, with their times, widths and features.

The one rule: the chunks of a turn, with their spaces, are the text of its sentences; nothing but white space is added,
lost or changed.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from operator import add, itemgetter, sub
from typing import NamedTuple, overload

from captioner.layout.lexicon import LanguageProfile, detect_language, language_profile
from captioner.layout.no_break import HAS_NO_LETTER, LATIN, NUMBER, PART, PUNCT, WORD, FeatureCache, Features
from captioner.layout.no_break_places import find_no_break_places
from captioner.layout.token_timing import (
    Columns,
    TokenColumns,
    TokenSpan,
    are_ordered,
    assign_tokens,
    assign_whole_tokens,
    evenly_spread,
    place_tokens,
    size_flags,
    token_flags,
    without_spaces,
)
from captioner.layout.words import (
    OPENING,
    can_be_cut_together,
    has_unspaced,
    normalize_spaces,
    split_pieces,
)
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
        text, columns, key, _, kind, _, _ = self.pieces[number]
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
        for first in range(0, len(sentences), _BLOCK_SENTENCES):
            maker.add(sentences[first : first + _BLOCK_SENTENCES])
        found.append(LayoutTurn(speaker, maker.finish(), language, maker.evenly_timed * 2 > len(maker.chunks)))
    return found


_BLOCK_SENTENCES = 64  # added at once: loops over the words of one sentence are too short to be quick
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


SpokenSentence = tuple[Sentence, str]  # with its normalised text


def _spoken_sentences(transcript: Transcript) -> Iterator[SpokenSentence]:
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
    said: Iterable[SpokenSentence], base: str
) -> Iterator[tuple[str | None, LanguageProfile, list[SpokenSentence]]]:
    """Runs of sentences with one speaker, channel and language profile."""
    key: tuple[str | None, int, LanguageProfile] | None = None
    run: list[SpokenSentence] = []
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
    """Makes the chunks of one turn, some sentences at a time."""

    def __init__(self, language: LanguageProfile, facts: FeatureCache) -> None:
        self.chunks = Chunks()
        self.evenly_timed = 0  # chunks with interpolated times
        self._profile = language
        self._facts = facts
        self._lower: list[bool] = []  # for each sentence whether it is all in lower case

    def add(self, sentences: Sequence[SpokenSentence]) -> None:
        """Append the chunks of some sentences."""
        words = Columns.of([sentence for sentence, _ in sentences])
        if self._add_matching(sentences, words) or self._add_aligned(sentences, words):
            return
        middle = len(sentences) // 2
        self.add(sentences[:middle])
        self.add(sentences[middle:])

    def finish(self) -> Chunks:
        """Return the chunks, with the places where no break is allowed and the ends of sentences."""
        chunks = self.chunks
        chunks.holds, chunks.sentence_ends = find_no_break_places(
            chunks.pieces, chunks.spaces, chunks.segment_ends, self._lower, self._profile
        )
        return chunks

    def _add_matching(self, sentences: Sequence[SpokenSentence], words: Columns) -> bool:
        """Add sentences in the common case, quickly: words between spaces, each one token with valid times."""
        parts = _words_of_tokens([text for _, text in sentences], words) if self._profile.spaces else None
        if parts is None or not are_ordered(words, [sentence for sentence, _ in sentences], self._floor_ms(sentences)):
            return False
        found = list(map(self._facts.__getitem__, parts))
        if any([piece[6] & HAS_NO_LETTER for piece in found]):  # noqa: C419  # twice as quick as a generator
            return False
        self._append(sentences, found, b"\1" * len(found), words, words.bounds)
        self._append_times(TokenColumns(words.start_ms, words.end_ms, words.tokens, range(1, len(found) + 1)))
        return True

    def _add_aligned(self, sentences: Sequence[SpokenSentence], words: Columns) -> bool:
        """Add sentences with any text and any tokens; several at once only if they can be cut together, all tokens
        are in the text, and all times are valid."""
        letters, floor_ms = [without_spaces(text) for _, text in sentences], self._floor_ms(sentences)
        several = len(sentences) > 1
        if several and not (can_be_cut_together(self._profile) and "".join([s[1] for s in sentences]).isprintable()):
            return False
        flags = token_flags(words, letters, [sentence for sentence, _ in sentences], floor_ms)
        if several and flags is None:
            return False
        text = "\n".join([text for _, text in sentences])
        spans = place_tokens(sentences[0][0], letters[0], floor_ms) if flags is None else []
        edges = _token_edges(text, flags or _span_flags(spans)) if words.tokens else None
        rows = list(map(_with_punctuation, _lines(split_pieces(text, self._profile, edges), len(sentences))))
        parts = list(chain.from_iterable(rows))
        found = list(map(self._facts.__getitem__, parts))
        bounds = list(accumulate(map(len, rows), initial=0))
        self._append(sentences, found, self._spaces_before(parts, found, bounds), words, bounds)
        sizes = [piece[5] for piece in found]
        columns = assign_whole_tokens(words, flags, sizes) if flags else None
        if columns is not None:
            self._append_times(columns)
            return True
        at = 0
        for number, (sentence, _) in enumerate(sentences):  # a piece cuts a token, or a token is not in the text
            own, text = sizes[bounds[number] : bounds[number + 1]], letters[number]
            columns = assign_whole_tokens(words.sentence(number), flags[at : at + len(text)], own) if flags else None
            if columns is None:
                columns = assign_tokens(spans or place_tokens(sentence, text, self._floor_ms(sentences)), text, own)
            self._append_times(columns)
            at += len(text)
        return True

    def _floor_ms(self, sentences: Sequence[SpokenSentence]) -> int:
        """The earliest time of the next piece: the end of the last one."""
        return self.chunks.end_ms[-1] if self.chunks.end_ms else min(0, sentences[0][0].start_ms)

    def _spaces_before(self, parts: Sequence[str], found: Sequence[Features], bounds: Sequence[int]) -> bytearray:
        """For each piece 1 where a space is printed before it."""
        spaces = bytearray([part[0] == " " for part in parts])
        last = self.chunks.pieces[-1] if self.chunks.pieces else None
        for first in bounds[:-1]:
            before = found[first - 1] if first else last
            spaces[first] = (
                self._profile.spaces if before is None else _is_space_between(before, found[first], self._profile)
            )
        return spaces

    def _append(
        self,
        sentences: Sequence[SpokenSentence],
        found: Sequence[Features],
        spaces: bytes | bytearray,
        words: Columns,
        bounds: Sequence[int],
    ) -> None:
        """Append the pieces of some sentences; `bounds` has the number of each sentence's first piece, and the end."""
        chunks = self.chunks
        chunks.pieces += found
        chunks.spaces.extend(spaces)
        ends = bytearray(len(found))
        for bound in bounds[1:]:
            ends[bound - 1] = 1
        chunks.segment_ends.extend(ends)
        self._lower += [text.islower() for _, text in sentences]
        self.evenly_timed += sum([bounds[number + 1] - bounds[number] for number in evenly_spread(words)])

    def _append_times(self, columns: TokenColumns) -> None:
        """Append the times and tokens of the pieces of some sentences."""
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


def _span_flags(spans: Sequence[TokenSpan]) -> bytes:
    """The ends of tokens at their places in a text, as `token_flags` gives them."""
    lasts = [span[1] for span in spans]
    return size_flags(map(sub, lasts, [0, *lasts]))


def _token_edges(text: str, flags: bytes) -> bytes:
    """For each character of a text 1 where it is the last of a token.

    Args:
        text: Texts of sentences, in lines.
        flags: The same for these texts without any white space.
    """
    if " " not in text and "\n" not in text:
        return flags.ljust(len(text), b"\0")
    parts, at = [], 0
    for part in _WHITE_SPACE.split(text):
        parts.append(flags[at : at + len(part)])
        at += len(part)
    return b"\0".join(parts)


_WHITE_SPACE = re.compile(r"\s")


def _lines(pieces: list[str], count: int) -> Iterator[list[str]]:
    """The pieces of each line of a text."""
    at = 0
    for _ in range(count - 1):
        end = pieces.index("\n", at)
        yield pieces[at:end]
        at = end + 1
    yield pieces[at:]


def _words_of_tokens(texts: Sequence[str], words: Columns) -> Sequence[str] | None:
    """The pieces of sentences of which every token is one word between spaces; None for others.

    Args:
        texts: Texts of the sentences.
        words: Their tokens.
    """
    joined = "\n".join(texts)
    if [text.count(" ") + 1 for text in texts] != list(map(sub, words.bounds[1:], words.bounds)) or has_unspaced(
        joined
    ):
        return None
    if "\n".join(words.texts) == joined.replace(" ", "\n "):  # each token with the space before it
        return words.texts
    parts = joined.replace("\n", " ").split(" ")
    return parts if [token.strip() for token in words.texts] == parts else None


def _with_punctuation(parts: list[str]) -> list[str]:
    """The pieces of a sentence, those of punctuation alone joined to the others."""
    return parts if "".join([part[0] for part in parts]).isalnum() else _attach_punctuation(parts)


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
