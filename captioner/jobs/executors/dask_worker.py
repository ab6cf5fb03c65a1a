"""The part that runs in a worker of a cluster: a check when it joins, and calls of media steps.

Calls come and go as bytes that captioner pickles itself, so that the scheduler between coordinator and workers sees
nothing but bytes. They hold plain records: no key, no credentials, no signed link. A worker finds the store's
credentials where boto3 finds them on its own machine, and never needs the key of the recognition service.

A worker may be frozen at any point and wake up when its call was given to another. What it uploads carries the lease of
its call in its key, and it asks the scheduler whether the call is still its own, before and after the upload; when it
is not, it removes what it has put under that key, and ends.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import platform
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from captioner.errors import CaptionerError, Interrupted, OutputError, SetupError
from captioner.jobs.events import Event, Noted, Preparing, Uploading
from captioner.jobs.inputs.finding import Source
from captioner.jobs.lease import Owner, alive, this_process
from captioner.jobs.services import Fault, Services, ServiceSettings, report_to
from captioner.jobs.states import Cause, Reason, Rejected, Retry
from captioner.jobs.step_records import Stored
from captioner.media import load_library
from captioner.model import Prepared, SignedUrl, StoredObject
from captioner.storage.base import LeaseStore, UploadLease, UploadProgress
from captioner.version import __version__

__all__ = [
    "EVENTS",
    "Answer",
    "ClusterSettings",
    "ShippedArchive",
    "WorkerFacts",
    "examine",
    "is_unseen",
    "perform_here",
    "sizes_of_settled",
]

#: Topic under which progress is sent to the coordinator.
EVENTS = "captioner"

# How long the scheduler may take to say whether a call is still this worker's.
_SCHEDULER_ANSWERS_S = 10.0
# A worker tells how far it is at most this often: each message passes through scheduler and coordinator.
_PROGRESS_S = 1.0
# Beginning of the names of workers' own folders.
_FOLDER = "captioner-worker-"
# Process, its start, and the start of the machine (`jobs.lease.Owner`).
# NFS shows other machines a change after a minute at most, by default (nfs(5), acregmax, acdirmax).
_SETTLED_S = 120.0
# What is prepared of an hour of media has 55 MB as FLAC (docs/scaling.md).
_LEAST_FREE_BYTES = 64_000_000
# Missing folders and files that are named.
_NAMED = 3
# Kind of the reason that a worker gives for a file that it does not see.
_UNSEEN = "Unseen"
_FOLDER_NAME = re.compile(rf"{_FOLDER}(\d+)\.(\w*)\.([\w-]*)\.\w+")


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """Facts about a worker that joins.

    Attributes:
        version: Of captioner, or "" when it is not installed there.
        python: Version of Python, such as "3.11".
        missing: Folders and files that it should see and does not.
        store_fault: The reason for which it cannot use the store, or "".
        fault: Another reason for which it cannot do media steps, or "".
    """

    version: str
    python: str
    missing: tuple[str, ...]
    store_fault: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ShippedArchive:
    """The archive beside captions, as the coordinator sees it: a worker need not see the folder of the captions.

    Attributes:
        target: Folder and stem of the outputs, as the step is given it.
        name: Name of the archive's file, or "" when there is none.
        data: Its bytes.
        mtime_ns: When it was last changed.
    """

    target: Path
    name: str = ""
    data: bytes = b""
    mtime_ns: int = 0

    def unpack(self, folder: Path) -> Path:
        """Write it into a folder; returns the target that it is beside."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.name:
            path = folder / self.name
            path.write_bytes(self.data)
            os.utime(path, ns=(self.mtime_ns, self.mtime_ns))
        return folder / self.target.name


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """From what services are built on a worker: plain, without a key.

    Attributes:
        settings: As for worker processes of this machine; pickled, because they are the same for every call.
        reply: Name and bytes of a saved reply that the step needs, or None; the ledger's folder is not on the worker.
        archive: The archive beside the captions that are made, or None for other steps.
        lease: Lease of the call; "" when nothing is done but looking.
        task: Name in Dask of the task that the call is part of.
        content: Digest of the content that the call uploads, or "".
        subject: What the call is about: two calls about the same do not run at once in one process.
    """

    settings: ServiceSettings | bytes
    reply: tuple[str, bytes] | None = None
    archive: ShippedArchive | None = None
    lease: str = ""
    task: str = ""
    content: str = ""
    subject: str = ""

    def services(self) -> Services:
        """The services in this process, with a private folder of the worker's own."""
        folder = _private_folder()
        settings = _unpickled(self.settings) if isinstance(self.settings, bytes) else self.settings
        services = replace(settings, private=folder, work_folder=folder / "work").services()
        if self.lease and isinstance(services.store, LeaseStore):
            services = replace(
                services, store=_LeasedStore(services.store, UploadLease(self.lease, self.content), self.task)
            )
        if self.reply is not None:
            path = services.reply_path(self.reply[0])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.reply[1])
        return services

    def placed(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of the step, with the place of the captions in a folder of this call."""
        if self.archive is None:
            return args
        target = self.archive.unpack(self._beside)
        return tuple(target if arg == self.archive.target else arg for arg in args)

    @property
    def _beside(self) -> Path:
        return _private_folder() / "beside" / self.lease

    def done(self) -> None:
        """Remove what the step needed."""
        if self.archive is not None:
            shutil.rmtree(self._beside, ignore_errors=True)
        if self.reply is not None:
            with contextlib.suppress(OSError):
                (_private_folder() / "replies" / self.reply[0]).unlink(missing_ok=True)


@functools.lru_cache(maxsize=8)
def _unpickled(settings: bytes) -> ServiceSettings:
    found: ServiceSettings = pickle.loads(settings)
    return found


class _LeasedStore:
    """A store as one call uses it: what it puts is under the call's own key, and stays only while the call counts."""

    def __init__(self, store: LeaseStore, lease: UploadLease, task: str) -> None:
        self._store = store
        self._lease = lease
        self._task = task

    def put(self, prepared: Prepared, name: str, *, progress: UploadProgress | None = None) -> StoredObject:
        """Upload the file under the key of the lease.

        Raises:
            Interrupted: The call was given to another worker meanwhile; nothing of it stays in the store.
        """
        _check_held(self._task)
        stored = self._store.put(prepared, name, progress=progress, lease=self._lease)
        try:
            _check_held(self._task)
        except Interrupted:
            if self._lease.number in stored.key:
                self._store.delete(stored)
            raise
        return stored

    def sign(self, stored: StoredObject) -> SignedUrl:
        """As the store."""
        return self._store.sign(stored)

    def verify_readable(self, signed: SignedUrl) -> None:
        """As the store."""
        self._store.verify_readable(signed)

    def place_of(self, prepared: Prepared, name: str) -> None:
        """None: the coordinator knows what a lease may have left by its number."""

    def exists(self, stored: StoredObject) -> bool:
        """As the store."""
        return self._store.exists(stored)

    def delete(self, stored: StoredObject) -> None:
        """As the store."""
        self._store.delete(stored)

    def remove_orphans(self, older_than_s: int) -> list[str]:
        """As the store."""
        return self._store.remove_orphans(older_than_s)

    def close(self) -> None:
        """As the store."""
        self._store.close()


def _check_held(task: str) -> None:
    """Make sure that a task is still this worker's own.

    Raises:
        Interrupted: The scheduler has given it away, does not know this worker any more, or does not answer.
    """
    from distributed import get_worker
    from distributed.utils import sync

    try:
        worker = get_worker()
        mine = sync(
            worker.loop, worker.scheduler.processing, workers=[worker.address], callback_timeout=_SCHEDULER_ANSWERS_S
        )
        is_held = task in map(str, mine[worker.address])
    except Exception:  # noqa: BLE001 - whatever Dask raises: without an answer the lease does not count
        is_held = False
    if not is_held:
        raise Interrupted("given to another worker")


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of a call, and the address of the worker: `value` is pickled; `is_error` says that it is an exception."""

    worker: str
    value: bytes
    is_error: bool = False


_FOLDERS: list[Path] = []
_LOCK = threading.Lock()


def _private_folder() -> Path:
    """A folder of this process for replies and prepared audio; it ends with the process, or when the next one begins.

    Its name tells the process, so that what a killed worker has left is known by others on the machine.
    """
    with _LOCK:
        if not _FOLDERS:
            _remove_left()
            owner = this_process()
            name = f"{_FOLDER}{owner.pid}.{owner.started}.{owner.boot}."
            folder = Path(tempfile.mkdtemp(prefix=name))
            _FOLDERS.append(folder)
            import atexit

            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return _FOLDERS[0]


def _remove_left() -> None:
    """Remove the folders of workers of this machine that were killed."""
    host = this_process().host
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        if found := _FOLDER_NAME.fullmatch(folder.name):
            pid, started, boot = found.groups()
            if not alive(Owner(host, boot, int(pid), started), float("inf")):
                shutil.rmtree(folder, ignore_errors=True)


_BUSY: set[str] = set()
_FREE = threading.Condition()


@contextlib.contextmanager
def _alone(subject: str) -> Iterator[None]:
    """Wait until no other call in this process is about the same: they would use the same files."""
    with _FREE:
        _FREE.wait_for(lambda: not subject or subject not in _BUSY)
        _BUSY.add(subject)
    try:
        yield
    finally:
        with _FREE:
            _BUSY.discard(subject)
            _FREE.notify_all()


def examine(payload: bytes) -> WorkerFacts:
    """Look whether this worker can do media steps.

    Args:
        payload: Pickled: what the services will be built from; the folders of the media as this worker should see
            them; files in them, with their sizes.
    """
    settings, folders, files = pickle.loads(payload)
    missing, fault = [folder for folder in folders if not _is_readable(folder)], ""
    if not missing:
        there = {path: _size(path) for path, _ in files}
        missing = [path for path, size in there.items() if size is None]
        fault = next((_other_file(path, there[path], size) for path, size in files if there[path] != size), "")
    fault = fault or _disk_fault()
    return WorkerFacts(__version__, _python(), _first_of(missing), "" if fault else _set_up_fault(settings), fault)


def _other_file(path: str, there: int | None, here: int) -> str:
    return f"its {path} has {there} bytes, not {here}: it is another folder; correct the mount or --cluster-path"


def _disk_fault() -> str:
    """The reason for which prepared audio cannot be kept on this worker, or ""."""
    try:
        folder = _private_folder().parent
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"it has no place for temporary files ({error.strerror or error}); set TMPDIR to a folder with space"
    if free < _LEAST_FREE_BYTES:
        return f"its {folder} has {free / 1e6:.0f} MB free; free more, or set TMPDIR to a folder with space"
    return ""


def _first_of(missing: Sequence[str]) -> tuple[str, ...]:
    """The first names of what may be thousands, and the number of the others."""
    more = len(missing) - _NAMED
    return (*missing[:_NAMED], *([f"{more} more"] if more > 0 else []))


def _size(path: str) -> int | None:
    """Size of a file in bytes, or None where it cannot be seen."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - the name is text, as it came
    except OSError:
        return None


def sizes_of_settled(samples: Sequence[Path], now: float) -> list[tuple[Path, int]]:
    """Sizes of those of the files that have not changed for two minutes: network file systems tell others later.

    Args:
        samples: Files, by their names here.
        now: Unix seconds.
    """
    found = []
    for path in samples:
        with contextlib.suppress(OSError):
            seen = path.stat()
            if now - max(seen.st_mtime, seen.st_ctime) > _SETTLED_S:
                found.append((path, seen.st_size))
    return found


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def _is_readable(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError:
        return False
    return True


def _set_up_fault(settings: ServiceSettings) -> str:
    """The reason for which media cannot be read on this worker, or the store cannot be used; or ""."""
    try:
        load_library()
        ClusterSettings(settings).services()  # they stay for the calls to come
    except CaptionerError as error:
        return error.detail
    return ""


def perform_here(payload: bytes) -> list[Answer]:
    """Do calls one after another: unpickle each, call it, pickle what it returns or raises."""
    _listen_for_progress()
    address = _worker_address()
    return [_answer(address, *call) for call in pickle.loads(payload)]


def _answer(
    address: str, function: Callable[..., Any], given: tuple[Any, tuple[Any, ...]], where: ClusterSettings
) -> Answer:
    step, args = given
    if (unseen := _unseen(args)) is not None:
        return Answer(address, pickle.dumps(unseen))
    try:
        with _alone(where.subject):
            return Answer(address, pickle.dumps(_without_own_fault(function(step, where.placed(args), where))))
    except (SetupError, Interrupted) as error:
        return Answer(address, _pickled(error), is_error=True)
    except Exception as error:  # noqa: BLE001 - told in the coordinator
        return Answer(address, pickle.dumps(Fault.of(error)))
    finally:
        where.done()


def _unseen(args: tuple[Any, ...]) -> Retry | None:
    """The outcome of a call whose file this worker does not see: that says nothing about the file."""
    path = next((arg.path for arg in args if isinstance(arg, Source)), None)
    if path is None or _size(str(path)) is not None:
        return None
    message = f"workers do not see it in {path.parent}; mount that there, or map names with --cluster-path"
    return Retry(Cause.WORKER, Reason(message, kind=_UNSEEN))


def _without_own_fault(value: Any) -> Any:
    """The result of a step, where a disk of this worker that is full is no reason to refuse the file."""
    outcome = value.outcome if isinstance(value, Stored) else value
    if not isinstance(outcome, Rejected) or outcome.reason.kind != OutputError.__name__:
        return value
    later = Retry(Cause.WORKER, outcome.reason)
    return replace(value, outcome=later) if isinstance(value, Stored) else later


def is_unseen(value: Any) -> bool:
    """Whether an outcome says that a worker does not see the file."""
    return isinstance(value, Retry) and value.reason is not None and value.reason.kind == _UNSEEN


def _pickled(error: Exception) -> bytes:
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:  # noqa: BLE001 - any class of any library may fail to be pickled
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: cannot be sent back"))
    return data


def _worker_address() -> str:
    from distributed import get_worker

    try:
        return str(get_worker().address)
    except ValueError:  # it is about to end
        return ""


_SENT_AT = [float("-inf")]
_LISTENING: list[Callable[[Event], None]] = []


def _listen_for_progress() -> None:
    """Send the progress of steps to the coordinator from now on."""
    if not _LISTENING:
        _LISTENING.append(_send)
        report_to(_send)


def _send(event: Event) -> None:
    now = time.monotonic()
    if not isinstance(event, Noted) and now - _SENT_AT[0] < _PROGRESS_S:
        return
    if isinstance(event, (Preparing, Uploading, Noted)):
        _SENT_AT[0] = now
        with contextlib.suppress(Exception):  # progress is for people only
            from distributed import get_worker

            get_worker().log_event(EVENTS, _plain(event))


def _plain(event: Preparing | Uploading | Noted) -> Mapping[str, Any]:
    if isinstance(event, Noted):
        return {"kind": "Noted", "source": event.source, "message": event.message}
    done, total = (
        (event.done_ms, event.total_ms) if isinstance(event, Preparing) else (event.done_bytes, event.total_bytes)
    )
    return {"kind": type(event).__name__, "source": event.source, "done": done, "total": total}
