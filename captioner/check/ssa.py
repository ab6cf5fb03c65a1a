"""Reader of ASS and SSA, and of everything else that pysubs2 tells apart by itself."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from captioner.check.captions import Found
from captioner.check.rows import design, without
from captioner.check.tags import read_marked
from captioner.errors import ReplyError
from captioner.model import PLAIN, Placement, TextStyle

__all__ = ["read_pysubs2"]

_DRAWING = re.compile(r"\\p[1-9]")  # the scale of a drawing; 0 ends it
# What the parsers of pysubs2 let through on text that is not theirs.
_FAULTS = (ValueError, LookupError, SyntaxError, AttributeError, TypeError, ArithmeticError, OSError, RecursionError)


def read_pysubs2(text: str, format_: str | None) -> list[Found]:
    """Captions of a format by its name in pysubs2, or by its text with None; comments and drawings are none.

    Raises:
        ReplyError: It cannot be read.
    """
    import pysubs2

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = pysubs2.SSAFile.from_string(text, format_=format_)
    except (pysubs2.exceptions.Pysubs2Error, *_FAULTS) as error:
        raise ReplyError(
            f"cannot be read as captions ({type(error).__name__}); give srt, vtt, ass or another known format"
        ) from error
    events = [event for event in read.events if not event.is_comment and not _is_drawing(event)]
    script = _Script(read, events)
    return [script.found(event) for event in events]


def _is_drawing(event: Any) -> bool:
    """Asked here, because pysubs2 1.8.1 looks for drawings with a pattern that is quadratic in open braces."""
    return _DRAWING.search(event.text) is not None


class _Script:
    """What the head of an ASS file says of its events."""

    def __init__(self, file: Any, events: Sequence[Any]) -> None:
        said: Counter[str] = Counter()
        for event in events:
            said[event.style] += len(event.text)
        looks = {name: _style_look(style) for name, style in file.styles.items()}
        letters: Counter[TextStyle] = Counter()
        for name, count in said.items():
            letters[looks.get(name, PLAIN)] += count
        self._bold, self._colour = design(letters)
        self._looks = {name: self._undesigned(look) for name, look in looks.items()}
        self._keys = {name: int(style.alignment) for name, style in file.styles.items()}
        self._size = _whole(file.info.get("PlayResX")), _whole(file.info.get("PlayResY"))

    def found(self, event: Any) -> Found:
        text = event.text.replace("\\N", "\n").replace("\\n", " ").replace("\\h", "\u00a0")
        marked = read_marked(
            text,
            self._looks.get(event.style, PLAIN),
            styles=self._looks,
            placement=self._placement(event),
            size=self._size if all(self._size) else None,
        )
        marked = without(marked, bold=self._bold, colour=self._colour)
        names = _names(event.name, [row.text for row in marked.rows])
        return Found(event.start, event.end, text, names, marked)

    def _undesigned(self, look: TextStyle) -> TextStyle:
        """A style's look without what is the file's design."""
        colour = "" if look.colour == self._colour else look.colour
        return replace(look, bold=look.bold and not self._bold, colour=colour)

    def _placement(self, event: Any) -> Placement | None:
        """By the alignment of its style, and by a vertical margin of its own."""
        key = self._keys.get(event.style, 2)
        placement = Placement.of_numpad(key) if 1 <= key <= 9 else Placement()
        if event.marginv > 0 and placement.row != "middle":
            share = round(100 * event.marginv / (self._size[1] or 288), 2)
            placement = replace(placement, y=min(100.0, max(0.0, share if placement.row == "top" else 100 - share)))
        return None if placement == Placement() else placement


def _names(field: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Speaker of every line; a caption that two share has both in the field, as `Anna / Bo`, a line each."""
    names = field.split(" / ")
    if not field or len(names) == 1 or len(names) != len(lines):
        return (field,) * len(lines) if field else ()
    return tuple(names)


def _style_look(style: Any) -> TextStyle:
    colour = style.primarycolor
    return TextStyle(
        bool(style.italic), bool(style.bold), bool(style.underline), f"#{colour.r:02X}{colour.g:02X}{colour.b:02X}"
    )


def _whole(text: object) -> int:
    """A whole number of a sane size, else 0."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*", str(text))
    return int(match[1]) if match else 0
