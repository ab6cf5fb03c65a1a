"""Links as a store: media that is on the web already is read there by the service. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from captioner.errors import StorageRejected
from captioner.model import SignedUrl, StoredObject

__all__ = ["make_link"]

_SHAPE = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\s\\]+)(?P<rest>(?:[/?][^#]*)?)(?:#.*)?", re.IGNORECASE)

_LEGAL = "%!$&'()*+,/:;=?@[]~-._"
"""Reserved characters of RFC 3986 (2.2, 2.3) and the percent sign: they are kept unchanged, because links are often
signed and a signature covers every byte."""

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def make_link(url: str) -> tuple[StoredObject, SignedUrl]:
    """Use an http(s) address as it is, with spaces and non-ASCII characters percent-encoded.

    The service answers `InvalidFile.DownloadFailed` for unencoded ones (Model Studio: Paraformer recorded speech
    recognition RESTful API, 2026). The query may hold a signature, so only the part before it names the object.

    Raises:
        StorageRejected: Another scheme, no host, or a user name in the address, which the service's replies would
            repeat in plain text.
    """
    url = url.strip()
    found = _SHAPE.fullmatch(url)
    if found is None or any(ord(c) < 32 for c in url):
        raise StorageRejected(f"{_printable(url)}: not a link the service reads; it looks like https://host/file.mp4")
    rest = quote(_STRAY_PERCENT.sub("%25", found["rest"]), safe=_LEGAL)
    signed = SignedUrl(f"{found['scheme'].lower()}://{_host(found['authority'])}{rest}")
    return StoredObject("link", "", signed.public), signed


def _host(authority: str) -> str:
    """Host and port in ASCII."""
    if "@" in authority:
        host = authority.rpartition("@")[2]
        raise StorageRejected(
            f"link to {host}: it holds a user name or password, which replies would repeat; use a presigned link"
        )
    try:
        ascii_only = authority if authority.isascii() else authority.encode("idna").decode("ascii")
        parts = urlsplit(f"//{ascii_only}")
        if parts.hostname and parts.port != 0:  # reading the port checks it
            return ascii_only
    except ValueError:  # includes the UnicodeError of idna
        pass
    raise StorageRejected(f"link to {authority}: host or port cannot be read; it looks like https://host/file.mp4")


def _printable(url: str) -> str:
    """The part of any link that can be printed safely: nothing before an @, nothing of a query."""
    scheme, colon, rest = url.partition(":")
    if not colon:
        return "link"
    return f"{scheme}:{rest.partition('?')[0].partition('#')[0].rpartition('@')[2]}"[:120]
