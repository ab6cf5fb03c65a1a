"""Settings of AWS's own count where ours are silent, as boto3 uses them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from captioner.errors import ConfigError
from captioner.jobs.services import store_id
from captioner.model import Prepared, StoredObject
from captioner.settings import Settings
from captioner.storage import S3Store, open_store
from captioner.storage.s3.aws_settings import read_aws_settings
from captioner.storage.s3.session import open_session
from tests.doubles_s3 import RcloneServer

Make = Callable[..., Prepared]
THEIRS = "https://objects.firm.example"


@pytest.fixture
def profile(clean_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes the AWS configuration; the credentials are in it, too."""
    path = tmp_path / "aws-config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def write(text: str) -> None:
        keys = "aws_access_key_id = AKPROFILE\naws_secret_access_key = secret\n"
        path.write_text(f"[default]\n{keys}{text}\n")

    return write


def link(settings: Settings | None = None) -> str:
    store = S3Store.from_settings(settings or Settings(bucket="media"))
    try:
        return store.sign(StoredObject("s3", "media", "a.flac", 1)).url
    finally:
        store.close()


@pytest.mark.parametrize(
    ("text", "environ", "start"),
    [
        ("", {}, "https://media.s3.amazonaws.com/a.flac"),
        ("region = eu-west-3", {}, "https://media.s3.eu-west-3.amazonaws.com/a.flac"),
        (f"endpoint_url = {THEIRS}", {}, "https://media.objects.firm.example/a.flac"),
        (f"endpoint_url = {THEIRS}\ns3 =\n  addressing_style = path", {}, f"{THEIRS}/media/a.flac"),
        ("s3 =\n  addressing_style = virtual", {"AWS_ENDPOINT_URL": "https://store"}, "https://media.store/a.flac"),
        ("s3 =\n  addressing_style = auto", {"AWS_ENDPOINT_URL": "https://store"}, "https://store/media/a.flac"),
        (f"services = mine\n[services mine]\ns3 =\n  endpoint_url = {THEIRS}", {}, "https://media.objects.firm"),
        ("endpoint_url = https://wrong.example", {"AWS_ENDPOINT_URL": THEIRS}, "https://media.objects.firm.example/"),
        ("", {"AWS_ENDPOINT_URL_S3": THEIRS, "AWS_ENDPOINT_URL": "https://wrong.example"}, "https://media.objects.fi"),
        (
            f"endpoint_url = {THEIRS}",
            {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "https://media.s3.amazonaws.com/",
        ),
        (f"ignore_configured_endpoint_urls = true\nendpoint_url = {THEIRS}", {}, "https://media.s3.amazonaws.com/"),
    ],
)
def test_links_are_for_the_endpoint_and_the_addressing_that_boto3_would_use(
    text: str, environ: dict[str, str], start: str, profile: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(text)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert link().startswith(start)


def test_our_own_settings_win(profile: Callable[[str], None]) -> None:
    profile("endpoint_url = https://theirs.example\ns3 =\n  addressing_style = virtual")
    ours = Settings(bucket="media", s3_endpoint="https://ours.example", s3_addressing="path")
    assert link(ours).startswith("https://ours.example/media/a.flac")
    assert link(replace(ours, s3_endpoint="")).startswith("https://theirs.example/media/a.flac")
    assert link(replace(ours, s3_addressing="auto")).startswith("https://media.ours.example/a.flac")


@pytest.mark.parametrize(
    ("text", "environ", "source"),
    [
        ("", {"AWS_ENDPOINT_URL_S3": "objects.firm.example"}, "AWS_ENDPOINT_URL_S3"),
        ("", {"AWS_ENDPOINT_URL": "objects.firm.example"}, "AWS_ENDPOINT_URL"),
        ("endpoint_url = objects.firm.example", {}, "endpoint_url of the AWS profile"),
    ],
)
def test_an_endpoint_that_is_no_url_is_named_with_its_source(
    text: str, environ: dict[str, str], source: str, profile: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(text)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"^{source}: not the URL of a store; it looks like https://host$"):
        link()


def test_the_source_of_an_endpoint_is_known(profile: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    profile(f"endpoint_url = {THEIRS}")
    assert read_aws_settings(open_session("here")).endpoint_source == "endpoint_url of the AWS profile"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", THEIRS)
    assert read_aws_settings(open_session("here")).endpoint_source == "AWS_ENDPOINT_URL_S3"


def test_an_object_really_goes_to_the_profiles_store(
    server: RcloneServer, profile: Callable[[str], None], make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile(f"endpoint_url = {server.url}")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    store = S3Store.from_settings(Settings(bucket="media", prefix=tmp_path.name))
    stored = store.put(make(), "talk.mp4")
    store.verify_readable(store.sign(stored))
    assert (server.root / "media" / stored.key).is_file()
    assert urlsplit(store.sign(stored).url).netloc == urlsplit(server.url).netloc
    store.close()


def test_buckets_of_one_name_at_two_endpoints_of_the_profile_are_two_stores(profile: Callable[[str], None]) -> None:
    settings = Settings(bucket="media", storage="s3")
    names = set()
    for endpoint in ("https://one.example", "https://two.example"):
        profile(f"endpoint_url = {endpoint}")
        store = open_store(settings, "fun-asr")
        names.add(store_id(store, settings, "service"))
        store.close()
    assert names == {"s3 https://one.example media", "s3 https://two.example media"}
    ours = replace(settings, s3_endpoint="https://ours.example")
    store = open_store(ours, "fun-asr")
    assert store_id(store, ours, "service") == "s3 https://ours.example media"
    store.close()
