"""Listens for events that say that tasks have ended. They only have the tasks asked about at once.

The service reports the end of a task to EventBridge (`dashscope:System:AsyncTaskFinish`), which calls an HTTP address.
Nothing else in an event is believed: what a task brought is asked of the service, and a task whose event is lost,
forged or late is asked about when it is due, as without events.

Sources: Model Studio, "Receive asynchronous task completion notifications via HTTP callback URL or MQ", 2026-11-07;
CloudEvents 1.0 (the JSON object, or its `data` alone, or several in a list).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

from captioner.errors import ConfigError

__all__ = ["CompletionEvents", "listener", "task_ids"]

_MAX_BYTES = 256 * 1024  # an event of EventBridge has 64 KB at most
_MAX_DEPTH = 8
_KEYS = ("task_id", "taskId", "taskid", "TaskId")


class CompletionEvents:
    """An HTTP address to which events are sent; it listens while `listening` runs.

    Args:
        host: Address of this machine.
        port: TCP port; 0 chooses one.
        token: Secret that every request must have, as a bearer token or as the password of basic authentication; ""
            demands none.
    """

    def __init__(self, host: str, port: int, token: str = "") -> None:
        self._address = (host, port)
        self._token = token

    @contextmanager
    def listening(self, tell: Callable[[Collection[str]], None]) -> Iterator[str]:
        """Listen until the block ends; gives the address.

        Args:
            tell: Called with the ids in an event, in a thread of its own.

        Raises:
            ConfigError: The port cannot be opened.
        """
        token = self._token

        class Handler(_Handler):
            def is_allowed(self) -> bool:
                return not token or _has_token(self.headers.get("Authorization", ""), token)

            def tell(self, ids: Collection[str]) -> None:
                tell(ids)

        host, port = self._address
        try:
            server = (_Server6 if ":" in host else ThreadingHTTPServer)(self._address, Handler)
        except OSError as error:
            raise ConfigError(f"--events {host}:{port}: cannot be opened ({error.strerror}); choose another") from error
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        try:
            yield f"http://{f'[{host}]' if ':' in host else host}:{server.server_address[1]}/"
        finally:
            server.shutdown()
            server.server_close()


class _Server6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def listener(address: str, token: str) -> CompletionEvents:
    """The listener at an address as a user writes it: a port, or a host and a port.

    Raises:
        ConfigError: Not an address, or one that other machines reach and no token to keep them out.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdecimal() or int(port) > 65535:
        raise ConfigError(f"--events {address}: not an address; write a port, or an IP address and a port")
    try:
        is_here = ip_address("127.0.0.1" if host == "localhost" else host).is_loopback
    except ValueError as error:
        raise ConfigError(
            f"--events {address}: not an IP address of this machine; write one, or the port alone"
        ) from error
    if not is_here and not token:
        raise ConfigError(
            f"--events {address}: other machines reach that address; set CAPTIONER_EVENTS_TOKEN to a secret that "
            "EventBridge sends as bearer token or password, or listen on 127.0.0.1 behind a proxy"
        )
    return CompletionEvents(host, int(port), token)


def task_ids(event: object) -> frozenset[str]:
    """The ids of tasks in an event of any known shape. Pure."""
    return frozenset(_ids(event, 0))


def _ids(value: object, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield from (found for key in _KEYS if isinstance(found := value.get(key), str) and 0 < len(found) <= 128)
        for inner in value.values():
            yield from _ids(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner, depth + 1)
    elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):  # `data` may be JSON in a string
        try:
            yield from _ids(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return


def _has_token(header: str, token: str) -> bool:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    return hmac.compare_digest(value.strip().encode(), token.encode())


class _Handler(BaseHTTPRequestHandler):
    """Takes events in; every answer is short, and none says which tasks there are."""

    timeout = 10  # an unfinished request holds a thread

    def is_allowed(self) -> bool:
        """Whether the request has the token."""
        raise NotImplementedError

    def tell(self, ids: Collection[str]) -> None:
        """Pass the ids on."""
        raise NotImplementedError

    def do_POST(self) -> None:
        """Take an event in."""
        length = self.headers.get("Content-Length", "")
        if not self.is_allowed():
            self._answer(401)
        elif not length.isdecimal() or int(length) > _MAX_BYTES:
            self._answer(413)
        elif (event := _decoded(self.rfile.read(int(length)))) is None:
            self._answer(400)
        else:
            if ids := task_ids(event):
                self.tell(ids)
            self._answer(200)

    def _answer(self, status: int) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""


def _decoded(body: bytes) -> object:
    """The JSON of a body, or None."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found
