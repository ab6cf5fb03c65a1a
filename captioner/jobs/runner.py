"""The run: many files, once each, whatever happens."""

from __future__ import annotations

import logging
import math
import random
import shutil
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.errors import ConfigError, Interrupted, LedgerError, SetupError
from captioner.jobs.budget import Budget, MonthBudget, month_start
from captioner.jobs.events import Event, FileReport, OnEvent, Progress, Report, Stage
from captioner.jobs.executors import DaemonThreadExecutor, WorkerProcessExecutor
from captioner.jobs.grouping import GroupLimit
from captioner.jobs.inputs.finding import InputFeed, InputList, Source, clashes
from captioner.jobs.lease import Owner
from captioner.jobs.lease_numbers import LeaseNumbers
from captioner.jobs.ledger.base import Claim, Ledger
from captioner.jobs.notices import failure_notice, run_notice
from captioner.jobs.options import JobOptions, RunOptions
from captioner.jobs.polling.completion_events import CompletionEvents
from captioner.jobs.polling.due_queue import DueQueue, Kind
from captioner.jobs.polling.task_list_poller import TaskListPoller
from captioner.jobs.rate_limit import SharedRateLimiter
from captioner.jobs.request import spent_since
from captioner.jobs.run_context import CheckState, CollectState, RunContext, SubmitState
from captioner.jobs.scheduler import WRITTEN_TOGETHER, Place, Scheduler
from captioner.jobs.services import Here, Services
from captioner.jobs.stages import cleanup, notify, transitions
from captioner.jobs.stages.submit import one_file
from captioner.jobs.states import Reason, State
from captioner.jobs.uplink_memory import recall_uplink
from captioner.jobs.upload_notes import recall_uploads

if TYPE_CHECKING:
    from captioner.jobs.executors.dask_cluster import ClusterExecutor

__all__ = ["Executors", "dead_work", "run"]

log = logging.getLogger(__name__)

_BEAT_S = 5.0
_TELL_S = 0.5
# Submissions, deletions and outputs under way at once: ten submissions a second are reached with answers that take four
# tenths of one.
_AT_ONCE = 4
# Requests about tasks that wait for their slot in a thread: sixteen a second, half a second ahead.
_ASKED_AHEAD = 8
# Files that are stored and wait for their submission, from which a run does not wait for its workers: three seconds of
# ten submissions, while a call waits for others for half a second.
_STORED_AHEAD = 32
# Threads at most, for services and for the media steps of few files; what may be under way is limited by lanes.
_THREADS = 256
# With more files than this, media steps run in worker processes; starting them takes as long as preparing a few files.
_FEW = 4


@dataclass(frozen=True, slots=True)
class Executors:
    """Executors that call steps, both in this process.

    Attributes:
        media: Media steps.
        service: Service steps.
    """

    media: Executor
    service: Executor


