"""Executors: in the calling thread, in threads, and in worker processes that may die at any time."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, wait
from pathlib import Path

import pytest

from captioner.cli.terminal import LogLines
from captioner.errors import Interrupted, MediaError
from captioner.jobs.events import Event, Noted, Preparing
from captioner.jobs.executors import DaemonThreadExecutor, InlineExecutor, WorkerDied, WorkerProcessExecutor
from captioner.jobs.executors.worker_processes import _CALLS_EACH
from captioner.jobs.services import _report
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.process

# What workers are asked to do: functions that they can import.


def double(number: int) -> int:
    return 2 * number


def refuse(name: str) -> None:
    raise MediaError("no audio in it", file=name)


def process_id() -> int:
    return os.getpid()


def kill_itself(marker: str) -> str:
    """Dies at the first attempt."""
    if not Path(marker).exists():
        Path(marker).write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def crash() -> None:
    """Dies at every attempt."""
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(60)


def wait_for_thread(folder: str, number: int) -> int:
    """Waits until so many threads have come here."""
    Path(folder, f"thread-{threading.get_ident()}").touch()
    while len(found := list(Path(folder).glob("thread-*"))) < number:
        time.sleep(0.01)
    return len(found)


def wait_for(file: str) -> str:
    """Waits until a file is there, reporting that it does."""
    Path(f"{file}.{os.getpid()}").touch()
    while not Path(file).exists():
        _report(Preparing("talk.mp4", 0, 0))
        time.sleep(0.01)
    return "there"


def log_something(folder: str) -> None:
    log = logging.getLogger("captioner.media")
    try:
        raise ValueError("https://store.test/media?X-Amz-Signature=abc")
    except ValueError:
        log.error("%s is odd", Path(folder), exc_info=True)
    log.debug("too fine")
    logging.getLogger("httpx").info("%s", "https://store.test/media?X-Amz-Signature=abc")


def hang(file: str) -> None:
    """Never looks whether it is to stop."""
    Path(file).touch()
    time.sleep(600)


def unpicklable() -> object:
    return lambda: None


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def workers(events: list[Event]) -> Iterator[WorkerProcessExecutor]:
    executor = WorkerProcessExecutor(3, 1, events.append)
    yield executor
    executor.shutdown(cancel_futures=True)


def _until(folder: Path, pattern: str, number: int) -> list[Path]:
    wait_until(lambda: len(list(folder.glob(pattern))) >= number)
    return list(folder.glob(pattern))


@pytest.mark.parametrize("kind", [InlineExecutor, DaemonThreadExecutor, WorkerProcessExecutor])
def test_an_executor_returns_values_and_raises_errors(kind: type[Executor], events: list[Event]) -> None:
    given = {WorkerProcessExecutor: (2, 2, events.append), DaemonThreadExecutor: (2,)}
    executor = kind(*given.get(kind, ()))
    with executor:
        assert [
            future.result(PATIENCE_S) for future in [executor.submit(double, number) for number in range(20)]
        ] == list(range(0, 40, 2))
        with pytest.raises(MediaError, match="no audio"):
            executor.submit(refuse, "a.mp4").result(PATIENCE_S)


def test_workers_are_other_processes_and_not_more_than_allowed(workers: WorkerProcessExecutor) -> None:
    pids = {workers.submit(process_id).result(PATIENCE_S) for _ in range(5)}
    assert os.getpid() not in pids
    assert set(workers.pids) >= pids
    assert len(workers.pids) <= 3


def test_calls_are_done_at_once_by_several_workers(workers: WorkerProcessExecutor, tmp_path: Path) -> None:
    go = tmp_path / "go"
    futures = [workers.submit(wait_for, str(go)) for _ in range(3)]
    _until(tmp_path, "go.*", 3)
    go.touch()
    assert [future.result(PATIENCE_S) for future in futures] == ["there"] * 3


def test_progress_comes_back_while_a_call_is_done(
    workers: WorkerProcessExecutor, events: list[Event], tmp_path: Path
) -> None:
    go = tmp_path / "go"
    future = workers.submit(wait_for, str(go))
    wait_until(lambda: Preparing("talk.mp4", 0, 0) in events)
    go.touch()
    assert future.result(PATIENCE_S) == "there"


def test_a_call_whose_worker_is_killed_is_repeated_and_no_other_is_touched(
    workers: WorkerProcessExecutor, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    others = [workers.submit(wait_for, str(go)) for _ in range(2)]
    _until(tmp_path, "go.*", 2)
    assert workers.submit(kill_itself, str(tmp_path / "marker")).result(PATIENCE_S) == "alive"
    assert len(list(tmp_path.glob("go.*"))) == 2  # each was begun once
    go.touch()
    assert [future.result(PATIENCE_S) for future in others] == ["there"] * 2


def test_a_call_that_kills_its_worker_is_found_out_although_others_were_in_it(
    events: list[Event], tmp_path: Path
) -> None:
    with WorkerProcessExecutor(1, 3, events.append) as executor:
        go = tmp_path / "go"
        others = [executor.submit(wait_for, str(go)) for _ in range(2)]
        _until(tmp_path, "go.*", 1)
        culprit = executor.submit(crash)
        go.touch()
        with pytest.raises(WorkerDied) as caught:
            culprit.result(PATIENCE_S)
        assert caught.value.exit_code == -signal.SIGSEGV
        assert [future.result(PATIENCE_S) for future in others] == ["there"] * 2
        assert executor.submit(double, 2).result(PATIENCE_S) == 4
        assert Noted("worker processes", "one was killed (signal 11); its steps are repeated") in events


def test_what_workers_log_is_logged_here_where_secrets_are_masked(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], events: list[Event]
) -> None:
    noisy, before = logging.getLogger("httpx"), logging.getLogger("httpx").level
    noisy.setLevel(logging.ERROR)
    try:
        with caplog.at_level(logging.INFO), WorkerProcessExecutor(1, 1, events.append) as executor:
            executor.submit(log_something, "/media").result(PATIENCE_S)
    finally:
        noisy.setLevel(before)
    (record,) = caplog.records
    assert (record.name, record.levelname, record.exc_info) == ("captioner.media", "ERROR", None)
    assert record.message.startswith("/media is odd\nTraceback")
    line = LogLines(("abc",)).format(record)
    assert "ValueError: https://store.test/media" in line
    assert "abc" not in line
    assert capfd.readouterr().err == ""  # a worker prints nothing by itself


def test_workers_log_nothing_that_is_not_wanted(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], events: list[Event]
) -> None:
    with caplog.at_level(logging.CRITICAL), WorkerProcessExecutor(1, 1, events.append) as executor:
        executor.submit(log_something, "/media").result(PATIENCE_S)
    assert caplog.records == []
    assert capfd.readouterr().err == ""


def test_a_worker_does_several_calls_at_once(events: list[Event], tmp_path: Path) -> None:
    with WorkerProcessExecutor(1, 3, events.append) as executor:
        futures = [executor.submit(wait_for_thread, str(tmp_path), 3) for _ in range(3)]
        assert {future.result(PATIENCE_S) for future in futures} == {3}
        assert len(executor.pids) == 1


def test_a_result_that_cannot_be_sent_back_is_an_error_of_that_call(workers: WorkerProcessExecutor) -> None:
    with pytest.raises(RuntimeError, match="cannot be sent back"):
        workers.submit(unpicklable).result(PATIENCE_S)
    assert workers.submit(double, 2).result(PATIENCE_S) == 4


def test_a_worker_told_to_terminate_breaks_off_its_call(workers: WorkerProcessExecutor, tmp_path: Path) -> None:
    future = workers.submit(wait_for, str(tmp_path / "go"))
    _until(tmp_path, "go.*", 1)
    os.kill(workers.pids[0], signal.SIGTERM)
    with pytest.raises(Interrupted):
        future.result(PATIENCE_S)
    assert workers.submit(double, 2).result(PATIENCE_S) == 4


def test_shutting_down_breaks_off_calls_cancels_the_rest_and_leaves_no_process(
    workers: WorkerProcessExecutor, tmp_path: Path
) -> None:
    polite = [workers.submit(wait_for, str(tmp_path / "go")) for _ in range(2)]
    stuck = workers.submit(hang, str(tmp_path / "hanging"))
    rest = [workers.submit(double, number) for number in range(5)]
    _until(tmp_path, "go.*", 2)
    _until(tmp_path, "hanging", 1)
    pids = workers.pids
    workers.shutdown(cancel_futures=True)
    done, _ = wait([*polite, stuck, *rest], PATIENCE_S)
    assert len(done) == 8
    assert [type(future.exception()) for future in polite] == [Interrupted] * 2
    assert isinstance(stuck.exception(), WorkerDied)
    with pytest.raises(CancelledError):
        rest[-1].result()
    assert not [pid for pid in pids if _exists(pid)]
    with pytest.raises(RuntimeError, match="shut down"):
        workers.submit(double, 1)


def test_a_worker_is_replaced_after_many_calls(events: list[Event]) -> None:
    with WorkerProcessExecutor(1, 1, events.append) as executor:
        futures = [executor.submit(process_id) for _ in range(_CALLS_EACH + 1)]
        pids = [future.result(PATIENCE_S) for future in futures]
    assert len(set(pids)) == 2
    assert len(set(pids[:_CALLS_EACH])) == 1


PARENT = """
import sys, time
from pathlib import Path
from tests.jobs.test_executors import WorkerProcessExecutor, hang, wait_for
executor = WorkerProcessExecutor(2, 1, print)
executor.submit(wait_for, sys.argv[1])
executor.submit(hang, sys.argv[1] + ".hanging")
while not executor.pids or len(list(Path(sys.argv[1]).parent.glob("go.*"))) < 2:
    time.sleep(0.01)
