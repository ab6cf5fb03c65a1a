"""Notes on stderr about what a reader decided and what a format could not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from captioner.cli.terminal import plain

if TYPE_CHECKING:
    from captioner.formats import CaptionFile, Context
    from captioner.model import Cue

__all__ = ["tell_left", "tell_lost", "tell_parted", "tell_unheld", "warn_read_notes"]

_SHOWN = 5  # numbers of captions in a line
_WAYS = {
    "speakers": "; captioner convert --labels prints them",
    "exact places": "; the nearest is written",
}


def warn_read_notes(captions: CaptionFile) -> None:
    """What the reader guessed, mended or left out, each with the line it stands in."""
    for note in captions.notes:
        _say(f"{captions.name}: {f'line {note.line}: ' if note.line else ''}{note.message}")


def tell_lost(cues: Sequence[Cue], name: str, context: Context, output: object) -> None:
    """What of these captions the format cannot hold."""
    from captioner.formats import FORMATS
    from captioner.formats.capabilities import unsupported

    tell_unheld(unsupported(cues, FORMATS[name], context), name, output)


def tell_unheld(found: Mapping[str, Sequence[int]], name: str, output: object) -> None:
    """What something by that name cannot hold."""
    if found:
        kinds = (f"{kind} ({_captions(places)}{_WAYS.get(kind, '')})" for kind, places in found.items())
        _say(f"{output}: {name} cannot hold {', '.join(kinds)}")


def tell_left(captions: CaptionFile) -> None:
    """What the file said and no caption of ours can hold, when it is written anew."""
    from captioner.formats import ALL_FORMATS

    kinds = [f"{kind} ({_captions(places)})" for kind, places in captions.unsupported.items()]
    if captions.drawings:
        kinds.append(f"{captions.drawings} drawing{'s' if captions.drawings > 1 else ''}")
    if ALL_FORMATS[captions.format].own_styling:
        kinds.append("fonts, sizes and outlines of its styles")
    if kinds:
        _say(f"{captions.name}: not carried over: {', '.join(kinds)}")


def tell_parted(name: str, lost: Mapping[str, Sequence[int]]) -> None:
    """What did not come through a new layout."""
    if lost:
        kinds = (f"{kind} ({_captions(places)})" for kind, places in lost.items())
        _say(f"{name}: the new layout has other words, which lose {', '.join(kinds)}")


def _captions(places: Sequence[int]) -> str:
    """`caption 4`, `captions 1, 2, 3`, `12 captions: 1, 2, 3, 4, 5 …`; counted from 1."""
    numbers: Iterable[str] = (str(place + 1) for place in places[:_SHOWN])
    if len(places) > _SHOWN:
        return f"{len(places)} captions: {', '.join(numbers)} …"
    return f"caption{'s' if len(places) > 1 else ''} {', '.join(numbers)}"


def _say(message: str) -> None:
    click.echo(plain(f"note: {message}"), err=True)
