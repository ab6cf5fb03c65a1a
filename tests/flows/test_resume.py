"""Interrupted, killed, run again: what was paid for is found, never bought again, and the upload is gone in the end."""

from __future__ import annotations

import json
import signal

import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from tests.flows.conftest import FIXTURES, KEY, Journey
from tests.waiting import PATIENCE_S, wait_until

STEREO = FIXTURES / "stereo-two-tracks.wav"


def slow(spec: str = "", pending_s: float = 3) -> Emulator:
    return Emulator(
        transcripts=FIXTURES / "transcripts", key=KEY, faults=Faults.parse(spec), timing=TaskTiming(pending_s=pending_s)
    )


def test_ctrl_c_ends_a_run_that_waits_and_the_same_command_takes_up_the_paid_task(journey: Journey) -> None:
    with slow("throttle=100000,at=query", pending_s=0) as emulator:
        command = ["run", STEREO, "-o", "out", *journey.place(emulator)]
        process = journey.start(*command)
        wait_until(lambda: any("/tasks/" in exchange.path for exchange in emulator.requests))
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 130, stderr
        assert "Traceback" not in stderr
        assert not list((journey.folder / "out").glob("*.srt"))
        assert not list((journey.folder / "out").glob("**/*.part"))
        emulator.set_faults(Faults())
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        assert emulator.submissions == 1
    assert journey.objects() == []


@pytest.mark.parametrize("storage", [pytest.param("s3", marks=pytest.mark.short), "temporary"])
def test_kill_9_after_the_answer_is_resumed(journey: Journey, storage: str) -> None:
    with slow() as emulator:
        command = ["run", STEREO, "-o", "out", *journey.place(emulator, storage)]
        process = journey.start(*command)
        wait_until(lambda: any("/tasks/" in exchange.path for exchange in emulator.requests))
        process.kill()
        process.communicate()
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        assert emulator.submissions == 1
    assert journey.objects() == []


def test_kill_9_before_the_answer_arrived_finds_the_task_by_its_file(journey: Journey) -> None:
    with slow("slow_answer=4", pending_s=1) as emulator:
        command = ["run", STEREO, "-o", "out", *journey.place(emulator)]
        process = journey.start(*command)
        wait_until(lambda: emulator.submissions == 1)
        process.kill()
        process.communicate()
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        assert emulator.submissions == 1
    assert journey.objects() == []


@pytest.mark.short
def test_a_finished_file_costs_nothing_the_second_time_even_in_another_style(
    journey: Journey, emulator: Emulator
) -> None:
    command = ["run", STEREO, "-o", "out", *journey.place(emulator)]
    assert journey.captioner(*command).returncode == 0
    first = (journey.folder / "out" / "stereo-two-tracks.srt").read_bytes()
    assert journey.captioner(*command, "--format", "srt,vtt", "--max-columns", "24").returncode == 0
    assert emulator.submissions == 1
    assert (journey.folder / "out" / "stereo-two-tracks.srt").read_bytes() != first
    assert (journey.folder / "out" / "stereo-two-tracks.vtt").exists()


@pytest.mark.short
def test_an_edited_caption_file_is_not_replaced_unasked(journey: Journey, emulator: Emulator) -> None:
    command = ["run", STEREO, "-o", "out", *journey.place(emulator)]
    assert journey.captioner(*command).returncode == 0
    captions = journey.folder / "out" / "stereo-two-tracks.srt"
    captions.write_text("corrected by the desk")
    left = journey.captioner(*command, "--max-columns", "24")
    assert left.returncode == 0, left.stderr
    assert "stereo-two-tracks.srt was edited and stays as it is" in left.stderr
    assert captions.read_text() == "corrected by the desk"
    assert journey.captioner(*command, "--max-columns", "24", "--overwrite").returncode == 0
    assert captions.read_text() != "corrected by the desk"


def test_a_kept_upload_serves_another_model_without_a_second_upload(journey: Journey, emulator: Emulator) -> None:
    place = [*journey.place(emulator), "--keep-upload"]
    assert journey.captioner("run", STEREO, "-o", "out", *place).returncode == 0
    kept = journey.objects()
    assert len(kept) == 1
    stamp = (journey.s3.root / kept[0]).stat().st_mtime_ns
    again = journey.captioner("run", STEREO, "-o", "out", "--model", "paraformer-v2", "--again", *place)
    assert again.returncode == 0, again.stderr
    assert emulator.submissions == 2
    assert journey.objects() == kept
    assert (journey.s3.root / kept[0]).stat().st_mtime_ns == stamp
    (journey.s3.root / kept[0]).unlink()


def test_two_inputs_never_write_one_output(journey: Journey, emulator: Emulator) -> None:
    folder = journey.folder / "rushes"
    folder.mkdir()
    for name in ("a.wav", "a.WAV.mp4"):
        (folder / name).write_bytes(STEREO.read_bytes())
    (folder / "A.m4a").write_bytes((FIXTURES / "silence.m4a").read_bytes())
    done = journey.captioner("run", folder, "--json", *journey.place(emulator))
    assert done.returncode == 1
    report = json.loads(done.stdout)
    states = {file["source"].rpartition("/")[2]: file["state"] for file in report["files"]}
    assert states == {"A.m4a": "WRITTEN", "a.wav": "REJECTED", "a.WAV.mp4": "WRITTEN"}
    assert emulator.submissions == 2


def test_the_same_audio_twice_is_recognised_once_and_captioned_twice(journey: Journey, emulator: Emulator) -> None:
    folder = journey.folder / "rushes"
    folder.mkdir()
    for name in ("one.wav", "two.wav"):
        (folder / name).write_bytes(STEREO.read_bytes())
    done = journey.captioner("run", folder, *journey.place(emulator))
    assert done.returncode == 0, done.stderr
    assert emulator.submissions == 1
    assert (folder / "one.srt").read_bytes() == (folder / "two.srt").read_bytes()
