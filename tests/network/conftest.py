"""An authority of a company's own, and a server with its certificate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.authorities import HOST, Company
from tests.network.doubles import TlsServer


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company.founded(tmp_path_factory.mktemp("company"))


@pytest.fixture
def server(company: Company) -> Iterator[TlsServer]:
    """An HTTPS server for `service.example`, which only a proxy can find."""
    with TlsServer(company.context(HOST)) as running:
        yield running
