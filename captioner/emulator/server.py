"""The HTTP server on loopback. It keeps track of its connections, so that it can stop at once."""

from __future__ import annotations

import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from captioner.emulator.messages import Readable, Request, Response
from captioner.emulator.middleware import Gateway

__all__ = ["Server"]

_log = logging.getLogger(__name__)

_DRAIN_BYTES = 1 << 20
"""Size of an unread body up to which it is read to keep the connection; otherwise the connection is closed."""

_PIECES = 20
"""Number of pieces of a slow body."""


class Server(ThreadingHTTPServer):
    """A server that can close its connections."""

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
        """Start answering requests."""
        self.gateway = gateway
        self.stopping = stopping
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, close the connections, and wait for the threads."""
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
    """Reads requests and writes responses."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "captioner-emulator"
    sys_version = ""
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        body = _Body(self.rfile, self.headers.get("Content-Length", ""))
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.gateway.answer(Request(self.command, path, query, headers, body, body.length))
        stopped = self.server.stopping.wait(answer.after_s) if answer.after_s else False
        if stopped or answer.status == 0:
            self.close_connection = True
            _hang_up(self.connection)
            return
        # Unread bytes would be taken for the next request.
        if "transfer-encoding" in headers or not body.drain(_DRAIN_BYTES):
            self.close_connection = True
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

    def _send(self, answer: Response) -> None:
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
        """Do nothing: the gateway records requests, and a log would show the signatures of links."""


class _Body:
    """The body of one request; never reads into the next."""

    def __init__(self, stream: Readable, length: str) -> None:
        self.length = int(length) if length.isdecimal() else None
        self._stream = stream
        self._remaining = self.length or 0

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; b"" at the end."""
        data = self._stream.read(min(size, self._remaining))
        self._remaining = self._remaining - len(data) if data else 0
        return data

    def drain(self, at_most_bytes: int) -> bool:
        """Read the rest, if it is not too long; False when it is."""
        if self._remaining > at_most_bytes:
            return False
        while self.read(1 << 16):
            pass
        return True


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        _log.debug("connection was already gone")
