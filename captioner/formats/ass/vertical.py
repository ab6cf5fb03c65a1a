r"""Vertical writing for ASS: text in columns, the first on the right, as libass draws a `@` font turned by 90°.

With `@` before the family the renderer lays Chinese and Japanese glyphs on their side and takes the font's forms for
vertical writing; an angle of 270 then stands the line up, and lines follow each other from right to left. What a font
does not turn by itself is written in Unicode's vertical forms, and a lone digit or letter stands upright when it is
full-width; longer Latin lies on its side, as in print.

Source: libass (ass_font.c, ass_render.c: `@` families; frames drawn with 0.17), W3C Requirements for Japanese Text
Layout, 2.3.2 (Western text in vertical lines), Unicode, Vertical Forms and CJK Compatibility Forms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import east_asian_width

from captioner.errors import FormatError
from captioner.formats.frame_grid import refuse_overlap
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.cue_text import spoken_lines
from captioner.model import Cue

__all__ = ["ANGLE", "position_tag", "refuse_what_columns_cannot_hold", "vertical_family", "vertical_forms"]

ANGLE = 270  # degrees, counted as ASS does: a quarter turn clockwise

# Free above and below a column and beside the first, as shares of the picture.
_TOP, _SIDE = 0.1, 0.05
_HALF = 0.6  # of an em, the height a Latin letter on its side takes at most

# The dash of a Chinese font is a long one where two stand together, and has no vertical form then; the ellipsis has
# none beside Latin (seen with Noto Sans CJK 2.004).
_FORMS = str.maketrans({"—": "︱", "―": "︱", "–": "︲", "…": "︙", "‥": "︰"})
_LONE = re.compile(r"(?<![!-~])[0-9A-Za-z](?![!-~])")
_TO_FULL_WIDTH = 0xFEE0


def vertical_family(font: str) -> str:
    """The family for vertical writing.

    Raises:
        FormatError: Its script is not written so.
    """
    if "CJK" not in font:
        raise FormatError(f"--vertical is for Chinese, Japanese and Korean, and {font} is not; give --language")
    return f"@{font}"


def vertical_forms(text: str) -> str:
    """A line as it is spelled in a column."""
    return _LONE.sub(lambda match: chr(ord(match[0]) + _TO_FULL_WIDTH), text.translate(_FORMS))


def position_tag(cue: Cue, size: int, context: Context) -> str:
    r"""The tag that puts a cue in its place: `\pos` of the upper right corner of its first column."""
    frame = safe_area_of(context)
    x = round(frame.width * (1 - _SIDE))
    if cue.placement is not None and cue.placement.side == "left":
        x = round(frame.width * _SIDE) + size * len(spoken_lines(cue))
    return rf"{{\pos({x},{round(frame.height * _TOP)})}}"


def refuse_what_columns_cannot_hold(cues: Sequence[Cue], context: Context, em: float) -> None:
    """Refuse what would not be seen, or not be seen right.

    Args:
        cues: In order of time, each with text.
        context: Of the file.
        em: Height of a character in pixels.

    Raises:
        FormatError: Overlapping captions, which would cover each other; a column longer than the picture; words to be
            filled, which libass does from left to right also in a column.
    """
    refuse_overlap(cues, "ASS in vertical writing")
    if context.karaoke == "kf":
        raise FormatError("--karaoke kf fills words sideways in vertical writing; take --karaoke k")
    frame = safe_area_of(context)
    room = int(frame.height * (1 - 2 * _TOP) / em)
    for number, cue in enumerate(cues, 1):
        length = max(sum(map(_ems, vertical_forms(text))) for _, text in spoken_lines(cue))
        if length > room:
            raise FormatError(
                f"caption {number} has a column of {length:.0f} characters, the picture has room for {room}; "
                f"lay out again with --max-columns {2 * room}"
            )


def _ems(char: str) -> float:
    return 1.0 if east_asian_width(char) in "WFA" else _HALF
