"""What a piece of audio sounds like, in a form that survives being encoded again.

The fingerprint is the loudness of the decoded audio, all channels mixed, in steps of 50 ms from the first audible sound
to the last, one character a step. Codecs, sampling rates, a change of gain and silence around the sound leave it nearly
as it was; other words, other voices or a missing part do not.

Levels are measured against the loudest step, so that gain falls out; the shape is compared by correlation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10, sqrt
from pathlib import Path

from captioner.emulator.decode import FULL_SCALE, HOP_MS, decode_levels

__all__ = ["MATCH", "Sound", "analyse_file", "fingerprint_of_file", "onset_ms", "similarity"]

MATCH = 0.90
"""Correlation from which two fingerprints are the same audio. Measured on synthetic speech in two languages: FLAC, Opus
at 24 kbit/s, AAC at half the volume and MP3 at 32 kbit/s after silence keep 0.98 and more, other speech has 0.15."""

_STEP = 5
"""Hops in one character of the fingerprint: 50 ms."""

_FLOOR = 10 ** (-60 / 20) * FULL_SCALE
"""Mean level below which nothing counts as sound: -60 dBFS, far under any speech and above dither and codec noise."""

_AUDIBLE_DB = 30
"""How far under the loudest tenth of a second a sound still counts as the beginning or the end of the audio."""

_CLICK_HOPS = 3
"""Hops within which a second loud one must follow: a single one is a click."""

_RANGE_DB = 40
_DB_A_LEVEL = 2
_LEVELS = "0123456789ABCDEFGHIJK"
"""One character for every 2 dB, from 40 dB under the loudest step (or less) up to the loudest."""

_UNRELATED_DB = 10
"""Mean distance of two shapes that have nothing in common; other speech was 11 to 13 dB away."""

_VERSION = "e1:"

_SLACK_STEPS = 6
"""How many steps two lengths may differ (300 ms): codecs smear the last sound, nobody cuts off less than a word."""

_SHIFT_STEPS = 3
"""How far the first sound of one may have been heard late in the other."""


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
    def is_silent(self) -> bool:
        """Whether nothing in it is loud enough to be heard."""
        return not self.fingerprint


def fingerprint_of_file(path: Path) -> str:
    """The fingerprint of a file's first audio stream, "" when it is silent.

    Raises:
        MediaError: Not media, or no audio in it.
    """
    return analyse_file(path).fingerprint


def onset_ms(path: Path) -> int:
    """When the first sound of a file is heard on the player's clock; a late start of the audio counts.

    Raises:
        MediaError: Not media, or no audio in it.
    """
    sound = analyse_file(path)
    return sound.start_ms + sound.onset_ms


def analyse_file(path: Path, *, at_most_ms: int | None = None) -> Sound:
    """Hear a file and take its fingerprint.

    Raises:
        MediaError: One of the four kinds of `hearing.hear`.
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
    """How much two fingerprints sound alike, 0.0 to 1.0; at `MATCH` and above they are the same audio.

    It is the correlation of the two shapes, or how close they run where there is hardly a shape to correlate (a steady
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

    A sound is louder than both the absolute floor and what lies 30 dB under the loudest tenth of a second, and lasts.
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
    """The levels behind a fingerprint; none for silence and for strings of another making."""
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
