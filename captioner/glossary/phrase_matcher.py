"""Finds any of many phrases in a text, as whole words, in one pass over the text. Pure.

Phrases are compared by words, and by characters where a script parts no words (Chinese, Japanese, Thai, Lao, Khmer,
Burmese). The time grows with the text and not with the number of phrases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

__all__ = ["MARKS", "Match", "Phrase", "PhraseMatcher", "Token", "tokens_of", "without_overlaps"]

_WIDE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Vowel signs, accents and joiners belong to the word before them; Python counts them as no part of words.
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u0900-\u0903\u093a-\u0963\u0981-\u0983"
    "\u09bc-\u09e3\u0a01-\u0a03\u0a3c-\u0a51\u0a70\u0a71\u0a81-\u0a83\u0abc-\u0ae3\u0b01-\u0b03\u0b3c-\u0b63\u0b82"
    "\u0bbe-\u0bd7\u0c00-\u0c04\u0c3c-\u0c63\u0c81-\u0c83\u0cbc-\u0ce3\u0d00-\u0d03\u0d3b-\u0d63\u0d81-\u0d83"
    "\u0dca-\u0df3\u200c\u200d"
)
_TOKEN = re.compile(f"[{_WIDE}]|[^\\W{_WIDE}](?:[^\\W{_WIDE}]|[{MARKS}])*|\\S")
_IS_WIDE = re.compile(f"[{_WIDE}]")
_IS_NARROW = re.compile(f"[^\\W{_WIDE}]|[{MARKS}]")
_APOSTROPHES = str.maketrans("’ʼ＇", "'''")
#: Particles that Korean writes onto a noun (National Institute of Korean Language, "Korean orthography", article 41);
#: a phrase of Hangul is found in front of them.
_PARTICLES = re.compile(
    "(?:이라고|에서는|에게서|으로는|이라는|에서|에게|한테|께서|으로|까지|부터|처럼|보다|라고|라는|이나|이랑|하고"
    "|[은는이가을를의에로와과도만랑씨])$"
)
_HANGUL = re.compile("[\uac00-\ud7a3]{2,}")
_ADJACENT, _SPACED, _EITHER = 0, 1, 2


class Token(NamedTuple):
    """A word, a character of a script without spaces, or a mark.

    Attributes:
        start: First character.
        end: First character after it.
        raw: The characters, normalised.
        key: The same in lower case.
    """

    start: int
    end: int
    raw: str
    key: str


class Match(NamedTuple):
    """A phrase where it stands.

    Attributes:
        start: First character.
        end: First character after it.
        phrase: Number of the phrase.
    """

    start: int
    end: int
    phrase: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase to find.

    Attributes:
        text: Its words; not empty.
        exact: Letters match in their own case only.
    """

    text: str
    exact: bool = False


def tokens_of(text: str) -> list[Token]:
    """The words, characters and marks of a text."""
    return [Token(match.start(), match.end(), *_normal(match[0])) for match in _TOKEN.finditer(text)]


@lru_cache(maxsize=65536)
def _normal(raw: str) -> tuple[str, str]:
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw).translate(_APOSTROPHES)
    return raw, raw.lower()


class _Node:
    __slots__ = ("after", "ends")

    def __init__(self) -> None:
        self.after: dict[tuple[str, int], _Node] = {}
        self.ends: list[int] = []


