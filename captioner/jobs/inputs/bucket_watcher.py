"""Watched buckets: a feed that gives each object once for each of its contents.

An object appears in a bucket when it is whole, so none is waited for. Buckets are listed in a thread of their own,
because a store that does not answer must not hold up the run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from captioner.daemon_executor import DaemonThreadExecutor
from captioner.errors import CaptionerError
from captioner.jobs.events import FileReport
from captioner.jobs.inputs.finding import InputFeed, Source, clashes, find
from captioner.jobs.inputs.selection import EVERYTHING, Selection
from captioner.jobs.states import State
from captioner.storage import ObjectStore

__all__ = ["BucketWatcher", "ManyFeeds"]

log = logging.getLogger(__name__)

# Seconds between two listings. Stores bill a thousand objects of a listing as one request: at AWS about a tenth of a
# dollar a month for this pace and ten thousand objects (Amazon S3 pricing, LIST requests, 2026).
LISTING_S = 60.0
# An object that could not be done for a passing reason is offered again after this long.
_AGAIN_S = 60.0


class BucketWatcher:
    """Watched buckets as a feed.

    Args:
        addresses: `s3://` addresses of prefixes, as given by the user.
        out: Folder for the outputs, or None for the working folder.
        extensions: Of all outputs, to find clashes.
        objects: Lists the buckets.
        selection: Which objects are wanted.
        listing_s: Seconds between two listings.
        clock: Seconds that only grow.
        executor: Where the buckets are listed.

    Attributes:
        notes: A line for each trouble with listing, as it begins.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        out: Path | None,
        extensions: Sequence[str],
        objects: ObjectStore,
        *,
        selection: Selection = EVERYTHING,
        listing_s: float = LISTING_S,
        clock: Callable[[], float] = time.monotonic,
        executor: Executor | None = None,
    ) -> None:
        self._addresses = tuple(addresses)
        self._out = out
        self._extensions = tuple(extensions)
        self._objects = objects
        self._selection = selection
        self._listing_s = listing_s
        self._clock = clock
        self._executor = executor or DaemonThreadExecutor(1)
        self._listing: Future[tuple[Source, ...]] | None = None
        self._list_at = float("-inf")
        self._given: set[Source] = set()
        self._again: dict[Source, float] = {}
        self._ready: list[tuple[Source, str]] = []
        self._is_troubled = False
        self.notes: list[str] = []

    @property
    def left(self) -> int:
        """Objects that are known and not taken."""
        return len(self._ready) + len(self._again)

    @property
    def pause_s(self) -> float | None:
        """Seconds until there may be more; a watcher never ends."""
        if self._ready:
            return 0.0
        if self._listing is not None:
            return 0.2
        return min(max(self._list_at + self._listing_s - self._clock(), 0.05), 2.0)

    def take(self, room: int) -> list[tuple[Source, str]]:
        """Objects that have come."""
        now = self._clock()
        if self._listing is not None and self._listing.done():
            self._take_in(self._listing)
            self._listing = None
        elif self._listing is None and now >= self._list_at + self._listing_s:
            self._list_at = now
            self._listing = self._executor.submit(self._list)
        for source in [source for source, due_at in self._again.items() if now >= due_at]:
            del self._again[source]
            self._ready.append((source, ""))
        taken, self._ready = self._ready[:room], self._ready[room:]
        return taken

    def ended(self, source: Source, report: FileReport) -> None:
        """Offer again what was only left."""
        if report.state not in (State.WRITTEN, State.REJECTED):
            self._again[source] = self._clock() + _AGAIN_S

    def _list(self) -> tuple[Source, ...]:
        return find(self._addresses, self._out, self._selection, self._objects).sources

    def _take_in(self, listing: Future[tuple[Source, ...]]) -> None:
        try:
            found = [source for source in listing.result() if source.media is not None]
        except CaptionerError as error:
            if not self._is_troubled:
                self.notes.append(f"{error}; listed again until it answers")
            self._is_troubled = True
            return
        self._is_troubled = False
        fresh = [source for source in found if source not in self._given]
        refused = clashes(found, self._extensions) if fresh else {}
        self._given = set(found)
        self._again = {source: due_at for source, due_at in self._again.items() if source in self._given}
        self._ready += [(source, refused.get(source, "")) for source in fresh]


class ManyFeeds:
    """Several feeds as one, asked in turn."""

    def __init__(self, feeds: Sequence[InputFeed]) -> None:
        self._feeds = tuple(feeds)
        self._feed_of: dict[Source, InputFeed] = {}

    @property
    def left(self) -> int:
        """Sources known to be waiting."""
        return sum(feed.left for feed in self._feeds)

    @property
    def pause_s(self) -> float | None:
        """Seconds until one of them may have more, or None when none ever will."""
        return min((pause for feed in self._feeds if (pause := feed.pause_s) is not None), default=None)

    def take(self, room: int) -> list[tuple[Source, str]]:
        """Up to `room` sources of them all."""
        taken: list[tuple[Source, str]] = []
        for feed in self._feeds:
            found = list(feed.take(room - len(taken)))
            self._feed_of.update(dict.fromkeys((source for source, _ in found), feed))
            taken += found
        return taken

    def ended(self, source: Source, report: FileReport) -> None:
        """Tell the feed that a source came from."""
        if feed := self._feed_of.pop(source, None):
            feed.ended(source, report)
