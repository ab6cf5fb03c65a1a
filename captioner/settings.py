"""Where things are: endpoints, buckets, keys. Values come from `captioner.toml`, the environment and flags.

Secrets are masked wherever they could be printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Secret", "Settings"]


class Secret:
    """A key that prints as `****`; `reveal()` is the only way to its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one header that needs it."""
        return self._text

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
        s3_addressing: "auto", "path" or "virtual"; auto takes path for IP addresses and localhost.
        prefix: First part of every object key.
        link_lifetime_s: How long a presigned GET lives, seconds.
        keep_upload: Leave the object in the store when the job ends.
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
    prefix: str = "captioner"
    link_lifetime_s: int = 6 * 3600
    keep_upload: bool = False
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def chosen_storage(self) -> str:
        """Either "s3" or "temporary", after the rule for ""."""
        return self.storage or ("s3" if self.bucket else "temporary")
