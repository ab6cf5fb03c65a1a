"""Lifetime of presigned links. Pure."""

from __future__ import annotations

from captioner.errors import ConfigError

__all__ = ["ASSUMED_S", "MAX_LIFETIME_S", "MIN_USEFUL_S", "guaranteed_lifetime_s", "link_lifetime_s"]

MAX_LIFETIME_S = 7 * 24 * 3600
"""SigV4 refuses a longer `X-Amz-Expires`. Source: Amazon S3 API Reference, "Authenticating Requests: Using Query
Parameters (AWS Signature Version 4)"."""

ASSUMED_S = 3600
"""Lifetime assumed for temporary credentials that do not say when they end: the default of AWS STS AssumeRole
(`DurationSeconds`)."""

MIN_USEFUL_S = 1800
"""A link that ends sooner is not worth submitting: the service fetches the file when its turn comes, not at once. Half
of what AssumeRole gives by default, so that fresh credentials of that kind pass."""


def link_lifetime_s(wanted_s: int, remaining_s: float | None) -> int:
    """Seconds to sign a link for.

    Args:
        wanted_s: As configured.
        remaining_s: Seconds the credentials are still valid; `inf` for permanent ones, None when unknown.

    Returns:
        `wanted_s`, cut to what SigV4 and the credentials allow.

    Raises:
        ConfigError: The rest is below both `wanted_s` and `MIN_USEFUL_S`, or `wanted_s` is not positive.
    """
    if wanted_s < 1:
        raise ConfigError(f"link lifetime of {wanted_s} s is too short; use at least 1 s (default: 21600, six hours)")
    allowed_s = min(wanted_s, MAX_LIFETIME_S)
    if remaining_s is None or remaining_s >= allowed_s:
        return allowed_s
    if remaining_s < min(wanted_s, MIN_USEFUL_S):
        raise ConfigError(
            f"the storage credentials end in {max(0, int(remaining_s // 60))} min and every link with them, "
            f"at least {min(wanted_s, MIN_USEFUL_S) // 60} min are needed; renew them or use permanent ones"
        )
    return int(remaining_s)


def guaranteed_lifetime_s(signed_s: int, remaining_s: float | None) -> int:
    """The part of the signed lifetime that can be promised: credentials of unknown age may end before the signature."""
    return min(signed_s, ASSUMED_S) if remaining_s is None else signed_s
