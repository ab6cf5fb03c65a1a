"""Aligns the recogniser's tokens with the text of their sentence. Pure.

The text of a sentence is the plain concatenation of its tokens' text and punctuation, nothing added or trimmed;
spaces are inside the tokens (before a Latin word in Fun-ASR, after it in Paraformer). Where the two differ, as in the
translated examples of the English documentation, the sentence text has the words and the tokens only have the times:
they are aligned to the text, ignoring white space, and take their text from it.

One rule: the words returned, concatenated, are the text returned.

Source: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", the examples of the English (2026-03-24) and of the
Chinese edition (2026-01-27).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from captioner.languages import gap_between
from captioner.model import Word

__all__ = ["align_tokens", "normalize", "text_of_tokens"]

_TAG = re.compile(r"<\|/?[A-Za-z_]{1,30}\|>")
"""Tags such as `<|ANGRY|>` that SenseVoice puts into its text. Source: Model Studio, SenseVoice pages, 2025."""

_RUN = re.compile(r"[ \t\r\n\f\v\x1c-\x1f\x85\u2028\u2029]+")
"""White space that only separates. The ideographic and the no-break space are kept: they are intended."""

_CJK = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"


def normalize(text: str) -> str:
    """The text without outer white space, tags, runs of spaces and invalid characters (lone surrogates)."""
    if "<|" in text:
        text = _TAG.sub("", text)
    if not text.isascii() and not _encodable(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "  " in text or not text.isprintable():
        text = _RUN.sub(" ", text)
    return text.strip()


def align_tokens(text: str, words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with their text taken from `text`, so that they concatenate to exactly `text`.

    Args:
        text: A normalised, non-empty text: the authority for the words.
        words: Tokens in time order. Their times are kept; a token that is not in the text gives its time to the words
            in its place.

    Returns:
        Words in order; none is empty. Empty only when there were no tokens.
    """
    if not words:
        return ()
    source = _SearchText(text)
    matches = _match_tokens(source, words)
    return _WordBuilder(text, words).assemble(matches)


def text_of_tokens(words: Sequence[Word]) -> str:
    """Text of a sentence that came without its own: its tokens joined.

    Tokens of the service have their spaces inside. Where no token has any, as in JSON that another program has made of
    the words, a space is put between those of writing with spaces.
    """
    tokens = [word.text + word.punctuation for word in words]
    if any(token != token.strip() for token in tokens):
        return "".join(tokens)
    return "".join([tokens[0], *(f"{gap_between(*pair)}{pair[1]}" for pair in pairwise(tokens))]) if tokens else ""


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _SearchText:
    """A text without white space and differences of case, for searching, with the original position of each character.

    Attributes:
        text: The reduced text.
        at: For each of its characters the index in the original.
        original: The original text.
    """

    def __init__(self, original: str) -> None:
        self.at = [i for i, char in enumerate(original) if not char.isspace()]
        self.text = _fold_case("".join([original[i] for i in self.at]))
        self.original = original

    def find(self, core: str, start: int, reach: int, *, following: bool) -> int:
        """Index of `core` at or shortly after `start`, -1 if none.

        A Latin token that begins right after the last one may be a part of a word (" re" and "ed"); elsewhere it must
        be a whole word.
        """
        limit = start + reach + len(core)
        index = self.text.find(core, start, limit)
        if index == start and following:
            return index
        while index >= 0 and self._is_part(index, index + len(core)):
            index = self.text.find(core, index + 1, limit)
        return index

    def _is_part(self, start: int, end: int) -> bool:
        """Whether letters continue before or after a part of the reduced text."""
        first, last = self.at[start], self.at[end - 1]
        before, after = self.original[first - 1 : first], self.original[last + 1 : last + 2]
        return _is_one_word(before, self.original[first]) or _is_one_word(self.original[last], after)


def _fold_case(text: str) -> str:
    """The text without differences of case, with the same number of characters."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join([fold if len(fold := char.casefold()) == 1 else char for char in text])


def _is_one_word(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word of a script with word spaces."""
    return all(char.isalnum() and char < "\u2e80" for char in (left, right))


class _Match(NamedTuple):
    """A token found in the text: its index, its start, and the ends of its text and punctuation in the original."""

    token: int
    start: int
    text_end: int
    end: int


def _match_tokens(source: _SearchText, words: Sequence[Word]) -> list[_Match]:
    """Find the tokens in the text, greedily from left to right."""
    matches: list[_Match] = []
    position = skipped = 0
    for index, word in enumerate(words):
        core = _fold_case("".join(word.text.split()))
        # Far enough to pass the words in place of missed tokens, near enough not to match a distant "a".
        reach = 4 * len(core) + 2 * skipped + 2
        found = source.find(core, position, reach, following=not skipped) if core else -1
        if found < 0:
            skipped += len(core)
            continue
        text_end = end = found + len(core)
        mark = _fold_case("".join(word.punctuation.split()))
        if mark and source.text.startswith(mark, text_end):
            end = text_end + len(mark)
        at = source.at
        matches.append(_Match(index, at[found], at[text_end - 1] + 1, at[end - 1] + 1))
        position, skipped = end, 0
    return matches


