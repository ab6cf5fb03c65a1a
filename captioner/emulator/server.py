"""The socket: HTTP on loopback, with a start and a clean stop."""

from __future__ import annotations

import logging
import socket
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from captioner.emulator.api import Api
from captioner.emulator.downloads import Downloader
from captioner.emulator.faults import FaultPlan, Faults
from captioner.emulator.gateway import API, UPLOAD_HOST, Gateway
from captioner.emulator.pace import Limits, Pace
from captioner.emulator.parameters import Parameters
from captioner.emulator.recogniser import Recognised, Recogniser
from captioner.emulator.results import Results
from captioner.emulator.signing import Signer
from captioner.emulator.tasks import Task, Tasks
from captioner.emulator.transcripts import Library, default_folder
from captioner.emulator.uploads import Uploads
from captioner.emulator.wire import Answer, Exchange, FileFailure, Incoming, Readable
from captioner.errors import ConfigError

__all__ = ["Emulator"]

_log = logging.getLogger(__name__)

_DRAIN_BYTES = 1 << 20
"""How much of an unread body is read away to keep a connection; beyond that it is closed."""

_STOP_S = 3.0
"""How long each worker may take to let go when the emulator stops."""

_PIECES = 20
"""Into how many pieces a slow body is cut."""


class Emulator:
    """The recognition service on this machine.

    It downloads what it is given, listens to it, and answers with the transcript known for that audio, shaped as the
    model and the parameters ask. It does not recognise speech: other audio fails with `UnknownContent`.

        with Emulator(faults=Faults(throttle=2)) as emulator:
            client = Client(endpoint=emulator.url)

    Args:
        port: Port to listen on; 0 takes a free one.
        host: Address to listen on.
        transcripts: Folder of transcripts; those of the package or the checkout without.
        key: The only bearer key accepted; any without.
        faults: How it misbehaves.
        pace: How fast it is.
        limits: How much it takes.
        enforce_limits: Whether calls beyond the service's rates are refused, or only counted.

    Raises:
        ConfigError: The transcripts cannot be read, or the port cannot be had.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        transcripts: Path | None = None,
        key: str | None = None,
        faults: Faults | None = None,
        pace: Pace | None = None,
        limits: Limits | None = None,
        enforce_limits: bool = False,
    ) -> None:
        self._address = (host, port)
        self._transcripts = transcripts or default_folder()
        self._key = key
        self._faults = faults or Faults()
        self._pace = pace or Pace()
        self._limits = limits or Limits()
        self._enforce_limits = enforce_limits
        self._running: _Running | None = None
        self._stopped = threading.Event()

    @property
    def url(self) -> str:
        """Where the routes begin, such as `http://127.0.0.1:8780/api/v1`."""
        return f"{self._up.origin}{API}"

    @property
    def requests(self) -> tuple[Exchange, ...]:
        """Everything that was asked so far, without keys."""
        return tuple(self._up.gateway.requests)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task ever accepted, in order."""
        return self._up.tasks.all()

    @property
    def submissions(self) -> int:
        """How many submissions were accepted, with or without an answer that arrived."""
        return len(self.tasks)

    @property
    def billed_s(self) -> int:
        """Seconds billed over all tasks that have ended."""
        return sum(task.billed_s for task in self.tasks)

    @property
    def over_limit(self) -> int:
        """Calls beyond the service's rates."""
        return self._up.gateway.over_limit

    def start(self) -> Self:
        """Listen and work, in threads of its own.

        Raises:
            ConfigError: The transcripts cannot be read, or the port cannot be had.
        """
        library = Library.load(self._transcripts) if self._transcripts else Library()
        try:
            server = _Server(self._address)
        except (OSError, OverflowError) as error:
            host, port = self._address
            raise ConfigError(f"emulator: cannot listen on {host}:{port} ({error}); choose another port") from error
        self._running = _Running(self, server, library)
        self._stopped.clear()
        return self

    def stop(self) -> None:
        """Close every connection and let every thread end; everything recorded can still be read."""
        if self._running is not None and not self._stopped.is_set():
            self._running.stop()
            self._stopped.set()

    def wait(self) -> None:
        """Sleep until somebody stops the emulator, or Ctrl-C interrupts."""
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


