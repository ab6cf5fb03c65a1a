"""Regions of TTML: placements read from them, and a region for every placement that is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from captioner.formats.safe_area import SafeArea
from captioner.model import Cue, HorizontalAlign, Placement, VerticalAlign

__all__ = ["BOTTOM", "Region", "percent", "placement_of_region", "regions_for"]

#: The region every document has.
BOTTOM = "bottom"
_DISPLAY = {"bottom": "after", "middle": "center", "top": "before"}
_ROWS: Mapping[str, tuple[VerticalAlign, float]] = {
    "after": ("bottom", 1),
    "center": ("middle", 0.5),
    "before": ("top", 0),
}
_TEXT_ALIGN: Mapping[str, HorizontalAlign] = {
    "start": "left",
    "left": "left",
    "center": "centre",
    "end": "right",
    "right": "right",
}
# How far from the edges text usually stands: the BBC keeps 5 %, IMSC players 10 %; so far a region is the usual one.
_USUAL_MARGIN = 12
_USUAL_OFFSET = 2.5
_NARROWEST = 10.0  # percent; a place at the very edge still has room for a word


@dataclass(frozen=True, slots=True)
class Region:
    """Part of the picture.

    Attributes:
        name: Its id.
        origin: Upper left corner, as TTML writes it.
        extent: Width and height, as TTML writes them.
        display_align: Which edge text is held to.
    """

    name: str
    origin: str
    extent: str
    display_align: str


def percent(share: float) -> str:
    """A share as a TTML percentage, without needless digits."""
    return f"{round(share * 100, 2):g}%"


def regions_for(cues: Sequence[Cue], frame: SafeArea) -> dict[Placement | None, Region]:
    """A region for every placement of the cues and for none; sides are a matter of alignment unless they are exact."""
    found: dict[Placement | None, Region] = {None: _region(Placement(), BOTTOM, frame)}
    made: dict[tuple[str, str], Region] = {}
    for placement in dict.fromkeys(cue.placement for cue in cues):
        if placement is None:
            continue
        region = _region(placement, "", frame)
        key = region.origin + region.extent, region.display_align
        if key not in made:
            usual = placement.x is None and placement.y is None
            name = placement.row if usual else f"place{len(made) + 1}"
            made[key] = _region(placement, name, frame)
        found[placement] = made[key]
    return found


def _region(placement: Placement, name: str, frame: SafeArea) -> Region:
    # A tenth is kept free at the sides of a 16:9 picture rather than the eighth of the frame, so that a full line of a
    # wide font still fits.
    side, end = 100 * min(frame.side_margin, 0.1), 100 * frame.end_margin
    left, right = _held(placement.x, {"left": 0, "centre": 1, "right": 2}[placement.side], side)
    top, bottom = _held(placement.y, {"top": 0, "middle": 1, "bottom": 2}[placement.row], end)
    origin = f"{percent(left / 100)} {percent(top / 100)}"
    return Region(
        name, origin, f"{percent((right - left) / 100)} {percent((bottom - top) / 100)}", _DISPLAY[placement.row]
    )


def _held(at: float | None, edge: int, margin: float) -> tuple[float, float]:
    """From where to where a region goes whose first edge (0), middle (1) or last edge (2) is held at a point."""
    first, last = margin, 100 - margin
    if at is None:
        return first, last
    if edge == 1:
        half = max(min(at, 100 - at), _NARROWEST / 2)
        return max(0.0, at - half), min(100.0, at + half)
    if edge == 0:
        return min(at, 100 - _NARROWEST), max(last, min(100.0, at + _NARROWEST))
    return min(first, max(0.0, at - _NARROWEST)), max(at, _NARROWEST)


def placement_of_region(
    origin: tuple[float, float],
    extent: tuple[float, float],
    display_align: Literal["before", "center", "after"] | str,
    text_align: str,
) -> Placement | None:
    """Placement by a region, in percent of the picture; None for the usual one at the bottom.

    A region at the usual margin of its edge says top or bottom and no more; any other place is exact.

    Source: W3C TTML2, section 10.2 (displayAlign, extent, origin, textAlign).
    """
    row, share = _ROWS.get(display_align, _ROWS["before"])
    side = _TEXT_ALIGN.get(text_align, "left")
    along = {"left": 0.0, "centre": 0.5, "right": 1.0}[side]
    x, y = origin[0] + along * extent[0], origin[1] + share * extent[1]
    usual_x = {"left": 0.0, "centre": 50.0, "right": 100.0}[side]
    usual_y = {"top": 0.0, "middle": 50.0, "bottom": 100.0}[row]
    slack_x = _USUAL_OFFSET if side == "centre" else _USUAL_MARGIN
    slack_y = _USUAL_OFFSET if row == "middle" else _USUAL_MARGIN
    placement = Placement(
        row,
        side,
        None if abs(x - usual_x) <= slack_x else round(min(100.0, max(0.0, x)), 2),
        None if abs(y - usual_y) <= slack_y else round(min(100.0, max(0.0, y)), 2),
    )
    return None if placement == Placement() else placement
