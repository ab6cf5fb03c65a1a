"""Media steps on a cluster of Dask workers, behind `concurrent.futures.Executor`.

Dask distributes, repeats what a dead worker had, and shows its dashboard. Here is only what captioner must decide:
which workers may be given work (version, mounts, store), which are left out because everything fails on them, whose
work is given to others because they are silent, which short calls travel together, how names of files are mapped, and
that nothing secret travels. The ledger, the key, the rates and all that costs money stay in this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import multiprocessing
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.captions.options import ARCHIVE_EXTENSION
from captioner.daemon_executor import DaemonThreadExecutor
from captioner.errors import CaptionerError, ConfigError, Interrupted, OutputError
from captioner.jobs.cluster import QUIET_WORKERS, Cluster
from captioner.jobs.events import Event, Noted, Preparing, Uploading, WorkerStatus
from captioner.jobs.executors.cluster_members import Members
from captioner.jobs.executors.dask_connection import check_certificates, no_answer
from captioner.jobs.executors.dask_worker import (
    EVENTS,
    Answer,
    ClusterSettings,
    ShippedArchive,
    WorkerFacts,
    examine,
    is_unseen,
    perform_here,
    sizes_of_settled,
)
from captioner.jobs.executors.worker_processes import WorkerDied
from captioner.jobs.inputs.finding import Source, output_path
from captioner.jobs.lease_numbers import LeaseNumbers
from captioner.jobs.records import Job, Recognition
from captioner.jobs.services import Fault, ServiceSettings, perform
from captioner.jobs.states import Missing, Ok, Reason, Rejected, Retry
from captioner.jobs.step_records import Composed, Probed, Stored
from captioner.jobs.steps import compose, probe_object, upload
from captioner.model import Media
from captioner.version import __version__

if TYPE_CHECKING:
    import distributed

__all__ = ["ClusterExecutor"]

log = logging.getLogger(__name__)

# How long the first worker is waited for.
_FIRST_WORKER_S = 30.0
_FIRST_LOOK_S = 0.2
# How long others are waited for when those that are there cannot be used.
_OTHERS_S = 5.0
# How often new workers are looked for, and lost ones noticed.
_LOOK_S = 2.0
# Workers that are asked about a call that failed, before it is believed that the file is the reason.
_OPINIONS = 3
# How often all workers that a call was given to may leave before it counts as what they die of.
_DESERTIONS = 3
# Looks in a row without a usable worker before that is reported: one that is restarted is away for some seconds.
_LOOKS_WITHOUT = 3
# How long a scheduler may take to answer.
_ANSWERS_S = 10
# What is nearly done comes first: captions of what was paid for, before more is sent.
_PRIORITIES: Mapping[str, int] = {compose.__name__: 2, upload.__name__: 1}
# Calls of one step that are ready at about the same time travel as one task of Dask: a task costs this process about
# two milliseconds, with one call in it or sixteen (distributed 2026.8). One slow call holds back the others of its
# group, and when a worker dies all of them are repeated; so a group is small, and is made of short media.
_GROUP_CALLS = 16
_GROUP_MEDIA_MS = 5 * 60_000
_GROUP_BYTES = 256 << 20  # where the length is not known yet
# Groups for each worker, while there are few calls: so that none is idle.
_GROUPS_EACH = 2
# How long a call waits for others: while a worker is without work, and while all have some or none is waited for.
_GATHERED_S = 0.02
_GATHERED_BUSY_S = 0.5
# How Dask names the processes of its workers (distributed 2026.8, nanny.py).
_WORKER_PROCESS = "Dask Worker process"
# Dask keeps the last thousand messages that it has sent, with everything in them (distributed 2026.8, batched.py).
_NO_LOG = {"distributed.admin.low-level-log-length": 0}
# Module that each worker of this machine loads.
_PRELOAD = "captioner.jobs.executors.dask_preload"
# Objects in buckets of which it is remembered which worker has prepared them.
_REMEMBERED = 10_000


@dataclass(slots=True, eq=False)
class _Call:
    """A call of a step, which may be given to several workers until one does it.

    Attributes:
        step: Name of the step.
        name: The file, for people.
        subject: What it is about: key of a recognition, or the file.
        content: Digest of the content it uploads, or "".
        arguments: Step, arguments and settings, as `perform` takes them.
        share: Part of a group that it takes, by the length or size of its media; 1 or more for a group of its own.
        future: For the scheduler of the run.
        lease: Of the worker that it was last given to, or "".
        failed_on: Addresses on which it failed, while another may be able to do it.
        failure: What it ended with there: a result, or an error.
        is_alone: Workers died of a group that it was in, so it is done alone: one call that kills its worker is told
            from the others.
        path: The file, by its name here, or None.
        desertions: How often all workers that it was given to have left before it was done.
    """

    step: str
    name: str
    subject: str
    content: str
    arguments: tuple[Callable[..., Any], tuple[Any, ...], ClusterSettings]
    share: float = 0.0
    future: Future[Any] = field(default_factory=Future)
    lease: str = ""
    failed_on: set[str] = field(default_factory=set)
    failure: Any = None
    is_alone: bool = False
    desertions: int = 0
    path: Path | None = None

    @property
    def doing(self) -> str:
        """Step and file, for people."""
        return f"{self.step} {self.name}".strip()


@dataclass(slots=True, eq=False)
class _Group:
    """Calls of one step that are given to a worker together, as one task of Dask.

    Attributes:
        key: Name of the task.
        calls: The calls, done one after another; each has its own lease and outcome.
        workers: Addresses that it may be done on; Dask chooses one of them.
        is_bound: It is meant for the one worker that has prepared its media.
        remote: Dask's future of it.
    """

    key: str
    calls: tuple[_Call, ...]
    workers: frozenset[str]
    is_bound: bool
    remote: Any

    @property
    def doing(self) -> tuple[str, ...]:
        """Step and file of each call, for people."""
        return tuple(call.doing for call in self.calls)


class ClusterExecutor(Executor):
    """Calls media steps on the workers of a Dask cluster. A call may be done more than once.

    Args:
        cluster: The cluster.
        settings: From what services are built on workers; the key is left out.
        leases: Numbers the calls.
        on_event: Told progress and what becomes of workers, in any thread.

    Attributes:
        dashboard: Address of Dask's dashboard.
        is_waited_for: The run has nothing else to wait for. While it has, such as for the rate of its submissions, it
            is no matter that a worker is without work, and more calls travel together.

    Raises:
        ConfigError: distributed is missing, the cluster does not answer, or no worker can be used.
    """

    def __init__(
        self, cluster: Cluster, settings: ServiceSettings, leases: LeaseNumbers, on_event: Callable[[Event], None]
    ) -> None:
        self._address = cluster.address
        self._paths = cluster.paths
        self._settings = settings.without_key()
        self._pickled_settings = pickle.dumps(self._settings, pickle.HIGHEST_PROTOCOL)
        self._leases = leases
        self._on_event = on_event
        self._samples = cluster.samples
        self._folders = [str(cluster.paths.there(folder.absolute())) for folder in cluster.folders]
        self._members = Members()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._groups: dict[str, _Group] = {}
        self._outbox: list[_Call] = []
        self._outbox_at = 0.0
        self._looks_without = 0
        self._outbox_ready = threading.Condition(self._lock)
        self._waiting: list[_Call] = []
        self._examinations: dict[str, Any] = {}
        self._settling = DaemonThreadExecutor(1)
        self.is_waited_for = True
        self._prepared_on: OrderedDict[str, str] = OrderedDict()
        self._local, self._client = _connect(cluster.address)
        self._local_workers = int(cluster.address.removeprefix("local:")) if self._local is not None else 0
        self.dashboard = str(self._client.dashboard_link)
        try:
            self._client.subscribe_topic(EVENTS, self._progress)
            self._wait_for_workers()
        except BaseException:
            self._close()
            raise
        count = len(self._members.usable)
        self._tell(f"{count} worker{'' if count == 1 else 's'}; dashboard {self.dashboard}")
        threading.Thread(target=self._look_after, daemon=True, name="captioner").start()
        threading.Thread(target=self._send_outbox, daemon=True, name="captioner").start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a step on a worker: `perform`, the step, its arguments and `ServiceSettings`, as the scheduler gives it.

        The future ends with `WorkerDied` when three workers died of the call.
        """
        if fn is not perform or kwargs:
            raise TypeError("a cluster does media steps only")
        step, step_args, _ = args
        source = next((arg for arg in step_args if isinstance(arg, Source)), None)
        rec = next((arg for arg in step_args if isinstance(arg, Recognition)), None)
        job = next((arg for arg in step_args if isinstance(arg, Job)), None)
        name = source.name if source is not None else Path(job.source).name if job is not None else ""
        where = ClusterSettings(self._pickled_settings, self._reply(step, rec))
        if step is compose and step_args[2].captions.archive:
            try:
                where = replace(where, archive=_shipped_archive(step_args[-1]))
            except OutputError as error:
                failed: Future[Any] = Future()
                failed.set_result(Rejected(Reason.of(error)))
                return failed
        mapped = tuple(self._to_there(arg) for arg in step_args)
        subject = rec.key if rec is not None else name
        content = rec.content if rec is not None and step is not compose else ""
        call = _Call(step.__name__, name, subject, content, (step, mapped, where), _share(step_args))
        call.path = source.path if source is not None else None
        self._put([call])
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; with `cancel_futures` what is under way is given up."""
        self._closing.set()
        with self._lock:
            self._outbox_ready.notify_all()
            remotes = [group.remote for group in self._groups.values()]
        if cancel_futures:
            self._cancel(remotes)
        self._close()

    @property
    def workers(self) -> tuple[WorkerStatus, ...]:
        """Status of every worker."""
        return self._members.statuses()

    # Names of files, here and there

    def _reply(self, step: Callable[..., Any], rec: Recognition | None) -> tuple[str, bytes] | None:
        """The saved reply that composing needs; a missing one is found missing on the worker, too."""
        if step is not compose or rec is None:
            return None
        try:
            return rec.reply, (self._settings.private / "replies" / rec.reply).read_bytes()
        except OSError:
            return None

    def _to_there(self, value: Any) -> Any:
        if isinstance(value, Source) and value.path is not None:
            return replace(value, path=self._paths.there(value.path))
        if isinstance(value, Media):
            return replace(value, path=self._paths.there(value.path))
        if isinstance(value, Job) and value.source.startswith("/"):
            return replace(value, source=str(self._paths.there(Path(value.source))))
        return value

    def _to_here(self, value: Any) -> Any:
        if isinstance(value, Probed):
            return replace(value, media=replace(value.media, path=self._paths.here(value.media.path)))
        return value

    # Calls

    def _put(self, calls: Sequence[_Call]) -> None:
        """Have calls sent together with others that come soon."""
        with self._lock:
            if not self._outbox:
                self._outbox_at = time.monotonic()
            self._outbox += calls
            self._outbox_ready.notify()

    def _send_outbox(self) -> None:
        """Send what is put into the outbox, until the end."""
        while True:
            with self._lock:
                self._outbox_ready.wait_for(lambda: self._outbox or self._closing.is_set())
                while (left_s := self._gathering_s()) > 0:
                    self._outbox_ready.wait(left_s)
                if self._closing.is_set():
                    return
                calls, self._outbox = self._outbox, []
            try:
                self._send(calls)
            except Exception as error:  # noqa: BLE001 - told with the calls that it ends; others are still sent
                self._fail(calls, error)

    def _fail(self, calls: Sequence[_Call], error: Exception) -> None:
        """End those of the calls that were not sent."""
        with self._lock:
            sent = {id(call) for group in self._groups.values() for call in group.calls}
            sent.update(map(id, self._waiting))
        for call in calls:
            if id(call) not in sent and not call.future.done():
                call.future.set_exception(error)

    def _gathering_s(self) -> float:
        """Seconds for which the outbox still waits for more calls."""
        if self._closing.is_set() or len(self._outbox) >= _GROUP_CALLS * max(len(self._members.usable), 1):
            return 0.0
        is_idle = self.is_waited_for and len(self._groups) < _GROUPS_EACH * len(self._members.usable)
        return self._outbox_at + (_GATHERED_S if is_idle else _GATHERED_BUSY_S) - time.monotonic()

    def _send(self, calls: Sequence[_Call]) -> None:
        """Give calls to the workers that can be used now; without one they wait until there is one."""
        usable = self._members.usable
        sorted_out: dict[tuple[str, frozenset[str], bool], list[_Call]] = {}
        for call in calls:
            candidates = usable - call.failed_on
            if usable and not candidates:
                self._end(call, _gone(call.failure, call.path))  # it failed on all of them
                continue
            if not candidates:
                with self._lock:
                    self._waiting.append(call)
                continue
            preferred = self._prepared_on.get(call.name, "") if call.step == "upload" else ""
            is_bound = preferred in candidates
            workers = frozenset({preferred}) if is_bound else candidates
            sorted_out.setdefault((call.step, workers, is_bound), []).append(call)
        for (_, workers, is_bound), ready in sorted_out.items():
            lacking = _GROUPS_EACH * len(workers) - len(self._groups) if self.is_waited_for else 0
            for group in _grouped(ready, lacking):
                self._send_group(group, workers, is_bound=is_bound)

    def _send_group(self, calls: Sequence[_Call], workers: frozenset[str], *, is_bound: bool) -> None:
        """Give calls to one worker."""
        step = calls[0].step
        with self._lock:
            for call in calls:
                call.lease = self._leases.issue()
            key = f"{step}-{calls[0].lease}"
            payload = pickle.dumps([_travelling(call, key) for call in calls], pickle.HIGHEST_PROTOCOL)
            try:
                remote = self._client.submit(
                    perform_here,
                    payload,
                    key=key,
                    pure=False,
                    workers=list(workers),
                    allow_other_workers=False,
                    retries=0,
                    priority=_PRIORITIES.get(step, 0),
                )
            except Exception:  # the client has been closed; a look makes another and sends what waits
                log.debug("calls could not be sent", exc_info=True)
                for call in calls:
                    self._leases.end(call.lease)
                self._waiting += calls
                return
            group = self._groups[key] = _Group(key, tuple(calls), workers, is_bound, remote)
        self._when_done(remote, partial(self._done, group))

    def _when_done(self, remote: Any, then: Callable[[Future[Any]], None]) -> None:
        """Call a function in our own thread when a call has ended and its result is here.

        Dask leaves a result on its worker, and `Future.result` waits for it: for ever, when the worker is frozen.
        """
        loop = self._client.loop.asyncio_loop
        gathered = asyncio.run_coroutine_threadsafe(_gather(self._client, remote), loop)
        gathered.add_done_callback(lambda done: self._settling.submit(then, done))

    def _take_back(self, group: _Group) -> bool:
        """Give up the group's leases; False when it has ended meanwhile."""
        with self._lock:
            if self._groups.pop(group.key, None) is None:
                return False
        for call in group.calls:
            self._leases.give_up(call.lease, call.content)
        return True

    def _send_again(self, groups: Sequence[_Group]) -> None:
        """Take calls back from where they are, and give them to others. A late result of theirs is not taken."""
        taken = [group for group in groups if self._take_back(group)]
        self._cancel([group.remote for group in taken])
        self._put([call for group in taken for call in group.calls])

    def _cancel(self, remotes: Sequence[Any]) -> None:
        if remotes and self._client.status == "running":
            self._client.cancel(remotes, force=True)

    def _done(self, group: _Group, done: Future[Any]) -> None:
        """Take in the results of a group."""
        try:
            answers = done.result()
        except BaseException as error:  # noqa: BLE001 - whatever Dask says: the calls were not done
            self._not_done(group, error)
            return
        with self._lock:
            if self._groups.pop(group.key, None) is None:
                return  # it was given to another worker meanwhile
            self._outbox_ready.notify()  # a worker may be without work now
        for call, answer in zip(group.calls, answers, strict=True):
            self._leases.end(call.lease)
            self._settle(call, answer)

    def _not_done(self, group: _Group, error: BaseException) -> None:
        """Calls were not done: workers died of them, or the scheduler did, which the next look finds."""
        log.debug("calls were not done", exc_info=error)
        if type(error).__name__ == "KilledWorker":
            self._killed(group)

    def _killed(self, group: _Group) -> None:
        """Workers died of a group: of its one call, or of one of several, which are done one by one to find it."""
        if not self._take_back(group):
            return
        self._cancel([group.remote])
        if len(group.calls) == 1:
            group.calls[0].future.set_exception(WorkerDied(-9))
            return
        for call in group.calls:
            call.is_alone, call.desertions = True, 0
        self._put(group.calls)

    def _deserted(self, groups: Sequence[_Group]) -> list[_Group]:
        """Take in that all workers of groups have left; those groups that are sent again.

        Dask counts the deaths at a call, but begins anew when the call is sent again, as it is here to workers that
        have come again under other addresses.
        """
        again = []
        for group in groups:
            for call in group.calls:
                call.desertions += 1
            if max(call.desertions for call in group.calls) < _DESERTIONS:
                again.append(group)
            else:
                self._killed(group)
        return again

    def _settle(self, call: _Call, answer: Answer) -> None:
        """Hand on a good result; have a bad one tried by another worker, which tells whose fault it is."""
        value = pickle.loads(answer.value)  # from a worker of ours, over a connection that is trusted
        trouble = _trouble(value)
        sent_bytes, prepared_ms = _amounts(value)
        self._members.ended(answer.worker, call.step, good=not trouble, sent_bytes=sent_bytes, prepared_ms=prepared_ms)
        if trouble and not isinstance(value, Interrupted):
            if call.failure is None or not isinstance(value, CaptionerError):
                call.failure = value  # what concerns the file, rather than what would end the run
            call.failed_on.add(answer.worker)
            if len(call.failed_on) < _OPINIONS:
                self._put([call])
                return
            value = _gone(call.failure, call.path)
        elif not trouble:
            self._blame(call)
            if call.step == probe_object.__name__:
                self._remember(call.name, answer.worker)
        self._end(call, value)

    def _end(self, call: _Call, value: Any) -> None:
        if isinstance(value, BaseException):
            call.future.set_exception(value)
        else:
            call.future.set_result(self._to_here(value))

    def _blame(self, call: _Call) -> None:
        """Another worker could do what failed on these."""
        for address in call.failed_on:
            if line := self._members.strike(address, call.step, _trouble(call.failure)):
                self._tell(line)
                self._send_again(self._given_only_to(frozenset({address})))

    def _remember(self, name: str, worker: str) -> None:
        """Remember where an object of a bucket was read: what was prepared of it waits there for its upload."""
        with self._lock:
            self._prepared_on[name] = worker
            while len(self._prepared_on) > _REMEMBERED:
                self._prepared_on.popitem(last=False)

    def _given_only_to(self, workers: frozenset[str]) -> list[_Group]:
        with self._lock:
            return [group for group in self._groups.values() if group.workers <= workers]

    # Workers

    def _wait_for_workers(self) -> None:
        """Wait until a worker can be used.

        Raises:
            ConfigError: There is none.
        """
        wanted = self._local_workers or 1
        for look in range(int(_FIRST_WORKER_S / _FIRST_LOOK_S)):
            self._look()
            is_last = look * _FIRST_LOOK_S >= _OTHERS_S
            if len(self._members.usable) >= wanted and (is_last or not self._members.is_examining):
                return
            if self._members.has_refused and is_last and not self._members.is_examining:
                break
            if self._closing.wait(_FIRST_LOOK_S):
                return
        if self._members.usable:
            return
        found = "no worker of it can be used, see above" if self._members.has_refused else "it has no workers"
        raise ConfigError(f"--cluster {self._address}: {found}; start some with: captioner worker {self._address}")

    def _look_after(self) -> None:
        """Take in workers that join, and notice those that leave, until the end."""
        is_lost = False
        while not self._closing.wait(_LOOK_S):
            try:
                if self._client.status == "closed":
                    self._reconnect()
                self._look()
            except Exception:  # its thread must look again, whatever Dask raises
                log.debug("the cluster does not answer", exc_info=True)
                if not is_lost and not self._closing.is_set():
                    is_lost = True
                    self._tell("the scheduler does not answer; what was under way is repeated when it does")
            else:
                if is_lost:
                    self._tell("the scheduler answers again")
                is_lost = False

    def _reconnect(self) -> None:
        """Make a new client, where the old one has given up."""
        if self._local is not None:
            return  # its scheduler is in this process
        _, client = _connect(self._address)
        client.subscribe_topic(EVENTS, self._progress)
        with self._lock:
            self._client = client
        self.dashboard = str(client.dashboard_link)

    def _look(self) -> None:
        # Not `scheduler_info`, whose answer the client's own look every two seconds may have cut down meanwhile.
        found = self._client.sync(self._client.scheduler.identity)["workers"]
        known = {
            address: (str(worker.get("name", address)), float(worker["last_seen"])) for address, worker in found.items()
        }
        if self._local is not None and len(known) < self._local_workers:
            self._local.scale(self._local_workers)  # Dask gives a worker up that dies while it is being started again
        new, lost, lines = self._members.meet(known)
        for line in lines:
            self._tell(line)
        for address in new:
            self._examine(address)
        processing = {address: tuple(str(key) for key in keys) for address, keys in self._client.processing().items()}
        finished = self._client.has_what() if lost else {}
        with self._lock:
            there = {str(key) for at in (processing, finished) for address in lost for key in at.get(address, ())}
            silent = [self._groups[key] for key in there if key in self._groups]
            forgotten = [group for group in self._groups.values() if group.remote.status in ("lost", "cancelled")]
            waiting, self._waiting = self._waiting, []
            doing = {
                address: next((self._groups[key].doing for key in keys if key in self._groups), ())
                for address, keys in processing.items()
            }
        self._members.assigned(doing)
        usable = self._members.usable
        with self._lock:
            stranded = [group for group in self._groups.values() if usable and not group.workers & usable]
        self._send_again(list(dict.fromkeys([*silent, *forgotten, *self._deserted(stranded)])))
        held = len(waiting) + sum(len(group.calls) for group in list(self._groups.values()))
        self._tell_shortage(held if not usable and not self._members.is_examining else 0)
        self._put(waiting)
        self._open_to(usable, processing)

    def _tell_shortage(self, waiting: int) -> None:
        """Tell once that calls wait because no worker can be used, and that they do not any more."""
        before, self._looks_without = self._looks_without, self._looks_without + 1 if waiting else 0
        if self._looks_without == _LOOKS_WITHOUT:
            start = "" if self._local is not None else f"; start some with: captioner worker {self._address}"
            self._tell(
                f"no worker can be used, {waiting} {'step waits' if waiting == 1 else 'steps wait'} for one{start}"
            )
        elif before >= _LOOKS_WITHOUT and not waiting:
            self._tell("workers can be used again")

    def _open_to(self, usable: frozenset[str], processing: Mapping[str, Sequence[str]]) -> None:
        """Let workers that have joined take over what waits for others, by Dask's own work stealing."""
        with self._lock:
            groups = {key: self._groups[key] for keys in processing.values() for key in keys if key in self._groups}
            wider = {
                key: usable.difference(*(call.failed_on for call in group.calls))
                for key, group in groups.items()
                if not group.is_bound
            }
            wider = {key: workers for key, workers in wider.items() if workers > groups[key].workers}
        if wider:
            restrictions = {key: list(workers) for key, workers in wider.items()}
            self._client.sync(self._client.scheduler.set_restrictions, worker=restrictions)
            with self._lock:
                for key, workers in wider.items():
                    groups[key].workers = workers

    def _examine(self, address: str) -> None:
        """Find out whether a worker can do media steps; one that does not answer is given no work."""
        files = [(str(self._paths.there(path)), size) for path, size in sizes_of_settled(self._samples, time.time())]
        payload = pickle.dumps((self._settings, self._folders, files), pickle.HIGHEST_PROTOCOL)
        remote = self._client.submit(examine, payload, pure=False, workers=[address], priority=10, retries=0)
        self._examinations[address] = remote  # Dask forgets a call whose future is gone
        self._when_done(remote, partial(self._examined, address))

    def _examined(self, address: str, done: Future[Any]) -> None:
        try:
            found = done.result()
        except BaseException as error:  # noqa: BLE001 - whatever Dask says about it
            found = error
        self._examinations.pop(address, None)
        if type(found).__name__ in ("KilledWorker", "CancelledError", "FutureCancelledError"):
            return  # it has left, or the scheduler has
        if line := self._members.admit(address, _fault(found)):
            self._tell(line)

    def _progress(self, event: tuple[float, Mapping[str, Any]]) -> None:
        _, told = event
        kind, source, address = told.get("kind"), str(told.get("source", "")), str(told.get("worker", ""))
        if kind == "Preparing":
            self._on_event(Preparing(source, told["done"], told["total"]))
        elif kind == "Uploading":
            self._on_event(Uploading(source, told["done"], told["total"]))
        elif kind == "Noted":
            self._on_event(Noted(source, told["message"]))
            return
        share = f", {min(100, 100 * told['done'] // told['total'])} %" if told.get("total") else ""
        verb = "prepare" if kind == "Preparing" else "upload"
        self._members.progressed(address, f"{verb} {source}{share}")

    def _tell(self, line: str) -> None:
        self._on_event(Noted("cluster", line))

    def _close(self) -> None:
        """Leave, whatever state the cluster is in: nothing of the run depends on it any more."""
        try:
            self._client.close(timeout=2)
        except Exception:  # the run is over, and Dask raises what its sockets and loops raise
            log.debug("the cluster was not left in good order", exc_info=True)
        if self._local is not None:
            _end_local(self._local)


