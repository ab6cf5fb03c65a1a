"""Work that becomes due, done a few pieces at a time: the loop under a run.

Errands go out to worker threads; everything else (deciding, writing down, telling) happens in the thread that runs the
engine, one piece at a time, so that nothing above needs a lock. Threads are daemons: a worker stuck in a dead
connection does not keep the program from ending.

The loop goes in turns: what came in is heard, what is due is begun, all of it is written down together, and only then
do the errands of the turn leave. The busier a run is, the more a turn holds, so that a commit is shared by many jobs.
"""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from captioner.errors import Interrupted

__all__ = ["Engine", "Errand", "Hands", "Inline", "Threads"]

# How long a wait lasts before somebody looks whether the user wants to stop.
_LOOK_UP_S = 0.2
# How long answers that cost money are waited for when a run is stopped.
_DRAIN_S = 4.0
# Messages heard in one turn at most: some ten milliseconds of deciding, during which the ledger may be locked.
_HEARD_AT_ONCE = 64
# The longest sleep in one piece, so that the heartbeat goes on.
_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Errand:
    """One piece of work for a worker, and who hears how it went.

    Attributes:
        go: Called by a worker.
        then: Called in the engine's thread with what `go` returned.
        failed: Called in the engine's thread with what `go` raised.
    """

    go: Callable[[], Any]
    then: Callable[[Any], None]
    failed: Callable[[BaseException], None]


