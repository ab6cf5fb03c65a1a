"""Lease numbers: which call of a step on a worker is the one that counts.

Every time a call is given to a worker it gets another lease, which is part of the key of what it uploads. A worker that
was frozen and wakes up late finds that its call was given to another; it then removes what it has put under its own
lease, and can touch nothing else. What it put before its call was given away is removed by the coordinator.
"""

from __future__ import annotations

import itertools
import threading

from captioner.jobs.ledger.base import Claim

__all__ = ["LeaseNumbers"]


class LeaseNumbers:
    """Leases of one coordinator; they are never given twice on a ledger. May be used from several threads.

    Args:
        claim: As which coordinator of the ledger they are given.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self._numbers = itertools.count(1)
        self._held: set[str] = set()
        self._doubtful: set[str] = set()
        self._lock = threading.Lock()

    def issue(self) -> str:
        """The next lease: token of the ledger, number of the coordinator, number of the call."""
        with self._lock:
            lease = f"{self.claim.token}-{self.claim.number}-{next(self._numbers)}"
            self._held.add(lease)
        return lease

    def end(self, lease: str) -> None:
        """Take back a lease whose call was done."""
        with self._lock:
            self._held.discard(lease)

    def give_up(self, lease: str, content: str) -> None:
        """Take back a lease whose call was not seen to end: it may have left an object made from this content."""
        with self._lock:
            self._held.discard(lease)
            if content:
                self._doubtful.add(content)

    @property
    def held(self) -> frozenset[str]:
        """Leases whose calls are under way."""
        with self._lock:
            return frozenset(self._held)

    def is_doubtful(self, content: str) -> bool:
        """Whether there may be objects made from this content that are not needed: also those of a run that crashed."""
        with self._lock:
            return self.claim.after_crash or content in self._doubtful
