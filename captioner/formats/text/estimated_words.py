"""Times of words where only a text and its time are known: each has its share by its characters."""

from __future__ import annotations

import re
from collections.abc import Iterable

from captioner.model import Word

__all__ = ["estimated_words", "shares"]

# One token for each Han character or kana, which are written without spaces; else up to the next space.
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\s\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def estimated_words(text: str, start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """The tokens of a text with the spaces after them, each with its share of the time."""
    tokens = list(_TOKEN.finditer(text))
    ends = [match.start() for match in tokens[1:]] + [len(text)]
    spelled = [text[match.start() : end] for match, end in zip(tokens, ends, strict=True)]
    spans = shares(start_ms, end_ms, [len(each) for each in spelled])
    return tuple(Word(each, "", start, end) for each, (start, end) in zip(spelled, spans, strict=True))


def shares(start_ms: int, end_ms: int, weights: Iterable[int]) -> list[tuple[int, int]]:
    """An interval parted by weight, without holes."""
    weights = list(weights)
    whole, at, spans = sum(weights), 0, []
    for weight in weights:
        begin = start_ms + (end_ms - start_ms) * at // whole
        at += weight
        spans.append((begin, start_ms + (end_ms - start_ms) * at // whole))
    return spans
