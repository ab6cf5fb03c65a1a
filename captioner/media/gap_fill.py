"""Places the samples of a stream on the player's clock: the first sample written plays at the player's zero.

A late start and a gap become silence; an early start and a short overlap are cut off; a clock that steps back further
begins a new piece behind what was there. So the position of a sample in the file that is sent is its time in the
player, to within `TOLERANCE_MS`, however the stream's own clock runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from captioner.media.resample import SAMPLE_BYTES, AudioSpec, Converter

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

__all__ = ["TOLERANCE_MS", "GapFiller"]

TOLERANCE_MS = 100
"""Largest difference between time stamps and samples that is not a gap. Containers with coarse stamps (FLV and Matroska
round to 1 ms, broadcast encoders jitter by frames) stay far below; viewers notice captions that are off by more."""

_RESTART_S = 1
"""A step back by more is a clock that was restarted (joined recordings), and all its sound is kept. Packets that a
network sent twice, or that a cut left over, overlap by fractions of a second."""
_BEYOND_S = 10  # behind the end of the media a time stamp is wrong; FFmpeg's `-dts_delta_threshold`


class GapFiller:
    """Turns frames into blocks of samples without gaps.

    Args:
        spec: Format of the samples.
        zero: The player's zero in the stream's own time, seconds.
        end: Length of the media, seconds: a time stamp far behind it is taken for wrong.
        is_clocked: False for formats that store no times: the samples follow each other without a gap.

    Attributes:
        written: Samples per channel that were written.
        silence: Samples of silence that were put into gaps.
        pieces: How often the clock was restarted or jumped behind the end.
        first_piece: Position at which it did so first, in samples.
    """

    def __init__(self, spec: AudioSpec, zero: Fraction, end: Fraction, *, is_clocked: bool = True) -> None:
        self.written = self.silence = self.pieces = self.first_piece = 0
        self._is_clocked = is_clocked
        self._spec = spec
        self._converter = Converter(spec)
        # From here on everything is counted in whole output samples: this runs for every frame.
        self._zero = round(zero * spec.sample_rate)
        self._end = round(end * spec.sample_rate)
        self._from = 0  # begin of the current stretch (no gap, one rate)
        self._heard, self._heard_rate = 0, spec.sample_rate  # input samples of the stretch, at their own rate
        self._started = False
        self._overlapped = -spec.sample_rate * _RESTART_S  # position of the last step back
        self._skip = 0  # output samples of the stretch that lie before what was written already

    def feed(self, frame: AudioFrame) -> Iterator[bytes]:
        """Place one decoded frame after the ones before it."""
        at = self._position(frame)
        if at is not None and self._is_elsewhere(at):
            yield from self._move_to(at)
        self._started = True
        self._count(frame)
        yield from self._emit(self._converter.convert(frame))

    def finish(self) -> Iterator[bytes]:
        """Write the samples that the converter still holds."""
        yield from self._emit(self._converter.flush())

    def fill_until(self, samples: int) -> Iterator[bytes]:
        """Write silence up to a position, a second at a time."""
        while self.written < samples:
            count = min(samples - self.written, self._spec.sample_rate)
            self.written += count
            yield bytes(count * self._spec.channel_count * SAMPLE_BYTES)

    def abandon_until(self, samples: int) -> Iterator[bytes]:
        """Stop waiting for audio before a position: it becomes silence, and what still comes for it is dropped."""
        if self.written < samples:
            yield from self._emit(self._converter.flush())
            self._skip += max(0, samples - self.written)
            yield from self.fill_until(samples)

    def _count(self, frame: AudioFrame) -> None:
        if frame.sample_rate != self._heard_rate:
            self._from, self._heard, self._heard_rate = self._expected(), 0, frame.sample_rate
        self._heard += frame.samples

    def _expected(self) -> int:
        return self._from + self._heard * self._spec.sample_rate // self._heard_rate

    def _position(self, frame: AudioFrame) -> int | None:
        """Position of the frame by its time stamp; None without a stamp."""
        base = frame.time_base
        if not self._is_clocked or frame.pts is None or base is None:
            return None
        return frame.pts * base.numerator * self._spec.sample_rate // base.denominator - self._zero

    def _is_elsewhere(self, at: int) -> bool:
        """Whether time stamp and samples disagree; a clock that jumps is corrected instead."""
        rate, drift = self._spec.sample_rate, at - self._expected()
        beyond = drift > 0 and at > self._end + _BEYOND_S * rate
        if beyond or (self._started and self._is_restart(drift)):
            self._zero += drift
            self.first_piece = self.first_piece if self.pieces else self.written
            self.pieces += 1
            return False
        return abs(drift) > TOLERANCE_MS * rate // 1000 if self._started else drift != 0

    def _is_restart(self, drift: int) -> bool:
        """Whether a step back begins a new piece; so do overlaps that follow each other within the shortest piece."""
        shortest = _RESTART_S * self._spec.sample_rate
        if drift < -TOLERANCE_MS * self._spec.sample_rate // 1000:
            here = self._expected()
            is_next, self._overlapped = here - self._overlapped < shortest, here
            return is_next or drift < -shortest
        return False

    def _move_to(self, at: int) -> Iterator[bytes]:
        """End the stretch and begin another one at a position."""
        yield from self._emit(self._converter.flush())
        self._from, self._heard, self._skip = at, 0, max(0, self.written - at)
        if self._started:
            self.silence += max(0, at - self.written)
        yield from self.fill_until(at)

    def _emit(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        size = self._spec.channel_count * SAMPLE_BYTES
        for block in blocks:
            dropped = min(self._skip, len(block) // size)
            self._skip -= dropped
            self.written += len(block) // size - dropped
            if kept := block[dropped * size :]:
                yield kept
