"""HTTP clients of httpx that go through the configured proxies and trust the configured authorities."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from captioner.network.errors import Route, note_route
from captioner.network.proxies import Proxies, Proxy
from captioner.network.socks5 import SocksRefusal, connect_through

__all__ = ["RoutedClient", "RoutedTransport"]

_BODIES = {"json", "params", "content"}
"""What a request may have beside headers."""

_HTTPX = logging.getLogger("httpx")
"""Requests are logged as httpx logs them; queries are redacted there (`log_redaction`)."""

_HANDSHAKE_S = 30.0
"""Longest handshake with a SOCKS proxy where the caller has set no time for connecting."""


class RoutedClient(httpx.Client):
    """A client of httpx that, where it can, sends requests without its steps for logins, redirects and cookies.

    That is where the caller reads the body itself, follows no redirects, and the address holds no password. The layers
    of httpx for these, for logins and for cookies take a third of a request's processor time (httpx 0.28).

    Args:
        transport: Sends the requests.
        options: Arguments of `httpx.Client`: timeout, headers, follow_redirects.
    """

    def __init__(self, transport: RoutedTransport, **options: Any) -> None:
        super().__init__(transport=transport, trust_env=False, **options)
        self._routed = transport
        self._always = [(name.lower().decode("ascii"), (name, value)) for name, value in self.headers.raw]
        self._limits = {"timeout": self.timeout.as_dict()}

    def build_request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Request:
        """A request, with the headers and the timeout of the client."""
        usual = (None, httpx.USE_CLIENT_DEFAULT)
        parts = {name: value for name, value in given.items() if not any(value is each for each in usual)}
        headers = parts.pop("headers", {})
        if parts.keys() - _BODIES or not isinstance(headers, dict):
            return super().build_request(method, url, **given)
        own = {name.lower() for name in headers}
        sent = [*(pair for name, pair in self._always if name not in own), *headers.items()]
        return httpx.Request(method, url, headers=sent, extensions=self._limits, **parts)

    def send(self, request: httpx.Request, *, stream: bool = False, **given: Any) -> httpx.Response:
        """Send a request, as `httpx.Client.send` does; no cookies of its answer are kept."""
        if not stream or given.get("follow_redirects") is not False or request.url.userinfo:
            return super().send(request, stream=stream, **given)
        response = self._routed.handle_request(request)
        response.request = request
        _HTTPX.info('HTTP Request: %s %s "%d"', request.method, request.url, response.status_code)
        return response


class RoutedTransport(httpx.BaseTransport):
    """Sends each request by the route of its address; a failure records the route.

    Args:
        proxies: The proxies that are configured.
        context: The authorities that are trusted; only this transport uses it.
        trusted: Names of these authorities, and advice, for messages.
        limits: Connections of each route.
    """

    def __init__(self, proxies: Proxies, context: ssl.SSLContext, trusted: Route, limits: httpx.Limits) -> None:
        self._proxies = proxies
        self._context = context
        self._trusted = trusted
        self._limits = limits
        self._transports: dict[Proxy | None, httpx.HTTPTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        proxy = self._proxies.find(str(request.url))
        try:
            return self._transport(proxy).handle_request(request)
        except httpx.TransportError as error:
            label = proxy.label if proxy else ""
            note_route(error, Route(label, self._trusted.trusted, self._trusted.advice))
            raise

    def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            transport.close()

    def _transport(self, proxy: Proxy | None) -> httpx.HTTPTransport:
        with self._lock:
            if proxy not in self._transports:
                self._transports[proxy] = self._opened(proxy)
            return self._transports[proxy]

    def _opened(self, proxy: Proxy | None) -> httpx.HTTPTransport:
        if proxy is not None and proxy.kind == "socks5":
            return _SocksTransport(proxy, self._context, self._limits)
        through = None
        if proxy is not None:
            login = (proxy.user, proxy.password) if proxy.user or proxy.password else None
            is_secure = proxy.kind == "https"
            through = httpx.Proxy(proxy.address, auth=login, ssl_context=self._context if is_secure else None)
        return httpx.HTTPTransport(verify=self._context, trust_env=False, limits=self._limits, proxy=through)


class _SocksTransport(httpx.HTTPTransport):
    """Connects through a SOCKS proxy with our own handshake; see `socks5`."""

    def __init__(self, proxy: Proxy, context: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=context, trust_env=False, limits=limits)
        # httpx has no argument for the backend of its pool (seen in 0.28).
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_SocksBackend(proxy),
        )


class _SocksBackend(httpcore.SyncBackend):
    """Opens TCP connections by way of a SOCKS proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; a failure of the handshake is a failure to connect, because nothing of a request was sent."""
        proxy = self._proxy
        stream = super().connect_tcp(proxy.host, proxy.port, timeout, local_address, socket_options)
        deadline = time.monotonic() + (_HANDSHAKE_S if timeout is None else timeout)

        def left_s() -> float:
            return max(deadline - time.monotonic(), 0.001)

        try:
            connect_through(
                lambda data: stream.write(data, timeout=left_s()),
                lambda most: stream.read(most, timeout=left_s()),
                host,
                port,
                user=proxy.user,
                password=proxy.password,
            )
        except BaseException as error:
            stream.close()
            raise _as_connect_error(error) from error
        return stream


def _as_connect_error(error: BaseException) -> BaseException:
    if isinstance(error, SocksRefusal):
        return httpcore.ProxyError(error.reason)
    if isinstance(error, httpcore.TimeoutException):
        return httpcore.ConnectTimeout(str(error))
    if isinstance(error, httpcore.NetworkError):
        return httpcore.ConnectError(str(error))
    return error
