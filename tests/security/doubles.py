"""Servers on loopback that mean harm: each answers every connection with what it was given."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator

__all__ = ["PATIENCE_S", "HostileServer", "endless", "head"]

PATIENCE_S = 60.0
"""How long anybody waits for the other side: longer than a busy machine needs, so that no result depends on it."""

Talk = Callable[[bytes], Iterable[bytes]]
"""From the request as received to the pieces of the answer, which may never end."""


class HostileServer:
    """Reads one request a connection, and says what `talk` gives until it ends or nobody listens any more.

    Attributes:
        url: Where it listens.
        requests: What it was asked, as bytes.
        sent: Bytes it got rid of.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.sent = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> HostileServer:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # ends `accept`
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE_S)
        with connection, contextlib.suppress(OSError):
            request = connection.recv(1 << 16)
            self.requests.append(request)
            for piece in self._talk(request):
                connection.sendall(piece)
                self.sent += len(piece)


def head(status: int = 200, **headers: str) -> bytes:
    """The first lines of an answer; underscores in names are dashes."""
    lines = [f"HTTP/1.1 {status} Fine", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


def endless(block: bytes) -> Iterator[bytes]:
    """The same for ever."""
    while True:
        yield block
