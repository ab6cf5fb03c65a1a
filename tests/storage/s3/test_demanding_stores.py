"""Stores that take uploads only with a checksum, only encrypted, or not at all because they are full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from captioner.errors import ConfigError, CredentialsRefused, StorageUnavailable
from captioner.model import Prepared
from captioner.settings import Settings
from captioner.storage import S3Store
from tests.sigv4 import SignedRequest
from tests.storage.conftest import PART_BYTES, OpenGateway
from tests.storage.gateway import Gateway, Refusal

Make = Callable[..., Prepared]
_UPLOADS = ("PUT", "POST")

OBJECT_LOCK = (
    "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
)
"""Message of Amazon S3 for an upload without a checksum; Amazon S3 User Guide, "Object Lock considerations"."""


def wants_checksum(request: SignedRequest) -> Refusal | None:
    is_content = request.method == "PUT"
    has_one = "content-md5" in request.headers or any(name.startswith("x-amz-checksum-") for name in request.headers)
    return (400, "InvalidRequest", OBJECT_LOCK) if is_content and not has_one else None


def uploads(gateway: Gateway) -> list[SignedRequest]:
    return [one for one in gateway.seen if one.method == "PUT"]


@pytest.mark.parametrize("size_bytes", [2000, PART_BYTES + 7])
def test_a_bucket_with_object_lock_gets_checksums_once_it_demands_them(
    size_bytes: int, open_gateway: OpenGateway, make: Make
) -> None:
    with open_gateway(wants_checksum) as (store, gateway):
        stored = store.put(make(size_bytes), "talk.mp4")
        assert store.exists(stored)
        refused = [one for one in uploads(gateway) if "content-md5" not in one.headers]
        assert refused
        before = len(uploads(gateway))
        store.put(make(3000, "second.flac"), "second.mp4")
        assert all("content-md5" in one.headers for one in uploads(gateway)[before:])
        assert gateway.faults == []


def test_the_setting_sends_checksums_from_the_start(open_gateway: OpenGateway, make: Make) -> None:
    with open_gateway(wants_checksum, s3_checksums="md5") as (store, gateway):
        store.put(make(), "talk.mp4")
        assert [bool(one.headers.get("content-md5")) for one in uploads(gateway)] == [True]


@pytest.mark.parametrize(
    ("changes", "environ"),
    [({"s3_checksums": "when_supported"}, ""), ({}, "when_supported"), ({}, "WHEN_SUPPORTED")],
)
def test_checksums_as_boto3_sends_them_are_a_setting_and_a_variable_of_aws(
    changes: dict[str, str], environ: str, open_gateway: OpenGateway, make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if environ:
        monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", environ)
    with open_gateway(wants_checksum, **changes) as (store, gateway):
        store.put(make(), "talk.mp4")
        (sent,) = uploads(gateway)
        assert any(name.startswith("x-amz-checksum-") for name in sent.headers)


def test_a_store_that_wants_no_checksum_gets_none(open_gateway: OpenGateway, make: Make) -> None:
    with open_gateway(lambda request: None) as (store, gateway):
        store.put(make(), "talk.mp4")
        (sent,) = uploads(gateway)
        assert not {"content-md5", "x-amz-checksum-crc32", "x-amz-trailer"} & set(sent.headers)


def test_a_store_that_is_content_with_no_checksum_of_ours_is_named_with_the_setting(
    open_gateway: OpenGateway, make: Make
) -> None:
    with (
        open_gateway(lambda one: (400, "InvalidRequest", OBJECT_LOCK) if one.method == "PUT" else None) as (store, _),
        pytest.raises(ConfigError, match=r"a checksum with every upload \(InvalidRequest\); use --s3-checksums md5"),
    ):
        store.put(make(), "talk.mp4")


def wants_encryption(request: SignedRequest) -> Refusal | None:
    begins = request.method in _UPLOADS and ("partNumber" not in request.target and "uploadId" not in request.target)
    if begins and request.headers.get("x-amz-server-side-encryption") != "aws:kms":
        return 403, "AccessDenied", "Access Denied"
    return None


@pytest.mark.parametrize("size_bytes", [2000, PART_BYTES + 7])
def test_a_policy_that_demands_encryption_is_met(size_bytes: int, open_gateway: OpenGateway, make: Make) -> None:
    with open_gateway(wants_encryption, encryption="aws:kms", kms_key="arn:aws:kms:eu-west-1:1:key/2") as (
        store,
        gateway,
    ):
        assert store.exists(store.put(make(size_bytes), "talk.mp4"))
        first = next(one for one in gateway.seen if one.method in _UPLOADS)
        assert first.headers["x-amz-server-side-encryption-aws-kms-key-id"] == "arn:aws:kms:eu-west-1:1:key/2"
        assert gateway.faults == []


def test_a_refusal_of_an_upload_mentions_encryption(open_gateway: OpenGateway, make: Make) -> None:
    with (
        open_gateway(wants_encryption, encryption="AES256") as (store, _),
        pytest.raises(CredentialsRefused, match="if the bucket demands encryption, set --encryption"),
    ):
        store.put(make(), "talk.mp4")


def test_a_key_that_may_not_be_used_is_told_apart(open_gateway: OpenGateway, make: Make) -> None:
    said = "User: arn:aws:iam::1:user/anna is not authorized to perform: kms:GenerateDataKey on this resource"
    with (
        open_gateway(lambda one: (403, "AccessDenied", said) if one.method == "PUT" else None) as (store, _),
        pytest.raises(CredentialsRefused, match="grant kms:GenerateDataKey and kms:Decrypt") as caught,
    ):
        store.put(make(), "talk.mp4")
    assert "anna" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"encryption": "aes"}, "'aes': not known; use one of AES256, aws:kms, aws:kms:dsse"),
        ({"kms_key": "k"}, "use --encryption aws:kms"),
        ({"kms_key": "k", "encryption": "AES256"}, "use --encryption aws:kms"),
        ({"s3_checksums": "crc32"}, "'crc32': not known; use one of md5, when_supported, when_required"),
    ],
)
def test_what_no_store_understands_is_refused_before_anything_is_sent(
    changes: dict[str, str], text: str, settings: Settings
) -> None:
    with pytest.raises(ConfigError, match=text):
        S3Store.from_settings(replace(settings, **changes))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "QuotaExceeded"),
        (403, "storage_cap_exceeded"),
        (507, "InsufficientStorage"),
        (409, "XMinioAdminBucketQuotaExceeded"),
        (507, "XMinioStorageFull"),
    ],
)
def test_a_full_store_is_told_as_full(status: int, code: str, open_gateway: OpenGateway, make: Make) -> None:
    with (
        open_gateway(lambda one: (status, code, "no room") if one.method == "PUT" else None) as (store, _),
        pytest.raises(StorageUnavailable, match=rf"is full \({code}\); delete something there, or raise its quota"),
    ):
        store.put(make(), "talk.mp4")
