"""Progress of many files: a table of the stages on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from captioner.cli.progress import Listener, activity, named
from captioner.cli.terminal import escape_control
from captioner.jobs.budget import LIMIT
from captioner.jobs.events import (
    Downloading,
    Event,
    Failed,
    FileStarted,
    Noted,
    Preparing,
    Progress,
    Retrying,
    Uploading,
    Waiting,
    WorkerStatus,
    Wrote,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

__all__ = ["Overview", "OverviewLines", "Speed", "overview_table", "worker_line"]

_LINE_EVERY_S = 15.0
_FILES_SHOWN = 8
_WORKERS_SHOWN = 16
# Columns that the name of a worker takes at most.
_WORKER_COLUMNS = 20
_WORKERS_NAMED = 6
# Speeds are those of the last minute.
_WINDOW_S = 60.0
# A problem that many files share is shown this often.
_TROUBLE_EVERY_S = 10.0


@contextmanager
def overview_table() -> Iterator[Listener]:
    """A listener that keeps a table up to date; the table is gone when the block ends."""
    from rich.console import Console  # 60 ms that only a terminal needs
    from rich.live import Live

    with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
        yield Overview(live).hear


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
        """Seconds until all is done at the present speed, or None when that is not known."""
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


class OverviewLines:
    """A line for every file that failed or is done, and now and then one about the whole."""

    def __init__(self, say: Callable[[str], None], *, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._quiet = quiet
        self._clock = clock
        self._speed = Speed(clock)
        self._shown_at = clock()
        self._trouble: dict[str, float] = {}
        self._limits: set[str] = set()

    def hear(self, event: Event) -> None:
        """Write the line of an event that has one."""
        if isinstance(event, Failed):
            if text := _failed(event, self._limits):
                self._say(text)
        elif self._quiet:
            return
        elif isinstance(event, Progress):
            self._overview(event)
        elif text := _line_of(event, self._trouble, self._clock()):
            self._say(text)

    def _overview(self, progress: Progress) -> None:
        self._speed.add(progress)
        if self._clock() - self._shown_at < _LINE_EVERY_S:
            return
        self._shown_at = self._clock()
        stages = "; ".join(f"{stage.name} {stage.waiting}+{stage.active}" for stage in progress.stages)
        total = progress.waiting + progress.started
        self._say(f"{progress.done} of {total} done, {progress.failed} failed; {stages}; {_speeds(self._speed)}")
        if progress.workers:
            self._say(worker_line(progress.workers))


class Overview:
    """A table of the stages and the files in progress; lines worth keeping are printed above it."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._speed = Speed()
        self._in_progress: dict[str, str] = {}
        self._trouble: dict[str, float] = {}
        self._limits: set[str] = set()

    def hear(self, event: Event) -> None:
        """Update the table, and print the line of an event that has one."""
        if isinstance(event, Progress):
            self._speed.add(event)
            self._live.update(self._table(event))
            return
        if isinstance(event, Wrote | Failed):
            self._in_progress.pop(event.source, None)
        elif isinstance(event, FileStarted | Preparing | Downloading | Uploading | Waiting):
            self._in_progress.pop(event.source, None)
            self._in_progress[event.source] = ", ".join(filter(None, activity(event)))
        text = _failed(event, self._limits) if isinstance(event, Failed) else ""
        if text := text or ("" if isinstance(event, Wrote) else _line_of(event, self._trouble, time.monotonic())):
            self._live.console.print(escape_control(text), markup=False, highlight=False, soft_wrap=True)

    def _table(self, progress: Progress) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        from captioner.cli.elided_text import Elided

        table = Table(box=None, pad_edge=False)
        for heading in ("stage", "waiting", "active", "done", "failed"):
            table.add_column(heading, justify="left" if heading == "stage" else "right")
        for stage in progress.stages:
            table.add_row(stage.name, *map(str, (stage.waiting, stage.active, stage.done, stage.failed)))
        total = progress.waiting + progress.started
        head = f"{progress.done} of {total} files done, {progress.failed} failed; {_speeds(self._speed)}"
        latest = list(self._in_progress.items())[-_FILES_SHOWN:]
        files = [Elided(escape_control(f"  {name}: {detail}")) for name, detail in latest]
        return Group(Text(head), table, *_workers_table(progress), *files)


