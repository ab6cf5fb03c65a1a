"""Calls that travel together to a worker of a cluster; Dask is a double that does what a test tells it."""

from __future__ import annotations

import asyncio
import pickle
import platform
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from captioner.jobs.cluster import Cluster
from captioner.jobs.events import Event, Noted
from captioner.jobs.executors import WorkerDied, dask_cluster
from captioner.jobs.executors.dask_cluster import _DESERTIONS, ClusterExecutor
from captioner.jobs.executors.dask_worker import Answer, ClusterSettings, WorkerFacts, examine
from captioner.jobs.inputs.finding import Source
from captioner.jobs.lease_numbers import LeaseNumbers
from captioner.jobs.ledger.base import Claim
from captioner.jobs.services import ServiceSettings, perform
from captioner.jobs.states import Cause, Ok, Reason, Rejected, Retry
from captioner.jobs.steps import probe
from captioner.media import AudioPolicy
from captioner.settings import Settings
from captioner.version import __version__
from tests.waiting import PATIENCE_S, wait_until

ONE, TWO = "tcp://10.0.0.1:1", "tcp://10.0.0.2:1"


class KilledWorker(Exception):
    """As Dask's."""


@dataclass(eq=False)
class Remote:
    """A task as the scheduler of Dask has it."""

    key: str
    calls: list[tuple[Any, tuple[Any, ...], ClusterSettings]]
    workers: list[str]
    ended: Future[Any] = field(default_factory=Future)
    status: str = "pending"

    @property
    def names(self) -> list[str]:
        """The files."""
        return [args[0].name for _, (_, args), _ in self.calls]

    @property
    def leases(self) -> list[str]:
        return [where.lease for _, _, where in self.calls]

    def answer(self, *values: Any, worker: str = ONE) -> None:
        """End it: with a value for each call."""
        self.ended.set_result([Answer(worker, pickle.dumps(value)) for value in values])


class Dask:
    """A client of Dask, and the scheduler and workers behind it."""

    dashboard_link = "http://127.0.0.1:8787/status"

    def __init__(self) -> None:
        self.status = "running"
        self.remotes: list[Remote] = []
        self.cancelled: list[Remote] = []
        self.workers: dict[str, dict[str, Any]] = {}
        self.beat = 0.0
        self.scheduler = self
        self.loop = self
        self.asyncio_loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.asyncio_loop.run_forever, daemon=True)
        self.thread.start()

    def join(self, address: str) -> None:
        self.workers[address] = {"name": address[-3:], "last_seen": 1.0}

    def sync(self, function: Callable[..., Any], **given: Any) -> Any:
        return function(**given)

    def identity(self) -> dict[str, Any]:
        """Every worker is alive."""
        self.beat += 1
        return {"workers": {name: {**worker, "last_seen": self.beat} for name, worker in self.workers.items()}}

    def set_restrictions(self, worker: dict[str, list[str]]) -> None:
        for remote in self.remotes:
            remote.workers = worker.get(remote.key, remote.workers)

    def processing(self) -> dict[str, list[str]]:
        return {name: [remote.key for remote in self.remotes if not remote.ended.done()] for name in self.workers}

    def has_what(self) -> dict[str, list[str]]:
        return {}

    def subscribe_topic(self, *_: object) -> None:
        """Nobody tells progress."""

    def submit(self, function: Any, payload: bytes, *, workers: list[str], key: str = "", **_: object) -> Remote:
        if self.status == "closed":
            raise ConnectionError("closed")
        if function is examine:
            remote = Remote(key, [], workers)
            python = ".".join(platform.python_version_tuple()[:2])
            remote.ended.set_result(WorkerFacts(__version__, python, (), ""))
            return remote
        remote = Remote(key, pickle.loads(payload), workers)
        self.remotes.append(remote)
        return remote

    async def gather(self, remotes: list[Remote], *, asynchronous: bool) -> list[Any]:
        return [await asyncio.wrap_future(remote.ended) for remote in remotes]

    def cancel(self, remotes: list[Remote], *, force: bool) -> None:
        self.cancelled += remotes

    def close(self, timeout: float) -> None:
        loop = self.asyncio_loop
        loop.call_soon_threadsafe(loop.stop)
        self.thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@pytest.fixture
def dask(monkeypatch: pytest.MonkeyPatch) -> Dask:
    found = Dask()
    found.join(ONE)
    monkeypatch.setattr(dask_cluster, "_connect", lambda _: (None, found))
    monkeypatch.setattr(dask_cluster, "_LOOK_S", 0.01)
    return found


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def executor(dask: Dask, events: list[Event]) -> Iterator[ClusterExecutor]:
    settings = ServiceSettings(Settings(), AudioPolicy(), "fun-asr")
    found = ClusterExecutor(Cluster("tcp://10.0.0.9:8786"), settings, LeaseNumbers(Claim(1, "token")), events.append)
    yield found
    found.shutdown()


