"""Style profiles: the numbers that captions are held to, read from TOML, checked, and identified by a digest.

A profile has a table of defaults and one table for each language that differs. Data only: `layout` and `check` apply
the numbers.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from captioner.errors import StyleError
from captioner.files import read_settings
from captioner.languages import language_of
from captioner.look import Look, load_look, parse_look

__all__ = ["DEFAULT_STYLE", "SourcedValue", "Style", "load_style", "style_names", "style_sources", "style_title"]

DEFAULT_STYLE = "web-default"


@dataclass(frozen=True, slots=True)
class Style:
    """The limits and preferences that layout, formats and checks apply, for one language.

    Attributes:
        name: Profile name.
        version: Profile version, a whole number that is raised with every change.
        language: The language the numbers were resolved for, or "" for the profile's defaults.
        max_columns: Widest line in columns; an East Asian wide character takes two.
        max_lines: Most lines in a cue.
        line_fill: "balanced" for lines of similar length that end where a reader pauses; "full" for lines filled one
        after the other, as on line 21 of television.
        max_words: Most words in a cue, for captions word by word; 0 for no limit.
        min_duration_ms: Shortest time on screen.
        max_duration_ms: Longest time on screen.
        cps: Target reading speed, in counted characters a second.
        cps_hard: Reading speed above which a cue is an error.
        min_gap_ms: Smallest gap between cues, unless they follow each other at once.
        chain_below_ms: Gaps smaller than this are closed down to `min_gap_ms`, because they look like a flicker.
        lead_in_ms: How much earlier than its first word a cue may begin.
        lag_out_ms: How much longer than its last word a cue stays when nothing follows.
        max_hang_ms: How much longer it may stay for reading speed or minimum duration.
        dash_first: Printed before the first speaker's line of a shared cue.
        dash_second: Printed before the second speaker's line.
        label: Pattern of a speaker label; `{name}` is replaced.
        label_case: "upper" prints the label in capitals.
        cps_optimal: Preferred reading speed, in characters a second; 0 for none.
        wpm: Words a minute above which a cue is marked; 0 for no limit. Not used for scripts without word spaces.
        wpm_hard: Words a minute above which a cue is an error; 0 for no limit.
        min_word_ms: Shortest time on screen for each word; 0 for no limit.
        min_gap_frames: Smallest gap in frames, used instead of `min_gap_ms` when times lie on frames; 0 to use that.
        snap_frames: Whether times are put on frames.
        shot_zone_ms: Distance from a shot change within which a time is moved to it; 0 to ignore shot changes.
        shot_snap_frames: At 24 frames a second: an in-time up to this many frames before a shot change is moved to it.
        shot_gap_frames: Frames kept between an out-time and a shot change.
        sync_ms: A cue that begins further than this from its first word is marked; 0 for no limit.
        sync_hard_ms: A cue that begins further than this from its first word is an error; 0 for no limit.
        overhang_ms: A cue that stays longer than this after its last word is marked; 0 for no limit.
        punctuation: "faithful" prints the punctuation as recognised; "streaming" drops commas and full stops of Chinese
        and Japanese.
        cjk_latin_space: Space between Chinese and Latin text: "keep", "none" or "space".
        cjk_latin_even: Make such spaces of recognised text even, as the language has them, which is none in Chinese and
            Japanese, because a recogniser sends some and leaves out others. Without it they stay as received.
        ellipsis: "keep", "single" (one character) or "dots" (three full stops).
        numbers: "keep", "half" (half-width digits) or "ja" (one digit full-width, several half-width).
        italics: Whether the language uses italics.
        rtl_marks: Marks that keep right-to-left lines in order in SRT and ASS: "rlm", "rle" or "none".
        colours: Colours of the speakers in order, `#RRGGBB`; () for the format's own colours.
        severity: Rule name to "error", "warning", "note" or "off", where it differs from the rule's default.
        look: What the captions look like, from the profile's table `look`; None for each format's own.
    """

    name: str
    version: int = 1
    language: str = ""
    max_columns: int = 42
    max_lines: int = 2
    line_fill: Literal["balanced", "full"] = "balanced"
    max_words: int = 0
    min_duration_ms: int = 833
    max_duration_ms: int = 7000
    cps: float = 20.0
    cps_hard: float = 25.0
    min_gap_ms: int = 80
    chain_below_ms: int = 500
    lead_in_ms: int = 40
    lag_out_ms: int = 300
    max_hang_ms: int = 1000
    dash_first: str = "- "
    dash_second: str = "- "
    label: str = "{name}:"
    label_case: Literal["keep", "upper"] = "keep"
    cps_optimal: float = 0.0
    wpm: int = 0
    wpm_hard: int = 0
    min_word_ms: int = 0
    min_gap_frames: int = 0
    snap_frames: bool = False
    shot_zone_ms: int = 0
    shot_snap_frames: int = 0
    shot_gap_frames: int = 2
    sync_ms: int = 0
    sync_hard_ms: int = 0
    overhang_ms: int = 0
    punctuation: Literal["faithful", "streaming"] = "faithful"
    cjk_latin_space: Literal["keep", "none", "space"] = "keep"
    cjk_latin_even: bool = False
    ellipsis: Literal["keep", "single", "dots"] = "keep"
    numbers: Literal["keep", "half", "ja"] = "keep"
    italics: bool = True
    rtl_marks: Literal["rlm", "rle", "none"] = "rlm"
    colours: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict, repr=False)
    languages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    look: Look | None = None

    def for_language(self, language: str) -> Style:
        """The profile for a language: the tables of its tag applied over the defaults, the most exact table last.

        A tag is also found by its script: `zh-TW` takes `zh` and then `zh-hant`. A language without a table takes that
        of its fallback language, as Norwegian Bokmål takes `no`.
        """
        tables = {key.lower(): value for key, value in self.languages.items()}
        found = language_of(language)
        keys = [key for key in (*reversed(found.keys), language.replace("_", "-").lower()) if key in tables]
        merged: dict[str, Any] = {}
        for key in keys or [key for key in (found.fallback,) if key in tables]:
            merged |= tables[key]
        return replace(self, language=(found.tag or language.replace("_", "-")).lower(), **merged)

    def override(self, **changes: Any) -> Style:
        """The profile with some numbers replaced for every language, as `--max-columns` does.

        Raises:
            StyleError: A value is out of range.
        """
        given = {key: value for key, value in changes.items() if value is not None}
        tables = {
            language: {key: value for key, value in table.items() if key not in given}
            for language, table in self.languages.items()
        }
        return _validate(replace(self, **given, languages=tables), f"style {self.name}")

    @property
    def digest(self) -> str:
        """First 16 hex digits of a SHA-256 over `as_dict`: two styles with one digest lay out alike."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]

    def as_dict(self) -> dict[str, Any]:
        """Every number as a JSON value, without the fields of `_ADDED_LATER` that are not used.

        Digests of 0.1.0 are in ledgers and archives. So a field added since is left out as long as it has the value
        that means "not used": a new field changes no digest of a style that does not use it.
        """
        values, unused = asdict(self), {**_ADDED_LATER, **_GAINED_LATER.get(self.name, {})}
        values["look"] = self.look.as_dict() if self.look is not None else None
        return {key: value for key, value in values.items() if key not in unused or value != unused[key]}


