"""Tasks of the emulator: waiting, running, ended, forgotten.

A scheduler thread starts due tasks, and a few workers process the files. The state of a task is computed from the clock
when it is requested, so that a test can set the clock by hand.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from captioner.emulator.messages import FileFailure, new_id
from captioner.emulator.parameters import Parameters
from captioner.emulator.recogniser import RecognisedFile
from captioner.emulator.state_folder import KeptTask, StateFolder
from captioner.emulator.task_timing import TaskTiming

__all__ = ["EmulatedTask", "TaskQueue"]

_log = logging.getLogger(__name__)

_WORKERS = 4
_SHORTEST_WAIT_S = 0.01
"""Shortest sleep of the scheduler, even when a task is due."""

FileWorker = Callable[[str, int, str, Parameters], RecognisedFile]
"""URL, its position in the task, model, parameters -> transcript; raises FileFailure."""


@dataclass(slots=True)
class EmulatedTask:
    """One submission; only `TaskQueue` changes it.

    Attributes:
        model: As submitted.
        urls: As submitted, in that order.
        parameters: As submitted; None when the submission had none.
        submitted_at: Unix seconds.
        due_at: Unix seconds at which work begins.
        must_have_parameters: Whether it fails without `parameters`.
        forgotten: Whether it is UNKNOWN once it has ended.
        id: The task id.
        request_id: Id of the submission.
        started_at: Unix seconds at which work began.
        ended_at: Unix seconds at which everything was done, or the task was cancelled.
        canceled: Whether it was cancelled.
        failure: Failure of the whole task, before any file was processed; it shows when the task has begun.
        outcomes: Result of every file; None while it is processed.
        paths: Path of the result of every recognised file, once the task has ended.
    """

    model: str
    urls: tuple[str, ...]
    parameters: Mapping[str, Any] | None
    submitted_at: float
    due_at: float
    must_have_parameters: bool = False
    forgotten: bool = False
    id: str = field(default_factory=new_id)
    request_id: str = field(default_factory=new_id)
    started_at: float | None = None
    ended_at: float | None = None
    canceled: bool = False
    failure: FileFailure | None = None
    outcomes: list[RecognisedFile | FileFailure | None] = field(default_factory=list)
    paths: dict[int, str] = field(default_factory=dict)

    @property
    def recognised(self) -> list[RecognisedFile]:
        """The files recognised so far."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, RecognisedFile)]

    @property
    def failed(self) -> list[FileFailure]:
        """The files that failed so far."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, FileFailure)]

    @property
    def billed_s(self) -> int:
        """Seconds billed; 0 before the task's end."""
        return sum(outcome.billed_s for outcome in self.recognised) if self.ended_at is not None else 0


