"""Time expressions of TTML: clock times, frames, ticks and offsets, to milliseconds.

Read as well are hours of one digit, commas, plain seconds and `m:ss.fff`, as song lyrics and converters write them.

Source: W3C TTML2, sections 12.3.1 (time expressions) and 7.2 (parameters); SMPTE ST 12-1 (drop-frame).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from captioner.errors import ReplyError
from captioner.timecode import timecode_to_frames

__all__ = ["TimeBase", "time_base_of"]

_CLOCK = re.compile(r"(\d{1,7}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,18})|[:;](\d{1,3})(?:\.(\d{1,3}))?)?")
_OFFSET = re.compile(r"(\d{1,12})(?:[.,](\d{1,18}))?(h|ms|m|s|f|t)?")
_MINUTES = re.compile(r"(\d{1,6}):(\d{1,2}(?:[.,]\d{1,18})?)")
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1, None: 1000}
_NTSC_DROP = Fraction(30000, 1001)


@dataclass(frozen=True, slots=True)
class TimeBase:
    """Time base and rates of a document.

    Attributes:
        rate: Exact frame rate.
        nominal: Frames that labels count a second.
        tick_rate: Ticks a second.
        smpte: Whether times are time code labels.
        drop: Whether labels are drop-frame.
        subframes: Parts of a frame that labels may name.
        is_absolute: Whether every time counts from the start of the media and not of what is around it, as song lyrics
            and some converters write them.
    """

    rate: Fraction
    nominal: int
    tick_rate: Fraction
    smpte: bool
    drop: bool
    subframes: int = 1
    is_absolute: bool = False

    def ms(self, text: str) -> int | None:
        """Milliseconds of a time expression, or None for anything else."""
        text = text.strip()
        if match := _CLOCK.fullmatch(text):
            hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3])
            if self.smpte and (match[5] or self.rate != self.nominal):
                return self._labelled(hours, minutes, seconds, int(match[5] or 0))
            whole = ((hours * 60 + minutes) * 60 + seconds) * 1000
            if match[5]:
                frames = int(match[5]) + Fraction(int(match[6] or 0), self.subframes)
                return whole + round(frames * 1000 / self.rate)
            return whole + (round(int(match[4].ljust(9, "0")[:9]) / 1_000_000) if match[4] else 0)
        if match := _MINUTES.fullmatch(text):
            return round((int(match[1]) * 60 + Fraction(match[2].replace(",", "."))) * 1000)
        if match := _OFFSET.fullmatch(text):
            value = Fraction(f"{match[1]}.{match[2] or 0}")
            if match[3] in _UNITS:
                return round(value * _UNITS[match[3]])
            return round(value * 1000 / (self.rate if match[3] == "f" else self.tick_rate))
        return None

    def _labelled(self, hours: int, minutes: int, seconds: int, frame: int) -> int:
        """A time code label counts frames; at 29.97 a second of labels lasts longer than a second."""
        if self.drop:
            label = f"{hours:02d}:{minutes:02d}:{seconds:02d};{frame:02d}"
            return round(timecode_to_frames(label, self.rate) * 1000 / self.rate)
        frames = ((hours * 60 + minutes) * 60 + seconds) * self.nominal + frame
        return round(frames * 1000 / self.rate)


def time_base_of(said: Mapping[str, str]) -> TimeBase:
    """The time base that the attributes of a document's first element declare.

    Raises:
        ReplyError: A rate of zero, or one that is not a number.
    """
    nominal = _whole(said.get("frameRate", "30"), "frame rate")
    above, _, below = said.get("frameRateMultiplier", "1 1").replace(":", " ").partition(" ")
    denominator = _whole(below or "1", "frame rate multiplier")
    rate = Fraction(nominal * _whole(above, "frame rate multiplier"), denominator or 1)
    ticks = rate if "frameRate" in said else Fraction(1)
    if "tickRate" in said:
        ticks = Fraction(_whole(said["tickRate"], "tick rate"))
    if not denominator or rate <= 0 or ticks <= 0:
        raise ReplyError("its frame rate or tick rate is zero")
    subframes = _whole(said.get("subFrameRate", "1"), "sub-frame rate") or 1
    drop = said.get("dropMode") in ("dropNTSC", "dropPAL") and rate == _NTSC_DROP
    return TimeBase(rate, nominal, ticks, said.get("timeBase") == "smpte", drop, subframes)


def _whole(text: str, name: str) -> int:
    if re.fullmatch(r"\s*\d{1,10}\s*", text) is None:
        raise ReplyError(f"its {name} is not a whole number")
    return int(text)
