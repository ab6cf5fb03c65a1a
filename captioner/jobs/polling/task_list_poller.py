"""Asks about many tasks at once: one page of the service's list tells which of a hundred tasks have ended. Pure.

A request about one task costs as much of the account's quota as a page of the list. So while many tasks are out, those
that may have ended are looked for in the list, and only those that have are asked about. What the list does not show is
asked about one by one, and a list that shows nothing of ours is no longer used.

Source: Model Studio, "Asynchronous task management API", 2026-03-15: the list answers for many tasks, has their status,
takes `page_no` and `page_size`, and counts for the same 20 requests a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from captioner.jobs.records import Task
from captioner.jobs.states import BACKOFFS, Cause
from captioner.recognition.base import TaskEntry

__all__ = ["PAGE_SIZE", "PageNews", "TaskListPoller"]

PAGE_SIZE = 100
# With fewer tasks out, asking about each is as cheap.
_FROM = 16
# At least so long between two rounds, and never more than this share of the requests for pages.
_EVERY_S = 1.0
_SHARE = 0.25
# Rounds that show nothing of ours, or fail, before the list is no longer used; and rounds that do not show one task
# before that task is asked about.
_EMPTY_ROUNDS = 3
_MISSED_ROUNDS = 2
# The service's clock and ours may differ by so much.
_CLOCKS_S = 60.0


@dataclass(frozen=True, slots=True)
class _Pending:
    """A task that may have ended, and in how many rounds the list did not show it."""

    task: Task
    missed: int = 0


@dataclass(frozen=True, slots=True)
class PageNews:
    """News from a page of the list, or from its failure.

    Attributes:
        ask: Numbers of the tasks to be asked about now.
        running: Numbers of tasks that have not ended, each with the service's word for its state.
        next_at: Unix seconds when the next page is due, or None when none is.
    """

    ask: tuple[int, ...] = ()
    running: tuple[tuple[int, str], ...] = ()
    next_at: float | None = None


class TaskListPoller:
    """Looks through the list, a page at a time, as long as something in it may have ended.

    Args:
        queries_per_s: Requests that all processes on the ledger may make in a second.

    Attributes:
        is_idle: No page is due or under way.
    """

    def __init__(self, queries_per_s: float) -> None:
        self._pages_per_s = queries_per_s * _SHARE
        self._pending: dict[str, _Pending] = {}
        self._round: dict[str, _Pending] = {}
        self._page = self._pages = 0
        self._empty_rounds = 0
        self._has_seen = False
        self.is_idle = True

    def is_worth_it(self, in_flight: int) -> bool:
        """Whether, with so many tasks out, the list is asked rather than about each."""
        return in_flight >= _FROM and self._empty_rounds < _EMPTY_ROUNDS

    def add(self, task: Task) -> None:
        """Look for a task from now on, until it has ended."""
        self._pending[task.task_id] = _Pending(task)

    def drop(self, task: Task) -> bool:
        """Stop looking for a task; whether it was looked for."""
        return self._pending.pop(task.task_id, None) is not None

    def next_page(self, intents: Iterable[float]) -> int | None:
        """The page to ask for now, or None when nothing is looked for.

        A round begins at the first page that can hold one of those looked for.

        Args:
            intents: When each task that is waited for was made; later ones come first in the list.
        """
        self._round = {name: pending for name, pending in self._round.items() if name in self._pending}
        if not self._round:
            self._round = dict(self._pending)
            if not self._round:
                self.is_idle = True
                return None
            youngest = max(pending.task.intent_at for pending in self._round.values())
            newer = sum(intent_at > youngest for intent_at in intents)
            self._page, self._pages, self._has_seen = 1 + newer // PAGE_SIZE, 0, False
        self.is_idle = False
        return self._page

    def on_page(self, entries: Sequence[TaskEntry], pages: int, now: float) -> PageNews:
        """Take in a page.

        Args:
            entries: What is on it.
            pages: How many pages there are.
            now: Unix seconds.
        """
        self._pages += 1
        ended: list[int] = []
        running: list[tuple[int, str]] = []
        for entry in entries:
            pending = self._round.pop(entry.task_id, None)
            if pending is None or entry.task_id not in self._pending:
                continue
            self._empty_rounds, self._has_seen = 0, True
            if entry.is_finished:
                del self._pending[entry.task_id]
                ended.append(pending.task.id)
            else:
                self._pending[entry.task_id] = _Pending(pending.task)
                running.append((pending.task.id, entry.status))
        if self._round and entries and self._page < pages and not self._is_past(entries):
            self._page += 1
            return PageNews(tuple(ended), tuple(running), now)
        return PageNews((*ended, *self._missed()), tuple(running), now + max(_EVERY_S, self._pages / self._pages_per_s))

    def on_failure(self, now: float) -> PageNews:
        """Take in that the list does not answer: wait a little, then have each task asked about instead."""
        self._empty_rounds += 1
        if self._empty_rounds < _EMPTY_ROUNDS:
            return PageNews(next_at=now + BACKOFFS[Cause.SERVICE].wait_s(self._empty_rounds))
        return self.give_up()

    def give_up(self) -> PageNews:
        """Have each task asked about from now on."""
        self._empty_rounds = _EMPTY_ROUNDS
        pending, self._pending, self._round, self.is_idle = self._pending, {}, {}, True
        return PageNews(tuple(one.task.id for one in pending.values()))

    def _is_past(self, entries: Sequence[TaskEntry]) -> bool:
        """Whether what follows, newest first, is older than everything looked for, with a minute for the clocks."""
        made = [entry.created_ms for entry in entries if entry.created_ms is not None]
        oldest = min(pending.task.intent_at for pending in self._round.values())
        return bool(made) and max(made) / 1000 < oldest - _CLOCKS_S

    def _missed(self) -> list[int]:
        """End a round: the tasks that the list does not show and that are to be asked about."""
        missing, self._round = self._round, {}
        if missing and not self._has_seen:
            self._empty_rounds += 1
        ask: list[int] = []
        for name, pending in missing.items():
            if name not in self._pending:
                continue
            missed = replace(pending, missed=pending.missed + 1)
            if missed.missed >= _MISSED_ROUNDS or self._empty_rounds >= _EMPTY_ROUNDS:
                del self._pending[name]
                ask.append(missed.task.id)
            else:
                self._pending[name] = missed
        return ask
