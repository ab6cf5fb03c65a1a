"""Features of captions that a format cannot hold: styling, places and speakers, found before they are lost.

Each writer's module lists the features it supports in `SUPPORTS`. A feature that it supports in general but cannot
write in one cue or another is named by its function `unsupported_in`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from captioner.formats.format_row import Format
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import visible_lines
from captioner.formats.text.speaker_names import printed_names
from captioner.model import Cue, Placement, TextStyle

__all__ = [
    "ALL_PLACES",
    "ALL_STYLING",
    "EXACT",
    "NINE_PLACES",
    "PLACES",
    "SPEAKERS",
    "TOP",
    "features_of",
    "unsupported",
    "unsupported_by",
]

#: Italics, weight, underline and colour of any stretch of text.
ALL_STYLING = frozenset({"italics", "bold", "underline", "colours"})
TOP, _MIDDLE, _SIDES, EXACT = "places at the top", "places in the middle", "places at a side", "exact places"
#: Of formats that have none.
PLACES = "places"
#: The nine places of a number pad; with them goes a position that is not one of them, but near.
NINE_PLACES = frozenset({TOP, _MIDDLE, _SIDES})
#: Any place of the picture.
ALL_PLACES = NINE_PLACES | {EXACT}
#: A field that says who speaks.
SPEAKERS = "speakers"


def unsupported(cues: Sequence[Cue], format_: Format, context: Context) -> Mapping[str, tuple[int, ...]]:
    """Features of the cues that the format cannot hold, each with the cues that lose it, by index.

    Columns of vertical writing all stand at the right, wherever the lines stood.

    Returns:
        Nothing where the format holds everything.
    """
    supports = format_.supports - ALL_PLACES if context.vertical else format_.supports
    return unsupported_by(cues, supports, context, format_.unsupported_in)


def unsupported_by(
    cues: Sequence[Cue],
    supports: frozenset[str],
    context: Context,
    unsupported_in: Callable[[Cue, Context], Iterable[str]] = lambda cue, context: (),
) -> Mapping[str, tuple[int, ...]]:
    """Features of the cues that are not among the supported ones, such as those of a track in a container."""
    found: dict[str, list[int]] = {}
    names = {} if SPEAKERS in supports else printed_names(cues, context)
    before: str | None = None
    for index, cue in enumerate(cues):
        features = {*_styling(cue), *_places(cue.placement, supports)} - supports
        is_unnamed, before = _has_unnamed_turn(cue, before)
        if names and is_unnamed:
            features.add(SPEAKERS)
        if any(line.spans for line in cue.lines):
            features |= set(unsupported_in(cue, context))
        for feature in features:
            found.setdefault(feature, []).append(index)
    return {feature: tuple(found[feature]) for feature in sorted(found)}


def _styling(cue: Cue) -> Iterator[str]:
    for line in cue.lines:
        for span in line.spans:
            yield from features_of(span.look)


def features_of(look: TextStyle) -> Iterator[str]:
    """The features a style of text uses."""
    if look.italic:
        yield "italics"
    if look.bold:
        yield "bold"
    if look.underline:
        yield "underline"
    if look.colour:
        yield "colours"


def _places(placement: Placement | None, supports: frozenset[str]) -> Iterator[str]:
    """The features a place uses; where a format has no places at all, that is one feature and not four."""
    if placement is None:
        return
    near = placement.nearest
    if not supports & NINE_PLACES:
        yield PLACES
        return
    if placement != near:
        yield EXACT
    if near.row != "bottom":
        yield TOP if near.row == "top" else _MIDDLE
    if near.side != "centre":
        yield _SIDES


def _has_unnamed_turn(cue: Cue, before: str | None) -> tuple[bool, str | None]:
    """Whether a turn begins in the cue without a printed name, and the last speaker of the cue."""
    is_unnamed = False
    for line in visible_lines(cue):
        speaker = cue.speaker if line.speaker is None else line.speaker
        if speaker is not None and speaker != before and not line.label:
            is_unnamed = True
        before = speaker
    return is_unnamed, before