def _share(step_args: Sequence[Any]) -> float:
    """The part of a group that a call takes: by the length of its media, or by their size where that is not known."""
    duration_ms = max((arg.duration_ms for arg in step_args if isinstance(arg, Media | Job)), default=0)
    if duration_ms:
        return duration_ms / _GROUP_MEDIA_MS
    source = next((arg for arg in step_args if isinstance(arg, Source)), None)
    if source is None:
        return 0.0
    if source.media is not None:
        return source.media.size_bytes / _GROUP_BYTES
    try:
        return source.path.stat().st_size / _GROUP_BYTES if source.path is not None else 0.0
    except OSError:
        return 1.0


def _grouped(calls: Sequence[_Call], lacking: int) -> list[list[_Call]]:
    """Groups in which calls travel: a few short calls each.

    Args:
        calls: The calls, of one step and for the same workers.
        lacking: Groups that are needed to keep all workers at work.
    """
    most = min(_GROUP_CALLS, math.ceil(len(calls) / lacking)) if lacking > 0 else _GROUP_CALLS
    groups: list[list[_Call]] = []
    share = 0.0
    for call in calls:
        share += call.share
        is_full = not groups or len(groups[-1]) >= most or share > 1
        if is_full or call.is_alone or groups[-1][-1].is_alone:
            groups.append([])
            share = call.share
        groups[-1].append(call)
    return groups


