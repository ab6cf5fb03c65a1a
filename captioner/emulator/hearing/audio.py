"""A file's audio in stretches of about two minutes, each cut where it is quiet, in constant memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.emulator.decode import DecodeFailed

if TYPE_CHECKING:
    import av.audio

__all__ = ["RATE", "Stretch", "stretches"]

#: Hz that Whisper hears.
RATE = 16_000

_LONGEST_S = 120
_SEARCHED_S = 30  # at the end of a stretch, for the quietest moment
_QUIET_MS = 200
_STEP = RATE // 100


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the audio of one channel.

    Attributes:
        start_ms: Where it begins, from the first decoded sample.
        samples: 16-bit samples at 16 kHz.
    """

    start_ms: int
    samples: array[int]

    @property
    def duration_ms(self) -> int:
        """Its length."""
        return len(self.samples) * 1000 // RATE


def stretches(path: Path, channel: int | None) -> Iterator[Stretch]:
    """The audio of a file's first audio stream, in order and without gaps.

    Args:
        path: The file.
        channel: Channel to take, from 0, or None for all of them mixed.

    Raises:
        DecodeFailed: Nothing of it can be decoded.
    """
    pending: array[int] = array("h")
    start = 0
    for block in _samples(path, channel):
        pending.extend(block)
        while len(pending) > _LONGEST_S * RATE:
            cut = _quietest(pending, (_LONGEST_S - _SEARCHED_S) * RATE, _LONGEST_S * RATE)
            yield Stretch(start * 1000 // RATE, pending[:cut])
            start += cut
            del pending[:cut]
    if pending:
        yield Stretch(start * 1000 // RATE, pending)


def _samples(path: Path, channel: int | None) -> Iterator[array[int]]:
    import av
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="s16p", rate=RATE, layout="mono" if channel is None else None)
    found = False
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(container.streams.audio[0]):
                frame.pts = None  # as the rest of the emulator: time is what was decoded
                yield from _planes(resampler.resample(frame), channel)
                found = True
            yield from _planes(resampler.resample(None), channel)
    except av.FFmpegError as error:
        if not found:
            raise DecodeFailed(f"{path.name}: the audio cannot be decoded") from error


def _planes(frames: list[av.audio.AudioFrame], channel: int | None) -> Iterator[array[int]]:
    for frame in frames:
        samples: array[int] = array("h")
        samples.frombytes(bytes(frame.planes[channel or 0])[: frame.samples * 2])
        yield samples


def _quietest(samples: array[int], first: int, last: int) -> int:
    """Middle of the quietest 200 ms between two places, in samples."""
    levels = [sum(map(abs, samples[at : at + _STEP : 4])) for at in range(first, last, _STEP)]
    wide = _QUIET_MS * RATE // 1000 // _STEP
    sums = [sum(levels[i : i + wide]) for i in range(len(levels) - wide + 1)]
    best = min(range(len(sums)), key=sums.__getitem__)
    return first + (best + wide // 2) * _STEP
