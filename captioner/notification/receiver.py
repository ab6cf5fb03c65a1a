"""The protocol of a receiver, and what it is given. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Message", "Receiver", "receiver_key"]


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one receiver.

    Attributes:
        id: The same whenever this message is delivered again.
        type: Such as "file.done".
        body: The whole event as JSON.
    """

    id: str
    type: str
    body: str


class Receiver(Protocol):
    """Takes messages; safe to use from several threads."""

    @property
    def key(self) -> str:
        """Its name in the ledger: kind, and digest of its address or command, which may hold a secret."""
        ...

    @property
    def label(self) -> str:
        """Name of the receiver in messages; no secret."""
        ...

    def deliver(self, message: Message) -> str:
        """Hand over a message once; returns "" when it was taken, else the reason in words."""
        ...

    def close(self) -> None:
        """Close connections; may be called twice."""
        ...


def receiver_key(kind: str, address: str) -> str:
    """The name of a receiver in the ledger."""
    return f"{kind} {hashlib.sha256(address.encode()).hexdigest()[:16]}"
