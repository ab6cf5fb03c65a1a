"""A gateway before a real S3 server: it verifies every signature by itself, and may demand what some stores demand."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.sigv4 import SignedRequest, target_of, verify
from tests.waiting import PATIENCE_S

__all__ = ["Demand", "Gateway", "Refusal"]

Refusal = tuple[int, str, str]
"""HTTP status, S3 error code and message."""

Demand = Callable[[SignedRequest], Refusal | None]
_HOP = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "expect", "proxy-authorization"}


class Gateway:
    """Forwards requests with the right signature, as they came, to a server.

    It is reached under its own address, or as an HTTP proxy under any name.

    Args:
        target: URL of the server.
        access_key: The one key that counts.
        secret: Its secret.
        demand: May refuse a request whose signature is right.

    Attributes:
        seen: Requests, in order.
        faults: What was wrong with a signature, for every request where something was.
    """

    def __init__(self, target: str, access_key: str, secret: str, *, demand: Demand = lambda request: None) -> None:
        self._target = urlsplit(target).netloc
        self._keys = (access_key, secret)
        self._demand = demand
        self.seen: list[SignedRequest] = []
        self.faults: list[str] = []
        gateway = self

        class Handler(_Handler):
            owner = gateway

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: SignedRequest) -> tuple[int, list[tuple[str, str]], bytes]:
        """The answer to a request: its own refusal, or that of the server."""
        self.seen.append(request)
        if fault := verify(request, *self._keys):
            self.faults.append(fault)
            return _refused(403, "SignatureDoesNotMatch", fault)
        if refusal := self._demand(request):
            return _refused(*refusal)
        connection = http.client.HTTPConnection(self._target, timeout=PATIENCE_S)
        headers = {name: value for name, value in request.headers.items() if name not in _HOP}
        connection.request(request.method, request.target, request.body or None, headers)
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return reply.status, [one for one in reply.getheaders() if one[0].lower() not in _HOP], body


def _refused(status: int, code: str, message: str) -> tuple[int, list[tuple[str, str]], bytes]:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))], body


class _Handler(BaseHTTPRequestHandler):
    owner: Gateway
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # the sender went away, as after the refusal of another part
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        target = target_of(self.path) if "://" in self.path else self.path
        status, fields, content = self.owner.answer(SignedRequest(self.command, target, headers, body))
        self.send_response_only(status)
        for name, value in fields:
            self.send_header(name, value)
        if status != 204 and not any(name.lower() == "content-length" for name, _ in fields):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

    def log_message(self, format: str, *args: object) -> None:
        pass
