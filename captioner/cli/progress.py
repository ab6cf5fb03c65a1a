"""What a person sees while files are worked on: a live view on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from captioner.cli.terminal import plain
from captioner.jobs import events
from captioner.jobs.events import Event, Failed, FileStarted, Noted, Preparing, Retrying, Uploading, Waiting, Wrote
from captioner.jobs.states import State

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["logged", "named", "shown"]

log = logging.getLogger(__name__)

_LINE_EVERY_S = 15.0


@contextmanager
def shown(*, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """A listener for the events of a run; what it draws is gone or complete when the block ends."""
    if quiet:
        yield _Quiet().hear
    elif sys.stderr.isatty():
        with _bars() as bars:
            yield _Live(bars).hear
    else:
        yield _Lines().hear


def logged(hear: Callable[[Event], None]) -> Callable[[Event], None]:
    """The same listener, with every change of stage written to the log too; `-v` shows it."""
    stages: dict[str, str] = {}

    def both(event: Event) -> None:
        if isinstance(event, events.Progress):
            hear(event)
            return
        text = _final(event) or _stage(event)[0]
        if stages.get(event.source) != text:
            stages[event.source] = text
            log.info("%s: %s", plain(event.source), plain(text))
        hear(event)

    return both


class _Quiet:
    """Says only what went wrong."""

    def hear(self, event: Event) -> None:
        if isinstance(event, Failed):
            _say(named(event.source, event.reason.message))


class _Lines:
    """One line for each change of stage, and one every quarter of a minute inside a stage."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, tuple[str, float]] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, events.Progress):
            return
        if text := _final(event):
            self._last.pop(event.source, None)
            _say(text)
            return
        stage, detail = _stage(event)
        before, when = self._last.get(event.source, ("", 0.0))
        now = self._clock()
        if stage != before or now - when >= _LINE_EVERY_S:
            self._last[event.source] = (stage, now)
            _say(f"{event.source}: {stage}{f', {detail}' if detail else ''}")


class _Live:
    """A bar for each file in hand; finished files leave a line above the bars."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._rows: dict[str, TaskID] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, events.Progress):
            return
        if text := _final(event):
            if (row := self._rows.pop(event.source, None)) is not None:
                self._bars.remove_task(row)
            self._bars.console.print(plain(text), markup=False, highlight=False, soft_wrap=True)
            return
        stage, detail = _stage(event)
        done, total = _amount(event)
        row = self._rows.get(event.source)
        if row is None:
            row = self._rows[event.source] = self._bars.add_task(plain(event.source), total=None, stage="")
        self._bars.update(row, completed=done, total=total, stage=plain(f"{stage} {detail}"))


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[stage]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _say(text: str) -> None:
    click.echo(plain(text), err=True)


def _final(event: Event) -> str:
    """The line an event leaves behind, "" when it is only a stage."""
    if isinstance(event, Wrote):
        return f"{event.source}: done, {', '.join(path.name for path in event.paths)}"
    if isinstance(event, Failed):
        return f"failed: {named(event.source, event.reason.message)}"
    if isinstance(event, Noted):
        return named(event.source, event.message)
    if isinstance(event, Retrying):
        return f"{named(event.source, event.reason.message)}; trying again in {event.in_s:.0f} s"
    return ""


def named(source: str, message: str) -> str:
    """The message with its file in front."""
    return f"{source}: {message}"


def _stage(event: Event) -> tuple[str, str]:
    if isinstance(event, FileStarted):
        return ("started", "") if event.state is State.FOUND else ("resumed", f"was {event.state.value.lower()}")
    if isinstance(event, Preparing):
        return "preparing", _share(event.done_ms, event.total_ms)
    if isinstance(event, Uploading):
        return "uploading", f"{event.done_bytes / 1e6:.1f} of {event.total_bytes / 1e6:.1f} MB"
    if isinstance(event, Waiting):
        return f"at the service, {event.status.lower() or 'submitted'}", f"{event.elapsed_s:.0f} s"
    return "working", ""


def _amount(event: Event) -> tuple[float, float | None]:
    if isinstance(event, Preparing) and event.total_ms:
        return event.done_ms, event.total_ms
    if isinstance(event, Uploading) and event.total_bytes:
        return event.done_bytes, event.total_bytes
    return 0, None


def _share(done: int, total: int) -> str:
    return f"{min(100, 100 * done // total)} %" if total else ""
