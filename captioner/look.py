"""Looks: what captions look like in the picture, read from TOML and checked.

A look is a table of values, and a table for each aspect of the picture that differs. Data only: the writers in
`formats` draw what their format holds, and `formats.look_support` says what it does not.

Sizes are relative, so that a look is one for every resolution: `size` and `margin` in percent of the picture's height,
`side_margin` in percent of its width, and what belongs to the letters (outline, shadow, padding, spacing) in percent of
`size`.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from captioner.errors import StyleError
from captioner.files import read_settings

__all__ = [
    "ASPECTS",
    "DEFAULT_LOOK",
    "Look",
    "load_look",
    "look_from_dict",
    "look_names",
    "look_reasons",
    "look_title",
    "parse_look",
    "with_colours",
]

#: The look of burned pictures when none is asked for.
DEFAULT_LOOK = "streaming"
#: Aspects of pictures by name, as width over height.
ASPECTS: Mapping[str, float] = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:5": 4 / 5}


@dataclass(frozen=True, slots=True)
class Look:
    """Appearance of captions.

    Attributes:
        name: Name of the preset or stem of the file.
        font: Families in order; the first one that is installed is used, and a caption file names the first.
        fonts: The same for scripts of their own, by ISO 15924 code in lower case: `arab`, `hans`, `jpan`, `thai`.
        size: Height of the letters' em, in percent of the picture's height.
        weight: 100 to 900; 400 is regular, 700 bold.
        italic: Whether all of it is italic.
        case: "keep", or "upper" or "lower" for letters that have both.
        letter_spacing: Space added between letters, in percent of `size`.
        colour: Of the letters, `#RRGGBB` or `#RRGGBBAA`, as all colours.
        speaker_colours: Of the speakers in order; () for one colour.
        outline: Width of the outline, in percent of `size`.
        outline_colour: Its colour.
        shadow: Distance of the shadow, in percent of `size`.
        shadow_colour: Its colour.
        blur: Softness of outline and shadow, in percent of `size`.
        box: "none", "line" for a box behind each line, "caption" for one behind the caption.
        box_colour: Its colour.
        box_padding: From the letters to its sides, in percent of `size`.
        box_radius: Of its corners, in percent of `size`.
        position: Edge that captions without a place of their own stand at: "bottom", "middle" or "top".
        align: Side that their lines are aligned to: "left", "centre" or "right".
        margin: Distance from that edge, in percent of the height.
        side_margin: Least distance from either side, in percent of the width.
        max_lines: Most lines of a caption whose lines are broken again because they are too wide for the picture.
        active_colour: Of the word that is spoken, "" for that of the others.
        active_box_colour: Of the box behind it, "" for none.
        active_size: Its size in percent of the others'.
        past_colour: Of words that were spoken, "" for that of the others.
        future_colour: Of words that will be, "" for that of the others.
        word_fill: Whether each word fills from its begin to its end, as in karaoke, instead of changing at once.
        animation: How a caption appears: "none", "fade" or "pop".
        animation_ms: How long that takes.
        vertical: Chinese and Japanese in columns, in the formats that can.
        aspects: What differs by the aspect of the picture, by name of the aspect.
    """

    name: str = ""
    font: tuple[str, ...] = ("Noto Sans",)
    fonts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    size: float = 5.0
    weight: int = 400
    italic: bool = False
    case: Literal["keep", "upper", "lower"] = "keep"
    letter_spacing: float = 0.0
    colour: str = "#FFFFFF"
    speaker_colours: tuple[str, ...] = ()
    outline: float = 0.0
    outline_colour: str = "#000000"
    shadow: float = 0.0
    shadow_colour: str = "#00000080"
    blur: float = 0.0
    box: Literal["none", "line", "caption"] = "none"
    box_colour: str = "#000000CC"
    box_padding: float = 25.0
    box_radius: float = 0.0
    position: Literal["bottom", "middle", "top"] = "bottom"
    align: Literal["left", "centre", "right"] = "centre"
    margin: float = 6.0
    side_margin: float = 10.0
    max_lines: int = 3
    active_colour: str = ""
    active_box_colour: str = ""
    active_size: float = 100.0
    past_colour: str = ""
    future_colour: str = ""
    word_fill: bool = False
    animation: Literal["none", "fade", "pop"] = "none"
    animation_ms: int = 120
    vertical: bool = False
    aspects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def for_picture(self, width: int, height: int) -> Look:
        """The look in a picture of that size: the values of the nearest aspect over the others."""
        return replace(self, aspects={}, **_with_tuples(self.aspects.get(nearest_aspect(width, height), {})))

    @property
    def lights_words(self) -> bool:
        """Whether words look different while, before or after they are spoken."""
        given = (self.active_colour, self.active_box_colour, self.past_colour, self.future_colour)
        return self.word_fill or any(given) or self.active_size != 100

    def as_dict(self) -> dict[str, Any]:
        """Values that differ from those of a look without any, as JSON values; this is what digests hash."""
        plain = asdict(Look())
        given = {key: value for key, value in asdict(self).items() if value != plain[key]}
        return {key: _json_value(value) for key, value in given.items()}


def nearest_aspect(width: int, height: int) -> str:
    """Name of the aspect that a picture is nearest to; "16:9" without a picture."""
    if width <= 0 or height <= 0:
        return "16:9"
    return min(ASPECTS, key=lambda name: abs(math.log(width / height / ASPECTS[name])))


_PLAIN = Look()
_ABOUT = frozenset({"name", "title", "source", "checked", "notes", "extends", "reasons", "aspect"})
_KEYS = tuple(each.name for each in fields(Look) if each.name not in ("name", "aspects"))
#: Keys that a table of an aspect cannot have.
_FOR_ALL = frozenset({"font", "fonts", "vertical"})
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "case": ("keep", "upper", "lower"),
    "box": ("none", "line", "caption"),
    "position": ("bottom", "middle", "top"),
    "align": ("left", "centre", "right"),
    "animation": ("none", "fade", "pop"),
}
#: Least and greatest value of each number. Letters below 1 % of the height cannot be read; two lines of 40 % fill it.
_LIMITS: Mapping[str, tuple[float, float]] = {
    "size": (1, 40),
    "weight": (100, 900),
    "letter_spacing": (-20, 100),
    "outline": (0, 50),
    "shadow": (0, 50),
    "blur": (0, 50),
    "box_padding": (0, 200),
    "box_radius": (0, 200),
    "margin": (0, 90),
    "side_margin": (0, 45),
    "max_lines": (1, 8),
    "active_size": (50, 200),
    "animation_ms": (0, 2000),
}
_COLOURS = frozenset(key for key in _KEYS if key.endswith("colour"))
_MAY_BE_EMPTY = frozenset({"active_colour", "active_box_colour", "past_colour", "future_colour"})
_COLOUR = re.compile("#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")
_SCRIPT = re.compile("[a-z]{4}")
#: What would end the field or the tag in which a caption file names a font.
_NO_FAMILY = re.compile(r"[,{}\\\x00-\x1f\x7f]")


def look_names() -> tuple[str, ...]:
    """Names of the looks that come with captioner, sorted."""
    folder = resources.files("captioner").joinpath("looks")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_look(name: str) -> Look:
    """Read a look by name, or a TOML file of one's own by path.

    Raises:
        StyleError: No such look, or a value is wrong.
    """
    return parse_look(_document(name), _stem(name), _where(name))


def look_title(name: str) -> str:
    """Purpose of a look in one line."""
    return str(_document(name).get("title", ""))


def look_reasons(name: str) -> Mapping[str, str]:
    """The reason of each value of a look, by key; `9:16.size` for one of an aspect."""
    document = _document(name)
    base = look_reasons(str(document["extends"])) if "extends" in document else {}
    return {**base, **{str(key): str(reason) for key, reason in document.get("reasons", {}).items()}}


def parse_look(table: Mapping[str, Any], name: str, where: str, within: tuple[str, ...] = ()) -> Look:
    """Turn the table of a look into a Look.

    A value replaces those that the extended look has for single aspects too, unless the table has one for the aspect.

    Args:
        table: As TOML has it.
        name: Name of the look.
        where: File and table, for messages.
        within: Looks that are being read because they extend this one.

    Raises:
        StyleError: An unknown key, a value that is none, or looks that extend each other.
    """
    base = _base(table, where, within)
    own = {key: value for key, value in table.items() if key not in _ABOUT}
    _check(own, where)
    aspects = {name: {k: v for k, v in values.items() if k not in own} for name, values in base.aspects.items()}
    for aspect, values in _tables(table.get("aspect", {}), where).items():
        _check(values, f"{where}, aspect {aspect}", forbidden=_FOR_ALL)
        aspects[aspect] = {**aspects.get(aspect, {}), **values}
    fonts = {script: _families(given) for script, given in own.pop("fonts", {}).items()}
    if "font" in own:
        own["font"] = _families(own["font"])
    values = {key: value for key, value in aspects.items() if value}
    return replace(base, **_with_tuples(own), name=name, fonts={**base.fonts, **fonts}, aspects=values)


def look_from_dict(values: Mapping[str, Any]) -> Look:
    """The look of `Look.as_dict`.

    Raises:
        TypeError: It is of another shape.
    """
    fonts = {script: tuple(families) for script, families in values.get("fonts", {}).items()}
    return Look(**{**_with_tuples(values), "fonts": fonts})


def with_colours(look: Look, change: Callable[[str], str]) -> Look:
    """The look with each of its colours changed by a function, in the tables of aspects too."""

    def changed(values: Mapping[str, Any]) -> dict[str, Any]:
        colours: dict[str, Any] = {key: change(value) for key, value in values.items() if key in _COLOURS and value}
        if speakers := values.get("speaker_colours"):
            colours["speaker_colours"] = tuple(map(change, speakers))
        return colours

    plain = {key: getattr(look, key) for key in _KEYS}
    aspects = {name: {**values, **changed(values)} for name, values in look.aspects.items()}
    return replace(look, **changed(plain), aspects=aspects)


def _base(table: Mapping[str, Any], where: str, within: tuple[str, ...]) -> Look:
    if "extends" not in table:
        return _PLAIN
    extended = str(table["extends"])
    if extended in within or len(within) > 8:
        raise StyleError(f"{where}: extends {extended}, which extends it; one of the two must stand alone")
    return parse_look(_document(extended), _stem(extended), _where(extended), (*within, extended))


def _tables(given: Any, where: str) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(given, Mapping) or not all(isinstance(each, Mapping) for each in given.values()):
        raise StyleError(f'{where}: aspect is not a table; write [aspect."9:16"]')
    if unknown := sorted(set(given) - set(ASPECTS)):
        raise StyleError(f"{where}: unknown aspect {unknown[0]!r}; choose one of {', '.join(ASPECTS)}")
    return given


def _check(values: Mapping[str, Any], where: str, forbidden: frozenset[str] = frozenset()) -> None:
    allowed = [key for key in _KEYS if key not in forbidden]
    if unknown := sorted(set(values) - set(allowed)):
        raise StyleError(f"{where}: unknown key {unknown[0]!r}; choose one of {', '.join(sorted(allowed))}")
    for key, value in values.items():
        if wanted := _fault(key, value):
            raise StyleError(f"{where}: {key} is {_shown(value)}; give {wanted}")


def _fault(key: str, value: Any) -> str:
    """Description of the values that a key takes, "" when the value is one."""
    if key == "font":
        return "" if _is_families(value) else "a name of a font, or a list of names"
    if key == "fonts":
        return _fault_of_scripts(value)
    if key == "speaker_colours":
        fine = isinstance(value, list | tuple) and all(_is_colour(each) for each in value)
        return "" if fine else "a list of colours as #RRGGBB or #RRGGBBAA"
    if key in _COLOURS:
        fine = _is_colour(value) or (value == "" and key in _MAY_BE_EMPTY)
        return "" if fine else "a colour as #RRGGBB or #RRGGBBAA"
    if key in _CHOICES:
        return "" if value in _CHOICES[key] else f"one of {', '.join(_CHOICES[key])}"
    if key in _LIMITS:
        return _fault_of_number(key, value)
    return "" if isinstance(value, bool) else "true or false"


def _fault_of_number(key: str, value: Any) -> str:
    least, most = _LIMITS[key]
    whole = isinstance(getattr(_PLAIN, key), int)
    kinds: tuple[type, ...] = (int,) if whole else (int, float)
    if type(value) in kinds and least <= value <= most:
        return ""
    return f"a {'whole ' if whole else ''}number from {least:g} to {most:g}"


def _fault_of_scripts(value: Any) -> str:
    fine = isinstance(value, Mapping) and all(
        isinstance(script, str) and _SCRIPT.fullmatch(script) and _is_families(families)
        for script, families in value.items()
    )
    return "" if fine else "a table of fonts by script, such as arab, hans, jpan, kore, thai"


def _is_families(value: Any) -> bool:
    given = [value] if isinstance(value, str) else value
    return (
        isinstance(given, list | tuple)
        and bool(given)
        and all(isinstance(each, str) and bool(each.strip()) and not _NO_FAMILY.search(each) for each in given)
    )


def _families(value: Any) -> tuple[str, ...]:
    return (value.strip(),) if isinstance(value, str) else tuple(each.strip() for each in value)


def _is_colour(value: Any) -> bool:
    return isinstance(value, str) and _COLOUR.fullmatch(value) is not None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json_value(each) for key, each in value.items()}
    return [_json_value(each) for each in value] if isinstance(value, tuple | list) else value


def _is_path(name: str) -> bool:
    return name.endswith(".toml") or "/" in name or "\\" in name


def _stem(name: str) -> str:
    return Path(name).stem if _is_path(name) else name


def _where(name: str) -> str:
    return name if _is_path(name) else f"look {name}"


def _document(name: str) -> Mapping[str, Any]:
    """The table of a look file; of a style file, its table `look`."""
    try:
        document = _parsed(_text(name))
    except tomllib.TOMLDecodeError as error:
        raise StyleError(f"{_where(name)}: not valid TOML ({error})") from error
    inner = document.get("look")
    return inner if isinstance(inner, Mapping) else document


@lru_cache(maxsize=32)
def _parsed(text: str) -> Mapping[str, Any]:
    return tomllib.loads(text)


def _text(name: str) -> str:
    if not _is_path(name):
        if name not in look_names():
            raise StyleError(f"look {name}: no such look; choose one of {', '.join(look_names())}, or a TOML file")
        return resources.files("captioner").joinpath("looks", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return read_settings(Path(name))
    except OSError as error:
        reason = error.strerror or "not readable"
        raise StyleError(f"look {name}: cannot be read ({reason}); give a name of a look or a TOML file") from error
    except UnicodeDecodeError as error:
        raise StyleError(f"look {name}: cannot be read (not UTF-8); give a name of a look or a TOML file") from error
