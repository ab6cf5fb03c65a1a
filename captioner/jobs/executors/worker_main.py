"""A worker process: takes calls from a pipe, a few at a time, and sends back what they return.

It ends with the process that started it, whatever becomes of that: a thread reads the pipe, and its end is the end of
the worker. So nothing is uploaded for a run that is no longer there.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import queue
import signal
import threading
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection
from typing import Any

from captioner.errors import Interrupted
from captioner.jobs.events import Event
from captioner.jobs.services import report_to

__all__ = ["CALL", "END", "ERROR", "EVENT", "LOG", "RESULT", "STOP", "serve"]

#: What is sent to a worker, each with the number of a call and a payload: a call, an order to break off all calls, an
#: order to end.
CALL, STOP, END = "call", "stop", "end"
#: What a worker sends in the same form: progress, a record for the log, the value of a call, the exception of a call.
EVENT, LOG, RESULT, ERROR = "event", "log", "result", "error"


def serve(connection: Connection, threads: int, log_level: int) -> None:
    """Serve calls until told to end; what runs in the process from its start.

    Args:
        connection: To the process that started it.
        threads: Calls that are done at once.
        log_level: Level from which on records are logged; by the other process, which masks secrets.
    """
    worker = _Worker(connection, threads)
    logging.raiseExceptions = False  # the other process may be gone
    logging.basicConfig(level=log_level, handlers=[_PipeHandler(worker)])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the run decides what ends when
    signal.signal(signal.SIGTERM, worker.on_terminate)
    report_to(worker.report)
    threading.Thread(target=worker.read, daemon=True, name="captioner").start()
    workers = [threading.Thread(target=worker.work, daemon=True, name="captioner") for _ in range(threads)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    os._exit(0)  # no thread of a library is waited for


class _Worker:
    """State that the threads of a worker share."""

    def __init__(self, connection: Connection, threads: int) -> None:
        self._connection = connection
        self._threads = threads
        self._calls: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._sending = threading.Lock()

    def read(self) -> None:
        """Take in what is sent, in a thread of its own; the end of the pipe ends the process at once."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                kind, number, payload = self._connection.recv()
                if kind == CALL:
                    self._calls.put((number, payload))
                    continue
                if kind == STOP:
                    self._stopping.set()
                self._end()
        os._exit(1)

    def work(self) -> None:
        """Do one call after another."""
        while (call := self._calls.get()) is not None and not self._stopping.is_set():
            number, payload = call
            try:
                function, args, kwargs = pickle.loads(payload)
                answer = (RESULT, number, function(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - handed to the process that asked
                answer = (ERROR, number, error)
            self._send(answer)

    def report(self, event: Event) -> None:
        """Send progress.

        Raises:
            Interrupted: The call is to be broken off.
        """
        if self._stopping.is_set():
            raise Interrupted("stopped")
        self._send((EVENT, 0, event))

    def log(self, record: logging.LogRecord) -> None:
        """Send a record for the log."""
        self._send((LOG, 0, record))

    def on_terminate(self, number: int, frame: Any) -> None:
        """Break off the calls that are being done, and end after them."""
        self._stopping.set()
        self._end()

    def _end(self) -> None:
        for _ in range(self._threads):
            self._calls.put(None)

    def _send(self, message: tuple[str, int, Any]) -> None:
        with self._sending:
            try:
                self._connection.send(message)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                self._connection.send((ERROR, message[1], RuntimeError(f"cannot be sent back: {error}")))
            except OSError:
                os._exit(1)  # the process that asked is gone


class _PipeHandler(QueueHandler):
    """Sends records, as plain text, to the process that started the worker."""

    def __init__(self, worker: _Worker) -> None:
        super().__init__(queue.SimpleQueue())
        self.setFormatter(logging.Formatter("%(message)s"))
        self._worker = worker

    def enqueue(self, record: logging.LogRecord) -> None:
        """Send a record that `prepare` has made plain."""
        self._worker.log(record)
