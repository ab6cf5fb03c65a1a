"""Decodes the first audio stream of a file once, in constant memory, to one level per 10 ms.

The only module of the emulator that uses PyAV.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError

if TYPE_CHECKING:
    import av.audio
    import av.container

__all__ = ["FULL_SCALE", "HOP_MS", "DecodeFailed", "DecodedAudio", "NoAudio", "NotMedia", "TooLong", "decode_levels"]

HOP_MS = 10
FULL_SCALE = 32768
"""Full scale of the levels: 16-bit steps."""

_RATE = 4000
"""Hz of the analysed audio: the strongest part of a voice, which every codec keeps."""

_HOP = _RATE * HOP_MS // 1000


class NotMedia(MediaError):
    """The bytes are not a media file."""


class NoAudio(MediaError):
    """A media file without an audio stream, or with an empty one."""


class DecodeFailed(MediaError):
    """An audio stream that cannot be decoded at all."""


class TooLong(MediaError):
    """More audio than allowed."""


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """Properties of a file's audio, and its loudness over time.

    Attributes:
        codec: FFmpeg's name of the codec.
        channels: Number of channels.
        sample_rate: Hz, before any conversion.
        duration_ms: Length of the decoded audio.
        start_ms: Time of the first sample on the player's clock; 0 unless the audio starts late.
        levels: Mean level of the mixed audio in every whole hop, 0 to `FULL_SCALE`.
    """

    codec: str
    channels: int
    sample_rate: int
    duration_ms: int
    start_ms: int
    levels: Sequence[float]


def decode_levels(path: Path, *, at_most_ms: int | None = None) -> DecodedAudio:
    """Decode the first audio stream of a file from end to end.

    Args:
        path: The file.
        at_most_ms: Longest audio allowed; a file whose header says more is not decoded at all.

    Raises:
        NotMedia: The bytes are not a media file.
        NoAudio: There is no audio stream, or it is empty.
        DecodeFailed: The audio stream cannot be decoded at all.
        TooLong: The audio is longer than allowed.
    """
    import av

    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise NotMedia(f"{path.name}: not a media file") from error
    with container:
        if not container.streams.audio:
            raise NoAudio(f"{path.name}: no audio stream")
        # A container gives its length in microseconds, if at all.
        _check_length(path.name, (container.duration or 0) // 1000, at_most_ms)
        heard = _decode(container, path.name)
    _check_length(path.name, heard.duration_ms, at_most_ms)
    return heard


def _check_length(name: str, duration_ms: int, at_most_ms: int | None) -> None:
    if at_most_ms is not None and duration_ms > at_most_ms:
        raise TooLong(f"{name}: longer than {at_most_ms // 1000} s")


def _decode(container: av.container.InputContainer, name: str) -> DecodedAudio:
    import av

    stream = container.streams.audio[0]
    ear = _LevelMeter()
    try:
        for frame in container.decode(stream):
            ear.add(frame)
    except av.FFmpegError as error:
        # A damaged end does not make the service refuse the part before it; audio that cannot be decoded at all does.
        if not ear.samples:
            raise DecodeFailed(f"{name}: the audio cannot be decoded") from error
    if not ear.samples:
        raise NoAudio(f"{name}: the audio stream is empty")
    return DecodedAudio(
        codec=stream.codec_context.codec.canonical_name,
        channels=stream.codec_context.channels,
        sample_rate=stream.codec_context.sample_rate,
        duration_ms=round(ear.samples * 1000 / ear.rate),
        start_ms=round(ear.start_s * 1000 - (container.start_time or 0) / 1000),
        levels=ear.finish(),
    )


class _LevelMeter:
    """Turns decoded frames into one mean level per 10 ms of mixed audio."""

    def __init__(self) -> None:
        from av.audio.resampler import AudioResampler

        self.samples = 0
        self.rate = 1
        self.start_s = 0.0
        self._mixer = AudioResampler(format="s16", layout="mono", rate=_RATE)
        self._pending = array("h")
        self._levels = array("f")

    def add(self, frame: av.audio.frame.AudioFrame) -> None:
        """Add the next decoded frame."""
        if not self.samples:
            self.rate = frame.sample_rate
            self.start_s = frame.time or 0.0
        self.samples += frame.samples
        frame.pts = None  # gaps in the time stamps are not filled: only audible sound counts
        self._measure(self._mixer.resample(frame))

    def finish(self) -> array[float]:
        """Return the levels of all hops; the last, incomplete one is left out."""
        self._measure(self._mixer.resample(None))
        return self._levels

    def _measure(self, frames: Sequence[av.audio.frame.AudioFrame]) -> None:
        for frame in frames:
            self._pending.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
        whole = len(self._pending) // _HOP * _HOP
        self._levels.extend(sum(map(abs, self._pending[i : i + _HOP])) / _HOP for i in range(0, whole, _HOP))
        del self._pending[:whole]
