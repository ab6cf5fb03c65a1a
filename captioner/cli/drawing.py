"""Captions drawn into pictures, for the commands that show or write them: fonts are asked for first."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import click

from captioner.cli import caption_io as files
from captioner.cli.drawn import Renderer, draw_captions
from captioner.cli.terminal import escape_control
from captioner.errors import ConfigError
from captioner.formats import ALL_FORMATS
from captioner.look import DEFAULT_LOOK, Look, load_look, with_colours
from captioner.media.burn import FontReport, check_fonts

__all__ = ["DrawingOptions", "chosen_look", "is_drawn_as_it_is", "prepare_ass", "report_fonts", "say_note"]

# ITU-R BT.2408-7, 2.1: graphics white of 203 cd/m2 is 58 % of the signal in PQ and 75 % in HLG.
_GRAPHICS_WHITE = {"pq": 0.58, "hlg": 0.75}


@dataclass(frozen=True, slots=True)
class DrawingOptions:
    """Options of drawing.

    Attributes:
        look: The look of captions without one of their own.
        width, height: Of the picture.
        language: Tag that the user gave, or "".
        karaoke: "k", "kf" or "".
        vertical: In columns.
        hdr: Transfer function of the picture.
    """

    look: Look
    width: int
    height: int
    language: str = ""
    karaoke: Literal["", "k", "kf"] = ""
    vertical: bool = False
    hdr: Literal["", "pq", "hlg"] = ""


def chosen_look(given: str | None, configured: str) -> Look:
    """The look that a flag names, else the configuration, else the one for burned pictures.

    Raises:
        StyleError: No such look.
    """
    return load_look(given or configured or DEFAULT_LOOK)


def is_drawn_as_it_is(loaded: files.LoadedFile) -> bool:
    """Whether a file brings its own look."""
    return ALL_FORMATS[loaded.captions.format].libass_draws_it


def prepare_ass(
    loaded: files.LoadedFile, options: DrawingOptions, renderer: Renderer, *, at_ms: int | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """The ASS to be drawn, and notes about it: the user's own file, else ours in the size of the picture."""
    if is_drawn_as_it_is(loaded):
        notes = (
            ("HDR: the colours of the ASS file are drawn as they are, and may be too bright",) if options.hdr else ()
        )
        return loaded.captions.text.encode(), notes
    look = options.look
    if options.hdr:
        look = with_colours(look, _dimmed(_GRAPHICS_WHITE[options.hdr]))
    context = replace(
        loaded.context,
        language=options.language or loaded.context.language,
        width=options.width,
        height=options.height,
        karaoke=options.karaoke,
        vertical=options.vertical or look.vertical,
        look=look,
    )
    drawn = draw_captions(loaded.cues, context, renderer, at_ms=at_ms)
    return drawn.ass, drawn.notes


def _dimmed(share: float) -> Callable[[str], str]:
    def dim(colour: str) -> str:
        parts = (round(int(colour[at : at + 2], 16) * share) for at in (1, 3, 5))
        return "#" + "".join(f"{part:02X}" for part in parts) + colour[7:]

    return dim


def report_fonts(ass: bytes, renderer: Renderer, *, allowed: bool) -> None:
    """Say which fonts are replaced, and stop when characters cannot be shown.

    Raises:
        ConfigError: Characters without a font, and that was not allowed.
    """
    found: FontReport = check_fonts(ass, renderer.ffmpeg, renderer.fonts)
    for wanted, used in found.replaced:
        say_note(f"font {wanted} is not installed; {used} is used")
    if not found.missing:
        return
    named = ", ".join(_named(character) for character in found.missing[:5])
    more = f" and {len(found.missing) - 5} more" if len(found.missing) > 5 else ""
    message = f"no installed font has {named}{more}; install one, or give --fonts DIR"
    if not allowed:
        raise ConfigError(f"{message}; --missing-fonts-ok encodes all the same")
    click.echo(escape_control(f"warning: {message}"), err=True)


def say_note(message: Any) -> None:
    """One line on stderr."""
    click.echo(escape_control(f"note: {message}"), err=True)


def _named(character: str) -> str:
    name = unicodedata.name(character, "unnamed")
    return f"{character} (U+{ord(character):04X} {name})"
