"""Checksums of uploads, where a store demands them.

Buckets with Object Lock refuse uploads without one. Other stores refuse the `aws-chunked` bodies by which boto3 sends
its own (github.com/boto/boto3 #4392). `Content-MD5` is understood by both: it is a plain header, and as old as S3.

Source: Amazon S3 API Reference, PutObject and UploadPart, 2026.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

__all__ = ["CHOICES", "ContentMd5", "add_content_md5", "boto_setting", "demands_checksum"]

CHOICES = ("md5", "when_supported", "when_required")

_DEMAND = re.compile(r"content-md5|x-amz-(?:sdk-)?checksum|checksum", re.IGNORECASE)
_CODES = {"InvalidRequest", "InvalidArgument", "MissingContentMD5", "MissingRequiredHeader"}
_PIECE_BYTES = 1 << 20


class ContentMd5:
    """Adds `Content-MD5` to uploads once it is switched on.

    Attributes:
        is_on: Whether it is added.
    """

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on

    def watch(self, client: S3Client) -> None:
        """Add the header to the uploads of a client."""
        for operation in ("PutObject", "UploadPart"):
            client.meta.events.register(f"before-call.s3.{operation}", self._add)

    def _add(self, params: dict[str, Any], **_: Any) -> None:
        if self.is_on:
            add_content_md5(params)


def add_content_md5(params: dict[str, Any], **_: Any) -> None:
    """Add the header to a request of botocore, as a handler of its event `before-call`."""
    if "Content-MD5" not in params["headers"]:
        params["headers"]["Content-MD5"] = _md5(params["body"])


def boto_setting(choice: str, *, is_configured: bool) -> Literal["when_supported", "when_required"] | None:
    """The value of botocore's `request_checksum_calculation`; None leaves it to the variable or the profile.

    Args:
        choice: Our setting, or "".
        is_configured: Whether the variable or the profile sets it.
    """
    if choice == "when_supported":
        return "when_supported"
    return None if is_configured and not choice else "when_required"


def demands_checksum(error: ClientError) -> bool:
    """Whether a store refused an upload because it has no checksum."""
    said = error.response.get("Error", {})
    return str(said.get("Code", "")) in _CODES and _DEMAND.search(str(said.get("Message", ""))) is not None


def _md5(body: Any) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    if isinstance(body, bytes | bytearray):
        digest.update(body)
    else:
        start = body.tell()
        while piece := body.read(_PIECE_BYTES):
            digest.update(piece)
        body.seek(start)
    return b64encode(digest.digest()).decode("ascii")
