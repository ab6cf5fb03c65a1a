"""Computes when each character of a sentence was spoken, from the recogniser's tokens in any condition.

The one rule: the sentence's text is the authority for the words, the tokens only for the times. Tokens that are empty,
out of order, overlapping, of no length, or of another wording are made to cover the text once, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, chain, compress, pairwise
from operator import eq, ge, le, lt, sub
from sys import intern
from typing import NamedTuple

from captioner.model import Sentence, Word

__all__ = [
    "Columns",
    "TokenColumns",
    "TokenSpan",
    "are_ordered",
    "assign_tokens",
    "assign_whole_tokens",
    "evenly_spread",
    "place_tokens",
    "size_flags",
    "token_flags",
    "without_spaces",
]

_MS_PER_CHARACTER = 70  # about 14 characters a second, ordinary English speech; used only when no time is known
_SEARCH = 24  # distance in characters in which a token is searched: a few lost words, not the next clause
_ROUNDING_MS = 2  # rounding to whole milliseconds at both ends
_EVEN_TOKENS = 5  # fewer tokens may be of one length by chance


def size_flags(sizes: Iterable[int]) -> bytes:
    """For each character of a text in parts of these sizes 1 where it is the last of its part, else 0."""
    return b"".join(map(_FLAGS.__getitem__, sizes))


class _Flags(dict[int, bytes]):
    """The `size_flags` of one part, by its size."""

    def __missing__(self, size: int) -> bytes:
        flags = bytes(size - 1) + b"\1" if size else b""
        if size < _LONGEST_KEPT:
            self[size] = flags
        return flags


_LONGEST_KEPT = 64
_FLAGS = _Flags()


def without_spaces(text: str) -> str:
    """The text without any white space: the form in which tokens and sentence are compared."""
    if not text.isprintable():  # other white space is not printable
        return "".join(text.split())
    return text.replace(" ", "") if " " in text else text


class TokenSpan(NamedTuple):
    """A token at its position in the sentence's text without spaces.

    Attributes:
        first: Offset of its first character.
        last: Offset after its last.
        start_ms: First millisecond spoken.
        end_ms: First millisecond after it.
        word: The token.
    """

    first: int
    last: int
    start_ms: int
    end_ms: int
    word: Word


class Columns(NamedTuple):
    """The tokens of some sentences by columns.

    Attributes:
        tokens: The tokens.
        texts: Text of each with its punctuation.
        start_ms: Starts.
        end_ms: Ends.
        bounds: For each sentence the number of its first token, and one after the last token of all.
    """

    tokens: Sequence[Word]
    texts: list[str]
    start_ms: list[int]
    end_ms: list[int]
    bounds: list[int]

    @classmethod
    def of(cls, sentences: Iterable[Sentence]) -> Columns:
        """The columns of the tokens of sentences."""
        rows = [sentence.words for sentence in sentences]
        words = list(chain.from_iterable(rows))
        texts = [word.text + word.punctuation for word in words]
        starts, ends = [word.start_ms for word in words], [word.end_ms for word in words]
        return cls(words, texts, starts, ends, list(accumulate(map(len, rows), initial=0)))

    def sentence(self, number: int) -> Columns:
        """The columns of one sentence."""
        first, last = self.bounds[number], self.bounds[number + 1]
        tokens, texts, starts, ends, _ = self
        return Columns(tokens[first:last], texts[first:last], starts[first:last], ends[first:last], [0, last - first])


_new = tuple.__new__  # creates a named tuple without the overhead of keyword handling


def is_ordered(starts: Sequence[int], ends: Sequence[int], start_ms: int, end_ms: int) -> bool:
    """Whether the tokens lie inside the times given, in order, without overlap, each of some length."""
    return (
        bool(starts)
        and starts[0] >= start_ms
        and ends[-1] <= end_ms
        and all(map(lt, starts, ends))
        and all(map(le, ends, starts[1:]))
    )


def are_ordered(words: Columns, sentences: Sequence[Sentence], floor_ms: int) -> bool:
    """Whether the tokens of every sentence are ordered as `is_ordered` asks, none before the sentence before it ends.

    Args:
        words: The tokens; every sentence has some.
        sentences: Their sentences.
        floor_ms: End of the sentence before the first.
    """
    starts, ends, bounds = words.start_ms, words.end_ms, words.bounds
    return (
        is_ordered(starts, ends, floor_ms, ends[-1])
        and all(map(le, [each.start_ms for each in sentences], map(starts.__getitem__, bounds)))
        and all(map(ge, [each.end_ms for each in sentences], [ends[bound - 1] for bound in bounds[1:]]))
    )


def evenly_spread(words: Columns) -> list[int]:
    """The sentences whose times were interpolated: without pauses, and every token has one length, or one length per
    character, except a few that count for two or three.

    Paraformer answers like this when timestamp alignment is off (Model Studio samples, 2026-03).
    """
    follows = bytes(map(eq, words.start_ms[1:], words.end_ms))  # 1 where there is no pause after a token
    lengths = list(map(sub, words.end_ms, words.start_ms))
    return [
        number
        for number, (first, last) in enumerate(pairwise(words.bounds))
        if last - first >= _EVEN_TOKENS
        and follows.find(0, first, last - 1) < 0
        and _are_even(lengths[first:last], words.tokens[first:last])
    ]


def _are_even(lengths: Sequence[int], tokens: Sequence[Word]) -> bool:
    """Whether the tokens of a sentence have even lengths, as `evenly_spread` says."""
    if max(lengths) - min(lengths) <= _ROUNDING_MS or _is_in_units(lengths):
        return True
    sizes = [len(text) or 1 for text in _without_spaces([word.text for word in tokens])]
    return _is_in_units([(length if length > 1 else 1) / size for length, size in zip(lengths, sizes, strict=True)])


def _is_in_units(lengths: Sequence[float]) -> bool:
    """Whether nearly all lengths are one unit and the rest two or three, as after an interpolation over units."""
    unit = min(lengths)
    if unit <= 0 or max(lengths) > 4 * (unit + _ROUNDING_MS):  # longer than three units, however rounded
        return False
    singles = 0
    for length in lengths:
        count = round(length / unit)
        if not 1 <= count <= 3 or abs(length - count * unit) > _ROUNDING_MS * count:
            return False
        singles += count == 1
    return singles * 2 > len(lengths)


def place_tokens(sentence: Sentence, text: str, floor_ms: int) -> list[TokenSpan]:
    """Place the tokens on the sentence's text, covering it exactly, with times in order.

    Args:
        sentence: Sentence of the tokens.
        text: Its text without spaces, not empty.
        floor_ms: End of the sentence before; no time is earlier.
    """
    placed = _locate(sentence.words, text) or [
        TokenSpan(0, len(text), sentence.start_ms, sentence.end_ms, Word("", "", 0, 0))
    ]
    start = max(sentence.start_ms, floor_ms)
    end = sentence.end_ms
    if sentence.end_ms <= sentence.start_ms:  # the sentence's own times are useless
        end = max(span.end_ms for span in placed)
    if end <= start:
        end = start + _MS_PER_CHARACTER * len(text) if sentence.end_ms <= sentence.start_ms else start
    if is_ordered([span.start_ms for span in placed], [span.end_ms for span in placed], start, end):
        return placed
    return _repair_times(placed, start, end)


def token_flags(words: Columns, letters: Sequence[str], sentences: Sequence[Sentence], floor_ms: int) -> bytes | None:
    """The ends of tokens in the texts of their sentences, where the tokens are these texts and their times are valid.

    Args:
        words: Tokens of the sentences.
        letters: Texts of the sentences without spaces, not empty.
        sentences: The sentences.
        floor_ms: End of the sentence before the first.

    Returns:
        For each letter 1 where it is the last of a token, else 0; None where a token of any sentence is not in its
        text, or its time is not valid.
    """
    texts = _without_spaces(words.texts)
    if "".join(texts) != "".join(letters) or not all(texts) or not all([word.text for word in words.tokens]):  # noqa: C419
        return None
    flags, last = size_flags(map(len, texts)), 0
    for text, count in zip(letters, map(sub, words.bounds[1:], words.bounds), strict=True):
        first, last = last, last + len(text)
        if not flags[last - 1] or flags.count(1, first, last) != count:
            return None
    return flags if are_ordered(words, sentences, floor_ms) else None


def _without_spaces(texts: Sequence[str]) -> Sequence[str]:
    """Texts without any white space."""
    together = "".join(texts)
    if not together.isprintable():
        return list(map(without_spaces, texts))
    return "\n".join(texts).replace(" ", "").split("\n") if " " in together else texts


def _locate(words: Sequence[Word], text: str) -> list[TokenSpan]:
    """Every token at its characters; characters without a token go to the neighbours."""
    texts = [word.text + word.punctuation for word in words]
    if "".join(texts) != text:
        texts = [without_spaces(token) for token in texts]
    tokens = [(token, word) for token, word in zip(texts, words, strict=True) if token]
    if "".join(texts) != text:
        return _cover(_find_tokens(tokens, text), text)
    placed, at = [], 0
    for token, word in tokens:
        end = at + len(token)
        placed.append(_new(TokenSpan, (at, end, word.start_ms, word.end_ms, word)))
        at = end
    return placed


def _find_tokens(tokens: Sequence[tuple[str, Word]], text: str) -> list[TokenSpan]:
    """Find the tokens in the text, in order; a token that is not found keeps its time in a span of no characters."""
    lowered = text.lower() if len(text.lower()) == len(text) else text
    found: list[TokenSpan] = []
    at = missed = 0
    for token, word in tokens:
        wanted = without_spaces(word.text).lower() or token
        place = lowered.find(wanted, at, at + _SEARCH + missed + len(wanted))
        if place < 0:
            missed += len(token)
            found.append(TokenSpan(at, at, word.start_ms, word.end_ms, word))
            continue
        missed = 0
        at = place + len(wanted)
        mark = without_spaces(word.punctuation)
        if mark and text.startswith(mark, at):
            at += len(mark)
        found.append(TokenSpan(place, at, word.start_ms, word.end_ms, word))
    return found


def _cover(found: Sequence[TokenSpan], text: str) -> list[TokenSpan]:
    """Make the spans cover the text: a gap takes the time of the tokens not found in it, else its neighbour's."""
    covering: list[TokenSpan] = []
    lost: list[TokenSpan] = []
    at = 0
    for span in [*found, None]:
        if span is not None and span.first == span.last:
            lost.append(span)
            continue
        stop = len(text) if span is None else span.first
        if stop > at:
            _fill(covering, lost, text, at, stop)
        if span is not None:
            first = 0 if not covering else span.first
            covering.append(span._replace(first=first))
            at = span.last
        lost = []
    return covering