def _travelling(call: _Call, task: str) -> tuple[Any, ...]:
    """A call as its worker gets it."""
    step, args, where = call.arguments
    return (
        perform,
        (step, args),
        replace(where, lease=call.lease, task=task, content=call.content, subject=call.subject),
    )


async def _gather(client: distributed.Client, remote: Any) -> Any:
    """The result of a call, brought here when it has ended."""
    return (await client.gather([remote], asynchronous=True))[0]


def _end_local(cluster: distributed.LocalCluster) -> None:
    """End the workers of this machine; those that hang are killed, because the end of this process waits for them."""
    try:
        cluster.close(timeout=_ANSWERS_S)
    except Exception:  # the run is over; what hangs is killed below
        log.debug("the workers were slow to end", exc_info=True)
    for child in multiprocessing.active_children():
        if child.name.startswith(_WORKER_PROCESS):
            child.kill()


def _connect(address: str) -> tuple[distributed.LocalCluster | None, distributed.Client]:
    """The client of a cluster, and the cluster when it is one of our own on this machine."""
    try:
        import dask.config
        import distributed
    except ImportError as error:
        raise ConfigError("--cluster: Dask is missing; pip install 'captioner[cluster]'") from error
    for name in ("distributed", "distributed.client"):  # the second has a level of its own (distributed 2026.8)
        logging.getLogger(name).setLevel(logging.CRITICAL)
    check_certificates(address, "client")
    dask.config.set(_NO_LOG)  # for connections that are made anew as well
    try:
        if not address.startswith("local:"):
            return None, _client_class()(address, timeout=_ANSWERS_S, set_as_default=False)
        with dask.config.set(QUIET_WORKERS):
            local = distributed.LocalCluster(
                n_workers=int(address.removeprefix("local:")),
                threads_per_worker=1,
                processes=True,
                preload=[_PRELOAD],
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        return local, distributed.Client(local, set_as_default=False)
    except (OSError, TimeoutError, ValueError, RuntimeError, TypeError) as error:
        log.debug("no connection to the scheduler", exc_info=error)
        raise ConfigError(f"--cluster {no_answer(address)}") from error


def _client_class() -> type[distributed.Client]:
    """Dask's client, but for the traceback that one leaves on stderr at its end when it was never connected."""
    import distributed

    class Client(distributed.Client):  # type: ignore[misc]  # Dask has no types
        def __del__(self) -> None:
            with contextlib.suppress(Exception):
                super().__del__()

    return Client


def _shipped_archive(target: Path) -> ShippedArchive:
    """The archive beside captions, as it is here.

    Raises:
        OutputError: It cannot be read.
    """
    path = output_path(target, ARCHIVE_EXTENSION)
    try:
        return ShippedArchive(target, path.name, path.read_bytes(), path.stat().st_mtime_ns)
    except FileNotFoundError:
        return ShippedArchive(target)
    except OSError as error:
        if path.is_dir():
            return ShippedArchive(target)
        raise OutputError(f"{path} is in the way and cannot be read; move it away") from error


def _trouble(value: Any) -> str:
    """The reason for which a call did not do what it is for, or ""."""
    if isinstance(value, Stored):
        value = value.outcome
    if isinstance(value, Fault):
        return f"a fault in captioner ({value.kind} in {value.place})"
    if isinstance(value, Composed):
        return _trouble(value.fault) if value.fault else value.problem.message if value.problem else ""
    if isinstance(value, CaptionerError):
        return value.detail
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, Ok) or not isinstance(value, Rejected | Retry | Missing):
        return ""
    return value.reason.message if value.reason else "it did not go through"