class Hands(Protocol):
    """Who does the errands."""

    def give(self, go: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        """Have something done; `done` is called, by whoever did it, with the value or the error."""
        ...


class Threads:
    """Daemon threads that are used again; the lanes bound their number."""

    def __init__(self) -> None:
        self._given: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def give(self, go: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        """Have it done by a thread that has nothing to do, or a new one."""
        if not self._idle.acquire(blocking=False):
            self._started += 1
            threading.Thread(target=self._serve, daemon=True, name="captioner").start()
        self._given.put(lambda: _do(go, done))

    def close(self) -> None:
        """Let the threads end when they have nothing to do; may be called while some are stuck."""
        for _ in range(self._started):
            self._given.put(None)

    def _serve(self) -> None:
        while (work := self._given.get()) is not None:
            work()
            self._idle.release()


class Inline:
    """The engine's own thread: one thing after another, for tests and for debugging."""

    def give(self, go: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        """Do it now."""
        _do(go, done)


def _do(go: Callable[[], Any], done: Callable[[Any, BaseException | None], None]) -> None:
    try:
        value = go()
    except BaseException as error:  # noqa: BLE001 - carried to the engine's thread, which decides
        done(None, error)
    else:
        done(value, None)


@dataclass(slots=True)
class _Lane:
    size: int
    is_open: Callable[[], bool]
    due: list[tuple[float, int, Callable[[], Errand | None]]] = field(default_factory=list)
    running: int = 0
    held_until: float = 0.0

    @property
    def next_at(self) -> float:
        return max(self.due[0][0], self.held_until)

    @property
    def free(self) -> bool:
        return self.running < self.size and self.is_open()


class Engine:
    """Lanes of due work and the loop that empties them."""

    def __init__(
        self,
        sizes: Mapping[str, int],
        *,
        hands: Hands,
        clock: Callable[[], float],
        sleep: Callable[[float], None] | None = None,
        stop: threading.Event | None = None,
        gates: Mapping[str, Callable[[], bool]] | None = None,
        together: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Set up empty lanes.

        Args:
            sizes: How many errands of each lane may be out at once.
            hands: Who does them.
            clock: Unix seconds.
            sleep: Waits so many seconds; None waits for `stop`, and so ends early when it is set.
            stop: Set by anyone who wants the run to end.
            gates: For some lanes, whether anything may start just now.
            together: Makes one transaction of everything that is written down inside; see `Ledger.together`.
        """
        gates = gates or {}
        self._lanes = {name: _Lane(size, gates.get(name, lambda: True)) for name, size in sizes.items()}
        self._hands = hands
        self._clock = clock
        self.stop = stop or threading.Event()
        self._sleep = sleep or self.stop.wait
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._numbers = itertools.count()
        self._together = together
        self._leaving: list[tuple[_Lane, Errand]] = []
        self._afterwards: list[Callable[[], None]] = []
        self.closing = False

    def put(self, lane: str, begin: Callable[[], Errand | None], due_at: float = 0.0) -> None:
        """Have `begin` called when it is due and the lane has room; what it returns is given to a worker."""
        heapq.heappush(self._lanes[lane].due, (due_at, next(self._numbers), begin))

    def hold(self, lane: str, until: float) -> None:
        """Start nothing on a lane before a time."""
        self._lanes[lane].held_until = until

    def load(self, lane: str) -> tuple[int, int]:
        """How many pieces of work wait on a lane, and how many are out."""
        return len(self._lanes[lane].due), self._lanes[lane].running

    def post(self, message: Callable[[], None]) -> None:
        """Have something called in the engine's thread; may be called from any thread."""
        self._inbox.put(message)

    def after(self, action: Callable[[], None]) -> None:
        """Have something done in the engine's thread once what is decided in this turn is written down."""
        self._afterwards.append(action)

    def run(self, on_tick: Callable[[], None]) -> None:
        """Work until nothing is left to do.

        Args:
            on_tick: Called now and then, at least every few tenths of a second.

        Raises:
            Interrupted: `stop` was set.
        """
        message = None
        while self._turn(message) or self._out() or self._waiting():
            on_tick()
            if self.stop.is_set():
                raise Interrupted("stopped; run the same command again to go on where it was")
            message = self._wait()

    def drain(self, lanes: Iterable[str]) -> None:
        """Hear the answers of errands that are out in some lanes, for a few seconds, starting nothing new.

        From now on `closing` is set, for whoever would write down an intent that nobody carries out.
        """
        self.closing = True
        names = tuple(lanes)
        end = time.monotonic() + _DRAIN_S
        while any(self._lanes[name].running for name in names) and (left := end - time.monotonic()) > 0:
            message = self._next(left)
            with self._written_down():
                self._hear(message)

    def _turn(self, message: Callable[[], None] | None) -> bool:
        """Hear what has come in and start what is due; whether anything was started."""
        with self._written_down():
            self._hear(message)
            return self._start_due()

    @contextmanager
    def _written_down(self) -> Iterator[None]:
        """Commit together what is decided inside, then let its errands leave.

        After an error they leave all the same when they were decided on before it; what could not be written down is
        never done.
        """
        failure: BaseException | None = None
        try:
            with self._together():
                try:
                    yield
                except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - raised again below
                    failure = error
        except BaseException as error:
            for lane, _ in self._leaving:
                lane.running -= 1
            self._leaving.clear()
            self._afterwards.clear()
            if failure is None:
                raise
            raise failure from error  # the first thing that went wrong says why
        self._leave()
        if failure is not None:
            raise failure

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        afterwards, self._afterwards = self._afterwards, []
        for lane, errand in leaving:
            self._send(lane, errand)
        for action in afterwards:
            action()

    def _start_due(self) -> bool:
        """Start what is due; whether anything was started."""
        started = False
        for lane in self._lanes.values():
            while lane.due and lane.free and lane.next_at <= self._clock():
                begin = heapq.heappop(lane.due)[2]
                if errand := begin():
                    lane.running += 1
                    self._leaving.append((lane, errand))
                started = True
        return started

    def _send(self, lane: _Lane, errand: Errand) -> None:
        def done(value: Any, error: BaseException | None) -> None:
            self._inbox.put(lambda: heard(value, error))

        def heard(value: Any, error: BaseException | None) -> None:
            lane.running -= 1
            if error is None:
                errand.then(value)
            else:
                errand.failed(error)

        self._hands.give(errand.go, done)

    def _out(self) -> bool:
        return any(lane.running for lane in self._lanes.values())

    def _waiting(self) -> bool:
        return any(lane.due for lane in self._lanes.values())

    def _wait(self) -> Callable[[], None] | None:
        """The next message, or None when the wait was for something to become due."""
        wait_s = min((max(lane.next_at - self._clock(), 0.0) for lane in self._startable()), default=_LOOK_UP_S)
        if self._out() or not self._inbox.empty():
            return self._next(min(wait_s, _LOOK_UP_S))
        if wait_s > 0:
            self._sleep(min(wait_s, _PAUSE_S))
        return None

    def _startable(self) -> Iterable[_Lane]:
        return (lane for lane in self._lanes.values() if lane.due and lane.free)

    def _next(self, timeout_s: float) -> Callable[[], None] | None:
        try:
            return self._inbox.get(timeout=timeout_s) if timeout_s > 0 else self._inbox.get_nowait()
        except queue.Empty:
            return None

    def _hear(self, message: Callable[[], None] | None) -> None:
        """Hear a message and those behind it, but not so many that the others on the ledger wait long."""
        heard = 0
        while message is not None:
            message()
            heard += 1
            message = self._next(0) if heard < _HEARD_AT_ONCE else None
