"""`--cluster`: media steps on Dask workers, money in the coordinator; with real processes on loopback."""

from __future__ import annotations

import array
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from tests.flows.conftest import FIXTURES, KEY, Journey
from tests.waiting import PATIENCE_S, wait_until

pytest.importorskip("distributed")
pytestmark = pytest.mark.process

FILES = 12


@pytest.fixture
def media(journey: Journey) -> Path:
    """Copies of a fixture, each a little softer."""
    folder = journey.folder / "in"
    folder.mkdir()
    with wave.open(str(FIXTURES / "stereo-two-tracks.wav")) as source:
        layout, data = source.getparams(), array.array("h", source.readframes(source.getnframes()))
    for number in range(FILES):
        softer = array.array("h", (sample * (1000 - number) // 1000 for sample in data))
        with wave.open(str(folder / f"talk-{number:02d}.wav"), "w") as target:
            target.setparams(layout)
            target.writeframes(softer.tobytes())
    return folder


@pytest.fixture
def ahead_s() -> list[float]:
    """How far the clock of the service goes ahead of the machine's."""
    return [0]


@pytest.fixture
def service(ahead_s: list[float]) -> Iterator[Emulator]:
    timing = TaskTiming(pending_s=0, running_s=0.1, clock=lambda: time.time() + ahead_s[0])
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, timing=timing) as emulator:
        yield emulator


def captions(journey: Journey) -> list[Path]:
    return sorted((journey.folder / "in").glob("*.srt"))


@pytest.mark.short
def test_every_file_is_captioned_once_by_workers_of_this_machine(
    journey: Journey, service: Emulator, media: Path
) -> None:
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:2")
    assert done.returncode == 0, done.stderr
    assert len(captions(journey)) == FILES
    assert service.submissions == FILES
    assert journey.objects() == []
    assert "2 workers; dashboard http://127.0.0.1:" in done.stderr


class Dask:
    """A scheduler and workers of one's own, as an operator starts them."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.processes: list[subprocess.Popen[bytes]] = []
        self.file = journey.folder / "scheduler.json"
        self.log = journey.folder / "dask.log"
        self.start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file",
                   self.file, "--dashboard-address", "127.0.0.1:0")  # fmt: skip
        wait_until(self.file.is_file)

    def start(self, module: str, *arguments: object, **environment: str) -> subprocess.Popen[bytes]:
        secret = ("DASHSCOPE_", *(["AWS_"] if module.endswith("scheduler") else []))
        kept = {name: value for name, value in self.journey.environment.items() if not name.startswith(tuple(secret))}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *map(str, arguments)],
                env={**kept, **environment}, cwd=self.journey.folder, stdout=log, stderr=log,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def worker(self, name: str, **environment: str) -> subprocess.Popen[bytes]:
        return self.start("distributed.cli.dask_worker", "--scheduler-file", self.file, "--nthreads", "1", "--no-nanny",
                          "--name", name, "--host", "127.0.0.1", "--no-dashboard", **environment)  # fmt: skip

    def worker_that_is_there(self, name: str, **environment: str) -> subprocess.Popen[bytes]:
        """One the scheduler knows already."""
        before = self.known()
        process = self.worker(name, **environment)
        wait_until(lambda: self.known() > before)
        return process

    def known(self) -> int:
        return self.log.read_bytes().count(b"Register worker")

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text())["address"])

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def dask(journey: Journey) -> Iterator[Dask]:
    found = Dask(journey)
    try:
        yield found
    finally:
        found.stop()


def test_workers_that_are_killed_lose_nothing_and_nothing_is_paid_twice(
    journey: Journey, service: Emulator, media: Path, dask: Dask
) -> None:
    dice = random.Random(4)
    workers = [dask.worker(f"w{number}") for number in range(3)]
    run = journey.start("batch", media, *journey.place(service), "--cluster", dask.address)
    for number in (3, 4, 5):
        time.sleep(1.5)
        if run.poll() is not None:
            break
        victim = workers.pop(dice.randrange(len(workers)))
        victim.send_signal(signal.SIGKILL)
        workers.append(dask.worker(f"w{number}"))
    _, stderr = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, stderr
    assert len(captions(journey)) == FILES
    assert service.submissions == FILES
    assert journey.objects() == []


def test_a_worker_without_credentials_or_mount_is_named_and_given_no_work(
    journey: Journey, service: Emulator, media: Path, dask: Dask
) -> None:
    dask.worker_that_is_there("keyless", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    dask.worker_that_is_there("good")
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", dask.address)
    assert done.returncode == 0, done.stderr
    assert "worker keyless is given no work" in done.stderr
    other = journey.captioner(
        "batch", media, *journey.place(service), "--cluster", dask.address, "--overwrite", "--style", "netflix",
        "--cluster-path", f"{media}=/nowhere/at/all", "-o", journey.folder / "out",
    )  # fmt: skip
    assert "it does not see /nowhere/at/all" in other.stderr
    assert other.returncode == 2


def test_folders_have_other_names_on_the_workers(journey: Journey, service: Emulator, media: Path, dask: Dask) -> None:
    there = journey.folder / "mnt"
    there.symlink_to(media)
    dask.worker("w")
    done = journey.captioner(
        "batch", media, *journey.place(service), "--cluster", dask.address, "--cluster-path", f"{media}={there}"
    )
    assert done.returncode == 0, done.stderr
    assert len(captions(journey)) == FILES


def test_nothing_secret_is_in_what_the_cluster_sees(
    journey: Journey, service: Emulator, media: Path, dask: Dask
) -> None:
    worker = dask.worker("w")
    scheduler = dask.processes[0]
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", dask.address)
    assert done.returncode == 0, done.stderr
    for process in (worker, scheduler):
        memory = memory_of(process.pid)
        assert b"talk-03.wav" in memory  # what does travel is found
        assert KEY.encode() not in memory
        if process is scheduler:
            assert re.search(rb"X-Amz-Signature=[0-9a-f]{64}", memory) is None
            assert journey.s3.secret.encode() not in memory
    log = dask.log.read_bytes()
    assert KEY.encode() not in log
    assert re.search(rb"X-Amz-Signature=[0-9a-f]{8}", log) is None


def memory_of(pid: int) -> bytes:
    """Everything readable in a process's memory."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            try:
                memory.seek(start)
                parts.append(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                continue
    return b"".join(parts)


def test_a_second_coordinator_is_refused_while_the_first_lives(
    journey: Journey, service: Emulator, media: Path, ahead_s: list[float]
) -> None:
    service.set_faults(Faults.parse("slow_queue=3600"))
    first = journey.start("batch", media, *journey.place(service), "--cluster", "local:1")
    wait_until(lambda: service.submissions == FILES)  # a task made later would be thought to take an hour, too
    second = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:1")
    assert second.returncode == 2
    assert "works on this ledger; a cluster has one coordinator" in second.stderr
    first.send_signal(signal.SIGKILL)
    first.communicate()
    service.set_faults(Faults())
    ahead_s[0] = 3600
    third = journey.captioner("batch", media, *journey.place(service), "--cluster", "local:1")
    assert third.returncode == 0, third.stderr
    assert len(captions(journey)) == FILES


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://10.0.0.1:8786", "would cross the network unencrypted"),
        ("scheduler", "not the address of a scheduler"),
        ("local:none", "write local:N"),
        ("tcp://127.0.0.1:1", "no scheduler answers there"),
    ],
)
def test_addresses_that_cannot_be_used_are_one_line(
    journey: Journey, service: Emulator, media: Path, address: str, said: str
) -> None:
    done = journey.captioner("batch", media, *journey.place(service), "--cluster", address)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert service.submissions == 0


@pytest.mark.short
def test_the_temporary_store_is_refused(journey: Journey, service: Emulator, media: Path) -> None:
    done = journey.captioner("batch", media, *journey.place(service, "temporary"), "--cluster", "local:1")
    assert done.returncode == 2
    assert "name one with --bucket" in done.stderr


@pytest.mark.short
def test_without_a_cluster_dask_is_not_loaded() -> None:
    code = "import captioner.cli.commands.run, captioner.cli.commands.watch, sys; print('distributed' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert shown.stdout.strip() == "False"