def run(
    sources: Sequence[Source],
    options: RunOptions,
    services: Services,
    ledger: Ledger,
    *,
    others: Sequence[Ledger] = (),
    on_event: OnEvent | None = None,
    stop: threading.Event | None = None,
    executors: Executors | None = None,
    feed: InputFeed | None = None,
    completions: CompletionEvents | None = None,
    rng: random.Random | None = None,
) -> Report:
    """Caption every source, taking up what earlier runs left half done.

    One file's failure is in the report and does not affect the others. Media steps of many files run in worker
    processes, those of a few files in threads.

    Args:
        sources: From `inputs.expand`.
        options: What to do.
        services: Everything outside; the caller closes them.
        ledger: Where everything is recorded; the caller closes it.
        others: Ledgers in which to look for what was paid for already; they are only read.
        on_event: Told what happens, in the calling thread.
        stop: Set to end the run early.
        executors: Where steps are called instead.
        feed: Gives the sources instead, perhaps without end; then the report has no files, and the feed is told of
            each.
        completions: Says that tasks have ended, so that they are asked about at once.
        rng: For jitter.

    Raises:
        Interrupted: `stop` was set, or Ctrl-C was pressed; what was paid for is in the ledger.
        SetupError: Every file would fail the same way; nothing that was paid for is lost.
    """
    is_endless = feed is not None
    if feed is None:
        feed = InputList(sources, clashes(sources, options.extensions(options.captions)))
    stop = stop or threading.Event()
    files = sum(not source.url for source in sources)
    work_folder = ledger.folder / "work" / _folder_name(ledger.owner)
    services = replace(services, private=ledger.folder, work_folder=work_folder)
    recall_uplink(services.private, services.uplink, services.clock())
    leases = LeaseNumbers(_claim(ledger, options.cluster.address)) if options.cluster is not None else None
    context = _context(options, services, ledger, on_event or _ignore, feed, rng or random.Random())
    context.others, context.leases = tuple(others), leases
    if is_endless:
        context.reports = None
    one = _Run(context, stop)
    is_many = is_endless or files > _FEW
    with (
        _cleared(ledger, work_folder),
        _places(one, services, executors, is_many=is_many) as (media, service),
        one.hearing(completions),
    ):
        one.work(media, service)
    return Report(
        files=() if is_endless else tuple((context.reports or {}).get(source) or _lost(source) for source in sources),
        leftovers=tuple(context.cleanup.leftovers.values()),
        ledger=ledger.path,
        undelivered=notify.undelivered(context),
    )


def _claim(ledger: Ledger, cluster: str) -> Claim:
    """Make this process the one coordinator on its ledger: a second would send the same files to the same workers.

    Raises:
        ConfigError: Another process is.
    """
    claim = ledger.claim_coordination(cluster)
    if claim.taken_by:
        other = Owner.parse(claim.taken_by)
        raise ConfigError(
            f"{ledger.path}: process {other.pid} on {other.host} works on this ledger; a cluster has one coordinator; "
            "end that one, or wait until it has been silent for two minutes"
        )
    return claim


def _context(
    options: RunOptions, services: Services, ledger: Ledger, emit: OnEvent, feed: InputFeed, rng: random.Random
) -> RunContext:
    widths = {
        "take": 1,
        "watch": 1,
        "submit": _AT_ONCE,
        "ask": 2 * options.asking + _ASKED_AHEAD,
        "sign": _AT_ONCE,
        "write": _AT_ONCE * WRITTEN_TOGETHER,
        "delete": _AT_ONCE,
        "webhook": _AT_ONCE,
        "command": 1,
        "compose": options.media_steps,
        "upload": options.media_steps,
        "probe": options.media_steps,
    }
    model = options.recognition.model
    takes_one = ledger.recalls(one_file(model, services.endpoint))
    return RunContext(
        ledger=ledger,
        options=options,
        services=services,
        queue=DueQueue(widths),
        emit=emit,
        requests=SharedRateLimiter(ledger, f"query {services.endpoint}", options.queries_per_s),
        slots=SharedRateLimiter(ledger, f"submit {model} {services.endpoint}", options.submits_per_s),
        collect=CollectState(TaskListPoller(options.queries_per_s)),
        check=CheckState(services.asr.needs_check(options.recognition)),
        submit=SubmitState(limit=GroupLimit(options.files_per_task, takes_one)),
        usual=JobOptions(options.recognition, options.captions),
        feed=feed,
        rng=rng,
        budget=Budget(options.limit),
        month=MonthBudget(
            options.month_limit, lambda: spent_since(ledger, month_start(services.clock())), services.clock
        ),
        has_keys_before=bool(options.audio_before) and ledger.has_keys_before(),
    )


