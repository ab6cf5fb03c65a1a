"""The look of the captions as the page draws it over the picture: values for CSS, sizes as in `look.py`."""

from __future__ import annotations

from typing import Any

from captioner.formats.ass.letters import families_for
from captioner.formats.vtt.look_sheet import css_families, css_shadow
from captioner.look import Look
from captioner.model import Placement
from captioner.review.editing.caption_document import Document

__all__ = ["look_json", "look_of"]

_PICTURE = (1920, 1080)  # of media without one


def look_of(document: Document) -> Look | None:
    """The look that the files are written with, in the picture of the media; None for each format's own."""
    look = document.options.look or document.style.look
    media = document.archive.media
    width, height = (media.width, media.height) if media.width > 0 and media.height > 0 else _PICTURE
    return look.for_picture(width, height) if look is not None else None


def look_json(look: Look | None, language: str) -> dict[str, Any] | None:
    """A look for the page, or None where the captions have none.

    Args:
        look: In the picture of the media.
        language: BCP 47 tag of the captions.
    """
    if look is None:
        return None
    return {
        "name": look.name,
        "fonts": css_families(families_for(look, language)),
        "size": look.size,
        "weight": look.weight,
        "italic": look.italic,
        "case": look.case,
        "letter_spacing": look.letter_spacing,
        "colour": look.colour,
        "has_speaker_colours": bool(look.speaker_colours),
        "outline": look.outline,
        "outline_colour": look.outline_colour,
        "shadow": css_shadow(look),
        "box": look.box,
        "box_colour": look.box_colour,
        "box_padding": look.box_padding,
        "box_radius": look.box_radius,
        "place": Placement(look.position, look.align).numpad,
        "margin": look.margin,
        "side_margin": look.side_margin,
        "active_colour": look.active_colour or (look.colour if look.word_fill else ""),
        "active_box_colour": look.active_box_colour,
        "active_size": look.active_size,
        "past_colour": look.past_colour,
        "future_colour": look.future_colour,
        "animation": look.animation,
        "animation_ms": look.animation_ms,
        "vertical": look.vertical,
    }
