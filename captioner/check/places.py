"""Where a caption stands, from the words of each format: WebVTT cue settings, TTML regions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from captioner.model import HorizontalAlign, Placement, VerticalAlign

__all__ = ["of_region", "of_settings"]

_SETTING = re.compile(r"(\w{4,8}):(\S{1,60})")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%")
# The default font size of a cue is 5vh (WebVTT 7.4), a line of it about a fifteenth of the height, as in CEA-608.
_LINE_PERCENT = 100 / 15
_SIDES: Mapping[str, HorizontalAlign] = {
    "start": "left", "left": "left", "line-left": "left", "center": "centre", "middle": "centre", "end": "right",
    "right": "right", "line-right": "right",
}  # fmt: skip
_ROWS: Mapping[str, VerticalAlign] = {"start": "top", "center": "middle", "end": "bottom"}
# How far from the edges text usually stands: the BBC keeps 5 %, IMSC players 10 %; so far a region is the usual one.
_USUAL_MARGIN = 12
_USUAL_OFFSET = 2.5


def of_settings(settings: str) -> tuple[Placement | None, frozenset[str]]:
    """Placement by the settings of a WebVTT cue, and what else they say.

    A line number is taken for that many fifteenths of the height; a percentage is exact.

    Source: W3C WebVTT 4.4 (cue settings) and 7.2 (how they are put into practice).
    """
    if not settings.strip():
        return None, frozenset()
    said = dict(_SETTING.findall(settings))
    left = {"vertical": "vertical text", "region": "regions"}
    other = frozenset(name for key, name in left.items() if key in said)
    if "vertical" in said:
        return None, other
    row, y = _line(said.get("line", ""))
    side = _SIDES.get(said.get("align", ""), "centre")
    placement = Placement(row, side, _across(said, side), y)
    return (None if placement == Placement() else placement), other


def _line(value: str) -> tuple[VerticalAlign, float | None]:
    where, _, align = value.partition(",")
    if (match := _PERCENT.fullmatch(where)) and float(match[1]) <= 100:
        return _ROWS.get(align, "top"), float(match[1])
    if not re.fullmatch(r"-?\d{1,3}", where):
        return "bottom", None
    number = int(where)
    if number in (0, -1):
        return ("bottom", None) if number else ("top", None)
    if number > 0:
        y = number * _LINE_PERCENT
        return ("top", round(y, 2)) if y < 90 else ("bottom", None)
    y = 100 + (number + 1) * _LINE_PERCENT
    return ("bottom", round(y, 2)) if y > 10 else ("top", None)


def _across(said: Mapping[str, str], side: HorizontalAlign) -> float | None:
    """Where the side of the text is that its alignment holds; the box may be held elsewhere."""
    where, _, anchor = said.get("position", "").partition(",")
    if not (match := _PERCENT.fullmatch(where)) or float(match[1]) > 100:
        return None
    at, held = float(match[1]), _SIDES.get(anchor, side)
    room = {"left": 100 - at, "right": at, "centre": 2 * min(at, 100 - at)}[held]
    size = _PERCENT.fullmatch(said.get("size", ""))
    width = min(room, float(size[1])) if size else room
    begin = at - {"left": 0.0, "centre": width / 2, "right": width}[held]
    x = round(begin + {"left": 0.0, "centre": width / 2, "right": width}[side], 2)
    usual = {"left": 0.0, "centre": 50.0, "right": 100.0}[side]
    return None if abs(x - usual) <= (0 if side == "centre" else _USUAL_MARGIN) else x


def of_region(
    origin: tuple[float, float],
    extent: tuple[float, float],
    display_align: Literal["before", "center", "after"] | str,
    text_align: str,
) -> Placement | None:
    """Placement by a TTML region, in percent of the picture; None for the usual one at the bottom.

    A region at the usual margin of its edge says top or bottom and no more; any other place is exact.

    Source: W3C TTML2 10.2 (displayAlign, extent, origin, textAlign).
    """
    rows: Mapping[str, tuple[VerticalAlign, float]] = {
        "after": ("bottom", 1),
        "center": ("middle", 0.5),
        "before": ("top", 0),
    }
    row, share = rows.get(display_align, rows["before"])
    side = _SIDES.get(text_align, "left")
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
