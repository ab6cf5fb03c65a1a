"""Downloads the files of a task as the service does, with its error codes."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from captioner.emulator.messages import FileFailure

if TYPE_CHECKING:
    import httpx

__all__ = ["Downloader"]

_BLOCK_BYTES = 1 << 20
_CONNECT_S = 5.0
_READ_S = 30.0

_OTHER_SCHEMES = {"": "SERVER_ERROR", "file": "DECODE_ERROR", "dashscope": "FILE_DOWNLOAD_FAILED"}
"""Codes for addresses that the service cannot fetch; seen in published replies of 2025."""

_BY_STATUS = {
    401: "FILE_403_FORBIDDEN",
    403: "FILE_403_FORBIDDEN",
    404: "FILE_404_NOT_FOUND",
    410: "FILE_404_NOT_FOUND",
}
"""Codes by the status of the origin; other 4xx are `FILE_DOWNLOAD_FAILED`, 5xx `FILE_SERVER_ERROR`."""


def _is_denied(page: bytes) -> bool:
    """Whether an object store refuses the signature with another status than 403, as rclone 1.75 does."""
    return any(f"<Code>{code}</Code>".encode() in page for code in ("AccessDenied", "SignatureDoesNotMatch"))


@cache
def _ssl_context() -> ssl.SSLContext:
    """The usual certificates, read once per process, because tests start an emulator many times."""
    return ssl.create_default_context()


class Downloader:
    """Downloads URLs into files; `find_upload` gives the file behind an `oss://` URL or raises.

    Proxies of the environment are not used: tests and demos serve their files on this machine.
    """

    def __init__(
        self, find_upload: Callable[[str, str], Path], *, at_most_bytes: int, stopping: threading.Event
    ) -> None:
        import httpx

        self._find_upload = find_upload
        self._at_most_bytes = at_most_bytes
        self._stopping = stopping
        timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
        self._client = httpx.Client(verify=_ssl_context(), trust_env=False, follow_redirects=True, timeout=timeout)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def fetch(self, url: str, model: str, target: Path) -> Path:
        """Return the file behind a URL, downloaded to `target` unless it is on this machine already.

        Raises:
            FileFailure: The download failed; with the service's code.
        """
        if not url.isascii() or " " in url:
            raise FileFailure("InvalidFile.DownloadFailed", "The audio file cannot be downloaded.")
        scheme = url.partition(":")[0].lower() if ":" in url else ""
        if scheme == "oss":
            return self._find_upload(url, model)
        if scheme not in ("http", "https"):
            raise FileFailure(_OTHER_SCHEMES.get(scheme, "REQUEST_INVALID_FILE_URL_VALUE"))
        self._download(url, target)
        return target

    def _download(self, url: str, target: Path) -> None:
        import httpx

        try:
            with self._client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
                self._check(response)
                self._save(response, target)
        except httpx.RemoteProtocolError as error:
            # The body ended before the announced length, or was not HTTP.
            raise FileFailure("CONTENT_LENGTH_CHECK_FAILED") from error
        except httpx.InvalidURL as error:
            raise FileFailure("REQUEST_INVALID_FILE_URL_VALUE") from error
        except httpx.HTTPError as error:
            raise FileFailure("InvalidFile.DownloadFailed", "The audio file cannot be downloaded.") from error

    def _check(self, response: httpx.Response) -> None:
        if response.status_code >= 500:
            raise FileFailure("FILE_SERVER_ERROR")
        if response.status_code == 400 and _is_denied(response.read()):
            raise FileFailure("FILE_403_FORBIDDEN")
        if response.status_code >= 300:
            raise FileFailure(_BY_STATUS.get(response.status_code, "FILE_DOWNLOAD_FAILED"))
        length = response.headers.get("content-length", "")
        if not length.isdigit():
            raise FileFailure("CONTENT_LENGTH_CHECK_FAILED", "The server did not say how long the file is.")
        if int(length) > self._at_most_bytes:
            raise FileFailure("FILE_TOO_LARGE")

    def _save(self, response: httpx.Response, target: Path) -> None:
        with target.open("wb") as stream:
            for block in response.iter_raw(_BLOCK_BYTES):
                if self._stopping.is_set():
                    raise FileFailure("SERVER_ERROR", "The service is shutting down.")
                stream.write(block)
