"""Proxies of the environment: which one leads to an address, by the same rules for the service and for the store. Pure.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` have no standard. Every library reads them in its own way, and
botocore neither knows `ALL_PROXY` nor SOCKS nor networks in `NO_PROXY`. So they are read here, once, with all that curl
and Go understand; the libraries get the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from captioner.errors import ConfigError

__all__ = ["Exemption", "Proxies", "Proxy", "read_proxies"]

_DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080}
_SCHEMES = {
    "http": "http",
    "https": "https",
    "socks": "socks5",  # GNOME's settings and several desktop proxies write it so; they mean version 5
    "socks5": "socks5",
    "socks5h": "socks5",
}
"""Kinds of proxies by their names. Names are always looked up by the SOCKS proxy: it may be the only place that can."""

_EXAMPLE = "it looks like http://host:3128 or socks5://host:1080"
_VARIABLES = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY", "all": "ALL_PROXY"}
_EXEMPT = "NO_PROXY"
_HOST = re.compile(r"[\w.~-]+", re.UNICODE)
_PATTERN = re.compile(r"[\w.*?-]+", re.UNICODE)
_WITH_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*):(?P<port>\d{1,5})")

_Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy.

    Attributes:
        kind: "http", "https" or "socks5".
        host: Host name or IP address, without brackets.
        port: TCP port.
        variable: Where it was configured, such as "ALL_PROXY".
        user: User name, or "".
        password: Password, or "".
    """

    kind: str
    host: str
    port: int
    variable: str
    user: str = ""
    password: str = ""

    @property
    def address(self) -> str:
        """Its URL without user name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{host}:{self.port}"

    @property
    def label(self) -> str:
        """Name of the proxy in messages."""
        return f"{self.address} ({self.variable})"

    def __repr__(self) -> str:
        return f"Proxy({self.label})"


@dataclass(frozen=True, slots=True)
class Exemption:
    """One entry of NO_PROXY.

    Attributes:
        pattern: A domain, whose subdomains are exempt too, or a pattern with `*`; in lower case.
        network: An IP address or network, instead of a pattern.
        port: The only port it is about, or None for all.
    """

    pattern: str = ""
    network: _Network | None = None
    port: int | None = None

    def matches(self, host: str, port: int) -> bool:
        """Whether a host (lower case, no brackets) and port are reached directly."""
        if self.port not in (None, port):
            return False
        if self.network is not None:
            address = _address(host)
            return address is not None and address.version == self.network.version and address in self.network
        if self.pattern == "<local>":
            return "." not in host and _address(host) is None
        if "*" in self.pattern or "?" in self.pattern:
            return fnmatchcase(host, self.pattern) or fnmatchcase(host, self.pattern.removeprefix("*."))
        return host == self.pattern or host.endswith(f".{self.pattern}")


@dataclass(frozen=True, slots=True)
class Proxies:
    """All proxies that are configured.

    Attributes:
        by_scheme: By scheme of the address, "http" and "https"; "all" for both.
        exempt: Entries of NO_PROXY.
        not_understood: Entries of NO_PROXY that are neither a host nor a network, and have no effect.
        system_bypass: The system's own exemptions, where the proxies are the system's; takes a host.
    """

    by_scheme: Mapping[str, Proxy]
    exempt: tuple[Exemption, ...] = ()
    not_understood: tuple[str, ...] = ()
    system_bypass: Callable[[str], bool] | None = None

    def find(self, url: str) -> Proxy | None:
        """The proxy through which an address is reached, or None for none.

        This machine is always reached directly: no proxy can lead to it.
        """
        if not self.by_scheme:
            return None
        try:
            parts = urlsplit(url)
            host, port = _normal(parts.hostname or ""), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        except ValueError:
            return None  # not a URL: refused when it is opened
        proxy = self.by_scheme.get(parts.scheme) or self.by_scheme.get("all")
        if proxy is None or is_this_machine(host) or any(one.matches(host, port) for one in self.exempt):
            return None
        return None if self.system_bypass is not None and self.system_bypass(host) else proxy

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each entry without effect."""
        return tuple(f"{_EXEMPT}: {entry!r} is neither a host nor a network; left out" for entry in self.not_understood)


