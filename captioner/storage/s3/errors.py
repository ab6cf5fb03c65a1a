"""Maps botocore's errors to ours. Messages say what the user can do.

The table follows Amazon S3 API Reference, "Error responses", with the names Alibaba OSS uses where they differ
(OSS: "Error codes"). Messages carry the code and never the body: a signature error's body repeats the access key.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from captioner.errors import (
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    MediaError,
    StorageRejected,
    StorageUnavailable,
)
from captioner.network import describe_network_error, setup_fault
from captioner.storage.s3.checksums import demands_checksum
from captioner.storage.store_response import retry_after_s

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

__all__ = ["error_code", "find_disk_error", "http_status", "is_temporary", "map_errors"]

_SETUP_ADVICE = {
    "NoSuchBucket": "there is no such bucket; check its name and the endpoint",
    "InvalidBucketName": "that is not a bucket name; check it",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it, signatures hold for 15 minutes",
    "PermanentRedirect": "the bucket is in another region; set the region or the endpoint it belongs to",
    "301": "the bucket is in another region; set the region or the endpoint it belongs to",
    "AuthorizationHeaderMalformed": "the signing region is not the bucket's; set the region",
    "IllegalLocationConstraintException": "the signing region is not the bucket's; set the region",
    "SecondLevelDomainForbidden": "the store wants the bucket in the host name; set the addressing to virtual",
    "MethodNotAllowed": "that address does not speak S3; check the endpoint",
    "405": "that address does not speak S3; check the endpoint",
    "407": "the proxy demands a user name and a password; write them into its address, http://user:password@host",
    "InvalidEncryptionAlgorithmError": "it does not know that encryption; check storage.encryption",
    "KMS.NotFoundException": "there is no such key in the bucket's region; check storage.kms_key",
    "KMS.DisabledException": "the key is disabled; enable it, or set another as storage.kms_key",
    "KMS.KMSInvalidStateException": "the key cannot be used now; check its state, or set another as storage.kms_key",
    "NoSuchAccessPoint": "there is no such access point; check its ARN",
}

_CREDENTIALS_ADVICE = {
    "AccessDenied": "they may not do this; grant GetObject, PutObject and DeleteObject on the prefix",
    "ExpiredToken": "they have expired; renew them",
    "RequestExpired": "they have expired; renew them",
    "InvalidAccessKeyId": "the access key is not known there; check key and endpoint",
    "SignatureDoesNotMatch": "the secret does not fit the access key; check both, and that a proxy changes nothing",
    "InvalidToken": "the session token is not valid; renew it",
    "InvalidSecurityToken": "the session token is not valid; renew it",
    "AllAccessDisabled": "the account is blocked; ask the store's operator",
    "AccountProblem": "the account is blocked; ask the store's operator",
    "UserDisable": "the account is blocked, often for an unpaid bill; ask the store's operator",
    "NotSignedUp": "the account has no storage service; sign up for it",
}

_QUOTA = re.compile(r"quota.*exceeded|exceeded.*quota|insufficient.?storage|storage.?(?:cap|full|limit)", re.IGNORECASE)
"""Codes of a store that is full: QuotaExceeded (Ceph, Scaleway), XMinioAdminBucketQuotaExceeded and XMinioStorageFull
(MinIO), storage_cap_exceeded (Backblaze), InsufficientStorage (Swift). Some come with the status 403."""

_INSUFFICIENT_STORAGE = 507  # RFC 4918, 11.5

_RETRYABLE = {
    "InternalError",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "RequestTimeout",
    "RequestThrottled",
    "TooManyRequests",
    "BandwidthLimitExceeded",
    "OperationAborted",
    "NoSuchUpload",  # a lifecycle rule ended the upload under way
    "BadDigest",  # damaged in transit
    "XAmzContentSHA256Mismatch",  # the same
}
_RETRYABLE_STATUS = {408, 409, 429}

_DISK_ERRNOS = {errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.EISDIR, errno.ENOENT, errno.EACCES}


@contextmanager
def map_errors(name: str, label: str) -> Iterator[None]:
    """Map every botocore and disk error raised inside the block to one of ours.

    Args:
        name: The file the message is about.
        label: The store, as in "bucket media at s3.example.com".
    """
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _from_response(error, label, name) from error
    except BotoCoreError as error:
        if disk := find_disk_error(error):
            raise MediaError(f"cannot be read any more ({disk.strerror}); check the disk", file=name) from error
        raise _from_library(error, label, name) from error
    except Boto3Error as error:
        raise StorageUnavailable(f"{label} failed ({describe_network_error(error)}); try again", file=name) from error
    except OSError as error:
        raise MediaError(f"cannot be read for uploading ({error.strerror}); check the file", file=name) from error


def error_code(error: ClientError) -> str:
    """The store's own error code; the HTTP status when the answer had no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def http_status(error: ClientError) -> int:
    """The HTTP status of the answer, 0 when unknown."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_temporary(error: ClientError) -> bool:
    """Whether the store asks to come again later."""
    status = http_status(error)
    return error_code(error) in _RETRYABLE or status >= 500 or status in _RETRYABLE_STATUS


def find_disk_error(error: BaseException) -> OSError | None:
    """The disk's own error inside a network error, if there is one.

    The file is read while the request is being sent, so urllib3 reports a bad disk as a broken connection.
    """
    queue: list[object] = [error]
    seen: set[int] = set()
    while queue:
        one = queue.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, OSError) and one.errno in _DISK_ERRNOS:
            return one
        inner = getattr(one, "kwargs", {})
        queue += [one.__cause__, one.__context__, *one.args, *(inner.values() if isinstance(inner, dict) else ())]
    return None


def _from_response(error: ClientError, place: str, name: str) -> CaptionerError:
    code, status = error_code(error), http_status(error)
    if advice := _SETUP_ADVICE.get(code):
        return ConfigError(f"{place} said {code}; {advice}", code, file=name)
    if demands_checksum(error):
        advice = "use --s3-checksums md5"
        return ConfigError(f"{place} demands a checksum with every upload ({code}); {advice}", code, file=name)
    if _QUOTA.search(code) or status == _INSUFFICIENT_STORAGE:
        advice = "delete something there, or raise its quota"
        return StorageUnavailable(f"{place} is full ({code}); {advice}", code, file=name)
    if is_temporary(error):
        headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        return StorageUnavailable(f"{place} said {code}; try again", code, retry_after_s(headers), file=name)
    if code in _CREDENTIALS_ADVICE or status in (401, 403):
        advice = _encryption_advice(error) or _CREDENTIALS_ADVICE.get(
            code, "check them, and their rights on the bucket"
        )
        message = f"{place} refused the credentials for {error.operation_name} ({code}); {advice}"
        return CredentialsRefused(message, code, file=name)
    return StorageRejected(f"{place} refused {error.operation_name} ({code}, HTTP {status})", code, file=name)


def _encryption_advice(error: ClientError) -> str:
    """Advice for an upload that may be refused because of encryption. The message itself may hold an ARN."""
    if error_code(error) != "AccessDenied":
        return ""
    if "kms:" in str(error.response.get("Error", {}).get("Message", "")).lower():
        return "they may not use the key; grant kms:GenerateDataKey and kms:Decrypt on it"
    if error.operation_name in ("PutObject", "CreateMultipartUpload"):
        return f"{_CREDENTIALS_ADVICE['AccessDenied']}; if the bucket demands encryption, set --encryption"
    return ""


def _from_library(error: BotoCoreError, place: str, name: str) -> CaptionerError:
    kind = type(error).__name__
    if kind in _BY_KIND:
        made, advice = _BY_KIND[kind]
        return made(f"{place}: {advice}", kind, file=name)
    fault = setup_fault(error)
    if not fault and kind == "SSLError" and "CERTIFICATE" in str(error).upper():
        fault = "its certificate is not trusted; check the endpoint, or name its authority with --ca-bundle"
    if fault:
        return ConfigError(f"{place} cannot be reached: {fault}", kind, file=name)
    reason = describe_network_error(error)
    message = f"{place} did not answer ({reason}); check the network and the endpoint, or try again"
    return StorageUnavailable(message, kind, file=name)


_NO_CREDENTIALS = "no storage credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"
_RENEWAL_FAILED = "the storage credentials could not be renewed; log in again"

_BY_KIND: dict[str, tuple[type[ConfigError | CredentialsRefused], str]] = {
    "NoCredentialsError": (ConfigError, _NO_CREDENTIALS),
    "PartialCredentialsError": (ConfigError, "half of the storage credentials is missing; set key and secret"),
    "ProfileNotFound": (ConfigError, "the profile named by AWS_PROFILE does not exist; check it"),
    "ConfigParseError": (ConfigError, "the AWS configuration file cannot be read; repair it"),
    "InvalidConfigError": (ConfigError, "the AWS configuration contradicts itself; repair it"),
    "ParamValidationError": (ConfigError, "bucket or key is not possible; check the bucket's name"),
    "InvalidRegionError": (ConfigError, "the region is not one; check it"),
    "NoRegionError": (ConfigError, "no region is set; set it"),
    "CredentialRetrievalError": (CredentialsRefused, _RENEWAL_FAILED),
    "TokenRetrievalError": (CredentialsRefused, _RENEWAL_FAILED),
    "SSOTokenLoadError": (CredentialsRefused, _RENEWAL_FAILED),
    "UnauthorizedSSOTokenError": (CredentialsRefused, _RENEWAL_FAILED),
    "LoginRefreshRequired": (CredentialsRefused, _RENEWAL_FAILED),
    "LoginTokenLoadError": (CredentialsRefused, _RENEWAL_FAILED),
}
"""botocore's exceptions by name, so that commands that use no store need not import botocore."""
