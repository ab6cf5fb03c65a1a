"""Settings of AWS's own that count where ours are silent: variables and the profile, as boto3 uses them.

Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "Data integrity protections for Amazon S3";
boto3, "Configuration", 2026.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from captioner.errors import ConfigError
from captioner.storage.s3.errors import map_errors

if TYPE_CHECKING:
    import boto3

__all__ = ["AwsSettings", "read_aws_settings"]

_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu")


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Settings of the environment and of the AWS profile in use.

    Attributes:
        endpoint: URL of an S3-compatible store, or "" for AWS.
        endpoint_source: Where that was found, for messages; "" for AWS.
        addressing: "path" or "virtual", or "".
        has_checksums: Whether the use of checksums is configured.
    """

    endpoint: str = ""
    endpoint_source: str = ""
    addressing: str = ""
    has_checksums: bool = False


def read_aws_settings(session: boto3.Session, *, has_endpoint: bool = False) -> AwsSettings:
    """The settings of a session's environment and profile.

    Args:
        session: The session.
        has_endpoint: An endpoint is set elsewhere, so none is looked for.

    Raises:
        ConfigError: The endpoint is not a URL, or the profile contradicts itself; the message names its source.
    """
    with map_errors("storage", "the AWS profile"):
        profile: dict[str, Any] = session._session.get_scoped_config()
        endpoint = "" if has_endpoint else _endpoint(session)
    s3 = profile.get("s3")
    style = s3.get("addressing_style", "") if isinstance(s3, dict) else ""
    return AwsSettings(
        endpoint=endpoint,
        endpoint_source=_endpoint_source() if endpoint else "",
        addressing=style if style in ("path", "virtual") else "",
        has_checksums=bool(
            os.environ.get("AWS_REQUEST_CHECKSUM_CALCULATION") or profile.get("request_checksum_calculation")
        ),
    )


def _endpoint(session: boto3.Session) -> str:
    """The endpoint that boto3 would use, by its own order: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile."""
    try:
        url = str(session.client("s3", region_name=session.region_name or "us-east-1").meta.endpoint_url)
        host = urlsplit(url).hostname or ""
    except ValueError as error:
        raise ConfigError(f"{_endpoint_source()}: not the URL of a store; it looks like https://host") from error
    return "" if f".{host}".endswith(_AWS_HOSTS) else url


def _endpoint_source() -> str:
    named = next((name for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") if os.environ.get(name)), "")
    return named or "endpoint_url of the AWS profile"
