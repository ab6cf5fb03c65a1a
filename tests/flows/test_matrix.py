"""Resume after anything: every trouble against the steps of the table, with real processes and a real S3 server.

A row is a trouble, the state a batch has reached when it comes, and what is done about it. Whatever it is: nothing is
lost, no part of a caption is ever seen, nothing is billed twice that need not be (then the report says why), and no
upload is left. Each row has a store, a service and a ledger of its own.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from captioner.errors import LedgerError
from captioner.jobs.ledger import Ledger
from captioner.jobs.states import State
from tests.doubles_s3 import RcloneServer
from tests.flows.conftest import FIXTURES, KEY
from tests.flows.test_survival import Wire
from tests.waiting import PATIENCE_S, wait_until

STEREO = FIXTURES / "stereo-two-tracks.wav"
DAY_S = 86_400
BAD_FILE = "partial_failure=0,partial_failure_code=DECODE_ERROR"

#: Read by Python before anything else: a clock that is wrong, or set while the process runs; links that are short; and
#: a process that is killed as soon as a reply is saved and before anything is made of it.
BEFORE_ALL = """
import os, pathlib, signal, time
_real = time.time
def _skewed():
    file = pathlib.Path(os.environ["SKEW"])
    return _real() + (float(file.read_text()) if file.exists() else 0)
time.time = _skewed
if "SHORT_LINKS" in os.environ:
    import captioner.cli.run_setup
    captioner.cli.run_setup.SHORTEST_LINK_S = 1
if "DIE_FETCHED" in os.environ:
    import captioner.jobs.outputs.captions
    captioner.jobs.outputs.captions.make = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
"""


class Scene:
    """One batch of one file with servers of its own, behind wires that can be cut."""

    def __init__(self, folder: Path, s3: RcloneServer, number: int) -> None:
        folder.mkdir()
        self.folder, self.out, self.skew = folder, folder / "out", folder / "skew"
        (folder / "sitecustomize.py").write_text(BEFORE_ALL)
        self.bucket = s3.root / f"row-{number}"
        self.service_skew_s = 0
        timing = TaskTiming(pending_s=0.0, running_s=0.1, clock=lambda: time.time() + self.service_skew_s)
        self.service = Emulator(transcripts=FIXTURES / "transcripts", key=KEY, timing=timing).start()
        origin = self.service.url.partition("/api")[0]
        self.store_wire, self.service_wire = Wire(s3.url), Wire(origin)
        own = {"DASHSCOPE_API_KEY": KEY, "HOME": str(folder), "PYTHONPATH": str(folder), "SKEW": str(self.skew)}
        own["XDG_DATA_HOME"] = str(folder / "data")
        self.environment = {**os.environ, **s3.environment, **own}
        place = ["--storage", "s3", "--bucket", self.bucket.name, "--s3-endpoint", self.store_wire.url]
        endpoint = ["--endpoint", self.service.url.replace(origin, self.service_wire.url)]
        self.command = [sys.executable, "-m", "captioner", "batch", str(STEREO), "-o", str(self.out), "--json"]
        self.command += [*place, *endpoint]
        self.process: subprocess.Popen[str] | None = None

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
        self.service.stop()
        self.store_wire.close()
        self.service_wire.close()

    # What is done

    def start(self, *more: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*self.command, *more],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(self) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of what was started."""
        assert self.process is not None
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err

    def again(self) -> tuple[int, str, str]:
        """The same command, undisturbed."""
        self.heal()
        self.start()
        return self.ended()

    def misbehave(self, faults: str) -> None:
        self.service.set_faults(Faults.parse(faults))

    def heal(self) -> None:
        self.misbehave("")
        self.service.set_key(KEY)
        self.store_wire.is_cut = self.service_wire.is_cut = False
        self.skew.unlink(missing_ok=True)

    # What is seen

    @property
    def ledger(self) -> Path:
        return self.folder / "data" / "captioner" / "ledger.sqlite3"

    def state(self) -> State | None:
        """The last fact in the ledger, as another process reads it."""
        if not self.ledger.exists():
            return None
        try:
            with Ledger(self.ledger, read_only=True) as book:
                jobs, recognitions = book.jobs(), book.recognitions()
        except LedgerError:
            return None  # it is just being made
        if jobs and jobs[0].status.state.final:
            return jobs[0].status.state
        return recognitions[0].status.state if recognitions else None

    def wait_for(self, state: State) -> None:
        self.wait_until(lambda: self.state() is state)

    def wait_until(self, true: Callable[[], bool]) -> None:
        wait_until(true, self.state)

    def captions(self) -> list[Path]:
        return list(self.out.glob("*.srt"))

    def parts(self) -> list[Path]:
        return list(self.out.rglob("*.part"))


# How a batch comes to be in a state, and stays there


def _hold_found(scene: Scene) -> None:
    scene.store_wire.is_cut = True


def _faulty(faults: str) -> Callable[[Scene], None]:
    return lambda scene: scene.misbehave(faults)


