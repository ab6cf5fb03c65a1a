"""Notes on stderr about what a reader decided and what a format could not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import click

from captioner.cli.terminal import escape_control
from captioner.formats import ALL_FORMATS, FORMATS, CaptionFile, Context
from captioner.formats.capabilities import unsupported
from captioner.formats.text.markup import WORD_TIMES
from captioner.model import Cue

__all__ = ["tell_left", "tell_lost", "tell_parted", "tell_unheld", "warn_read_notes"]

_SHOWN = 5  # numbers of captions in a line
_WAYS = {
    "speakers": "; captioner convert --labels prints them",
    "exact places": "; the nearest is written",
}


def warn_read_notes(captions: CaptionFile, *, faults: bool = True) -> None:
    """Show what the reader guessed, mended or left out, each with its line.

    Args:
        captions: As read.
        faults: Whether faults of the file are among them; a check reports them as findings.
    """
    for note in captions.notes:
        if note.is_fault and not faults:
            continue
        _say(f"{captions.name}: {f'line {note.line}: ' if note.line else ''}{note.message}")


def tell_lost(cues: Sequence[Cue], name: str, context: Context, output: object) -> None:
    """Warn about features of these captions that the format cannot hold."""
    tell_unheld(unsupported(cues, FORMATS[name], context), name, output)


def tell_unheld(found: Mapping[str, Sequence[int]], name: str, output: object) -> None:
    """Warn about features that a format or track of this name cannot hold."""
    if found:
        kinds = (f"{kind} ({_captions(places)}{_WAYS.get(kind, '')})" for kind, places in found.items())
        _say(f"{output}: {name} cannot hold {', '.join(kinds)}")


def tell_left(captions: CaptionFile, name: str = "", *, karaoke: str = "") -> None:
    """Warn about contents of the file that are lost when it is written again.

    Args:
        captions: As read.
        name: Format that is written.
        karaoke: How its words are lit up, "" for not at all.
    """
    row = ALL_FORMATS.get(name)
    has_words = row is not None and (row.word_times or (row.karaoke and bool(karaoke)))
    left = {kind: places for kind, places in captions.unsupported.items() if kind != WORD_TIMES or not has_words}
    kinds = [f"{kind} ({_captions(places)})" for kind, places in left.items()]
    if captions.drawings:
        kinds.append(f"{captions.drawings} drawing{'s' if captions.drawings > 1 else ''}")
    if ALL_FORMATS[captions.format].own_styling:
        kinds.append("fonts, sizes and outlines of its styles")
    if kinds:
        _say(f"{captions.name}: not carried over: {', '.join(kinds)}")


def tell_parted(name: str, lost: Mapping[str, Sequence[int]]) -> None:
    """Warn about styling that a new layout lost."""
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
    click.echo(escape_control(f"note: {message}"), err=True)
