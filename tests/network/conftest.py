"""An authority of a company's own, and a server with its certificate."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.network.doubles import TlsServer

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

    def context(self, *names: str) -> ssl.SSLContext:
        """The context of a server with these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names or (HOST,)).configure_cert(context)
        return context


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("company")
    authority = trustme.CA(organization_name="A company that inspects TLS")
    bundle = folder / "company.pem"
    authority.cert_pem.write_to_path(bundle)
    return Company(authority, bundle)


@pytest.fixture
def server(company: Company) -> Iterator[TlsServer]:
    """An HTTPS server for `service.example`, which only a proxy can find."""
    with TlsServer(company.context(HOST)) as running:
        yield running