class _Running:
    """Everything that lives from start to stop."""

    def __init__(self, emulator: Emulator, server: _Server, library: Library) -> None:
        pace, limits = emulator._pace, emulator._limits
        self.origin = "http://{}:{}".format(*server.server_address[:2])
        self._server = server
        self._stopping = threading.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="captioner-emulator-")
        folder = Path(self._folder.name)
        self._plan = FaultPlan(emulator._faults)
        signer = Signer()
        uploads = Uploads(folder, signer, pace, limits)
        self._results = Results(signer, pace, self._plan)
        self._downloader = Downloader(uploads.find, at_most_bytes=limits.file_bytes, stopping=self._stopping)
        self._recogniser = Recogniser(library, self._downloader, folder=folder, at_most_ms=limits.file_ms)
        self.tasks = Tasks(self._work, pace, self._ended)
        api = Api(
            self.tasks,
            uploads,
            self._results,
            plan=self._plan,
            pace=pace,
            limits=limits,
            origin=self.origin,
            upload_host=f"{self.origin}{UPLOAD_HOST}",
        )
        self.gateway = Gateway(
            api,
            uploads,
            self._results,
            key=emulator._key,
            plan=self._plan,
            pace=pace,
            limits=limits,
            enforce_limits=emulator._enforce_limits,
        )
        self._server.serve(self.gateway, self._stopping)
        self.tasks.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.stop()
        self.tasks.stop(within_s=_STOP_S)
        self._downloader.close()
        self._folder.cleanup()

    def _work(self, url: str, position: int, model: str, parameters: Parameters) -> Recognised:
        if code := self._plan.file_code(url, position):
            raise FileFailure(code)
        return self._recogniser.recognise(url, model, parameters)

    def _ended(self, task: Task) -> None:
        for position, outcome in enumerate(task.outcomes):
            if isinstance(outcome, Recognised):
                task.paths[position] = self._results.keep(task, outcome.document)


class _Server(ThreadingHTTPServer):
    """A server that knows its connections, so that it can close them."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.gateway: Gateway
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="emulator-http", daemon=True)

    def serve(self, gateway: Gateway, stopping: threading.Event) -> None:
        """Answer requests from now on."""
        self.gateway = gateway
        self.stopping = stopping
        self._thread.start()

    def stop(self) -> None:
        """Listen no more, close what is open, and wait for the threads."""
        self.shutdown()
        self._thread.join()
        with self._lock:
            connections = tuple(self._connections)
        for connection in connections:
            _hang_up(connection)
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("connection from %s ended badly", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests, writes answers, knows nothing else."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "captioner-emulator"
    sys_version = ""
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        body = _Body(self.rfile, self.headers.get("Content-Length", ""))
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.gateway.answer(Incoming(self.command, path, query, headers, body, body.length))
        if answer.after_s:
            self.server.stopping.wait(answer.after_s)
        if answer.status == 0:
            self.close_connection = True
            _hang_up(self.connection)
            return
        # What was not read would be taken for the next request.
        if "transfer-encoding" in headers or not body.drained(_DRAIN_BYTES):
            self.close_connection = True
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        if not answer.over_s:
            self._headers_buffer.append(b"\r\n" + answer.body)  # type: ignore[attr-defined]  # one packet, not two
            self.flush_headers()
            return
        self.end_headers()
        size = max(1, len(answer.body) // _PIECES)
        for at in range(0, len(answer.body), size):
            self.wfile.write(answer.body[at : at + size])
            if self.server.stopping.wait(answer.over_s / _PIECES):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are recorded by the gateway; a log would show the signatures of links."""


class _Body:
    """The body of one request: never reads into the next."""

    def __init__(self, stream: Readable, length: str) -> None:
        self.length = int(length) if length.isdecimal() else None
        self._stream = stream
        self._left = self.length or 0

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; b"" at the end."""
        data = self._stream.read(min(size, self._left))
        self._left = self._left - len(data) if data else 0
        return data

    def drained(self, at_most_bytes: int) -> bool:
        """Read what is left, if it is not too much; False when it is."""
        if self._left > at_most_bytes:
            return False
        while self.read(1 << 16):
            pass
        return True


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        _log.debug("connection was already gone")
