from __future__ import annotations

import errno
from typing import Any

import pytest
from botocore import exceptions as boto

from captioner.errors import (
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    MediaError,
    StorageRejected,
    StorageUnavailable,
)
from captioner.storage.s3.errors import find_disk_error, map_errors


def answer(code: str, status: int, **headers: str) -> boto.ClientError:
    """What botocore raises for an error body, with the fields that repeat secrets."""
    reply: Any = {
        "Error": {"Code": code, "Message": "m", "AWSAccessKeyId": "AKSECRET", "StringToSign": "AKSECRET"},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }
    return boto.ClientError(reply, "PutObject")


def ours(error: BaseException) -> CaptionerError:
    with pytest.raises(CaptionerError) as caught, map_errors("talk.mp4", "bucket media at h"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    ("code", "status", "kind", "hint"),
    [
        ("InvalidAccessKeyId", 403, CredentialsRefused, "access key"),
        ("SignatureDoesNotMatch", 403, CredentialsRefused, "secret"),
        ("AccessDenied", 403, CredentialsRefused, "PutObject"),
        ("ExpiredToken", 400, CredentialsRefused, "renew"),
        ("403", 403, CredentialsRefused, "check them"),
        ("SomethingNew", 401, CredentialsRefused, "check them"),
        ("NoSuchBucket", 404, ConfigError, "bucket media"),
        ("RequestTimeTooSkewed", 403, ConfigError, "clock"),
        ("AuthorizationHeaderMalformed", 400, ConfigError, "region"),
        ("SecondLevelDomainForbidden", 403, ConfigError, "virtual"),
        ("SlowDown", 503, StorageUnavailable, "try again"),
        ("InternalError", 200, StorageUnavailable, "try again"),
        ("500", 500, StorageUnavailable, "try again"),
        ("TooManyRequests", 429, StorageUnavailable, "try again"),
        ("BadDigest", 400, StorageUnavailable, "try again"),
        ("EntityTooLarge", 400, StorageRejected, "HTTP 400"),
    ],
)
def test_an_answer_of_the_store_is_sorted_by_what_to_do(
    code: str, status: int, kind: type[CaptionerError], hint: str
) -> None:
    error = ours(answer(code, status))
    assert type(error) is kind
    assert error.code == code
    assert hint in str(error)
    assert str(error).startswith("talk.mp4: bucket media at h")
    assert "AKSECRET" not in repr(error)
    assert "\n" not in str(error)


def test_the_store_may_say_when_to_come_back() -> None:
    error = ours(answer("SlowDown", 503, **{"retry-after": "7"}))
    assert isinstance(error, StorageUnavailable)
    assert error.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (boto.NoCredentialsError(), ConfigError),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), ConfigError),
        (boto.ParamValidationError(report="Bucket"), ConfigError),
        (boto.CredentialRetrievalError(provider="sso", error_msg="AKSECRET"), CredentialsRefused),
        (boto.EndpointConnectionError(endpoint_url="https://h/?sig=AKSECRET"), StorageUnavailable),
        (boto.ConnectTimeoutError(endpoint_url="https://h"), StorageUnavailable),
        (boto.ReadTimeoutError(endpoint_url="https://h"), StorageUnavailable),
        (boto.ConnectionClosedError(endpoint_url="https://h"), StorageUnavailable),
        (boto.SSLError(endpoint_url="https://h", error="[SSL] unexpected eof"), StorageUnavailable),
        (boto.SSLError(endpoint_url="https://h", error="CERTIFICATE_VERIFY_FAILED"), ConfigError),
        (OSError(errno.EIO, "Input/output error"), MediaError),
    ],
)
def test_a_library_error_is_sorted_by_what_to_do(error: BaseException, kind: type[CaptionerError]) -> None:
    made = ours(error)
    assert type(made) is kind
    assert "AKSECRET" not in repr(made)


def test_a_bad_disk_is_not_mistaken_for_a_bad_network() -> None:
    broken = ConnectionError("Connection aborted.", OSError(errno.EIO, "Input/output error"))
    error = ours(boto.ConnectionClosedError(endpoint_url="https://h", error=broken))
    assert isinstance(error, MediaError)
    assert "Input/output error" in str(error)


@pytest.mark.parametrize("number", [errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT, errno.ECONNREFUSED])
def test_a_bad_network_is_not_mistaken_for_a_bad_disk(number: int) -> None:
    assert find_disk_error(boto.ConnectionClosedError(endpoint_url="h", error=OSError(number, "net"))) is None


def test_our_own_errors_pass_unchanged() -> None:
    with pytest.raises(MediaError, match="as it was"), map_errors("a", "b"):
        raise MediaError("as it was")
