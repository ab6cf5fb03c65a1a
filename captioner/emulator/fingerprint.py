"""A fingerprint of audio that survives being encoded again.

The fingerprint is the loudness of the decoded audio, all channels mixed, in steps of 50 ms from the first audible sound
to the last, one character a step. Codecs, sampling rates, a change of gain and silence around the audio hardly change
it; other words, other voices or a missing part do.

Levels are measured against the loudest step, so that gain has no effect; shapes are compared by correlation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10, sqrt
from pathlib import Path

from captioner.emulator.decode import FULL_SCALE, HOP_MS, decode_levels

__all__ = ["MATCH", "Sound", "analyse_file", "fingerprint_of_file", "onset_ms", "similarity"]

MATCH = 0.90
"""Correlation from which two fingerprints belong to the same audio. Measured on synthetic speech in two languages:
FLAC, Opus at 24 kbit/s, AAC at half the volume and MP3 at 32 kbit/s after silence keep 0.98 and more, other speech has
0.15."""

_STEP = 5
"""Hops in one character of the fingerprint: 50 ms."""

_FLOOR = 10 ** (-60 / 20) * FULL_SCALE
"""Mean level below which audio counts as silence: -60 dBFS, far below speech and above dither and codec noise."""

_AUDIBLE_DB = 30
"""Level below the loudest tenth of a second down to which sound counts as the beginning or end of the audio."""

_CLICK_HOPS = 3
"""Hops within which a second loud one must follow: a single loud hop is a click."""

_RANGE_DB = 40
_DB_A_LEVEL = 2
_LEVELS = "0123456789ABCDEFGHIJK"
"""One character for every 2 dB, from 40 dB under the loudest step (or less) up to the loudest."""

_UNRELATED_DB = 10
"""Mean distance of two unrelated shapes; other speech was 11 to 13 dB away."""

_VERSION = "e1:"

_SLACK_STEPS = 6
"""Largest difference of two lengths in steps (300 ms): codecs smear the last sound, and no cut removes less than a
word."""

_SHIFT_STEPS = 3
"""Largest offset between the first sounds of two fingerprints, in steps."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Properties of a file's audio, and its fingerprint; times count from the first decoded sample.

    Attributes:
        codec: FFmpeg's name of the codec.
        channels: Number of channels.
        sample_rate: Hz, before any conversion.
        duration_ms: Length of the decoded audio.
        start_ms: Time of the first sample on the player's clock; 0 unless the audio starts late.
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
    def is_silent(self) -> bool:
        """Whether there is no audible sound."""
        return not self.fingerprint


def fingerprint_of_file(path: Path) -> str:
    """The fingerprint of a file's first audio stream, "" when it is silent.

    Raises:
        MediaError: Not media, or no audio in it.
    """
    return analyse_file(path).fingerprint


def onset_ms(path: Path) -> int:
    """Time of the first sound of a file on the player's clock, including a late start of the audio.

    Raises:
        MediaError: Not media, or no audio in it.
    """
    sound = analyse_file(path)
    return sound.start_ms + sound.onset_ms


def analyse_file(path: Path, *, at_most_ms: int | None = None) -> Sound:
    """Decode a file and compute its fingerprint.

    Raises:
        MediaError: One of the four kinds of `decode.decode_levels`.
    """
    heard = decode_levels(path, at_most_ms=at_most_ms)
    first, last = _audible_range(heard.levels)
    return Sound(
        codec=heard.codec,
        channels=heard.channels,
        sample_rate=heard.sample_rate,
        duration_ms=heard.duration_ms,
        start_ms=heard.start_ms,
        onset_ms=first * HOP_MS,
        fingerprint=_fingerprint(heard.levels[first:last]),
    )


def similarity(a: str, b: str) -> float:
    """Similarity of two fingerprints, 0.0 to 1.0; from `MATCH` on they belong to the same audio.

    It is the correlation of the two shapes, or their closeness where there is hardly a shape to correlate (a steady
    tone), at the best of the few alignments that a smeared first sound allows. 0.0 when the lengths differ by more than
    a codec can explain, or when one of them is silence.
    """
    first, second = _levels_of(a), _levels_of(b)
    if not first or not second or abs(len(first) - len(second)) > _SLACK_STEPS:
        return 0.0
    shifts = range(-_SHIFT_STEPS, _SHIFT_STEPS + 1)
    return max(0.0, *(_likeness(first[max(0, s) :], second[max(0, -s) :]) for s in shifts))


def _audible_range(levels: Sequence[float]) -> tuple[int, int]:
    """First hop with a sound and the hop after the last one; (0, 0) in silence.

    A sound is louder than both the absolute floor and the level 30 dB below the loudest tenth of a second, and lasts.
    """
    loudest = max(_means(levels, 10), default=0.0)
    if loudest < _FLOOR:
        return 0, 0
    threshold = max(_FLOOR, loudest * 10 ** (-_AUDIBLE_DB / 20))
    hops = range(len(levels))
    first, last = _first_lasting(levels, hops, threshold), _first_lasting(levels, hops[::-1], threshold)
    return (0, 0) if first is None or last is None else (first, last + 1)


def _first_lasting(levels: Sequence[float], order: range, threshold: float) -> int | None:
    """The first loud hop in this order that another loud one follows within 30 ms."""
    quiet_since = _CLICK_HOPS
    before = 0
    for i in order:
        if levels[i] < threshold:
            quiet_since += 1
            continue
        if quiet_since < _CLICK_HOPS:
            return before
        before, quiet_since = i, 0
    return None


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
    """The levels of a fingerprint; none for silence and for other strings."""
    body = fingerprint.removeprefix(_VERSION)
    if body == fingerprint or not set(body) <= set(_LEVELS):
        return []
    return [_LEVELS.index(character) for character in body]


def _likeness(a: Sequence[int], b: Sequence[int]) -> float:
    """Pearson's correlation over the common length, or 1 minus the mean distance in units of 10 dB, if that is more."""
    n = min(len(a), len(b))
    if n == 0:
        return 0.0
    pairs = list(zip(a[:n], b[:n], strict=True))
    distance_db = _DB_A_LEVEL * sum(abs(x - y) for x, y in pairs) / n
    mean_a, mean_b = sum(a[:n]) / n, sum(b[:n]) / n
    covariance = sum((x - mean_a) * (y - mean_b) for x, y in pairs)
    spread = sqrt(sum((x - mean_a) ** 2 for x, _ in pairs) * sum((y - mean_b) ** 2 for _, y in pairs))
    return max(covariance / spread if spread else 0.0, 1 - distance_db / _UNRELATED_DB)
