"""The emulator as a whole: its parts, its start and its stop."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from captioner.emulator.api import Api
from captioner.emulator.downloads import Downloader
from captioner.emulator.event_sender import send_event
from captioner.emulator.faults import FaultPlan, Faults
from captioner.emulator.hearing import Hearing
from captioner.emulator.messages import FileFailure, RecordedRequest
from captioner.emulator.middleware import API, UPLOAD_HOST, Gateway
from captioner.emulator.parameters import Parameters
from captioner.emulator.recogniser import RecognisedFile, Recogniser
from captioner.emulator.results import Results
from captioner.emulator.server import Server
from captioner.emulator.signing import Signer
from captioner.emulator.state_folder import StateFolder
from captioner.emulator.task_queue import EmulatedTask, TaskQueue
from captioner.emulator.task_timing import ServiceLimits, TaskTiming
from captioner.emulator.transcripts import TranscriptLibrary, default_folder
from captioner.emulator.upload_store import UploadStore
from captioner.errors import ConfigError

__all__ = ["Emulator"]

_STOP_S = 3.0
"""Longest time for each worker to end when the emulator stops."""


class Emulator:
    """The recognition service on this machine.

    It downloads the files of a task, decodes them, and answers with the transcript known for that audio, shaped as the
    model and the parameters ask. Other audio fails with `UnknownContent`, unless the emulator is given a model to hear
    with: then it is recognised on this machine, and the reply names that model.

        with Emulator(faults=Faults(throttle=2)) as emulator:
            client = Client(endpoint=emulator.url)

    Args:
        port: Port to listen on; 0 takes a free one.
        host: Address to listen on.
        transcripts: Folder of transcripts, or a library; by default those of the package or of the checkout.
        key: The only bearer key accepted; None accepts any.
        faults: Faults of the service.
        timing: Delays and lifetimes.
        limits: Limits of the service.
        enforce_limits: Whether calls beyond the service's rates are refused, or only counted.
        events: URL that is told when a task has ended, as EventBridge does; "" for none. A user name and password in it
            are sent as basic authentication.
        hearing: Recognises audio that has no known transcript, or None.
        state: Folder that keeps tasks and uploads over a restart, or None to forget them at the end.

    Raises:
        ConfigError: The transcripts cannot be read, or the port is not available.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        transcripts: Path | TranscriptLibrary | None = None,
        key: str | None = None,
        faults: Faults | None = None,
        timing: TaskTiming | None = None,
        limits: ServiceLimits | None = None,
        enforce_limits: bool = False,
        events: str = "",
        hearing: Hearing | None = None,
        state: StateFolder | None = None,
    ) -> None:
        self._address = (host, port)
        self._transcripts = default_folder() if transcripts is None else transcripts
        self._key = key
        self._faults = faults or Faults()
        self._timing = timing or TaskTiming()
        self._limits = limits or ServiceLimits()
        self._enforce_limits = enforce_limits
        self._events = events
        self._hearing = hearing
        self._state = state
        self._running: _Running | None = None
        self._stopped = threading.Event()

    @property
    def url(self) -> str:
        """Start of the routes, such as `http://127.0.0.1:8780/api/v1`."""
        return f"{self._up.origin}{API}"

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """All requests so far, with keys removed."""
        return tuple(self._up.gateway.requests)

    @property
    def tasks(self) -> tuple[EmulatedTask, ...]:
        """Every task ever accepted, in order."""
        return self._up.tasks.all()

    @property
    def submissions(self) -> int:
        """Number of submissions accepted, whether or not their response arrived."""
        return len(self.tasks)

    @property
    def billed_s(self) -> int:
        """Seconds billed over all tasks that have ended."""
        return sum(task.billed_s for task in self.tasks)

    @property
    def over_limit(self) -> int:
        """Calls beyond the service's rates."""
        return self._up.gateway.over_limit

    def set_faults(self, faults: Faults) -> None:
        """Replace the current faults by these."""
        self._up.plan.change(faults)

    def set_key(self, key: str | None) -> None:
        """Accept only this key from now on; None accepts any."""
        self._up.gateway.set_key(key)

    def start(self) -> Self:
        """Start listening and working, in threads.

        Raises:
            ConfigError: The transcripts cannot be read, or the port is not available.
        """
        library = _library(self._transcripts)
        try:
            server = Server(self._address)
        except (OSError, OverflowError) as error:
            host, port = self._address
            reason = error.strerror if isinstance(error, OSError) else "not a port number"
            raise ConfigError(f"emulator: cannot listen on {host}:{port} ({reason}); choose another port") from error
        self._running = _Running(self, server, library)
        self._stopped.clear()
        return self

    def stop(self) -> None:
        """Close every connection and end every thread; the records can still be read."""
        if self._running is not None and not self._stopped.is_set():
            self._running.stop()
            self._stopped.set()

    def wait(self) -> None:
        """Wait until the emulator is stopped, or Ctrl-C interrupts."""
        self._stopped.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _up(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the emulator has not been started")
        return self._running


def _library(transcripts: Path | TranscriptLibrary | None) -> TranscriptLibrary:
    if isinstance(transcripts, Path):
        return TranscriptLibrary.load(transcripts)
    return transcripts or TranscriptLibrary()


class _Running:
    """The parts that exist between start and stop."""

    def __init__(self, emulator: Emulator, server: Server, library: TranscriptLibrary) -> None:
        timing, limits = emulator._timing, emulator._limits
        self._events = emulator._events
        self.origin = "http://{}:{}".format(*server.server_address[:2])
        self._server = server
        self._stopping = threading.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="captioner-emulator-")
        folder = Path(self._folder.name)
        self.plan = FaultPlan(emulator._faults)
        signer = Signer()
        self._hearing = emulator._hearing
        self._uploads = uploads = UploadStore(folder, signer, timing, limits, emulator._state)
        self._results = Results(signer, timing, self.plan)
        self._downloader = Downloader(uploads.find, at_most_bytes=limits.file_bytes, stopping=self._stopping)
        self._recogniser = Recogniser(
            library, self._downloader, folder=folder, at_most_ms=limits.file_ms, hearing=self._hearing
        )
        self.tasks = TaskQueue(self._recognise, timing, self._on_task_ended, emulator._state)
        api = Api(
            self.tasks,
            uploads,
            self._results,
            plan=self.plan,
            timing=timing,
            limits=limits,
            origin=self.origin,
            upload_host=f"{self.origin}{UPLOAD_HOST}",
            local_model=self._hearing.engine.weights.name if self._hearing else "",
        )
        self.gateway = Gateway(
            api,
            uploads,
            self._results,
            key=emulator._key,
            plan=self.plan,
            timing=timing,
            limits=limits,
            enforce_limits=emulator._enforce_limits,
        )
        self._server.serve(self.gateway, self._stopping)
        self.tasks.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._hearing is not None:
            self._hearing.stop()
        self._server.stop()
        self.tasks.stop(within_s=_STOP_S)
        self._downloader.close()
        self._folder.cleanup()

    def _recognise(self, url: str, position: int, model: str, parameters: Parameters) -> RecognisedFile:
        if code := self.plan.file_code(url, position):
            raise FileFailure(code)
        return self._recogniser.recognise(url, model, parameters)

    def _on_task_ended(self, task: EmulatedTask) -> None:
        if self._events:
            threading.Thread(target=send_event, args=(self._events, task), daemon=True).start()
        for position, outcome in enumerate(task.outcomes):
            if isinstance(outcome, RecognisedFile):
                task.paths[position] = self._results.keep(task, outcome.document)
                self._uploads.forget(task.urls[position])