class _WordBuilder:
    """Builds words from matches and from the text between them."""

    def __init__(self, text: str, words: Sequence[Word]) -> None:
        self._text = text
        self._words = words
        self._done: list[Word] = []
        self._lead = ""
        self._spaced = False

    def assemble(self, matches: Sequence[_Match]) -> tuple[Word, ...]:
        token = end = 0
        for match in matches:
            word = self._words[match.token]
            self._fill(self._text[end : match.start], self._words[token : match.token], word)
            text = self._lead + self._text[match.start : match.text_end]
            mark = self._text[match.text_end : match.end]
            self._done.append(Word(text, mark, word.start_ms, word.end_ms, word.confidence))
            self._lead = ""
            self._spaced = (word.text + word.punctuation)[-1:].isspace()
            token, end = match.token + 1, match.end
        self._fill(self._text[end:], self._words[token:], None)
        self._append_mark(self._lead)
        return tuple(self._done)

    def _fill(self, gap: str, missed: Sequence[Word], following: Word | None) -> None:
        """Give the text between two matches to its neighbours, and its words the times of the missed tokens."""
        if not self._done and not following:
            self._interpolate(gap, missed, following)
            return
        spoken = [i for i, char in enumerate(gap) if char.isalnum()]
        if not spoken:
            self._attach(gap, is_last=following is None)
            return
        self._attach(gap[: spoken[0]], is_last=False)
        self._interpolate(self._lead + gap[spoken[0] : spoken[-1] + 1], missed, following)
        self._attach(gap[spoken[-1] + 1 :], is_last=following is None)

    def _attach(self, gap: str, *, is_last: bool) -> None:
        """Divide text without words between the word before it and the word after it."""
        cut = self._share_of_previous(gap, is_last=is_last) if self._done else 0
        self._append_mark(gap[:cut])
        self._lead = gap[cut:]

    def _interpolate(self, gap: str, missed: Sequence[Word], following: Word | None) -> None:
        """Make words of text that no token spells: in the time of the missed tokens, otherwise in the pause."""
        units = _units(gap)
        if len(units) == len(missed):
            spans = [(word.start_ms, word.end_ms) for word in missed]
        else:
            spans = _divide([len(text.strip()) for text, _ in units], *self._span(missed, following))
        for (text, mark), (start_ms, end_ms) in zip(units, spans, strict=True):
            self._done.append(Word(text, mark, start_ms, end_ms))

    def _span(self, missed: Sequence[Word], following: Word | None) -> tuple[int, int]:
        if missed:
            return missed[0].start_ms, missed[-1].end_ms
        start_ms = self._done[-1].end_ms if self._done else following.start_ms if following else 0
        return start_ms, max(start_ms, following.start_ms if following else start_ms)

    def _share_of_previous(self, gap: str, *, is_last: bool) -> int:
        """Number of characters of a gap without words that belong to the word before it.

        These are all but the beginning of the next word: opening brackets, and everything after the last space. The
        space after punctuation stays with it, as both families write it; the space after a plain word belongs to the
        next one, unless the tokens end in spaces.
        """
        if is_last:
            return len(gap)
        cut = next((i for i in range(len(gap), 0, -1) if gap[i - 1].isspace()), 0)
        if cut:
            return cut if self._spaced or self._done[-1].punctuation or gap[:cut].strip() else 0
        cut = len(gap)
        while cut and unicodedata.category(gap[cut - 1]) in ("Ps", "Pi"):
            cut -= 1
        return cut

    def _append_mark(self, mark: str) -> None:
        if mark and self._done:
            last = self._done[-1]
            self._done[-1] = replace(last, punctuation=last.punctuation + mark)


def _units(gap: str) -> list[tuple[str, str]]:
    """Text and trailing punctuation of each piece of a gap; together they are the gap."""
    units: list[tuple[str, str]] = []
    prefix = ""
    pieces = _unit_pattern().findall(gap)
    for piece in pieces:
        whole = prefix + piece
        text = whole[: max((i + 1 for i, char in enumerate(whole) if char.isalnum()), default=0)]
        if text:
            units.append((text, whole[len(text) :]))
            prefix = ""
        elif units:
            units[-1] = (units[-1][0], units[-1][1] + whole)
        else:
            prefix = whole
    rest = gap[sum(map(len, pieces)) :]
    if prefix:
        return [(prefix, rest)]
    units[-1] = (units[-1][0], units[-1][1] + rest)
    return units


@cache
def _unit_pattern() -> re.Pattern[str]:
    """The smallest pieces that can have times of their own: a CJK character, or a run of anything else.

    Compiled on first use: few replies need it, and it takes longer than the rest of this module.
    """
    return re.compile(rf"\s*(?:[{_CJK}]|[^\s{_CJK}]+)")


def _divide(weights: Sequence[int], start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """Divide an interval in proportion to weights."""
    total, passed, edges = sum(weights) or 1, 0, [start_ms]
    for weight in weights:
        passed += weight
        edges.append(start_ms + (end_ms - start_ms) * passed // total)
    return list(pairwise(edges))