def _gone(value: Any, path: Path | None) -> Any:
    """The outcome of a call that failed; a file that neither workers nor this machine see does not exist."""
    if not is_unseen(value) or path is None:
        return value
    try:
        path.stat()
    except OSError as error:
        return Rejected(Reason(f"cannot be read ({error.strerror or error})", kind="MediaError"))
    return value


def _amounts(value: Any) -> tuple[int, int]:
    """Bytes that a call has uploaded, and milliseconds of media that it has prepared and uploaded."""
    if isinstance(value, Stored) and value.upload is not None and not value.upload.id:
        return value.upload.stored.size_bytes, value.upload.duration_ms
    return 0, 0


def _fault(found: Any) -> str:
    """The reason for which a worker cannot be used, or ""."""
    if not isinstance(found, WorkerFacts):
        log.debug("a worker could not be examined: %r", found)
        if isinstance(found, ImportError | AttributeError | TypeError | pickle.PickleError):
            return "captioner is not installed there, or another version of it"
        return f"it could not be examined ({type(found).__name__})"
    if found.version != __version__:
        return f"it has captioner {found.version}, this is {__version__}"
    import platform

    here = ".".join(platform.python_version_tuple()[:2])
    if found.python != here:
        return f"it has Python {found.python}, this is {here}"
    if found.missing:
        return f"it does not see {', '.join(found.missing)}; mount it there, or map names with --cluster-path"
    return found.fault or found.store_fault
