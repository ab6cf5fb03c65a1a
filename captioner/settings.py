"""Settings of service and storage: endpoints, buckets, keys. `config` reads them from files, environment and flags.

Secrets are masked wherever they could be printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from captioner.errors import ConfigError

__all__ = ["Secret", "Settings", "is_secret_variable"]

# Beginnings of the names of environment variables with secrets of the service and of messages; those of the store are
# not among them, because other programs find their own credentials there.
_SECRET_VARIABLES = ("DASHSCOPE_", "CAPTIONER_API_KEY", "CAPTIONER_WEBHOOK", "CAPTIONER_EVENTS_TOKEN")

_HOSTS = {"intl": "dashscope-intl.aliyuncs.com", "cn": "dashscope.aliyuncs.com"}
"""Public hosts by region. Source: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", 2026-03-24."""

_WORKSPACE_HOSTS = {"intl": "ap-southeast-1.maas.aliyuncs.com", "cn": "cn-beijing.maas.aliyuncs.com"}
"""What follows the workspace id. Source: Model Studio, "Fun-ASR recorded speech recognition HTTP API", 2026."""

_WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
"""A workspace id becomes a DNS label, which holds 63 characters at most (RFC 1035, 2.3.4)."""


def is_secret_variable(name: str) -> bool:
    """Whether an environment variable holds a secret that is not passed on to commands, translators and workers."""
    return name.startswith(_SECRET_VARIABLES)


class Secret:
    """A key that prints as `****` and cannot be pickled; `reveal()` is the only way to its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one header that needs it."""
        return self._text

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        if self._text:
            raise TypeError("a key does not leave its process")
        return Secret, ("",)

    def __repr__(self) -> str:
        return "****"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that says where and as whom, nothing that says what.

    Attributes:
        api_key: The service's key (`DASHSCOPE_API_KEY`); empty when none is set.
        endpoint: Base URL including `/api/v1` (`--endpoint`, `DASHSCOPE_HTTP_BASE_URL`); "" means by region.
        region: "intl" (Singapore) or "cn" (Beijing).
        workspace: Workspace id for a workspace domain, or "".
        storage: "s3", "temporary", or "" to choose: s3 when a bucket is configured, else temporary.
        bucket: S3 bucket.
        s3_endpoint: URL of an S3-compatible store; "" for AWS.
        public_endpoint: The same store's address as the outside world sees it, or "".
        s3_region: Signing region; "" lets boto3 choose, else us-east-1.
        s3_addressing: "auto", "path", "virtual", or "domain" for an endpoint that is the bucket; auto takes path for IP
            addresses and localhost.
        public_addressing: The same for `public_endpoint`; "" for the same value.
        s3_checksums: Checksums of uploads: "md5", "when_supported" or "when_required" (as boto3 calls them); "" for
            those of boto3's own settings, else none until the store demands one.
        encryption: Encryption that is demanded of the store: "AES256", "aws:kms", "aws:kms:dsse", or "" for its own.
        kms_key: Key for "aws:kms", or "" for the account's own.
        prefix: First part of every object key.
        link_lifetime_s: How long a presigned GET lives, seconds.
        keep_upload: Leave the object in the store when the job ends.
        ca_bundle: File or folder of certificates: the only authorities to trust; "" for those of the environment.
        origins: For each attribute above, where its value came from.
    """

    api_key: Secret = field(default_factory=lambda: Secret(""))
    endpoint: str = ""
    region: str = "intl"
    workspace: str = ""
    storage: str = ""
    bucket: str = ""
    s3_endpoint: str = ""
    public_endpoint: str = ""
    s3_region: str = ""
    s3_addressing: str = "auto"
    public_addressing: str = ""
    s3_checksums: str = ""
    encryption: str = ""
    kms_key: str = ""
    prefix: str = "captioner"
    link_lifetime_s: int = 6 * 3600
    keep_upload: bool = False
    ca_bundle: str = ""
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def chosen_storage(self) -> str:
        """Either "s3" or "temporary", after the rule for ""."""
        return self.storage or ("s3" if self.bucket else "temporary")

    @property
    def base_url(self) -> str:
        """Base URL of the service, including `/api/v1`, with no slash at the end.

        An explicit endpoint wins, then the workspace's own domain, then the region's public host.

        Raises:
            ConfigError: Not a URL, plain http outside loopback, an unknown region, or an impossible workspace id.
        """
        if self.endpoint:
            return _checked_endpoint(self.endpoint)
        if self.region not in _HOSTS:
            raise ConfigError(f"region {self.region!r}: not known; use {' or '.join(_HOSTS)}, or set an endpoint")
        if not self.workspace:
            return f"https://{_HOSTS[self.region]}/api/v1"
        if not _WORKSPACE.fullmatch(self.workspace):
            raise ConfigError(f"workspace {self.workspace!r}: letters, digits, - and _ only, 63 characters at most")
        return f"https://{self.workspace}.{_WORKSPACE_HOSTS[self.region]}/api/v1"


def _checked_endpoint(endpoint: str) -> str:
    """The endpoint without trailing slashes; user names, queries and fragments have no place in it."""
    try:
        parts = urlsplit(endpoint.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError("endpoint: not a URL; it looks like https://host/api/v1") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError("endpoint: not an http(s) URL; it looks like https://host/api/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(f"endpoint on {host}: no user name, query or fragment, only scheme, host and path")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ConfigError(f"endpoint on {host}: plain http would show the key; use https (http is for loopback)")
    return parts.geturl().rstrip("/")


def _is_loopback(host: str) -> bool:
    """Whether the host can only be this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
