"""Signed links of one process: kept in memory between the step that makes one and the step that sends it.

They are secrets: never pickled, printed or written down. Records and the ledger hold `records.address_digest` of them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NoReturn

from captioner.jobs.records import address_digest
from captioner.model import SignedUrl

__all__ = ["Links"]

# Links are made just before they are sent; of more than this many the oldest were never sent, and are dropped.
_MOST = 10_000


class Links:
    """Links by recognition: those that were given by the user, and those that were signed; safe to share."""

    def __init__(self) -> None:
        self._given: dict[str, SignedUrl] = {}
        self._signed: dict[str, SignedUrl] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> NoReturn:
        raise TypeError("signed links stay in the process that made them")

    def give(self, key: str, link: SignedUrl) -> None:
        """Remember the link that a recognition was asked for with."""
        self._given[key] = link

    def given(self, key: str) -> SignedUrl | None:
        """The link that a recognition was asked for with."""
        return self._given.get(key)

    def forget(self, key: str) -> None:
        """Drop the links of a recognition that has ended."""
        self._given.pop(key, None)
        with self._lock:
            self._signed.pop(key, None)

    def keep(self, key: str, link: SignedUrl) -> str:
        """Keep a signed link until it is sent; its digest."""
        with self._lock:
            self._signed[key] = link
            while len(self._signed) > _MOST:
                del self._signed[next(iter(self._signed))]
        return address_digest(link.url)

    def take(self, wanted: Sequence[tuple[str, str]]) -> list[SignedUrl] | None:
        """The signed links of recognitions with these keys and digests; None when one of them is not at hand."""
        with self._lock:
            found = [self._signed.pop(key, None) for key, _ in wanted]
        links = [
            link
            for link, (_, digest) in zip(found, wanted, strict=True)
            if link is not None and address_digest(link.url) == digest
        ]
        return links if len(links) == len(wanted) else None
