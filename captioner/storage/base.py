"""The protocol of a store, and the check of a file before it is uploaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from captioner.errors import CaptionerError, MediaError
from captioner.model import MediaObject, Prepared, SignedUrl, StoredObject

__all__ = [
    "BulkStore",
    "LeaseStore",
    "ObjectStore",
    "Store",
    "UploadLease",
    "UploadProgress",
    "UploadStopped",
    "check_source",
]

UploadProgress = Callable[[int, int], None]
"""Called with (bytes sent, bytes in all), from any thread but one call at a time. An exception it raises stops the
upload and is raised again by `put`: that is how a caller stops an upload that runs in another thread."""


class UploadStopped(Exception):
    """Carries an exception raised by `progress` past all code that maps errors; it never leaves this package.

    Attributes:
        reason: The exception itself.
    """

    def __init__(self, reason: BaseException) -> None:
        super().__init__(reason)
        self.reason = reason


class Store(Protocol):
    """Keeps files where the service can fetch them; safe to use from several threads."""

    def put(self, prepared: Prepared, name: str, *, progress: UploadProgress | None = None) -> StoredObject:
        """Upload the file, unless the same bytes are there already.

        Args:
            prepared: The file to send.
            name: File name of the media, for the key and for messages.
            progress: Called with the bytes sent so far.

        Raises:
            CredentialsRefused, ConfigError, StorageRejected, StorageUnavailable, MediaError: As their names say.
        """
        ...

    def place_of(self, prepared: Prepared, name: str) -> StoredObject | None:
        """The object that `put` would make of a file that is not there yet; nothing is sent.

        None in a store that gives names at the upload and deletes by itself.
        """
        ...

    def sign(self, stored: StoredObject) -> SignedUrl:
        """The address under which the service can read the object."""
        ...

    def verify_readable(self, signed: SignedUrl) -> None:
        """Read the first bytes through the address, without credentials, before anything is submitted.

        Raises:
            StorageRejected: The object cannot be read that way.
            StorageUnavailable: The store did not answer.
        """
        ...

    def exists(self, stored: StoredObject) -> bool:
        """Whether the object is still there with the same length."""
        ...

    def delete(self, stored: StoredObject) -> None:
        """Remove the object; no error when it does not exist."""
        ...

    def remove_orphans(self, older_than_s: int) -> list[str]:
        """Remove the remains of uploads that crashed longer ago than this; returns the keys of what was removed."""
        ...

    def close(self) -> None:
        """Close connections and threads; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class UploadLease:
    """Lease of an upload: what is put is the lease's own, and is found by the content of its media.

    Attributes:
        number: The lease, as `jobs.lease_numbers` issues it.
        content: SHA-256 of the media in hex. What is sent of it may differ from worker to worker: one with a slow
            connection sends Opus where another sends FLAC.
    """

    number: str
    content: str


@runtime_checkable
class LeaseStore(Store, Protocol):
    """A store whose keys can carry a lease, so that a worker that wakes up late touches its own objects only."""

    def put(
        self, prepared: Prepared, name: str, *, progress: UploadProgress | None = None, lease: UploadLease | None = None
    ) -> StoredObject:
        """As `Store.put`, under the lease's own key."""
        ...

    def remove_superseded(self, stored: StoredObject, token: str, kept: Collection[str]) -> list[str]:
        """Remove objects made from the same media that leases of a ledger have left, but not those `kept`."""
        ...


@runtime_checkable
class BulkStore(Store, Protocol):
    """A store that removes many objects with one request."""

    def delete_all(self, stored: Sequence[StoredObject]) -> tuple[CaptionerError | None, ...]:
        """Remove objects.

        Returns:
            For each, None when the store has said that it is gone; otherwise the error that its removal ended with.
        """
        ...


class ObjectStore(Protocol):
    """Reads media that are in buckets already, and puts captions there; safe to use from several threads.

    Raises (every method):
        CaptionerError: The store refuses, does not answer, or an object was replaced.
    """

    @property
    def endpoint(self) -> str:
        """Address of the store, "" for AWS."""
        ...

    def list(self, bucket: str, prefix: str) -> Iterator[MediaObject]:
        """Objects whose keys begin with a prefix, in the order of their keys."""
        ...

    def open(self, media: MediaObject) -> AbstractContextManager[BinaryIO]:
        """An object as a file of which only the parts that are read are fetched."""
        ...

    def download(self, media: MediaObject, path: Path, *, progress: UploadProgress | None = None) -> None:
        """Write an object to a file."""
        ...

    def sign(self, bucket: str, key: str) -> SignedUrl:
        """The address under which the service can read an object where it is."""
        ...

    def verify_readable(self, signed: SignedUrl, bucket: str) -> None:
        """Read the first bytes through the address, without credentials."""
        ...

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        """Write an object whole."""
        ...

    def close(self) -> None:
        """Close connections and threads; may be called twice."""
        ...


def check_source(prepared: Prepared, name: str) -> None:
    """Check that a file is still the one that was prepared.

    Raises:
        MediaError: It is missing, cannot be read, or has another length.
    """
    try:
        with prepared.path.open("rb") as file:
            size_bytes = file.seek(0, 2)
    except OSError as error:
        raise MediaError(f"cannot be read for uploading ({error.strerror}); prepare it again", file=name) from error
    if size_bytes != prepared.size_bytes:
        raise MediaError(
            f"{size_bytes} bytes long, {prepared.size_bytes} when it was prepared; "
            "wait until nothing writes to it and run again",
            file=name,
        )
