"""Removes the signatures of signed URLs, and other secrets, from text. Pure.

One rule: only the values that make a URL work are replaced; every other byte stays as it was received.
"""

from __future__ import annotations

import re

__all__ = ["MASK", "redact_signatures", "sanitize_line"]

MASK = b"****"

_URL = re.compile(rb'(?:https?|oss)(?::(?:\\?/){2}|%3A%2F%2F)[^\s"<>]*', re.IGNORECASE)
"""A URL inside JSON or text; JSON may write its slashes as `\\/`, and one URL may hold another one encoded."""

_SIGNED = re.compile(
    rb"""
    (?P<keep>
        (?:[?&]|\\u0026|\\u003f|&amp;|%3F|%26)
        (?:X-Amz-[A-Za-z-]+|x-oss-[a-z-]+|X-Goog-[A-Za-z-]+      # SigV4, OSS V4, Google V4
          |Signature|Expires|OSSAccessKeyId|AWSAccessKeyId|GoogleAccessId|security-token   # the older kind
          |Policy|Key-Pair-Id|sig)                               # CloudFront, Azure
        (?:=|\\u003d|%3D)
    )
    (?: (?!%26|%23) [^&"\\\#\s<>] | \\/ | \\u(?!0026|0022|0023|003c|003e|005c)[0-9a-f]{4} )+
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""One signing parameter and its value, plain or as a JSON string may escape it.

Sources: AWS, "Authenticating Requests: Using Query Parameters"; Alibaba OSS, "Add signatures to URLs" (V1 and V4).
"""

_ACCOUNT = re.compile(r"(?<![\w-])(?:arn:[\w-]*:\w*:[\w-]*:\d{12}|\d{12,20}|(?:AKIA|ASIA|LTAI)\w{8,})(?![\w-])")
"""Names of accounts: AWS account ids (12 digits) and ARNs, Alibaba Cloud UIDs (16), access key ids of both."""

_SPACES = re.compile(r"\s+")


def redact_signatures(raw: bytes) -> bytes:
    """The reply with the signing values of its signed URLs replaced by `****`; all other bytes stay as received.

    Doing it twice changes nothing more, and JSON stays JSON.
    """
    return _URL.sub(lambda url: _SIGNED.sub(rb"\g<keep>" + MASK, url[0]), raw)


def sanitize_line(text: str, *, limit: int = 300, secrets: tuple[str, ...] = ()) -> str:
    """Make foreign text fit for a message: one line, not long, no signatures, account ids or given secrets."""
    flat = _SPACES.sub(" ", text).strip()
    clean = redact_signatures(flat.encode("utf-8", "replace")).decode("utf-8", "replace")
    clean = _ACCOUNT.sub(MASK.decode(), clean)
    for secret in filter(None, secrets):
        clean = clean.replace(secret, MASK.decode())
    return clean if len(clean) <= limit else f"{clean[: limit - 1]}…"
