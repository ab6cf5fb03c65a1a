"""Batches whose media steps run in worker processes: workers killed, the batch killed or stopped, and nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from captioner.emulator import Emulator
from tests.flows.conftest import KEY, Journey
from tests.flows.test_survival import service, sounds
from tests.waiting import PATIENCE_S, wait_until

FILES = 12


def children(pid: int) -> list[int]:
    """Process ids of everything below a process."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [below for child in found for below in children(child)]


def workers(process: subprocess.Popen[Any]) -> list[int]:
    """Process ids of the workers of a batch: what its fork server has started."""
    return [below for child in children(process.pid) for below in children(child)]


def exists(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_uploading(emulator: Emulator, journey: Journey) -> bool:
    return bool(journey.objects()) or bool(emulator.submissions)


@pytest.fixture
def folder(journey: Journey) -> Path:
    return sounds(journey.folder / "in", FILES)


def all_is_well(journey: Journey, emulator: Emulator, folder: Path) -> None:
    assert len(list(folder.glob("*.srt"))) == FILES
    assert sum(len(task.urls) for task in emulator.tasks if task.billed_s) == FILES
    assert journey.objects() == []
    work = journey.ledger.with_name("ledger.sqlite3.d") / "work"
    assert not work.exists() or not list(work.iterdir())
    assert not list(folder.rglob("*.part"))


def test_workers_killed_again_and_again_cost_a_repeated_step_and_nothing_else(journey: Journey, folder: Path) -> None:
    with service() as emulator:
        process = journey.start("batch", folder, *journey.place(emulator))
        killed: set[int] = set()
        while process.poll() is None and len(killed) < 6:
            time.sleep(0.01)
            for pid in workers(process)[:1]:
                if pid not in killed:
                    time.sleep(0.05)  # in the middle of something
                    with suppress(ProcessLookupError):  # it has ended by itself
                        os.kill(pid, signal.SIGKILL)
                        killed.add(pid)
        _, stderr = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, stderr
        assert len(killed) >= 3
        assert "Traceback" not in stderr
        assert "worker processes: one was killed (signal 9); its steps are repeated" in stderr
        all_is_well(journey, emulator, folder)


@pytest.mark.parametrize("how", [pytest.param(signal.SIGKILL, marks=pytest.mark.short), signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_is_killed_or_stopped_takes_its_workers_with_it(
    journey: Journey, folder: Path, how: signal.Signals
) -> None:
    with service() as emulator:
        command = ["batch", folder, *journey.place(emulator)]
        process = journey.start(*command)
        wait_until(lambda: is_uploading(emulator, journey))
        below = children(process.pid)
        assert workers(process)
        process.send_signal(how)
        _, stderr = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == (130 if how is not signal.SIGKILL else -9), stderr
        assert "Traceback" not in stderr
        wait_until(lambda: not [pid for pid in below if exists(pid)])
        done = journey.captioner(*command)
        assert done.returncode == 0, done.stderr
        all_is_well(journey, emulator, folder)


def _group(journey: Journey, command: list[str], send: Callable[[int], None]) -> tuple[int, str]:
    """A command in a process group of its own, to which something is sent as a terminal does."""
    process = subprocess.Popen(
        command,
        cwd=journey.folder,
        env=journey.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: bool(workers(process)))
    send(process.pid)
    _, stderr = process.communicate(timeout=PATIENCE_S)
    return process.returncode, stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_ends_it_in_good_order(journey: Journey, folder: Path, how: signal.Signals) -> None:
    with service() as emulator:
        command = journey.command("batch", folder, *journey.place(emulator))
        code, stderr = _group(journey, command, lambda pid: os.killpg(pid, how))
        assert code == 130, stderr
        assert "Traceback" not in stderr
        assert journey.captioner("batch", folder, *journey.place(emulator)).returncode == 0
        all_is_well(journey, emulator, folder)


@pytest.mark.short
def test_a_few_files_need_no_workers(journey: Journey) -> None:
    folder = sounds(journey.folder / "few", 2)
    with service(pending_s=2) as emulator:
        process = journey.start("batch", folder, *journey.place(emulator))
        wait_until(lambda: emulator.submissions > 0)
        assert children(process.pid) == []
        _, stderr = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, stderr


def test_no_secret_is_seen_of_a_worker_while_it_works(journey: Journey, folder: Path) -> None:
    with service() as emulator:
        process = journey.start("batch", folder, *journey.place(emulator))
        wait_until(lambda: bool(workers(process)))
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(process.pid) if exists(pid)]
        process.communicate(timeout=PATIENCE_S)
    assert lines
    for secret in (KEY, journey.s3.secret, journey.s3.access_key):
        assert not [line for line in lines if secret.encode() in line]
