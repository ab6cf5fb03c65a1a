"""The run: many files, once each, whatever happens."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from captioner.captions.options import REPLY_EXTENSION
from captioner.errors import Interrupted, LedgerError, SetupError
from captioner.jobs.deleting import Deleting
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Engine, Hands, Threads
from captioner.jobs.events import Failed, FileReport, OnEvent, Progress, Report, Stage
from captioner.jobs.feed import Feed, Listed
from captioner.jobs.fetching import Fetching
from captioner.jobs.job_runner import Captioning, Item
from captioner.jobs.lease import Owner
from captioner.jobs.ledger import Ledger
from captioner.jobs.shared_rate_limit import Turnstile
from captioner.jobs.sources import Source, clashes
from captioner.jobs.states import Reason, State
from captioner.jobs.storing import Storing
from captioner.jobs.submitting import Submitting
from captioner.jobs.works import Work, Works
from captioner.jobs.world import RunOptions, World

__all__ = ["dead_work", "run"]

_BEAT_S = 5.0
# Submissions, deletions and outputs in hand at once: ten submissions a second are reached with answers that take four
# tenths of one.
_AT_ONCE = 4
_TELL_S = 0.5
# Inputs that are taken up beyond those being prepared and uploaded: enough that no stage runs dry.
_AHEAD = 4
_TAKEN_AT_ONCE = 50
# How long they are taken up in one piece, and the pause after it in which the other lanes have their turn.
_TAKING_S = 0.02
_BREATH_S = 0.001
# Prepared files that may wait in the work folder for an upload, beside those being uploaded.
_PREPARED_AHEAD = 2


def run(
    sources: Sequence[Source],
    options: RunOptions,
    world: World,
    ledger: Ledger,
    *,
    on_event: OnEvent | None = None,
    stop: threading.Event | None = None,
    hands: Hands | None = None,
    feed: Feed | None = None,
) -> Report:
    """Caption every source, taking up what earlier runs left half done.

    One file's failure is in the report and hurts nobody else.

    Args:
        sources: From `sources.expand`.
        options: What to do.
        world: Every door to the outside.
        ledger: Where everything is written down; the caller closes it.
        on_event: Hears what happens, in the calling thread.
        stop: Set to end the run early.
        hands: Who does the errands; threads by default.
        feed: Gives the sources instead, and perhaps for ever; then the report has no files, the feed hears of each.

    Raises:
        Interrupted: `stop` was set, or Ctrl-C was pressed; what was paid for is in the ledger.
        SetupError: Every file would fail the same way; nothing that was paid for is lost.
    """
    run = _Run(options, world, ledger, on_event, stop, hands)
    if feed is not None:
        return run.work(feed, None)
    refused = clashes(sources, (REPLY_EXTENSION, *options.captions.extensions))
    return run.work(Listed(sources, refused), sources)


class _Run:
    """One run: the rooms wired together, and what happens at its end."""

    def __init__(
        self,
        options: RunOptions,
        world: World,
        ledger: Ledger,
        on_event: OnEvent | None,
        stop: threading.Event | None,
        hands: Hands | None,
    ) -> None:
        sizes = {
            "take": 1,
            "prepare": options.preparing,
            "store": options.uploading,
            "submit": _AT_ONCE,
            "ask": options.asking,
            "fetch": options.asking,
            "write": _AT_ONCE,
            "tidy": _AT_ONCE,
            "watch": 1,
        }
        gates: dict[str, Callable[[], bool]] = {"prepare": self._has_room, "take": lambda: self._room() > 0}
        self._threads = Threads()
        self._engine = Engine(
            sizes,
            hands=hands or self._threads,
            clock=world.clock,
            sleep=world.sleep,
            stop=stop,
            gates=gates,
            together=ledger.together,
        )
        work_folder = ledger.folder / "work" / _folder_name(ledger.owner)
        questions = Turnstile(
            ledger,
            self._engine,
            "ask",
            rate=f"query {world.endpoint}",
            per_s=options.queries_per_s,
            clock=world.clock,
        )
        self._desk = Desk(ledger, self._engine, world, options, on_event or _ignore, work_folder, questions)
        self._works = Works(self._desk)
        self._storing = Storing(self._desk, self._works)
        self._deleting = Deleting(self._desk)
        self._captioning = Captioning(self._desk, self._works)
        self._captioning.on_end = self._item_ended
        submitting = Submitting(self._desk, self._works)
        fetching = Fetching(self._desk, self._works, submitting.made)
        self._submitting, self._fetching = submitting, fetching
        self._ahead = _AHEAD * (options.preparing + options.uploading) + 2 * options.files_per_task
        self._feed: Feed = Listed((), {})
        self._reports: dict[Source, FileReport] | None = {}
        self._started = 0

        def stored(work: Work) -> None:
            (submitting.stored if work.proved else self._storing.stored)(work)

        self._works.steps = {
            State.FOUND: self._storing.found,
            State.STORED: stored,
            State.SUBMITTING: submitting.submitting,
            State.SUBMITTED: fetching.submitted,
            State.RECOGNISED: fetching.recognised,
        }
        self._works.on_end = self._work_ended
        self._beat_at = self._told_at = world.clock()

    def work(self, feed: Feed, sources: Sequence[Source] | None) -> Report:
        """Do it all; without `sources` the reports go to the feed only."""
        self._feed = feed
        self._reports = None if sources is None else {}
        try:
            self._clear_dead_work()
            self._engine.put("take", self._take)
            self._engine.run(self._tick)
            self._deleting.sweep()
            self._engine.run(self._tick)
        except KeyboardInterrupt:
            self._stop()
            raise Interrupted("stopped; run the same command again to go on where it was") from None
        except Interrupted:
            self._stop()
            raise
        except SetupError as error:
            self._break_off(error)
            raise
        finally:
            self._threads.close()
            shutil.rmtree(self._desk.work_folder, ignore_errors=True)
        return Report(
            files=tuple((self._reports or {}).get(source) or _lost(source) for source in sources or ()),
            leftovers=tuple(self._deleting.leftovers.values()),
            ledger=self._desk.ledger.path,
        )

    def _take(self) -> None:
        """Take the next inputs up: no more than the later stages can use soon, so that processes share a ledger's work,
        and not for long, so that the stages go on meanwhile. What is done already takes no room.
        """
        until, taken = time.monotonic() + _TAKING_S, False
        while (room := self._room()) > 0 and (some := self._feed.take(min(room, _TAKEN_AT_ONCE))):
            taken = True
            for source, clash in some:
                self._started += 1
                self._begin(source, clash)
            if time.monotonic() >= until:
                break
        pause_s = self._feed.pause_s
        if pause_s is not None:
            self._engine.put("take", self._take, self._desk.now + (_BREATH_S if taken else max(pause_s, _BREATH_S)))

    def _begin(self, source: Source, clash: str) -> None:
        try:
            item = self._captioning.item(source)
        except SetupError as error:
            if self._reports is not None:
                raise
            # A folder's own settings are wrong: in an endless run that concerns this folder only.
            self._hear(source, FileReport(source.name, State.FOUND, reason=Reason.of(error)))
            self._desk.tell(Failed(source.name, Reason.of(error)))
            return
        self._desk.guard(item, partial(self._captioning.start, item, clash))

    def _room(self) -> int:
        """How many more may be taken up; what waits to be written counts, or a slow disk would fill the memory."""
        return self._ahead - self._works.coming - self._submitting.ready - self._engine.load("write")[0]

    def _item_ended(self, item: Item, report: FileReport) -> None:
        self._hear(item.source, report)

    def _hear(self, source: Source, report: FileReport) -> None:
        self._desk.tally["done" if report.done else "failed"] += 1
        if self._reports is not None:
            self._reports[source] = report
        self._engine.after(partial(self._feed.ended, source, report))

    def _has_room(self) -> bool:
        return self._works.prepared < self._desk.options.uploading + _PREPARED_AHEAD

    def _work_ended(self, work: Work) -> None:
        self._storing.drop_prepared(work)
        if work.rec.upload is not None:
            self._deleting.sweep(work.rec.upload)

    def _tick(self) -> None:
        now = self._desk.now
        if abs(now - self._beat_at) >= _BEAT_S:
            self._beat_at = now
            self._desk.ledger.beat()
        if abs(now - self._told_at) >= _TELL_S:
            self._told_at = now
            self._desk.tell(self._progress())

    def _progress(self) -> Progress:
        load, tally = self._engine.load, self._desk.tally
        left = self._feed.left
        prepare, store, submit = load("prepare"), load("store"), load("submit")
        fetch, write = load("fetch"), load("write")
        counts = {
            "prepare": (left + prepare[0], prepare[1]),
            "upload": store,
            "recognise": (self._submitting.ready, self._fetching.in_flight + submit[1]),
            "write": (fetch[0] + write[0], fetch[1] + write[1]),
        }
        return Progress(
            stages=tuple(
                Stage(name, waiting, active, tally[name], tally[f"failed {name}"])
                for name, (waiting, active) in counts.items()
            ),
            waiting=left,
            started=self._started,
            done=tally["done"],
            failed=tally["failed"],
            bytes_sent=tally["bytes"],
            captioned_ms=tally["ms"],
        )

    def _stop(self) -> None:
        """End within seconds: only answers to submissions are still waited for, because they were paid for."""
        self._engine.stop.set()
        with suppress(Interrupted, SetupError, KeyboardInterrupt):
            self._engine.drain(["submit"])

    def _break_off(self, error: SetupError) -> None:
        """Nothing more can be bought: hear of what was, and leave no object behind that no paid task needs."""
        if isinstance(error, LedgerError):
            return
        with suppress(SetupError, Interrupted):
            self._engine.drain(["submit"])
        with suppress(SetupError, Interrupted):
            for work in self._works:
                if not work.ended:
                    self._works.unstore(work)
            self._desk.ledger.release()
            self._deleting.sweep_now()

    def _clear_dead_work(self) -> None:
        """Remove the work folders of runs that died."""
        for folder in dead_work(self._desk.ledger):
            shutil.rmtree(folder, ignore_errors=True)


def dead_work(ledger: Ledger) -> tuple[Path, ...]:
    """Folders with prepared files of runs that died."""
    living = {_folder_name(Owner.parse(name)) for name in ledger.living()}
    folder = ledger.folder / "work"
    return tuple(entry for entry in folder.iterdir() if entry.name not in living) if folder.is_dir() else ()


def _folder_name(owner: Owner) -> str:
    return f"{owner.host}-{owner.pid}-{owner.started}-{owner.serial}"


def _ignore(_: object) -> None:
    """Nobody listens."""


def _lost(source: Source) -> FileReport:
    """An input nothing came back about; a fault of ours that must not look like success."""
    reason = Reason(f"{source.name}: captioner lost track of it; please report it, and run the command again")
    return FileReport(source.name, State.FOUND, reason=reason)
