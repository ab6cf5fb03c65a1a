"""Sessions, clients and addresses of an S3-compatible store."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from captioner.errors import ConfigError
from captioner.network import Network
from captioner.settings import Settings
from captioner.storage.s3.access_point import access_point_name, check_bucket
from captioner.storage.s3.aws_settings import AwsSettings
from captioner.storage.s3.checksums import boto_setting
from captioner.storage.s3.errors import map_errors

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_s3 import S3Client

    from captioner.storage.s3.domain import DomainSigner
    from captioner.storage.s3.presigner import Presigner

__all__ = [
    "Addressing",
    "addressing_style",
    "credentials_left_s",
    "make_client",
    "make_signer",
    "open_session",
    "store_label",
]

Addressing = Literal["path", "virtual", "domain"]

_HOST_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Bucket names that can be one label of a host name; a name with a dot fits no wildcard certificate."""


def open_session(label: str, network: Network | None = None) -> boto3.Session:
    """A boto3 session with credentials from any of boto3's sources.

    Args:
        label: Name of the store in messages.
        network: Proxies and trusted authorities of all its clients; by default those of the environment.

    Raises:
        ConfigError: There are no credentials, or proxies or certificates cannot be understood.
        CredentialsRefused: The credentials cannot be renewed.
    """
    import boto3
    from botocore.exceptions import NoCredentialsError

    from captioner.storage.s3.http_session import RoutedSession

    network = network or Network.from_environment()
    with map_errors("storage", label):
        session = boto3.Session(botocore_session=RoutedSession(network))
        if session.get_credentials() is None:
            raise NoCredentialsError
    return session


def make_client(
    session: boto3.Session, settings: Settings, endpoint: str, aws: AwsSettings | None = None, *, addressing: str = ""
) -> S3Client:
    """A client for one address of the store: SigV4, without checksums that only AWS understands.

    Alibaba OSS and older servers refuse the `aws-chunked` bodies that boto3 sends by default since 1.36
    (github.com/boto/boto3 #4392); the signature still covers a SHA-256 of every body. 20 connections serve the ten of
    the transfer manager and the small calls of other threads.

    Args:
        session: With credentials.
        settings: Bucket, region, addressing and checksums are used.
        endpoint: URL of the store, or "" for AWS.
        aws: Settings of the environment and the AWS profile that count where `settings` are silent.
        addressing: Addressing at this address; "" for that of the settings.

    Raises:
        ConfigError: The endpoint is not a URL, the addressing is not known, or the bucket does not go with them.
    """
    aws = aws or AwsSettings()
    label = store_label(settings.bucket, endpoint)
    if "@" in endpoint:
        raise ConfigError(f"storage: {label}: its address holds a user name or password; set credentials instead")
    wanted = _wanted_addressing(settings, aws, addressing)
    check_bucket(settings.bucket, endpoint=endpoint, addressing=wanted)
    with map_errors("storage", label):
        try:
            style = addressing_style(wanted, endpoint, settings.bucket)
            client = session.client(
                "s3",
                endpoint_url=endpoint or None,
                region_name=settings.s3_region or session.region_name or "us-east-1",
                config=_config(style, boto_setting(settings.s3_checksums, is_configured=aws.has_checksums)),
            )
        except ValueError as error:
            raise ConfigError(f"storage: {label}: not a usable address; it looks like https://host") from error
    if style == "domain":
        from captioner.storage.s3.domain import leave_bucket_out

        leave_bucket_out(client, endpoint, settings.bucket)
    return client


def make_signer(
    session: boto3.Session, settings: Settings, endpoint: str, aws: AwsSettings | None = None, *, addressing: str = ""
) -> Presigner | DomainSigner:
    """An object that signs links for one address of the store; arguments and errors as for `make_client`."""
    client = make_client(session, settings, endpoint, aws, addressing=addressing)
    credentials: Any = session.get_credentials()
    if _wanted_addressing(settings, aws or AwsSettings(), addressing) != "domain":
        from captioner.storage.s3.presigner import Presigner

        return Presigner(client, credentials.get_frozen_credentials)
    from captioner.storage.s3.domain import DomainSigner

    region = client.meta.region_name
    client.close()
    return DomainSigner(endpoint, region, credentials.get_frozen_credentials)


def _wanted_addressing(settings: Settings, aws: AwsSettings, addressing: str) -> str:
    """The addressing that was asked for: at this address, else by our setting, else by the AWS profile."""
    own = addressing or settings.s3_addressing
    return aws.addressing if own == "auto" and aws.addressing else own


def _config(style: Addressing, checksums: Literal["when_supported", "when_required"] | None) -> Config:
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if style == "domain" else style},
        request_checksum_calculation=checksums,
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 3},
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=20,
    )


def addressing_style(style: str, endpoint: str, bucket: str) -> Addressing:
    """Whether the bucket goes into the path or into the host name.

    `auto` takes the path where a host name cannot hold the bucket: IP addresses, localhost, hosts of one label as in
    container networks, and buckets whose name is not a label. All others get the host name, which Alibaba OSS
    insists on (error code `SecondLevelDomainForbidden`). boto3's own "auto" is not used: it signs links for AWS's
    global host, which redirects other regions' young buckets and so breaks the signature (seen in boto3 1.44).

    `domain` is never guessed: a domain that is bound to a bucket looks like any other.

    Raises:
        ConfigError: Unknown style, or `domain` without an endpoint.
    """
    if style == "path":
        return "path"
    if style == "virtual" or access_point_name(bucket):
        return "virtual"
    if style == "domain":
        if not endpoint:
            raise ConfigError("S3 addressing domain: no endpoint is set; give the bucket's own URL with --s3-endpoint")
        return "domain"
    if style != "auto":
        raise ConfigError(
            f"S3 addressing {style!r}: not known; use auto, path or virtual, or domain where the endpoint is the bucket"
        )
    host = (urlsplit(endpoint).hostname or "") if endpoint else "s3.amazonaws.com"
    return "virtual" if _takes_labels(host) and _HOST_BUCKET.fullmatch(bucket) else "path"


def _takes_labels(host: str) -> bool:
    if "." not in host or host.endswith(".localhost"):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def store_label(bucket: str, endpoint: str) -> str:
    """Name of the store in messages; holds no secrets."""
    try:
        parts = urlsplit(endpoint)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    kind, name = ("access point", access_point_name(bucket)) if bucket.startswith("arn:") else ("bucket", bucket)
    return f"{kind} {name or 'in the ARN'} at {host or ('AWS' if not endpoint else 'its endpoint')}"


def credentials_left_s(session: boto3.Session, now: Callable[[], datetime] | None = None) -> float | None:
    """Seconds for which the session's credentials are still valid.

    Returns:
        `inf` for permanent ones, None for temporary ones with unknown end (a session token from the environment that
        has no `AWS_CREDENTIAL_EXPIRATION`).
    """
    with map_errors("storage", "the credentials' source"):
        credentials: Any = session.get_credentials()
        frozen = credentials.get_frozen_credentials()  # renews them when they are about to end
    if not frozen.token:
        return math.inf
    # botocore has no public way to tell when credentials end; all its refreshable kinds keep it here (seen in 1.44).
    ends: datetime | None = getattr(credentials, "_expiry_time", None)
    if ends is None:
        return None
    return (ends - (now or _utc_now)()).total_seconds()


def _utc_now() -> datetime:
    return datetime.now(UTC)
