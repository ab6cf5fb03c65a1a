"""What a person sees of many files, on stderr: an overview on a terminal, plain lines elsewhere, JSON on request."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli.progress import named
from captioner.cli.terminal import json_text, plain
from captioner.jobs.budget import LIMIT
from captioner.jobs.events import (
    Event,
    Failed,
    FileStarted,
    Noted,
    Preparing,
    Progress,
    Retrying,
    Uploading,
    Waiting,
    Wrote,
)
from captioner.jobs.states import Reason

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

__all__ = ["Lines", "Speed", "as_record", "shown"]

_LINE_EVERY_S = 15.0
_RECORD_EVERY_S = 5.0
_IN_HAND_SHOWN = 8
# Speeds are those of the last minute.
_WINDOW_S = 60.0
# The same trouble of many files is told this often.
_TROUBLE_EVERY_S = 10.0

Listener = Callable[[Event], None]


@contextmanager
def shown(*, quiet: bool, as_json: bool = False) -> Iterator[Listener]:
    """A listener for the events of a run of many files."""
    if as_json:
        yield _Records().hear
    elif sys.stderr.isatty() and not quiet:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            yield _Overview(live).hear
    else:
        yield Lines(_say, quiet=quiet).hear


class Speed:
    """Amounts over time: how fast they have grown lately, and when the last file will be done."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, Progress]] = deque()

    def add(self, progress: Progress) -> None:
        """Remember how far it is now."""
        now = self._clock()
        self._seen.append((now, progress))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()

    @property
    def bytes_per_s(self) -> float:
        """Bytes uploaded a second."""
        return self._per_s(lambda progress: progress.bytes_sent)

    @property
    def hours_per_s(self) -> float:
        """Hours of media captioned a second."""
        return self._per_s(lambda progress: progress.captioned_ms) / 3_600_000

    @property
    def left_s(self) -> float | None:
        """Seconds until all is done at the present speed, or None when nobody can know."""
        files_per_s = self._per_s(lambda progress: progress.done + progress.failed)
        if not files_per_s or not self._seen:
            return None
        last = self._seen[-1][1]
        return (last.waiting + last.started - last.done - last.failed) / files_per_s

    def _per_s(self, amount: Callable[[Progress], int]) -> float:
        if len(self._seen) < 2:
            return 0.0
        (first_at, first), (last_at, last) = self._seen[0], self._seen[-1]
        return (amount(last) - amount(first)) / (last_at - first_at) if last_at > first_at else 0.0


