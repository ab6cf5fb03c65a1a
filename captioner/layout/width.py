"""Display width of text in columns: an East Asian wide character takes two, a mark that sits on another none.

The one rule: everything that is printed is counted, label and dash included.

Characters are measured by Unicode's tables in Python. Where several make up one sign on screen (emoji sequences, flags,
Hangul from jamo), wcwidth measures the whole cluster; it is imported when the first such text comes, because few
captions have one. Indic syllables count letter by letter, as a font without the joined form shows them. Which
characters are wide in Chinese and Japanese fonts only ("ambiguous") is decided by the language, in the caller.

Sources: Unicode Standard Annexes 11 (East Asian Width) and 29 (grapheme clusters); Netflix guides for Japanese, Korean
and Thai (half-width characters count half, marks above and below the line do not count).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from types import ModuleType

__all__ = ["clusters", "columns"]

_INVISIBLE = frozenset(("Mn", "Me", "Cf", "Cc"))

# Characters that form one sign with their neighbours, and emoji, of which Unicode adds some every year.
_CLUSTERED = re.compile(
    "[\u1100-\u11ff\u20e3\u302e\u302f\u3164\ua960-\ua97f\ud7b0-\ud7ff\ufe0f\uffa0"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_WIDE_DOTS = "\u22ef"  # some Chinese captions print ellipses with it: one full cell


def columns(text: str, *, wide_ambiguous: bool = False) -> int:
    """Width of one line of text.

    Args:
        text: Text without line breaks.
        wide_ambiguous: Whether quotes, dashes and ellipses that are narrow in Latin fonts take a full cell, as they do
            in Chinese and Japanese fonts.
    """
    if text.isascii() and text.isprintable():
        return len(text)
    return _measure(text, wide_ambiguous)


def clusters(text: str) -> list[str]:
    """Cut a text into the characters that a reader sees: a base with its marks, an emoji sequence, a flag.

    These are the clusters of Unicode Standard Annex 29; every mark belongs to the cluster before it, because a line
    cannot begin with a mark.
    """
    if text.isascii():
        return list(text)
    pieces: list[str] = []
    for cluster in _wcwidth().iter_graphemes(text):
        if pieces and unicodedata.category(cluster[0])[0] == "M":
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    return pieces


@lru_cache(maxsize=16384)
def _measure(text: str, wide_ambiguous: bool) -> int:
    if _CLUSTERED.search(text) is None:
        return sum([_character(character, wide_ambiguous) for character in text])
    return sum([_measure_cluster(piece, wide_ambiguous) for piece in clusters(text)])


def _measure_cluster(text: str, wide_ambiguous: bool) -> int:
    """Width of one cluster, or of any text without such signs."""
    if _CLUSTERED.search(text) is None:
        return sum([_character(character, wide_ambiguous) for character in text])
    width: int = _wcwidth().wcswidth(text, ambiguous_width=2 if wide_ambiguous else 1)
    return width


@lru_cache(maxsize=8192)
def _character(character: str, wide_ambiguous: bool) -> int:
    if unicodedata.category(character) in _INVISIBLE:
        return 0
    width = unicodedata.east_asian_width(character)
    if width in "WF" or character == _WIDE_DOTS:
        return 2
    return 2 if wide_ambiguous and width == "A" else 1


@cache
def _wcwidth() -> ModuleType:
    import wcwidth

    return wcwidth
