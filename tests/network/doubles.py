"""Proxies and a TLS server on loopback that count what goes through them."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.waiting import PATIENCE_S

__all__ = ["ConnectProxy", "SocksProxy", "TlsServer"]

Address = tuple[str, int]


class _Server:
    """Accepts connections in a thread and handles each in one of its own, until the `with` block ends."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.address: Address = self._listener.getsockname()[:2]
        self.port = self.address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                threading.Thread(target=self._guarded, args=(connection,), daemon=True).start()

    def _guarded(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self.handle(connection)

    def handle(self, connection: socket.socket) -> None:
        """Talk to one client."""
        raise NotImplementedError

    def join(self, one: socket.socket, address: Address) -> None:
        """Carry bytes both ways between a client and an address."""
        with socket.create_connection(address, timeout=PATIENCE_S) as other:
            self._open.append(other)
            back = threading.Thread(target=_copy, args=(other, one), daemon=True)
            back.start()
            _copy(one, other)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class SocksProxy(_Server):
    """A SOCKS 5 proxy with its own idea of where names lie.

    Args:
        hosts: Where each name and port leads; others are refused with reply 4.
        login: The only user name and password that are accepted, or None to demand none.
        reply: A refusal to give to every request, or 0.
        slowly: Send every answer byte by byte.

    Attributes:
        asked: Host and port of every request, in order.
    """

    def __init__(
        self,
        hosts: Mapping[Address, Address],
        *,
        login: tuple[str, str] | None = None,
        reply: int = 0,
        slowly: bool = False,
    ) -> None:
        super().__init__()
        self._hosts, self._login, self._reply, self._slowly = hosts, login, reply, slowly
        self.asked: list[Address] = []

    def handle(self, connection: socket.socket) -> None:
        file = connection.makefile("rb")
        methods = file.read(file.read(2)[1])
        wanted = 2 if self._login else 0
        if wanted not in methods:
            self._send(connection, b"\x05\xff")
            return
        self._send(connection, bytes([5, wanted]))
        if self._login and not self._accepts(file.read(2)[1], file):  # type: ignore[arg-type]
            self._send(connection, b"\x01\x01")
            return
        if self._login:
            self._send(connection, b"\x01\x00")
        kind = file.read(4)[3]
        if kind == 3:
            host = file.read(file.read(1)[0]).decode()
        else:
            host = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, file.read(4 if kind == 1 else 16))
        port = int.from_bytes(file.read(2), "big")
        self.asked.append((host, port))
        address = self._hosts.get((host, port))
        reply = self._reply or (0 if address else 4)
        self._send(connection, bytes([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if address and not reply:
            self.join(connection, address)

    def _accepts(self, length: int, file: socket.SocketIO) -> bool:
        user = file.read(length).decode()  # type: ignore[union-attr]
        password = file.read(file.read(1)[0]).decode()  # type: ignore[union-attr, index]
        return (user, password) == self._login

    def _send(self, connection: socket.socket, data: bytes) -> None:
        for piece in [data[i : i + 1] for i in range(len(data))] if self._slowly else [data]:
            connection.sendall(piece)


class ConnectProxy(_Server):
    """An HTTP proxy: CONNECT for TLS, absolute addresses for plain HTTP.

    Args:
        hosts: As for `SocksProxy`; others are refused with 502.
        login: The only user name and password that are accepted, or None to demand none.
        refusal: A status line to give to every request, or "".
        context: Speak TLS with the client.

    Attributes:
        asked: Host and port of every request, in order.
    """

    def __init__(
        self,
        hosts: Mapping[Address, Address],
        *,
        login: tuple[str, str] | None = None,
        refusal: str = "",
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self._hosts, self._login, self._refusal, self._context = hosts, login, refusal, context
        self.asked: list[Address] = []

    def handle(self, connection: socket.socket) -> None:
        if self._context:
            with self._context.wrap_socket(connection, server_side=True) as secure:
                self._serve(secure)
        else:
            self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        head = _read_head(connection)
        method, target, *_ = head.partition("\r\n")[0].split(" ")
        parts = urlsplit(target if target.startswith("http://") else f"http://{target}")
        self.asked.append((parts.hostname or "", parts.port or 80))
        refusal = self._refusal or ("" if self._is_let_in(head) else "407 Proxy Authentication Required")
        address = self._hosts.get(self.asked[-1])
        if refusal or not address:
            connection.sendall(f"HTTP/1.1 {refusal or '502 Bad Gateway'}\r\nContent-Length: 0\r\n\r\n".encode())
        elif method == "CONNECT":
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.join(connection, address)
        else:
            self._forward(connection, head, target, address)

    def _forward(self, connection: socket.socket, head: str, target: str, address: Address) -> None:
        path = "/" + target.removeprefix("http://").partition("/")[2]
        with socket.create_connection(address, timeout=PATIENCE_S) as other:
            other.sendall(head.replace(target, path, 1).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").encode())
            while piece := other.recv(1 << 16):
                connection.sendall(piece)

    def _is_let_in(self, head: str) -> bool:
        if self._login is None:
            return True
        token = base64.b64encode(":".join(self._login).encode()).decode()
        return f"proxy-authorization: basic {token}".lower() in head.lower()


@dataclass
class TlsServer(_Server):
    """An HTTPS server that answers every request alike.

    Attributes:
        context: Its certificate; None for plain HTTP.
        answer: From the head of a request to the body of the answer.
        heads: Heads of the requests.
    """

    context: ssl.SSLContext | None
    answer: Callable[[str], bytes] = lambda head: b"{}"
    heads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle(self, connection: socket.socket) -> None:
        if self.context is None:
            self._answer(connection)
            return
        with self.context.wrap_socket(connection, server_side=True) as secure:
            self._answer(secure)

    def _answer(self, connection: socket.socket) -> None:
        while head := _read_head(connection):
            self.heads.append(head)
            if head == "BAD":
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            body = self.answer(head)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )


def _read_head(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1)
        if not piece:
            return ""
        if piece == b"\x16" and not data:  # a client that begins TLS; a web server calls it a bad request
            return "BAD"
        data += piece
    return data.decode("latin-1")
