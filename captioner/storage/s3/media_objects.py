"""Media that lie in buckets: listed, read in ranges, signed where they are, and captions put beside them.

Nothing here deletes or changes media. Objects are read as the version that was listed: when another has taken its
place, reading fails, so that a file that is being replaced is never mixed of two.
"""

from __future__ import annotations

import io
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from captioner.errors import ConfigError, MediaError
from captioner.model import MediaObject, SignedUrl, StoredObject
from captioner.settings import Settings
from captioner.storage.s3.errors import error_code, http_status, map_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from captioner.storage.s3.s3_store import S3Store

__all__ = ["S3Objects", "parse_address"]

_ADDRESS = re.compile(r"[sS]3://(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,62}|arn:[^/]+)(?:/(?P<prefix>.*))?", re.DOTALL)
_BLOCK_BYTES = 1 << 20
_BLOCKS_KEPT = 16
_DOWNLOAD_BYTES = 8 << 20
_CHANGED = "changed in the bucket while it was read; run again when nothing writes to it"

ReadProgress = Callable[[int, int], None]
"""Called with (bytes read, bytes in all); an exception it raises stops the work."""


def parse_address(text: str) -> tuple[str, str]:
    """Bucket and key, or prefix, of an `s3://` address.

    Raises:
        ConfigError: It has no bucket.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ConfigError(f"{text}: not an address of a bucket; it looks like s3://bucket/folder")
    return found["bucket"], (found["prefix"] or "").lstrip("/")


class S3Objects:
    """Media in the buckets of one store; safe to use from several threads.

    Args:
        settings: Endpoint, region and addressing are used; the bucket is that of each object.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stores: dict[str, S3Store] = {}
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """Address of the store, "" for AWS."""
        return self._settings.s3_endpoint

    def list(self, bucket: str, prefix: str) -> Iterator[MediaObject]:
        """Objects whose keys begin with a prefix, in the order of their keys.

        Raises:
            CaptionerError: The bucket may not be listed, is not there, or does not answer.
        """
        store = self._store(bucket)
        with map_errors(f"s3://{bucket}/{prefix}", store.label):
            for page in store.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    changed_ns = round(item["LastModified"].timestamp() * 1e9)
                    etag = item.get("ETag", "").strip('"')
                    yield MediaObject(bucket, item["Key"], item["Size"], etag, changed_ns)

    @contextmanager
    def open(self, media: MediaObject) -> Iterator[BinaryIO]:
        """An object as a file that can be read and sought in; only the parts that are read are fetched.

        Raises:
            CaptionerError: It is gone, was replaced, or the store does not answer.
        """
        store = self._store(media.bucket)
        with _RangeFile(store.client, media, store.label) as file:
            yield cast("BinaryIO", file)

    def download(self, media: MediaObject, path: Path, *, progress: ReadProgress | None = None) -> None:
        """Write an object to a file, in order and in pieces.

        Raises:
            CaptionerError: As `open`.
            OSError: The disk does not take it.
        """
        store = self._store(media.bucket)
        with path.open("wb") as target:
            for start in range(0, media.size_bytes, _DOWNLOAD_BYTES):
                with map_errors(media.address, store.label):
                    data = _read_range(store.client, media, start, _DOWNLOAD_BYTES)
                target.write(data)
                if progress is not None:
                    progress(min(start + _DOWNLOAD_BYTES, media.size_bytes), media.size_bytes)

    def sign(self, bucket: str, key: str) -> SignedUrl:
        """A presigned link to an object where it is; nothing is sent.

        Raises:
            ConfigError: The credentials end too soon.
        """
        return self._store(bucket).sign(StoredObject("s3", bucket, key))

    def verify_readable(self, signed: SignedUrl, bucket: str) -> None:
        """Read the first bytes through a link, without credentials.

        Raises:
            StorageRejected, StorageUnavailable: It cannot be read that way.
        """
        self._store(bucket).verify_readable(signed)

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        """Write an object whole.

        Raises:
            CaptionerError: The store refuses it, or does not answer.
        """
        store = self._store(bucket)
        with map_errors(f"s3://{bucket}/{key}", store.label):
            store.client.put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type)

    def close(self) -> None:
        """Close connections and threads."""
        with self._lock:
            stores, self._stores = list(self._stores.values()), {}
        for store in stores:
            store.close()

    def _store(self, bucket: str) -> S3Store:
        from captioner.storage.s3.s3_store import S3Store

        with self._lock:
            if bucket not in self._stores:
                self._stores[bucket] = S3Store.from_settings(replace(self._settings, bucket=bucket))
            return self._stores[bucket]


def _read_range(client: S3Client, media: MediaObject, start: int, length: int) -> bytes:
    """Bytes of an object, if it is still the one that was listed."""
    from botocore.exceptions import ClientError

    last = min(start + length, media.size_bytes) - 1
    try:
        answer = client.get_object(**_request(media, f"bytes={start}-{last}"))
        with answer["Body"] as body:
            if start and not answer.get("ContentRange"):  # rclone sends a range with status 200
                body.read(start)  # a store that ignores ranges sends everything
            data = body.read(last - start + 1)
    except ClientError as error:
        if http_status(error) in (412, 416):
            raise MediaError(_CHANGED, file=media.address) from error
        if error_code(error) in ("NoSuchKey", "404"):
            raise MediaError("no longer in the bucket; check its name", file=media.address) from error
        raise
    if len(data) != last - start + 1 or answer.get("ETag", "").strip('"') not in ("", media.etag):
        raise MediaError(_CHANGED, file=media.address)
    return data


def _request(media: MediaObject, wanted: str) -> Any:
    where = {"Bucket": media.bucket, "Key": media.key, "Range": wanted}
    return {**where, "IfMatch": f'"{media.etag}"'} if media.etag else where


class _RangeFile(io.RawIOBase):
    """An object as a file: blocks of one MiB are fetched when they are read, and the last of them kept."""

    def __init__(self, client: S3Client, media: MediaObject, label: str) -> None:
        super().__init__()
        self._client, self._media, self._label = client, media, label
        self._position = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._media.size_bytes}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def read(self, size: int = -1) -> bytes:
        left = max(self._media.size_bytes - self._position, 0)
        size = left if size is None or size < 0 else min(size, left)
        parts = []
        while size > 0:
            number, offset = divmod(self._position, _BLOCK_BYTES)
            part = self._block(number)[offset : offset + size]
            parts.append(part)
            self._position += len(part)
            size -= len(part)
        return b"".join(parts)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            with map_errors(self._media.address, self._label):
                self._blocks[number] = _read_range(self._client, self._media, number * _BLOCK_BYTES, _BLOCK_BYTES)
            while len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return self._blocks[number]