#: What holds a batch in a state; what comes after FETCHED is reached from RECOGNISED.
HOLD: Mapping[State, Callable[[Scene], None]] = {
    State.FOUND: _hold_found,
    State.STORED: _faulty("throttle=100000,at=submit,retry_after=2"),
    State.SUBMITTING: _faulty("slow_answer=60"),
    State.SUBMITTED: _faulty("throttle=100000,at=query"),
    State.RECOGNISED: _faulty("broken_results=100000"),
    State.WRITTEN: _faulty("broken_results=100000"),
    State.REJECTED: _faulty(f"throttle=100000,at=query,{BAD_FILE}"),
}


def reach(scene: Scene, state: State, *more: str, **environment: str) -> None:
    """Start a batch and wait until it is in a state, where it stays."""
    if state is State.FETCHED:
        scene.start(*more, **environment, DIE_FETCHED="1")
        return
    HOLD[state](scene)
    scene.start(*more, **environment)
    if state in (State.WRITTEN, State.REJECTED):
        # Nothing can be deleted from the store from now on.
        scene.wait_for(State.RECOGNISED if state is State.WRITTEN else State.SUBMITTED)
        scene.store_wire.is_cut = True
        scene.misbehave("" if state is State.WRITTEN else BAD_FILE)
    if state is State.STORED:
        # Not before its first submission was refused, or it is about to be submitted.
        scene.wait_until(lambda: any(exchange.path.endswith("/transcription") for exchange in scene.service.requests))
    scene.wait_for(state)
    assert not scene.parts()
    assert bool(scene.captions()) is (state is State.WRITTEN)


# Troubles


#: Brings the trouble and the end of it; exit code, stdout and stderr of the last command.
Trouble = Callable[[Scene, State], tuple[int, str, str]]


def killed(scene: Scene, state: State) -> tuple[int, str, str]:
    reach(scene, state)
    assert scene.process is not None
    if state is not State.FETCHED:  # there it has done so itself
        scene.process.kill()
    scene.process.communicate(timeout=PATIENCE_S)
    assert scene.process.returncode == -9
    assert scene.state() is state
    assert not scene.parts()
    return scene.again()


def waited_for(hold: Callable[[Scene], None]) -> Trouble:
    """A trouble that passes after a while: the batch itself gets over it."""

    def trouble(scene: Scene, state: State) -> tuple[int, str, str]:
        hold(scene)
        scene.start()
        scene.wait_for(state)
        time.sleep(0.7)
        assert scene.process is not None
        assert scene.process.poll() is None
        scene.heal()
        return scene.ended()

    return trouble


def store_away_after(scene: Scene, state: State) -> tuple[int, str, str]:
    reach(scene, state)
    scene.heal()
    return scene.ended()


def network_lost(scene: Scene, state: State) -> tuple[int, str, str]:
    reach(scene, state)
    scene.misbehave("")
    scene.service_wire.is_cut = scene.store_wire.is_cut = True
    time.sleep(1.5)
    scene.heal()
    return scene.ended()


def not_read(code: str) -> Trouble:
    """The service cannot read the object once."""

    def trouble(scene: Scene, state: State) -> tuple[int, str, str]:
        scene.misbehave(f"unread=1,unread_code={code}")
        scene.start()
        return scene.ended()

    return trouble


def link_expired(scene: Scene, state: State) -> tuple[int, str, str]:
    """The task waits until its link has ended: the S3 server itself refuses it, and a fresh one is signed."""
    scene.misbehave(f"slow_queue={DAY_S}")
    scene.start("--link-lifetime", "10", SHORT_LINKS="1")
    scene.wait_until(lambda: scene.service.submissions == 1)
    (link,) = scene.service.tasks[0].urls
    scene.wait_until(lambda: httpx.get(link, timeout=PATIENCE_S, trust_env=False).status_code != 200)
    scene.misbehave("")
    scene.service_skew_s = DAY_S
    ended = scene.ended()
    assert [failure.code for failure in scene.service.tasks[0].failed] == ["FILE_403_FORBIDDEN"]
    assert scene.service.submissions == 2
    return ended


def task_expired(scene: Scene, state: State) -> tuple[int, str, str]:
    """Killed, and taken up again a day later."""
    scene.misbehave("throttle=100000,at=query,unknown_task=1")
    scene.start()
    scene.wait_for(state)
    assert scene.process is not None
    scene.process.kill()
    scene.ended()
    with sqlite3.connect(scene.ledger) as db:
        db.execute("UPDATE tasks SET intent_at = intent_at - ?", (DAY_S + 3600,))
    db.close()
    return scene.again()


def result_expired(scene: Scene, state: State) -> tuple[int, str, str]:
    scene.misbehave("expired_links=6")
    scene.start()
    return scene.ended()


def disk_full(scene: Scene, state: State) -> tuple[int, str, str]:
    """From here on no file may grow: replies, captions and the ledger's journal alike."""
    reach(scene, state)
    assert scene.process is not None
    resource.prlimit(scene.process.pid, resource.RLIMIT_FSIZE, (1000, 1000))
    scene.heal()
    code, _, err = scene.ended()
    assert code in (1, 2), err
    assert "Traceback" not in err
    assert not scene.captions()
    assert not scene.parts()
    return scene.again()