def read_proxies(
    environ: Mapping[str, str],
    *,
    system: Callable[[], Mapping[str, str]] = dict,
    system_bypass: Callable[[str], bool] | None = None,
) -> Proxies:
    """Read the proxies of the environment, or of the system where the environment names none.

    Names in lower case win over those in upper case; an empty one means none.

    Args:
        environ: The environment.
        system: Proxies of the operating system by scheme.
        system_bypass: Whether the operating system reaches a host directly.

    Raises:
        ConfigError: A proxy that cannot be understood; the message names the variable.
    """
    found = {scheme: _of_variable(environ, name) for scheme, name in _VARIABLES.items()}
    if "REQUEST_METHOD" in environ and "http_proxy" not in environ:
        found["http"] = None  # set by a client of a CGI script (httpoxy, CVE-2016-5385)
    exempt, not_understood = _exemptions(environ.get("no_proxy", environ.get(_EXEMPT, "")))
    by_scheme = {scheme: proxy for scheme, proxy in found.items() if proxy is not None}
    if any(_text(environ, name) is not None for name in _VARIABLES.values()):
        return Proxies(by_scheme, exempt, not_understood)
    source = "the system's proxy settings"
    by_scheme = {
        scheme: _parse(text.strip(), source)
        for scheme, text in system().items()
        if scheme in ("http", "https") and text.strip()
    }
    return Proxies(by_scheme, exempt, not_understood, system_bypass if by_scheme else None)


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine by its very name."""
    host = host.rstrip(".")
    address = _address(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback)


def _text(environ: Mapping[str, str], name: str) -> str | None:
    """Value of a variable, None when it is not set at all."""
    value = environ.get(name.lower(), environ.get(name))
    return None if value is None else value.strip()


def _of_variable(environ: Mapping[str, str], name: str) -> Proxy | None:
    text = _text(environ, name)
    return _parse(text, name.lower() if name.lower() in environ else name) if text else None


def _parse(text: str, variable: str) -> Proxy:
    """Read the address of a proxy; its text may hold a password, so messages do not repeat it."""
    full = text if "://" in text else f"http://{text.removeprefix('//')}"
    try:
        parts = urlsplit(full)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigError(f"{variable}: not the address of a proxy; {_EXAMPLE}") from error
    kind = _SCHEMES.get(parts.scheme.lower())
    if kind is None:
        named = re.sub(r"[^\w.+-]", "", full.partition("://")[0])[:20]
        raise ConfigError(f"{variable}: proxies of the kind {named!r} are not supported; {_EXAMPLE}")
    if not _is_host(host) or port == 0 or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ConfigError(f"{variable}: not the address of a proxy; {_EXAMPLE}")
    return Proxy(kind, host, port or _DEFAULT_PORTS[kind], variable, *_login(parts))


def _login(parts: SplitResult) -> tuple[str, str]:
    return unquote(parts.username or ""), unquote(parts.password or "")


def _is_host(host: str) -> bool:
    return _address(host) is not None or _HOST.fullmatch(host) is not None


def _exemptions(text: str) -> tuple[tuple[Exemption, ...], tuple[str, ...]]:
    """The entries of NO_PROXY, and those that are not understood."""
    entries = [entry for entry in re.split(r"[\s,;|]+", text.strip()) if entry]
    read = [(entry, _exemption(entry)) for entry in entries]
    return tuple(one for _, one in read if one is not None), tuple(entry for entry, one in read if one is None)


def _exemption(entry: str) -> Exemption | None:
    """One entry: a host or domain, an IP address or network, each perhaps with a port; or None."""
    text = entry.partition("://")[2].rstrip("/") if "://" in entry else entry
    if network := _network(text):
        return Exemption(network=network)
    port = None
    if with_port := _WITH_PORT.fullmatch(text):
        text, port = with_port["host"], int(with_port["port"])
    if network := _network(text):
        return Exemption(network=network, port=port)
    pattern = _normal(text).lstrip(".")
    if pattern == "<local>" or (pattern and _PATTERN.fullmatch(pattern)):
        return Exemption(pattern, port=port)
    return None


def _network(text: str) -> _Network | None:
    """An address or network, the address perhaps in brackets."""
    bare = re.sub(r"^\[([^\]]*)\](/\d+)?$", r"\1\2", text)
    try:
        return ip_network(bare, strict=False)
    except ValueError:
        return None


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _normal(host: str) -> str:
    """A host as it is compared: lower case, ASCII, without a dot at the end."""
    host = host.strip().rstrip(".").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
