"""A worker process: takes calls from a pipe, one at a time, and sends back what they return.

It ends with the process that started it, whatever becomes of that: a thread reads the pipe, and its end is the end of
the worker. So nothing is uploaded for a run that is no longer there.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import threading
from multiprocessing.connection import Connection
from typing import Any

from captioner.errors import Interrupted
from captioner.jobs.events import Event
from captioner.jobs.services import report_to

__all__ = ["CALL", "END", "ERROR", "EVENT", "RESULT", "STOP", "serve"]

#: What can be sent to a worker: a call, an order to break off the call, an order to end.
CALL, STOP, END = "call", "stop", "end"
#: What a worker sends: progress, the value of a call, the exception of a call.
EVENT, RESULT, ERROR = "event", "result", "error"


def serve(connection: Connection) -> None:
    """Serve calls until told to end; what runs in the process from its start."""
    worker = _Worker(connection)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the run decides what ends when
    signal.signal(signal.SIGTERM, worker.on_terminate)
    report_to(worker.report)
    threading.Thread(target=worker.read, daemon=True, name="captioner").start()
    worker.work()
    os._exit(0)  # no thread of a library is waited for


class _Worker:
    """The two threads of a worker and what they share."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._calls: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._sending = threading.Lock()

    def read(self) -> None:
        """Take in what is sent, in a thread of its own; the end of the pipe ends the process at once."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                kind, payload = self._connection.recv()
                if kind == CALL:
                    self._calls.put(payload)
                    continue
                if kind == STOP:
                    self._stopping.set()
                self._calls.put(None)
        os._exit(1)

    def work(self) -> None:
        """Do one call after another."""
        while (payload := self._calls.get()) is not None and not self._stopping.is_set():
            try:
                function, args, kwargs = pickle.loads(payload)
                answer = (RESULT, function(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - handed to the process that asked
                answer = (ERROR, error)
            self._send(answer)

    def report(self, event: Event) -> None:
        """Send progress.

        Raises:
            Interrupted: The call is to be broken off.
        """
        if self._stopping.is_set():
            raise Interrupted("stopped")
        self._send((EVENT, event))

    def on_terminate(self, number: int, frame: Any) -> None:
        """Break off the call that is being done, and end after it."""
        self._stopping.set()
        self._calls.put(None)

    def _send(self, message: tuple[str, Any]) -> None:
        with self._sending:
            try:
                self._connection.send(message)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                self._connection.send((ERROR, RuntimeError(f"cannot be sent back: {error}")))
