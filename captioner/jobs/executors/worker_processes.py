"""An executor of worker processes that may die at any time without losing a call.

When a worker dies, the calls it was doing are repeated, each alone in a worker: a call that kills its worker then kills
no other call with it, and is found out. `concurrent.futures.ProcessPoolExecutor` gives up all calls when one worker
dies, does not say which call that worker had, and waits for hanging workers when the program ends; so it is not used.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import pickle
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any

from captioner.jobs.events import Event, Noted
from captioner.jobs.executors.worker_main import CALL, END, EVENT, LOG, RESULT, STOP, serve

__all__ = ["WorkerDied", "WorkerProcessExecutor", "describe_exit"]

_PRELOAD = "captioner.jobs.executors.worker_preload"
# A worker without work ends after this long, so that a quiet watch keeps no memory for it.
_IDLE_S = 60.0
# A worker is replaced after so many calls: what decoders leave behind in its memory goes with it.
_CALLS_EACH = 1000
# How long workers have to break off what they do (an upload removes its parts) before they are killed.
_STOP_WITHIN_S = 2.0


class WorkerDied(Exception):
    """A worker process ended while it did nothing but this call.

    Attributes:
        exit_code: As of `multiprocessing`: the negative number of the signal that killed it.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


@dataclass(slots=True, eq=False)
class _Call:
    """A call, and whether it was part of what a worker did when it died, so that it has to be done alone."""

    number: int
    future: Future[Any]
    payload: bytes
    is_begun: bool = False
    is_suspect: bool = False


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    calls: dict[int, _Call] = field(default_factory=dict)
    calls_so_far: int = 0
    idle_since: float = field(default_factory=time.monotonic)
    is_ending: bool = False

    def takes(self, call: _Call, threads: int) -> bool:
        """Whether a call may be given to it: a suspect needs a worker of its own."""
        if self.is_ending or self.calls_so_far >= _CALLS_EACH:
            return False
        if call.is_suspect or any(one.is_suspect for one in self.calls.values()):
            return not self.calls
        return len(self.calls) < threads


