"""Formats and reads times, and converts between milliseconds and frames: the only module that does either.

Times are ``int`` milliseconds from the player's zero; frames are ``int`` counts from frame 0; rates are exact
fractions. Frame times are rounded down by default: a caption written as ``floor(frame time)`` begins on its
frame in every player that shows a cue while ``start <= pts < end``; rounded to the nearest millisecond it would be a
frame late for half of all frames at 23.976, 29.97 and 59.94 (arithmetic over exact rates).
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from captioner.errors import ConfigError, FormatError, ReplyError

__all__ = [
    "ass_to_ms",
    "clock_to_ms",
    "exact_number",
    "format_rate",
    "frames_to_ms",
    "frames_to_timecode",
    "ms_to_ass",
    "ms_to_clock",
    "ms_to_frames",
    "ms_to_srt",
    "ms_to_vtt",
    "nominal_rate",
    "parse_rate",
    "srt_to_ms",
    "supports_drop_frame",
    "timecode_to_frames",
    "vtt_to_ms",
]

Rounding = Literal["floor", "nearest", "ceil"]

_HOUR_MS = 3_600_000
_ASS_END_MS = (
    10 * _HOUR_MS
)  # one hour digit: the manuals of Aegisub and libass write H:MM:SS.cc, and libraries clamp longer times
_SRT_END_MS = 100 * _HOUR_MS  # two hour digits, as the SubRip program writes

# Rates of SMPTE ST 12-1 time code; the drop-frame ones are the two that count 30 or 60 labels a second.
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:/\d{1,30}|\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_NTSC = {nominal: Fraction(nominal * 1000, 1001) for nominal in (24, 30, 48, 60, 120)}
_DROP_LABELS = {_NTSC[30]: 2, _NTSC[60]: 4}
_NTSC_TOLERANCE = Fraction(1, 100)  # "23.98" and "29.97" are both within it; 24 and 30 are not

_SRT = re.compile(r"(\d{1,2}):([0-5]?\d):([0-5]?\d)[,.](\d{3})")
_VTT = re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
_ASS = re.compile(r"(\d{1,2}):([0-5]?\d):([0-5]?\d)\.(\d{2})")
_CLOCK = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)")
_TIMECODE = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)([:;.,])(\d{2,3})")


def ms_to_srt(ms: int) -> str:
    """Format a time for SubRip: `HH:MM:SS,mmm`.

    Raises:
        FormatError: Before zero, or 100 hours and later.
    """
    if not 0 <= ms < _SRT_END_MS:
        raise FormatError(f"{_format_signed(ms)} cannot be written in SRT, which holds 00:00:00,000 to 99:59:59,999")
    seconds = ms // 1000
    minutes = seconds // 60
    # An f-string takes twice the time.
    return "%02d:%02d:%02d,%03d" % (minutes // 60, minutes % 60, seconds % 60, ms % 1000)  # noqa: UP031


def ms_to_vtt(ms: int) -> str:
    """Format a time for WebVTT and TTML: `HH:MM:SS.mmm`, with more hour digits when they are needed.

    Raises:
        FormatError: Before zero.
    """
    if ms < 0:
        raise FormatError(f"{_format_signed(ms)} lies before the start of the media; shift the captions")
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"


def ms_to_ass(ms: int) -> str:
    """Format a time for ASS, `H:MM:SS.cc`; centiseconds are rounded down.

    Raises:
        FormatError: Before zero, or 10 hours and later.
    """
    if not 0 <= ms < _ASS_END_MS:
        raise FormatError(
            f"{_format_signed(ms)} cannot be written in ASS, which holds 0:00:00.00 to 9:59:59.99; split the file"
        )
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}.{ms // 10:02d}"


def ms_to_clock(ms: int) -> str:
    """Format a time for readers of a transcript: `HH:MM:SS`, rounded down, zero for times before the start."""
    minutes, seconds = divmod(max(ms, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def srt_to_ms(text: str) -> int:
    """Read `HH:MM:SS,mmm`; a dot instead of the comma is accepted, as some editors write it.

    Raises:
        ReplyError: Not a SubRip time.
    """
    return _read(_SRT, text, 1, "an SRT time such as 00:01:02,345")


def vtt_to_ms(text: str) -> int:
    """Read `[HH:]MM:SS.mmm`.

    Raises:
        ReplyError: Not a WebVTT time.
    """
    return _read(_VTT, text, 1, "a WebVTT time such as 00:01:02.345")


def ass_to_ms(text: str) -> int:
    """Read `H:MM:SS.cc`.

    Raises:
        ReplyError: Not an ASS time.
    """
    return _read(_ASS, text, 10, "an ASS time such as 0:01:02.34")


def clock_to_ms(text: str) -> int:
    """Read `HH:MM:SS`.

    Raises:
        ReplyError: Not a clock time.
    """
    return _read(_CLOCK, text, 0, "a clock time such as 00:01:02")


def exact_number(text: str) -> Fraction:
    """The number that a text such as `25`, `1.25` or `30000/1001` writes.

    `Fraction` alone takes exponents, too, and would count out a one with a thousand million zeros.

    Raises:
        ValueError: It is no number, or one of more than 30 digits.
        ZeroDivisionError: A denominator of 0.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"no number of at most 30 digits: {text[:40]}")
    return Fraction(text)


