"""Parts of a look that each format holds.

The one rule: what is left out is named. A format that is not in `HOLDS` holds nothing of a look.

Sources: W3C WebVTT, 8.2.1 (properties of `::cue`); W3C TTML Profiles 1.1, 8.4 (styling of the text profile); Apple,
iTunes Video and Audio Asset Guide (iTT); Apple, FCPXML Reference (text-style of captions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from captioner.look import Look
from captioner.model import Cue, Placement

__all__ = ["HOLDS", "features_of_look", "missing_in", "with_place_of_look"]

_FONT, _SIZE, _WEIGHT, _ITALICS, _CASE = "font", "size", "weight", "italics", "capitals"
_SPACING, _COLOUR, _SPEAKERS = "letter spacing", "colour", "colours of speakers"
_OUTLINE, _SHADOW, _BOX, _WHOLE, _ROUND = "outline", "shadow", "box", "one box for all lines", "round corners"
_PLACE, _MARGINS = "place", "margins"
_WORDS, _ANIMATION = "marking of the spoken word", "fade or pop"

_FACE = frozenset({_WEIGHT, _ITALICS, _COLOUR, _PLACE})
_SHEET = _FACE | {_FONT, _SIZE, _SPEAKERS, _OUTLINE, _SHADOW, _BOX}
#: What each format holds, by its name.
HOLDS: Mapping[str, frozenset[str]] = {
    "ass": _SHEET | {_CASE, _SPACING, _WHOLE, _MARGINS, _WORDS, _ANIMATION},
    "ttml": _SHEET | {_MARGINS},
    "vtt": _SHEET,
    "itt": _FACE,
    "fcpxml": _FACE | {_SPEAKERS, _BOX},
}


def features_of_look(look: Look) -> Iterator[str]:
    """Features of a look, in the order in which people name them."""
    yield from (_FONT, _SIZE, _COLOUR, _MARGINS)
    has = {
        _WEIGHT: look.weight != 400,
        _ITALICS: look.italic,
        _CASE: look.case != "keep",
        _SPACING: look.letter_spacing != 0,
        _SPEAKERS: bool(look.speaker_colours),
        _OUTLINE: look.outline > 0,
        _SHADOW: look.shadow > 0,
        _BOX: look.box != "none",
        _WHOLE: look.box == "caption",
        _ROUND: look.box_radius > 0 and (look.box != "none" or bool(look.active_box_colour)),
        _PLACE: (look.position, look.align) != ("bottom", "centre"),
        _WORDS: look.lights_words,
        _ANIMATION: look.animation != "none",
    }
    yield from (feature for feature, is_there in has.items() if is_there)


def missing_in(look: Look, format: str) -> tuple[str, ...]:
    """Features of a look that a format leaves out; nothing is named where it holds nothing of any."""
    if format not in HOLDS:
        return ()
    return tuple(feature for feature in features_of_look(look) if feature not in HOLDS[format])


def with_place_of_look(cues: Sequence[Cue], look: Look) -> Sequence[Cue]:
    """The captions with the place of a look, where they have none of their own."""
    place = Placement(look.position, look.align)
    if place == Placement():
        return cues
    return [cue if cue.placement is not None else replace(cue, placement=place) for cue in cues]
