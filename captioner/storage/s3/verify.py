"""Reads a signed link back the way the service will: by its address alone, without credentials."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from captioner.errors import ConfigError, StorageRejected, StorageUnavailable
from captioner.log_redaction import redact_queries
from captioner.model import SignedUrl
from captioner.network import Network, describe_network_error, setup_fault
from captioner.storage.store_response import retry_after_s, xml_code

if TYPE_CHECKING:
    import httpx

__all__ = ["LinkReader"]

_RETRY_WAITS_S = (0.2, 0.5, 1.0, 2.0)
"""Pauses after a 404: some stores show a new object a moment late."""

_ADVICE = {
    "AuthorizationHeaderMalformed": "the signing region is not the bucket's: set the region",
    "AuthorizationQueryParametersError": "the signing region is not the bucket's: set the region",
    "PermanentRedirect": "the bucket is in another region: set the region or its endpoint",
    "SignatureDoesNotMatch": "the public endpoint must be the name the store itself goes by, unchanged by proxies",
    "NoSuchBucket": "the public endpoint leads to another store, or wants the other kind of addressing",
    "NoSuchKey": "the public endpoint leads to another store",
}


_OWN = "check the endpoint, the public endpoint, and this machine's clock"
_GIVEN = "check the link, and whether it has expired"


class LinkReader:
    """Checks that links are readable without credentials.

    Args:
        client: Carries no credentials.
        sleep: Waits so many seconds.
        is_given: The links are the user's own, not signed here; redirects are followed, as the service does.
    """

    def __init__(
        self, client: httpx.Client, *, sleep: Callable[[float], None] = time.sleep, is_given: bool = False
    ) -> None:
        redact_queries("httpx")
        self._client = client
        self._sleep = sleep
        self._is_given = is_given

    @classmethod
    def for_given_links(cls, network: Network) -> LinkReader:
        """A reader of links that users give."""
        import httpx

        return cls(network.client(timeout=httpx.Timeout(30, connect=10)), is_given=True)

    def verify_readable(self, signed: SignedUrl) -> None:
        """Fetch the first bytes through the link.

        Raises:
            StorageRejected: Refused, not found, or without the length that the service needs.
            StorageUnavailable: No answer, or a fault of the store.
            ConfigError: Its certificate is not trusted, or a proxy refuses; another attempt would not help.
        """
        status = self._read(signed, last=False)
        for wait_s in _RETRY_WAITS_S if status == 404 else ():
            self._sleep(wait_s)
            if self._read(signed, last=wait_s == _RETRY_WAITS_S[-1]) != 404:
                return

    def _read(self, signed: SignedUrl, *, last: bool) -> int:
        """Send one ranged GET. 404 is returned while it may still change; every other refusal is raised."""
        import httpx

        # A kilobyte shows that bytes come. "identity", because the length must be the media's own.
        headers = {"Range": "bytes=0-1023", "Accept-Encoding": "identity"}
        try:
            with self._client.stream("GET", signed.url, headers=headers, follow_redirects=self._is_given) as answer:
                if answer.status_code == 404 and not last:
                    return 404
                if answer.status_code not in (200, 206):
                    raise self._refusal(signed, answer)
                _check_length(signed, answer)
                next(answer.iter_raw(1024), b"")
                return answer.status_code
        except httpx.TooManyRedirects as error:
            raise StorageRejected(f"{signed.public}: the link is redirected without end; {_GIVEN}") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            if fault := setup_fault(error):
                raise ConfigError(f"{signed.public}: could not be read back: {fault}") from error
            raise StorageUnavailable(
                f"{signed.public}: could not be read back ({describe_network_error(error)}); "
                f"check the network, and {'the link' if self._is_given else 'the public endpoint if one is set'}"
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _refusal(self, signed: SignedUrl, answer: httpx.Response) -> StorageRejected | StorageUnavailable:
        code = xml_code(next(answer.iter_bytes(4096), b""))  # no more: an error can be endless, too
        said = f"HTTP {answer.status_code}{f' {code}' if code else ''}"
        if answer.status_code >= 500 or answer.status_code == 429:
            return StorageUnavailable(
                f"{signed.public}: could not be read back ({said}); try again", code, retry_after_s(answer.headers)
            )
        if self._is_given:
            return StorageRejected(f"{signed.public}: the link cannot be read ({said}); {_GIVEN}", code)
        return StorageRejected(
            f"{signed.public}: the signed link cannot be read ({said}); {_ADVICE.get(code, _OWN)}", code
        )


def _check_length(signed: SignedUrl, answer: httpx.Response) -> None:
    """Refuse an answer without a true length, because the service refuses it, too (`CONTENT_LENGTH_CHECK_FAILED`).
    Source: Model Studio, error messages, 2026.
    """
    length = answer.headers.get("content-length", "")
    if not length.isdigit() or int(length) == 0:
        raise StorageRejected(
            f"{signed.public} answers without a length, which the service refuses; check proxies in front of the store"
        )