def parse_rate(text: str | int | float | Fraction) -> Fraction:
    """Read a frame rate exactly: `25`, `30000/1001`, `29.97`, `23.98`.

    A decimal within a hundredth of an NTSC rate is that rate, so `29.97` is 30000/1001.

    Raises:
        ConfigError: Not a rate above 0 and up to 1000.
    """
    try:
        rate = exact_number(str(text).strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ConfigError(f"frame rate {text!r} is not a number; write 25, 29.97 or 30000/1001") from error
    if not 0 < rate <= 1000:
        raise ConfigError(f"frame rate {text!r} is out of range; write 25, 29.97 or 30000/1001")
    if rate.denominator == 1:
        return rate
    return next((ntsc for ntsc in _NTSC.values() if abs(rate - ntsc) < _NTSC_TOLERANCE), rate)


def format_rate(rate: Fraction) -> str:
    """Format a rate exactly: `25/1`, `30000/1001`."""
    return f"{rate.numerator}/{rate.denominator}"


def nominal_rate(rate: Fraction) -> int:
    """Frame labels in a second of time code: 24 for 23.976, 30 for 29.97, 25 for 25."""
    return _divide(rate.numerator, rate.denominator, "nearest")


def supports_drop_frame(rate: Fraction) -> bool:
    """Whether drop-frame time code is defined for the rate: only 29.97 and 59.94 (SMPTE ST 12-1)."""
    return rate in _DROP_LABELS


def ms_to_frames(ms: int, rate: Fraction, rounding: Rounding = "nearest") -> int:
    """Count the frames up to a time; by default the nearest frame."""
    return _divide(ms * rate.numerator, 1000 * rate.denominator, rounding)


def frames_to_ms(frames: int, rate: Fraction, rounding: Rounding = "floor") -> int:
    """Start of a frame in milliseconds; rounded down by default, so that the caption is never a frame late."""
    return _divide(frames * 1000 * rate.denominator, rate.numerator, rounding)


def frames_to_timecode(frames: int, rate: Fraction, drop: bool = False) -> str:
    """Format a frame count as `HH:MM:SS:FF`, or `HH:MM:SS;FF` in drop-frame.

    Drop-frame skips the first 2 labels (4 at 59.94) of every minute that is not a multiple of ten, so that labels keep
    up with the clock; no frame is skipped.

    Raises:
        FormatError: A negative count, a day or more, or drop-frame at a rate without it.
    """
    base = _base(rate, drop)
    label = _drop_to_label(frames, base, _DROP_LABELS[rate]) if drop else frames
    seconds, frame = divmod(label, base)
    if frames < 0 or seconds >= 24 * 3600:
        raise FormatError(f"frame {frames} has no time code at {format_rate(rate)}: labels run from 0 to 24 hours")
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if drop else ':'}{frame:02d}"


def timecode_to_frames(text: str, rate: Fraction, drop: bool | None = None) -> int:
    """Read `HH:MM:SS:FF` as a frame count.

    Args:
        text: The label; `;` (or `.` or `,`) before the frames means drop-frame.
        rate: Exact frame rate.
        drop: Overrides the separator; None uses it.

    Raises:
        ConfigError: Not a label, a frame the rate does not have, a label that drop-frame skips, or drop-frame at a rate
            without it.
    """
    match = _TIMECODE.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"time code {text!r} is not HH:MM:SS:FF")
    hours, minutes, seconds, frame = (int(match[i]) for i in (1, 2, 3, 5))
    is_drop = match[4] != ":" if drop is None else drop
    if is_drop and not supports_drop_frame(rate):
        raise ConfigError(
            f"time code {text!r} is drop-frame, which {format_rate(rate)} does not have; write : before FF"
        )
    base = nominal_rate(rate)
    if hours > 23 or frame >= base:
        raise ConfigError(
            f"time code {text!r} does not exist at {format_rate(rate)}: hours to 23, frames to {base - 1}"
        )
    total_minutes = hours * 60 + minutes
    label = (total_minutes * 60 + seconds) * base + frame
    if not is_drop:
        return label
    dropped = _DROP_LABELS[rate]
    if seconds == 0 and frame < dropped and minutes % 10:
        raise ConfigError(f"time code {text!r} is left out by drop-frame counting; the next is frame {dropped}")
    return label - dropped * (total_minutes - total_minutes // 10)


def _drop_to_label(frames: int, base: int, dropped: int) -> int:
    """Label number of a frame when the labels that drop-frame skips are counted, too."""
    per_minute = base * 60 - dropped
    per_ten_minutes = per_minute * 10 + dropped
    tens, rest = divmod(frames, per_ten_minutes)
    minutes = (rest - dropped) // per_minute if rest >= dropped else 0
    return frames + dropped * (9 * tens + minutes)


def _base(rate: Fraction, drop: bool) -> int:
    if drop and not supports_drop_frame(rate):
        raise FormatError(f"drop-frame time code exists at 29.97 and 59.94 only, not at {format_rate(rate)}")
    return nominal_rate(rate)


def _divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Divide by a positive number and round; integers take a tenth of the time of fractions."""
    if rounding == "nearest":
        return (2 * numerator + denominator) // (2 * denominator)
    if rounding == "ceil":
        return -(-numerator // denominator)
    return numerator // denominator


def _read(pattern: re.Pattern[str], text: str, unit_ms: int, wanted: str) -> int:
    match = pattern.fullmatch(text.strip())
    if match is None or not text.isascii():
        raise ReplyError(f"{text!r} is not {wanted}")
    hours, minutes, seconds, *rest = (int(group or 0) for group in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + sum(rest) * unit_ms


def _format_signed(ms: int) -> str:
    """A time of any size and sign, for messages."""
    sign, ms = ("-" if ms < 0 else ""), abs(ms)
    return f"{sign}{ms // _HOUR_MS}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
