"""The HTTP session of botocore's clients, on the same way to the network as everything else.

botocore reads proxies and certificates in its own way: `ALL_PROXY` has no effect, SOCKS and networks in `NO_PROXY` are
not understood, and the certificates are those of `AWS_CA_BUNDLE` or `REQUESTS_CA_BUNDLE` alone. Its clients have no
argument for another session, so each gets its own replaced, those that fetch credentials included.

This module imports botocore and is itself imported only when an S3 store is made.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import botocore.session
from botocore.awsrequest import AWSHTTPConnection, AWSHTTPConnectionPool, AWSHTTPSConnection, AWSHTTPSConnectionPool
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from captioner.network import Network, Proxy, Route, setup_fault
from captioner.network.errors import note_route
from captioner.network.socks5 import SocksRefusal, connect_through

__all__ = ["CannotConnect", "RoutedSession"]


class CannotConnect(BotoCoreError):
    """No connection, for a reason that only another set-up ends; botocore does not repeat what ends with it."""

    fmt = "{reason}"


class RoutedSession(botocore.session.Session):
    """A session whose clients go through the configured proxies and trust the configured authorities.

    Args:
        network: Proxies and trusted authorities.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def create_client(self, *args: Any, **options: Any) -> Any:
        """A client, as botocore makes it but for its HTTP session."""
        own = Config(proxies={})  # else botocore reads them from the environment, and fails on what it does not know
        given = options.get("config")
        options["config"] = given.merge(own) if given else own
        client: Any = super().create_client(*args, **options)
        endpoint = client._endpoint
        before, endpoint.http_session = endpoint.http_session, _HttpSession(self._routed, self._context, client)
        before.close()
        return client

    @cached_property
    def _routed(self) -> Network:
        """The network, with the certificates that the AWS profile names."""
        bundle = self.get_config_variable("ca_bundle")
        places = self._network.trust.places
        if not bundle or any(path == bundle for _, path in places):
            return self._network
        trust = replace(self._network.trust, places=(*places, ("ca_bundle of the AWS profile", str(bundle))))
        return replace(self._network, trust=trust)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._routed.trust.context()


class _HttpSession(URLLib3Session):
    """Sends the requests of one client by the route of their addresses."""

    def __init__(self, network: Network, context: ssl.SSLContext, client: Any) -> None:
        config = client.meta.config
        self._network = network
        self._context = context
        super().__init__(
            timeout=(config.connect_timeout, config.read_timeout),  # type: ignore[arg-type]  # the stubs know one only
            max_pool_connections=config.max_pool_connections,
            client_cert=config.client_cert,
        )
        self._proxy_config = _Routes(network)
        self._socks_managers: dict[Proxy, PoolManager] = {}

    def send(self, request: Any) -> Any:
        """Send a request; a failure that another attempt cannot help is raised as `CannotConnect`."""
        try:
            return super().send(request)
        except BotoCoreError as error:
            proxy = self._network.proxies.find(request.url)
            trust = self._network.trust
            note_route(error, Route(proxy.label if proxy else "", trust.label, trust.advice))
            if fault := setup_fault(error):
                raise CannotConnect(reason=fault) from error
            raise

    def close(self) -> None:
        """Close all connections."""
        super().close()
        for manager in self._socks_managers.values():
            manager.clear()

    def _get_ssl_context(self) -> ssl.SSLContext:
        return self._context

    def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
        """The context has the certificates already; botocore would read a file of them for every connection."""
        conn.cert_reqs = "CERT_REQUIRED"

    def _setup_proxy_ssl_context(self, proxy_url: str) -> ssl.SSLContext | None:
        return self._context if proxy_url.startswith("https://") else None

    def _get_connection_manager(self, url: str, proxy_url: str | None = None) -> Any:
        base: Any = super()
        proxy = self._network.proxies.find(url)
        if proxy is None or proxy.kind != "socks5":
            return base._get_connection_manager(url, proxy_url)
        if proxy not in self._socks_managers:
            manager = PoolManager(**base._get_pool_manager_kwargs())
            manager.pool_classes_by_scheme = _socks_pools(proxy)
            self._socks_managers[proxy] = manager
        return self._socks_managers[proxy]


class _Routes:
    """What botocore's session asks about proxies; a SOCKS proxy is no matter of HTTP, so it is none here."""

    settings: ClassVar[dict[str, Any]] = {}

    def __init__(self, network: Network) -> None:
        self._network = network

    def proxy_url_for(self, url: str) -> str | None:
        """The address of the HTTP proxy for a URL."""
        proxy = self._network.proxies.find(url)
        return None if proxy is None or proxy.kind == "socks5" else proxy.address

    def proxy_headers_for(self, proxy_url: str) -> dict[str, str]:
        """Headers with the user name and password of a proxy."""
        proxy = next((one for one in self._network.proxies.by_scheme.values() if one.address == proxy_url), None)
        if proxy is None or not (proxy.user or proxy.password):
            return {}
        login = b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {login}"}


class _ThroughSocks(HTTPConnection):
    """Opens its TCP connection by way of a SOCKS proxy."""

    proxy_in_use: ClassVar[Proxy]

    def _new_conn(self) -> Any:
        proxy, timeout = self.proxy_in_use, self.timeout
        try:
            sock = create_connection((proxy.host, proxy.port), timeout, socket_options=self.socket_options)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection to the proxy in time") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error
        try:
            connect_through(sock.sendall, sock.recv, self.host, self.port, user=proxy.user, password=proxy.password)
        except TimeoutError as error:
            sock.close()
            raise ConnectTimeoutError(self, "no answer of the proxy in time") from error
        except (SocksRefusal, OSError) as error:
            sock.close()
            raise NewConnectionError(self, str(error)) from error
        return sock


def _socks_pools(proxy: Proxy) -> dict[str, type]:
    """Pools of botocore's connections through one SOCKS proxy."""
    through = {"proxy_in_use": proxy}
    plain = type("SocksConnection", (_ThroughSocks, AWSHTTPConnection), through)
    secure = type("SocksTlsConnection", (_ThroughSocks, AWSHTTPSConnection), through)
    return {
        "http": type("SocksPool", (AWSHTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SocksTlsPool", (AWSHTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
