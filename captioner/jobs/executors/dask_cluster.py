"""Media steps on a cluster of Dask workers, behind `concurrent.futures.Executor`.

Dask distributes, repeats what a dead worker had, and shows its dashboard. Here is only what captioner must decide:
which workers may be given work (version, mounts, store), which are left out because everything fails on them, how names
of files are mapped, and that nothing secret travels. The ledger, the key, the rates and all that costs money stay in
this process.
"""

from __future__ import annotations

import logging
import pickle
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioner.errors import ConfigError
from captioner.jobs.cluster import Cluster
from captioner.jobs.events import Event, Noted, Preparing, Uploading
from captioner.jobs.executors.dask_worker import EVENTS, Answer, ClusterSettings, WorkerFacts, examine, perform_here
from captioner.jobs.executors.worker_processes import WorkerDied
from captioner.jobs.inputs.finding import Source
from captioner.jobs.records import Recognition
from captioner.jobs.services import ServiceSettings, perform
from captioner.jobs.step_records import Probed
from captioner.jobs.steps import compose
from captioner.model import Media
from captioner.version import __version__

if TYPE_CHECKING:
    import distributed

__all__ = ["ClusterExecutor"]

log = logging.getLogger(__name__)

# How long the first worker is waited for.
_FIRST_WORKER_S = 30.0
# How often new workers are looked for, and lost ones noticed.
_LOOK_S = 2.0
# Calls in a row that fail on a worker, while others do them, before it is left out.
_FAILURES = 5


@dataclass(slots=True, eq=False)
class _Call:
    """A call, the workers that it was last given for, and Dask's future of it, or None while it waits for a worker."""

    payload: bytes
    future: Future[Any]
    workers: frozenset[str] = frozenset()
    remote: Any = None


