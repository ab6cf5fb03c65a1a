"""The service's own store: objects live for 48 hours, no bucket is needed, and only the service can read them.

Source of every rule here: Model Studio, "Obtain a temporary file URL" (get-temporary-file-url), 2025-10, and the error
messages page of 2026. The store is meant for trials: objects cannot be listed, deleted or renewed.
"""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from captioner.errors import (
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    MediaError,
    StorageRejected,
    StorageUnavailable,
)
from captioner.model import Prepared, SignedUrl, StoredObject
from captioner.network import Network, describe_network_error, setup_fault
from captioner.settings import Secret, Settings
from captioner.storage import keys
from captioner.storage.base import UploadProgress, UploadStopped, check_source
from captioner.storage.store_response import retry_after_s, xml_code
from captioner.storage.temporary.upload_policy import UploadPolicy

if TYPE_CHECKING:
    import httpx

__all__ = ["LIFETIME_S", "TEMPORARY_NOTE", "TemporaryStore"]

LIFETIME_S = 48 * 3600

TEMPORARY_NOTE = (
    "the service offers its temporary store for development and tests only, not for production or many files at once; "
    "give a bucket (--bucket) for those"
)
"""Source: Model Studio, "Obtain a temporary file URL", 2026-10."""

_RETRYABLE_STATUS = {408, 409, 429}
_MAX_ANSWER_BYTES = 1 << 20  # a policy is two kilobytes, a refusal less
_TRANSFER_HEADERS = ("content-encoding", "content-length", "transfer-encoding")
_BILLING_CODES = {"CommodityNotPurchased", "PrepaidBillOverdue", "PostpaidBillOverdue", "Arrearage"}
"""Codes that come as 429 or 400 although waiting does not help."""