print(*executor.pids, flush=True)
time.sleep(600)
"""


def test_workers_end_with_the_process_that_started_them_even_when_that_is_killed(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "go")], cwd=root, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        line = parent.stdout.readline()
        while "Preparing" in line:
            line = parent.stdout.readline()
        pids = [int(word) for word in line.split()]
        assert len(pids) == 2
        parent.kill()
    wait_until(lambda: not any(_exists(pid) for pid in pids))


def test_a_thread_that_is_stuck_is_not_waited_for() -> None:
    executor, release = DaemonThreadExecutor(1), threading.Event()
    future = executor.submit(release.wait, 60)
    executor.shutdown(wait=False)
    assert not future.done()
    release.set()


def _exists(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("error", [OSError("no more processes"), EOFError("unexpected EOF")])
def test_a_worker_that_does_not_start_is_told_as_one_that_ended(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A signal to the whole group may end a worker while it is being forked."""
    executor = WorkerProcessExecutor(1, 1, lambda event: None)
    start = executor._context.Process.start
    failures = [error]

    def fail_once(process: object) -> None:
        if failures:
            raise failures.pop()
        start(process)

    monkeypatch.setattr(executor._context.Process, "start", fail_once)
    try:
        with pytest.raises(WorkerDied):
            executor.submit(double, 2).result(PATIENCE_S)
        assert executor.submit(double, 2).result(PATIENCE_S) == 4
    finally:
        executor.shutdown()
