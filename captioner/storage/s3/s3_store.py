"""The user's own bucket, at any store that is compatible with S3."""

from __future__ import annotations

import logging
import mimetypes
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from captioner.errors import CaptionerError, ConfigError, StorageUnavailable
from captioner.model import Prepared, SignedUrl, StoredObject
from captioner.network import Network
from captioner.settings import Settings
from captioner.storage import keys
from captioner.storage.base import UploadLease, UploadProgress, UploadStopped, check_source
from captioner.storage.s3.bulk_deletion import MOST_KEYS, BulkDeletion
from captioner.storage.s3.checksums import CHOICES as CHECKSUMS
from captioner.storage.s3.checksums import ContentMd5, demands_checksum
from captioner.storage.s3.errors import error_code, http_status, map_errors
from captioner.storage.s3.lifetime import ASSUMED_S, guaranteed_lifetime_s, link_lifetime_s

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from captioner.storage.s3.transfer import Uploader
    from captioner.storage.s3.verify import LinkReader

__all__ = ["S3Store"]

log = logging.getLogger(__name__)

_DIGEST_FIELD = "sha256"
_CANNOT_LIST = {"AccessDenied", "NotImplemented", "MethodNotAllowed"}
_ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")


class LinkSigner(Protocol):
    """Signs links; a client of boto3 is one."""

    def generate_presigned_url(self, operation: Any, *, Params: Any, ExpiresIn: int) -> str:
        """A link that lives so many seconds."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class S3Store:
    """Keeps private objects in one bucket and signs links to them.

    No ACL is ever sent, so an object has the bucket's own rights; buckets are private unless they were opened.
    """

    def __init__(
        self,
        *,
        client: S3Client,
        signer: LinkSigner,
        uploader: Uploader,
        reader: LinkReader,
        credentials_left_s: Callable[[], float | None],
        settings: Settings,
        label: str,
        clock: Callable[[], float] = time.time,
        content_md5: ContentMd5 | None = None,
        endpoint: str = "",
    ) -> None:
        """Use the parts given; `from_settings` makes the usual ones.

        Args:
            client: For all calls but signing.
            signer: Signs links; differs from `client` when the store has a public address.
            uploader: Sends files.
            reader: Reads links back.
            credentials_left_s: Seconds until the credentials end, see `session.credentials_left_s`.
            settings: `bucket`, `prefix` and `link_lifetime_s` are used.
            label: Name of the store in messages.
            clock: Unix seconds.
            content_md5: Adds checksums to the client's uploads once the store demands them; None never does.
            endpoint: URL of the store, from our settings or AWS's own; "" for AWS.
        """
        self.endpoint = endpoint
        self._client = client
        self._signer = signer
        self._uploader = uploader
        self._reader = reader
        self._credentials_left_s = credentials_left_s
        self._settings = settings
        self._label = label
        self._clock = clock
        self._content_md5 = content_md5
        self._bulk = BulkDeletion(client, label)

    @classmethod
    def from_settings(cls, settings: Settings, *, part_size_bytes: int = 8 * 1024 * 1024) -> S3Store:
        """The store the settings describe, with credentials as boto3 finds them; nothing is sent yet.

        Raises:
            ConfigError: No bucket, no credentials, an unusable address, or a proxy or certificates that cannot be
                understood.
            CredentialsRefused: The credentials could not be renewed.
        """
        if not settings.bucket:
            raise ConfigError("storage s3: no bucket is set; give --bucket, or use --storage temporary")
        _check_uploads(settings)
        import httpx

        from captioner.storage.s3.aws_settings import read_aws_settings
        from captioner.storage.s3.session import credentials_left_s, make_client, make_signer, open_session, store_label
        from captioner.storage.s3.transfer import Uploader
        from captioner.storage.s3.verify import LinkReader

        network = Network.from_environment(settings.ca_bundle)
        session = open_session(store_label(settings.bucket, settings.s3_endpoint), network)
        aws = read_aws_settings(session, has_endpoint=bool(settings.s3_endpoint))
        endpoint = settings.s3_endpoint or aws.endpoint
        label = store_label(settings.bucket, endpoint)
        client = make_client(session, settings, endpoint, aws)
        public, addressing = settings.public_endpoint or endpoint, settings.public_addressing
        is_same = public == endpoint and not addressing
        signer = make_signer(session, settings, public, aws, addressing="" if is_same else addressing)
        content_md5 = ContentMd5(is_on=settings.s3_checksums == "md5")
        if content_md5.is_on or not (settings.s3_checksums or aws.has_checksums):
            content_md5.watch(client)
        if credentials_left_s(session) is None:
            log.warning("storage credentials do not say when they end; links are sure for %d min only", ASSUMED_S // 60)
        return cls(
            client=client,
            signer=signer,
            uploader=Uploader(client, part_size_bytes=part_size_bytes),
            reader=LinkReader(network.client(timeout=httpx.Timeout(30, connect=10))),
            credentials_left_s=lambda: credentials_left_s(session),
            settings=settings,
            label=label,
            content_md5=content_md5,
            endpoint=endpoint,
        )

    @property
    def client(self) -> S3Client:
        """The client for all calls but signing."""
        return self._client

    @property
    def label(self) -> str:
        """Name of the store in messages."""
        return self._label

    def put(
        self, prepared: Prepared, name: str, *, progress: UploadProgress | None = None, lease: UploadLease | None = None
    ) -> StoredObject:
        """Upload the file unless the bucket holds the same content already, under any name.

        The key's extension is the prepared file's own, because it describes the bytes. With a `lease` the key is that
        lease's own. Objects of other leases are not used: their own worker may be about to remove them.
        """
        check_source(prepared, name)
        key = self._key_of(prepared, name, lease)
        try:
            with map_errors(name, self._label):
                found = self._find_same_content(prepared, key)
                if found is None:
                    self._upload(prepared, key, progress)
        except UploadStopped as stopped:
            raise stopped.reason from None
        if found is not None and progress is not None:
            progress(prepared.size_bytes, prepared.size_bytes)
        return StoredObject("s3", self._settings.bucket, found or key, prepared.size_bytes)

    def place_of(self, prepared: Prepared, name: str) -> StoredObject:
        """The object that `put` makes of a file whose content is not in the bucket yet."""
        return StoredObject("s3", self._settings.bucket, self._key_of(prepared, name), prepared.size_bytes)

    def sign(self, stored: StoredObject) -> SignedUrl:
        """Presign a GET of the object for the configured lifetime, as far as the credentials last; nothing is sent.

        Raises:
            ConfigError: The credentials end too soon.
        """
        bucket = self._bucket_of(stored)
        remaining_s = self._credentials_left_s()
        lifetime_s = link_lifetime_s(self._settings.link_lifetime_s, remaining_s)
        now = self._clock()
        with map_errors(keys.safe_name(stored.key), self._label):
            url = self._signer.generate_presigned_url(
                "get_object", Params={"Bucket": bucket, "Key": stored.key}, ExpiresIn=lifetime_s
            )
        return SignedUrl(url, now + guaranteed_lifetime_s(lifetime_s, remaining_s))

    def verify_readable(self, signed: SignedUrl) -> None:
        """Read the first bytes through the link, without credentials."""
        self._reader.verify_readable(signed)

    def exists(self, stored: StoredObject) -> bool:
        """Whether the object is there with the length it was stored with."""
        bucket = self._bucket_of(stored)
        with map_errors(keys.safe_name(stored.key), self._label):
            found = self._head(bucket, stored.key)
        return found is not None and stored.size_bytes in (0, found[0])

    def delete(self, stored: StoredObject) -> None:
        """Remove the object; no error when it, or its bucket, does not exist."""
        from botocore.exceptions import ClientError

        bucket = self._bucket_of(stored)
        with map_errors(keys.safe_name(stored.key), self._label):
            try:
                self._client.delete_object(Bucket=bucket, Key=stored.key)
            except ClientError as error:
                if http_status(error) != 404:
                    raise

    def delete_all(self, stored: Sequence[StoredObject]) -> tuple[CaptionerError | None, ...]:
        """Remove objects, as many with one request as the store takes.

        What the store does not confirm is removed singly, where its answer is about that object alone.

        Returns:
            For each, None when the store has said that it is gone; otherwise the error that its removal ended with.
        """
        errors: dict[StoredObject, CaptionerError | None] = {}
        by_bucket: defaultdict[str, list[StoredObject]] = defaultdict(list)
        for one in dict.fromkeys(stored):
            try:
                by_bucket[self._bucket_of(one)].append(one)
            except ConfigError as error:
                errors[one] = error
        for bucket, objects in by_bucket.items():
            for start in range(0, len(objects), MOST_KEYS):
                errors |= self._deleted_together(bucket, objects[start : start + MOST_KEYS])
        return tuple(errors[one] for one in stored)

    def _deleted_together(
        self, bucket: str, objects: Sequence[StoredObject]
    ) -> dict[StoredObject, CaptionerError | None]:
        """Errors of objects of one bucket, None for those that are gone."""
        gone: frozenset[str] = frozenset()
        try:
            if len(objects) > 1:
                with map_errors("cleaning up", self._label):
                    gone = self._bulk.delete(bucket, [one.key for one in objects])
        except StorageUnavailable as error:
            return dict.fromkeys(objects, error)
        except CaptionerError as error:
            log.debug("not deleted together", exc_info=error)
        return {one: None if one.key in gone else self._error_of_deletion(one) for one in objects}

    def _error_of_deletion(self, stored: StoredObject) -> CaptionerError | None:
        try:
            self.delete(stored)
        except CaptionerError as error:
            return error
        return None

    def remove_superseded(self, stored: StoredObject, token: str, kept: Collection[str]) -> list[str]:
        """Remove objects made from the same media that leases of a ledger have left; returns their keys.

        Args:
            stored: An object of a lease; nothing is done for another.
            token: Of the ledger; objects of other ledgers stay.
            kept: Keys of objects, and leases, that are in use.
        """
        prefix, bucket, removed = self._settings.prefix, self._bucket_of(stored), []
        if not keys.lease_of(prefix, stored.key):
            return []
        digest, _, _ = stored.key[len(keys.safe_prefix(prefix)) :].partition("/")
        with map_errors("cleaning up", self._label):
            for key in self._keys_with_digest(digest, stored.key):
                lease = keys.lease_of(prefix, key)
                if lease.startswith(f"{token}-") and not {lease, key} & {*kept, stored.key}:
                    self._client.delete_object(Bucket=bucket, Key=key)
                    removed.append(key)
        return removed

    def remove_orphans(self, older_than_s: int) -> list[str]:
        """Abort multipart uploads of captioner that began longer ago than this and never ended.

        These are uploads under the prefix whose key continues with a digest; a bucket may be shared and the prefix
        empty. Their parts are billed, and a listing of objects does not show them. Does nothing where the store cannot
        list them.
        """
        from botocore.exceptions import ClientError

        removed = []
        with map_errors("cleaning up", self._label):
            for key, upload_id in list(self._stale_uploads(older_than_s)):
                try:
                    self._client.abort_multipart_upload(Bucket=self._settings.bucket, Key=key, UploadId=upload_id)
                except ClientError as error:
                    if http_status(error) != 404:
                        raise
                removed.append(key)
        return removed

    def unfinished_uploads(self, older_than_s: int) -> list[str]:
        """Keys of the multipart uploads that `remove_orphans` would abort.

        Raises:
            CaptionerError: The store refuses, or does not answer.
        """
        with map_errors("listing", self._label):
            return [key for key, _ in self._stale_uploads(older_than_s)]

    def own_objects(self, older_than_s: int) -> Iterator[StoredObject]:
        """Objects under the prefix whose key continues with a digest and that were stored longer ago than this.

        Raises:
            CaptionerError: The bucket may not be listed, or does not answer.
        """
        before = self._clock() - older_than_s
        bucket, prefix = self._settings.bucket, keys.safe_prefix(self._settings.prefix)
        with map_errors("listing", self._label):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", []):
                    if (
                        keys.is_own_key(self._settings.prefix, item["Key"])
                        and item["LastModified"].timestamp() <= before
                    ):
                        yield StoredObject("s3", bucket, item["Key"], item["Size"])

    def close(self) -> None:
        """Close connections and threads."""
        self._uploader.close()
        self._reader.close()
        self._client.close()
        self._signer.close()

    def _key_of(self, prepared: Prepared, name: str, lease: UploadLease | None = None) -> str:
        own_name = keys.with_extension(name, prepared.path.suffix)
        if lease is None:
            return keys.object_key(self._settings.prefix, prepared.sha256, own_name)
        return keys.object_key(self._settings.prefix, lease.content, own_name, lease.number)

    def _bucket_of(self, stored: StoredObject) -> str:
        if stored.store != "s3":
            raise ConfigError(
                f"is in the store {stored.store}, but s3 is configured now", file=keys.safe_name(stored.key)
            )
        return stored.bucket or self._settings.bucket

    def _upload(self, prepared: Prepared, key: str, progress: UploadProgress | None) -> None:
        extra = {
            "Metadata": {_DIGEST_FIELD: prepared.sha256},
            "ContentType": mimetypes.guess_type(key)[0] or "application/octet-stream",
            **_encryption(self._settings),
        }
        from botocore.exceptions import ClientError

        for is_last in (False, True):
            try:
                self._uploader.upload(
                    prepared.path, self._settings.bucket, key, extra, size_bytes=prepared.size_bytes, progress=progress
                )
            except ClientError as error:
                if is_last or self._content_md5 is None or not demands_checksum(error):
                    raise
                log.info("%s demands checksums; uploads have Content-MD5 from now on", self._label)
                self._content_md5.is_on = True
            else:
                return

    def _find_same_content(self, prepared: Prepared, key: str) -> str | None:
        """The key of an object with this digest in its key, the same length, and no other digest in its metadata.

        A store that loses metadata still has the digest in the key.
        """
        for candidate in self._keys_with_digest(prepared.sha256, key):
            if keys.lease_of(self._settings.prefix, candidate):
                continue
            found = self._head(self._settings.bucket, candidate)
            if found and found[0] == prepared.size_bytes and found[1] in ("", prepared.sha256):
                return candidate
        return None

    def _keys_with_digest(self, sha256: str, key: str) -> list[str]:
        """Keys of this content; only the expected one where listing is not allowed."""
        from botocore.exceptions import ClientError

        prefix = keys.digest_prefix(self._settings.prefix, sha256)
        try:
            page = self._client.list_objects_v2(Bucket=self._settings.bucket, Prefix=prefix, MaxKeys=100)
        except ClientError as error:
            if error_code(error) in _CANNOT_LIST:
                return [key]
            raise
        return [item["Key"] for item in page.get("Contents", [])]

    def _head(self, bucket: str, key: str) -> tuple[int, str] | None:
        """Length and recorded digest of an object, or None when there is none.

        Sends a GET for one byte instead of a HEAD, because the refusal of a HEAD has no body: a wrong key, a wrong
        clock and a missing right would all be 403. Where listing is not allowed, a missing object is `AccessDenied`
        (Amazon S3 API Reference, GetObject).
        """
        from botocore.exceptions import ClientError

        try:
            answer = self._client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
        except ClientError as error:
            if error_code(error) in ("NoSuchKey", "AccessDenied", "404"):
                return None
            if http_status(error) == 416:  # an empty object has no first byte
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
                    ours = keys.is_own_key(self._settings.prefix, upload["Key"])
                    if ours and upload["Initiated"].timestamp() <= before:
                        yield upload["Key"], upload["UploadId"]
        except ClientError as error:
            if (
                error_code(error) == "NoSuchUpload"
            ):  # the answer of rclone 1.75 where nothing was ever uploaded in parts
                return
            if error_code(error) not in ("NotImplemented", "MethodNotAllowed"):
                raise
            log.info("%s cannot list unfinished uploads; none are swept", self._label)


def _check_uploads(settings: Settings) -> None:
    """Refuse what no store understands.

    Raises:
        ConfigError: Unknown checksums or encryption, or a key without the encryption that takes one.
    """
    if settings.s3_checksums not in ("", *CHECKSUMS):
        raise ConfigError(f"storage checksums {settings.s3_checksums!r}: not known; use one of {', '.join(CHECKSUMS)}")
    if settings.encryption not in ("", *_ENCRYPTIONS):
        raise ConfigError(
            f"storage encryption {settings.encryption!r}: not known; use one of {', '.join(_ENCRYPTIONS)}"
        )
    if settings.kms_key and not settings.encryption.startswith("aws:kms"):
        raise ConfigError(
            "storage: a KMS key is set, and the encryption that takes one is not; use --encryption aws:kms"
        )


def _encryption(settings: Settings) -> dict[str, str]:
    """The arguments of an upload that ask for encryption."""
    extra = {"ServerSideEncryption": settings.encryption} if settings.encryption else {}
    return extra | ({"SSEKMSKeyId": settings.kms_key} if settings.kms_key else {})