class PhraseMatcher:
    """Finds phrases; made once for many texts."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._phrases = tuple(phrases)
        self._raws = [tuple(token.raw for token in tokens_of(each.text)) for each in phrases]
        self._root = _Node()
        for number, phrase in enumerate(self._phrases):
            self._add(number, tokens_of(phrase.text))

    def _add(self, number: int, tokens: Sequence[Token]) -> None:
        node, gap = self._root, _EITHER
        for token, after in zip(tokens, [*tokens[1:], None], strict=True):
            node = node.after.setdefault((token.key, gap), _Node())
            if after is not None:
                gap = _gap_in_phrase(token, after)
        node.ends.append(number)

    def find(self, text: str) -> Iterator[Match]:
        """Every place of every phrase, overlapping ones among them, in the order of their beginnings."""
        tokens = tokens_of(text)
        gaps = [_SPACED, *(_ADJACENT if one.end == other.start else _SPACED for one, other in pairwise(tokens))]
        for at in range(len(tokens)):
            yield from self._from(text, tokens, gaps, at)

    def _from(self, text: str, tokens: Sequence[Token], gaps: Sequence[int], at: int) -> Iterator[Match]:
        if not _may_begin(text, tokens[at]):
            return
        first, nodes = at, [self._root]
        while nodes and at < len(tokens):
            token, gap = tokens[at], _EITHER if at == first else gaps[at]
            for stem in _stems(token.key):
                for node in _after(nodes, stem, gap):
                    end = token.start + len(stem)
                    yield from self._ending(node, tokens, first, at, end)
            nodes = _after(nodes, token.key, gap)
            if _may_end(text, token):
                for node in nodes:
                    yield from self._ending(node, tokens, first, at, token.end)
            at += 1

    def _ending(self, node: _Node, tokens: Sequence[Token], first: int, last: int, end: int) -> Iterator[Match]:
        for number in node.ends:
            if not self._phrases[number].exact or self._is_exact(number, tokens[first : last + 1]):
                yield Match(tokens[first].start, end, number)

    def _is_exact(self, number: int, tokens: Sequence[Token]) -> bool:
        raws = self._raws[number]
        return all(token.raw == raw for token, raw in zip(tokens[:-1], raws[:-1], strict=True)) and tokens[
            -1
        ].raw.startswith(raws[-1])


def _gap_in_phrase(token: Token, after: Token) -> int:
    """Whether space is between two words of a phrase; a recogniser may leave it out beside a wide character."""
    if token.end == after.start:
        return _ADJACENT
    return _EITHER if _IS_WIDE.match(token.raw[-1]) or _IS_WIDE.match(after.raw[0]) else _SPACED


def _after(nodes: Sequence[_Node], key: str, gap: int) -> list[_Node]:
    gaps = (_ADJACENT, _SPACED, _EITHER) if gap == _EITHER else (gap, _EITHER)
    return [found for node in nodes for each in gaps if (found := node.after.get((key, each))) is not None]


def _stems(key: str) -> list[str]:
    """The noun in a word of Hangul, for every particle that it may end with."""
    if not _HANGUL.fullmatch(key):
        return []
    starts = (match.start() for length in (1, 2, 3) if (match := _PARTICLES.match(key, max(0, len(key) - length))))
    return [key[:start] for start in starts if start > 1]


def _may_begin(text: str, token: Token) -> bool:
    """Whether no word runs into a mark from the left; a word begins where it begins."""
    return token.start == 0 or _IS_NARROW.match(token.raw) is not None or not _is_narrow(text[token.start - 1]) or bool(
        _IS_WIDE.match(token.raw)
    )  # fmt: skip


def _may_end(text: str, token: Token) -> bool:
    is_mark = not _IS_NARROW.match(token.raw) and not _IS_WIDE.match(token.raw)
    return not (is_mark and token.end < len(text) and _is_narrow(text[token.end]))


def _is_narrow(char: str) -> bool:
    return _IS_NARROW.match(char) is not None


def without_overlaps(matches: Sequence[Match], ranks: Sequence[int]) -> list[Match]:
    """The matches that do not overlap, in order: of two that do, the longer, then the one of the lower rank.

    Args:
        matches: In the order of their beginnings.
        ranks: Of each phrase, by its number.
    """
    order = sorted(matches, key=lambda each: (each.start - each.end, ranks[each.phrase], each.start))
    taken: set[int] = set()
    kept = []
    for match in order:
        span = range(match.start, match.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(match)
    return sorted(kept)
