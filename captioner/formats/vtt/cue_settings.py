"""Cue settings of WebVTT: placements read from them and written as them.

Source: W3C WebVTT 4.4 (cue settings) and 7.2 (how they are applied).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from captioner.model import HorizontalAlign, Placement, VerticalAlign

__all__ = ["placement_of_settings", "settings_for"]

_SETTING = re.compile(r"(\w{4,8}):(\S{1,60})")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%")
# The default font size of a cue is 5vh (WebVTT 7.4), a line of it about a fifteenth of the height, as in CEA-608.
_LINE_PERCENT = 100 / 15
_SIDES: Mapping[str, HorizontalAlign] = {
    "start": "left", "left": "left", "line-left": "left", "center": "centre", "middle": "centre", "end": "right",
    "right": "right", "line-right": "right",
}  # fmt: skip
_ROWS: Mapping[str, VerticalAlign] = {"start": "top", "center": "middle", "end": "bottom"}
# How far from an edge text is that is usually there: the BBC keeps 5 %, IMSC players 10 %.
_USUAL_MARGIN = 12
_SIDE_PERCENT = 10  # where text at a side begins, as in our TTML; a cue box has no margin of its own


def placement_of_settings(settings: str) -> tuple[Placement | None, frozenset[str]]:
    """Placement by the settings of a cue, and the features in them that captions cannot hold.

    A line number counts as that many fifteenths of the height; a percentage is exact.
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
    """Position of the side of the text that its alignment holds; the box may be held elsewhere."""
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


def _line_settings(percent: str, row: VerticalAlign) -> list[str]:
    """A line in percent, and once more with its alignment.

    Chromium (seen in 150) drops a line that has an alignment, and shows the caption at the bottom; programs that know
    alignments go by the last setting they understand.
    """
    align = {"top": "", "middle": ",center", "bottom": ",end"}[row]
    return [f"line:{percent}%", f"line:{percent}%{align}"] if align else [f"line:{percent}%"]


def settings_for(placement: Placement | None) -> str:
    """Cue settings for a placement, each with a space before it.

    There are none for the usual place, where a player moves captions out of each other's way by itself.
    """
    if placement is None or placement == Placement():
        return ""
    settings = []
    if placement.y is not None:
        settings += _line_settings(f"{placement.y:g}", placement.row)
    elif placement.row != "bottom":
        settings += ["line:0"] if placement.row == "top" else _line_settings("50", "middle")
    usual_x = {"left": _SIDE_PERCENT, "centre": None, "right": 100 - _SIDE_PERCENT}[placement.side]
    x = usual_x if placement.x is None else placement.x
    if x is not None:
        settings.append(f"position:{x:g}%")
    if placement.side != "centre":
        settings.append(f"align:{placement.side}")
    return "".join(f" {setting}" for setting in settings)
