"""What a format cannot hold of how captions look, where they stand and who speaks: found before it is lost.

A writer's module names what it writes in `HOLDS`; one without the name holds nothing of the kind. What it cannot write
of one cue or another, it tells by a function `lost`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module

from captioner.formats.context import Context, Format
from captioner.formats.speaker_names import voices
from captioner.formats.text import visible_lines
from captioner.model import Cue, Placement, TextStyle

__all__ = [
    "ALL_LOOKS",
    "ALL_PLACES",
    "EXACT",
    "NINE_PLACES",
    "PLACES",
    "SPEAKERS",
    "TOP",
    "kinds_of",
    "losses",
    "unheld",
]

#: Italics, weight, underline and colour of any stretch of text.
ALL_LOOKS = frozenset({"italics", "bold", "underline", "colours"})
TOP, _MIDDLE, _SIDES, EXACT = "places at the top", "places in the middle", "places at a side", "exact places"
#: Of formats that have none.
PLACES = "places"
#: The nine places of a number pad; with them goes a position that is not one of them, but near.
NINE_PLACES = frozenset({TOP, _MIDDLE, _SIDES})
#: Any place of the picture.
ALL_PLACES = NINE_PLACES | {EXACT}
#: A field that says who speaks.
SPEAKERS = "speakers"


def losses(cues: Sequence[Cue], format_: Format, context: Context) -> Mapping[str, tuple[int, ...]]:
    """Kinds of what is lost, each with the cues that lose it, by index; nothing where the format holds everything.

    Columns of vertical writing all stand at the right, wherever the lines stood.
    """
    module = import_module(f"captioner.formats.{format_.module}")
    lost: Callable[[Cue, Context], Iterable[str]] = getattr(module, "lost", lambda cue, context: ())
    holds: frozenset[str] = getattr(module, "HOLDS", frozenset())
    return unheld(cues, holds - ALL_PLACES if context.vertical else holds, context, lost)


def unheld(
    cues: Sequence[Cue],
    holds: frozenset[str],
    context: Context,
    lost: Callable[[Cue, Context], Iterable[str]] = lambda cue, context: (),
) -> Mapping[str, tuple[int, ...]]:
    """The same for anything that holds these kinds."""
    found: dict[str, list[int]] = {}
    names = {} if SPEAKERS in holds else voices(cues, context)
    before: str | None = None
    for index, cue in enumerate(cues):
        said = {*_looks(cue), *_places(cue.placement, holds)} - holds
        unsaid, before = _speakers(cue, before)
        if names and unsaid:
            said.add(SPEAKERS)
        if any(line.spans for line in cue.lines):
            said |= set(lost(cue, context))
        for kind in said:
            found.setdefault(kind, []).append(index)
    return {kind: tuple(found[kind]) for kind in sorted(found)}


def _looks(cue: Cue) -> Iterator[str]:
    for line in cue.lines:
        for span in line.spans:
            yield from kinds_of(span.look)


def kinds_of(look: TextStyle) -> Iterator[str]:
    """What a look consists of."""
    if look.italic:
        yield "italics"
    if look.bold:
        yield "bold"
    if look.underline:
        yield "underline"
    if look.colour:
        yield "colours"


def _places(placement: Placement | None, holds: frozenset[str]) -> Iterator[str]:
    """What a place consists of; where a format has no places at all, that is one loss and not four."""
    if placement is None:
        return
    near = placement.nearest
    if not holds & NINE_PLACES:
        yield PLACES
        return
    if placement != near:
        yield EXACT
    if near.row != "bottom":
        yield TOP if near.row == "top" else _MIDDLE
    if near.side != "centre":
        yield _SIDES


def _speakers(cue: Cue, before: str | None) -> tuple[bool, str | None]:
    """Whether a turn begins in the cue without a printed name, and who speaks last."""
    unsaid = False
    for line in visible_lines(cue):
        speaker = cue.speaker if line.speaker is None else line.speaker
        if speaker is not None and speaker != before and not line.label:
            unsaid = True
        before = speaker
    return unsaid, before
