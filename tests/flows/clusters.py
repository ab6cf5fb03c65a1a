"""What the tests of clusters share: media, and a scheduler and workers as an operator starts them."""

from __future__ import annotations

import array
import json
import subprocess
import sys
import wave
from pathlib import Path

from tests.flows.conftest import FIXTURES, Journey
from tests.waiting import wait_until

__all__ = ["FILES", "Dask", "captions", "make_media"]

FILES = 12


def make_media(journey: Journey, count: int = FILES) -> Path:
    """Copies of a fixture, each a little softer."""
    folder = journey.folder / "in"
    folder.mkdir()
    with wave.open(str(FIXTURES / "stereo-two-tracks.wav")) as source:
        layout, data = source.getparams(), array.array("h", source.readframes(source.getnframes()))
    for number in range(count):
        softer = array.array("h", (sample * (1000 - number) // 1000 for sample in data))
        with wave.open(str(folder / f"talk-{number:02d}.wav"), "w") as target:
            target.setparams(layout)
            target.writeframes(softer.tobytes())
    return folder


def captions(journey: Journey) -> list[Path]:
    return sorted((journey.folder / "in").glob("*.srt"))


class Dask:
    """A scheduler and workers of one's own, as an operator starts them."""

    def __init__(self, journey: Journey, *, protocol: str = "tcp") -> None:
        self.journey = journey
        self.protocol = protocol
        self.processes: list[subprocess.Popen[bytes]] = []
        self.file = journey.folder / "scheduler.json"
        self.log = journey.folder / "dask.log"
        self.scheduler(port=0)
        wait_until(self.is_written)

    def scheduler(self, port: int) -> subprocess.Popen[bytes]:
        """Start a scheduler."""
        return self.start("distributed.cli.dask_scheduler", "--host", f"{self.protocol}://127.0.0.1", "--port", port,
                          "--scheduler-file", self.file, "--dashboard-address", "127.0.0.1:0")  # fmt: skip

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

    def is_written(self) -> bool:
        """Whether the scheduler has written its address: the file is there before what is in it."""
        return self.file.is_file() and self.file.read_bytes().rstrip().endswith(b"}")

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text())["address"])

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
