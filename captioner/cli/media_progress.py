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
    state: dict[str, Any] = {"last": clock()}

    def hear(ms: int) -> None:
        if clock() - state["last"] >= _LINE_EVERY_S:
            state["last"] = clock()
            share = f"{min(100, ms * 100 // duration_ms)} %" if duration_ms else f"{ms // 1000} s"
            click.echo(escape_control(f"{name}: {share}"), err=True)

    return hear