class TemporaryStore:
    """Uploads under a policy that the service signs for one model; the model of the task must be the same."""

    def __init__(
        self,
        *,
        base_url: str,
        key: Secret,
        model: str,
        client: httpx.Client,
        clock: Callable[[], float] = time.time,
        new_name: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        """Use the parts given; `from_settings` makes the usual ones.

        Args:
            base_url: Where the service's routes begin. Policy and submission must use the same one.
            key: The service's key.
            model: The model that will be asked to recognise what is uploaded.
            client: For both hosts; carries no credentials of its own.
            clock: Unix seconds.
            new_name: A new unique ASCII name at every call, because overwriting is forbidden.
        """
        self._base_url = base_url
        self._key = key
        self._model = model
        self._client = client
        self._clock = clock
        self._new_name = new_name

    @classmethod
    def from_settings(cls, settings: Settings, model: str) -> TemporaryStore:
        """The store of the configured endpoint; nothing is sent yet.

        Raises:
            ConfigError: No key, an unusable endpoint, or a proxy or certificates that cannot be understood.
        """
        if not settings.api_key:
            raise ConfigError("storage temporary: no API key is set; set DASHSCOPE_API_KEY, or use a bucket (--bucket)")
        base_url = settings.base_url
        import httpx

        # Five minutes for the answer: the store checks the whole file before it answers.
        timeout = httpx.Timeout(60, connect=10, read=300)
        client = Network.from_environment(settings.ca_bundle).client(timeout=timeout)
        return cls(base_url=base_url, key=settings.api_key, model=model, client=client)

    def put(self, prepared: Prepared, name: str, *, progress: UploadProgress | None = None) -> StoredObject:
        """Upload the file under a new name; objects cannot be looked up here, so nothing is reused.

        A policy lives five minutes. When it ran out during a slow upload, a new one is fetched and the upload starts
        again, once.
        """
        check_source(prepared, name)
        ending = keys.extension(prepared.path.name) or keys.extension(name)
        key = self._send(prepared, name, ending, progress) or self._send(prepared, name, ending, progress)
        if key is None:
            raise StorageRejected(
                "the upload outlasts the temporary store's policy; send less (--audio opus) or use a bucket",
                "AccessDenied",
                file=name,
            )
        return StoredObject("temporary", "", key, prepared.size_bytes, self._model, self._clock() + LIFETIME_S)

    def place_of(self, prepared: Prepared, name: str) -> None:
        """None: every upload has a new name, and the store deletes it after two days."""

    def sign(self, stored: StoredObject) -> SignedUrl:
        """The `oss://` address; the submission needs the header `X-DashScope-OssResourceResolve: enable` with it.

        Raises:
            StorageRejected: The object was uploaded for another model.
        """
        self._check_kind(stored)
        if stored.model != self._model:
            raise StorageRejected(
                f"uploaded for {stored.model}, {self._model} cannot read it; upload again",
                file=keys.safe_name(stored.key),
            )
        return SignedUrl(f"oss://{stored.key}", stored.expires_at)

    def verify_readable(self, signed: SignedUrl) -> None:
        """Does nothing: only the service can read an `oss://` address."""

    def exists(self, stored: StoredObject) -> bool:
        """Whether it was stored here, for this model, less than 48 hours ago: the store itself cannot be asked."""
        ours = stored.store == "temporary" and stored.model == self._model
        return ours and (stored.expires_at is None or self._clock() < stored.expires_at)

    def delete(self, stored: StoredObject) -> None:
        """Does nothing: users cannot delete here; the store deletes after 48 hours."""
        self._check_kind(stored)

    def remove_orphans(self, older_than_s: int) -> list[str]:
        """Does nothing: an upload is one request here, complete or without any effect."""
        return []

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _check_kind(self, stored: StoredObject) -> None:
        if stored.store != "temporary":
            raise ConfigError(
                f"is in the store {stored.store}, but temporary is configured now", file=keys.safe_name(stored.key)
            )

    def _send(self, prepared: Prepared, name: str, ending: str, progress: UploadProgress | None) -> str | None:
        """Fetch one policy and upload once: the key, or None when the policy ran out before the end."""
        policy = self._policy(name)
        policy.check(prepared.size_bytes, name)
        if not policy.host.startswith("https://") and not self._base_url.startswith("http://"):
            raise StorageRejected("the service named an upload address without https; use a bucket", file=name)
        key = f"{policy.folder}/{self._new_name()}{ending}"
        try:
            with _CountedFile(prepared.path, prepared.size_bytes, progress) as file:
                answer = self._request(
                    "POST",
                    policy.host,
                    name,
                    data=policy.form(key),  # httpx writes these before the file, as the store demands
                    files={"file": (key.rpartition("/")[2], file, "application/octet-stream")},
                )
        except UploadStopped as stopped:
            raise stopped.reason from None
        except OSError as error:
            raise MediaError(f"cannot be read for uploading ({error.strerror}); check the file", file=name) from error
        if answer.status_code in (200, 201, 204):
            return key
        if answer.status_code == 403 and b"expired" in answer.content.lower():
            return None
        raise _upload_refusal(answer, name)

    def _policy(self, name: str) -> UploadPolicy:
        answer = self._request(
            "GET",
            f"{self._base_url}/uploads",
            name,
            params={"action": "getPolicy", "model": self._model},
            headers={"Authorization": f"Bearer {self._key.reveal()}", "Accept": "application/json"},
        )
        reply = _json(answer)
        if answer.status_code != 200 or not isinstance(reply, dict) or reply.get("code"):
            raise _policy_refusal(answer, reply, name, self._model)
        return UploadPolicy.from_reply(reply)

    def _request(self, method: Literal["GET", "POST"], url: str, name: str, **parts: Any) -> httpx.Response:
        import httpx

        try:
            with self._client.stream(method, url, **parts) as answer:
                return _read_bounded(answer, name)
        except httpx.UnsupportedProtocol as error:
            raise StorageRejected("the service named an impossible upload address; use a bucket", file=name) from error
        except httpx.TransportError as error:
            if fault := setup_fault(error):
                raise ConfigError(f"{name}: the temporary store cannot be reached: {fault}") from error
            raise StorageUnavailable(
                f"the temporary store did not answer ({describe_network_error(error)}); "
                "check the network, or try again",
                file=name,
            ) from error
        except httpx.InvalidURL as error:
            raise StorageRejected("the service named an impossible upload address; use a bucket", file=name) from error


class _CountedFile(io.FileIO):
    """A file that reports how many bytes of it have been read, and so sent."""

    def __init__(self, path: Path, size_bytes: int, progress: UploadProgress | None) -> None:
        super().__init__(path, "rb")
        self._size_bytes = size_bytes
        self._progress = progress

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if piece and self._progress is not None:
            try:
                self._progress(self.tell(), self._size_bytes)
            except BaseException as error:  # noqa: BLE001 - `put` raises it again as it is
                raise UploadStopped(error) from None
        return piece or b""


def _read_bounded(answer: httpx.Response, name: str) -> httpx.Response:
    """The answer with its body, if that is not longer than a valid one can be."""
    import httpx

    body = bytearray()
    for block in answer.iter_bytes():
        body += block
        if len(body) > _MAX_ANSWER_BYTES:
            raise StorageUnavailable("the temporary store answers without end; try again", file=name)
    headers = {key: value for key, value in answer.headers.items() if key not in _TRANSFER_HEADERS}
    return httpx.Response(answer.status_code, headers=headers, content=bytes(body))


def _json(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def _policy_refusal(answer: httpx.Response, reply: object, name: str, model: str) -> CaptionerError:
    """The error of a refused getPolicy. Every file would be refused alike, so most causes are the set-up's."""
    status = answer.status_code
    code = str(reply.get("code") or "") if isinstance(reply, dict) else ""
    said = f"HTTP {status}{f' {code}' if code else ''}"
    if code in _BILLING_CODES:
        return ConfigError(
            f"the account cannot be billed ({code}); settle it in the service's console", code, file=name
        )
    if status in (401, 403):
        return CredentialsRefused(
            f"the key was refused for uploading ({said}); check DASHSCOPE_API_KEY and that its region fits",
            code,
            file=name,
        )
    if status >= 500 or status in _RETRYABLE_STATUS:
        return StorageUnavailable(
            f"no upload policy now ({said}); try again", code, retry_after_s(answer.headers), file=name
        )
    if status == 200 and not code:
        return StorageUnavailable("the upload policy came as something that is not JSON; try again", file=name)
    return ConfigError(
        f"no temporary store for {model} here ({said}); check model and region, or use a bucket (--bucket)",
        code,
        file=name,
    )


def _upload_refusal(answer: httpx.Response, name: str) -> CaptionerError:
    status, code = answer.status_code, xml_code(answer.content[:4096])
    said = f"HTTP {status}{f' {code}' if code else ''}"
    if status >= 500 or status in _RETRYABLE_STATUS:
        return StorageUnavailable(
            f"the temporary store failed ({said}); try again", code, retry_after_s(answer.headers), file=name
        )
    return StorageRejected(f"the temporary store refused it ({said}); try again, or use a bucket", code, file=name)
