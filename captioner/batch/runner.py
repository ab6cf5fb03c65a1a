"""The run: many files, once each, whatever happens."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from captioner.batch.captioning import Captioning, Item
from captioner.batch.captions import REPLY_EXTENSION
from captioner.batch.deleting import Deleting
from captioner.batch.desk import Desk
from captioner.batch.engine import Engine, Hands, Threads
from captioner.batch.events import FileReport, OnEvent, Report
from captioner.batch.fetching import Fetching
from captioner.batch.job import Reason, State
from captioner.batch.ledger import Ledger
from captioner.batch.owner import Owner
from captioner.batch.sources import Source, clashes
from captioner.batch.storing import Storing
from captioner.batch.submitting import Submitting
from captioner.batch.works import Work, Works
from captioner.batch.world import RunOptions, World
from captioner.errors import FixTheSetup, Interrupted, LedgerError

__all__ = ["run"]

_BEAT_S = 5.0
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

    Raises:
        Interrupted: `stop` was set, or Ctrl-C was pressed; what was paid for is in the ledger.
        FixTheSetup: Every file would fail the same way; nothing that was paid for is lost.
    """
    return _Run(options, world, ledger, on_event, stop, hands).work(sources)


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
            "prepare": options.preparing,
            "store": options.uploading,
            "submit": 1,
            "ask": options.asking,
            "fetch": options.asking,
            "write": 1,
            "tidy": 1,
            "watch": 1,
        }
        gates: dict[str, Callable[[], bool]] = {"prepare": self._has_room}
        self._engine = Engine(
            sizes, hands=hands or Threads(), clock=world.clock, sleep=world.sleep, stop=stop, gates=gates
        )
        work_folder = ledger.folder / "work" / _folder_name(ledger.owner)
        self._desk = Desk(ledger, self._engine, world, options, on_event or _ignore, work_folder)
        self._works = Works(self._desk)
        self._storing = Storing(self._desk, self._works)
        self._deleting = Deleting(self._desk)
        self._captioning = Captioning(self._desk, self._works)
        submitting, fetching = Submitting(self._desk, self._works), Fetching(self._desk, self._works)

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
        self._beat_at = world.clock()

    def work(self, sources: Sequence[Source]) -> Report:
        """Do it all."""
        items = [self._captioning.item(source) for source in sources]
        try:
            self._clear_dead_work()
            refused = clashes(sources, (REPLY_EXTENSION, *self._desk.options.captions.extensions))
            for item in items:
                self._desk.guard(item, partial(self._captioning.start, item, refused.get(item.source, "")))
            self._engine.run(self._tick)
            self._deleting.sweep()
            self._engine.run(self._tick)
        except KeyboardInterrupt:
            self._stop()
            raise Interrupted("stopped; run the same command again to go on where it was") from None
        except Interrupted:
            self._stop()
            raise
        except FixTheSetup as error:
            self._break_off(error)
            raise
        finally:
            shutil.rmtree(self._desk.work_folder, ignore_errors=True)
        return Report(
            files=tuple(item.report or _lost(item) for item in items),
            leftovers=tuple(self._deleting.leftovers.values()),
            ledger=self._desk.ledger.path,
        )

    def _has_room(self) -> bool:
        return self._works.prepared < self._desk.options.uploading + _PREPARED_AHEAD

    def _work_ended(self, work: Work) -> None:
        self._storing.drop_prepared(work)
        self._deleting.sweep()

    def _tick(self) -> None:
        now = self._desk.now
        if abs(now - self._beat_at) >= _BEAT_S:
            self._beat_at = now
            self._desk.ledger.beat()

    def _stop(self) -> None:
        """End within seconds: only answers to submissions are still waited for, because they were paid for."""
        self._engine.stop.set()
        with suppress(Interrupted, FixTheSetup, KeyboardInterrupt):
            self._engine.drain(["submit"])

    def _break_off(self, error: FixTheSetup) -> None:
        """Nothing more can be bought: hear of what was, and leave no object behind that no paid task needs."""
        if isinstance(error, LedgerError):
            return
        with suppress(FixTheSetup, Interrupted):
            self._engine.drain(["submit"])
        with suppress(FixTheSetup, Interrupted):
            for work in self._works:
                if not work.ended:
                    self._works.unstore(work)
            self._desk.ledger.release()
            self._deleting.sweep_now()

    def _clear_dead_work(self) -> None:
        """Remove the work folders of runs that died."""
        living = {_folder_name(Owner.parse(name)) for name in self._desk.ledger.living()}
        folder = self._desk.work_folder.parent
        for entry in folder.iterdir() if folder.is_dir() else ():
            if entry.name not in living:
                shutil.rmtree(entry, ignore_errors=True)


def _folder_name(owner: Owner) -> str:
    return f"{owner.host}-{owner.pid}-{owner.started}-{owner.serial}"


def _ignore(_: object) -> None:
    """Nobody listens."""


def _lost(item: Item) -> FileReport:
    """An input nothing came back about; a fault of ours that must not look like success."""
    reason = Reason(f"{item.name}: captioner lost track of it; please report it, and run the command again")
    return FileReport(item.name, State.FOUND, reason=reason)
