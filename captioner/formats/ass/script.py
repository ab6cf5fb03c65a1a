"""The parts of an ASS or SSA file: its header, its styles and its events, each with the line it stands in.

Read here and not by pysubs2, which tells no lines, refuses a file for one time that is wrong and goes by the usual
order of fields whatever the `Format` line says.

Source: the Aegisub manual and libass (ass.c): sections, `Format` lines, colours, alignment numbers of SSA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from captioner.model import TextStyle

__all__ = ["Event", "Script", "ScriptStyle", "captions_of", "parse_script", "size_of"]

_STYLE_FIELDS = {
    False: "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, TertiaryColour, BackColour, Bold, Italic, "
    "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, AlphaLevel, Encoding",
    True: "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
    "MarginR, MarginV, Encoding",
}
_EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_SECTION = re.compile(r"\s*\[([^\]]{1,60})\]\s*$")
_TIME = re.compile(r"\s*(-?)(\d{1,4}):(\d{1,2}):(\d{1,2})[.,:](\d{1,3})\s*$")
# What is drawn: from an override with a scale to the next override, which may end it with scale 0.
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9][^{}]*\}[^{}]*")
_OVERRIDE = re.compile(r"\{[^{}]*\}")
# SSA's own numbers: 1-3 at the bottom, 5-7 at the top, 9-11 in the middle.
_SSA_ALIGNMENT = {1: 1, 2: 2, 3: 3, 5: 7, 6: 8, 7: 9, 9: 4, 10: 5, 11: 6}


@dataclass(frozen=True, slots=True)
class ScriptStyle:
    """The part of a style that captions can hold.

    Attributes:
        look: Of its text.
        numpad: Its alignment as a key of the number pad.
    """

    look: TextStyle
    numpad: int = 2


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the events.

    Attributes:
        line: Where it stands, counted from 0.
        start_ms: As written.
        end_ms: As written.
        style: Name of its style.
        name: Its field for the speaker.
        margin_v: Its own vertical margin, 0 for the style's.
        text: With overrides.
        is_comment: Whether it is a comment and not shown.
    """

    line: int
    start_ms: int
    end_ms: int
    style: str
    name: str
    margin_v: int
    text: str
    is_comment: bool

    @property
    def spoken(self) -> str:
        """Its text without what it draws."""
        return _DRAWING.sub(lambda match: match[0][: match[0].index("}") + 1], self.text) if self.draws else self.text

    @property
    def draws(self) -> bool:
        """Whether it draws shapes."""
        return "\\p" in self.text and _DRAWING.search(self.text) is not None

    @property
    def is_drawing(self) -> bool:
        """Whether it draws shapes and has no text to read."""
        return self.draws and not _OVERRIDE.sub("", self.spoken).strip()


@dataclass(slots=True)
class Script:
    """An ASS or SSA file.

    Attributes:
        info: Fields of its header.
        styles: By name.
        events: In file order.
        bad_lines: Events that cannot be read: the line of each, counted from 0.
        other_lines: Lines among the events that are none, counted from 0.
        has_usual_order: Whether the fields of events are in the usual order.
    """

    info: dict[str, str] = field(default_factory=dict)
    styles: dict[str, ScriptStyle] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    bad_lines: list[int] = field(default_factory=list)
    other_lines: list[int] = field(default_factory=list)
    has_usual_order: bool = True


