"""Capitals and small letters of captions, without a change of length, so that places in a text stay what they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from captioner.languages import language_of
from captioner.model import Cue, Line

__all__ = ["with_case"]

# Where Unicode's own mapping makes two letters of one, or a language has another (Unicode, SpecialCasing.txt).
_UPPER: Mapping[str, str] = {"ß": "ẞ", "ŉ": "ŉ", "ı": "I"}
_UPPER_OF: Mapping[str, Mapping[str, str]] = {"tr": {"i": "İ"}, "az": {"i": "İ"}}
_LOWER_OF: Mapping[str, Mapping[str, str]] = {"tr": {"I": "ı", "İ": "i"}, "az": {"I": "ı", "İ": "i"}}
_GREEK_ACCENT = "\u0301"


def with_case(cue: Cue, case: Literal["keep", "upper", "lower"], language: str) -> Cue:
    """The caption in capitals or small letters; its words too, so that they are still found in the text.

    Args:
        cue: The caption.
        case: "keep" returns it as it is.
        language: Tag of the text; Turkish and Azerbaijani have two letters i, Greek capitals no accents.
    """
    if case == "keep":
        return cue
    return replace(cue, lines=tuple(_line(line, case, language_of(language).code) for line in cue.lines))


def _line(line: Line, case: str, code: str) -> Line:
    words = tuple(replace(word, text=_changed(word.text, case, code)) for word in line.words)
    return replace(line, text=_changed(line.text, case, code), words=words)


def _changed(text: str, case: str, code: str) -> str:
    return "".join(_letter(char, case, code) for char in text)


def _letter(char: str, case: str, code: str) -> str:
    own = (_UPPER_OF if case == "upper" else _LOWER_OF).get(code, {})
    if char in own:
        return own[char]
    if case == "lower":
        changed = char.lower()
    else:
        changed = _UPPER.get(char) or char.upper()
        if code == "el":
            bare = unicodedata.normalize("NFD", changed).replace(_GREEK_ACCENT, "")
            changed = unicodedata.normalize("NFC", bare)
    return changed if len(changed) == 1 else char