class Lines:
    """A line for every file that failed or is done, and now and then one about the whole."""

    def __init__(self, say: Callable[[str], None], *, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._quiet = quiet
        self._clock = clock
        self._speed = Speed(clock)
        self._told_at = clock()
        self._trouble: dict[str, float] = {}
        self._limits: set[str] = set()

    def hear(self, event: Event) -> None:
        """Tell what is worth telling."""
        if isinstance(event, Failed):
            if text := _failed(event, self._limits):
                self._say(text)
        elif self._quiet:
            return
        elif isinstance(event, Progress):
            self._overview(event)
        elif text := _told(event, self._trouble, self._clock()):
            self._say(text)

    def _overview(self, progress: Progress) -> None:
        self._speed.add(progress)
        if self._clock() - self._told_at < _LINE_EVERY_S:
            return
        self._told_at = self._clock()
        stages = "; ".join(f"{stage.name} {stage.waiting}+{stage.active}" for stage in progress.stages)
        total = progress.waiting + progress.started
        self._say(f"{progress.done} of {total} done, {progress.failed} failed; {stages}; {_speeds(self._speed)}")


class _Overview:
    """A table of the stages and the files in hand; what is worth keeping is printed above it."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._speed = Speed()
        self._progress: Progress | None = None
        self._in_hand: dict[str, str] = {}
        self._trouble: dict[str, float] = {}
        self._limits: set[str] = set()

    def hear(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._speed.add(event)
            self._progress = event
            self._live.update(self._table(event))
            return
        if isinstance(event, Wrote | Failed):
            self._in_hand.pop(event.source, None)
        elif detail := _doing(event):
            self._in_hand.pop(event.source, None)
            self._in_hand[event.source] = detail
        text = _failed(event, self._limits) if isinstance(event, Failed) else ""
        if text := text or ("" if isinstance(event, Wrote) else _told(event, self._trouble, time.monotonic())):
            self._live.console.print(plain(text), markup=False, highlight=False, soft_wrap=True)

    def _table(self, progress: Progress) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for heading in ("stage", "waiting", "active", "done", "failed"):
            table.add_column(heading, justify="left" if heading == "stage" else "right")
        for stage in progress.stages:
            table.add_row(stage.name, *map(str, (stage.waiting, stage.active, stage.done, stage.failed)))
        total = progress.waiting + progress.started
        head = f"{progress.done} of {total} files done, {progress.failed} failed; {_speeds(self._speed)}"
        latest = list(self._in_hand.items())[-_IN_HAND_SHOWN:]
        hand = [Text(plain(f"  {name}: {detail}"), no_wrap=True, overflow="ellipsis") for name, detail in latest]
        return Group(Text(head), table, *hand)


class _Records:
    """Every event as JSON, one a line; what is told many times a second is told now and then."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        if isinstance(event, Preparing | Uploading | Waiting | Progress):
            kind, now = type(event).__name__, time.monotonic()
            if now - self._told.get(kind, float("-inf")) < _RECORD_EVERY_S:
                return
            self._told[kind] = now
        with self._lock:
            click.echo(json_text(as_record(event), indent=None, only_ascii=True), err=True)


def as_record(event: Event) -> dict[str, Any]:
    """An event as values JSON can hold, with its time."""
    values = {field.name: _value(getattr(event, field.name)) for field in fields(event)}
    return {"at": round(time.time(), 3), "event": type(event).__name__.lower(), **values}


def _value(value: Any) -> Any:
    if isinstance(value, Reason):
        return {"message": value.message, "code": value.code, "kind": value.kind}
    if isinstance(value, Enum | Path):
        return str(value)
    if isinstance(value, tuple):
        return [_value(item) if not hasattr(item, "waiting") else _stage(item) for item in value]
    return value


def _stage(stage: Any) -> dict[str, Any]:
    return {field.name: getattr(stage, field.name) for field in fields(stage)}


def _told(event: Event, trouble: dict[str, float], now: float) -> str:
    """The line of an event that leaves one; trouble many files share is told once in a while."""
    if isinstance(event, Wrote):
        return f"{event.source}: done"
    if isinstance(event, Noted):
        return named(event.source, event.message)
    if not isinstance(event, Retrying):
        return ""
    kind = f"{event.cause} {event.reason.code or event.reason.kind}"
    if now - trouble.get(kind, float("-inf")) < _TROUBLE_EVERY_S:
        return ""
    trouble[kind] = now
    return f"{named(event.source, event.reason.message)}; trying again in {event.in_s:.0f} s"


def _failed(event: Failed, limits: set[str]) -> str:
    """The line of a file that is not done; what a limit keeps from many files is told once."""
    message = named(event.source, event.reason.message)
    if event.reason.kind != LIMIT:
        return f"failed: {message}"
    why = event.reason.message
    if why in limits:
        return ""
    limits.add(why)
    return f"not done: {message} (the same is not told again)"


def _doing(event: Event) -> str:
    if isinstance(event, Preparing):
        share = f" {min(100, 100 * event.done_ms // event.total_ms)} %" if event.total_ms else ""
        return f"preparing{share}"
    if isinstance(event, Uploading):
        return f"uploading {event.done_bytes / 1e6:.1f} of {event.total_bytes / 1e6:.1f} MB"
    if isinstance(event, Waiting):
        return f"at the service, {event.status.lower()}, {event.elapsed_s:.0f} s"
    return "started" if isinstance(event, FileStarted) else ""


def _speeds(speed: Speed) -> str:
    left_s = speed.left_s
    left = "time left unknown" if left_s is None else f"{_clock_time(left_s)} left"
    return f"{speed.bytes_per_s / 1e6:.1f} MB/s, {speed.hours_per_s:.3f} h/s, {left}"


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _say(text: str) -> None:
    click.echo(plain(text), err=True)
