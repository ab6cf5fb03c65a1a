"""Colours as HTML, CSS and TTML write them."""

from __future__ import annotations

import re

__all__ = ["NAMED_COLOURS", "css_colour"]

# WebVTT 6.2.2 names eight; SRT files name colours as HTML does, and these are the ones that occur.
NAMED_COLOURS = {
    "white": "#FFFFFF", "lime": "#00FF00", "cyan": "#00FFFF", "red": "#FF0000", "yellow": "#FFFF00",
    "magenta": "#FF00FF", "blue": "#0000FF", "black": "#000000", "green": "#008000", "gray": "#808080",
    "grey": "#808080", "silver": "#C0C0C0", "orange": "#FFA500", "pink": "#FFC0CB", "purple": "#800080",
    "aqua": "#00FFFF", "fuchsia": "#FF00FF", "maroon": "#800000", "navy": "#000080", "olive": "#808000",
    "teal": "#008080",
}  # fmt: skip


def css_colour(name: str) -> str:
    """`#RRGGBB` of a colour, or "" for a name that is unknown."""
    name = name.strip().lower()
    if name in NAMED_COLOURS:
        return NAMED_COLOURS[name]
    digits = name.removeprefix("#")
    if re.fullmatch("[0-9a-f]{6}(?:[0-9a-f]{2})?", digits):
        return f"#{digits[:6].upper()}"
    if re.fullmatch("[0-9a-f]{3}", digits) and name.startswith("#"):
        return "#" + "".join(2 * digit for digit in digits).upper()
    if match := re.fullmatch(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,[^)]{0,20})?\)", name):
        return "#" + "".join(f"{min(255, int(part)):02X}" for part in match.groups())
    return ""
