"""Character sets of formats: characters that a writer replaces, and the error for one that is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from captioner.errors import FormatError

__all__ = ["TYPOGRAPHY", "Charset", "contains_all", "missing_characters_error", "substitutions_of"]

# Signs of the typesetter that have a plain spelling of the same meaning; nothing else is replaced unasked. Marks of
# direction and joiners have no width and no place in these formats.
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\u202a\u202b\u202c"
TYPOGRAPHY: dict[int, str | None] = str.maketrans(
    {
        "…": "...",
        "–": "-",
        "‐": "-",
        "‑": "-",
        "−": "-",
        "„": '"',
        "‟": '"',
        "″": '"',
        "‚": "'",
        "‛": "'",
        "′": "'",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        **dict.fromkeys(_INVISIBLE),
    }
)


@dataclass(frozen=True, slots=True)
class Charset:
    """The characters a format has, and those it replaces.

    A module of a format that has less than Unicode, or that respells what a reader would take for markup, has a
    function `charset(texts)` which gives this for the texts of a whole file; the others have none.

    Attributes:
        title: The format's name in a sentence.
        contains: Whether a character has a code, its plain spelling included.
        substituted: Every piece of a text that the writer spells in its own way, with that spelling.
    """

    title: str
    contains: Callable[[str], bool]
    substituted: Callable[[str], Iterable[tuple[str, str]]]


def contains_all(char: str) -> bool:
    """For formats that lack no character."""
    return True


def substitutions_of(*tables: Mapping[int, int | str | None]) -> Callable[[str], Iterable[tuple[str, str]]]:
    """`Charset.substituted` for tables of `str.translate`, without characters that have no width."""
    ways = {at: chr(way) if isinstance(way, int) else way for table in tables for at, way in table.items()}
    seen = {chr(at): way for at, way in ways.items() if way and way != " "}
    any_of = re.compile(f"[{re.escape(''.join(seen))}]")
    return lambda text: [(char, seen[char]) for char in any_of.findall(text)]


def missing_characters_error(number: int, characters: str, name: str, remedy: str) -> FormatError:
    """The error for a caption with characters a format has no code for; at most eight are shown."""
    lacking = dict.fromkeys(characters)
    shown = " ".join(lacking)[:16].rstrip()
    return FormatError(
        f"caption {number} has characters that {name} has no code for: {shown}; --substitute spells those that have "
        f"a plain spelling, --spell {next(iter(lacking), 'x')}=… as you say; or {remedy}"
    )
