"""A domain of one's own before a bucket: signatures hold where the bucket is in no path.

The server behind it is a real one that takes the bucket from the host's name; the gateway before it verifies every
signature a second time, by an implementation that shares nothing with botocore.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from captioner.errors import ConfigError, CredentialsRefused
from captioner.model import Prepared
from captioner.settings import Settings
from captioner.storage import S3Store
from captioner.storage.s3.session import make_client, make_signer, open_session
from tests.doubles_s3 import RcloneServer
from tests.sigv4 import SignedRequest, target_of, verify
from tests.storage.conftest import PART_BYTES
from tests.storage.gateway import Gateway

pytestmark = pytest.mark.process

Make = Callable[..., Prepared]
HOST = "media.films.example"
DOMAIN = f"http://{HOST}"


@pytest.fixture(scope="module")
def own_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RcloneServer]:
    with RcloneServer(tmp_path_factory.mktemp("domain"), has_bucket_in_host=True) as running:
        yield running


@pytest.fixture
def gateway(own_host: RcloneServer, clean_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """The domain; only an HTTP proxy, which is the gateway, knows where it lies."""
    with Gateway(own_host.url, own_host.access_key, own_host.secret) as running:
        for name, value in own_host.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HTTP_PROXY", running.url)
        yield running


@pytest.fixture
def settings(gateway: Gateway, tmp_path: Path) -> Settings:
    return Settings(bucket="media", s3_endpoint=DOMAIN, s3_addressing="domain", prefix=tmp_path.name)


@pytest.fixture
def store(settings: Settings) -> Iterator[S3Store]:
    made = S3Store.from_settings(settings, part_size_bytes=PART_BYTES)
    yield made
    made.close()


@pytest.mark.parametrize("size_bytes", [2000, 2 * PART_BYTES + 7])
@pytest.mark.parametrize("name", ["talk.mp4", "会议 2026 (1) + ~draft.mp4"])
def test_everything_of_an_objects_life_works_under_the_domain(
    size_bytes: int, name: str, store: S3Store, gateway: Gateway, make: Make
) -> None:
    prepared = make(size_bytes)
    stored = store.put(prepared, name)
    signed = store.sign(stored)
    store.verify_readable(signed)
    assert httpx.get(signed.url).content == prepared.path.read_bytes()
    assert store.exists(stored)
    assert [one.key for one in store.own_objects(0)] == [stored.key]
    assert store.unfinished_uploads(0) == []
    store.delete(stored)
    assert not store.exists(stored)
    assert gateway.faults == []
    assert not [one.target for one in gateway.seen if one.target.startswith("/media")]


def test_a_link_names_the_domain_and_not_the_bucket(store: S3Store, make: Make) -> None:
    stored = store.put(make(), "talk.mp4")
    parts = urlsplit(store.sign(stored).url)
    assert (parts.scheme, parts.hostname, parts.path) == ("http", HOST, f"/{stored.key}")


def test_a_tampered_link_is_refused_by_the_gateway_and_by_the_server(
    store: S3Store, gateway: Gateway, own_host: RcloneServer, make: Make
) -> None:
    url = store.sign(store.put(make(), "talk.mp4")).url
    changed = url.replace("X-Amz-Expires=2", "X-Amz-Expires=3")
    assert changed != url
    assert httpx.get(changed).status_code == 403
    direct = httpx.get(f"{own_host.url}{target_of(changed)}", headers={"Host": HOST}, trust_env=False)
    assert direct.status_code == 403
    assert httpx.get(f"{own_host.url}{target_of(url)}", headers={"Host": HOST}, trust_env=False).status_code == 200


def test_wrong_credentials_are_told(settings: Settings, monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    store = S3Store.from_settings(settings)
    with pytest.raises(CredentialsRefused, match="SignatureDoesNotMatch"):
        store.put(make(), "talk.mp4")
    store.close()


def test_uploads_by_path_and_links_under_the_domain(
    server: RcloneServer, gateway: Gateway, tmp_path: Path, make: Make
) -> None:
    """The inner address takes the bucket in the path, and only the public one is a domain."""
    settings = Settings(
        bucket="media", s3_endpoint=server.url, public_endpoint=DOMAIN, public_addressing="domain", prefix=tmp_path.name
    )
    store = S3Store.from_settings(settings)
    prepared = make()
    stored = store.put(prepared, "talk.mp4")
    link = store.sign(stored).url
    behind = S3Store.from_settings(
        Settings(bucket="media", s3_endpoint=DOMAIN, s3_addressing="domain", prefix=tmp_path.name)
    )
    assert behind.put(prepared, "talk.mp4").key == stored.key  # in place of one store with two addresses
    behind.close()
    assert urlsplit(link).path == f"/{stored.key}"
    assert httpx.get(link).status_code == 200
    assert gateway.faults == []
    store.close()


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("https://media.example.com", ""),
        ("https://media.example.com/", ""),
        ("https://media.example.com:8443", ""),
        ("https://gateway.example/films", "/films"),
        ("https://gateway.example/films/", "/films"),
    ],
)
@pytest.mark.parametrize("key", ["a/b.flac", "a b+c/é~(1)&=?#.flac", "media/media.flac"])
@pytest.mark.parametrize("token", ["", "a/session+token=="])
def test_links_verify_against_the_description_of_the_signature(
    endpoint: str, path: str, key: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKLINKS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a/secret+")
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    settings = Settings(bucket="media", s3_addressing="domain", s3_region="cn-hangzhou")
    signer = make_signer(open_session("here"), settings, endpoint)
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": key}, ExpiresIn=600)
    host = urlsplit(endpoint).netloc
    request = SignedRequest("GET", target_of(url), {"host": host})
    assert url.startswith(f"https://{host}{path}/")
    assert verify(request, "AKLINKS", "a/secret+") == ""
    assert verify(request, "AKLINKS", "a/secret+", now=datetime.now(UTC) + timedelta(seconds=700)) == "expired"
    elsewhere = SignedRequest("GET", target_of(url), {"host": f"media.{host}"})
    assert verify(elsewhere, "AKLINKS", "a/secret+") == "the signature does not fit"


def test_a_domain_needs_its_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(ConfigError, match="no endpoint is set; give the bucket's own URL with --s3-endpoint"):
        make_client(open_session("here"), Settings(bucket="media", s3_addressing="domain"), "")
