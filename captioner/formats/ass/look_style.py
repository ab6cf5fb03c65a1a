r"""Styles and tags of ASS for a look.

What a style of ASS has no field for is set by tags at the begin of every caption: weights other than regular and bold,
soft edges, two paddings of a box, fades. Boxes are the renderer's own here, `BorderStyle` 3 behind each line and 4,
which is libass's, behind the caption, with square corners; where pieces were measured beforehand, `boxes` draws them.

Source: the Aegisub manual (ASS styles, override tags), libass (ass_render.c: `BorderStyle` 4 takes the shadow's colour
and distance).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from captioner.formats.ass import vertical
from captioner.formats.ass.letters import Letters
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.look import Look
from captioner.model import Placement

__all__ = [
    "ACTIVE",
    "BOXED",
    "DEFAULT",
    "Frame",
    "colour_tags",
    "face_tags",
    "fade_tag",
    "frame_of",
    "look_styles",
    "movement_tags",
    "shown_colour",
    "speaker_colour_of",
    "style_colour",
]

DEFAULT = "Default"
#: Appended to the name of a style: the same with the renderer's own box, and for the spoken word.
BOXED, ACTIVE = "Box", "Word"
# Above and below letters their leading is free already, so a box needs less there than at the sides.
_ABOVE = 0.35
_BOLD_FROM = 600  # OpenType weights: semibold and heavier are nearer to bold than to regular
# libass 0.17 takes the regular face for 600 where there is no semibold one, so that is asked for as bold.
_DRAWN_BOLD = (600, 700)
_ENCODING, _ENCODING_OF_WHOLE_LINES = 1, -1


@dataclass(frozen=True, slots=True)
class Frame:
    """Sizes of a look in pixels.

    Attributes:
        width, height: Of the picture.
        em: Height of the letters' em.
        outline, shadow, blur, spacing, radius: Of the look.
        pad_x, pad_y: From the letters to the sides of a box, and from the line to its top and bottom.
        side, end: Margins of the text at the sides, and at the edge it stands at.
        in_columns: Whether lines run from top to bottom.
    """

    width: int
    height: int
    em: float
    outline: float
    shadow: float
    blur: float
    spacing: float
    radius: float
    pad_x: float
    pad_y: float
    side: int
    end: int
    in_columns: bool = False


def frame_of(look: Look, context: Context) -> Frame:
    """Sizes in the picture of a file; the margins hold the boxes too."""
    picture = safe_area_of(context)
    em = look.size * picture.height / 100
    pad = look.box_padding * em / 100
    boxed = look.box != "none"
    return Frame(
        picture.width,
        picture.height,
        em,
        outline=look.outline * em / 100,
        shadow=look.shadow * em / 100,
        blur=look.blur * em / 100,
        spacing=look.letter_spacing * em / 100,
        radius=look.box_radius * em / 100,
        pad_x=pad,
        pad_y=pad * _ABOVE,
        side=round(look.side_margin * picture.width / 100 + (pad if boxed else 0)),
        end=round(look.margin * picture.height / 100 + (pad * _ABOVE if boxed else 0)),
        in_columns=context.vertical,
    )


def speaker_colour_of(look: Look, index: int) -> str:
    """Colour of the nth speaker; after the last it begins again."""
    return look.speaker_colours[index % len(look.speaker_colours)] if look.speaker_colours else look.colour


def style_colour(colour: str) -> str:
    """A colour in a style: `&HAABBGGRR`, where alpha counts from opaque."""
    return f"&H{_alpha(colour)}{_bgr(colour)}"


def colour_tags(number: int, colour: str) -> str:
    r"""Tags that set a colour and its alpha: 1 letters, 3 outline, 4 shadow."""
    return rf"\{number}c&H{_bgr(colour)}&\{number}a&H{_alpha(colour)}&"


def shown_colour(look: Look, which: str, base: str) -> str:
    """Colour of active, past or future words, that of the speaker where the look has none."""
    return str(getattr(look, f"{which}_colour")) or base


def _bgr(colour: str) -> str:
    return f"{colour[5:7]}{colour[3:5]}{colour[1:3]}".upper()


def _alpha(colour: str) -> str:
    return f"{255 - int(colour[7:9] or 'FF', 16):02X}"


def look_styles(
    names: Mapping[str, str], look: Look, letters: Letters, context: Context, *, boxed: bool, active: bool
) -> list[str]:
    """Rows of the section of styles: a style for captions without speaker and one for each speaker.

    Args:
        names: Name of the style of each speaker id.
        look: In the picture of the file.
        letters: Families and sizes.
        context: Of the file.
        boxed: Whether the renderer's own boxes are used, by the styles with `BOXED`.
        active: Whether a style for the spoken word is used.
    """
    rows = []
    for name, base in _base_colours(names, look).items():
        rows.append(_row(name, base, replace(look, box="none"), letters, context))
        if boxed:
            rows.append(_row(name + BOXED, base, look, letters, context))
        if active:
            word = shown_colour(look, "active", base)
            own = replace(look, box="line", box_colour=look.active_box_colour)
            rows.append(_row(name + ACTIVE, word, own, letters, context))
    return rows


def _base_colours(names: Mapping[str, str], look: Look) -> dict[str, str]:
    speakers = {style: speaker_colour_of(look, index) for index, style in enumerate(names.values())}
    return {DEFAULT: look.colour, **speakers}


def _row(name: str, base: str, look: Look, letters: Letters, context: Context) -> str:
    frame = frame_of(look, context)
    font, angle, alignment = letters.family, 0, Placement(look.position, look.align).numpad
    if context.vertical:
        font, angle, alignment = vertical.vertical_family(font), vertical.ANGLE, 7
    border, outline, shadow = 1, frame.outline, frame.shadow
    rim, back = look.outline_colour, look.shadow_colour
    if look.box == "line":
        border, outline, shadow, rim = 3, frame.pad_x, 0.0, look.box_colour
    elif look.box == "caption":
        border, shadow, back = 4, frame.pad_x, look.box_colour
    future = shown_colour(look, "future", "#808080" if context.karaoke else base)
    encoding = _ENCODING_OF_WHOLE_LINES if letters.is_rtl else _ENCODING
    margins = f"{frame.side},{frame.side},{frame.end}"
    faces = f"{-1 if look.weight >= _BOLD_FROM else 0},{-1 if look.italic else 0},0,0"
    return (
        f"Style: {name},{font},{letters.size},{style_colour(base)},{style_colour(future)},{style_colour(rim)},"
        f"{style_colour(back)},{faces},100,100,{frame.spacing:.1f},{angle},{border},{outline:.1f},{shadow:.1f},"
        f"{alignment},{margins},{encoding}\n"
    )


def face_tags(look: Look, frame: Frame, *, scale: float, boxed: bool) -> str:
    r"""Tags at the begin of a caption and after every change of style, which undoes them.

    Args:
        look: In the picture of the file.
        frame: Its sizes.
        scale: Of the letters, where they would not fit otherwise.
        boxed: Whether the renderer draws the box.
    """
    tags = ""
    if look.weight not in (400, *_DRAWN_BOLD):
        tags += rf"\b{look.weight}"
    if frame.blur and not (boxed and look.box != "none"):
        tags += rf"\blur{frame.blur:.1f}"
    if boxed and look.box == "line":
        # Boxes of two lines would overlap, which shows where they are translucent.
        tags += rf"\ybord{0 if len(look.box_colour) > 7 else round(frame.pad_y, 1):g}"
    if boxed and look.box == "caption":
        tags += rf"\yshad{frame.pad_y:.1f}"
    if scale < 1:
        tags += rf"\fscx{100 * scale:.0f}\fscy{100 * scale:.0f}"
    return f"{{{tags}}}" if tags else ""


def fade_tag(look: Look, span_ms: int) -> str:
    """The fade of a caption and of its box; it takes no more than a third of the caption's time each way."""
    length = min(look.animation_ms, span_ms // 3)
    return rf"\fad({length},{length})" if length and (look.animation == "fade" or _fades(look)) else ""


def movement_tags(look: Look, span_ms: int, *, scale: float) -> str:
    """Tags that let a caption appear; letters in a box fade instead of popping: the box cannot grow with them."""
    if fade := fade_tag(look, span_ms):
        return f"{{{fade}}}"
    length = min(look.animation_ms, span_ms // 3)
    if look.animation != "pop" or not length:
        return ""
    small, large, own = (round(100 * scale * share) for share in (0.82, 1.04, 1))
    turn = length * 2 // 3
    grow = rf"\fscx{small}\fscy{small}\t(0,{turn},\fscx{large}\fscy{large})"
    return rf"{{{grow}\t({turn},{length},\fscx{own}\fscy{own})}}"


def _fades(look: Look) -> bool:
    return look.animation == "pop" and (look.box != "none" or bool(look.active_box_colour))
