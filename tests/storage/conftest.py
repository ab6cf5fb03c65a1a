"""A running S3 server, and files to put into it."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import httpx
import pytest

from captioner.model import Prepared
from captioner.settings import Settings
from captioner.storage import S3Store
from captioner.storage.s3.session import make_client, open_session
from captioner.storage.s3.transfer import Uploader
from captioner.storage.s3.verify import LinkReader
from tests.authorities import Company
from tests.doubles_s3 import RcloneServer
from tests.storage.gateway import Demand, Gateway

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OpenGateway = Callable[..., AbstractContextManager[tuple[S3Store, Gateway]]]

PART_BYTES = 5 * 1024 * 1024
"""The smallest part S3 allows and s3transfer uses."""


@pytest.fixture(autouse=True, scope="session")
def botocore_reads_its_tables_once() -> Iterator[None]:
    """Each session of it would parse the megabytes of endpoints and operations anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RcloneServer]:
    with RcloneServer(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company.founded(tmp_path_factory.mktemp("company"))


@pytest.fixture
def settings(
    server: RcloneServer, clean_environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Settings:
    """Settings for the server, with a prefix of the test's own, and working credentials in the environment."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return Settings(bucket="media", s3_endpoint=server.url, prefix=tmp_path.name)


@pytest.fixture
def store(settings: Settings) -> Iterator[S3Store]:
    made = S3Store.from_settings(settings, part_size_bytes=PART_BYTES)
    yield made
    made.close()


@pytest.fixture(scope="session")
def client(server: RcloneServer) -> Iterator[S3Client]:
    """A second way to the same bucket, to see what the store did and to interfere with it."""
    session = boto3.Session(server.access_key, server.secret)
    made = make_client(session, Settings(bucket="media"), server.url)
    yield made
    made.close()


@pytest.fixture
def own_client(settings: Settings) -> Iterator[S3Client]:
    """The client of the assembled store, which a test may spoil."""
    made = make_client(open_session("the test server"), settings, settings.s3_endpoint)
    yield made
    made.close()


@pytest.fixture
def assemble(settings: Settings, own_client: S3Client) -> Iterator[Callable[..., S3Store]]:
    """A store over `own_client`, with some of its parts given by the test."""
    made: list[S3Store] = []

    def build(*, left_s: float | None = math.inf, **parts: Any) -> S3Store:
        usual = {
            "client": own_client,
            "signer": own_client,
            "uploader": Uploader(own_client, part_size_bytes=PART_BYTES),
            "reader": LinkReader(httpx.Client()),
            "credentials_left_s": lambda: left_s,
            "settings": settings,
            "label": "bucket media",
        }
        made.append(S3Store(**{**usual, **parts}))
        return made[-1]

    yield build
    for store in made:
        store.close()


@pytest.fixture
def open_gateway(server: RcloneServer, settings: Settings) -> OpenGateway:
    """A store before which a gateway stands that demands something."""

    @contextmanager
    def opened(demand: Demand, **changes: str) -> Iterator[tuple[S3Store, Gateway]]:
        with Gateway(server.url, server.access_key, server.secret, demand=demand) as gateway:
            store = S3Store.from_settings(
                replace(settings, s3_endpoint=gateway.url, **changes), part_size_bytes=PART_BYTES
            )
            try:
                yield store, gateway
            finally:
                store.close()

    return opened


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Prepared]:
    """Files of random bytes, ready to be sent."""

    def build(size_bytes: int = 2000, name: str = "prepared.flac") -> Prepared:
        path = tmp_path / name
        content = os.urandom(size_bytes)
        path.write_bytes(content)
        return Prepared(path, size_bytes, hashlib.sha256(content).hexdigest(), 1000, 0, 1, temporary=False)

    return build
