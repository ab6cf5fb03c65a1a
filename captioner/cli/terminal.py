"""Text made safe for a terminal."""

from __future__ import annotations

import unicodedata

__all__ = ["plain", "printable"]

_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str) -> str:
    """The text on one line, with control and direction characters made visible.

    File names, service messages and transcripts are somebody else's text: an escape sequence in them would drive the
    reader's terminal.
    """
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if character in _BIDI or unicodedata.category(character) in ("Cc", "Cs"):
        return f"\\u{ord(character):04x}"
    return character


def printable(text: str) -> str:
    """The text with the bytes of names that are not UTF-8 spelled out, as JSON and UTF-8 output need."""
    return text.encode("utf-8", "backslashreplace").decode()
