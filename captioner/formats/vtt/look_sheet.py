"""A look as the style sheet of a WebVTT file, from the properties that a browser takes for `::cue`.

Source: W3C WebVTT, 8.2.1: colour, background, font, text-shadow, and nothing with a size of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from captioner.look import Look

__all__ = ["css_families", "css_shadow", "look_sheet"]

# An outline is shadows all around; eight of them leave no gap up to an eighth of the letters.
_AROUND = ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7))


def look_sheet(look: Look, voices: Mapping[str, str]) -> str:
    """The STYLE block of a look, which stands before the first cue.

    Args:
        look: In the picture of the file.
        voices: Names of the speakers in order, each as it is written in a CSS string.
    """
    rules = [f"::cue {{ {'; '.join(_declarations(look))} }}"]
    if look.speaker_colours:
        colours = look.speaker_colours
        for index, name in enumerate(dict.fromkeys(voices.values())):
            rules.append(f'::cue(v[voice="{name}"]) {{ color: {colours[index % len(colours)]} }}')
    return "STYLE\n" + "\n".join(rules) + "\n"


def _declarations(look: Look) -> Iterator[str]:
    slant = "italic " if look.italic else ""
    yield f"font: {slant}{look.weight} {look.size:g}vh {css_families(look.font)}"
    yield f"color: {look.colour}"
    yield f"background: {look.box_colour if look.box != 'none' else 'transparent'}"
    if shadows := list(_shadows(look)):
        yield f"text-shadow: {', '.join(shadows)}"


def _shadows(look: Look) -> Iterator[str]:
    width, blur = look.outline / 100, look.blur / 100
    if width:
        yield from (f"{width * x:.3g}em {width * y:.3g}em {blur:.3g}em {look.outline_colour}" for x, y in _AROUND)
    if shadow := css_shadow(look):
        yield shadow


def css_shadow(look: Look) -> str:
    """The shadow of a look as a value of `text-shadow`, "" where it has none."""
    distance, blur = look.shadow / 100, look.blur / 100
    return f"{distance:.3g}em {distance:.3g}em {blur:.3g}em {look.shadow_colour}" if look.shadow else ""


def css_families(families: Iterable[str]) -> str:
    """Families as a value of `font-family`, with the browser's own sans-serif behind them."""
    return ", ".join([*(f'"{_quoted(family)}"' for family in families), "sans-serif"])


def _quoted(family: str) -> str:
    """A family in a CSS string; what would end the string or the block is left out."""
    return "".join(char for char in family if char not in '"\\<>&{}')
