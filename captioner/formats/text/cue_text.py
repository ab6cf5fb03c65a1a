"""Cleans the text of a cue for a file: one line is one line, and no character can break a file's structure.

Every format starts from here and then escapes its own markup. `clean` lists what is dropped or replaced.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from captioner.model import Cue, Line

__all__ = ["clean", "clean_piece", "join_sentences", "printed_lines", "spoken_lines", "visible_lines"]

# Control characters, the two Unicode line breaks, U+FEFF, the two noncharacters XML forbids, lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
# A line without one of these has nothing to read, and would be an empty line, which ends the cue in SRT and WebVTT.
_VISIBLE = re.compile("[^\\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_TO_SPACE = frozenset("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
# Han, kana, and the punctuation of both: written without a space between sentences.
_UNSPACED = re.compile("[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]")


def clean(text: str) -> str:
    """Make any text one line that every format can hold.

    Tabs and line breaks of every kind become spaces, other control characters, U+FEFF, U+FFFE and U+FFFF are dropped,
    a lone surrogate becomes U+FFFD; spaces at either end go. Everything else stays.
    """
    return clean_piece(text).strip(" ")


def clean_piece(text: str) -> str:
    """`clean` for a piece of a line, whose spaces at the ends part it from the next piece."""
    if not text.isprintable():  # the quick answer for nearly every line
        text = _UNSAFE.sub(_replacement, text)
    return text


def _is_visible(text: str) -> bool:
    """Whether a line has something to read; nearly every one begins with a letter."""
    return text[:1].isalnum() or _VISIBLE.search(text) is not None


def visible_lines(cue: Cue) -> list[Line]:
    """The lines of a cue that have something to read."""
    return [line for line in cue.lines if _is_visible(line.text)]


def printed_lines(cue: Cue) -> list[str]:
    """The lines of a cue with dash and label, for formats without a speaker field; blank lines are left out."""
    return [clean(line.printed) for line in cue.lines if _is_visible(line.text)]


def spoken_lines(cue: Cue) -> list[tuple[str | None, str]]:
    """Speaker id and text (with its dash, without its label) of every line that is not blank."""
    return [
        (cue.speaker if line.speaker is None else line.speaker, clean(line.dash + line.text))
        for line in cue.lines
        if _is_visible(line.text)
    ]


def join_sentences(texts: Iterable[str]) -> str:
    """Join sentences into running text: with a space, but without one after Chinese and Japanese characters."""
    joined = ""
    for text in filter(None, map(clean, texts)):
        joined += text if not joined or _UNSPACED.match(joined[-1]) else f" {text}"
    return joined


def _replacement(match: re.Match[str]) -> str:
    char = match[0]
    if char in _TO_SPACE:
        return " "
    return "\ufffd" if unicodedata.category(char) == "Cs" else ""
