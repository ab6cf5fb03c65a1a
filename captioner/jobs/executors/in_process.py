"""Executors that stay in the process: the calling thread, or daemon threads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

__all__ = ["DaemonThreadExecutor", "InlineExecutor"]


@dataclass(frozen=True, slots=True)
class _Call:
    future: Future[Any]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            value = self.function(*self.args, **self.kwargs)
        except BaseException as error:  # noqa: BLE001 - handed to the caller by the future
            self.future.set_exception(error)
        else:
            self.future.set_result(value)


class InlineExecutor(Executor):
    """Calls at once, in the calling thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn` now; the future is done when it is returned."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - handed to the caller by the future
            future.set_exception(error)
        return future


class DaemonThreadExecutor(Executor):
    """Calls in threads that are used again; as many as there are calls at once, which the caller limits.

    They are daemons, unlike those of `ThreadPoolExecutor`: a thread that is stuck in a dead connection does not keep
    the program from ending.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn` in a thread that has nothing to do, or a new one."""
        future: Future[Any] = Future()
        if not self._idle.acquire(blocking=False):
            self._started += 1
            threading.Thread(target=self._serve, daemon=True, name="captioner").start()
        self._calls.put(_Call(future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end when they have nothing to do. Does not wait: some may be stuck."""
        for _ in range(self._started):
            self._calls.put(None)
        self._started = 0

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call.run()
            self._idle.release()
