"""Journeys with hotword lists: made for the right model, for another one, and gone."""

from __future__ import annotations

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, Journey

INTERVIEW = FIXTURES / "interview-en.mp4"
STEREO = FIXTURES / "stereo-two-tracks.wav"


@pytest.fixture
def made(journey: Journey, emulator: Emulator) -> str:
    """A list for fun-asr."""
    words = journey.folder / "names.txt"
    words.write_text("Lisboa\n", encoding="utf-8")
    done = journey.captioner("vocabulary", "create", words, "--model", "fun-asr", "--endpoint", emulator.url)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def looked_up(emulator: Emulator) -> int:
    return sum(
        one.path.endswith("/customization") and one.body["input"]["action"] == "query_vocabulary"
        for one in emulator.requests
    )


def test_a_list_of_the_model_is_looked_up_once_and_sent(made: str, journey: Journey, emulator: Emulator) -> None:
    before = looked_up(emulator)
    done = journey.captioner("batch", INTERVIEW, STEREO, "-o", "out", "--vocabulary", made, *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert looked_up(emulator) == before + 1
    sent = [one.body for one in emulator.requests if one.path.endswith("/transcription")]
    assert [body["parameters"]["vocabulary_id"] for body in sent] == [made, made]


@pytest.mark.parametrize("command", ["run", "batch", "transcribe"])
def test_a_list_of_another_model_is_refused_with_its_model_before_anything_is_sent(
    command: str, made: str, journey: Journey, emulator: Emulator
) -> None:
    asked = ("--vocabulary", made, "--model", "fun-asr-2025-11-07", *journey.place(emulator))
    done = journey.captioner(command, INTERVIEW, "-o", "out", *asked)
    assert done.returncode == 2
    assert f"hotword list {made} was made for fun-asr, and fun-asr-2025-11-07 ignores it" in done.stderr
    assert emulator.submissions == 0
    assert journey.objects() == []


@pytest.mark.short
def test_a_list_that_is_gone_is_refused_before_anything_is_sent(
    made: str, journey: Journey, emulator: Emulator
) -> None:
    journey.captioner("vocabulary", "delete", made, "--endpoint", emulator.url)
    done = journey.captioner("run", INTERVIEW, "-o", "out", "--vocabulary", made, *journey.place(emulator))
    assert done.returncode == 2
    assert f"hotword list {made}: the service does not know it" in done.stderr
    assert emulator.submissions == 0
    assert journey.objects() == []
