"""The true word times of the fixtures, held against the waveforms."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from captioner.media import AudioPolicy, describe, prepare
from tests.media.making import hear, level

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
SPOKEN = ["interview-en.mp4", "interview-zh.mp4", "late-audio.mp4", "stereo-two-tracks.wav"]
AUDIBLE = 327  # 1 % of full scale


@pytest.fixture(scope="module", params=SPOKEN)
def heard(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], array[int]]:
    """A true transcript, and the samples at 16 kHz from the player's zero."""
    path = FIXTURES / request.param
    prepared = prepare(describe(path), AudioPolicy(), tmp_path_factory.mktemp("prepared"))
    truth = json.loads((FIXTURES / "transcripts" / f"{path.stem}.json").read_text("utf-8"))
    return truth, hear(prepared.path)[0]


def words(truth: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for sentence in truth["sentences"]:
        yield from sentence["words"]


def test_every_word_is_heard_in_its_interval(heard: tuple[dict[str, Any], array[int]]) -> None:
    truth, samples = heard
    for word in words(truth):
        assert level(samples[word["begin_time"] * 16 : word["end_time"] * 16]) > AUDIBLE, word


def test_nothing_is_heard_between_the_words(heard: tuple[dict[str, Any], array[int]]) -> None:
    truth, samples = heard
    gaps = [(a["end_time"], b["begin_time"]) for a, b in pairwise(words(truth))]
    pauses = [(begin + 20, end - 10) for begin, end in gaps if end - begin > 80]  # a voice takes 20 ms to die away
    assert len(pauses) >= 2
    for begin_ms, end_ms in pauses:
        assert level(samples[begin_ms * 16 : end_ms * 16]) < AUDIBLE, (begin_ms, end_ms)


def test_the_first_sound_is_at_the_onset_and_belongs_to_the_first_word(
    heard: tuple[dict[str, Any], array[int]],
) -> None:
    truth, samples = heard
    first_ms = next(i for i, sample in enumerate(samples) if abs(sample) >= AUDIBLE) // 16
    assert abs(first_ms - truth["onset_ms"]) <= 5
    word = next(words(truth))
    assert word["begin_time"] <= truth["onset_ms"] < word["end_time"]


def test_times_are_in_order_and_inside_their_sentence(heard: tuple[dict[str, Any], array[int]]) -> None:
    truth, samples = heard
    for sentence in truth["sentences"]:
        spoken = sentence["words"]
        assert sentence["begin_time"] == spoken[0]["begin_time"]
        assert sentence["end_time"] == spoken[-1]["end_time"]
    for a, b in pairwise(words(truth)):
        assert a["begin_time"] < a["end_time"] <= b["begin_time"]
    assert truth["sentences"][-1]["end_time"] < truth["duration_ms"]
    assert abs(truth["duration_ms"] - len(samples) // 16) < 50


@pytest.mark.parametrize("name", [*SPOKEN, "silence.m4a"])
def test_every_transcript_names_its_media_and_how_it_sounds(name: str) -> None:
    truth = json.loads((FIXTURES / "transcripts" / f"{Path(name).stem}.json").read_text("utf-8"))
    assert truth["media"] == name
    assert bool(truth["fingerprint"]) == bool(truth["sentences"])
    assert all(word["text"] and " " not in word["text"] for word in words(truth))


def test_both_voices_speak_and_the_call_has_one_in_each_channel() -> None:
    for name in ("interview-en", "interview-zh", "stereo-two-tracks"):
        truth = json.loads((FIXTURES / "transcripts" / f"{name}.json").read_text("utf-8"))
        assert {sentence["speaker"] for sentence in truth["sentences"]} == {0, 1}
    left, right = hear(FIXTURES / "stereo-two-tracks.wav")
    for sentence in truth["sentences"]:
        span = slice(sentence["begin_time"] * 8, sentence["end_time"] * 8)
        own, other = (left, right) if sentence["channel"] == 0 else (right, left)
        assert level(own[span]) > 20 * level(other[span])
