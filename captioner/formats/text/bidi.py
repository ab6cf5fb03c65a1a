"""Right-to-left lines in formats that have no field for direction.

Text is stored in logical order everywhere. SRT and ASS players lay a line out from left to right unless told
otherwise, so a final full stop or a leading dash would jump to the wrong side; a mark of zero width on each side of
the line holds it. Marks are added when a file is written and never counted in a width.

Source: Unicode Standard Annex 9, sections 2.3-2.6.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import bidirectional

from captioner.formats.render_context import Marks
from captioner.languages import language_of

__all__ = [
    "RLM",
    "first_strong",
    "has_rtl",
    "is_in_visual_order",
    "is_rtl_language",
    "is_rtl_line",
    "needs_rtl_mark",
    "with_direction_marks",
    "without_direction_marks",
]

RLM = "\u200f"
_RLE, _PDF = "\u202b", "\u202c"

_HAS_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_EDGE_MARKS = "\u200f\u202b\u202c\u2067\u2069\u061c"
_OPENERS, _CLOSERS = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068"), frozenset("\u202c\u2069")
# Hebrew letters that have another form at the end of a word; in visual order they stand at its beginning.
_FINAL_FORM = "\u05da\u05dd\u05df\u05e3\u05e5"
_FINAL_FIRST = re.compile(f"(?<![\u05d0-\u05ea])[{_FINAL_FORM}](?=[\u05d0-\u05ea])")
_FINAL_LAST = re.compile(f"(?<=[\u05d0-\u05ea])[{_FINAL_FORM}](?![\u05d0-\u05ea])")
_MARK_FIRST_OF_LINE = re.compile(r"^(?:[.!?؟](?![.…])|[،,:;؛])\s*(?=[^\W\d_])")
_MARK_LAST = re.compile(r"[.!?…؟،,:;؛][\"'”»)]*$")
_FEWEST, _TIMES_MORE = 2, 4
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
    """Whether a line reads from right to left.

    A line with right-to-left letters does if its language does or its first strong character; a line without any only
    if it has no letters of the other direction either, so that an English or a Chinese line among Arabic ones is not
    turned round.
    """
    if has_rtl(text):
        return rtl or first_strong(text) == "rtl"
    return rtl and not first_strong(text)


def needs_rtl_mark(text: str, *, rtl: bool) -> bool:
    """Whether a right-to-left line begins with letters of the other direction, which decide where nothing else does."""
    return rtl and is_rtl_line(text, rtl=rtl) and first_strong(text) == "ltr"


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


def without_direction_marks(text: str) -> str:
    """A line without the marks around it that only hold its direction; writers put their own there.

    Marks inside a line stay, and so do those at its ends that belong to one inside.
    """
    bare = text.strip(_EDGE_MARKS)
    if bare == text:
        return text
    depth = sum(char in _OPENERS for char in bare) - sum(char in _CLOSERS for char in bare)
    return bare if depth == 0 else text


def is_in_visual_order(lines: Sequence[str]) -> str:
    """A description of how right-to-left lines are stored as they look and not as they are read, or "".

    Old programs could only write from left to right, so files for them have the mark that ends a sentence at the
    beginning of the line, or all letters of a line in reverse.
    """
    rtl = [line.strip() for line in lines if has_rtl(line)]
    text = "\n".join(rtl)
    if len(_FINAL_FIRST.findall(text)) > _FEWEST * len(_FINAL_LAST.findall(text)) + 1:
        return "its Hebrew is stored in visual order, from left to right; it is left so, without direction marks"
    first, last = (sum(mark.search(line) is not None for line in rtl) for mark in (_MARK_FIRST_OF_LINE, _MARK_LAST))
    if first >= _FEWEST and first > _TIMES_MORE * last:
        return (
            "its right-to-left lines have their last mark at the beginning, as players need that only write from left "
            "to right; they are left so, without direction marks"
        )
    return ""
