"""Times as a user types them: seconds, clock times, frames and time code, with a sign.

Frames need a frame rate, which a command knows only when it has read its other options and its files: until then a time
in frames stays a `FrameTime`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from captioner.errors import ConfigError
from captioner.timecode import timecode_to_frames

__all__ = [
    "FrameTime",
    "GivenTime",
    "counts_frames",
    "in_ms",
    "parse_given_ranges",
    "parse_given_time",
    "parse_ms",
    "parse_ms_from_0",
    "parse_ranges",
    "parse_time",
    "ranges_in_ms",
]

_SPAN = re.compile(r"([+-]?)(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,9})(?:[.,](\d{1,6}))?s?|([+-]?)(\d{1,12})ms")
_FRAMES = re.compile(r"([+-]?)(?:(\d{1,9})f|(\d{1,2}:\d{2}:\d{2}[:;]\d{2}))")


@dataclass(frozen=True, slots=True)
class FrameTime:
    """A time that counts frames.

    Attributes:
        text: As typed: `12f`, `-12f`, `00:00:04:12` or `00:00:04;12`.
    """

    text: str

    def ms(self, rate: Fraction | None) -> int:
        """Milliseconds at a frame rate, cut as times of frames are.

        Raises:
            ConfigError: The rate is not known, or has no such time code.
        """
        match = _FRAMES.fullmatch(self.text)
        assert match is not None
        if rate is None:
            raise ConfigError(f"time {self.text!r} counts frames; give --fps, such as 25 or 23.976")
        frames = int(match[2]) if match[2] else timecode_to_frames(match[3], rate)
        ms = int(frames * 1000 / rate)
        return -ms if match[1] == "-" else ms


GivenTime = int | FrameTime


def parse_given_time(text: str) -> GivenTime:
    """Milliseconds from a time in seconds or clock time, a `FrameTime` from `12f` or `00:00:04:12`; an option's type.

    Raises:
        ConfigError: Not a time.
    """
    stripped = text.strip()
    return FrameTime(stripped) if text.isascii() and _FRAMES.fullmatch(stripped) else parse_time(text)


def counts_frames(times: Iterable[GivenTime]) -> bool:
    """Whether any of some times needs a frame rate."""
    return any(isinstance(time, FrameTime) for time in times)


def in_ms(time: GivenTime | str, rate: Fraction | None) -> int:
    """Milliseconds of a time at the frame rate that is known by now; a text is one that the ledger remembers.

    Raises:
        ConfigError: It counts frames and the rate is not known.
    """
    if isinstance(time, str):
        time = parse_given_time(time)
    return time.ms(rate) if isinstance(time, FrameTime) else time


def parse_ms(text: str) -> GivenTime:
    """Milliseconds from a whole number, else a time as `parse_given_time` reads it; an option's type.

    Raises:
        ConfigError: Not a time; or a number with a point and no unit, which may be seconds or milliseconds.
    """
    stripped = text.strip()
    if re.fullmatch(r"[+-]?[0-9]{1,12}", stripped):
        return int(stripped)
    if re.fullmatch(r"[+-]?[0-9]+[.,][0-9]+", stripped):
        raise ConfigError(f"time {text!r}: write milliseconds such as 2500, or seconds with their unit, such as 2.5s")
    return parse_given_time(text)


def parse_ms_from_0(text: str) -> GivenTime:
    """The same, not before zero; an option's type.

    Raises:
        ConfigError: Not that.
    """
    time = parse_ms(text)
    if time < 0 if isinstance(time, int) else time.text.startswith("-"):
        raise ConfigError(f"time {text!r}: must not be less than 0")
    return time


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


def parse_ranges(text: str) -> tuple[tuple[GivenTime, GivenTime], ...]:
    """Starts and ends from `0:12-0:18,1:02-1:09.5` as `parse_given_ranges` reads them; `all` is everything; an option's
    type.

    Raises:
        ConfigError: Not that.
    """
    if text.strip().lower() == "all":
        return ((0, 1 << 53),)
    found = parse_given_ranges(text)
    if not counts_frames(time for pair in found for time in pair):
        ranges_in_ms(found, None)
    return found


def parse_given_ranges(text: str) -> tuple[tuple[GivenTime, GivenTime], ...]:
    """Starts and ends from `0:12-0:18` or `00:00:12:00-00:00:18:12`; an option's type.

    Raises:
        ConfigError: Not that.
    """
    pairs = [part.partition("-") for part in text.split(",")]
    return tuple((parse_given_time(start), parse_given_time(end)) for start, _, end in pairs)


def ranges_in_ms(
    ranges: Sequence[tuple[GivenTime | str, GivenTime | str]], rate: Fraction | None
) -> tuple[tuple[int, int], ...]:
    """Starts and ends in ms at the frame rate that is known by now.

    Raises:
        ConfigError: One counts frames and the rate is not known, or ends before it begins.
    """
    found = [(in_ms(start, rate), in_ms(end, rate)) for start, end in ranges]
    return _in_order(", ".join(f"{start}-{end} ms" for start, end in found), found)


def _in_order(text: str, found: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    if any(end <= start for start, end in found):
        raise ConfigError(f"times {text!r}: write each as start-end, such as 0:12-0:18")
    return tuple(found)
