"""Substitutes characters that a format has no code for, in a spelling that the user chose. Pure.

Three kinds: what the user spells (`--spell ♫=#`), what the published table `spellings.toml` spells if the user allows
it (`--substitute`), and what a writer always spells in its own way (`…` as `...` in SCC, `{` as `｛` in SRT). The one
rule: nothing is changed that the list of issues does not name.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import pairwise
from types import MappingProxyType

from captioner.errors import ConfigError
from captioner.formats.format_row import Format
from captioner.formats.text.charset import Charset, contains_all
from captioner.formats.text.cue_text import printed_lines
from captioner.model import Cue, Issue, Line

__all__ = ["RULE", "Spelling", "parse_spellings", "spelled", "spelling_table"]

#: Name of the issues that tell what was spelled otherwise.
RULE = "spelled"
_CUES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Spelling:
    """Substitutions the user allows where a format lacks a character.

    Attributes:
        by_table: Use the published table.
        own: What the user spells, text to text; it comes first.
    """

    by_table: bool = False
    own: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.by_table or bool(self.own)


@cache
def spelling_table() -> Mapping[str, tuple[str, ...]]:
    """The published table: a character and its spellings, the best first."""
    text = resources.files("captioner.formats.text").joinpath("spellings.toml").read_text(encoding="utf-8")
    sections = tomllib.loads(text).values()
    return MappingProxyType({char: tuple(ways) for section in sections for char, ways in section.items()})


def parse_spellings(given: Sequence[str]) -> dict[str, str]:
    """The user's own spellings from `FROM=TO`, each given once.

    Raises:
        ConfigError: No equals sign, nothing before it, or two spellings of one text.
    """
    own: dict[str, str] = {}
    for item in given:
        heard, equals, written = item.rpartition("=") if item.startswith("=") else item.partition("=")
        if not equals or not heard:
            raise ConfigError(f"spell {item!r}: write what is replaced and by what, such as ♫=#")
        if own.setdefault(heard, written) != written:
            raise ConfigError(f"spell {item!r}: {heard!r} is spelled {own[heard]!r} already; give one spelling")
    return own


def spelled(cues: Sequence[Cue], format_: Format, spelling: Spelling) -> tuple[tuple[Cue, ...], tuple[Issue, ...]]:
    """The captions as a format can hold them, and what was or will be spelled otherwise.

    Args:
        cues: In order of time.
        format_: The format they are written in.
        spelling: What the user allows; without it only what the writer does anyway is told.

    Returns:
        The captions, and an issue for every character and its spelling, with the captions it is in. Characters without
        a spelling stay, and the writer refuses them.
    """
    printed = [printed_lines(cue) for cue in cues]
    charset = format_.charset([line for lines in printed for line in lines])
    if charset is None:
        return tuple(cues), ()
    changes: dict[tuple[str, str], list[int]] = {}
    changed = list(cues)
    if spelling and charset.contains is not contains_all:
        changed = [_cue(cue, at, charset, spelling, changes) for at, cue in enumerate(cues)]
        printed = [printed_lines(cue) for cue in changed]
    for at, lines in enumerate(printed):
        for pair in charset.substituted("\n".join(lines)):
            changes.setdefault(pair, []).append(at)
    return tuple(changed), tuple(_issue(charset.title, pair, places) for pair, places in changes.items())


def _cue(cue: Cue, at: int, charset: Charset, spelling: Spelling, changes: dict[tuple[str, str], list[int]]) -> Cue:
    def written(text: str) -> str:
        for heard, way in spelling.own.items():
            if heard in text:
                changes.setdefault((heard, way), []).extend([at] * text.count(heard))
                text = text.replace(heard, way)
        if not spelling.by_table or all(map(charset.contains, text)):
            return text
        pieces = []
        for char in unicodedata.normalize("NFC", text):
            way = char if charset.contains(char) else _spelling_of(char, charset.contains)
            if way != char:
                changes.setdefault((char, way), []).append(at)
            pieces.append(way)
        return "".join(pieces)

    return replace(cue, lines=tuple(_line(line, written) for line in cue.lines))


def _line(line: Line, written: Callable[[str], str]) -> Line:
    """A line with its text and label spelled anew; stretches in italics and the like stay round the same words."""
    cuts = sorted({0, len(line.text), *(cut for span in line.spans for cut in (span.start, span.end))})
    text, moved = "", {0: 0}
    for start, end in pairwise(cuts):
        text += written(line.text[start:end])
        moved[end] = len(text)
    spans = tuple(replace(span, start=moved[span.start], end=moved[span.end]) for span in line.spans)
    return replace(line, text=text, label=written(line.label), spans=spans)


def _spelling_of(char: str, holds: Callable[[str], bool]) -> str:
    """The first spelling the format can hold; the character itself when there is none."""
    ways = (*spelling_table().get(char, ()), *_bare(char))
    return next((way for way in ways if way and all(map(holds, way))), char)


def _bare(char: str) -> tuple[str, ...]:
    """The ordinary form of a full-width or half-width character, and a letter without its accents."""
    kind, _, code = unicodedata.decomposition(char).partition(" ")
    if kind in ("<wide>", "<narrow>"):
        return (chr(int(code, 16)),)
    if not unicodedata.category(char).startswith("L"):
        return ()
    base = "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
    return (base, *spelling_table().get(base, ())) if base != char else ()


def _issue(title: str, pair: tuple[str, str], places: Sequence[int]) -> Issue:
    heard, written = pair
    numbers = list(dict.fromkeys(place + 1 for place in places))
    shown = ", ".join(map(str, numbers[:_CUES_SHOWN]))
    more = f" and {len(numbers) - _CUES_SHOWN} more" if len(numbers) > _CUES_SHOWN else ""
    times = "once" if len(places) == 1 else f"{len(places)} times"
    noun = "caption" if len(numbers) == 1 else "captions"
    way = f"is written “{written}”" if written else "is left out"
    return Issue(RULE, "note", places[0], len(places), 0, f"“{heard}” {way} in {title} {times}: {noun} {shown}{more}")
