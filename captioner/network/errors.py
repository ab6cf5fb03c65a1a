"""Describes errors of network libraries in words, because users do not know the names of their classes. Pure.

It also tells failures that pass, such as a host that is down, from those that only another set-up ends:
a certificate that is not trusted, a proxy that demands a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from captioner.network.socks5 import SocksRefusal

__all__ = ["Route", "describe_network_error", "note_route", "route_of", "setup_fault"]

# By name, so that neither library has to be imported. httpx: "Exceptions"; botocore: `botocore.exceptions`.
_DESCRIPTIONS = {
    "ConnectError": "no connection",
    "EndpointConnectionError": "no connection",
    "ConnectTimeout": "no connection in time",
    "ConnectTimeoutError": "no connection in time",
    "PoolTimeout": "no free connection in time",
    "ReadTimeout": "no answer in time",
    "ReadTimeoutError": "no answer in time",
    "WriteTimeout": "sending took too long",
    "CloseError": "the connection was lost",
    "ConnectionClosedError": "the connection was lost",
    "HTTPClientError": "the connection was lost",
    "IncompleteReadError": "the connection was lost",
    "ReadError": "the connection was lost",
    "ResponseStreamingError": "the connection was lost",
    "WriteError": "the connection was lost",
    "LocalProtocolError": "the request is not valid HTTP",
    "RemoteProtocolError": "the answer is not valid HTTP",
    "DecodingError": "the answer cannot be unpacked",
    "ProxyConnectionError": "the proxy cannot be reached",
    "ProxyError": "the proxy refused the connection",
    "SSLError": "no secure connection",
    "TooManyRedirects": "too many redirects",
    "UnsupportedProtocol": "the address is neither http nor https",
}
_SYSTEM_REASON = re.compile(r"\[Errno -?\d+\] ([^\[\]:]{1,80})")
_TUNNEL = re.compile(r"(?:Tunnel connection failed: |^)(\d{3}) ([\w '-]{0,60})")
_CONNECTING = {"ConnectError", "ConnectTimeout", "EndpointConnectionError", "ConnectTimeoutError"}
_PROXY = {"ProxyError", "ProxyConnectionError"}

_UNKNOWN_AUTHORITY = {2, 18, 19, 20, 21}
_NOT_YET, _EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64
"""Codes of OpenSSL. Source: openssl-verification-options(1), x509_vfy.h."""

_NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNKNOWN_PROTOCOL"}
_NO_COMMON_TLS = {
    "HANDSHAKE_FAILURE",
    "NO_PROTOCOLS_AVAILABLE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "UNSUPPORTED_PROTOCOL",
}
"""Reasons of OpenSSL that another attempt does not change; all others may be a broken connection."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way a request took, for messages about its failure.

    Attributes:
        proxy: Name of the proxy, with the variable that names it; "" for none.
        trusted: Names of the authorities that are trusted.
        advice: What to do about an authority that is not.
    """

    proxy: str = ""
    trusted: str = ""
    advice: str = ""


def note_route(error: BaseException, route: Route) -> None:
    """Record on an error the route of its request."""
    vars(error)["captioner_route"] = route


def route_of(error: BaseException) -> Route:
    """The route of the request that failed; empty when it is not recorded."""
    found = next((vars(one).get("captioner_route") for one in _chain(error) if hasattr(one, "__dict__")), None)
    return found if isinstance(found, Route) else Route()


def describe_network_error(error: BaseException) -> str:
    """A few words about a failed connection, with the operating system's reason where the error has one.

    Args:
        error: Of httpx, botocore or the standard library.

    Returns:
        Such as "no connection: Connection refused"; no address but that of a proxy, no class name, no line break.
    """
    if fault := setup_fault(error):
        return fault
    kinds = [kind.__name__ for kind in type(error).__mro__]
    proxy = route_of(error).proxy
    if proxy and not _PROXY.isdisjoint(kinds) and (said := _proxy_answer(error)):
        return f"the proxy {proxy} says {said}"
    description = next((_DESCRIPTIONS[kind] for kind in kinds if kind in _DESCRIPTIONS), "the connection failed")
    if proxy and not _CONNECTING.isdisjoint(kinds):
        description = f"the proxy {proxy} cannot be reached"
    elif proxy:
        description = f"{description}, through the proxy {proxy}"
    reason = _SYSTEM_REASON.search(str(error))
    return f"{description}: {reason[1].strip()}" if reason else description


def setup_fault(error: BaseException) -> str:
    """The fault in the set-up, with advice, when another attempt cannot help; otherwise "".

    Args:
        error: As for `describe_network_error`.
    """
    route = route_of(error)
    for one in _chain(error):
        if hasattr(one, "verify_code"):  # ssl.SSLCertVerificationError; importing ssl takes 8 ms
            return _certificate_fault(one.verify_code, str(getattr(one, "verify_message", "")), route)
        if getattr(one, "reason", None) in _NOT_TLS:
            return "no TLS is spoken there; check https and the port in the address, and that the proxy fits"
        if getattr(one, "reason", None) in _NO_COMMON_TLS:
            return "no version of TLS in common; check the address, and that nothing between here and there is outdated"
        if isinstance(one, SocksRefusal) and one.is_final:
            return f"the proxy {route.proxy} refused: {one.reason}"
    return _proxy_fault(error, route)


def _certificate_fault(code: int, message: str, route: Route) -> str:
    if code in (_EXPIRED, _NOT_YET):
        state = "has expired" if code == _EXPIRED else "is not valid yet"
        return f"its certificate {state}; check this machine's clock, or have the certificate renewed"
    if code in (_OTHER_HOST, _OTHER_ADDRESS):
        return "its certificate is for another host; check the address"
    if code in _UNKNOWN_AUTHORITY:
        trusted = f" (trusted are {route.trusted})" if route.trusted else ""
        advice = route.advice or "name a file with that authority's certificate with SSL_CERT_FILE"
        return (
            f"its certificate is signed by an authority that is not trusted{trusted}; "
            f"where a firewall or proxy inspects TLS, {advice}"
        )
    said = re.sub(r"[^\w ,.'-]", "", message or "not valid")[:80]
    return f"its certificate is refused ({said}); {route.advice or 'have it renewed'}"


def _proxy_fault(error: BaseException, route: Route) -> str:
    """A refusal by an HTTP proxy that another attempt does not change."""
    if not any(kind.__name__ in _PROXY for kind in type(error).__mro__):
        return ""
    said = _proxy_answer(error)
    named = f"the proxy {route.proxy}".rstrip()
    if said.startswith("407"):
        return f"{named} demands a user name and a password; write them into its address, http://user:password@host"
    if said.startswith("4") and not said.startswith(("408", "429")):
        return f"{named} does not allow this connection ({said}); ask its operator, or add the host to NO_PROXY"
    return ""


def _proxy_answer(error: BaseException) -> str:
    """Status and reason of an HTTP proxy, or the words of a SOCKS proxy; "" when it has not answered."""
    for one in _chain(error):
        if found := _TUNNEL.search(str(one)):
            return f"{found[1]} {found[2]}".strip()
        if isinstance(one, SocksRefusal):
            return one.reason
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and all errors in it, from the outside in; libraries put them into arguments and attributes, too."""
    queue: list[Any] = [error]
    seen: set[int] = set()
    while queue:
        one = queue.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = getattr(one, "kwargs", None)
        values = inner.values() if isinstance(inner, dict) else ()
        queue += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args, *values]
