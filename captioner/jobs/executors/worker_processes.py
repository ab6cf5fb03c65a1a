"""An executor of worker processes that may die at any time: only the call a dead worker was doing is lost, and told.

`concurrent.futures.ProcessPoolExecutor` gives up all its calls when one worker dies, does not say which call that
worker had, and waits for hanging workers when the program ends; so it is not used.
"""

from __future__ import annotations

import contextlib
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

from captioner.jobs.events import Event
from captioner.jobs.executors.worker import CALL, END, EVENT, RESULT, STOP, serve

__all__ = ["WorkerDied", "WorkerProcessExecutor"]

_PRELOAD = "captioner.jobs.executors.worker_preload"
# A worker without work ends after this long, so that a quiet watch keeps no memory for it.
_IDLE_S = 60.0
# A worker is replaced after so many calls: what decoders leave behind in its memory goes with it.
_CALLS_EACH = 500
# How long workers have to break off what they do (an upload removes its parts) before they are killed.
_STOP_WITHIN_S = 2.0


class WorkerDied(Exception):
    """A worker process ended in the middle of a call.

    Attributes:
        exit_code: As of `multiprocessing`: the negative number of the signal that killed it.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


@dataclass(slots=True, eq=False)
class _Call:
    future: Future[Any]
    payload: bytes
    is_begun: bool = False


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    call: _Call | None = None
    calls: int = 0
    idle_since: float = field(default_factory=time.monotonic)
    is_ending: bool = False


class WorkerProcessExecutor(Executor):
    """Calls in worker processes, which are started when there is work for them.

    Args:
        workers: How many at most.
        on_event: Told the progress that workers report, in a thread of the executor.
    """

    def __init__(self, workers: int, on_event: Callable[[Event], None]) -> None:
        self._most = workers
        self._on_event = on_event
        self._context = _context()
        self._waiting: deque[_Call] = deque()
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()
        self._is_closing = self._is_cancelling = self._is_awake = False
        self._bell, self._ring = multiprocessing.Pipe(duplex=False)
        self._manager: threading.Thread | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn` in a worker; `fn` and the arguments are pickled here.

        The future ends with `WorkerDied` when the worker does not live to return.
        """
        call = _Call(Future(), pickle.dumps((fn, args, kwargs), pickle.HIGHEST_PROTOCOL))
        with self._lock:
            if self._is_closing:
                raise RuntimeError("the executor is shut down")
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
        return self._is_cancelling or not (self._waiting or any(worker.call for worker in self._workers))

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
            kind, value = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if kind == EVENT:
            self._on_event(value)
        else:
            self._finish(worker, kind, value)

    def _finish(self, worker: _Worker, kind: str, value: Any) -> None:
        call, worker.call = worker.call, None
        worker.idle_since = time.monotonic()
        if call is not None and kind == RESULT:
            call.future.set_result(value)
        elif call is not None:
            call.future.set_exception(value)
        if worker.calls >= _CALLS_EACH:
            self._dismiss(worker)

    def _assign(self) -> None:
        """Give what waits to workers without work, the most recently used first, and to new ones."""
        idle = sorted(self._idle(), key=_idle_since)
        while self._waiting and (idle or len(self._workers) < self._most):
            worker = idle.pop() if idle else self._start()
            if worker is None:
                return
            self._give(worker)

    def _idle(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.call is None and not worker.is_ending]

    def _give(self, worker: _Worker) -> None:
        call = self._waiting.popleft()
        if not call.is_begun and not call.future.set_running_or_notify_cancel():
            return
        call.is_begun = True
        worker.call = call
        worker.calls += 1
        with contextlib.suppress(OSError):  # it has died; its end of the pipe says so
            worker.pipe.send((CALL, call.payload))

    def _start(self) -> _Worker | None:
        """A new worker; None when the system has none to give, and other workers have to do."""
        here, there = self._context.Pipe()
        process = self._context.Process(target=serve, args=(there,), daemon=True, name="captioner worker")
        try:
            process.start()
        except OSError:
            here.close()
            there.close()
            if not self._workers:
                self._waiting.popleft().future.set_exception(WorkerDied(1))
            return None
        there.close()
        worker = _Worker(process, here)
        self._workers.append(worker)
        return worker

    def _dismiss_idle(self) -> None:
        now = time.monotonic()
        for worker in self._idle():
            if now - worker.idle_since >= _IDLE_S:
                self._dismiss(worker)

    def _dismiss(self, worker: _Worker, how: str = END) -> None:
        worker.is_ending = True
        with contextlib.suppress(OSError):
            worker.pipe.send((how, None))

    def _bury(self, worker: _Worker) -> None:
        """Take a worker that has ended off the list; what it was doing did not get done.

        One that has ended in good order did so between two calls, and never saw the last one it was given.
        """
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.join(1.0)
        code, call = worker.process.exitcode, worker.call
        if call is not None and code == 0 and not self._is_cancelling:
            self._waiting.appendleft(call)
        elif call is not None:
            call.future.set_exception(WorkerDied(-9 if code is None else code))

    def _end(self) -> None:
        with self._lock:
            self._is_closing = True
        while self._waiting:
            call = self._waiting.popleft()
            if call.future.cancel():
                call.future.set_running_or_notify_cancel()
            else:
                call.future.set_exception(WorkerDied(0))
        for worker in self._workers:
            self._dismiss(worker, STOP if worker.call else END)
        until = time.monotonic() + _STOP_WITHIN_S
        while self._workers and (left_s := until - time.monotonic()) > 0:
            for ready in connection.wait([worker.pipe for worker in self._workers], timeout=left_s):
                self._handle(ready)
        for worker in list(self._workers):
            worker.process.kill()
            self._bury(worker)


def _idle_since(worker: _Worker) -> float:
    return worker.idle_since


def _context() -> ForkServerContext | SpawnContext:
    """How worker processes are started: forked from a server that has everything loaded, where the system can."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOAD])
    return context
