from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from captioner.errors import ConfigError
from captioner.settings import Settings
from captioner.storage.s3.session import addressing_style, credentials_left_s, make_client, open_session, store_label


@pytest.mark.parametrize(
    ("style", "endpoint", "bucket", "expected"),
    [
        ("auto", "", "media", "virtual"),
        ("auto", "", "my.media", "path"),
        ("auto", "http://127.0.0.1:9000", "media", "path"),
        ("auto", "http://[::1]:9000", "media", "path"),
        ("auto", "http://192.168.1.5", "media", "path"),
        ("auto", "http://localhost:9000", "media", "path"),
        ("auto", "http://s3.localhost:9000", "media", "path"),
        ("auto", "http://minio:9000", "media", "path"),
        ("auto", "https://s3.oss-ap-southeast-1.aliyuncs.com", "media", "virtual"),
        ("auto", "https://account.r2.cloudflarestorage.com", "media", "virtual"),
        ("auto", "https://s3.example.com", "my.media", "path"),
        ("auto", "https://s3.example.com", "My_Media", "path"),
        ("path", "https://s3.example.com", "media", "path"),
        ("virtual", "http://127.0.0.1:9000", "media", "virtual"),
    ],
)
def test_the_bucket_goes_where_the_host_allows(style: str, endpoint: str, bucket: str, expected: str) -> None:
    assert addressing_style(style, endpoint, bucket) == expected


def test_an_unknown_addressing_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="auto, path or virtual"):
        addressing_style("sideways", "", "media")


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"s3_endpoint": "https://s3.oss-cn-beijing.aliyuncs.com"}, "https://media.s3.oss-cn-beijing.aliyuncs.com/k?"),
        ({"s3_endpoint": "http://10.0.0.7:9000"}, "http://10.0.0.7:9000/media/k?"),
        ({"s3_endpoint": "https://s3.example.com", "s3_addressing": "path"}, "https://s3.example.com/media/k?"),
        ({"s3_region": "eu-central-1"}, "https://media.s3.eu-central-1.amazonaws.com/k?"),
        ({"s3_region": "eu-central-1", "bucket": "my.media"}, "https://s3.eu-central-1.amazonaws.com/my.media/k?"),
    ],
)
def test_signed_addresses_have_the_shape_the_store_expects(changes: dict[str, str], start: str) -> None:
    settings = Settings(**{"bucket": "media", **changes})  # type: ignore[arg-type]
    session = boto3.Session("AKEXAMPLE", "secret")
    client = make_client(session, settings, settings.s3_endpoint)
    url = client.generate_presigned_url("get_object", Params={"Bucket": settings.bucket, "Key": "k"}, ExpiresIn=60)
    client.close()
    assert url.startswith(start)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    assert f"%2F{settings.s3_region or 'us-east-1'}%2Fs3%2Faws4_request" in url


@pytest.mark.parametrize("endpoint", ["s3.example.com", "http://", "http://[half"])
def test_an_endpoint_that_is_no_address_is_a_matter_of_configuration(endpoint: str) -> None:
    with pytest.raises(ConfigError, match="https://host"):
        make_client(boto3.Session("AK", "s"), Settings(bucket="media"), endpoint)


def test_without_credentials_the_message_says_where_to_put_them() -> None:
    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID") as caught:
        open_session("bucket media at h")
    assert caught.value.exit_code == 2


def test_an_unknown_profile_is_a_matter_of_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ConfigError, match="AWS_PROFILE"):
        open_session("bucket media at h")


def test_half_a_pair_of_keys_is_a_matter_of_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    with pytest.raises(ConfigError, match="half of the storage credentials"):
        open_session("bucket media at h")


def test_permanent_credentials_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials_left_s(boto3.Session("AK", "s")) == math.inf


def test_a_session_token_alone_does_not_say_when_it_ends() -> None:
    assert credentials_left_s(boto3.Session("AK", "s", "token")) is None


def test_temporary_credentials_say_how_long_they_still_have(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_SESSION_TOKEN": "t",
        "AWS_CREDENTIAL_EXPIRATION": (now + timedelta(hours=2)).isoformat(),
    }.items():
        monkeypatch.setenv(name, value)
    assert credentials_left_s(open_session("h"), lambda: now) == 7200


@pytest.mark.process
def test_credentials_from_a_program_say_how_long_they_still_have(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    ends = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    reply = clean_environment / "reply.json"
    reply.write_text(
        f'{{"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "{ends}"}}'
    )
    config = clean_environment / "config"
    config.write_text(f"[default]\ncredential_process = cat {reply}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert credentials_left_s(open_session("h"), lambda: now) == 3600


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("", "bucket media at AWS"),
        ("http://127.0.0.1:9000", "bucket media at 127.0.0.1:9000"),
        ("https://anna:hunter2@s3.example.com", "bucket media at s3.example.com"),
        ("nonsense", "bucket media at its endpoint"),
    ],
)
def test_the_store_is_named_without_secrets(endpoint: str, expected: str) -> None:
    assert store_label("media", endpoint) == expected