def clock_wrong(days: float) -> Trouble:
    """The clock was wrong before a kill and is right after it."""

    def trouble(scene: Scene, state: State) -> tuple[int, str, str]:
        scene.skew.write_text(str(days * DAY_S))
        reach(scene, state)
        assert scene.process is not None
        scene.process.kill()
        scene.ended()
        return scene.again()

    return trouble


def clock_set(days: float) -> Trouble:
    """The clock is set in mid-run, and stays so."""

    def trouble(scene: Scene, state: State) -> tuple[int, str, str]:
        reach(scene, state)
        scene.skew.write_text(str(days * DAY_S))
        scene.misbehave("")
        return scene.ended()

    return trouble


def key_revoked(scene: Scene, state: State) -> tuple[int, str, str]:
    reach(scene, state)
    scene.service.set_key("sk-another")
    code, _, err = scene.ended()
    assert code == 3, err
    assert KEY not in err
    return scene.again()


@dataclass(frozen=True)
class Row:
    """A trouble at a state; `billed` is how often the contract lets the file be billed."""

    name: str
    state: State
    trouble: Trouble
    billed: int = 1
    done: bool = True


KILLS = [Row("killed", state, killed) for state in State if state is not State.REJECTED]
ROWS = (
    *KILLS,
    Row("killed", State.REJECTED, killed, billed=0, done=False),
    Row("service outage", State.STORED, waited_for(_faulty("server_error=100000,server_error_status=503,at=submit"))),
    Row(
        "service outage",
        State.SUBMITTING,
        waited_for(_faulty("lost_answer=1,server_error=100000,server_error_status=503,at=list")),
    ),
    Row("service outage", State.SUBMITTED, waited_for(_faulty("server_error=100000,at=query"))),
    Row("service outage", State.RECOGNISED, waited_for(_faulty("broken_results=100000"))),
    Row("storage outage", State.FOUND, waited_for(_hold_found)),
    Row("storage outage for the service", State.SUBMITTED, not_read("FILE_SERVER_ERROR")),
    Row("storage outage", State.WRITTEN, store_away_after),
    Row("link expired", State.SUBMITTED, link_expired),
    Row("task expired", State.SUBMITTED, task_expired, billed=2),
    Row("result expired", State.RECOGNISED, result_expired, billed=2),
    Row("disk full", State.FOUND, disk_full),
    Row("disk full", State.SUBMITTED, disk_full),
    Row("disk full", State.RECOGNISED, disk_full),
    Row("clock two days behind", State.SUBMITTING, clock_wrong(-2)),
    Row("clock two days ahead", State.SUBMITTING, clock_wrong(2)),
    Row("clock two days ahead", State.SUBMITTED, clock_wrong(2)),
    Row("clock set back two days", State.SUBMITTED, clock_set(-2)),
    Row("clock set ahead two days", State.STORED, clock_set(2)),
    Row("network lost", State.FOUND, network_lost),
    Row("network lost", State.SUBMITTED, network_lost),
    Row("key revoked", State.STORED, key_revoked),
    Row("key revoked", State.SUBMITTED, key_revoked),
)
IDS = [f"{row.name} at {row.state.value}" for row in ROWS]
SHORT = ("killed at SUBMITTING", "disk full at FOUND")


def play(row: Row, scene: Scene) -> None:
    """A row from beginning to end, and everything that must hold afterwards."""
    try:
        code, out, err = row.trouble(scene, row.state)
    finally:
        scene.close()
    assert code == (0 if row.done else 1), err
    assert "Traceback" not in err
    (file,) = json.loads(out)["files"]
    assert file["state"] == (State.WRITTEN if row.done else State.REJECTED)
    assert [path.read_bytes()[-1:] for path in scene.captions()] == [b"\n"] * row.done
    assert not scene.parts()
    assert sum(task.billed_s > 0 for task in scene.service.tasks) == row.billed
    with Ledger(scene.ledger, read_only=True) as book:
        (rec,) = book.recognitions()
    assert rec.status.submissions == max(row.billed, 1)
    assert bool(rec.resubmit_reason) is (row.billed > 1)
    assert file["again"] in ("", rec.resubmit_reason)
    assert not [path for path in scene.bucket.rglob("*") if path.is_file()]
    work = scene.ledger.with_name("ledger.sqlite3.d") / "work"
    assert not work.exists() or not list(work.iterdir())


@pytest.fixture(scope="module")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RcloneServer]:
    """A server with a bucket for each row; for a second it would not see one that is made beside it."""
    with RcloneServer(tmp_path_factory.mktemp("rows"), buckets=tuple(f"row-{n}" for n in range(len(ROWS)))) as server:
        yield server


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[pytest.mark.short] * (name in SHORT)) for n, name in enumerate(IDS)], ids=IDS
)
def test_nothing_is_lost_shown_by_halves_billed_twice_or_left_behind(
    tmp_path: Path, buckets: RcloneServer, number: int
) -> None:
    play(ROWS[number], Scene(tmp_path / "row", buckets, number))


@pytest.mark.short
def test_a_process_is_killed_in_every_state_of_the_table() -> None:
    assert {row.state for row in ROWS if row.trouble is killed} == set(State)