@dataclass(frozen=True, slots=True)
class SourcedValue:
    """One number of a profile, with its source.

    Attributes:
        language: Language it applies to, "" for the profile's default.
        key: Field of `Style`.
        value: The value as written.
        profile: The profile that sets it: this one or one it extends.
        source: Source of the number, "" when the file gives none.
        checked: ISO date on which the source was read.
    """

    language: str
    key: str
    value: Any
    profile: str
    source: str
    checked: str


_DEFAULTS = {
    f.name: getattr(Style(""), f.name) for f in fields(Style) if f.name not in ("languages", "name", "language", "look")
}
_FIELDS = frozenset(_DEFAULTS)
#: Fields of `Style` that 0.1.0 did not have, with the value that means "not used".
_ADDED_LATER: Mapping[str, Any] = {"line_fill": "balanced", "cjk_latin_even": False, "look": None}
#: What a profile of ours has gained since, which makes no captions that exist be written anew.
_GAINED_LATER: Mapping[str, Mapping[str, Any]] = {"web-default": {"cjk_latin_even": True}}
_ABOUT = ("name", "title", "source", "sources", "checked", "notes", "extends", "language", "look")
_CHOICES = {
    "label_case": ("keep", "upper"),
    "punctuation": ("faithful", "streaming"),
    "cjk_latin_space": ("keep", "none", "space"),
    "ellipsis": ("keep", "single", "dots"),
    "numbers": ("keep", "half", "ja"),
    "rtl_marks": ("rlm", "rle", "none"),
}
_SEVERITIES = ("error", "warning", "note", "off")
_COLOUR = re.compile("#[0-9A-Fa-f]{6}")


