"""The one thread that decides: takes what is due, dispatches steps to executors, and records what came of them.

It works in turns. What came in is settled, what is due is begun, all of that is committed together, and only then do
the calls of the turn leave. The busier a run is, the more a turn holds, so that a commit is shared by many jobs: with
many recognitions under way a turn waits for half a second for what holds nothing up.
Nothing else writes to the ledger, so nothing in `stages` needs a lock.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from captioner.errors import Interrupted, LedgerError, SetupError
from captioner.jobs.events import Event, Preparing, Uploading
from captioner.jobs.executors import WorkerDied, describe_exit
from captioner.jobs.polling.due_queue import LANES, Call, Item, Kind
from captioner.jobs.run_context import RunContext
from captioner.jobs.services import Fault, Paced, Where, perform, perform_at, perform_each
from captioner.jobs.stages import ENTER, STAGES, collect, intake, submit, upload, write
from captioner.jobs.states import Cause, Reason, Rejected, Retry, State
from captioner.jobs.steps import MEDIA_STEPS
from captioner.jobs.upload_notes import drop_note

__all__ = ["WRITTEN_TOGETHER", "Place", "Scheduler"]

log = logging.getLogger(__name__)

# How long a wait lasts before the scheduler looks whether the run is to stop.
_LOOK_UP_S = 0.2
# How long answers that cost money are waited for when a run is stopped.
_DRAIN_S = 4.0
# Messages settled in one turn at most: some ten milliseconds, during which the ledger may be locked.
_SETTLED_AT_ONCE = 64
# Recognitions under way from which a run is busy, and how long a turn of a busy run waits after the last one for
# results that hold nothing up: ten in a row take less processor time than each by itself (bench/cluster.py: 9.4 ms a
# file with 0.1 s, 7.9 with 0.5). Submissions begin in time, and are recorded at once, all the same.
_BUSY = 16
_GATHERED_S = 0.5
_IN_TIME = ("take", "submit")
#: Files whose captions are written by one call.
WRITTEN_TOGETHER = 4
# The longest sleep in one piece, so that the heartbeat goes on.
_PAUSE_S = 1.0
# Worker processes that crash while they do nothing but one file before that file counts as the cause: damaged media can
# crash a decoder. The signals are those by which a process kills itself; a process killed from outside says nothing
# about its file.
_DEATHS = 2
_CRASHES = frozenset({-4, -6, -7, -8, -11})  # SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV: signal(7)


@dataclass(frozen=True, slots=True)
class Place:
    """A place where steps are called: an executor, and how a step finds its services there."""

    executor: Executor
    where: Where


@dataclass(frozen=True, slots=True)
class _Finished:
    """A call that is over."""

    call: Call
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class _TasksEnded:
    """An event from outside says that these tasks have ended."""

    task_ids: frozenset[str]


_Message = Event | _Finished | _TasksEnded


@dataclass(slots=True)
class _Hold:
    """A turn that is held: what comes in does not wake the deciding thread, but for what ends the hold.

    Attributes:
        urgent: Kinds of calls whose end is urgent.
        awaited: Messages after which nothing more can come.
        is_over: Set to end it.
    """

    urgent: frozenset[Kind]
    awaited: int
    is_over: threading.Event


class Scheduler:
    """Empties the queue of a run.

    Args:
        run: The run.
        media: Where media steps are called.
        service: Where service steps are called.
        sleep: Waits so many seconds.
        stop: Set by anyone to end the run.
    """

    def __init__(
        self, run: RunContext, media: Place, service: Place, sleep: Callable[[float], object], stop: threading.Event
    ) -> None:
        self._run = run
        self._places: Mapping[bool, Place] = {True: media, False: service}
        self._sleep = sleep
        self._stop = stop
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._come: deque[_Message] = deque()
        self._hold: _Hold | None = None
        self._urgent: frozenset[Kind] | None = None
        self._turned_at = float("-inf")
        self._ahead_s = 0.0
        self._leaving: deque[Call] = deque()
        self._deaths: dict[tuple[Kind, Any], int] = {}

    def report(self, event: Event) -> None:
        """Take in the progress of a step; may be called in any thread.

        Raises:
            Interrupted: The run is being stopped.
        """
        if self._stop.is_set():
            raise Interrupted("stopped")
        self._inbox.put(event)

    def hurry(self, task_ids: Collection[str]) -> None:
        """Have tasks asked about now, because an event says that they have ended; may be called in any thread."""
        self._put(_TasksEnded(frozenset(task_ids)))

    def work(self, on_tick: Callable[[], None]) -> None:
        """Work until nothing is left to do.

        Args:
            on_tick: Called now and then, at least every few tenths of a second.

        Raises:
            Interrupted: `stop` was set.
            SetupError: Every file would fail the same way.
        """
        message = None
        due = self._run.queue
        while self._turn(message) or due.is_running or due.is_waiting(unless=self._without_use()):
            on_tick()
            if self._stop.is_set():
                raise Interrupted("stopped; run the same command again to go on where it was")
            message = self._wait()

    def _without_use(self) -> Collection[Kind]:
        """Kinds of items that no run waits for: it sweeps at its end, and lists tasks only while it waits for some."""
        return (Kind.SWEEP,) if self._run.collect.waits else (Kind.SWEEP, Kind.LIST)

    def drain(self, *kinds: Kind) -> None:
        """Settle the results of calls of these kinds that are under way, for a few seconds, beginning nothing new.

        Further calls may fail for the same reason as the one that ends the run; the others are settled all the same.
        """
        end, lanes = time.monotonic() + _DRAIN_S, [LANES[kind] for kind in kinds]
        while any(self._run.queue.depth(lane)[1] for lane in lanes) and (left_s := end - time.monotonic()) > 0:
            with suppress(SetupError, Interrupted):
                self._turn(self._next(left_s), begin=False)

    # A turn

    def _turn(self, message: _Message | None, *, begin: bool = True) -> bool:
        """Settle what has come in, begin what is due, commit it together, and let the calls leave.

        After an error they leave all the same when they were decided on before it; what could not be recorded is never
        done.

        Args:
            message: The first that came in, or None.
            begin: Whether anything may be begun.

        Returns:
            Whether anything was begun.
        """
        failure: BaseException | None = None
        begun = False
        urgent, self._urgent = self._urgent, None
        try:
            with self._run.ledger.transaction():
                try:
                    if self._is_about_money(message):
                        self._run.ledger.begin_purchase()  # one commit, which reaches the disk, instead of two
                    self._check_role()
                    if urgent is None:
                        self._settle_all(message)
                        begun = begin and self._begin_due()
                    else:
                        self._settle_urgent(urgent)
                        begun = begin and self._begin_due([*_IN_TIME, *{LANES[kind] for kind in urgent}])
                except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - raised again below
                    failure = error
        except BaseException as error:
            self._forget_turn()
            if failure is None:
                raise
            raise failure from error  # the first thing that went wrong says why
        for calls in self._departing():
            self._dispatch(calls)
        if urgent is None:
            self._turned_at = time.monotonic()
        self._drop_notes()
        self._tell_feed()
        if failure is not None:
            raise failure
        return begun

    def _is_about_money(self, message: _Message | None) -> bool:
        """Whether a turn records a submission, or what became of one."""
        at = self._run.queue.next_at([LANES[Kind.SUBMIT]])
        return (at is not None and at <= self._run.now) or any(
            isinstance(one, _Finished) and one.call.kind is Kind.SUBMIT for one in (message, *self._come)
        )

    def _check_role(self) -> None:
        """End a coordinator that was frozen so long that another has taken its place.

        Raises:
            LedgerError: Another has.
        """
        leases, ledger = self._run.leases, self._run.ledger
        if leases is not None and not ledger.is_coordinator(leases.claim.number):
            raise LedgerError(
                f"{ledger.path}: another coordinator has taken over, because this one was silent; it ends"
            )

    def _forget_turn(self) -> None:
        for call in self._leaving:
            self._run.queue.end(call.kind)
        self._leaving.clear()
        self._run.reported.clear()
        self._run.upload.noted.clear()

    def _drop_notes(self) -> None:
        """Remove the notes of uploads that the ledger knows, after the commit."""
        noted = self._run.upload.noted
        while noted:
            drop_note(self._run.services.work_folder, noted.pop())

    def _tell_feed(self) -> None:
        """Tell the feed of inputs that have ended, after the commit."""
        reported, self._run.reported = self._run.reported, []
        for source, report in reported:
            self._run.feed.ended(source, report)

    def _departing(self) -> list[list[Call]]:
        """The calls of a turn that leave now; a few that write files leave together."""
        leaving, self._leaving = self._leaving, deque()
        writing = [call for call in leaving if call.kind is Kind.WRITE]
        together = [writing[start : start + WRITTEN_TOGETHER] for start in range(0, len(writing), WRITTEN_TOGETHER)]
        return [*([call] for call in leaving if call.kind is not Kind.WRITE), *together]

    def _dispatch(self, calls: Sequence[Call]) -> None:
        """Have a call done; of several each has its own result, and they are done one after another."""
        call = calls[0]
        place = self._places[call.step in MEDIA_STEPS]
        if len(calls) > 1:
            futures: list[Future[Any]] = [Future() for _ in calls]
            steps = [(each.step, each.args) for each in calls]
            place.executor.submit(perform_each, steps, futures, place.where)
        elif call.slot is None:
            futures = [place.executor.submit(perform, call.step, call.args, place.where)]
        else:
            futures = [place.executor.submit(perform_at, call.slot, call.step, call.args, place.where)]
        for each, future in zip(calls, futures, strict=True):
            future.add_done_callback(partial(self._on_done, each))

    def _on_done(self, call: Call, future: Future[Any]) -> None:
        self._put(_Finished(call, future))

    def _put(self, message: _Message) -> None:
        self._inbox.put(message)
        hold = self._hold
        if hold is not None and (_ends(hold, message) or self._inbox.qsize() >= hold.awaited):
            hold.is_over.set()

    # What is due

    def _begin_due(self, lanes: Collection[str] | None = None) -> bool:
        """Begin what is due, on all lanes or on some; whether anything was begun."""
        begun = False
        intake.resume(self._run)
        while (item := self._run.queue.pop(self._run.now, lanes)) is not None:
            begun = True
            if item.kind is Kind.TAKE:
                self._take()
            else:
                self._begin(item)
            self._follow_up()
        return begun

    def _begin(self, item: Item) -> None:
        """Begin an item; one that is to keep the rate of requests in its slot, or it comes back when that is near."""
        slot = None
        if LANES[item.kind] == "ask":
            slot = self._run.requests.next_slot()
            if slot - self._ahead_s > self._run.now:
                self._run.queue.pause("ask", slot - self._ahead_s)
                self._run.queue.put(item.kind, item.subject)
                return
            self._run.requests.use()
        call = self._isolated(item.kind, item.subject, STAGES[item.kind].plan, self._run, item.subject)
        if call is not None:
            self._run.queue.begin(call.kind)
            self._leaving.append(replace(call, slot=slot) if slot is not None and slot > self._run.now else call)

    def _take(self) -> None:
        """Take inputs up, not for long, so that the stages go on meanwhile. What is done already takes no room."""
        until, taken = time.monotonic() + intake.TAKING_S, False
        while inputs := intake.next_inputs(self._run):
            taken = True
            for source, clash in inputs:
                self._isolated(Kind.TAKE, source, intake.begin, self._run, source, clash)
                self._follow_up()
            if time.monotonic() >= until:
                break
        intake.schedule(self._run, taken=taken)

    def _follow_up(self) -> None:
        """Schedule the next step of each recognition that has changed, and go on with inputs whose own has ended."""
        run = self._run
        while run.changed or run.ended:
            while run.ended:
                ended = run.ended.popleft()
                upload.release(run, ended.rec.key)
                submit.release(run, ended.rec.key)
                self._isolated(Kind.COMPOSE, ended.job_run, write.recognition_ended, run, ended)
            if not run.changed:
                continue
            key = run.changed.popleft()
            rec = run.active.get(key)
            if rec is None:
                continue
            if rec.state is not State.FOUND:
                upload.release(run, key)
            self._isolated(Kind.UPLOAD, key, ENTER[rec.state], run, rec)

    # What has come in

    def _settle_all(self, message: _Message | None) -> None:
        """Settle a message and those behind it, but not so many that the others on the ledger wait long."""
        settled = 0
        while message is not None:
            if isinstance(message, _Finished):
                self._settle(message.call, message.future)
            elif isinstance(message, _TasksEnded):
                collect.hurry(self._run, message.task_ids)
            else:
                self._told(message)
            settled += 1
            message = self._next(0) if settled < _SETTLED_AT_ONCE else None

    def _settle_urgent(self, urgent: Collection[Kind]) -> None:
        """Settle what is urgent of what has come in; the rest waits for its turn."""
        self._take_in()
        come, self._come = self._come, deque()
        for message in come:
            if isinstance(message, _Finished) and message.call.kind in urgent:
                self._settle(message.call, message.future)
            else:
                self._come.append(message)

    def _told(self, event: Event) -> None:
        if isinstance(event, Uploading):
            self._run.upload.sending.add(event.source)
        elif isinstance(event, Preparing):
            self._run.upload.sending.discard(event.source)
        self._run.emit(event)

    def _settle(self, call: Call, future: Future[Any]) -> None:
        self._run.queue.end(call.kind)
        result = self._result(call, future)
        late_s = 0.0
        if isinstance(result, Paced):
            late_s, result = result.late_s, result.result
        if isinstance(result, Fault):
            self._give_up(call.kind, call.subject, result)
        elif call.kind is Kind.SUBMIT:
            self._isolated(call.kind, call.subject, submit.settle, self._run, call.subject, result, late_s)
        elif isinstance(result, SetupError):
            raise result
        else:
            self._isolated(call.kind, call.subject, STAGES[call.kind].settle, self._run, call.subject, result)
        self._follow_up()

    def _result(self, call: Call, future: Future[Any]) -> Any:
        """Result of a call; the error that ends the run, or the outcome that the death of its worker stands for.

        Raises:
            Interrupted: The run is being stopped.
        """
        try:
            result = future.result()
        except SetupError as error:
            return error
        except (WorkerDied, CancelledError) as error:
            return self._died(call, error.exit_code if isinstance(error, WorkerDied) else 0)
        except Interrupted:
            if self._stop.is_set():
                raise
            return self._died(call, 0)  # only its worker was told to end
        if call.step in MEDIA_STEPS:  # no other step is done where workers die
            self._deaths.pop(_ident(call), None)
        return result

    def _died(self, call: Call, exit_code: int) -> Rejected | Retry:
        """The outcome of a step whose worker died: it is repeated, unless it is what crashes the workers."""
        ident = _ident(call)
        deaths = self._deaths[ident] = self._deaths.get(ident, 0) + (exit_code in _CRASHES)
        if deaths >= _DEATHS:
            del self._deaths[ident]
            message = f"a worker process crashed at it {deaths} times (signal {-exit_code}); export it again"
            return Rejected(Reason(message, kind="MediaError"))
        return Retry(Cause.WORKER, Reason(f"its worker process {describe_exit(exit_code)}", kind="WorkerDied"))

    # Isolation

    def _isolated(self, kind: Kind, subject: Any, function: Callable[..., Any], *args: Any) -> Any:
        """Call a decision; an internal error in it concerns its subject and nothing else.

        Raises:
            SetupError: Every file would fail the same way.
            Interrupted: The run is being stopped.
        """
        try:
            return function(*args)
        except (SetupError, Interrupted):
            raise
        except Exception as error:  # noqa: BLE001 - logged with its traceback; other files go on
            self._give_up(kind, subject, Fault.of(error))
            return None

    def _give_up(self, kind: Kind, subject: Any, fault: Fault) -> None:
        log.error("%s: a fault in captioner\n%s", self._name_of(subject), fault.trace)
        reason = write.fault_reason(fault)
        if kind is Kind.TAKE:
            intake.give_up(self._run, subject, reason)
        else:
            STAGES[kind].give_up(self._run, subject, reason)

    def _name_of(self, subject: Any) -> str:
        """Name of a subject in the log."""
        if isinstance(subject, str) and subject in self._run.waiting:
            return self._run.name_of(subject)
        return str(getattr(subject, "name", subject))

    # Waiting

    def _wait(self) -> _Message | None:
        """The next message, or None when the wait was for something to become due."""
        due = self._run.queue
        next_at = due.next_at()
        if next_at is None and not due.is_running:
            return None
        held_s = self._held_s()
        wait_s = _LOOK_UP_S if next_at is None else max(next_at - self._run.now, held_s)
        if (in_time_at := due.next_at(_IN_TIME)) is not None:
            wait_s = min(wait_s, max(in_time_at - self._run.now, 0.0))
        if due.is_running or not self._inbox.empty():
            wait_s = min(wait_s, _LOOK_UP_S)
            if held_s > 0 and not self._held(min(held_s, wait_s), held_s):
                return None
            return self._next(wait_s - held_s)
        if wait_s > 0:
            self._sleep(min(wait_s, _PAUSE_S))
        return None

    @property
    def _is_busy(self) -> bool:
        return len(self._run.active) >= _BUSY

    def _held_s(self) -> float:
        """Seconds for which the next turn is held, but for what is urgent."""
        if not (self._is_busy and self._run.queue.is_running):
            self._ahead_s = 0.0
            return 0.0
        return max(self._turned_at + _GATHERED_S - time.monotonic(), 0.0)

    def _held(self, wait_s: float, held_s: float) -> bool:
        """Hold the turn; whether it is over.

        Args:
            wait_s: How long to wait at most.
            held_s: How long the turn is held.
        """
        due, until = self._run.queue, time.monotonic() + held_s
        urgent = frozenset(kind for kind in Kind if kind is Kind.SUBMIT or due.is_held_up(kind, self._run.now))
        hold = self._hold = _Hold(urgent, due.running, threading.Event())
        try:
            # What is in already is looked at here, and what comes from now on where it is put in.
            self._take_in()
            hold.awaited = due.running - len(self._come)
            if hold.awaited > 0 and not any(_ends(hold, message) for message in self._come):
                self._ahead_s = _GATHERED_S  # what is due before the next turn begins in its slot
                hold.is_over.wait(wait_s)
        finally:
            self._hold = None
        self._take_in()
        is_asked_for = any(isinstance(message, _TasksEnded) for message in self._come)
        is_over = is_asked_for or len(self._come) >= due.running or time.monotonic() >= until
        self._urgent = None if is_over else urgent
        return is_over

    def _take_in(self) -> None:
        """Take what is in the inbox."""
        with suppress(queue.Empty):
            while True:
                self._come.append(self._inbox.get_nowait())

    def _next(self, timeout_s: float) -> _Message | None:
        if self._come:
            return self._come.popleft()
        try:
            return self._inbox.get(timeout=timeout_s) if timeout_s > 0 else self._inbox.get_nowait()
        except queue.Empty:
            return None


def _ends(hold: _Hold, message: _Message) -> bool:
    """Whether a message ends a hold: a task was bought, or has ended, or something waits for a place."""
    return isinstance(message, _TasksEnded) or (isinstance(message, _Finished) and message.call.kind in hold.urgent)


def _ident(call: Call) -> tuple[Kind, Any]:
    """Identity of a call, whichever attempt it is."""
    subject = call.subject
    return call.kind, getattr(subject, "name", subject)