@contextmanager
def _places(
    one: _Run, services: Services, executors: Executors | None, *, is_many: bool
) -> Iterator[tuple[Place, Place]]:
    """Places where steps are called, until the block ends; what still runs then is broken off."""
    here = Here(replace(services, report=one.report))
    service: Executor = executors.service if executors else DaemonThreadExecutor(_THREADS)
    media: Executor
    options = one.context.options
    where = services.settings if (is_many or options.cluster) and executors is None else None
    if options.cluster is not None and where is not None:
        from captioner.jobs.executors.dask_cluster import ClusterExecutor  # brings Dask, which no other run needs

        leases = one.context.leases
        if leases is None:
            raise TypeError("a cluster without leases")
        media = ClusterExecutor(options.cluster, replace(where, private=services.private), leases, one.report_safely)
        one.cluster = media
        place = Place(media, here)
    elif where is not None and where.travels:
        threads = math.ceil(options.media_steps / options.preparing)
        media = WorkerProcessExecutor(options.preparing, threads, one.report_safely)
        place = Place(media, replace(where, private=services.private, work_folder=services.work_folder))
    else:
        media = executors.media if executors else service
        place = Place(media, here)
    try:
        yield place, Place(service, here)
    finally:
        if media is not service and executors is None:
            media.shutdown(cancel_futures=True)
        one.end_coordination()
        if executors is None:
            service.shutdown(wait=False)


class _Run:
    """One run from its start to its end."""

    def __init__(self, context: RunContext, stop: threading.Event) -> None:
        self.context = context
        self._stop = stop
        self._scheduler: Scheduler | None = None
        self._beat_at = self._told_at = context.now
        self.cluster: ClusterExecutor | None = None

    def report(self, event: Event) -> None:
        """Take in the progress of a step.

        Raises:
            Interrupted: The run is being stopped.
        """
        if self._scheduler is not None:
            self._scheduler.report(event)

    @contextmanager
    def hearing(self, completions: CompletionEvents | None) -> Iterator[None]:
        """Listen for events that say that tasks have ended, until the block ends."""
        if completions is None:
            yield
            return
        with completions.listening(self._hurry) as address:
            log.info("listening for completion events on %s", address)
            yield

    def _hurry(self, task_ids: Collection[str]) -> None:
        if self._scheduler is not None:
            self._scheduler.hurry(task_ids)

    def report_safely(self, event: Event) -> None:
        """Take in the progress of a step in another process, which is told to stop in another way."""
        if self._scheduler is None:
            self.context.emit(event)
            return
        with suppress(Interrupted):
            self.report(event)

    def work(self, media: Place, service: Place) -> None:
        """Do it all."""
        run = self.context
        services = run.services
        sleep = self._stop.wait if services.sleep is time.sleep else services.sleep
        self._scheduler = Scheduler(run, media, service, sleep, self._stop)
        try:
            _clear_dead_work(run.ledger)
            notify.resume(run)
            run.queue.put(Kind.TAKE)
            self._scheduler.work(self._tick)
            recall_uploads(run.ledger, services.work_folder)
            cleanup.sweep(run)
            self._scheduler.work(self._tick)
            notify.announce(run, run_notice(run.counters, run.failures, run.counters["billed_s"]))
            self._scheduler.work(self._tick)
        except KeyboardInterrupt:
            self._end_early()
            raise Interrupted("stopped; run the same command again to go on where it was") from None
        except Interrupted:
            self._end_early()
            raise
        except SetupError as error:
            self._break_off(error)
            raise

    def end_coordination(self) -> None:
        """Give the place of the coordinator free, if this process has it."""
        leases = self.context.leases
        if leases is not None:
            with suppress(LedgerError):
                self.context.ledger.end_coordination(leases.claim.number, is_clean=not leases.held)

    def _tick(self) -> None:
        run, now = self.context, self.context.now
        if self.cluster is not None:
            self.cluster.is_waited_for = len(run.submit.stored) < _STORED_AHEAD
        if abs(now - self._beat_at) >= _BEAT_S:
            self._beat_at = now
            run.ledger.heartbeat()
            if self.cluster is not None:
                run.ledger.save_workers(self.cluster.workers, self.cluster.dashboard)
        if abs(now - self._told_at) >= _TELL_S:
            self._told_at = now
            told = _progress(run)
            if self.cluster is not None:
                told = replace(told, workers=self.cluster.workers, dashboard=self.cluster.dashboard)
            run.emit(told)

    def _end_early(self) -> None:
        """End within seconds: only answers to submissions are still waited for, because they were paid for."""
        self._stop.set()
        if self._scheduler is not None:
            with suppress(Interrupted, SetupError, KeyboardInterrupt):
                self._scheduler.drain(Kind.SUBMIT)

    def _break_off(self, error: SetupError) -> None:
        """Nothing more can be bought: record what was, and leave no object behind that no paid task needs."""
        if isinstance(error, LedgerError) or self._scheduler is None:
            return
        self._stop.set()  # what is being prepared or sent breaks off
        with suppress(SetupError, Interrupted):
            self._scheduler.drain(Kind.SUBMIT, Kind.UPLOAD)
        with suppress(SetupError, Interrupted):
            transitions.leave_all(self.context)
            self.context.ledger.release()
            cleanup.sweep_now(self.context)
        with suppress(SetupError, Interrupted):
            notify.announce_now(self.context, failure_notice(self.context.counters, error.detail))


