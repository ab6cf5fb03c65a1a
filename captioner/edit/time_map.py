"""Maps from times in a file to the corrected times.

Everything is exact until the one rounding to whole milliseconds: a film's last caption is as right as its first.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from captioner.errors import ConfigError, FormatError
from captioner.timecode import format_rate, frames_to_ms, frames_to_timecode, ms_to_frames, supports_drop_frame

__all__ = ["DropFrameRelabel", "Linear", "TimeMap"]

# 23.976 to 60 is 2.5; what stretches more is a wrong pair of points and not a film at another speed.
_STEEPEST = 3


class TimeMap(Protocol):
    """Maps a time in the file to the corrected time; must be monotonic."""

    def at(self, ms: int) -> int:
        """The corrected time in milliseconds; it may be negative."""
        ...


@dataclass(frozen=True, slots=True)
class Linear:
    """Stretches times by a factor and moves them.

    Attributes:
        factor: How much longer a second of the file is; 1 only moves.
        offset_ms: Added after stretching.

    Raises:
        ConfigError: A factor that stretches or squeezes to more than three times.
    """

    factor: Fraction = Fraction(1)
    offset_ms: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if not Fraction(1, _STEEPEST) <= self.factor <= _STEEPEST:
            raise ConfigError(
                f"the captions would run {float(self.factor):.3f} times as long; check the points or the frame rates"
            )

    def at(self, ms: int) -> int:
        """Nearest millisecond, halves up: two equal gaps stay equal wherever they lie."""
        factor, offset = self.factor, self.offset_ms
        unit = factor.denominator * offset.denominator
        exact = ms * factor.numerator * offset.denominator + offset.numerator * factor.denominator
        return (2 * exact + unit) // (2 * unit)  # integers: fractions take ten times as long

    def exact(self, ms: int | Fraction) -> Fraction:
        """The corrected time before it is rounded."""
        return ms * self.factor + self.offset_ms

    @classmethod
    def from_two_points(cls, first: tuple[int, int], second: tuple[int, int]) -> Linear:
        """The map that brings two times of the file to the two they should have.

        Args:
            first: Time in the file and the right one, milliseconds.
            second: The same for another caption, better far from the first.

        Raises:
            ConfigError: The two are one time, or would turn the captions round.
        """
        (was_a, is_a), (was_b, is_b) = first, second
        if was_a == was_b:
            raise ConfigError("both points are at the same time in the file; give two that lie apart")
        factor = Fraction(is_b - is_a, was_b - was_a)
        return cls(factor, is_a - was_a * factor)

    @classmethod
    def between_rates(cls, made_for: Fraction, shown_at: Fraction) -> Linear:
        """The map for captions of the same frames at another speed: frame n at one rate is frame n at the other.

        Args:
            made_for: Frame rate of the version the captions were timed to, such as 25.
            shown_at: Frame rate of the version they shall run with, such as 24000/1001.
        """
        return cls(made_for / shown_at)


@dataclass(frozen=True, slots=True)
class DropFrameRelabel:
    """Reads time code labels again that were read by the wrong count.

    Non-drop labels run 3.6 s an hour slow at 29.97, so a file read the wrong way drifts by that much. The labels are
    taken back and read by the other count; what lies between two frames stays between them. Within a minute this is up
    to two frames (four at 59.94) from multiplying by 1.001, because drop-frame leaves its labels out all at once.

    Attributes:
        rate: 30000/1001 or 60000/1001.
        drop: What the labels are: drop-frame (they were read as non-drop), or False for the other way round.

    Raises:
        ConfigError: The rate has no drop-frame.

    Source: SMPTE ST 12-1.
    """

    rate: Fraction
    drop: bool

    def __post_init__(self) -> None:
        if not supports_drop_frame(self.rate):
            raise ConfigError(
                f"drop-frame exists at 29.97 and 59.94 only, not at {format_rate(self.rate)}; "
                "for another speed give --from-fps and --to-fps"
            )

    def at(self, ms: int) -> int:
        """The time of the label; one that drop-frame leaves out counts as the next that exists."""
        if ms < 0:
            raise FormatError(f"{ms} ms lies before the start of the media and has no time code; shift the captions")
        frame = ms_to_frames(ms + 1, self.rate, "ceil") - 1  # the last one whose start, cut to ms, is not later
        between = ms - frames_to_ms(frame, self.rate)
        label = frames_to_timecode(frame, self.rate, drop=not self.drop)
        return frames_to_ms(self._read(label), self.rate) + between

    def _read(self, label: str) -> int:
        hours, minutes, seconds, frame = (int(label[at : at + 2]) for at in (0, 3, 6, 9))
        labels_a_second = round(self.rate)
        minute = hours * 60 + minutes
        if not self.drop:
            return (minute * 60 + seconds) * labels_a_second + frame
        dropped = labels_a_second // 15  # 2 at 29.97, 4 at 59.94
        if seconds == 0 and minute % 10:
            frame = max(frame, dropped)
        return (minute * 60 + seconds) * labels_a_second + frame - dropped * (minute - minute // 10)
