"""Fetching a result by its signed link: verbatim, without the key, and only from where a result can lie.

The store would read the service's key as its own kind of signature and refuse; and the key would be in foreign hands.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urljoin, urlsplit

import httpx

from captioner.asr.exchange import retry_after_s
from captioner.asr.redaction import one_line
from captioner.errors import AsrRejected, AsrUnavailable, CaptionerError, ResultExpired
from captioner.model import SignedUrl

__all__ = ["MAX_RESULT_BYTES", "fetch_result", "is_private"]

MAX_RESULT_BYTES = 512 << 20
"""A result of twelve hours is about 20 MB; a hundred channels of it would still fit."""

_MAX_REDIRECTS = 5
_XML_CODE = re.compile(r"<Code>([^<]{1,80})</Code>")


def fetch_result(
    http: httpx.Client,
    link: SignedUrl,
    *,
    allow_private: bool = False,
    now: float = 0.0,
    limit_bytes: int = MAX_RESULT_BYTES,
) -> bytes:
    """The body behind a result link.

    Args:
        http: The connection pool; its defaults must not carry the key.
        link: The link, used verbatim.
        allow_private: The service itself is on this machine or in a private network, so its results may be.
        now: Unix seconds, for a Retry-After given as a date.
        limit_bytes: A longer body is refused.

    Returns:
        The bytes as received; they begin like a JSON object.

    Raises:
        ResultExpired: The store says 403, 404 or 410: the link is over, or never was.
        AsrUnavailable: The store cannot be reached, answers with a fault of its own, or sends something else.
        AsrRejected: A link to where no result can lie, any other refusal, or a body over the limit.
    """
    url = link.url
    for _ in range(_MAX_REDIRECTS + 1):
        _check_address(url, allow_private=allow_private)
        outcome = _get(http, url, now, limit_bytes)
        if isinstance(outcome, bytes):
            return _json_like(outcome, url)
        url = outcome
    raise AsrRejected(f"fetch: {_host(link.url)} redirects more than {_MAX_REDIRECTS} times; report it to the service")


def is_private(host: str) -> bool:
    """Whether a host names this machine or an address that is not of the public internet, in any notation.

    Names are not resolved: beyond `localhost` a name has to prove itself by its certificate.
    """
    address = _address(host)
    return _is_local_name(host) or (address is not None and not address.is_global)


def _is_local_name(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return _is_local_name(host) or (address is not None and address.is_loopback)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address a host spells, also as `2130706433` or `0x7f.1`, which the system's resolver would take."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _check_address(url: str, *, allow_private: bool) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    https = parts.scheme == "https" or (parts.scheme == "http" and allow_private and _is_loopback(host))
    if not host or not https or (is_private(host) and not allow_private):
        raise AsrRejected(
            f"fetch: the result link points to {parts.scheme or 'no scheme'}://{one_line(host, limit=80)}, "
            "where no result can lie; not followed"
        )


def _get(http: httpx.Client, url: str, now: float, limit_bytes: int) -> bytes | str:
    """The body, or where it has moved to."""
    try:
        request = http.build_request("GET", url)
        request.headers.pop("Authorization", None)
        response = http.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            if response.is_redirect:
                return urljoin(url, str(response.headers.get("location", "")))
            if response.status_code != 200:
                raise _failure(response, url, now)
            return _read(response, url, limit_bytes)
        finally:
            response.close()
    except httpx.InvalidURL as error:
        raise AsrRejected("fetch: the result link is no URL; report it to the service") from error
    except httpx.RequestError as error:
        told = one_line(f"{type(error).__name__}: {error}".rstrip(": "), limit=120)
        raise AsrUnavailable(f"fetch: the result on {_host(url)} did not arrive ({told}); try again later") from error


def _read(response: httpx.Response, url: str, limit_bytes: int) -> bytes:
    body = bytearray()
    for block in response.iter_bytes():
        body += block
        if len(body) > limit_bytes:
            raise AsrRejected(f"fetch: the result on {_host(url)} is over {limit_bytes} bytes; not read further")
    return bytes(body)


def _failure(response: httpx.Response, url: str, now: float) -> CaptionerError:
    """The error for a store's refusal; stores answer in XML."""
    response.read()
    found = _XML_CODE.search(response.content[:4096].decode("utf-8", "replace"))
    code = one_line(found[1]) if found else ""
    status = response.status_code
    told = f"fetch: the store {_host(url)} refused the result (HTTP {status}{', ' + code if code else ''})"
    if status in (403, 404, 410):
        return ResultExpired(f"{told}; links and tasks live for 24 h, submit the file again", code)
    if status in (408, 425, 429) or status >= 500:
        return AsrUnavailable(f"{told}; try again later", code, retry_after_s(response.headers, now))
    return AsrRejected(f"{told}; fetching it again will not help", code)


def _json_like(body: bytes, url: str) -> bytes:
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return body
    raise AsrUnavailable(f"fetch: {_host(url)} sent {len(body)} bytes that are no JSON object; try again later")


def _host(url: str) -> str:
    return urlsplit(url).hostname or "an unnamed host"
