"""A style profile: the numbers a desk holds its captions to, read from TOML, checked, and known by its digest.

A profile has a table of defaults and one table per language that differs. Data only: what the numbers mean for a cue is
`layout`'s business.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from captioner.errors import StyleError
from captioner.files import read_settings
from captioner.languages import language_of

__all__ = ["DEFAULT_STYLE", "SourcedValue", "Style", "load_style", "style_names", "style_sources", "style_title"]

DEFAULT_STYLE = "web-default"


@dataclass(frozen=True, slots=True)
class Style:
    """The limits and tastes that layout and formats obey, for one language.

    Attributes:
        name: Profile name.
        version: Profile version, a whole number that grows with every change of a number.
        language: The language the numbers were resolved for, or "" for the profile's defaults.
        max_columns: Widest line in columns; an East Asian wide character takes two.
        max_lines: Lines in a cue at most.
        max_words: Words in a cue at most, for captions word by word; 0 does not count them.
        min_duration_ms: Shortest time on screen.
        max_duration_ms: Longest time on screen.
        cps: Reading speed aimed for, in counted characters a second.
        cps_hard: Reading speed above which a cue is an error.
        min_gap_ms: Smallest gap between cues that is not zero-and-chained.
        chain_below_ms: A smaller gap is closed down to `min_gap_ms`: a gap is tiny or deliberate.
        lead_in_ms: How much earlier than the first word a cue may begin.
        lag_out_ms: How much longer than the last word a cue stays when nothing follows.
        max_hang_ms: How much longer it may stay for reading speed or minimum duration.
        dash_first: Printed before the first speaker's line of a shared cue.
        dash_second: Printed before the second speaker's line.
        label: Pattern of a speaker label; `{name}` is replaced.
        label_case: "upper" prints the label in capitals.
        cps_optimal: Reading speed a house prefers, in characters a second; 0 without.
        wpm: Words a minute above which a cue is worth a look; 0 without, and never used where words are not parted.
        wpm_hard: Words a minute that are too many; 0 without.
        min_word_ms: Shortest time on screen for each word; 0 without.
        min_gap_frames: Smallest gap in frames, used instead of `min_gap_ms` when times lie on frames; 0 without.
        snap_frames: Whether the house wants times on frames.
        shot_zone_ms: How near a shot change a time is moved to it; 0 leaves shots alone.
        shot_snap_frames: At 24 frames a second: an in-time up to so many frames before a cut moves onto it.
        shot_gap_frames: Frames an out-time keeps before a cut.
        sync_ms: A cue that begins further than this from its first word is worth a look; 0 without.
        sync_hard_ms: ... and further than this is an error; 0 without.
        overhang_ms: A cue that stays longer than this after its last word is worth a look; 0 without.
        punctuation: "faithful" prints what was said; "streaming" drops commas and full stops of Chinese and Japanese.
        cjk_latin_space: Between Chinese and Latin: "keep", "none" or "space".
        ellipsis: "keep", "single" (one character) or "dots" (three full stops).
        numbers: "keep", "half" (half-width digits) or "ja" (one digit full-width, several half-width).
        italics: Whether the language is set in italics at all.
        rtl_marks: How right-to-left lines are held in order in SRT and ASS: "rlm", "rle" or "none".
        colours: Colours of the speakers in order, `#RRGGBB`; () for the format's own.
        severity: Rule name to "error", "warning", "note" or "off", where the house differs from the rule's own.
    """

    name: str
    version: int = 1
    language: str = ""
    max_columns: int = 42
    max_lines: int = 2
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
    ellipsis: Literal["keep", "single", "dots"] = "keep"
    numbers: Literal["keep", "half", "ja"] = "keep"
    italics: bool = True
    rtl_marks: Literal["rlm", "rle", "none"] = "rlm"
    colours: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict, repr=False)
    languages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    def for_language(self, language: str) -> Style:
        """The profile with the tables of a language laid over it, the most exact one last.

        A tag is found under its script, too: `zh-TW` takes `zh` and over it `zh-hant`. A language without a table takes
        that of the language it falls back to, as Norwegian Bokmål takes `no`.
        """
        tables = {key.lower(): value for key, value in self.languages.items()}
        found = language_of(language)
        keys = [key for key in (*reversed(found.keys), language.replace("_", "-").lower()) if key in tables]
        merged: dict[str, Any] = {}
        for key in keys or [key for key in (found.fallback,) if key in tables]:
            merged |= tables[key]
        return replace(self, language=(found.tag or language.replace("_", "-")).lower(), **merged)

    def override(self, **changes: Any) -> Style:
        """The profile with some numbers set for every language, as `--max-columns` does.

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
        """First 16 hex digits of a SHA-256 over every number: two styles with one digest lay out alike."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SourcedValue:
    """One number of a profile and where it comes from.

    Attributes:
        language: The language it holds for, "" for the profile's default.
        key: Field of `Style`.
        value: As written.
        profile: The profile that sets it: this one or one it extends.
        source: Who says so, "" when the file does not tell.
        checked: ISO date on which somebody looked.
    """

    language: str
    key: str
    value: Any
    profile: str
    source: str
    checked: str


_FIELDS = {f.name for f in fields(Style)} - {"languages", "name", "language"}
_ABOUT = ("name", "title", "source", "sources", "checked", "notes", "extends", "language")
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
    """Read a profile by name, or a desk's own TOML file by path.

    Raises:
        StyleError: No such profile, or it does not hold together.
    """
    return parse_style(_text(name), _stem(name))


def parse_style(text: str, name: str, within: tuple[str, ...] = ()) -> Style:
    """Turn the TOML text of a profile into a Style.

    Args:
        text: TOML.
        name: What the profile is called.
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
    for table in (own, *tables.values()):
        _check_keys(table, name)
    own["severity"] = {**base.severity, **own.get("severity", {})}
    try:
        style = _validate(replace(base, **_with_tuples({**own, "name": name, "languages": tables})), f"style {name}")
        for language in tables:
            _validate(style.for_language(language), f"style {name}, language {language}")
    except (TypeError, AttributeError) as error:
        raise StyleError(f"style {name}: a value has the wrong kind ({error})") from error
    return style