@dataclass
class Files:
    """Files whose description is asked for."""

    folder: Path
    executor: ClusterExecutor
    futures: dict[str, Future[Any]] = field(default_factory=dict)

    def ask(self, *names: str, size_bytes: int = 1) -> None:
        for name in names:
            path = self.folder / name
            with path.open("wb") as file:
                file.truncate(size_bytes)
            source = Source(name, path.with_suffix(""), path)
            self.futures[name] = self.executor.submit(perform, probe, (source,), None)


@pytest.fixture
def files(tmp_path: Path, executor: ClusterExecutor) -> Files:
    return Files(tmp_path, executor)


def names(count: int) -> list[str]:
    return [f"{number:02d}.wav" for number in range(count)]


def largest(dask: Dask) -> Remote:
    """The task with the most calls."""
    return max(dask.remotes, key=lambda remote: len(remote.calls))


def test_short_calls_travel_together_and_each_has_its_own_lease_and_outcome(dask: Dask, files: Files) -> None:
    files.ask(*names(64))
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 64)
    assert len(largest(dask).calls) > 1
    leases = [lease for remote in dask.remotes for lease in remote.leases]
    assert len(set(leases)) == 64
    for remote in list(dask.remotes):
        remote.answer(
            *(Ok() if name != "07.wav" else Retry(Cause.STORAGE, Reason("no answer")) for name in remote.names)
        )
    for name, future in files.futures.items():
        outcome = future.result(PATIENCE_S)
        assert isinstance(outcome, Retry if name == "07.wav" else Ok), name


def test_a_few_calls_are_spread_over_the_workers(dask: Dask, files: Files, executor: ClusterExecutor) -> None:
    dask.join(TWO)
    wait_until(lambda: len(executor.workers) == 2 and len(executor._members.usable) == 2)
    files.ask(*names(8))
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 8)
    assert len(dask.remotes) >= 4


def test_long_media_are_not_held_back_by_each_other(dask: Dask, files: Files) -> None:
    files.ask(*names(40), size_bytes=1 << 30)
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 40)
    assert {len(remote.calls) for remote in dask.remotes} == {1}


def test_a_call_that_failed_on_one_worker_goes_to_another_without_its_group(
    dask: Dask, files: Files, executor: ClusterExecutor
) -> None:
    dask.join(TWO)
    wait_until(lambda: len(executor._members.usable) == 2)
    files.ask(*names(64))
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 64)
    first = largest(dask)
    before = len(dask.remotes)
    first.answer(Retry(Cause.STORAGE, Reason("no answer")), *(Ok() for _ in first.names[1:]), worker=ONE)
    wait_until(lambda: len(dask.remotes) == before + 1)
    again = dask.remotes[-1]
    assert (again.names, again.workers) == ([first.names[0]], [TWO])
    again.answer(Ok(), worker=TWO)
    for name in first.names:
        assert isinstance(files.futures[name].result(PATIENCE_S), Ok)


def test_calls_of_which_workers_died_are_done_alone_and_one_of_them_is_found_out(dask: Dask, files: Files) -> None:
    files.ask(*names(64))
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 64)
    group = largest(dask)
    before = len(dask.remotes)
    group.ended.set_exception(KilledWorker())
    wait_until(lambda: len(dask.remotes) == before + len(group.calls))
    alone = dask.remotes[before:]
    assert [remote.names for remote in alone] == [[name] for name in group.names]
    assert not {lease for remote in alone for lease in remote.leases} & set(group.leases)
    for remote in alone[1:]:
        remote.answer(Ok())
    alone[0].ended.set_exception(KilledWorker())
    with pytest.raises(WorkerDied):
        files.futures[alone[0].names[0]].result(PATIENCE_S)
    for remote in alone[1:]:
        assert isinstance(files.futures[remote.names[0]].result(PATIENCE_S), Ok)


def test_a_group_whose_worker_has_left_goes_to_another_and_its_late_results_are_not_taken(
    dask: Dask, files: Files, executor: ClusterExecutor
) -> None:
    files.ask(*names(4))
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 4)
    first = list(dask.remotes)
    del dask.workers[ONE]
    dask.join(TWO)
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 8)
    assert set(dask.cancelled) == set(first)
    again = dask.remotes[len(first) :]
    assert not {lease for remote in again for lease in remote.leases} & {
        lease for remote in first for lease in remote.leases
    }
    for remote in first:
        remote.answer(*(Retry(Cause.STORAGE, Reason("late")) for _ in remote.calls))
    for remote in again:
        remote.answer(*(Ok() for _ in remote.calls), worker=TWO)
    for future in files.futures.values():
        assert isinstance(future.result(PATIENCE_S), Ok)


