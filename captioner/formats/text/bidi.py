"""Right-to-left lines in formats that have no field for direction.

Text is stored in logical order everywhere. SRT and ASS players lay a line out from left to right unless told
otherwise, so a final full stop or a leading dash would jump to the wrong side; a mark of zero width on each side of
the line holds it. Marks are added when a file is written and never counted in a width.

Source: Unicode Standard Annex 9, sections 2.3-2.6.
"""

from __future__ import annotations

import re
from unicodedata import bidirectional

from captioner.formats.render_context import Marks
from captioner.languages import language_of

__all__ = ["first_strong", "has_rtl", "is_rtl_language", "is_rtl_line", "with_direction_marks"]

RLM = "\u200f"
_RLE, _PDF = "\u202b", "\u202c"

_HAS_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_SETTLED = frozenset(("L", "R", "AL", "EN", "AN", "NSM"))


def is_rtl_language(tag: str) -> bool:
    """Whether a tag names a language written from right to left; its script part decides if there is one."""
    return language_of(tag).direction == "rtl"


def first_strong(text: str) -> str:
    """Direction of the first character that has one: "ltr", "rtl", or "" when none has."""
    for char in text:
        kind = bidirectional(char)
        if kind == "L":
            return "ltr"
        if kind in ("R", "AL"):
            return "rtl"
    return ""


def has_rtl(text: str) -> bool:
    """Whether a right-to-left letter occurs at all; plain ASCII is settled before the slow question."""
    return not text.isascii() and _HAS_RTL.search(text) is not None


def is_rtl_line(text: str, *, rtl: bool) -> bool:
    """Whether a line reads from right to left: its language does, or its first strong character."""
    return rtl or (has_rtl(text) and first_strong(text) == "rtl")


def with_direction_marks(text: str, *, rtl: bool, marks: Marks = "rlm") -> str:
    """Add direction marks to a right-to-left line; any other line is returned as it is.

    Args:
        text: One line.
        rtl: Whether the language of the captions is written from right to left, so that lines that begin with a Latin
            name are held too.
        marks: "rlm" sets U+200F before the line, and after it when it ends in a neutral character; a line that mixes
            directions is wrapped in U+202B and U+202C as well, because a mark alone cannot turn its parts round.
            "rle" wraps every line; "none" leaves it alone.
    """
    if marks == "none" or not text or not is_rtl_line(text, rtl=rtl):
        return text
    if marks == "rle":
        return f"{_RLE}{text}{_PDF}"
    before = "" if text.startswith(RLM) else RLM
    if any(bidirectional(char) == "L" for char in text):
        return f"{before}{_RLE}{text}{_PDF}"
    after = "" if bidirectional(text[-1]) in _SETTLED else RLM
    return f"{before}{text}{after}"
