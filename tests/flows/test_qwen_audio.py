"""Journeys with the family qwen-audio, and with models that take one file a task."""

from __future__ import annotations

import json

import pytest

from captioner.emulator import Emulator, Faults
from tests.flows.conftest import FIXTURES, KEY, Journey

INTERVIEW = FIXTURES / "interview-en.mp4"
STEREO = FIXTURES / "stereo-two-tracks.wav"
NEWEST = "qwen-audio-3.1-asr-flash-filetrans"
BEFORE = "qwen-audio-3.0-asr-flash-filetrans"


@pytest.mark.short
def test_a_model_billed_by_the_second_captions_like_any_other(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("run", INTERVIEW, "-o", "out", "--model", BEFORE, *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert (journey.folder / "out" / "interview-en.srt").exists()
    reply = json.loads((journey.folder / "out" / "interview-en.asr.json").read_text())
    assert all("confidence" in word for word in reply["transcripts"][0]["sentences"][0]["words"])


@pytest.mark.parametrize("command", ["run", "batch", "transcribe"])
def test_a_model_billed_by_the_token_is_not_bought_without_a_cap(
    command: str, journey: Journey, emulator: Emulator
) -> None:
    asked = (command, INTERVIEW, "-o", "out", "--model", NEWEST, *journey.place(emulator))
    done = journey.captioner(*asked)
    assert done.returncode == 2
    assert "billed by the token" in done.stderr
    assert "--max-hours" in done.stderr
    done = journey.captioner(*asked, "--max-cost", "5")
    assert done.returncode == 2
    assert "--max-hours" in done.stderr
    assert emulator.submissions == 0
    assert journey.captioner(*asked, "--max-hours", "1").returncode == 0
    assert emulator.submissions == 1


def test_a_plan_invents_no_estimate_for_a_model_billed_by_the_token(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("plan", INTERVIEW, "--model", NEWEST, *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert f"{NEWEST}: 0.15 USD for a million tokens in, 0.47 out" in done.stdout
    assert "price unknown" in done.stdout
    assert f"USD with one channel, {NEWEST}" not in done.stdout
    totals = json.loads(
        journey.captioner("plan", INTERVIEW, "--model", NEWEST, "--json", *journey.place(emulator)).stdout
    )
    assert totals["cost_usd"] is None
    assert totals["items"][0]["cost_usd"] is None
    assert totals["usd_per_million_tokens"] == {"input": 0.15, "output": 0.47}


def test_the_ledger_does_not_price_what_is_billed_by_the_token(journey: Journey, emulator: Emulator) -> None:
    journey.captioner("run", INTERVIEW, "-o", "out", "--model", NEWEST, "--max-hours", "1", *journey.place(emulator))
    done = journey.captioner("ledger", "cost", "out")
    assert "1 billed by the token, whose cost is not in it" in done.stdout


def test_several_files_in_a_task_are_refused_beforehand_for_a_model_that_takes_one(
    journey: Journey, emulator: Emulator
) -> None:
    done = journey.captioner(
        "batch", INTERVIEW, STEREO, "-o", "out", "--model", BEFORE, "--files-per-task", "5", *journey.place(emulator)
    )
    assert done.returncode == 2
    assert f"--files-per-task 5: {BEFORE} takes 1 file in a task" in done.stderr


def test_hotword_lists_are_not_for_the_family(journey: Journey, emulator: Emulator) -> None:
    asked = ("run", INTERVIEW, "--model", BEFORE, "--vocabulary", "vocab-x-1", "-o", "out", *journey.place(emulator))
    done = journey.captioner(*asked)
    assert done.returncode == 2
    assert f"hotword vocabulary: {BEFORE} does not take it" in done.stderr


@pytest.mark.parametrize("how", ["refused", "failed"])
def test_newer_pages_take_one_file_a_task_and_captioner_goes_on_with_one_at_no_cost(how: str, journey: Journey) -> None:
    place = ("-o", "out", "--files-per-task", "3", "--ledger", "ledger.sqlite3")
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, faults=Faults(one_url=how)) as service:
        done = journey.captioner("batch", INTERVIEW, STEREO, *place, *journey.place(service))
        assert done.returncode == 0, done.stderr
        tasks = [task for task in service.tasks if task.recognised]
        assert [len(task.urls) for task in tasks] == [1, 1]
        assert service.billed_s == sum(task.billed_s for task in tasks)
        assert "takes one file in a task; files are sent one by one from now on" in done.stderr
        before = len(service.requests)
        others = (FIXTURES / "interview-zh.mp4", FIXTURES / "late-audio.mp4")
        again = journey.captioner("batch", *others, *place, *journey.place(service))
        assert again.returncode == 0, again.stderr
        sent = [one.body for one in service.requests[before:] if one.path.endswith("/transcription")]
        assert [len(body["input"]["file_urls"]) for body in sent] == [1, 1]