class WorkerProcessExecutor(Executor):
    """Calls in worker processes, which are started when there is work for them. A call may be done more than once.

    Args:
        workers: Processes at most.
        threads: Calls at once in each.
        on_event: Told the progress that workers report, and the death of a worker, in a thread of the executor.
    """

    def __init__(self, workers: int, threads: int, on_event: Callable[[Event], None]) -> None:
        self._most = workers
        self._threads = threads
        self._on_event = on_event
        self._context = _context()
        self._waiting: deque[_Call] = deque()
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self._number = 0
        self._is_closing = self._is_cancelling = self._is_awake = False
        self._bell, self._ring = multiprocessing.Pipe(duplex=False)
        self._manager: threading.Thread | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn` in a worker; `fn` and the arguments are pickled here.

        The future ends with `WorkerDied` when a worker dies that does nothing else.
        """
        payload = pickle.dumps((fn, args, kwargs), pickle.HIGHEST_PROTOCOL)
        with self._lock:
            if self._is_closing:
                raise RuntimeError("the executor is shut down")
            self._number += 1
            call = _Call(self._number, Future(), payload)
            self._waiting.append(call)
            if self._manager is None:
                self._manager = threading.Thread(target=self._manage, daemon=True, name="captioner")
                self._manager.start()
        self._wake()
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers; with `cancel_futures` what they do is broken off, and killed after two seconds."""
        with self._lock:
            self._is_closing, self._is_cancelling = True, cancel_futures
            manager = self._manager
        self._wake()
        if wait and manager is not None:
            manager.join()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that live."""
        return tuple(worker.process.pid or 0 for worker in list(self._workers))

    def _wake(self) -> None:
        with self._lock:
            if not self._is_awake:
                self._is_awake = True
                self._ring.send_bytes(b"x")

    # In the manager's thread

    def _manage(self) -> None:
        try:
            while not self._is_over():
                self._assign()
                for ready in connection.wait(self._watched(), timeout=_IDLE_S):
                    self._handle(ready)
                self._dismiss_idle()
        finally:
            self._end()

    def _is_over(self) -> bool:
        if not self._is_closing:
            return False
        return self._is_cancelling or not (self._waiting or any(worker.calls for worker in self._workers))

    def _watched(self) -> list[Any]:
        return [self._bell, *(worker.pipe for worker in self._workers)]

    def _handle(self, ready: Any) -> None:
        if ready is self._bell:
            with self._lock:
                self._is_awake = False
                self._bell.recv_bytes()
            return
        worker = next(worker for worker in self._workers if worker.pipe is ready)
        try:
            kind, number, value = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if kind == EVENT:
            self._on_event(value)
        elif kind == LOG:
            _log(value)
        else:
            self._finish(worker, number, kind, value)

    def _finish(self, worker: _Worker, number: int, kind: str, value: Any) -> None:
        call = worker.calls.pop(number)
        worker.idle_since = time.monotonic()
        if kind == RESULT:
            call.future.set_result(value)
        else:
            call.future.set_exception(value)

    def _assign(self) -> None:
        """Give what waits to workers that take it, and to new ones; a suspect does not hold up the others."""
        left: deque[_Call] = deque()
        while self._waiting:
            call = self._waiting.popleft()
            if worker := self._worker_for(call):
                self._give(worker, call)
            elif not self._workers:
                call.future.set_exception(WorkerDied(1))  # the system starts no process
            else:
                left.append(call)
                if not call.is_suspect:
                    break
        self._waiting.extendleft(reversed(left))

    def _worker_for(self, call: _Call) -> _Worker | None:
        """A worker without calls, a new one, or the least busy one that takes a call, in this order."""
        takers = [worker for worker in self._workers if worker.takes(call, self._threads)]
        best = min(takers, key=_busyness, default=None)
        if best is not None and not best.calls:
            return best
        return (self._start() if len(self._workers) < self._most else None) or best

    def _give(self, worker: _Worker, call: _Call) -> None:
        if not call.is_begun and not call.future.set_running_or_notify_cancel():
            return
        call.is_begun = True
        worker.calls[call.number] = call
        worker.calls_so_far += 1
        with contextlib.suppress(OSError):  # it has died; its end of the pipe says so
            worker.pipe.send((CALL, call.number, call.payload))

    def _start(self) -> _Worker | None:
        """A new worker; None when the system has none to give, and other workers have to do."""
        here, there = self._context.Pipe()
        args = (there, self._threads, logging.getLogger().getEffectiveLevel())
        process = self._context.Process(target=serve, args=args, daemon=True, name="captioner worker")
        try:
            process.start()
        except (OSError, EOFError):  # EOFError: a signal to the whole group ended it as it was forked
            here.close()
            there.close()
            return None
        there.close()
        worker = _Worker(process, here)
        self._workers.append(worker)
        return worker

    def _dismiss_idle(self) -> None:
        """End workers that have had nothing to do for long, or have done enough."""
        now = time.monotonic()
        for worker in self._workers:
            is_over = worker.calls_so_far >= _CALLS_EACH or now - worker.idle_since >= _IDLE_S
            if is_over and not worker.calls and not worker.is_ending:
                self._dismiss(worker, END)

    def _dismiss(self, worker: _Worker, how: str) -> None:
        worker.is_ending = True
        with contextlib.suppress(OSError):
            worker.pipe.send((how, 0, None))

    def _bury(self, worker: _Worker) -> None:
        """Take a worker that has ended off the list, and have the calls repeated that it did not get done.

        One that has ended in good order did so between two calls, and never saw those it was given last.
        """
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.join(1.0)
        code = -9 if worker.process.exitcode is None else worker.process.exitcode
        calls = tuple(worker.calls.values())
        is_alone = len(calls) == 1 and calls[0].is_suspect
        if calls and code != 0 and not self._is_cancelling:
            self._on_event(Noted("worker processes", f"one {describe_exit(code)}; its steps are repeated"))
        for call in calls:
            if self._is_cancelling or (is_alone and code != 0):
                call.future.set_exception(WorkerDied(code))
            else:
                call.is_suspect |= code != 0
                self._waiting.appendleft(call)

    def _end(self) -> None:
        with self._lock:
            self._is_closing = self._is_cancelling = True
        while self._waiting:
            call = self._waiting.popleft()
            if call.is_begun:
                call.future.set_exception(WorkerDied(0))
            elif call.future.cancel():
                call.future.set_running_or_notify_cancel()
        for worker in self._workers:
            self._dismiss(worker, STOP if worker.calls else END)
        until = time.monotonic() + _STOP_WITHIN_S
        while self._workers and (left_s := until - time.monotonic()) > 0:
            for ready in connection.wait([worker.pipe for worker in self._workers], timeout=left_s):
                self._handle(ready)
        for worker in list(self._workers):
            worker.process.kill()
            self._bury(worker)


def _log(record: logging.LogRecord) -> None:
    """Log a record of a worker as if it were made here."""
    logger = logging.getLogger(record.name)
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)


def describe_exit(code: int) -> str:
    """The end of a process in words, by its exit code as of `multiprocessing`."""
    return f"was killed (signal {-code})" if code < 0 else f"ended (exit code {code})"


def _busyness(worker: _Worker) -> int:
    return len(worker.calls)


def _context() -> ForkServerContext | SpawnContext:
    """Start method of worker processes: forked from a server that has everything loaded, where the system can."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOAD])
    return context
