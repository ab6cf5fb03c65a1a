r"""Letters of an ASS file: families and sizes, and lines written in them.

A size in ASS counts ascent and descent, so families are given the sizes at which their letters are equally high.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from captioner.formats.ass import vertical
from captioner.formats.ass.fonts import LATIN_FONT, font_for, is_rtl_font, lacks_latin, line_height, script_for
from captioner.formats.render_context import Context
from captioner.formats.safe_area import look_in, safe_area_of
from captioner.formats.text.bidi import is_rtl_language, is_rtl_line, with_direction_marks
from captioner.look import Look

__all__ = [
    "BRACES",
    "ESCAPES",
    "Letters",
    "families_for",
    "letters_of",
    "line_writer",
    "marked_pieces",
    "piece_writer",
    "sizer_of_latin",
]

# Per 1080 pixels of the picture's shorter side. BBC: a line is 7-8 % of the height of a 16:9 picture, 3.9-4.5 % of a
# 9:16 one, which is the same share of the shorter side; letters of 44 make a line of 60 in Noto Sans, of 64 in the CJK
# families, and the renderer's leading comes on top.
_LETTERS = 44

BRACES = str.maketrans({"{": "｛", "}": "｝"})
#: For text in an event.
ESCAPES = BRACES | str.maketrans({"\\": "\\\u2060"})
_LATIN_RUN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:[ .,'’&/+-]*[A-Za-z\u00c0-\u024f0-9]+)*")
# What the Arabic families do not have; digits and stops are their own.
_LATIN_IN_RTL = re.compile(r"[A-Za-z\u00c0-\u024f()\[\]]+(?: +[A-Za-z\u00c0-\u024f()\[\]]+)*")


@dataclass(frozen=True, slots=True)
class Letters:
    """Families and sizes of a file.

    Attributes:
        script_font: Noto family of the script, which says what the script needs.
        family: Family that is drawn.
        latin: Family of Latin letters that the other lacks.
        em: Height of the em in pixels.
        size: Font size of the family.
        latin_size: Font size of the other.
    """

    script_font: str
    family: str
    latin: str
    em: float
    size: int
    latin_size: int

    @property
    def is_rtl(self) -> bool:
        """Whether the script is written from right to left."""
        return is_rtl_font(self.script_font)


def families_for(look: Look, language: str, sample: str = "") -> tuple[str, ...]:
    """Families of a look for a language, or for the script of a sample, in order: its own, then the Noto family."""
    script, noto = script_for(language, sample), font_for(language, sample)
    own = look.fonts.get(script, () if noto != LATIN_FONT else look.font)
    return (*own, *((noto,) if noto not in own else ()))


def letters_of(context: Context, sample: str) -> Letters:
    """Families and sizes for the language of a file, or without one for the script of a sample."""
    noto, look = font_for(context.language, sample), look_in(context)
    if look is None:
        frame = safe_area_of(context)
        em = _LETTERS * min(frame.width, frame.height) / 1080
        family, latin = noto, LATIN_FONT
    else:
        em = look.size * safe_area_of(context).height / 100
        family, latin = families_for(look, context.language, sample)[0], look.font[0]
    return Letters(noto, family, latin, em, _size(family, em), _size(latin, em))


def _size(family: str, em: float) -> int:
    """Font size that draws letters of one size in every family: ASS counts the leading in."""
    return max(1, round(em * line_height(family)))


def line_writer(context: Context, letters: Letters) -> Callable[[str], str]:
    """Function that turns a line into ASS text."""
    rtl = is_rtl_language(context.language)
    escaped = piece_writer(context, letters)
    sized = sizer_of_latin(letters, in_rtl=True) if letters.is_rtl else str

    def written(line: str) -> str:
        if is_rtl_line(line, rtl=rtl):
            return sized(with_direction_marks(line, rtl=rtl, marks=context.rtl_marks).translate(ESCAPES))
        return escaped(line)

    return written


def piece_writer(context: Context, letters: Letters) -> Callable[[str], str]:
    """Function that escapes text that runs from left to right."""
    if context.vertical:
        return lambda text: vertical.vertical_forms(text).translate(ESCAPES)
    sized = sizer_of_latin(letters)
    return lambda text: sized(text.translate(ESCAPES))


def marked_pieces(shown: str, pieces: Sequence[str], context: Context, letters: Letters) -> list[str]:
    """The pieces of a line as ASS text; where it runs from right to left, the marks of its direction are around them.

    Args:
        shown: The line.
        pieces: All of it, in order.
        context: Of the file.
        letters: Of the file.
    """
    rtl = is_rtl_language(context.language)
    if not pieces or not is_rtl_line(shown, rtl=rtl):
        return list(map(piece_writer(context, letters), pieces))
    sized = sizer_of_latin(letters, in_rtl=True)
    before, after = with_direction_marks(shown, rtl=rtl, marks=context.rtl_marks).split(shown)
    texts = [sized(piece.translate(ESCAPES)) for piece in pieces]
    texts[0], texts[-1] = before + texts[0], texts[-1] + after
    return texts


def sizer_of_latin(letters: Letters, *, in_rtl: bool = False) -> Callable[[str], str]:
    r"""Function that sets family and size of Latin in a font without Latin.

    A renderer borrows the letters a font lacks from another and draws them at the same size number; beside Thai or
    Arabic, whose leading is larger, they would tower. `\fs` gives such a run the size it has in its own family, which
    is named where it is not Noto Sans. In a line from right to left that needs the encoding of whole lines: without it
    libass puts what lies between tags from left to right (seen in 0.17).
    """
    name, name_end = (rf"\\fn{letters.latin}", r"\\fn") if letters.latin != LATIN_FONT else ("", "")
    if not lacks_latin(letters.script_font) or (not name and letters.latin_size == letters.size):
        return str
    latin = _LATIN_IN_RTL if in_rtl else _LATIN_RUN
    replacement = rf"{{{name}\\fs{letters.latin_size}}}\g<0>{{{name_end}\\fs}}"
    return lambda text: latin.sub(replacement, text)
