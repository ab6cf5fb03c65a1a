"""An authority of a company's own, as companies have that inspect TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import trustme

__all__ = ["HOST", "Company"]

HOST = "service.example"


@dataclass(frozen=True)
class Company:
    """An authority that no public list has.

    Attributes:
        authority: It.
        bundle: File with its certificate.
    """

    authority: trustme.CA
    bundle: Path

    @classmethod
    def founded(cls, folder: Path) -> Self:
        """A new one, its certificate in a folder."""
        authority = trustme.CA(organization_name="A company that inspects TLS")
        bundle = folder / "company.pem"
        authority.cert_pem.write_to_path(bundle)
        return cls(authority, bundle)

    def context(self, *names: str) -> ssl.SSLContext:
        """The context of a server with these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names or (HOST,)).configure_cert(context)
        return context
