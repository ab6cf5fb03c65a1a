"""Progress of a run on stderr: bars or a table on a terminal, lines elsewhere, JSON on request."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli.terminal import escape_control, json_text
from captioner.jobs import events
from captioner.jobs.events import (
    Downloading,
    Event,
    Failed,
    FileStarted,
    Noted,
    Preparing,
    Retrying,
    Uploading,
    Waiting,
    Wrote,
)
from captioner.jobs.states import Reason, State

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Listener", "activity", "as_record", "final_line", "named", "progress", "say"]

log = logging.getLogger(__name__)

_LINE_EVERY_S = 15.0
_RECORD_EVERY_S = 5.0

Listener = Callable[[Event], None]


@contextmanager
def progress(*, quiet: bool, as_json: bool = False, overview: bool = False) -> Iterator[Listener]:
    """A listener for the events of a run; what it draws is gone or complete when the block ends.

    Args:
        quiet: Say only what failed.
        as_json: Every event as a line of JSON.
        overview: Show the stages of many files instead of every file.
    """
    on_terminal = sys.stderr.isatty() and not quiet
    if as_json:
        yield _Records().hear
    elif overview:
        from captioner.cli.overview import OverviewLines, overview_table  # loads a table that single files never show

        if on_terminal:
            with overview_table() as hear:
                yield _logged(hear)
        else:
            yield _logged(OverviewLines(say, quiet=quiet).hear)
    elif on_terminal:
        with _bars() as bars:
            yield _logged(_Bars(bars).hear)
    else:
        yield _logged(_Quiet().hear if quiet else _Lines().hear)


def _logged(hear: Listener) -> Listener:
    """The same listener, with every change of stage written to the log too; `-v` shows it."""
    stages: dict[str, str] = {}

    def both(event: Event) -> None:
        if not isinstance(event, events.Progress):
            text = final_line(event) or activity(event)[0]
            if stages.get(event.source) != text:
                stages[event.source] = text
                log.info("%s: %s", escape_control(event.source), escape_control(text))
            if isinstance(event, Wrote | Failed):
                stages.pop(event.source, None)
        hear(event)

    return both


class _Quiet:
    """Says only what went wrong."""

    def hear(self, event: Event) -> None:
        if isinstance(event, Failed):
            say(named(event.source, event.reason.message))


class _Lines:
    """One line for each change of stage, and one every quarter of a minute inside a stage."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, tuple[str, float]] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, events.Progress):
            return
        if text := final_line(event):
            self._last.pop(event.source, None)
            say(text)
            return
        stage, detail = activity(event)
        before, when = self._last.get(event.source, ("", 0.0))
        now = self._clock()
        if stage != before or now - when >= _LINE_EVERY_S:
            self._last[event.source] = (stage, now)
            say(f"{event.source}: {stage}{f', {detail}' if detail else ''}")


class _Bars:
    """A bar for each file in progress; finished files leave a line above the bars."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._rows: dict[str, TaskID] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, events.Progress):
            return
        if text := final_line(event):
            if (row := self._rows.pop(event.source, None)) is not None:
                self._bars.remove_task(row)
            self._bars.console.print(escape_control(text), markup=False, highlight=False, soft_wrap=True)
            return
        stage, detail = activity(event)
        done, total = _amount(event)
        row = self._rows.get(event.source)
        if row is None:
            row = self._rows[event.source] = self._bars.add_task(escape_control(event.source), total=None, stage="")
        self._bars.update(row, completed=done, total=total, stage=escape_control(f"{stage} {detail}"))


def _bars() -> Progress:
    from rich.console import Console  # 60 ms that only a terminal needs
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[stage]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


class _Records:
    """Every event as JSON, one a line; events that come many times a second are written now and then."""

    def __init__(self) -> None:
        self._written_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        if isinstance(event, Preparing | Downloading | Uploading | Waiting | events.Progress):
            kind, now = type(event).__name__, time.monotonic()
            if now - self._written_at.get(kind, float("-inf")) < _RECORD_EVERY_S:
                return
            self._written_at[kind] = now
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
        return [
            _fields(item) if isinstance(item, events.Stage | events.WorkerStatus) else _value(item) for item in value
        ]
    return value


def _fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def say(text: str) -> None:
    """Write a line to stderr."""
    click.echo(escape_control(text), err=True)


def named(source: str, message: str) -> str:
    """The message with its file in front."""
    return f"{source}: {message}"


def final_line(event: Event) -> str:
    """The line an event leaves behind, or "" when it is only a stage."""
    if isinstance(event, Wrote):
        return f"{event.source}: done, {', '.join(path.name for path in event.paths)}"
    if isinstance(event, Failed):
        return f"failed: {named(event.source, event.reason.message)}"
    if isinstance(event, Noted):
        return named(event.source, event.message)
    if isinstance(event, Retrying):
        return f"{named(event.source, event.reason.message)}; trying again in {event.in_s:.0f} s"
    return ""


def activity(event: Event) -> tuple[str, str]:
    """Current step of a file, and its progress."""
    if isinstance(event, FileStarted):
        return ("started", "") if event.state is State.FOUND else ("resumed", f"was {event.state.value.lower()}")
    if isinstance(event, Preparing):
        return "preparing", _share(event.done_ms, event.total_ms)
    if isinstance(event, Downloading):
        return "reading from its bucket", f"{event.done_bytes / 1e6:.1f} of {event.total_bytes / 1e6:.1f} MB"
    if isinstance(event, Uploading):
        return "uploading", f"{event.done_bytes / 1e6:.1f} of {event.total_bytes / 1e6:.1f} MB"
    if isinstance(event, Waiting):
        return f"at the service, {event.status.lower() or 'submitted'}", f"{event.elapsed_s:.0f} s"
    return "working", ""


def _amount(event: Event) -> tuple[float, float | None]:
    if isinstance(event, Preparing) and event.total_ms:
        return event.done_ms, event.total_ms
    if isinstance(event, Downloading | Uploading) and event.total_bytes:
        return event.done_bytes, event.total_bytes
    return 0, None


def _share(done: int, total: int) -> str:
    return f"{min(100, 100 * done // total)} %" if total else ""
