"""What a piece of audio sounds like, in a form that survives being encoded again.

The fingerprint is the loudness of the decoded audio, all channels mixed, in steps of 50 ms from the first audible sound
to the last, one character a step. Codecs, sampling rates, a change of gain and silence around the sound leave it nearly
as it was; other words, other voices or a missing part do not.

Levels are measured against the loudest step, so that gain falls out; the shape is compared by correlation.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import MediaError

if TYPE_CHECKING:
    import av.audio
    import av.container

__all__ = [
    "MATCH",
    "DecodeFailed",
    "NoAudio",
    "NotMedia",
    "Sound",
    "TooLong",
    "fingerprint_of_file",
    "listen",
    "onset_ms",
    "similarity",
]

MATCH = 0.90
"""Correlation from which two fingerprints are the same audio. Measured on synthetic speech in two languages: FLAC, Opus
at 24 kbit/s, AAC at half the volume and MP3 at 32 kbit/s after silence keep 0.98 and more, other speech has 0.15."""

_RATE = 4000
"""Hz the audio is listened to at: the strongest part of a voice, which every codec keeps."""

_HOP_MS = 10
_HOP = _RATE * _HOP_MS // 1000
_STEP = 5
"""Hops in one character of the fingerprint: 50 ms."""

_FLOOR = 10 ** (-60 / 20) * 32768
"""Mean level below which nothing counts as sound: -60 dBFS, far under any speech and above dither and codec noise."""

_AUDIBLE_DB = 30
"""How far under the loudest tenth of a second a sound still counts as the beginning or the end of the audio."""

_RANGE_DB = 40
_DB_A_LEVEL = 2
_LEVELS = "0123456789ABCDEFGHIJK"
"""One character for every 2 dB, from 40 dB under the loudest step (or less) up to the loudest."""

_VERSION = "e1:"

_SLACK_STEPS = 6
"""How many steps two lengths may differ (300 ms): codecs smear the last sound, nobody cuts off less than a word."""

_SHIFT_STEPS = 3
"""How far the first sound of one may have been heard late in the other."""


class NotMedia(MediaError):
    """The bytes are no media file."""


class NoAudio(MediaError):
    """A media file without an audio stream, or with an empty one."""


class DecodeFailed(MediaError):
    """An audio stream of which nothing could be decoded."""


class TooLong(MediaError):
    """More audio than was to be listened to."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What was heard in a file; times count from the first decoded sample.

    Attributes:
        codec: FFmpeg's name of the codec.
        channels: Number of channels.
        sample_rate: Hz, before any conversion.
        duration_ms: Length of the decoded audio.
        start_ms: When the first sample plays on the player's clock; 0 unless the audio starts late.
        onset_ms: First audible sound; 0 in silence.
        fingerprint: Comparable with `similarity`; "" in silence.
    """

    codec: str
    channels: int
    sample_rate: int
    duration_ms: int
    start_ms: int
    onset_ms: int
    fingerprint: str

    @property
    def silent(self) -> bool:
        """Whether nothing in it is loud enough to be heard."""
        return not self.fingerprint


def fingerprint_of_file(path: Path) -> str:
    """The fingerprint of a file's first audio stream, "" when it is silent.

    Raises:
        MediaError: Not media, or no audio in it.
    """
    return listen(path).fingerprint


def onset_ms(path: Path) -> int:
    """When the first sound of a file is heard on the player's clock; a late start of the audio counts.

    Raises:
        MediaError: Not media, or no audio in it.
    """
    sound = listen(path)
    return sound.start_ms + sound.onset_ms


def listen(path: Path, *, at_most_ms: int | None = None) -> Sound:
    """Decode the first audio stream of a file once, from end to end, in flat memory.

    Args:
        path: The file.
        at_most_ms: Longest audio to listen to; what says it is longer is not decoded at all.

    Raises:
        TooLong: The audio is longer than that.
        NotMedia: The bytes are no media file.
        NoAudio: There is no audio stream, or it is empty.
        DecodeFailed: Nothing of the audio stream could be decoded.
    """
    import av

    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise NotMedia(f"{path.name}: not a media file") from error
    with container:
        if not container.streams.audio:
            raise NoAudio(f"{path.name}: no audio stream")
        # A container tells its length in microseconds, if it can.
        if at_most_ms is not None and (container.duration or 0) > at_most_ms * 1000:
            raise TooLong(f"{path.name}: longer than {at_most_ms // 1000} s")
        sound = _listen(container, path.name)
    if at_most_ms is not None and sound.duration_ms > at_most_ms:
        raise TooLong(f"{path.name}: longer than {at_most_ms // 1000} s")
    return sound


def similarity(a: str, b: str) -> float:
    """How much two fingerprints sound alike, 0.0 to 1.0; at `MATCH` and above they are the same audio.

    It is the correlation of the two shapes, the better of the few alignments that a smeared first sound allows; 0.0
    when the lengths differ by more than a codec can explain, or when one of them is silence.
    """
    first, second = _levels_of(a), _levels_of(b)
    if not first or not second or abs(len(first) - len(second)) > _SLACK_STEPS:
        return 0.0
    shifts = range(-_SHIFT_STEPS, _SHIFT_STEPS + 1)
    return max(0.0, *(_correlation(first[max(0, s) :], second[max(0, -s) :]) for s in shifts))


def _listen(container: av.container.InputContainer, name: str) -> Sound:
    import av

    stream = container.streams.audio[0]
    ear = _Ear()
    try:
        for frame in container.decode(stream):
            ear.hear(frame)
    except av.FFmpegError as error:
        # A damaged end does not make the service refuse what came before it; nothing decoded at all does.
        if not ear.samples:
            raise DecodeFailed(f"{name}: the audio cannot be decoded") from error
    levels = ear.finish()
    if not ear.samples:
        raise NoAudio(f"{name}: the audio stream is empty")
    first, last = _audible(levels)
    return Sound(
        codec=stream.codec_context.codec.canonical_name,
        channels=stream.codec_context.channels,
        sample_rate=stream.codec_context.sample_rate,
        duration_ms=round(ear.samples * 1000 / ear.rate),
        start_ms=round(ear.start_s * 1000 - (container.start_time or 0) / 1000),
        onset_ms=first * _HOP_MS,
        fingerprint=_fingerprint(levels[first:last]),
    )


class _Ear:
    """Turns decoded frames into one mean level per 10 ms of mixed audio."""

    def __init__(self) -> None:
        from av.audio.resampler import AudioResampler

        self.samples = 0
        self.rate = 1
        self.start_s = 0.0
        self._mixer = AudioResampler(format="s16", layout="mono", rate=_RATE)
        self._pending = array("h")
        self._levels = array("f")

    def hear(self, frame: av.audio.frame.AudioFrame) -> None:
        """Take the next decoded frame."""
        if not self.samples:
            self.rate = frame.sample_rate
            self.start_s = frame.time or 0.0
        self.samples += frame.samples
        frame.pts = None  # gaps in the stamps are not filled: only what can be heard counts
        self._measure(self._mixer.resample(frame))

    def finish(self) -> array[float]:
        """The levels of all hops; the last, incomplete one is left out."""
        if self.samples:
            self._measure(self._mixer.resample(None))
        return self._levels

    def _measure(self, frames: Sequence[av.audio.frame.AudioFrame]) -> None:
        for frame in frames:
            self._pending.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
        whole = len(self._pending) // _HOP * _HOP
        self._levels.extend(sum(map(abs, self._pending[i : i + _HOP])) / _HOP for i in range(0, whole, _HOP))
        del self._pending[:whole]


def _audible(levels: Sequence[float]) -> tuple[int, int]:
    """First hop with a sound and the hop after the last one; (0, 0) in silence.

    A sound is louder than both the absolute floor and what lies 30 dB under the loudest tenth of a second, and lasts: a
    single loud hop among quiet ones is a click.
    """
    loudest = max(_means(levels, 10), default=0.0)
    if loudest < _FLOOR:
        return 0, 0
    threshold = max(_FLOOR, loudest * 10 ** (-_AUDIBLE_DB / 20))
    loud = [i for i, level in enumerate(levels) if level >= threshold]
    near = [a for a, b in pairwise(loud) if b - a <= 3]
    if not near:
        return 0, 0
    return near[0], near[-1] + 2


def _fingerprint(levels: Sequence[float]) -> str:
    steps = list(_means(levels, _STEP))
    if not steps:
        return ""
    loudest = max(steps)
    return _VERSION + "".join(_LEVELS[_level(step, loudest)] for step in steps)


def _level(step: float, loudest: float) -> int:
    """0 (40 dB under the loudest step, or quieter) to 20 (the loudest)."""
    if step <= 0:
        return 0
    under_db = min(_RANGE_DB, 20 * log10(loudest / step))
    return round((_RANGE_DB - under_db) / _DB_A_LEVEL)


def _means(levels: Sequence[float], size: int) -> Iterator[float]:
    """Means of groups of `size`; a group at the end may be shorter."""
    for i in range(0, len(levels), size):
        group = levels[i : i + size]
        yield sum(group) / len(group)


def _levels_of(fingerprint: str) -> list[int]:
    """The levels behind a fingerprint; none for silence and for strings of another making."""
    body = fingerprint.removeprefix(_VERSION)
    if body == fingerprint or not set(body) <= set(_LEVELS):
        return []
    return [_LEVELS.index(character) for character in body]


def _correlation(a: Sequence[int], b: Sequence[int]) -> float:
    """Pearson's correlation over the common length; two constant shapes of the same length are alike."""
    n = min(len(a), len(b))
    if n == 0:
        return 0.0
    a, b = a[:n], b[:n]
    mean_a, mean_b = sum(a) / n, sum(b) / n
    covariance = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    spread = sqrt(sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b))
    if spread == 0:
        return 1.0 if list(a) == list(b) else 0.0
    return covariance / spread
