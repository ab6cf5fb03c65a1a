"""Uploading through boto3's transfer manager, so that an upload can be stopped and leaves nothing half done.

`upload_file` offers no handle on a running upload; the manager beneath it does. This module imports boto3 and is
itself imported only when an S3 store is made.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import CancelledError
from s3transfer.subscribers import BaseSubscriber

from captioner.errors import Interrupted
from captioner.storage.base import UploadProgress, UploadStopped

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Uploader"]

_STOP_WITHIN_S = 5.0
"""How long a stopped upload may take to tidy up; what remains after it is left to `remove_orphans`."""


class Uploader:
    """Uploads files with one pool of threads, however many callers there are."""

    def __init__(self, client: S3Client, *, part_size_bytes: int = 8 * 1024 * 1024, threads: int = 10) -> None:
        """Part size and threads are boto3's own defaults (boto3: "File transfer configuration")."""
        config = TransferConfig(
            multipart_threshold=part_size_bytes,
            multipart_chunksize=part_size_bytes,
            max_concurrency=threads,
            preferred_transfer_client="classic",  # the other one has no failure hooks and signs in its own way
        )
        self._client = client
        self._manager = create_transfer_manager(client, config)

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
            Stopped: `progress` raised, or the uploader was closed.
            Exception: What botocore and the disk raise, as it comes.
            KeyboardInterrupt: As it comes, after the tidying.
        """
        watch = _UploadSubscriber(size_bytes, progress)
        future = self._manager.upload(str(path), bucket, key, dict(extra), [watch])
        try:
            future.result()
        except KeyboardInterrupt:
            watch.finished.wait(_STOP_WITHIN_S)  # result() has cancelled it; the parts are removed before `finished`
            self._delete_if_complete(watch, bucket, key)
            raise
        except CancelledError:
            if watch.error is None:
                raise UploadStopped(Interrupted(f"{path.name}: the upload was stopped; run again to resume")) from None
        if watch.error is not None:
            self._delete_if_complete(watch, bucket, key)
            raise UploadStopped(watch.error)

    def _delete_if_complete(self, watch: _UploadSubscriber, bucket: str, key: str) -> None:
        """Delete an object that was complete before the upload could be stopped."""
        if watch.complete:
            with suppress(BotoCoreError, ClientError):
                self._client.delete_object(Bucket=bucket, Key=key)

    def close(self) -> None:
        """Stop what is still running and end the threads."""
        with suppress(CancelledError):
            self._manager.shutdown(cancel=True)


class _UploadSubscriber(BaseSubscriber):
    """Adds up what the sending threads report, and knows when everything about an upload is over."""

    def __init__(self, size_bytes: int, progress: UploadProgress | None) -> None:
        self._size_bytes = size_bytes
        self._progress = progress
        self._sent = 0
        self._lock = threading.Lock()
        self.finished = threading.Event()
        self.complete = False
        self.error: BaseException | None = None

    def on_progress(self, future: Any, bytes_transferred: int, **_: Any) -> None:
        """One more piece was read for sending; negative when a piece is sent again."""
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
        """Runs after the manager's own tidying."""
        with suppress(Exception, CancelledError):
            future.result()
            self.complete = True
        self.finished.set()
