"""Times as a user types them: seconds, or hours, minutes and seconds, with a sign."""

from __future__ import annotations

import re
from fractions import Fraction

from captioner.errors import ConfigError

__all__ = ["parse_ranges", "parse_time"]

_SPAN = re.compile(r"([+-]?)(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,9})(?:[.,](\d{1,6}))?s?|([+-]?)(\d{1,12})ms")


def parse_time(text: str) -> int:
    """Milliseconds from `2.5`, `-90`, `1:30`, `0:01:12.500`, `00:01:12,500` or `250ms`; an option's type.

    Raises:
        ConfigError: Not a time.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None or not text.isascii():
        raise ConfigError(f"time {text!r}: write seconds such as 2.5, or 0:01:12.500")
    if match[7]:
        return int(f"{match[6]}{match[7]}")
    seconds = int(match[2] or 0) * 3600 + int(match[3] or 0) * 60 + int(match[4])
    ms = round((seconds + Fraction(f"0.{match[5] or 0}")) * 1000)
    return -ms if match[1] == "-" else ms


def parse_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Starts and ends in ms from `0:12-0:18,1:02-1:09.5`; `all` is everything; an option's type.

    Raises:
        ConfigError: Not that.
    """
    if text.strip().lower() == "all":
        return ((0, 1 << 53),)
    pairs = [part.partition("-") for part in text.split(",")]
    found = tuple((parse_time(start), parse_time(end)) for start, _, end in pairs)
    if any(end <= start for start, end in found):
        raise ConfigError(f"times {text!r}: write each as start-end, such as 0:12-0:18")
    return found
