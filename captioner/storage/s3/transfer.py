"""Uploads through s3transfer's manager, so that an upload can be stopped and leaves no parts behind.

`upload_file` offers no handle on a running upload; the manager beneath it does. This module imports boto3 and is
itself imported only when an S3 store is made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import CancelledError
from s3transfer.manager import TransferManager
from s3transfer.subscribers import BaseSubscriber

from captioner.daemon_executor import DaemonThreadExecutor
from captioner.errors import Interrupted
from captioner.storage.base import UploadProgress, UploadStopped

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from s3transfer.futures import TransferFuture

__all__ = ["Uploader"]

_STOP_WITHIN_S = 5.0
"""Longest time for stopped uploads to remove their parts; `remove_orphans` removes the rest later."""


class Uploader:
    """Uploads files with one pool of daemon threads that all callers share.

    Args:
        client: S3 client of the bucket's store.
        part_size_bytes: Length of a part; larger files are sent in parts. boto3's default, as is `threads` (boto3:
            "File transfer configuration").
        threads: Requests in flight at most.
        stop_within_s: Longest time for stopping all running uploads.
    """

    def __init__(
        self,
        client: S3Client,
        *,
        part_size_bytes: int = 8 * 1024 * 1024,
        threads: int = 10,
        stop_within_s: float = _STOP_WITHIN_S,
    ) -> None:
        config = TransferConfig(
            multipart_threshold=part_size_bytes, multipart_chunksize=part_size_bytes, max_concurrency=threads
        )
        self._client = client
        # Made without boto3's factory, which offers no choice of executor and may take a client that signs in its own
        # way (awscrt).
        self._manager = TransferManager(client, config, executor_cls=DaemonThreadExecutor)  # type: ignore[arg-type]
        self._stop_within_s = stop_within_s
        self._running: dict[TransferFuture, _UploadSubscriber] = {}
        self._is_closed = self._has_hung = False
        self._lock = threading.Lock()

    def upload(
        self,
        path: Path,
        bucket: str,
        key: str,
        extra: Mapping[str, Any],
        *,
        size_bytes: int,
        progress: UploadProgress | None,
    ) -> None:
        """Upload one file; on any failure, and when stopped, nothing of it stays in the store.

        Raises:
            UploadStopped: `progress` raised, or the uploader was closed.
            Exception: What botocore and the disk raise, unchanged.
            KeyboardInterrupt: Unchanged, after the parts were removed.
        """
        subscriber = _UploadSubscriber(size_bytes, progress)
        future = self._start(path, bucket, key, extra, subscriber)
        try:
            subscriber.finished.wait()
            if not subscriber.is_abandoned:
                future.result()
        except KeyboardInterrupt:
            future.cancel()
            if not subscriber.finished.wait(self._stop_within_s):  # the parts are removed before `finished`
                self._has_hung = True
            self._delete_if_complete(subscriber, bucket, key)
            raise
        except CancelledError:
            pass  # the reason is raised below
        finally:
            with self._lock:
                del self._running[future]
        if subscriber.error is not None:
            self._delete_if_complete(subscriber, bucket, key)
            raise UploadStopped(subscriber.error)
        if not subscriber.is_complete:
            raise _stopped(path)

    def close(self) -> None:
        """Stop the running uploads and end the threads; takes no longer than the time allowed for stopping.

        An upload that hangs is left to its daemon thread, which ends with the process. s3transfer's own
        `shutdown(cancel=True)` is not used: it fails with a TypeError while an upload is running (its arguments are
        shifted by one, seen in s3transfer 0.19), and it waits for requests that hang.
        """
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            running = dict(self._running)
        for future in running:
            future.cancel()
        deadline = time.monotonic() + self._stop_within_s
        for subscriber in running.values():
            if not subscriber.finished.wait(max(0.0, deadline - time.monotonic())):
                self._has_hung = True
                subscriber.abandon()
        if not self._has_hung:  # else it would wait for the request that hangs
            self._manager.shutdown()

    def _start(
        self, path: Path, bucket: str, key: str, extra: Mapping[str, Any], subscriber: _UploadSubscriber
    ) -> TransferFuture:
        try:
            future = self._manager.upload(str(path), bucket, key, dict(extra), [subscriber])
        except RuntimeError:  # raised by an executor after its shutdown
            if self._is_closed:
                raise _stopped(path) from None
            raise
        with self._lock:
            self._running[future] = subscriber
            is_closed = self._is_closed
        if is_closed:
            future.cancel()
        return future

    def _delete_if_complete(self, subscriber: _UploadSubscriber, bucket: str, key: str) -> None:
        """Delete an object that was complete before the upload could be stopped."""
        if subscriber.is_complete:
            with suppress(BotoCoreError, ClientError):
                self._client.delete_object(Bucket=bucket, Key=key)


def _stopped(path: Path) -> UploadStopped:
    return UploadStopped(Interrupted(f"{path.name}: the upload was stopped; run again to resume"))


class _UploadSubscriber(BaseSubscriber):
    """Adds up the bytes that the sending threads report, and records how the upload ended.

    Attributes:
        finished: Set when the upload has ended, parts removed included, or was abandoned.
        is_complete: Whether the whole object is in the store.
        is_abandoned: Whether the uploader was closed before the upload had ended.
        error: Exception raised by `progress`, or None.
    """

    def __init__(self, size_bytes: int, progress: UploadProgress | None) -> None:
        self._size_bytes = size_bytes
        self._progress = progress
        self._sent = 0
        self._lock = threading.Lock()
        self.finished = threading.Event()
        self.is_complete = False
        self.is_abandoned = False
        self.error: BaseException | None = None

    def abandon(self) -> None:
        """End the wait for an upload that has not ended; no effect on one that has."""
        if not self.finished.is_set():
            self.is_abandoned = True
            self.finished.set()

    def on_progress(self, future: Any, bytes_transferred: int, **_: Any) -> None:
        """Called when a piece was read for sending; the count is negative when a piece is sent again."""
        if self._progress is None:
            return
        with self._lock:
            self._sent += bytes_transferred
            if self.error is not None:
                return
            try:
                self._progress(self._sent, self._size_bytes)
            except BaseException as error:  # noqa: BLE001 - handed to the caller of `upload` as it is
                self.error = error
                future.cancel()

    def on_done(self, future: Any, **_: Any) -> None:
        """Called after the manager has removed the parts of an upload that failed."""
        with suppress(Exception, CancelledError):
            future.result()
            self.is_complete = True
        self.finished.set()
