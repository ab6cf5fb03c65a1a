"""The least rights captioner needs in a bucket, and the rule that removes what nobody removed. Pure.

Actions: Amazon S3, "Actions, resources, and condition keys" (Service Authorization Reference, 2026). Anything that
speaks S3 and knows policies takes the same words.
"""

from __future__ import annotations

from typing import Any

from captioner.storage import keys

__all__ = ["access_policy", "lifecycle_rules"]

# Tasks and results live for 24 h at the service, links for 6 h by default: after two days an upload is of no use.
_DAYS = 2


def access_policy(bucket: str, prefix: str) -> dict[str, Any]:
    """An IAM policy for the user or role that captioner runs as: its own prefix in one bucket, and nothing else.

    Reading is needed because a presigned link has the rights of whoever signed it. Nothing is made public, so the
    service reads through the link and needs no rights.

    Args:
        bucket: Name of the bucket.
        prefix: As configured; "" means the whole bucket.
    """
    start = keys.safe_prefix(prefix)
    listing: dict[str, Any] = {
        "Sid": "CaptionerFindsItsUploads",
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
        "Resource": f"arn:aws:s3:::{bucket}",
    }
    if start:
        listing["Condition"] = {"StringLike": {"s3:prefix": f"{start}*"}}
    objects = {
        "Sid": "CaptionerKeepsItsUploads",
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
        "Resource": f"arn:aws:s3:::{bucket}/{start}*",
    }
    return {"Version": "2012-10-17", "Statement": [listing, objects]}


def lifecycle_rules(prefix: str) -> dict[str, Any]:
    """A lifecycle configuration that ends uploads in parts and deletes objects a crash left behind.

    Args:
        prefix: As configured. With "" the rule would delete everything in the bucket, so only unfinished uploads end.
    """
    start = keys.safe_prefix(prefix)
    rule: dict[str, Any] = {
        "ID": "captioner-leftovers",
        "Status": "Enabled",
        "Filter": {"Prefix": start},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    if start:
        rule["Expiration"] = {"Days": _DAYS}
    return {"Rules": [rule]}
