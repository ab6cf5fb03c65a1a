"""The part that runs in a worker of a cluster: a check when it joins, and calls of media steps.

Calls come and go as bytes that captioner pickles itself, so that the scheduler between coordinator and workers needs
nothing of captioner. They hold plain records: no key, no credentials, no signed link. A worker finds the store's
credentials where boto3 finds them on its own machine, and never needs the key of the recognition service.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import platform
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from captioner.errors import Interrupted, SetupError
from captioner.jobs.events import Event, Noted, Preparing, Uploading
from captioner.jobs.services import Fault, Services, ServiceSettings, report_to
from captioner.jobs.upload_notes import drop_notes
from captioner.version import __version__

__all__ = ["EVENTS", "Answer", "ClusterSettings", "WorkerFacts", "examine", "perform_here"]

#: Topic under which progress is sent to the coordinator.
EVENTS = "captioner"


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """Facts about a worker that joins.

    Attributes:
        version: Of captioner, or "" when it is not installed there.
        python: Version of Python, such as "3.11".
        missing: Folders that it should see and does not.
        store_fault: The reason for which it cannot use the store, or "".
    """

    version: str
    python: str
    missing: tuple[str, ...]
    store_fault: str


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """From what services are built on a worker: plain, without a key.

    Attributes:
        settings: As for worker processes of this machine.
        reply: Name and bytes of a saved reply that the step needs, or None; the ledger's folder is not on the worker.
    """

    settings: ServiceSettings
    reply: tuple[str, bytes] | None = None

    def services(self) -> Services:
        """The services in this process, with a private folder of the worker's own."""
        folder = _private_folder()
        services = replace(self.settings, private=folder, work_folder=folder / "work").services()
        if self.reply is not None:
            path = services.reply_path(self.reply[0])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.reply[1])
        return services

    def done(self) -> None:
        """Remove what the step needed, and notes."""
        drop_notes(_private_folder() / "work")
        if self.reply is not None:
            with contextlib.suppress(OSError):
                (_private_folder() / "replies" / self.reply[0]).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of a call, and the worker that gave it: `value` is pickled; `is_error` says that it is an exception."""

    worker: str
    value: bytes
    is_error: bool = False
    is_fault: bool = False


_FOLDERS: list[Path] = []
_LOCK = threading.Lock()


def _private_folder() -> Path:
    """A folder of this process for replies and prepared audio; it ends with the process."""
    with _LOCK:
        if not _FOLDERS:
            folder = Path(tempfile.mkdtemp(prefix="captioner-worker-"))
            _FOLDERS.append(folder)
            import atexit

            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return _FOLDERS[0]


def examine(settings: ServiceSettings, folders: Sequence[str]) -> WorkerFacts:
    """Look whether this worker can do media steps.

    Args:
        settings: What the services will be built from.
        folders: Folders of the media as this worker should see them.
    """
    missing = tuple(folder for folder in folders if not _is_readable(folder))
    return WorkerFacts(__version__, _python(), missing, _store_fault(settings))


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def _is_readable(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError:
        return False
    return True


def _store_fault(settings: ServiceSettings) -> str:
    from captioner.errors import CaptionerError

    try:
        ClusterSettings(settings).services()  # they stay for the calls to come
    except CaptionerError as error:
        return error.detail
    return ""


def perform_here(payload: bytes) -> Answer:
    """Do a call: unpickle it, call it, pickle what it returns or raises."""
    _listen_for_progress()
    name = _worker_name()
    function, args, where = pickle.loads(payload)
    try:
        value = function(*args, where)
        answer = Answer(name, pickle.dumps(value), is_fault=isinstance(value, Fault))
    except (SetupError, Interrupted) as error:
        answer = Answer(name, _pickled(error), is_error=True)
    except Exception as error:  # noqa: BLE001 - told in the coordinator
        answer = Answer(name, pickle.dumps(Fault.of(error)), is_fault=True)
    finally:
        if isinstance(where, ClusterSettings):
            where.done()
    return answer


def _pickled(error: Exception) -> bytes:
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:  # noqa: BLE001 - any class of any library may fail to be pickled
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: cannot be sent back"))
    return data


def _worker_name() -> str:
    from distributed import get_worker

    try:
        worker = get_worker()
    except ValueError:  # it is about to end
        return ""
    return f"{worker.name}" if isinstance(worker.name, str) and "://" not in worker.name else str(worker.address)


_LISTENING: list[Callable[[Event], None]] = []


def _listen_for_progress() -> None:
    """Send the progress of steps to the coordinator from now on."""
    if not _LISTENING:
        _LISTENING.append(_send)
        report_to(_send)


def _send(event: Event) -> None:
    if isinstance(event, (Preparing, Uploading, Noted)):
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