def _progress(run: RunContext) -> Progress:
    """Progress of the run."""
    depth, counters = run.queue.depth, run.counters
    left, sending = run.feed.left, len(run.upload.sending)
    probe, upload, submit = depth("probe"), depth("upload"), depth("submit")
    compose, write = depth("compose"), depth("write")
    counts = {
        "prepare": (left + probe[0] + len(run.upload.fresh), probe[1] + max(upload[1] - sending, 0)),
        "upload": (upload[0], sending),
        "recognise": (len(run.submit.stored), len(run.collect.waits) + submit[1]),
        "write": (compose[0] + write[0], compose[1] + write[1]),
    }
    stages = tuple(
        Stage(name, waiting, active, counters[name], counters[f"failed {name}"])
        for name, (waiting, active) in counts.items()
    )
    return Progress(
        stages=stages,
        waiting=left,
        started=run.started,
        done=counters["done"],
        failed=counters["failed"],
        bytes_sent=counters["bytes"],
        captioned_ms=counters["ms"],
    )


@contextmanager
def _cleared(ledger: Ledger, work_folder: Path) -> Iterator[None]:
    """Remove the work folder when the block ends; where the ledger cannot be written, the next run does it."""
    try:
        yield
    finally:
        with suppress(LedgerError):
            _clear_work(ledger, work_folder)


def _clear_work(ledger: Ledger, folder: Path) -> None:
    """Remove a work folder after what its run may have left in a store is in the ledger."""
    recall_uploads(ledger, folder)
    shutil.rmtree(folder, ignore_errors=True)


def _clear_dead_work(ledger: Ledger) -> None:
    """Remove the work folders of runs that died."""
    for folder in dead_work(ledger):
        _clear_work(ledger, folder)


def dead_work(ledger: Ledger) -> tuple[Path, ...]:
    """Folders with prepared files of runs that died."""
    live = {_folder_name(Owner.parse(name)) for name in ledger.live_owners()}
    folder = ledger.folder / "work"
    return tuple(entry for entry in folder.iterdir() if entry.name not in live) if folder.is_dir() else ()


def _folder_name(owner: Owner) -> str:
    return f"{owner.host}-{owner.pid}-{owner.started}-{owner.serial}"


def _ignore(_: object) -> None:
    """Nothing listens."""


def _lost(source: Source) -> FileReport:
    """An input without a report: a bug of ours that must not look like success."""
    reason = Reason("captioner lost track of it; please report it, and run the command again")
    return FileReport(source.name, State.FOUND, reason=reason)
