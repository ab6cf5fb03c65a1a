"""Removes many objects with one request (DeleteObjects), where the store knows how.

A store must confirm every object by its key: what it does not name is removed singly. The request carries
`Content-MD5`, which Alibaba OSS, Google and older servers demand, beside the checksum that botocore adds.

Source: Amazon S3 API Reference, DeleteObjects; Alibaba Cloud OSS, DeleteMultipleObjects, 2026.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from captioner.storage.s3.checksums import add_content_md5
from captioner.storage.s3.errors import error_code, http_status, is_temporary

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["MOST_KEYS", "BulkDeletion"]

log = logging.getLogger(__name__)

MOST_KEYS = 1000
"""Keys in one request. Source: Amazon S3 API Reference, DeleteObjects, 2026."""

# What may be about this one request, and says nothing about the next: no such bucket, or rights that have ended.
_ABOUT_ONE_REQUEST = (401, 403, 404)
_NOT_IMPLEMENTED = 501


class BulkDeletion:
    """Removes objects together until a store refuses that.

    Args:
        client: Sends the requests.
        label: Name of the store in messages.

    Attributes:
        is_refused: The store does not know such requests.
    """

    def __init__(self, client: S3Client, label: str) -> None:
        self._client = client
        self._label = label
        self._is_ready = False
        self.is_refused = False

    def delete(self, bucket: str, keys: Sequence[str]) -> frozenset[str]:
        """Remove objects of one bucket; those that the store says are gone.

        Args:
            bucket: Name of the bucket.
            keys: At most `MOST_KEYS`.

        Raises:
            ClientError, BotoCoreError: The store does not answer, or asks to come again later.
        """
        from botocore.exceptions import ClientError

        if self.is_refused:
            return frozenset()
        self._prepare()
        try:
            said: Any = self._client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
        except ClientError as error:
            if is_temporary(error) and http_status(error) != _NOT_IMPLEMENTED:
                raise
            if http_status(error) not in _ABOUT_ONE_REQUEST:
                self._refuse(error_code(error))
            return frozenset()
        return frozenset(str(one.get("Key", "")) for one in said.get("Deleted", ()))

    def _prepare(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._client.meta.events.register("before-call.s3.DeleteObjects", add_content_md5)

    def _refuse(self, code: str) -> None:
        self.is_refused = True
        log.warning("%s does not delete many objects at once (%s); they are deleted one by one", self._label, code)
