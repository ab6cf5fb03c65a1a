"""Downloads a result by its signed link: unchanged, without the key, and only from hosts that can hold results.

With the service's key in the request, the store would read it as its own kind of signature and refuse; and the key
would leave the service. A link, and every redirect from it, must lead to a public host over https. A name in a private
network is found when it is looked up; if the name server answers differently a moment later, the host still has no
certificate for the name.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urljoin, urlsplit

import httpx

from captioner.errors import AsrRejected, AsrUnavailable, CaptionerError, ConfigError, ResultExpired
from captioner.model import SignedUrl
from captioner.network import describe_network_error, setup_fault
from captioner.recognition.funasr.bounded_read import MAX_BYTES, BodyError, BodyTooLarge, read_bounded
from captioner.recognition.funasr.http import retry_after_s
from captioner.recognition.funasr.redaction import sanitize_line

__all__ = ["MAX_RESULT_BYTES", "Resolve", "fetch_result", "is_private", "is_public_host", "resolve_host"]

MAX_RESULT_BYTES = MAX_BYTES

Resolve = Callable[[str], Sequence[str]]
"""Addresses of a host name; empty when it has none here, as behind a proxy that does the look-up."""

_MAX_REDIRECTS = 5
_MAX_REFUSAL_BYTES = 64 << 10
_XML_CODE = re.compile(r"<Code>([^<]{1,80})</Code>")
_HEADERS = {"Accept-Encoding": "gzip"}

_FAKE_IP = IPv4Network("198.18.0.0/15")
"""Addresses that tunnels with their own name service give for every public name (Clash and Surge: "fake-ip"); RFC 2544
keeps them out of real networks."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""IPv6 names of IPv4 addresses. Source: RFC 6052, 2.1."""


def fetch_result(
    http: httpx.Client,
    link: SignedUrl,
    *,
    allow_private: bool = False,
    now: float = 0.0,
    limit_bytes: int = MAX_RESULT_BYTES,
    resolve: Resolve | None = None,
) -> bytes:
    """Download the body of a result link.

    Args:
        http: The connection pool; its defaults must not carry the key.
        link: The link, used unchanged.
        allow_private: Accept private addresses, because the service itself has one.
        now: Unix seconds, for a Retry-After given as a date.
        limit_bytes: A longer body is refused.
        resolve: Looks up host names; by default the system's resolver.

    Returns:
        The bytes as received; they begin like a JSON object.

    Raises:
        ResultExpired: The store answers 403, 404 or 410: the link has expired, or never existed.
        AsrUnavailable: The store cannot be reached, answers with a fault of its own, or sends something else.
        AsrRejected: A host that cannot hold results, any other refusal, or a body over the limit.
        ConfigError: The store's certificate is not trusted, or a proxy refuses; another attempt would not help.
    """
    url = link.url
    for _ in range(_MAX_REDIRECTS + 1):
        _check_address(url, resolve or resolve_host, allow_private=allow_private)
        outcome = _get(http, url, now, limit_bytes)
        if isinstance(outcome, bytes):
            return _check_json_object(outcome, url)
        url = outcome
    raise AsrRejected(f"fetch: {_host(link.url)} redirects more than {_MAX_REDIRECTS} times; report it to the service")


def is_private(host: str) -> bool:
    """Whether a host names this machine or an address outside the public internet, in any notation.

    Names are not looked up here.
    """
    address = _address(host)
    return _is_local_name(host) or (address is not None and not _is_public(address))


def resolve_host(host: str) -> Sequence[str]:
    """The addresses of a name by the system's resolver; empty when there are none."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return ()


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet, also inside the IPv6 notations of IPv4 addresses."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _is_local_name(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return _is_local_name(host) or (address is not None and address.is_loopback)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host spells, also as `2130706433` or `0x7f.1`, which the system's resolver accepts."""
    host = host.rstrip(".")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _check_address(url: str, resolve: Resolve, *, allow_private: bool) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise AsrRejected("fetch: the result link is no URL; report it to the service") from error
    https = parts.scheme == "https" or (parts.scheme == "http" and allow_private and _is_loopback(host))
    if not host or not https or not (allow_private or is_public_host(host, resolve)):
        raise AsrRejected(
            f"fetch: the result link points to {sanitize_line(parts.scheme, limit=20) or 'no scheme'}://"
            f"{sanitize_line(host, limit=80)}, where no result can lie; not followed"
        )


def is_public_host(host: str, resolve: Resolve) -> bool:
    """Whether a host, and every address of its name, belongs to the public internet."""
    if _address(host) is not None or _is_local_name(host):
        return not is_private(host)
    found = [_address(text.partition("%")[0]) for text in resolve(host)]
    return all(address is not None and (address in _FAKE_IP or _is_public(address)) for address in found)


def _get(http: httpx.Client, url: str, now: float, limit_bytes: int) -> bytes | str:
    """The body, or the URL of a redirect."""
    try:
        request = http.build_request("GET", url, headers=_HEADERS)
        request.headers.pop("Authorization", None)
        response = http.send(request, stream=True, auth=None, follow_redirects=False)
        try:
            if response.is_redirect:
                return _redirect_target(url, response)
            if response.status_code != 200:
                raise _failure(response, url, now)
            return read_bounded(response, limit_bytes)
        finally:
            response.close()
    except httpx.InvalidURL as error:
        raise AsrRejected("fetch: the result link is no URL; report it to the service") from error
    except httpx.RequestError as error:
        if fault := setup_fault(error):
            raise ConfigError(f"fetch: the result on {_host(url)} cannot be reached: {fault}") from error
        reason = describe_network_error(error)
        raise AsrUnavailable(f"fetch: the result on {_host(url)} did not arrive ({reason}); try again later") from error
    except BodyTooLarge as error:
        raise AsrRejected(f"fetch: the result on {_host(url)} is not taken: {error}; not read further") from error
    except BodyError as error:
        raise AsrUnavailable(f"fetch: the result on {_host(url)} did not arrive: {error}; try again later") from error


def _redirect_target(url: str, response: httpx.Response) -> str:
    try:
        return urljoin(url, str(response.headers.get("location", "")))
    except ValueError as error:
        raise AsrRejected(f"fetch: {_host(url)} redirects to what is no URL; report it to the service") from error


def _failure(response: httpx.Response, url: str, now: float) -> CaptionerError:
    """The error for a store's refusal; stores answer in XML."""
    status = response.status_code
    try:
        found = _XML_CODE.search(read_bounded(response, _MAX_REFUSAL_BYTES)[:4096].decode("utf-8", "replace"))
    except BodyError:
        found = None  # the status is enough
    code = sanitize_line(found[1]) if found else ""
    summary = f"fetch: the store {_host(url)} refused the result (HTTP {status}{', ' + code if code else ''})"
    if status in (403, 404, 410):
        return ResultExpired(f"{summary}; links and tasks live for 24 h, submit the file again", code)
    if status in (408, 425, 429) or status >= 500:
        return AsrUnavailable(f"{summary}; try again later", code, retry_after_s(response.headers, now))
    return AsrRejected(f"{summary}; fetching it again will not help", code)


def _check_json_object(body: bytes, url: str) -> bytes:
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return body
    raise AsrUnavailable(f"fetch: {_host(url)} sent {len(body)} bytes that are no JSON object; try again later")


def _host(url: str) -> str:
    return sanitize_line(urlsplit(url).hostname or "an unnamed host", limit=80)
