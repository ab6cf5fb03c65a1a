"""Connects through a SOCKS proxy of version 5: one handshake for the libraries of the service and of the store.

httpcore's own (1.0.9) waits for the proxy without a time limit, takes an answer in two pieces for a broken one, and
lets errors of another library through; urllib3's needs one more dependency. The handshake has two messages.

Sources: RFC 1928 (the protocol), RFC 1929 (user name and password).
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

__all__ = ["SocksRefusal", "connect_through"]

_VERSION = 5
_NO_LOGIN, _PASSWORD, _NONE_FITS = 0, 2, 255
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_ADDRESS_BYTES = {_IPV4: 4, _IPV6: 16}

_REASONS = {
    1: "it failed",
    2: "it does not allow this connection",
    3: "the network cannot be reached from there",
    4: "the host cannot be reached from there",
    5: "the host refused the connection",
    6: "no answer from the host in time",
    7: "it does not connect for others",
    8: "it does not know this kind of address",
}
_FINAL = {2, 7, 8}


class SocksRefusal(Exception):
    """The proxy refused, or does not speak SOCKS 5.

    Attributes:
        reason: In words.
        is_final: Whether trying again cannot help.
    """

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


def connect_through(
    send: Callable[[bytes], object],
    receive: Callable[[int], bytes],
    host: str,
    port: int,
    *,
    user: str = "",
    password: str = "",
) -> None:
    """Have the proxy at the other end of a connection open one to a host, whose name it looks up itself.

    Args:
        send: Sends all of some bytes to the proxy.
        receive: Receives some bytes, at most so many; b"" when the proxy has closed.
        host: Name or IP address.
        port: TCP port.
        user: User name for the proxy, or "".
        password: Its password, or "".

    Raises:
        SocksRefusal: The proxy refused, or its answer is not SOCKS 5.
        Exception: What `send` and `receive` raise.
    """
    methods = bytes([_NO_LOGIN, _PASSWORD]) if user or password else bytes([_NO_LOGIN])
    send(bytes([_VERSION, len(methods)]) + methods)
    version, method = _exactly(receive, 2)
    if version != _VERSION or method not in (*methods, _NONE_FITS):
        raise SocksRefusal("its answer is not SOCKS 5; check the kind of proxy and its port", is_final=True)
    if method == _NONE_FITS:
        wish = "another way to log in" if user or password else "a user name and a password"
        raise SocksRefusal(f"it demands {wish}", is_final=True)
    if method == _PASSWORD:
        _log_in(send, receive, user, password)
    send(bytes([_VERSION, _CONNECT, 0]) + _address(host) + port.to_bytes(2, "big"))
    _read_reply(receive)


def _log_in(send: Callable[[bytes], object], receive: Callable[[int], bytes], user: str, password: str) -> None:
    name, secret = user.encode(), password.encode()
    if len(name) > 255 or len(secret) > 255:
        raise SocksRefusal("its user name or password is longer than SOCKS allows", is_final=True)
    send(b"\x01" + bytes([len(name)]) + name + bytes([len(secret)]) + secret)
    if _exactly(receive, 2)[1] != 0:
        raise SocksRefusal("it refused the user name or the password", is_final=True)


def _address(host: str) -> bytes:
    try:
        found = ip_address(host.strip("[]"))
    except ValueError:
        name = host.encode("ascii" if host.isascii() else "idna")
        if not 1 <= len(name) <= 255:
            raise SocksRefusal("the host's name is longer than SOCKS allows", is_final=True) from None
        return bytes([_NAME, len(name)]) + name
    return bytes([_IPV4 if found.version == 4 else _IPV6]) + found.packed


def _read_reply(receive: Callable[[int], bytes]) -> None:
    version, reply, _, kind = _exactly(receive, 4)
    if version != _VERSION:
        raise SocksRefusal("its answer is not SOCKS 5; check the kind of proxy and its port", is_final=True)
    if reply != 0:
        raise SocksRefusal(_REASONS.get(reply, f"it failed (reply {reply})"), is_final=reply in _FINAL)
    length = _exactly(receive, 1)[0] if kind == _NAME else _ADDRESS_BYTES.get(kind)
    if length is None:
        raise SocksRefusal("its answer is not SOCKS 5; check the kind of proxy and its port", is_final=True)
    _exactly(receive, length + 2)


def _exactly(receive: Callable[[int], bytes], count: int) -> bytes:
    """Exactly so many bytes, however they arrive."""
    found = b""
    while len(found) < count:
        piece = receive(count - len(found))
        if not piece:
            raise SocksRefusal("it closed the connection", is_final=False)
        found += piece
    return found
