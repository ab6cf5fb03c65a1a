"""A watched folder: taken when it stands still, refused with its reason, stopped politely, taken up again."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import FIXTURES, Journey
from tests.waiting import PATIENCE_S, wait_until

STEREO = FIXTURES / "stereo-two-tracks.wav"


@contextmanager
def watching(journey: Journey, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A watch that is gone when the block ends."""
    process = journey.start("watch", *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.short
def test_a_watch_captions_what_arrives_refuses_with_a_reason_and_goes_on_after_a_stop(
    journey: Journey, emulator: Emulator
) -> None:
    folder, health = journey.folder / "in", journey.folder / "health.json"
    folder.mkdir()
    (folder / "broken.mp4").write_bytes(b"no media")
    command = [folder, "--settle", "0.5", "--health", health, "--metrics", "0", *journey.place(emulator)]
    with watching(journey, *command) as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().partition("127.0.0.1:")[2].partition("/")[0])
        shutil.copy(STEREO, folder / "one.wav")
        wait_until(lambda: (folder / "one.srt").exists())
        wait_until(lambda: (folder / "quarantine" / "broken.mp4").exists())
        assert "not readable as media" in (folder / "quarantine" / "broken.mp4.reason.txt").read_text()
        wait_until(lambda: "captioner_files_done_total 1" in _metrics(port))
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, stderr
    assert json.loads(health.read_text())["status"] == "ok"
    (folder / "one.wav").rename(folder / "renamed.wav")
    with watching(journey, *command, "--again"):  # which would buy everything at each start
        wait_until(lambda: (folder / "renamed.srt").exists())
    assert emulator.submissions == 1
    assert journey.objects() == []


def test_a_watch_names_files_by_language_and_ends_with_1_when_captions_warned(
    journey: Journey, emulator: Emulator
) -> None:
    folder = journey.folder / "in"
    (folder / "zh").mkdir(parents=True)
    (folder / "zh" / "captioner.toml").write_text('[recognition]\nlanguage = "zh"\n')
    for name in ("one.wav", "zh/two.wav"):
        shutil.copy(STEREO, folder / name)
    command = [folder, "--settle", "0.5", "--suffix-language", "--strict", "--max-columns", "8"]
    with watching(journey, *command, *journey.place(emulator)) as process:
        wait_until(lambda: (folder / "zh" / "two.zh.srt").exists())
        wait_until(lambda: (folder / "quarantine").exists() or emulator.submissions > 0)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1, stderr
    assert "two.wav: " in stderr
    assert "one.wav: --suffix-language needs to know the language; give --language" in stderr
    assert not (folder / "one.srt").exists()


def test_recordings_and_copies_in_the_making_are_waited_for_and_taken_whole(
    journey: Journey, emulator: Emulator
) -> None:
    folder, whole = journey.folder / "in", STEREO.read_bytes()
    folder.mkdir()
    pieces = [whole[at : at + len(whole) // 4 + 1] for at in range(0, len(whole), len(whole) // 4 + 1)]
    growing, arriving, locked = folder / "growing.wav", folder / "arriving.wav", folder / "locked.wav"
    lock = folder / "locked.wav.lock"
    with watching(journey, folder, "--settle", "0.5", *journey.place(emulator)), growing.open("wb") as recorder:
        lock.touch()
        locked.write_bytes(whole[: len(whole) // 2])
        for piece in pieces:
            recorder.write(piece)
            recorder.flush()
            with arriving.with_name("arriving.wav.part").open("ab") as copy:
                copy.write(piece)
            time.sleep(1.2)  # longer than it takes to settle
        assert not emulator.submissions
        assert not (folder / "quarantine").exists()
        recorder.close()
        arriving.with_name("arriving.wav.part").rename(arriving)
        locked.write_bytes(whole)
        lock.unlink()
        for path in (growing, arriving, locked):
            wait_until(path.with_suffix(".srt").exists)
    assert sum(task.billed_s > 0 for task in emulator.tasks) == 1  # the same audio three times
    assert not (folder / "quarantine").exists()
    assert journey.objects() == []


def _metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
        text: str = answer.read().decode()
        return text


def test_a_watch_needs_folders_and_a_free_port(journey: Journey, emulator: Emulator) -> None:
    done = journey.captioner("watch", Path("nowhere"), *journey.place(emulator))
    assert done.returncode == 2
    assert "not a folder" in done.stderr
