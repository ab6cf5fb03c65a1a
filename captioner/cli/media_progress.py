"""Progress of one long job on a media file: a bar on a terminal, a line every quarter of a minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from captioner.cli.terminal import escape_control

__all__ = ["media_progress"]

_LINE_EVERY_S = 15.0


@contextmanager
def media_progress(name: str, duration_ms: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A function to call with the milliseconds done."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(escape_control(name), total=duration_ms or None)
            yield lambda ms: bar.update(task, completed=ms)
    else:
        yield _lines(name, duration_ms)


def _lines(name: str, duration_ms: int, clock: Callable[[], float] = time.monotonic) -> Callable[[int], None]:
    begun = clock()
    state: dict[str, Any] = {"last": begun}

    def hear(ms: int) -> None:
        if clock() - state["last"] >= _LINE_EVERY_S:
            state["last"] = clock()
            click.echo(escape_control(f"{name}: {_described(ms, duration_ms, clock() - begun)}"), err=True)

    return hear


def _described(ms: int, duration_ms: int, spent_s: float) -> str:
    """Progress of the job in percent, and the time left at the pace so far."""
    if not duration_ms:
        return f"{ms // 1000} s"
    share = f"{min(100, ms * 100 // duration_ms)} %"
    if ms <= 0 or ms >= duration_ms:
        return share
    left_s = spent_s * (duration_ms - ms) / ms
    left = f"{left_s / 60:.0f} min" if left_s >= 90 else f"{left_s:.0f} s"
    return f"{share}, about {left} left"
