"""Queue of due items: lanes, each with a limit on how many may be under way.

An item says what kind of thing is due and for which subject; `stages.STAGES` says what that means.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["LANES", "Call", "DueQueue", "Item", "Kind"]


class Kind(StrEnum):
    """Kinds of due items."""

    TAKE = "take up inputs"
    CHECK = "check the options"
    PROBE = "probe"
    HELD = "look whether another process is done"
    UPLOAD = "upload"
    SIGN = "sign"
    SUBMIT = "submit"
    LOOK_UP = "look up"
    WAIT = "look whether a task is done"
    COLLECT = "collect"
    LIST = "list"
    ACCOUNT = "find out whose tasks"
    COMPOSE = "compose"
    WRITE = "write"
    SWEEP = "look what can be deleted"
    DELETE = "delete"
    WEBHOOK = "tell a webhook"
    COMMAND = "run a command"


#: Kinds in one lane share its limit, and requests to the service share its rate.
LANES: Mapping[Kind, str] = {
    Kind.TAKE: "take",
    Kind.CHECK: "ask",
    Kind.PROBE: "probe",
    Kind.HELD: "watch",
    Kind.UPLOAD: "upload",
    Kind.SIGN: "sign",
    Kind.SUBMIT: "submit",
    Kind.LOOK_UP: "ask",
    Kind.WAIT: "watch",
    Kind.COLLECT: "ask",
    Kind.LIST: "ask",
    Kind.ACCOUNT: "ask",
    Kind.COMPOSE: "compose",
    Kind.WRITE: "write",
    Kind.SWEEP: "watch",
    Kind.DELETE: "delete",
    Kind.WEBHOOK: "webhook",
    Kind.COMMAND: "command",
}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is due: what, and for which subject."""

    kind: Kind
    subject: Any


@dataclass(frozen=True, slots=True)
class Call:
    """A step that is to be called.

    Attributes:
        kind: What kind of thing it does.
        step: The function.
        args: Its arguments, without the services.
        subject: What it is done for; given back with what came of it.
        slot: Unix seconds at which it is to begin, or None for at once.
    """

    kind: Kind
    step: Callable[..., Any]
    args: tuple[Any, ...]
    subject: Any
    slot: float | None = None


@dataclass(slots=True)
class _Lane:
    width: int
    items: list[tuple[float, int, Item]] = field(default_factory=list)
    running: int = 0
    paused_until: float = 0.0

    @property
    def next_at(self) -> float:
        return max(self.items[0][0], self.paused_until)

    @property
    def has_room(self) -> bool:
        return bool(self.items) and self.running < self.width


class DueQueue:
    """Lanes of items, used by the deciding thread only.

    Args:
        widths: For each lane, how many calls may be under way.
    """

    def __init__(self, widths: Mapping[str, int]) -> None:
        self._lanes = {name: _Lane(width) for name, width in widths.items()}
        self._numbers = itertools.count()

    def put(self, kind: Kind, subject: Any = None, due_at: float = 0.0) -> None:
        """Have something done when it is due, in Unix seconds, and its lane has room."""
        heapq.heappush(self._lanes[LANES[kind]].items, (due_at, next(self._numbers), Item(kind, subject)))

    def withdraw(self, kind: Kind, subject: Any) -> bool:
        """Take an item out that was put in; whether there was one."""
        lane = self._lanes[LANES[kind]]
        kept = [entry for entry in lane.items if (entry[2].kind, entry[2].subject) != (kind, subject)]
        is_found = len(kept) < len(lane.items)
        if is_found:
            heapq.heapify(kept)
            lane.items = kept
        return is_found

    def pause(self, lane: str, until: float) -> None:
        """Begin nothing on a lane before a time."""
        self._lanes[lane].paused_until = until

    def pop(self, now: float, lanes: Collection[str] | None = None) -> Item | None:
        """Something that is due now, on any lane or on some, or None; lanes earlier in the table first."""
        for name, lane in self._lanes.items():
            if (lanes is None or name in lanes) and lane.has_room and lane.next_at <= now:
                return heapq.heappop(lane.items)[2]
        return None

    def begin(self, kind: Kind) -> None:
        """Count a call of this kind as under way."""
        self._lanes[LANES[kind]].running += 1

    def end(self, kind: Kind) -> None:
        """Count a call of this kind as over."""
        self._lanes[LANES[kind]].running -= 1

    def depth(self, lane: str) -> tuple[int, int]:
        """Number of items that wait on a lane, and of calls under way."""
        return len(self._lanes[lane].items), self._lanes[lane].running

    def next_at(self, lanes: Collection[str] | None = None) -> float | None:
        """Time at which the next item can begin, of all lanes or of some; None when nothing can before a call ends."""
        among = self._lanes.values() if lanes is None else [self._lanes[name] for name in lanes]
        return min((lane.next_at for lane in among if lane.has_room), default=None)

    def is_held_up(self, kind: Kind, now: float) -> bool:
        """Whether an item is due that waits until a call of this kind, or of another in its lane, has ended."""
        lane = self._lanes[LANES[kind]]
        return lane.running >= lane.width and bool(lane.items) and lane.next_at <= now

    @property
    def running(self) -> int:
        """Number of calls under way."""
        return sum(lane.running for lane in self._lanes.values())

    @property
    def is_running(self) -> bool:
        """Whether a call is under way."""
        return any(lane.running for lane in self._lanes.values())

    def is_waiting(self, unless: Collection[Kind] = ()) -> bool:
        """Whether an item waits, other than those of some kinds."""
        return any(item.kind not in unless for lane in self._lanes.values() for _, _, item in lane.items)