def parse_script(lines: Sequence[str]) -> Script:
    """Parse the lines of a file; what is in sections of other names, such as fonts, is skipped."""
    script, is_plus = Script(), True
    section, orders = "", dict[str, list[str]]()
    for number, line in enumerate(lines):
        if line.startswith("[") and (match := _SECTION.match(line)) is not None:
            section = match[1].strip().lower()
            is_plus = is_plus if section != "v4 styles" else False
            continue
        kind, colon, rest = line.partition(":")
        kind = kind.strip().lower()
        if section == "events" and line.strip("\ufeff \t") and kind not in _EVENT_KINDS and line[:1] not in ";!":
            script.other_lines.append(number)
        elif not colon:
            continue
        elif kind == "format":
            orders[section] = _names(rest)
        elif kind == "style":
            _add_style(script, rest, orders.get(section) or _names(_STYLE_FIELDS[is_plus]), is_plus=is_plus)
        elif kind in ("dialogue", "comment"):
            order = _event_order(orders.get("events"))
            script.has_usual_order = script.has_usual_order and order[1:3] == _USUAL_EVENT[1:3] and len(order) == 10
            _add_event(script, number, kind, rest, order)
        elif section == "script info":
            script.info[kind] = rest.strip()
    return script


_EVENT_KINDS = frozenset({"dialogue", "comment", "format", "picture", "sound", "movie", "command"})


def _names(order: str) -> list[str]:
    return [name.strip().lower() for name in order.split(",")]


def _event_order(given: Sequence[str] | None) -> Sequence[str]:
    """The order of the fields of an event; the usual one where the file's own cannot be right."""
    is_whole = given is not None and given[-1] == "text" and {"start", "end"} <= set(given)
    return given if is_whole and given is not None else _USUAL_EVENT


_USUAL_EVENT = _names(_EVENT_FIELDS)


def _add_style(script: Script, rest: str, order: Sequence[str], *, is_plus: bool) -> None:
    values = dict(zip(order, (value.strip() for value in rest.split(",")), strict=False))
    look = TextStyle(
        italic=_is_on(values.get("italic", "0")),
        bold=_is_on(values.get("bold", "0")),
        underline=_is_on(values.get("underline", "0")),
        colour=_colour(values.get("primarycolour", "")),
    )
    alignment = _whole(values.get("alignment", "2"))
    numpad = alignment if is_plus else _SSA_ALIGNMENT.get(alignment, 2)
    script.styles[values.get("name", "")] = ScriptStyle(look, numpad if 1 <= numpad <= 9 else 2)


def _is_on(value: str) -> bool:
    return value != "0"


def _colour(value: str) -> str:
    """`#RRGGBB` of `&HAABBGGRR` or of SSA's decimal number."""
    digits = value.strip("&Hh")
    try:
        code = int(digits, 16) if value.startswith("&") else int(value)
    except ValueError:
        return "#FFFFFF"
    return f"#{code & 0xFF:02X}{code >> 8 & 0xFF:02X}{code >> 16 & 0xFF:02X}"


def _add_event(script: Script, number: int, kind: str, rest: str, order: Sequence[str]) -> None:
    values = dict(zip(order, rest.strip().split(",", len(order) - 1), strict=False))
    start, end = _TIME.match(values.get("start", "")), _TIME.match(values.get("end", ""))
    if start is None or end is None:
        script.bad_lines.append(number)
        return
    script.events.append(
        Event(
            number,
            _ms(start),
            _ms(end),
            values.get("style", ""),
            values.get("name", values.get("actor", "")),
            _whole(values.get("marginv", "0")),
            values.get("text", ""),
            kind == "comment",
        )
    )


def _ms(match: re.Match[str]) -> int:
    sign, hours, minutes, seconds, fraction = match.groups()
    ms = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
    return -ms if sign else ms


def _whole(text: str) -> int:
    """A whole number of a sane size, else 0."""
    match = re.fullmatch(r"\s*(-?\d{1,6})\s*", text)
    return int(match[1]) if match else 0


def captions_of(script: Script) -> Iterator[Event]:
    """The events that are captions: no comments and no drawings."""
    return (event for event in script.events if not event.is_comment and not event.is_drawing)


def size_of(info: Mapping[str, str]) -> tuple[int, int]:
    """The picture the script's coordinates are for; zeros where it does not say."""
    return _whole(info.get("playresx", "")), _whole(info.get("playresy", ""))
