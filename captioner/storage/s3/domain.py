"""Domains bound to one bucket: the endpoint is the bucket, and no path holds its name.

New accounts of Alibaba OSS reach buckets in mainland China only so; R2, B2 and MinIO behind a gateway know the same.
SigV4 signs host and path, so both must be as the store sees them: the bucket is taken out before a request is signed.

This module imports botocore and is itself imported only when an S3 store is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["DomainSigner", "leave_bucket_out"]


def leave_bucket_out(client: S3Client, endpoint: str, bucket: str) -> None:
    """Make a client that addresses buckets by path leave this one out of every request.

    Args:
        client: With the addressing style "path".
        endpoint: URL of the domain.
        bucket: Name of the bucket that the domain is bound to.
    """
    base = urlsplit(endpoint).path.rstrip("/")

    def shorten(params: dict[str, Any], **_: Any) -> None:
        parts = urlsplit(params["url"])
        rest = parts.path.removeprefix(f"{base}/{bucket}")
        params["url"] = urlunsplit(parts._replace(path=f"{base}{rest or '/'}"))

    # Emitted between making a request and signing it, for every operation.
    client.meta.events.register("before-call.s3", shorten)


class DomainSigner:
    """Signs links to objects under a domain; nothing is sent.

    Args:
        endpoint: URL of the domain.
        region: Signing region.
        credentials: Gives the credentials, frozen.
    """

    def __init__(self, endpoint: str, region: str, credentials: Callable[[], Any]) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._region = region
        self._credentials = credentials

    def generate_presigned_url(self, operation: str, *, Params: Mapping[str, str], ExpiresIn: int) -> str:
        """Presign a GET, with the arguments of boto3's method of this name.

        Args:
            operation: "get_object".
            Params: The object's `Key`.
            ExpiresIn: Seconds.
        """
        if operation != "get_object":
            raise ValueError(f"links are signed for get_object only, not for {operation}")
        request = AWSRequest(method="GET", url=f"{self._endpoint}/{quote(Params['Key'], safe='/~')}")
        S3SigV4QueryAuth(self._credentials(), "s3", self._region, expires=ExpiresIn).add_auth(request)
        return str(request.url)

    def close(self) -> None:
        """Nothing to close: it has no connections."""