def style_names() -> tuple[str, ...]:
    """Names of the profiles that come with captioner, sorted."""
    folder = resources.files("captioner").joinpath("styles")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_style(name: str) -> Style:
    """Read a profile by name, or a TOML file of one's own by path.

    Raises:
        StyleError: No such profile, or its values are invalid.
    """
    return parse_style(_text(name), _stem(name))


def parse_style(text: str, name: str, within: tuple[str, ...] = ()) -> Style:
    """Turn the TOML text of a profile into a Style.

    Args:
        text: TOML.
        name: Name of the profile.
        within: Profiles that are being read because they extend this one.

    Raises:
        StyleError: Not TOML, an unknown key, profiles that extend each other, or numbers that contradict each other.
    """
    document = _document(text, name)
    base = _base(document, name, within)
    own = {key: value for key, value in document.items() if key not in _ABOUT}
    tables = {language: dict(table) for language, table in base.languages.items()}
    for language, table in document.get("language", {}).items():
        tables[language] = _with_tuples({**tables.get(language, {}), **_values(table)})
    _check_keys(own, name)
    for language, table in tables.items():
        _check_keys(table, f"{name}, language {language}")
    own["severity"] = {**base.severity, **own.get("severity", {})}
    own["look"] = _look(document["look"], name) if "look" in document else base.look
    try:
        style = _validate(replace(base, **_with_tuples({**own, "name": name, "languages": tables})), f"style {name}")
        for language in tables:
            _validate(style.for_language(language), f"style {name}, language {language}")
    except (TypeError, AttributeError) as error:  # a kind that `_check_kind` does not know of
        raise StyleError(f"style {name}: a value is of the wrong kind; check numbers and texts") from error
    return style


def style_sources(name: str) -> tuple[SourcedValue, ...]:
    """Every number of a profile with its source: those of the profile it extends first, then its own.

    Raises:
        StyleError: No such profile, or it is not TOML.
    """
    document = _document(_text(name), _stem(name))
    found: dict[tuple[str, str], SourcedValue] = {}
    if "extends" in document:
        found = {(each.language, each.key): each for each in style_sources(str(document["extends"]))}
    reasons, checked = document.get("sources", {}), str(document.get("checked", ""))
    for language, table in [("", document), *document.get("language", {}).items()]:
        general = table.get("source", "")
        for key, value in _values(table).items():
            if key == "version":
                continue
            source = reasons.get(f"{language}.{key}" if language else key, general) or reasons.get(key, "")
            found[language, key] = SourcedValue(language, key, value, _stem(name), source, checked)
    return tuple(found.values())


def style_title(name: str) -> str:
    """Title of a profile: its purpose in one line."""
    return str(_document(_text(name), _stem(name)).get("title", ""))


