"""The store is reached by the proxies and with the authorities that count for the service, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from captioner.errors import ConfigError, StorageUnavailable
from captioner.model import Prepared
from captioner.settings import Settings
from captioner.storage import S3Store
from tests.authorities import Company
from tests.doubles_s3 import RcloneServer
from tests.network.doubles import ConnectProxy, SocksProxy, TlsServer
from tests.storage.gateway import Gateway

Make = Callable[..., Prepared]
HOST = "store.example"
NOTHING_THERE = b"<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"


def put(settings: Settings, make: Make) -> None:
    store = S3Store.from_settings(settings)
    try:
        stored = store.put(make(), "talk.mp4")
        store.verify_readable(store.sign(stored))
    finally:
        store.close()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks"])
@pytest.mark.parametrize("login", [None, ("anna", "p@ss")])
def test_socks_leads_to_the_store_and_to_its_links(
    scheme: str, login: tuple[str, str] | None, settings: Settings, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = urlsplit(settings.s3_endpoint)
    with SocksProxy({(HOST, 80): ("127.0.0.1", target.port or 0)}, login=login) as proxy:
        user = "anna:p%40ss@" if login else ""
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://{user}127.0.0.1:{proxy.port}")
        put(replace(settings, s3_endpoint=f"http://{HOST}", s3_addressing="path"), make)
    assert set(proxy.asked) == {(HOST, 80)}


def test_an_http_proxy_with_a_password_leads_to_the_store(
    server: RcloneServer, settings: Settings, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gateway(server.url, server.access_key, server.secret) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("http://", "http://anna:secret@"))
        put(replace(settings, s3_endpoint=f"http://{HOST}", s3_addressing="path"), make)
    assert {one.headers["host"] for one in proxy.seen} == {HOST}
    assert {one.headers["proxy-authorization"] for one in proxy.seen} == {"Basic YW5uYTpzZWNyZXQ="}


@pytest.mark.parametrize("exempt", ["store.example", ".example", "*", "127.0.0.0/8,store.example"])
def test_an_exempt_store_is_not_asked_for_through_the_proxy(
    exempt: str, settings: Settings, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SocksProxy({}) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", exempt)
        with pytest.raises(StorageUnavailable):  # the name does not exist
            put(replace(settings, s3_endpoint=f"http://{HOST}", s3_addressing="path"), make)
    assert proxy.asked == []


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"])
def test_the_authority_of_a_company_is_trusted_by_any_variable(
    name: str,
    settings: Settings,
    company: Company,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        TlsServer(company.context(HOST), lambda head: NOTHING_THERE) as store_server,
        ConnectProxy({(HOST, 443): store_server.address}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv(name, str(company.bundle))
        store = S3Store.from_settings(replace(settings, s3_endpoint=f"https://{HOST}", s3_addressing="path"))
        assert list(store.own_objects(0)) == []
        store.close()
    assert len(store_server.heads) == 1


def test_the_profiles_own_bundle_counts_and_so_does_the_setting(
    settings: Settings,
    company: Company,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "aws-config"
    config.write_text(f"[default]\nca_bundle = {company.bundle}\n")
    over_tls = replace(settings, s3_endpoint=f"https://{HOST}", s3_addressing="path")
    with (
        TlsServer(company.context(HOST), lambda head: NOTHING_THERE) as store_server,
        ConnectProxy({(HOST, 443): store_server.address}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        for setting, aws_config in ((str(company.bundle), "/dev/null"), ("", str(config))):
            monkeypatch.setenv("AWS_CONFIG_FILE", aws_config)
            store = S3Store.from_settings(replace(over_tls, ca_bundle=setting))
            assert list(store.own_objects(0)) == []
            store.close()


def test_an_authority_that_is_not_trusted_is_told_at_once_and_not_tried_again(
    settings: Settings,
    company: Company,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        TlsServer(company.context(HOST)) as store_server,
        ConnectProxy({(HOST, 443): store_server.address}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ConfigError, match=r"authority that is not trusted; .* name a file .* with "):
            put(replace(settings, s3_endpoint=f"https://{HOST}", s3_addressing="path"), make)
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_bundle_that_cannot_be_read_is_named(
    variable: str, content: bytes | None, settings: Settings, make: Make, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(ConfigError, match=f"^{variable}: "):
        put(settings, make)
