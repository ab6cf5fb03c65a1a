"""Access points of Amazon S3: an ARN in the place of a bucket's name. Pure.

Source: Amazon S3 User Guide, "Referencing access points" and "Access points naming rules", 2026.
"""

from __future__ import annotations

import re

from captioner.errors import ConfigError

__all__ = ["access_point_name", "check_bucket"]

_ACCESS_POINT = re.compile(
    r"arn:(?P<partition>aws[\w-]*):s3:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):accesspoint[:/](?P<name>[a-z0-9-]{3,50})"
)
_BUCKET_ARN = re.compile(r"arn:aws[\w-]*:s3:::(?P<bucket>[\w.-]+)(?:/.*)?")


def access_point_name(bucket: str) -> str:
    """Name of the access point that an ARN means; "" for a bucket's name."""
    found = _ACCESS_POINT.fullmatch(bucket)
    return found["name"] if found else ""


def check_bucket(bucket: str, *, endpoint: str, addressing: str) -> None:
    """Refuse what stands for a bucket and cannot be used as one.

    Args:
        bucket: As configured.
        endpoint: URL of the store, or "" for AWS.
        addressing: As configured.

    Raises:
        ConfigError: An ARN of another kind, or an access point together with an endpoint or addressing.
    """
    if not bucket.startswith("arn:"):
        return
    if found := _BUCKET_ARN.fullmatch(bucket):
        raise ConfigError(f"bucket: an ARN of a bucket; give its name, {found['bucket']}")
    if not access_point_name(bucket):
        raise ConfigError(f"bucket: {_kind(bucket)}; give a bucket's name or the ARN of an access point in one region")
    if endpoint:
        raise ConfigError("bucket: access points are at AWS only; leave the endpoint out, or give a bucket's name")
    if addressing in ("path", "domain"):
        raise ConfigError(
            f"bucket: an access point is named in the host; leave out --s3-addressing {addressing}, or use virtual"
        )


def _kind(arn: str) -> str:
    if "object-lambda" in arn:
        return "nothing can be uploaded through an Object Lambda access point"
    if "outposts" in arn:
        return "buckets on Outposts are not supported"
    if arn.endswith(".mrap") or re.match(r"arn:[\w-]+:s3::", arn):
        return "links through a Multi-Region access point need a signature that is not supported (SigV4A)"
    return "an ARN that is not of an access point"
