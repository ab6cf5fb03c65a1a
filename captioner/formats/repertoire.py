"""Characters of formats older than Unicode: what they share, and what is said when one is missing."""

from __future__ import annotations

from captioner.errors import FormatError

__all__ = ["TYPOGRAPHY", "missing"]

# Signs of the typesetter that have a plain spelling of the same meaning; nothing else is ever replaced. Marks of
# direction and joiners have no width and no place in these formats.
TYPOGRAPHY = str.maketrans(
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
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\u202a\u202b\u202c"),
    }
)


def missing(number: int, characters: str, name: str, remedy: str) -> FormatError:
    """The error for a caption with characters a format has no code for; at most eight are shown."""
    shown = " ".join(dict.fromkeys(characters))[:16].rstrip()
    return FormatError(f"caption {number} has characters that {name} has no code for: {shown}; {remedy}")
