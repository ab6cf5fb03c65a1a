"""A style profile: the numbers a desk holds its captions to, read from TOML, checked, and known by its digest.

A profile has a table of defaults and one table per language that differs. Data only: what the numbers mean for a cue is
`layout`'s business.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from captioner.errors import StyleError

__all__ = ["DEFAULT_STYLE", "Style", "load", "names"]

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
    """

    name: str
    version: int = 1
    language: str = ""
    max_columns: int = 42
    max_lines: int = 2
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
    languages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    def for_language(self, language: str) -> Style:
        """The profile with the table of this language (its exact tag, else its primary part) laid over it."""
        tag = language.replace("_", "-").lower()
        tables = {key.lower(): value for key, value in self.languages.items()}
        table = tables.get(tag) or tables.get(tag.partition("-")[0]) or {}
        return replace(self, language=tag, **table)

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
        return _checked(replace(self, **given, languages=tables), f"style {self.name}")

    @property
    def digest(self) -> str:
        """First 16 hex digits of a SHA-256 over every number: two styles with one digest lay out alike."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


_FIELDS = {f.name for f in fields(Style)} - {"languages", "name", "language"}


def names() -> tuple[str, ...]:
    """Names of the profiles that come with captioner, sorted."""
    folder = resources.files("captioner").joinpath("styles")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(name: str) -> Style:
    """Read a profile by name, or a desk's own TOML file by path.

    Raises:
        StyleError: No such profile, or it does not hold together.
    """
    if name.endswith(".toml") or "/" in name:
        path = Path(name)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StyleError(f"style {name}: cannot be read ({error}); give a profile name or a TOML file") from error
        return parse(text, path.stem)
    if name not in names():
        raise StyleError(f"style {name}: no such profile; there are {', '.join(names())}")
    return parse(resources.files("captioner").joinpath("styles", f"{name}.toml").read_text(encoding="utf-8"), name)


def parse(text: str, name: str) -> Style:
    """Turn the TOML text of a profile into a Style.

    Raises:
        StyleError: Not TOML, an unknown key, or numbers that contradict each other.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StyleError(f"style {name}: not valid TOML ({error})") from error
    languages = document.pop("language", {})
    base = load(document.pop("extends")) if "extends" in document else Style(name=name)
    document = {key: value for key, value in document.items() if key not in ("name", "source", "checked", "notes")}
    tables = {**base.languages}
    for language, table in languages.items():
        table = {key: value for key, value in table.items() if key not in ("source", "notes")}
        tables[language] = {**tables.get(language, {}), **table}
    for table in (document, *tables.values()):
        if unknown := set(table) - _FIELDS:
            raise StyleError(
                f"style {name}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(_FIELDS))}"
            )
    try:
        style = _checked(replace(base, **{**document, "name": name, "languages": tables}), f"style {name}")
        for language in tables:
            _checked(style.for_language(language), f"style {name}, language {language}")
    except TypeError as error:
        raise StyleError(f"style {name}: {error}") from error
    return style


def _checked(style: Style, where: str) -> Style:
    if style.max_columns < 4:
        raise StyleError(f"{where}: max_columns is {style.max_columns}; at least 4 are needed for two wide characters")
    if style.max_lines < 1:
        raise StyleError(f"{where}: max_lines is {style.max_lines}; at least 1 is needed")
    if not 0 < style.min_duration_ms <= style.max_duration_ms:
        raise StyleError(f"{where}: min_duration_ms must be above 0 and not above max_duration_ms")
    if not 0 < style.cps <= style.cps_hard:
        raise StyleError(f"{where}: cps must be above 0 and not above cps_hard")
    if min(style.min_gap_ms, style.chain_below_ms, style.lead_in_ms, style.lag_out_ms, style.max_hang_ms) < 0:
        raise StyleError(f"{where}: gaps and margins cannot be negative")
    return style