def _fill(covering: list[TokenSpan], lost: Sequence[TokenSpan], text: str, first: int, last: int) -> None:
    """Cover a gap with the time of the tokens lost in it, else by stretching the token before it."""
    if lost:
        start, end = min(s.start_ms for s in lost), max(s.end_ms for s in lost)
        covering.append(TokenSpan(first, last, start, end, Word(text[first:last], "", start, end)))
    elif covering:
        covering[-1] = covering[-1]._replace(last=last)


def _repair_times(placed: Sequence[TokenSpan], start_ms: int, end_ms: int) -> list[TokenSpan]:
    """The spans with times inside the limits, in order, without overlap, and of some length where there is room."""
    times = [(min(max(s.start_ms, start_ms), end_ms), min(max(s.end_ms, start_ms), end_ms)) for s in placed]
    times = [(a, max(a, b)) for a, b in times]
    if any(b[0] < a[0] for a, b in pairwise(times)):
        times.sort()
    starts, ends = [a for a, _ in times], [b for _, b in times]
    for i in range(1, len(times)):
        if starts[i] < ends[i - 1]:
            meet = max((starts[i] + min(ends[i - 1], ends[i])) // 2, starts[i - 1])
            starts[i] = ends[i - 1] = meet
            ends[i] = max(ends[i], meet)
    _stretch(starts, ends, [max(1, s.last - s.first) for s in placed], end_ms)
    return [
        span._replace(start_ms=a, end_ms=b, word=replace(span.word, start_ms=a, end_ms=b))
        for span, a, b in zip(placed, starts, ends, strict=True)
    ]


def _stretch(starts: list[int], ends: list[int], sizes: Sequence[int], limit_ms: int) -> None:
    """Give every run of tokens without length a share of the silence after it, else of a neighbour's time."""
    i, count = 0, len(starts)
    while i < count:
        if ends[i] > starts[i]:
            i += 1
            continue
        stop = i
        while stop < count and ends[stop] <= starts[stop]:
            stop += 1
        room_end = starts[stop] if stop < count else limit_ms
        first, last = i, stop
        end = min(room_end, starts[i] + _MS_PER_CHARACTER * sum(sizes[i:stop]))
        if end - starts[i] < stop - i:  # no silence: share with the token before, or the one after
            first = max(0, i - 1)
            last = stop if i else min(count, stop + 1)
            end = max(ends[last - 1], end)
        _share(starts, ends, sizes, first, last, end)
        i = max(stop, last)


def _share(starts: list[int], ends: list[int], sizes: Sequence[int], first: int, last: int, end_ms: int) -> None:
    """Divide the time from the first token's start to `end_ms` among tokens, by their characters."""
    begin, total, done = starts[first], sum(sizes[first:last]), 0
    for k in range(first, last):
        starts[k] = begin + (end_ms - begin) * done // total
        done += sizes[k]
        ends[k] = begin + (end_ms - begin) * done // total


class TokenColumns(NamedTuple):
    """Times and tokens of the pieces of a sentence.

    Attributes:
        start_ms: Start of each piece.
        end_ms: End of each piece.
        words: The tokens of all pieces.
        ends: For each piece the number of tokens up to its end.
    """

    start_ms: Sequence[int]
    end_ms: Sequence[int]
    words: Sequence[Word]
    ends: Sequence[int]


def assign_whole_tokens(words: Columns, flags: bytes, sizes: Iterable[int]) -> TokenColumns | None:
    """As `assign_tokens` where no piece cuts a token, quickly; None elsewhere.

    Args:
        words: The tokens.
        flags: Their ends in the text, as `token_flags` finds them.
        sizes: Number of characters of each piece.
    """
    pieces = size_flags(sizes)
    if pieces == flags:  # every piece is a token
        return TokenColumns(words.start_ms, words.end_ms, words.tokens, range(1, len(words.tokens) + 1))
    if int.from_bytes(pieces, "big") & ~int.from_bytes(flags, "big"):
        return None
    ends = bytes(compress(pieces, flags))  # for each token 1 where it is the last of a piece
    starts = compress(words.start_ms, b"\1" + ends[:-1])
    numbers = compress(range(1, len(ends) + 1), ends)
    return TokenColumns(list(starts), list(compress(words.end_ms, ends)), words.tokens, list(numbers))


def assign_tokens(placed: Sequence[TokenSpan], text: str, sizes: Iterable[int]) -> TokenColumns:
    """Give each piece of a sentence the tokens of its characters; a token cut in two gives each part its share.

    Args:
        placed: The tokens at their positions, covering the text.
        text: The sentence's text without spaces.
        sizes: Number of characters of each piece.
    """
    starts, ends, words, counts = list[int](), list[int](), list[Word](), list[int]()
    index = at = 0
    for size in sizes:
        begun, stop = len(words), at + size
        while at < stop:
            first, last, _, _, word = placed[index]
            if first == at and last <= stop and word.text:  # the common case: a whole token
                words.append(word)
            else:
                last = min(stop, last)
                words.append(_part(placed[index], text, at, last))
            at = last
            index += last == placed[index][1]
        starts.append(words[begun].start_ms)
        ends.append(words[-1].end_ms)
        counts.append(len(words))
    return TokenColumns(starts, ends, words, counts)


def _part(span: TokenSpan, text: str, first: int, last: int) -> Word:
    """A token of the characters from one offset to another of those that the span covers."""
    length, size = span.end_ms - span.start_ms, span.last - span.first
    start = span.start_ms + length * (first - span.first) // size
    end = span.start_ms + length * (last - span.first) // size
    return Word(intern(text[first:last]), "", start, end, span.word.confidence)  # parts repeat: one copy of each text
