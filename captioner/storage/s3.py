"""The user's own bucket, at any store that speaks S3."""

from __future__ import annotations

import logging
import mimetypes
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from captioner.errors import ConfigError
from captioner.model import Prepared, SignedUrl, StoredObject
from captioner.settings import Settings
from captioner.storage import keys
from captioner.storage.base import Progress, Stopped, check_source
from captioner.storage.errors import code_of, status_of, translated
from captioner.storage.lifetime import UNKNOWN_S, guaranteed_lifetime_s, link_lifetime_s

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from captioner.storage.transfer import Uploader
    from captioner.storage.verify import LinkReader

__all__ = ["S3Store"]

log = logging.getLogger(__name__)

_DIGEST_FIELD = "sha256"
_CANNOT_LIST = {"AccessDenied", "NotImplemented", "MethodNotAllowed"}


class S3Store:
    """Keeps private objects in one bucket and hands out presigned links to them.

    No ACL is ever sent, so an object has the bucket's own rights, and buckets are private unless somebody opened them.
    """

    def __init__(
        self,
        *,
        client: S3Client,
        signer: S3Client,
        uploader: Uploader,
        reader: LinkReader,
        credentials_left: Callable[[], float | None],
        settings: Settings,
        place: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the parts as they are; `from_settings` makes the usual ones.

        Args:
            client: For everything but signing.
            signer: Signs links; differs from `client` when the store has a public address.
            uploader: Sends files.
            reader: Reads links back.
            credentials_left: Seconds until the credentials end, see `client.credentials_left`.
            settings: `bucket`, `prefix` and `link_lifetime_s` are used.
            place: What messages call the store.
            clock: Unix seconds.
        """
        self._client = client
        self._signer = signer
        self._uploader = uploader
        self._reader = reader
        self._credentials_left = credentials_left
        self._settings = settings
        self._place = place
        self._clock = clock

    @classmethod
    def from_settings(cls, settings: Settings, *, part_size_bytes: int = 8 * 1024 * 1024) -> S3Store:
        """The store the settings describe, with credentials as boto3 finds them; nothing is sent yet.

        Raises:
            ConfigError: No bucket, no credentials, or an address that is none.
            CredentialsRefused: The credentials could not be renewed.
        """
        if not settings.bucket:
            raise ConfigError("storage s3: no bucket is set; give --bucket, or use --storage temporary")
        import httpx

        from captioner.storage.client import credentials_left, make_client, open_session, place_of
        from captioner.storage.transfer import Uploader
        from captioner.storage.verify import LinkReader

        place = place_of(settings.bucket, settings.s3_endpoint)
        session = open_session(place)
        client = make_client(session, settings, settings.s3_endpoint)
        public = settings.public_endpoint
        signer = make_client(session, settings, public) if public else client
        if credentials_left(session) is None:
            log.warning("storage credentials do not say when they end; links are sure for %d min only", UNKNOWN_S // 60)
        return cls(
            client=client,
            signer=signer,
            uploader=Uploader(client, part_size_bytes=part_size_bytes),
            reader=LinkReader(httpx.Client(timeout=httpx.Timeout(30, connect=10))),
            credentials_left=lambda: credentials_left(session),
            settings=settings,
            place=place,
        )

    def put(self, prepared: Prepared, name: str, *, progress: Progress | None = None) -> StoredObject:
        """Upload the file unless the bucket holds the same content already, under whatever name.

        The key's extension is the prepared file's own, since that is what the bytes are.
        """
        check_source(prepared, name)
        own_name = keys.with_extension(name, prepared.path.suffix)
        key = keys.object_key(self._settings.prefix, prepared.sha256, own_name)
        try:
            with translated(name, self._place):
                found = self._same_content(prepared, key)
                if found is None:
                    self._upload(prepared, key, progress)
        except Stopped as stopped:
            raise stopped.reason from None
        if found is not None and progress is not None:
            progress(prepared.size_bytes, prepared.size_bytes)
        return StoredObject("s3", self._settings.bucket, found or key, prepared.size_bytes)

    def sign(self, stored: StoredObject) -> SignedUrl:
        """Presign a GET of the object, for as long as configured and possible; nothing is sent.

        Raises:
            ConfigError: The credentials end too soon.
        """
        bucket = self._bucket_of(stored)
        left_s = self._credentials_left()
        lifetime_s = link_lifetime_s(self._settings.link_lifetime_s, left_s)
        now = self._clock()
        with translated(keys.safe_name(stored.key), self._place):
            url = self._signer.generate_presigned_url(
                "get_object", Params={"Bucket": bucket, "Key": stored.key}, ExpiresIn=lifetime_s
            )
        return SignedUrl(url, now + guaranteed_lifetime_s(lifetime_s, left_s))

    def verify_readable(self, signed: SignedUrl) -> None:
        """Read the first bytes through the link, without credentials."""
        self._reader.verify_readable(signed)

    def exists(self, stored: StoredObject) -> bool:
        """Whether the object is there with the length it was stored with."""
        bucket = self._bucket_of(stored)
        with translated(keys.safe_name(stored.key), self._place):
            found = self._look(bucket, stored.key)
        return found is not None and stored.size_bytes in (0, found[0])

    def delete(self, stored: StoredObject) -> None:
        """Remove the object; one that is gone already, even with its bucket, is no error."""
        from botocore.exceptions import ClientError

        bucket = self._bucket_of(stored)
        with translated(keys.safe_name(stored.key), self._place):
            try:
                self._client.delete_object(Bucket=bucket, Key=stored.key)
            except ClientError as error:
                if status_of(error) != 404:
                    raise

    def remove_orphans(self, older_than_s: int) -> list[str]:
        """Abort multipart uploads of ours that began longer ago than this and never ended.

        Ours are those under the prefix whose key goes on with a digest; a bucket may be shared and the prefix empty.
        Their parts are billed and no listing of objects shows them. A store without such a listing has nothing swept.
        """
        from botocore.exceptions import ClientError

        removed = []
        with translated("remove_orphans", self._place):
            for key, upload_id in list(self._stale_uploads(older_than_s)):
                try:
                    self._client.abort_multipart_upload(Bucket=self._settings.bucket, Key=key, UploadId=upload_id)
                except ClientError as error:
                    if status_of(error) != 404:
                        raise
                removed.append(key)
        return removed

    def unfinished(self, older_than_s: int) -> list[str]:
        """Keys of the multipart uploads that `remove_orphans` would abort.

        Raises:
            CaptionerError: The store refuses, or does not answer.
        """
        with translated("list", self._place):
            return [key for key, _ in self._stale_uploads(older_than_s)]

    def ours(self, older_than_s: int) -> Iterator[StoredObject]:
        """Objects under the prefix whose key goes on with a digest and that were stored longer ago than this.

        Raises:
            CaptionerError: The bucket may not be listed, or does not answer.
        """
        before = self._clock() - older_than_s
        bucket, prefix = self._settings.bucket, keys.safe_prefix(self._settings.prefix)
        with translated("list", self._place):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    if keys.is_ours(self._settings.prefix, item["Key"]) and item["LastModified"].timestamp() <= before:
                        yield StoredObject("s3", bucket, item["Key"], item["Size"])

    def close(self) -> None:
        """Let go of connections and threads."""
        self._uploader.close()
        self._reader.close()
        self._client.close()
        self._signer.close()

    def _bucket_of(self, stored: StoredObject) -> str:
        if stored.store != "s3":
            raise ConfigError(f"{keys.safe_name(stored.key)}: lies in the store {stored.store}, s3 is configured now")
        return stored.bucket or self._settings.bucket

    def _upload(self, prepared: Prepared, key: str, progress: Progress | None) -> None:
        extra = {
            "Metadata": {_DIGEST_FIELD: prepared.sha256},
            "ContentType": mimetypes.guess_type(key)[0] or "application/octet-stream",
        }
        self._uploader.upload(
            prepared.path, self._settings.bucket, key, extra, size_bytes=prepared.size_bytes, progress=progress
        )

    def _same_content(self, prepared: Prepared, key: str) -> str | None:
        """The key of an object with this digest in its key, the same length, and no other digest in its metadata.

        A store that loses metadata still has the digest in the key.
        """
        for candidate in self._keys_of(prepared.sha256, key):
            found = self._look(self._settings.bucket, candidate)
            if found and found[0] == prepared.size_bytes and found[1] in ("", prepared.sha256):
                return candidate
        return None

    def _keys_of(self, sha256: str, key: str) -> list[str]:
        """Keys of this content; just the expected one where listing is not allowed."""
        from botocore.exceptions import ClientError

        prefix = keys.digest_prefix(self._settings.prefix, sha256)
        try:
            page = self._client.list_objects_v2(Bucket=self._settings.bucket, Prefix=prefix, MaxKeys=100)
        except ClientError as error:
            if code_of(error) in _CANNOT_LIST:
                return [key]
            raise
        return [item["Key"] for item in page.get("Contents", [])]

    def _look(self, bucket: str, key: str) -> tuple[int, str] | None:
        """Length and recorded digest of an object, or None when there is none.

        A GET of one byte and not a HEAD, because the refusal of a HEAD has no body: a wrong key, a wrong clock and a
        missing right would all be 403. Where listing is not allowed, a missing object is `AccessDenied`
        (Amazon S3 API Reference, GetObject).
        """
        from botocore.exceptions import ClientError

        try:
            answer = self._client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "AccessDenied", "404"):
                return None
            if status_of(error) == 416:  # an empty object has no first byte
                return 0, ""
            raise
        with answer["Body"] as body:
            if answer["ResponseMetadata"]["HTTPStatusCode"] == 206:
                body.read(1024)  # the connection can be used again; a store that ignores ranges sends the whole file
        total = answer.get("ContentRange", "").rpartition("/")[2]
        fields = {name.lower(): value for name, value in answer.get("Metadata", {}).items()}  # rclone: "Sha256"
        return int(total) if total.isdigit() else answer["ContentLength"], fields.get(_DIGEST_FIELD, "")

    def _stale_uploads(self, older_than_s: int) -> Iterator[tuple[str, str]]:
        from botocore.exceptions import ClientError

        before = self._clock() - older_than_s
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._settings.bucket, Prefix=keys.safe_prefix(self._settings.prefix)
        )
        try:
            for page in pages:
                for upload in page.get("Uploads", []):
                    ours = keys.is_ours(self._settings.prefix, upload["Key"])
                    if ours and upload["Initiated"].timestamp() <= before:
                        yield upload["Key"], upload["UploadId"]
        except ClientError as error:
            if code_of(error) == "NoSuchUpload":  # what rclone 1.75 answers where nothing was ever uploaded in parts
                return
            if code_of(error) not in ("NotImplemented", "MethodNotAllowed"):
                raise
            log.info("%s cannot list unfinished uploads; none are swept", self._place)
