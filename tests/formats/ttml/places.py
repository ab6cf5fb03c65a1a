"""Captions at every place, for the renderers that show them."""

from __future__ import annotations

from captioner.model import Cue, Line, Placement

#: Nine places, and the usual one; the formats of the family that have fewer take the nearest.
PLACES = (None, *(Placement.of_numpad(key) for key in range(1, 10)))
TTML_FAMILY = ("ttml", "ttml1", "ebu-tt-d", "itt")


def cues_at_every_place() -> list[Cue]:
    """A caption of a second for every place, one after the other, two seconds apart, from the first second on."""
    return [
        Cue(1000 + 2000 * number, 2000 + 2000 * number, (Line(f"Place {number}"),), None, place)
        for number, place in enumerate(PLACES)
    ]
