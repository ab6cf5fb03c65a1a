"""Minimal IAM policy for the bucket, and a lifecycle rule for orphaned objects. Pure.

Sources: "Actions, resources, and condition keys for Amazon S3" (Service Authorization Reference, 2026), which other
S3-compatible stores with policies follow; for Alibaba Cloud OSS, "Authorization syntax and elements" and
"PutBucketLifecycle" (2026).
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from captioner.storage import keys
from captioner.storage.s3.access_point import access_point_name

__all__ = ["access_policy", "lifecycle_rules", "oss_access_policy", "oss_lifecycle"]

# Tasks and results live for 24 h at the service, links for 6 h by default: an upload is not needed after two days.
_OBJECT_DAYS = 2
_PARTS_DAYS = 1


def access_policy(bucket: str, prefix: str, kms_key: str = "") -> dict[str, Any]:
    """An IAM policy for the user or role that captioner runs as: its own prefix in one bucket, and nothing else.

    Reading is needed because a presigned link has the rights of its signer. Nothing is made public: the service reads
    through the link and needs no rights. Unfinished uploads can only be listed for the whole bucket, because S3 does
    not look at the prefix of that request.

    Args:
        bucket: Name of the bucket, or the ARN of an access point.
        prefix: As configured; "" means the whole bucket.
        kms_key: Key that uploads are encrypted with: an id, an alias or an ARN; or "".
    """
    start, is_point = keys.safe_prefix(prefix), bool(access_point_name(bucket))
    arn = bucket if is_point else f"arn:aws:s3:::{bucket}"
    finding = _statement("CaptionerFindsItsUploads", ["s3:ListBucket"], arn)
    if start:
        finding["Condition"] = {"StringLike": {"s3:prefix": f"{start}*"}}
    sweeping = _statement("CaptionerFindsUnfinishedUploads", ["s3:ListBucketMultipartUploads"], arn)
    actions = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    keeping = _statement("CaptionerKeepsItsUploads", actions, f"{arn}/{'object/' if is_point else ''}{start}*")
    encrypting = [_encrypting(kms_key)] if kms_key else []
    return {"Version": "2012-10-17", "Statement": [finding, sweeping, keeping, *encrypting]}


def _encrypting(kms_key: str) -> dict[str, Any]:
    """The rights on a key; uploads in parts need to decrypt, too (Amazon S3 User Guide, "Using SSE-KMS")."""
    is_alias = kms_key.startswith("alias/")
    resource = kms_key if kms_key.startswith("arn:") else f"arn:aws:kms:*:*:key/{'*' if is_alias else kms_key}"
    statement = _statement("CaptionerEncryptsItsUploads", ["kms:GenerateDataKey", "kms:Decrypt"], resource)
    if is_alias:
        statement["Condition"] = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": kms_key}}
    return statement


def oss_access_policy(bucket: str, prefix: str) -> dict[str, Any]:
    """The same as a RAM policy, for a bucket of Alibaba Cloud OSS.

    Args:
        bucket: Name of the bucket.
        prefix: As configured; "" means the whole bucket.
    """
    start, resource = keys.safe_prefix(prefix), f"acs:oss:*:*:{bucket}"
    finding: dict[str, Any] = {"Effect": "Allow", "Action": ["oss:ListObjects"], "Resource": [resource]}
    if start:
        finding["Condition"] = {"StringLike": {"oss:Prefix": [f"{start}*"]}}
    sweeping = {"Effect": "Allow", "Action": ["oss:ListMultipartUploads"], "Resource": [resource]}
    actions = ["oss:PutObject", "oss:GetObject", "oss:DeleteObject", "oss:AbortMultipartUpload"]
    keeping = {"Effect": "Allow", "Action": actions, "Resource": [f"{resource}/{start}*"]}
    return {"Version": "1", "Statement": [finding, sweeping, keeping]}


def _statement(name: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resource}


def lifecycle_rules(prefix: str) -> dict[str, Any]:
    """A lifecycle configuration that aborts unfinished multipart uploads and deletes objects left by a crash.

    Args:
        prefix: As configured. With "" the rule would delete everything in the bucket, so it only aborts uploads.
    """
    start = keys.safe_prefix(prefix)
    rule: dict[str, Any] = {
        "ID": "captioner-leftovers",
        "Status": "Enabled",
        "Filter": {"Prefix": start},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _PARTS_DAYS},
    }
    if start:
        rule["Expiration"] = {"Days": _OBJECT_DAYS}
    return {"Rules": [rule]}


def oss_lifecycle(prefix: str) -> str:
    """The same in the XML that OSS takes.

    Args:
        prefix: As for `lifecycle_rules`.
    """
    start = keys.safe_prefix(prefix)
    expiration = f"    <Expiration><Days>{_OBJECT_DAYS}</Days></Expiration>\n" if start else ""
    return (
        "<LifecycleConfiguration>\n  <Rule>\n    <ID>captioner-leftovers</ID>\n"
        f"    <Prefix>{escape(start)}</Prefix>\n    <Status>Enabled</Status>\n{expiration}"
        f"    <AbortMultipartUpload><Days>{_PARTS_DAYS}</Days></AbortMultipartUpload>\n"
        "  </Rule>\n</LifecycleConfiguration>"
    )
