"""What every store can do, so that the rooms above need not know which one they hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from captioner.errors import MediaError
from captioner.model import Prepared, SignedUrl, StoredObject

__all__ = ["Store", "UploadProgress", "UploadStopped", "check_source"]

UploadProgress = Callable[[int, int], None]
"""Called with (bytes sent, bytes in all), from any thread but one call at a time; an exception it raises stops the
upload and comes out of `put`, which is how a caller stops one that runs in another thread."""


class UploadStopped(Exception):
    """What a caller's `progress` raised, carried past everything that translates errors; it never leaves the room.

    Attributes:
        reason: The exception itself.
    """

    def __init__(self, reason: BaseException) -> None:
        super().__init__(reason)
        self.reason = reason


class Store(Protocol):
    """A place the service can fetch a file from; safe to use from several threads."""

    def put(self, prepared: Prepared, name: str, *, progress: UploadProgress | None = None) -> StoredObject:
        """Upload the file, unless the same bytes are there already.

        Args:
            prepared: What to send.
            name: File name of the media, for the key and for messages.
            progress: Told how far it is.

        Raises:
            CredentialsRefused, ConfigError, StorageRejected, StorageUnavailable, MediaError: As their names say.
        """
        ...

    def sign(self, stored: StoredObject) -> SignedUrl:
        """An address under which the service can read the object."""
        ...

    def verify_readable(self, signed: SignedUrl) -> None:
        """Read the first bytes through the address as a stranger would, before anything is submitted.

        Raises:
            StorageRejected: It cannot be read that way.
            StorageUnavailable: The store did not answer.
        """
        ...

    def exists(self, stored: StoredObject) -> bool:
        """Whether the object is still there with the same length."""
        ...

    def delete(self, stored: StoredObject) -> None:
        """Remove the object; one that is gone already is no error."""
        ...

    def remove_orphans(self, older_than_s: int) -> list[str]:
        """Remove what crashed uploads left behind longer ago than this; the keys of what was removed."""
        ...

    def close(self) -> None:
        """Let go of connections and threads; may be called twice."""
        ...


def check_source(prepared: Prepared, name: str) -> None:
    """Refuse a file that is no longer what was prepared.

    Raises:
        MediaError: It is gone, cannot be read, or has another length.
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
