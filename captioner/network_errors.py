"""Describes errors of network libraries in words, because users do not know the names of their classes. Pure."""

from __future__ import annotations

import re

__all__ = ["describe_network_error"]

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


def describe_network_error(error: BaseException) -> str:
    """A few words about a failed connection, with the operating system's reason where the error has one.

    Args:
        error: Of httpx, botocore or the standard library.

    Returns:
        Such as "no connection: Connection refused"; no address, no class name, no line break.
    """
    kinds = (kind.__name__ for kind in type(error).__mro__)
    description = next((_DESCRIPTIONS[kind] for kind in kinds if kind in _DESCRIPTIONS), "the connection failed")
    reason = _SYSTEM_REASON.search(str(error))
    return f"{description}: {reason[1].strip()}" if reason else description
