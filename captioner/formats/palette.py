"""Colours for speakers, readable on black and on a picture with an outline."""

from __future__ import annotations

__all__ = ["COLOURS", "speaker_colour"]

# The first four, in this order, are the BBC Subtitle Guidelines' speaker colours; the rest are ours, for panels: light
# enough for 7:1 against black (WCAG 2.2, criterion 1.4.6), and neither red nor blue, which bleed on air.
COLOURS = (
    "#FFFFFF",
    "#FFFF00",
    "#00FFFF",
    "#00FF00",
    "#FFB570",
    "#FFB3D9",
    "#BFD4FF",
    "#C9F5B8",
)


def speaker_colour(index: int) -> str:
    """Colour of the nth speaker, `#RRGGBB`; after the last it begins again."""
    return COLOURS[index % len(COLOURS)]
