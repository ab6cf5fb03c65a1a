"""A thread pool whose threads never hold up the end of the process.

`concurrent.futures.ThreadPoolExecutor` joins its threads when the interpreter exits, so one connection that hangs keeps
the whole process alive until its time-out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

__all__ = ["DaemonThreadExecutor"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaemonThreadExecutor(Executor):
    """Runs calls in daemon threads, which are started when they are first needed.

    Args:
        max_workers: Threads at most.
        name: Beginning of the threads' names.
    """

    def __init__(self, max_workers: int, *, name: str = "captioner") -> None:
        self._max_workers = max_workers
        self._name = name
        self._calls: SimpleQueue[tuple[Future[object], Callable[[], object]] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._is_shut_down = False

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Schedule a call.

        Raises:
            RuntimeError: The executor has been shut down.
        """
        future: Future[_T] = Future()
        with self._lock:
            if self._is_shut_down:
                raise RuntimeError("cannot submit a call after shutdown")
            self._calls.put((future, partial(fn, *args, **kwargs)))  # type: ignore[arg-type]  # Future is invariant
            self._start_thread_if_needed()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no further calls and let the threads end after those already scheduled.

        Args:
            wait: Return only when the threads have ended.
            cancel_futures: Cancel the calls that have not begun.
        """
        with self._lock:
            if cancel_futures:
                self._cancel_scheduled()
            if not self._is_shut_down:
                self._is_shut_down = True
                for _ in self._threads:
                    self._calls.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _start_thread_if_needed(self) -> None:
        if self._idle.acquire(blocking=False) or len(self._threads) >= self._max_workers:
            return
        thread = threading.Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _cancel_scheduled(self) -> None:
        while not self._calls.empty():
            if (call := self._calls.get()) is not None:
                call[0].cancel()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            future, function = call
            if future.set_running_or_notify_cancel():
                _settle(future, function)
            del call, future, function  # a result must not be kept alive while the thread waits
            self._idle.release()


def _settle(future: Future[object], function: Callable[[], object]) -> None:
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001 - handed to the caller by the future
        future.set_exception(error)
    else:
        future.set_result(result)