def style_sources(name: str) -> tuple[SourcedValue, ...]:
    """Every number a profile sets, with its source: those of the profile it extends first, then its own over them.

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
    """What a profile is for, in a line."""
    return str(_document(_text(name), _stem(name)).get("title", ""))


def _text(name: str) -> str:
    if not (name.endswith(".toml") or "/" in name):
        if name not in style_names():
            raise StyleError(f"style {name}: no such profile; there are {', '.join(style_names())}")
        return resources.files("captioner").joinpath("styles", f"{name}.toml").read_text(encoding="utf-8")
    try:
        return read_settings(Path(name))
    except (OSError, UnicodeDecodeError) as error:
        raise StyleError(f"style {name}: cannot be read ({error}); give a profile name or a TOML file") from error


def _stem(name: str) -> str:
    return Path(name).stem if name.endswith(".toml") or "/" in name else name


def _document(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StyleError(f"style {name}: not valid TOML ({error})") from error


def _base(document: Mapping[str, Any], name: str, within: tuple[str, ...]) -> Style:
    if "extends" not in document:
        return Style(name=name)
    extended = str(document["extends"])
    if extended in within or len(within) > 8:
        raise StyleError(f"style {name}: extends {extended}, which extends it; one of the two must stand alone")
    return parse_style(_text(extended), _stem(extended), (*within, extended))


def _values(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in _ABOUT}


def _check_keys(table: Mapping[str, Any], name: str) -> None:
    if unknown := sorted(set(table) - _FIELDS):
        raise StyleError(f"style {name}: unknown key {unknown[0]!r}; known are {', '.join(sorted(_FIELDS))}")


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
            raise StyleError(f"{where}: {key} is {getattr(style, key)!r}; it is one of {', '.join(allowed)}")
    for rule, severity in style.severity.items():
        if severity not in _SEVERITIES:
            raise StyleError(f"{where}: severity of {rule} is {severity!r}; it is one of {', '.join(_SEVERITIES)}")
    for colour in style.colours:
        if not _COLOUR.fullmatch(colour):
            raise StyleError(f"{where}: colour {colour!r} is not #RRGGBB")
    return style
