"""Many tasks at once: one page of the service's list tells which of a hundred tasks have ended.

A question about one task costs as much of the account's quota as a page of the list. So while many tasks are out, those
that may have ended are looked for in the list, and only those that have are asked about. What the list does not show is
asked about one by one, and a list that shows nothing of ours is not used any more.

Source: Model Studio, "Asynchronous task management API", 2026-03-15: the list answers for many tasks, has their status,
takes `page_no` and `page_size`, and counts for the same 20 questions a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from captioner.errors import CaptionerError, SetupError
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Errand
from captioner.jobs.records import Task
from captioner.jobs.states import BACKOFFS, Cause, Reason
from captioner.recognition.funasr.task_status import TaskEntry

__all__ = ["Surveying", "Waiting"]

# With fewer tasks out, asking about each is as cheap.
_FROM = 16
_PAGE = 100
# At least so long between two rounds, and never more than this share of the questions for pages.
_EVERY_S = 1.0
_SHARE = 0.25
# Rounds that show nothing of ours, or fail, before the list is left alone; and rounds that do not show one task before
# that task is asked about.
_BARREN = 3
_UNSEEN = 2
# The service's clock and ours may differ by so much.
_CLOCKS_S = 60.0

W = TypeVar("W", bound="Waiting")


class Waiting(Protocol):
    """A task that is waited for."""

    @property
    def name(self) -> str:
        """How messages call it."""
        ...

    @property
    def task(self) -> Task:
        """The task."""
        ...

    def give_up(self, reason: Reason) -> None:
        """Take it out of the run after a fault of our own."""
        ...


@dataclass(slots=True, eq=False)
class _Ripe(Generic[W]):
    """A task that may have ended, and in how many rounds the list did not show it."""

    wait: W
    unseen: int = 0


class Surveying(Generic[W]):
    """Looks into the list, a page at a time, as long as something may have ended.

    Args:
        desk: Shared by all.
        ask: Asks about one task now.
        running: Hears that a task has not ended, with the service's word for it.
        newer: How many tasks that are waited for were made after a time; they come first in the list.
    """

    def __init__(
        self,
        desk: Desk,
        ask: Callable[[W], None],
        running: Callable[[W, str], None],
        newer: Callable[[float], int],
    ) -> None:
        self._desk = desk
        self._ask = ask
        self._running = running
        self._newer = newer
        self._ripe: dict[str, _Ripe[W]] = {}
        self._round: dict[str, _Ripe[W]] = {}
        self._page = self._pages = 0
        self._barren = 0
        self._has_seen = self._is_out = False

    def is_worth_it(self, in_flight: int) -> bool:
        """Whether with so many tasks out the list is asked rather than about each."""
        return in_flight >= _FROM and self._barren < _BARREN

    def add(self, wait: W) -> None:
        """Look for a task from now on, until it has ended."""
        self._ripe[wait.task.task_id] = _Ripe(wait)
        if not self._is_out:
            self._put(self._desk.now)

    def drop(self, wait: W) -> None:
        """Look for a task no more."""
        self._ripe.pop(wait.task.task_id, None)

    def _put(self, due_at: float) -> None:
        self._is_out = True
        self._desk.ask(lambda: self._desk.guard(_Subject(self), self._begin), due_at)

    def _begin(self) -> Errand | None:
        """Ask for the next page; a round begins at the first page that can hold one of those looked for."""
        self._round = {name: ripe for name, ripe in self._round.items() if name in self._ripe}
        if not self._round:
            self._round = dict(self._ripe)
            if not self._round:
                self._is_out = False
                return None
            youngest = max(ripe.wait.task.intent_at for ripe in self._round.values())
            self._page, self._pages, self._has_seen = 1 + self._newer(youngest) // _PAGE, 0, False
        number = self._page
        return self._desk.errand(
            _Subject(self),
            lambda: self._desk.world.client.page(number, _PAGE),
            lambda found: self._heard(*found),
            self._failed,
        )

    def _heard(self, entries: Sequence[TaskEntry], pages: int) -> None:
        self._pages += 1
        for entry in entries:
            ripe = self._round.pop(entry.task_id, None)
            if ripe is None or entry.task_id not in self._ripe:
                continue
            self._barren, self._has_seen = 0, True
            if entry.is_finished:
                del self._ripe[entry.task_id]
                self._ask(ripe.wait)
            else:
                ripe.unseen = 0
                self._running(ripe.wait, entry.status)
        if self._round and entries and self._page < pages and not self._is_past(entries):
            self._page += 1
            self._put(self._desk.now)
        else:
            self._end_round()

    def _is_past(self, entries: Sequence[TaskEntry]) -> bool:
        """Whether what follows, newest first, is older than everything looked for, with a minute for the clocks."""
        made = [entry.created_ms for entry in entries if entry.created_ms is not None]
        oldest = min(ripe.wait.task.intent_at for ripe in self._round.values())
        return bool(made) and max(made) / 1000 < oldest - _CLOCKS_S

    def _end_round(self) -> None:
        missing, self._round = self._round, {}
        if missing and not self._has_seen:
            self._barren += 1
        for name, ripe in missing.items():
            ripe.unseen += 1
            if ripe.unseen >= _UNSEEN or self._barren >= _BARREN:
                self._ripe.pop(name, None)
                self._ask(ripe.wait)
        pages_per_s = self._desk.options.queries_per_s * _SHARE
        self._put(self._desk.now + max(_EVERY_S, self._pages / pages_per_s))

    def _failed(self, error: CaptionerError) -> None:
        """The list does not answer: wait a little, then ask about each task instead."""
        if isinstance(error, SetupError):
            raise error
        self._barren += 1
        if self._barren < _BARREN:
            self._put(self._desk.now + BACKOFFS[Cause.SERVICE].wait_s(self._barren))
        else:
            self.give_up()

    def give_up(self) -> None:
        """Ask about each task from now on."""
        self._barren = _BARREN
        ripe, self._ripe, self._round, self._is_out = self._ripe, {}, {}, False
        for one in ripe.values():
            self._ask(one.wait)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The list as the subject of errands."""

    surveying: Surveying[Any]

    @property
    def name(self) -> str:
        return "the list of tasks"

    def give_up(self, reason: Reason) -> None:
        self.surveying.give_up()
