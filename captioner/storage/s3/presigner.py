"""Signs links as boto3 does, without its way from parameters to an address for each of them.

boto3 checks parameters, looks the endpoint up in its rules and emits a dozen events for every link: most of a
millisecond. Only the key differs from link to link, so the address of a bucket is taken from the first link, which
boto3 makes, and the others are signed by botocore's own signer, to the same bytes.

This module imports botocore and is itself imported only when an S3 store is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["Presigner"]

_ALGORITHM = "AWS4-HMAC-SHA256"
_OWN_FIELDS = {
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Security-Token",
    "X-Amz-Signature",
}  # fmt: skip
"""Fields of a link that botocore's signer adds; a link with others is left to boto3."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Address and signing scope of the objects of a bucket.

    Attributes:
        base: Address up to the key.
        region: Signing region.
        service: Name of the service that is signed for.
    """

    base: str
    region: str
    service: str


class Presigner:
    """Signs links to objects; nothing is sent.

    Args:
        client: Makes the first link to each bucket, and all that are not signed in the usual way.
        credentials: Gives its credentials, frozen.
    """

    def __init__(self, client: S3Client, credentials: Callable[[], Any]) -> None:
        self._client = client
        self._credentials = credentials
        self._places: dict[str, _Place | None] = {}

    def generate_presigned_url(self, operation: Any, *, Params: Mapping[str, str], ExpiresIn: int) -> str:
        """Presign a GET, with the arguments of boto3's method of this name.

        Args:
            operation: "get_object".
            Params: `Bucket` and `Key` of the object.
            ExpiresIn: Seconds.
        """
        bucket, key = Params["Bucket"], Params["Key"]
        place = self._places.get(bucket)
        if place is None or operation != "get_object" or Params.keys() != {"Bucket", "Key"} or not key:
            url = self._client.generate_presigned_url(operation, Params=Params, ExpiresIn=ExpiresIn)
            if bucket not in self._places and operation == "get_object":
                self._places[bucket] = _place_of(url, key)
            return url
        request = AWSRequest(method="GET", url=place.base + _quoted(key))
        S3SigV4QueryAuth(self._credentials(), place.service, place.region, expires=ExpiresIn).add_auth(request)
        return str(request.url)

    def close(self) -> None:
        """Close the connections of the client."""
        self._client.close()


def _quoted(key: str) -> str:
    return quote(key, safe="/~")


def _place_of(url: str, key: str) -> _Place | None:
    """The place of a bucket, from a link to an object in it; None when it is signed in another way."""
    address, _, query = url.partition("?")
    fields = dict(parse_qsl(query))
    scope = fields.get("X-Amz-Credential", "").split("/")[-4:]
    is_usual = fields.get("X-Amz-Algorithm") == _ALGORITHM and fields.get("X-Amz-SignedHeaders") == "host"
    if not is_usual or not fields.keys() <= _OWN_FIELDS or len(scope) != 4 or not address.endswith(_quoted(key)):
        return None
    return _Place(address.removesuffix(_quoted(key)), scope[1], scope[2])