class TaskQueue:
    """All tasks of one emulator.

    Args:
        work: Processes one file.
        timing: Delays and lifetimes.
        ended: Called once for every task that has run, as soon as `ended_at` is set, before the task can be queried.
        state: Keeps the tasks over a restart, or None.
    """

    def __init__(
        self,
        work: FileWorker,
        timing: TaskTiming,
        ended: Callable[[EmulatedTask], None],
        state: StateFolder | None = None,
    ) -> None:
        self._state = state
        self._work = work
        self._timing = timing
        self._ended = ended
        self._tasks: dict[str, EmulatedTask] = {}
        self._changed = threading.Condition(threading.RLock())
        self._files: queue.SimpleQueue[tuple[EmulatedTask, int, Parameters] | None] = queue.SimpleQueue()
        self._stopping = False
        self._threads = [threading.Thread(target=self._schedule, name="emulator-tasks", daemon=True)]
        self._threads += [
            threading.Thread(target=self._run_worker, name=f"emulator-work-{i}", daemon=True) for i in range(_WORKERS)
        ]

    def start(self) -> None:
        """Start working, also at what an emulator before this one did not finish."""
        if self._state is not None:
            for kept in self._state.tasks():
                self._take_over(kept)
        for thread in self._threads:
            thread.start()

    def stop(self, *, within_s: float) -> None:
        """Finish the files in progress, and start no others."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for _ in range(_WORKERS):
            self._files.put(None)
        for thread in self._threads:
            thread.join(within_s)

    def add(self, task: EmulatedTask) -> None:
        """Accept a task."""
        if self._state is not None:
            self._state.keep_task(
                KeptTask(task.id, task.request_id, task.model, task.urls, task.parameters, task.submitted_at)
            )
        with self._changed:
            self._tasks[task.id] = task
            self._changed.notify_all()

    def all(self) -> tuple[EmulatedTask, ...]:
        """Every task ever accepted, in order of submission, in its current state."""
        with self._changed:
            self._advance()
            return tuple(self._tasks.values())

    def find(self, task_id: str) -> EmulatedTask | None:
        """A task that is still known, in its current state."""
        with self._changed:
            if self._state is not None and task_id not in self._tasks and (kept := self._state.task(task_id)):
                self._take_over(kept)
            self._advance()
            task = self._tasks.get(task_id)
            return task if task and self.is_known(task) else None

    def is_known(self, task: EmulatedTask) -> bool:
        """Whether the service still knows a task: not longer than a day after its end."""
        if task.ended_at is None:
            return True
        return not task.forgotten and self._timing.clock() < task.ended_at + self._timing.task_lifetime_s

    def cancel(self, task_id: str) -> bool:
        """Cancel a task that has not begun; False for any other."""
        with self._changed:
            task = self.find(task_id)
            if task is None or task.started_at is not None or task.canceled:
                return False
            task.canceled, task.ended_at = True, self._timing.clock()
            return True

    def _take_over(self, kept: KeptTask) -> None:
        """Work at a task that was accepted before this emulator started, or by another one."""
        with self._changed:
            self._tasks[kept.id] = EmulatedTask(
                model=kept.model,
                urls=kept.urls,
                parameters=kept.parameters,
                submitted_at=kept.submitted_at,
                due_at=kept.submitted_at,
                id=kept.id,
                request_id=kept.request_id,
            )
            self._changed.notify_all()

    def _advance(self) -> None:
        """Start due tasks and end finished ones; needs the lock."""
        now = self._timing.clock()
        for task in self._tasks.values():
            if task.ended_at is None and task.started_at is None and now >= task.due_at:
                self._begin(task, now)
            if task.ended_at is None and task.started_at is not None and now >= self._ends_at(task):
                task.ended_at = now
                self._ended(task)

    def _begin(self, task: EmulatedTask, now: float) -> None:
        task.started_at = now
        if task.failure is not None:
            return
        try:
            if task.parameters is None and task.must_have_parameters:
                raise FileFailure("InvalidParameter", "parameters is missing; send at least an empty object.")
            parameters = Parameters.read(task.model, task.parameters or {})
        except FileFailure as failure:
            task.failure = failure
            return
        task.outcomes = [None] * len(task.urls)
        for position in range(len(task.urls)):
            self._files.put((task, position, parameters))

    def _ends_at(self, task: EmulatedTask) -> float:
        """End of a started task, Unix seconds; infinity while a file is processed."""
        if any(outcome is None for outcome in task.outcomes):
            return float("inf")
        audio_s = sum(outcome.duration_ms for outcome in task.recognised) / 1000
        return (
            (task.started_at or 0.0)
            + self._timing.running_s
            + (audio_s / self._timing.speed if self._timing.speed else 0)
        )

    def _schedule(self) -> None:
        with self._changed:
            while not self._stopping:
                self._advance()
                self._changed.wait(self._until_next())

    def _until_next(self) -> float | None:
        """Seconds until a task is due or ends, None when nothing is expected."""
        open_tasks = [task for task in self._tasks.values() if task.ended_at is None]
        moments = [task.due_at if task.started_at is None else self._ends_at(task) for task in open_tasks]
        soonest = min(moments, default=float("inf"))
        return None if soonest == float("inf") else max(_SHORTEST_WAIT_S, soonest - self._timing.clock())

    def _run_worker(self) -> None:
        while (item := self._files.get()) is not None:
            task, position, parameters = item
            outcome = self._outcome(task, position, parameters)
            with self._changed:
                task.outcomes[position] = outcome
                self._changed.notify_all()

    def _outcome(self, task: EmulatedTask, position: int, parameters: Parameters) -> RecognisedFile | FileFailure:
        if self._stopping:
            return FileFailure("SERVER_ERROR", "The service is shutting down.")
        try:
            return self._work(task.urls[position], position, task.model, parameters)
        except FileFailure as failure:
            return failure
        except Exception:  # noqa: BLE001 - a worker must outlive a fault in its work, and the task must end
            _log.exception("file %d of task %s", position, task.id)
            return FileFailure("SERVER_ERROR", "Something failed inside the emulator; its log says what.")
