"""The way to the network: proxies and trusted authorities, the same for the service, the store and links.

Both come from the environment, which every library reads in its own way; here they are read once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioner.network.certificates import Trust, read_trust
from captioner.network.errors import Route, describe_network_error, setup_fault
from captioner.network.proxies import Proxies, Proxy, read_proxies

if TYPE_CHECKING:
    import httpx

__all__ = ["Network", "Proxies", "Proxy", "Route", "Trust", "describe_network_error", "setup_fault"]

_HAS_SETTINGS = sys.platform in ("win32", "darwin")


@dataclass(frozen=True, slots=True)
class Network:
    """Proxies and trusted authorities.

    Attributes:
        proxies: Proxies.
        trust: Trusted authorities.
    """

    proxies: Proxies
    trust: Trust

    @classmethod
    def from_environment(cls, ca_bundle: str = "", environ: Mapping[str, str] | None = None) -> Network:
        """The network as environment and settings describe it; no file is read yet.

        Args:
            ca_bundle: The setting `network.ca_bundle`, or "".
            environ: Environment; the process's by default.

        Raises:
            ConfigError: A proxy that cannot be understood; the message names its variable.
        """
        environ = os.environ if environ is None else environ
        proxies = read_proxies(environ, system=_system_proxies, system_bypass=_system_bypasses)
        return cls(proxies, read_trust(environ, setting=ca_bundle))

    def client(self, *, limits: httpx.Limits | None = None, **options: Any) -> httpx.Client:
        """A client of httpx for this network; it reads no other settings from the environment.

        Args:
            limits: Connections of each route.
            options: Arguments of `httpx.Client`.

        Raises:
            ConfigError: The trusted certificates cannot be read; the message names the variable.
        """
        import httpx

        from captioner.network.routed_client import RoutedClient, RoutedTransport

        transport = RoutedTransport(
            self.proxies,
            self.trust.context(),
            Route("", self.trust.label, self.trust.advice),
            limits or httpx.Limits(max_connections=100, max_keepalive_connections=20),
        )
        return RoutedClient(transport, **options)

    def describe_route(self, url: str) -> str:
        """The route to an address, in words."""
        proxy = self.proxies.find(url)
        return f"through the proxy {proxy.label}" if proxy else "directly"


def _system_proxies() -> Mapping[str, str]:
    """Proxies in the settings of Windows or macOS, which have some beside the environment."""
    if not _HAS_SETTINGS:
        return {}
    from urllib.request import getproxies

    return getproxies()


def _system_bypasses(host: str) -> bool:
    from urllib.request import proxy_bypass

    return bool(proxy_bypass(host))
