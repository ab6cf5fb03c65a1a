"""Whole journeys: the real command line in a process of its own, a real S3 server, the emulator on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from captioner.emulator import Emulator, TaskTiming
from tests.doubles_s3 import RcloneServer
from tests.flows.launcher import Launcher
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from tests.flows.clusters import Dask

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
KEY = "sk-flow-0123456789abcdef"


class Journey:
    """A user's machine: a folder, an environment, and `captioner` on its path.

    Attributes:
        folder: Working folder.
        environment: What the process sees.
        s3: The S3 server.
    """

    def __init__(self, folder: Path, s3: RcloneServer, launcher: Launcher) -> None:
        self.folder = folder
        self.s3 = s3
        self._launcher = launcher
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DASHSCOPE_", "AWS_"))}
        own = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / ".local" / "share")}
        self.environment = {**kept, **s3.environment, "DASHSCOPE_API_KEY": KEY, **own}

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "captioner", *map(str, arguments)]

    def captioner(self, *arguments: object, timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """Run to the end; never raises for an exit code. Hooks need a Python that starts anew."""
        command = self.command(*arguments)
        if self.environment.get("PYTHONPATH") == os.environ.get("PYTHONPATH"):
            done = self._launcher.run(command[3:], self.folder, self.environment, timeout_s)
            return subprocess.CompletedProcess(command, *done)
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout_s,
            check=False,
        )

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start without waiting, to be interrupted."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def place(self, emulator: Emulator, storage: str = "s3") -> list[str]:
        """The flags that say where."""
        bucket = ["--bucket", "media", "--s3-endpoint", self.s3.url] if storage == "s3" else []
        return ["--endpoint", emulator.url, "--storage", storage, *bucket]

    @property
    def ledger(self) -> Path:
        """The user's own ledger."""
        return self.folder / ".local" / "share" / "captioner" / "ledger.sqlite3"

    def objects(self) -> list[str]:
        """What lies in the bucket."""
        return sorted(str(path.relative_to(self.s3.root)) for path in self.s3.root.rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RcloneServer]:
    with RcloneServer(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    with Launcher() as found:
        yield found


@pytest.fixture
def journey(tmp_path: Path, s3_server: RcloneServer, launcher: Launcher) -> Journey:
    """A machine of its own and an empty store: a test that kills a run leaves there what it uploaded."""
    found = Journey(tmp_path, s3_server, launcher)
    for name in found.objects():
        (s3_server.root / name).unlink()
    return found


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY) as service:
        yield service


@pytest.fixture
def media(journey: Journey) -> Path:
    """Copies of a fixture, each a little softer."""
    from tests.flows.clusters import make_media

    return make_media(journey)


@pytest.fixture
def ahead_s() -> list[float]:
    """How far the clock of the service goes ahead of the machine's."""
    return [0]


@pytest.fixture
def service(ahead_s: list[float]) -> Iterator[Emulator]:
    """A service whose clock can be ahead."""
    timing = TaskTiming(pending_s=0, running_s=0.1, clock=lambda: time.time() + ahead_s[0])
    with Emulator(transcripts=FIXTURES / "transcripts", key=KEY, timing=timing) as emulator:
        yield emulator


@pytest.fixture
def dask(journey: Journey) -> Iterator[Dask]:
    """A scheduler."""
    from tests.flows.clusters import Dask

    found = Dask(journey)
    try:
        yield found
    finally:
        found.stop()
