"""How long a presigned link may live. Pure."""

from __future__ import annotations

from captioner.errors import ConfigError

__all__ = ["ASSUMED_S", "MAX_LIFETIME_S", "MIN_USEFUL_S", "guaranteed_lifetime_s", "link_lifetime_s"]

MAX_LIFETIME_S = 7 * 24 * 3600
"""SigV4 refuses a longer `X-Amz-Expires`. Source: Amazon S3 API Reference, "Authenticating Requests: Using Query
Parameters (AWS Signature Version 4)"."""

ASSUMED_S = 3600
"""What is promised for temporary credentials that do not say when they end: the default of AWS STS AssumeRole
(`DurationSeconds`)."""

MIN_USEFUL_S = 1800
"""A link that dies sooner is not worth submitting: the service fetches the file when its turn comes, not at once. Half
of what AssumeRole gives by default, so that fresh credentials of that kind pass."""


def link_lifetime_s(wanted_s: int, left_s: float | None) -> int:
    """Seconds to sign a link for.

    Args:
        wanted_s: As configured.
        left_s: Seconds the credentials still have; `inf` for permanent ones, None when nobody knows.

    Returns:
        `wanted_s`, cut to what SigV4 and the credentials allow.

    Raises:
        ConfigError: What remains is below both `wanted_s` and `MIN_USEFUL_S`, or `wanted_s` is not positive.
    """
    if wanted_s < 1:
        raise ConfigError(f"link lifetime of {wanted_s} s: at least 1 s is needed, 6 h (21600) is the default")
    allowed_s = min(wanted_s, MAX_LIFETIME_S)
    if left_s is None or left_s >= allowed_s:
        return allowed_s
    if left_s < min(wanted_s, MIN_USEFUL_S):
        raise ConfigError(
            f"the storage credentials end in {max(0, int(left_s // 60))} min and every link with them, "
            f"at least {min(wanted_s, MIN_USEFUL_S) // 60} min are needed; renew them or use permanent ones"
        )
    return int(left_s)


def guaranteed_lifetime_s(signed_s: int, left_s: float | None) -> int:
    """How much of the signed lifetime can be promised: credentials of unknown age may end before the signature does."""
    return min(signed_s, ASSUMED_S) if left_s is None else signed_s