def _text(name: str) -> str:
    if not (name.endswith(".toml") or "/" in name):
        if name not in style_names():
            raise StyleError(f"style {name}: no such profile; choose one of {', '.join(style_names())}")
        return resources.files("captioner").joinpath("styles", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return read_settings(Path(name))
    except OSError as error:
        reason = error.strerror or "not readable"
        raise StyleError(f"style {name}: cannot be read ({reason}); give a profile name or a TOML file") from error
    except UnicodeDecodeError as error:
        raise StyleError(f"style {name}: cannot be read (not UTF-8); give a profile name or a TOML file") from error


def _stem(name: str) -> str:
    return Path(name).stem if name.endswith(".toml") or "/" in name else name


@lru_cache(maxsize=32)
def _parsed(text: str) -> Mapping[str, Any]:
    return tomllib.loads(text)


def _document(text: str, name: str) -> Mapping[str, Any]:
    try:
        return _parsed(text)
    except tomllib.TOMLDecodeError as error:
        raise StyleError(f"style {name}: not valid TOML ({error})") from error


def _base(document: Mapping[str, Any], name: str, within: tuple[str, ...]) -> Style:
    if "extends" not in document:
        return Style(name=name)
    extended = str(document["extends"])
    if extended in within or len(within) > 8:
        raise StyleError(f"style {name}: extends {extended}, which extends it; one of the two must stand alone")
    return parse_style(_text(extended), _stem(extended), (*within, extended))


def _look(given: Any, name: str) -> Look:
    """The look of a profile: a table, or the name or file of a look."""
    if isinstance(given, str):
        return load_look(given)
    if not isinstance(given, Mapping):
        raise StyleError(f"style {name}: look is {given!r}; give a table, or the name or file of a look")
    return parse_look(given, name, f"style {name}, look")


def _values(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in _ABOUT}


def _check_keys(table: Mapping[str, Any], name: str) -> None:
    if unknown := sorted(set(table) - _FIELDS):
        raise StyleError(f"style {name}: unknown key {unknown[0]!r}; choose one of {', '.join(sorted(_FIELDS))}")
    for key, value in table.items():
        if wanted := _wrong_kind(value, _DEFAULTS[key]):
            raise StyleError(f"style {name}: {key} is {value!r}, the wrong kind of value; give {wanted}")


def _wrong_kind(value: Any, default: Any) -> str:
    """The kind a value must be of to replace a default, "" when it is."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(default, int):
        return "" if type(value) is int else "a whole number"
    if isinstance(default, float):
        return "" if type(value) in (int, float) else "a number"
    if isinstance(default, tuple):
        return (
            ""
            if isinstance(value, tuple | list) and all(isinstance(each, str) for each in value)
            else "a list of texts"
        )
    return "" if isinstance(value, type(default)) else "a table" if isinstance(default, Mapping) else "a text"


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _validate(style: Style, where: str) -> Style:
    if style.max_columns < 4:
        raise StyleError(f"{where}: max_columns is {style.max_columns}; at least 4 are needed for two wide characters")
    if style.max_lines < 1:
        raise StyleError(f"{where}: max_lines is {style.max_lines}; at least 1 is needed")
    if style.max_words < 0:
        raise StyleError(f"{where}: max_words is {style.max_words}; 0 does not count words")
    if not 0 < style.min_duration_ms <= style.max_duration_ms:
        raise StyleError(f"{where}: min_duration_ms must be above 0 and not above max_duration_ms")
    if not 0 < style.cps <= style.cps_hard:
        raise StyleError(f"{where}: cps must be above 0 and not above cps_hard")
    if min(style.min_gap_ms, style.chain_below_ms, style.lead_in_ms, style.lag_out_ms, style.max_hang_ms) < 0:
        raise StyleError(f"{where}: gaps and margins cannot be negative")
    for key, allowed in _CHOICES.items():
        if getattr(style, key) not in allowed:
            raise StyleError(f"{where}: {key} is {getattr(style, key)!r}; choose one of {', '.join(allowed)}")
    for rule, severity in style.severity.items():
        if severity not in _SEVERITIES:
            raise StyleError(f"{where}: severity of {rule} is {severity!r}; choose one of {', '.join(_SEVERITIES)}")
    for colour in style.colours:
        if not _COLOUR.fullmatch(colour):
            raise StyleError(f"{where}: colour {colour!r} is not #RRGGBB")
    return style
