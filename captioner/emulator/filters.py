"""The filter for sensitive words: masked with `*`, or removed, anywhere in a sentence.

Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from captioner.emulator.tokens import ReplySentence, ReplyToken

__all__ = ["filter_words"]


def filter_words(segment: ReplySentence, *, masked: Iterable[str], removed: Iterable[str]) -> ReplySentence | None:
    """A sentence after the filter; None when it is empty then.

    Words are also found across tokens. Masking keeps the number of characters; of a token that loses all its characters
    only the punctuation stays, on the token before.
    """
    pieces = _replace_words(segment.tokens, removed, "")
    pieces = _replace_words(pieces, masked, "*")
    if pieces == segment.tokens:
        return segment
    if not pieces:
        return None
    # A sentence begins and ends with its tokens, where these set its times before.
    start = pieces[0].start_ms if segment.start_ms == segment.tokens[0].start_ms else segment.start_ms
    end = pieces[-1].end_ms if segment.end_ms == segment.tokens[-1].end_ms else segment.end_ms
    return replace(segment, tokens=pieces, start_ms=start, end_ms=end)


def _replace_words(pieces: tuple[ReplyToken, ...], words: Iterable[str], by: str) -> tuple[ReplyToken, ...]:
    """The tokens with every character of every found word replaced by `by`."""
    text = "".join(piece.text + piece.punctuation for piece in pieces)
    hit = {i for word in words for at in _places(text, word) for i in range(at, at + len(word))}
    return tuple(_rebuild(pieces, hit, by)) if hit else pieces


def _places(text: str, word: str) -> Iterator[int]:
    """Positions of a word, from left to right, without overlap."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _rebuild(pieces: Sequence[ReplyToken], hit: set[int], by: str) -> list[ReplyToken]:
    kept: list[ReplyToken] = []
    at = 0
    for piece in pieces:
        text = "".join(by if at + i in hit else character for i, character in enumerate(piece.text))
        at += len(piece.text) + len(piece.punctuation)
        if text.strip():
            kept.append(replace(piece, text=text))
        elif kept and not kept[-1].punctuation:
            kept[-1] = replace(kept[-1], punctuation=piece.punctuation)
    return kept
