"""Links of our own signer are boto3's, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
import botocore.auth
import pytest

from captioner.settings import Settings
from captioner.storage.s3.presigner import Presigner
from captioner.storage.s3.session import make_client

KEYS = (
    "captioner/0123abcd/talk.flac",
    "a b/ü~(1)+&=%/x?y#z.wav",
    "x//y/./../z",
    "/first",
    "漢字.mp3",
    "a'!*,;:@$[]",
    " ",
)


@pytest.fixture
def held_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the time of all signatures."""

    def hold(hour: int) -> None:
        moment = datetime(2026, 5, 17, hour, 30, 12)
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: moment)

    hold(0)
    return hold


def session_of(token: str | None) -> boto3.Session:
    return boto3.Session("AKIDEXAMPLE", "secret/of+the=test", token, region_name="eu-central-1")


@pytest.mark.parametrize("token", [None, "to/ken+=="])
@pytest.mark.parametrize(
    ("endpoint", "addressing", "bucket", "region"),
    [
        ("https://s3.example.com", "path", "media", "eu-west-3"),
        ("http://127.0.0.1:9807", "auto", "media", ""),
        ("https://s3.example.com:8443", "virtual", "media", "eu-west-3"),
        ("https://oss-cn-beijing.aliyuncs.com", "auto", "media", "cn-beijing"),
        ("https://gateway.example.com/base/path", "path", "media", "x"),
        ("", "auto", "media", "eu-west-3"),
        ("", "path", "media.with.dots", "us-east-1"),
        ("", "auto", "arn:aws:s3:eu-west-3:123456789012:accesspoint/mine", "eu-west-3"),
    ],
)
def test_links_are_those_of_boto3(
    endpoint: str, addressing: str, bucket: str, region: str, token: str | None, held_time: Callable[[int], None]
) -> None:
    session = session_of(token)
    settings = Settings(bucket=bucket, s3_endpoint=endpoint, s3_addressing=addressing, s3_region=region)
    client = make_client(session, settings, endpoint)
    credentials: Any = session.get_credentials()
    signer = Presigner(client, credentials.get_frozen_credentials)
    for hour, key in enumerate((KEYS[0], *KEYS)):
        held_time(hour)
        given: Any = {"Params": {"Bucket": bucket, "Key": key}, "ExpiresIn": 3600 + hour}
        assert signer.generate_presigned_url("get_object", **given) == client.generate_presigned_url(
            "get_object", **given
        )
    assert signer._places[bucket] is not None
    client.close()


def test_only_the_first_link_to_a_bucket_is_made_by_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client(session_of(None), Settings(bucket="media"), "http://127.0.0.1:1")
    credentials: Any = session_of(None).get_credentials()
    signer = Presigner(client, credentials.get_frozen_credentials)
    first = signer.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "a"}, ExpiresIn=60)
    monkeypatch.setattr(client, "generate_presigned_url", None)
    second = signer.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "b"}, ExpiresIn=60)
    assert (first.partition("?")[0], second.partition("?")[0]) == (
        "http://127.0.0.1:1/media/a",
        "http://127.0.0.1:1/media/b",
    )
    with pytest.raises(TypeError):
        signer.generate_presigned_url("get_object", Params={"Bucket": "other", "Key": "b"}, ExpiresIn=60)


def test_credentials_are_asked_for_at_every_link() -> None:
    sessions = iter([session_of("one"), session_of("two")])
    client = make_client(session_of("none"), Settings(bucket="media"), "http://127.0.0.1:1")

    def credentials() -> Any:
        found: Any = next(sessions).get_credentials()
        return found.get_frozen_credentials()

    signer = Presigner(client, credentials)
    links = [
        signer.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": key}, ExpiresIn=60)
        for key in ("a", "b", "c")
    ]
    assert [token for link in links for token in ("none", "one", "two") if f"Security-Token={token}" in link] == [
        "none",
        "one",
        "two",
    ]


@pytest.mark.parametrize("signature", ["s3", "v4a"])
def test_links_that_are_signed_in_another_way_are_left_to_boto3(signature: str) -> None:
    from captioner.storage.s3.presigner import _place_of

    old = "https://media.s3.amazonaws.com/a?AWSAccessKeyId=AK&Signature=x&Expires=1"
    other = "https://media.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-SignedHeaders=host"
    assert _place_of(old if signature == "s3" else other, "a") is None