class ClusterExecutor(Executor):
    """Calls media steps on the workers of a Dask cluster. A call may be done more than once.

    Args:
        cluster: The cluster.
        settings: From what services are built on workers; the key is left out.
        on_event: Told progress and what becomes of workers, in any thread.

    Raises:
        ConfigError: distributed is missing, the cluster does not answer, or no worker can be used.
    """

    def __init__(self, cluster: Cluster, settings: ServiceSettings, on_event: Callable[[Event], None]) -> None:
        self._paths = cluster.paths
        self._settings = settings.without_key()
        self._on_event = on_event
        self._folders = [str(cluster.paths.there(folder.absolute())) for folder in cluster.folders]
        self._usable: dict[str, str] = {}
        self._refused: set[str] = set()
        self._failures: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._calls: set[_Call] = set()
        self._local, self._client = _connect(cluster.address)
        try:
            self._client.subscribe_topic(EVENTS, self._progress)
            self._wait_for_workers(cluster.address)
        except BaseException:
            self._close()
            raise
        self._on_event(Noted("cluster", f"{len(self._usable)} workers; dashboard {self._client.dashboard_link}"))
        threading.Thread(target=self._look_after, daemon=True, name="captioner").start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a step on a worker: `perform`, the step, its arguments and `ServiceSettings`, as the scheduler gives it.

        The future ends with `WorkerDied` when three workers died of the call.
        """
        if fn is not perform or kwargs:
            raise TypeError("a cluster does media steps only")
        step, step_args, _ = args
        where = ClusterSettings(self._settings, self._reply(step, step_args))
        payload = pickle.dumps((perform, (step, self._mapped(step_args)), where), pickle.HIGHEST_PROTOCOL)
        call = _Call(payload, Future())
        with self._lock:
            self._calls.add(call)
        self._send(call)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; with `cancel_futures` what is under way is given up."""
        self._closing.set()
        if cancel_futures:
            with self._lock:
                remotes = [call.remote for call in self._calls if call.remote is not None]
            self._client.cancel(remotes, force=True)
        self._close()

    @property
    def workers(self) -> tuple[str, ...]:
        """Names of the workers that are given work."""
        with self._lock:
            return tuple(sorted(self._usable.values()))

    # Calls

    def _reply(self, step: Callable[..., Any], args: Sequence[Any]) -> tuple[str, bytes] | None:
        """The saved reply that composing needs; a missing one is found missing on the worker, too."""
        if step is not compose:
            return None
        rec = next(arg for arg in args if isinstance(arg, Recognition))
        try:
            return rec.reply, (self._settings.private / "replies" / rec.reply).read_bytes()
        except OSError:
            return None

    def _mapped(self, args: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(self._to_there(arg) for arg in args)

    def _to_there(self, value: Any) -> Any:
        if isinstance(value, Source) and value.path is not None:
            return replace(value, path=self._paths.there(value.path))
        if isinstance(value, Media):
            return replace(value, path=self._paths.there(value.path))
        if isinstance(value, Path):
            return self._paths.there(value)
        return value

    def _to_here(self, value: Any) -> Any:
        if isinstance(value, Probed):
            return Probed(replace(value.media, path=self._paths.here(value.media.path)))
        return value

    def _send(self, call: _Call) -> None:
        """Give a call to the workers that can be used now; without one it waits until there is one."""
        with self._lock:
            call.workers = frozenset(self._usable)
        if not call.workers:
            return
        remote = self._client.submit(
            perform_here, call.payload, pure=False, workers=list(call.workers), allow_other_workers=False, retries=0
        )
        with self._lock:
            call.remote = remote
        remote.add_done_callback(lambda done: self._done(call, done))

    def _send_stranded(self) -> None:
        """Send again what no worker that is left may do: Dask holds a call for the workers that it was given for."""
        with self._lock:
            usable = frozenset(self._usable)
            stranded = [call for call in self._calls if not call.workers & usable] if usable else []
            remotes = [call.remote for call in stranded if call.remote is not None]
            for call in stranded:
                call.remote = None
        if remotes:
            self._client.cancel(remotes, force=True)
        for call in stranded:
            self._send(call)

    def _done(self, call: _Call, remote: Any) -> None:
        """Hand on the result of a call, in a thread of the client."""
        with self._lock:
            if call.remote is not remote:
                return  # it was sent again meanwhile
            self._calls.discard(call)
        future = call.future
        try:
            answer = remote.result()
        except BaseException as error:  # whatever Dask says: the call was not done, and is done again
            log.debug("a call was not done", exc_info=error)
            future.set_exception(WorkerDied(_exit_code(error)))
            return
        self._count(answer)
        value = pickle.loads(answer.value)  # from a worker of ours, over a connection that is trusted
        if answer.is_error:
            future.set_exception(value)
        else:
            future.set_result(self._to_here(value))

    def _count(self, answer: Answer) -> None:
        """Leave a worker out on which everything fails while others work."""
        with self._lock:
            self._failures[answer.worker] = self._failures[answer.worker] + 1 if answer.is_fault else 0
            others = len(self._usable) > 1
            is_bad = self._failures[answer.worker] >= _FAILURES and others
            addresses = [address for address, name in self._usable.items() if name == answer.worker] if is_bad else []
            for address in addresses:
                del self._usable[address]
                self._refused.add(address)
        if addresses:
            self._on_event(Noted("cluster", f"worker {answer.worker} is left out: its last {_FAILURES} calls failed"))

    # Workers

    def _wait_for_workers(self, address: str) -> None:
        """Wait until a worker can be used.

        Raises:
            ConfigError: There is none.
        """
        for _ in range(max(1, int(_FIRST_WORKER_S / _LOOK_S))):
            self._look()
            if self._usable:
                return
            if self._closing.wait(_LOOK_S):
                return
        found = "no worker of it can be used, see above" if self._refused else "it has no workers"
        raise ConfigError(f"--cluster {address}: {found}; start some with: captioner worker {address}")

    def _look_after(self) -> None:
        """Take in workers that join, and notice those that leave, until the end."""
        while not self._closing.wait(_LOOK_S):
            try:
                self._look()
            except Exception:  # the client connects again by itself, and what it raises meanwhile differs
                log.debug("the cluster does not answer", exc_info=True)

    def _look(self) -> None:
        known = self._client.scheduler_info(n_workers=-1)["workers"]
        with self._lock:
            gone = [address for address in self._usable if address not in known]
            for address in gone:
                self._on_event(Noted("cluster", f"worker {self._usable.pop(address)} has left; its work is repeated"))
            new = [address for address in known if address not in self._usable and address not in self._refused]
        if not new:
            self._send_stranded()
            return
        facts = self._client.run(examine, self._settings, self._folders, workers=new, on_error="return")
        for address, found in facts.items():
            name = str(known[address].get("name", address))
            name = address if "://" in name else name
            fault = _fault(found)
            with self._lock:
                if not fault:
                    self._usable[address] = name
                    continue
                self._refused.add(address)
            self._on_event(Noted("cluster", f"worker {name} is given no work: {fault}"))
        self._send_stranded()

    def _progress(self, event: tuple[float, Mapping[str, Any]]) -> None:
        _, told = event
        if told.get("kind") == "Preparing":
            self._on_event(Preparing(told["source"], told["done"], told["total"]))
        elif told.get("kind") == "Uploading":
            self._on_event(Uploading(told["source"], told["done"], told["total"]))
        elif told.get("kind") == "Noted":
            self._on_event(Noted(told["source"], told["message"]))

    def _close(self) -> None:
        self._client.close(timeout=2)
        if self._local is not None:
            self._local.close(timeout=5)


def _connect(address: str) -> tuple[distributed.LocalCluster | None, distributed.Client]:
    """The client of a cluster, and the cluster when it is one of our own on this machine."""
    try:
        import distributed
    except ImportError as error:
        raise ConfigError("--cluster: Dask is missing; pip install 'captioner[cluster]'") from error
    logging.getLogger("distributed").setLevel(logging.ERROR)
    try:
        if not address.startswith("local:"):
            return None, distributed.Client(address, timeout=10, set_as_default=False)
        local = distributed.LocalCluster(
            n_workers=int(address.removeprefix("local:")),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.ERROR,
        )
        return local, distributed.Client(local, set_as_default=False)
    except (OSError, TimeoutError, ValueError, RuntimeError, TypeError) as error:
        raise ConfigError(f"--cluster {address}: no scheduler answers there; start one with: dask scheduler") from error


def _fault(found: Any) -> str:
    """The reason for which a worker cannot be used, or ""."""
    if not isinstance(found, WorkerFacts):
        return "captioner is not installed there, or another version of it"
    if found.version != __version__:
        return f"it has captioner {found.version}, this is {__version__}"
    import platform

    here = ".".join(platform.python_version_tuple()[:2])
    if found.python != here:
        return f"it has Python {found.python}, this is {here}"
    if found.missing:
        return f"it does not see {', '.join(found.missing)}; mount it there, or map names with --cluster-path"
    return found.store_fault


def _exit_code(error: BaseException) -> int:
    """-9 when workers died of the call; 0 when it was given up for another reason."""
    return -9 if type(error).__name__ == "KilledWorker" else 0