def worker_line(workers: Sequence[WorkerStatus]) -> str:
    """The workers of a cluster in a line: how many are in each state, and what the first of them do."""
    states = Counter(worker.state for worker in workers)
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    busy = [f"{worker.name} {worker.doing} ({_worker_speed(worker)})" for worker in workers if worker.doing]
    more = f"; and {len(busy) - _WORKERS_NAMED} more" if len(busy) > _WORKERS_NAMED else ""
    failing = [f"{worker.name} failed {worker.failed}" for worker in workers if worker.failed]
    return f"workers: {'; '.join((counts, *busy[:_WORKERS_NAMED]))}{more}" + (
        f"; {', '.join(failing[:_WORKERS_NAMED])}" if failing else ""
    )


def _worker_speed(worker: WorkerStatus) -> str:
    return f"{worker.bytes_per_s / 1e6:.1f} MB/s, {worker.ms_per_s / 3_600_000:.3f} h/s"


def _figures(worker: WorkerStatus) -> tuple[str, str, str, str]:
    return f"{worker.bytes_per_s / 1e6:.1f}", f"{worker.ms_per_s / 3_600_000:.3f}", str(worker.done), str(worker.failed)


def _workers_table(progress: Progress) -> tuple[RenderableType, ...]:
    """The workers of a cluster and what they do; those that can be used first."""
    if not progress.workers:
        return ()
    from rich.table import Table
    from rich.text import Text

    from captioner.cli.elided_text import Elided

    table = Table(box=None, pad_edge=False)
    for heading in ("worker", "does"):  # rich takes columns from those that could be wrapped; their cells are lines
        table.add_column(heading, max_width=_WORKER_COLUMNS if heading == "worker" else None)
    shown = sorted(progress.workers, key=lambda worker: (worker.state not in ("working", "idle"), worker.name))
    shown, rest = shown[:_WORKERS_SHOWN], shown[_WORKERS_SHOWN:]
    figures = [_figures(worker) for worker in shown]
    for heading, *column in zip(("MB/s", "h/s", "done", "failed"), *figures, strict=True):
        table.add_column(heading, justify="right", no_wrap=True, min_width=max(map(len, (heading, *column))))
    for worker, cells in zip(shown, figures, strict=True):
        why = Text(
            escape_control(": ".join(filter(None, (worker.state, worker.reason)))), no_wrap=True, overflow="ellipsis"
        )
        does = Elided(escape_control(worker.doing)) if worker.doing else why
        table.add_row(Text(escape_control(worker.name), no_wrap=True, overflow="ellipsis"), does, *cells)
    head = f"workers; dashboard {progress.dashboard}"
    return (Text(head), table, *([Text(f"and {len(rest)} more")] if rest else []))


def _line_of(event: Event, trouble: dict[str, float], now: float) -> str:
    """The line of an event that has one; a problem that many files share is shown once in a while."""
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
    """The line of a file that failed; a limit that stops many files is shown once."""
    message = named(event.source, event.reason.message)
    if event.reason.kind != LIMIT:
        return f"failed: {message}"
    why = event.reason.message
    if why in limits:
        return ""
    limits.add(why)
    return f"{message}. (Shown once.)"


def _speeds(speed: Speed) -> str:
    left_s = speed.left_s
    left = "time left unknown" if left_s is None else f"{_clock_time(left_s)} left"
    return f"{speed.bytes_per_s / 1e6:.1f} MB/s, {speed.hours_per_s:.3f} h/s, {left}"


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
