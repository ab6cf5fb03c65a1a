"""Peaks of the sound: where there is speech they are high, and their times are the player's."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.media.describe import describe
from captioner.media.peaks import PEAKS_PER_S, peaks, pooled

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.mark.parametrize("name", ["interview-en.mp4", "late-audio.mp4", "stereo-two-tracks.wav"])
def test_there_are_as_many_as_the_media_is_long(name: str) -> None:
    found = b"".join(peaks(FIXTURES / name))
    assert abs(len(found) * 1000 // PEAKS_PER_S - describe(FIXTURES / name).duration_ms) < 300


def test_speech_is_loud_and_the_time_before_it_is_not() -> None:
    found = b"".join(peaks(FIXTURES / "interview-en.mp4"))
    assert max(found[:40]) < 10  # the first word begins at 0.493 s
    assert max(found[50:110]) > 40


def test_sound_that_begins_late_begins_late() -> None:
    found = b"".join(peaks(FIXTURES / "late-audio.mp4"))
    first = next(at for at, peak in enumerate(found) if peak > 10)
    assert max(found[: first - 5], default=0) <= 10
    assert first > 100, "the audio track of this file begins after a second"


def test_silence_is_flat() -> None:
    assert max(b"".join(peaks(FIXTURES / "silence.m4a"))) < 5


@pytest.mark.parametrize(
    ("first_ms", "last_ms", "points", "expected"),
    [
        (0, 100, 10, bytes(range(10))),
        (0, 100, 5, bytes([1, 3, 5, 7, 9])),
        (50, 100, 5, bytes([5, 6, 7, 8, 9])),
        (90, 200, 100, bytes([9])),  # the rest is not known yet
        (500, 900, 10, b""),
        (100, 50, 10, b""),
    ],
)
def test_a_stretch_has_no_more_points_than_asked_for(first_ms: int, last_ms: int, points: int, expected: bytes) -> None:
    assert pooled(bytes(range(10)), first_ms, last_ms, points) == expected
