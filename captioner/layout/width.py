"""How wide a text is on screen, in columns: an East Asian wide character takes two, a mark that sits on another none.

The one rule: what is counted is what is printed, label and dash included.

Sources: Unicode Standard Annex 11 (East Asian Width); Netflix guides for Japanese, Korean and Thai (half-width
characters count half, marks above and below the line do not count).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["clusters", "columns"]

_INVISIBLE = frozenset(("Mn", "Me", "Cf", "Cc"))
_JOINER = "\u200d"


@lru_cache(maxsize=8192)
def _character(character: str, wide_ambiguous: bool) -> int:
    if unicodedata.category(character) in _INVISIBLE:
        return 0
    width = unicodedata.east_asian_width(character)
    if width in "WF" or character == "\u22ef":  # U+22EF is how some Chinese captions print an ellipsis: one full cell
        return 2
    return 2 if wide_ambiguous and width == "A" else 1


def columns(text: str, *, wide_ambiguous: bool = False) -> int:
    """Width of one line of text.

    Args:
        text: Without line breaks.
        wide_ambiguous: Whether quotes, dashes and ellipses that are narrow in Latin fonts take a full cell, as they do
            in Chinese and Japanese fonts.
    """
    if text.isascii() and text.isprintable():
        return len(text)
    return _measure(text, wide_ambiguous)


@lru_cache(maxsize=16384)
def _measure(text: str, wide_ambiguous: bool) -> int:
    return sum([_character(character, wide_ambiguous) for character in text])


def clusters(text: str) -> list[str]:
    """Cut a text into what a reader sees as single characters: a base with its marks, a joined or flagged emoji."""
    pieces: list[str] = []
    for character in text:
        if pieces and _is_continuation(pieces[-1], character):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _is_continuation(before: str, character: str) -> bool:
    """Whether a character continues the cluster before it (the common cases of Unicode Standard Annex 29)."""
    if before.endswith(_JOINER) or character == _JOINER:
        return True
    if unicodedata.category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    if character in "\u0e33\u0eb3":  # Thai and Lao AM: drawn over the consonant before it
        return True
    return _is_flag_half(character) and _is_flag_half(before)


def _is_flag_half(character: str) -> bool:
    return len(character) == 1 and "\U0001f1e6" <= character <= "\U0001f1ff"