def test_a_call_whose_workers_leave_again_and_again_is_found_out(dask: Dask, files: Files) -> None:
    files.ask("bad.wav")
    for life in range(_DESERTIONS):
        wait_until(lambda life=life: len(dask.remotes) == life + 1)
        dask.workers.clear()
        dask.join(f"tcp://10.0.0.1:{100 + life}")
    with pytest.raises(WorkerDied):
        files.futures["bad.wav"].result(PATIENCE_S)


def test_a_file_that_no_worker_sees_is_refused_only_when_it_is_not_here_either(dask: Dask, files: Files) -> None:
    unseen = Retry(Cause.WORKER, Reason("workers do not see it", kind="Unseen"))
    files.ask("there.wav")
    wait_until(lambda: len(dask.remotes) == 1)
    dask.remotes[0].answer(unseen)
    assert files.futures["there.wav"].result(PATIENCE_S) == unseen
    files.ask("gone.wav")
    wait_until(lambda: len(dask.remotes) == 2)
    (files.folder / "gone.wav").unlink()
    dask.remotes[1].answer(unseen)
    outcome = files.futures["gone.wav"].result(PATIENCE_S)
    assert isinstance(outcome, Rejected)
    assert outcome.reason.message == "cannot be read (No such file or directory)"


class Local:
    """A cluster of this machine that notes how many workers it shall have."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def scale(self, count: int) -> None:
        self.asked.append(count)

    def close(self, timeout: float) -> None:
        """Nothing is open."""


def test_workers_of_this_machine_that_dask_has_given_up_are_started_again(
    dask: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Local()
    dask.join(TWO)
    monkeypatch.setattr(dask_cluster, "_connect", lambda _: (local, dask))
    settings = ServiceSettings(Settings(), AudioPolicy(), "fun-asr")
    leases = LeaseNumbers(Claim(1, "token"))
    with ClusterExecutor(Cluster("local:2"), settings, leases, lambda _: None):
        assert local.asked == []
        del dask.workers[TWO]
        wait_until(lambda: local.asked)
    assert set(local.asked) == {2}


def test_that_no_worker_can_be_used_is_told_once_and_that_it_is_over(
    dask: Dask, files: Files, events: list[Event]
) -> None:
    files.ask("a.wav")
    wait_until(lambda: dask.remotes)
    dask.workers.clear()
    wait_until(lambda: any("no worker can be used" in str(event) for event in events))
    dask.join(TWO)
    wait_until(lambda: Noted("cluster", "workers can be used again") in events)
    wait_until(lambda: len(dask.remotes) == 2)
    dask.remotes[1].answer(Ok(), worker=TWO)
    assert isinstance(files.futures["a.wav"].result(PATIENCE_S), Ok)
    line = "no worker can be used, 1 step waits for one; start some with: captioner worker tcp://10.0.0.9:8786"
    assert events.count(Noted("cluster", line)) == 1


def test_calls_that_cannot_be_sent_are_sent_when_there_is_a_client_again(dask: Dask, files: Files) -> None:
    dask.status = "closed"
    files.ask(*names(3))
    wait_until(lambda: files.executor._waiting)
    dask.status = "running"
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 3)
    for remote in dask.remotes:
        remote.answer(*(Ok() for _ in remote.calls))
    for future in files.futures.values():
        assert isinstance(future.result(PATIENCE_S), Ok)


def test_a_call_that_cannot_be_pickled_ends_with_its_error_and_others_are_still_sent(
    dask: Dask, files: Files, executor: ClusterExecutor, tmp_path: Path
) -> None:
    source = Source("bad.wav", tmp_path / "bad", tmp_path / "bad.wav")
    bad = executor.submit(perform, probe, (source, threading.Lock()), None)
    with pytest.raises(TypeError, match="pickle"):
        bad.result(PATIENCE_S)
    files.ask("good.wav")
    wait_until(lambda: dask.remotes)
    dask.remotes[0].answer(Ok())
    assert isinstance(files.futures["good.wav"].result(PATIENCE_S), Ok)


def test_a_few_calls_travel_together_while_the_run_waits_for_something_else(
    dask: Dask, files: Files, executor: ClusterExecutor
) -> None:
    dask.join(TWO)
    wait_until(lambda: len(executor._members.usable) == 2)
    executor.is_waited_for = False
    files.ask(*names(8))
    wait_until(lambda: sum(len(remote.calls) for remote in dask.remotes) == 8)
    assert len(dask.remotes) < 4
