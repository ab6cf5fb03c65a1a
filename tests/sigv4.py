"""Verification of AWS Signature Version 4, written from its description and with nothing of botocore.

Source: Amazon S3 API Reference, "Authenticating Requests: Using the Authorization Header" and "Using Query Parameters".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote, urlsplit

__all__ = ["SignedRequest", "target_of", "verify"]

_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<credential>[^,]+), ?SignedHeaders=(?P<headers>[^,]+), ?"
    r"Signature=(?P<hex>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as a server sees it.

    Attributes:
        method: Method.
        target: Path and query, as sent.
        headers: Headers by their names in lower case.
        body: Body.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


def verify(request: SignedRequest, access_key: str, secret: str, *, now: datetime | None = None) -> str:
    """What is wrong with a request's signature; "" when it is right.

    Args:
        request: The request.
        access_key: The only key that counts.
        secret: Its secret.
        now: The server's clock.
    """
    now = now or datetime.now(UTC)
    path, _, query_text = request.target.partition("?")
    query = [_pair(part) for part in query_text.split("&") if part]
    given = dict(query)
    if given.get("X-Amz-Algorithm") == _ALGORITHM:
        credential, names, signature = (
            given["X-Amz-Credential"], given["X-Amz-SignedHeaders"], given["X-Amz-Signature"],
        )  # fmt: skip
        moment, payload = given["X-Amz-Date"], "UNSIGNED-PAYLOAD"
        query = [pair for pair in query if pair[0] != "X-Amz-Signature"]
        ends = _moment(moment) + timedelta(seconds=int(given["X-Amz-Expires"]))
        if now > ends:
            return "expired"
    elif found := _HEADER.fullmatch(request.headers.get("authorization", "")):
        credential, names, signature = found["credential"], found["headers"], found["hex"]
        moment, payload = request.headers["x-amz-date"], request.headers["x-amz-content-sha256"]
        if abs(now - _moment(moment)) > timedelta(minutes=15):
            return "too old"
        if re.fullmatch(r"[0-9a-f]{64}", payload) and payload != hashlib.sha256(request.body).hexdigest():
            return "the body is another"
    else:
        return "not signed"
    key, day, region, service, terminator = credential.split("/")
    if (key, service, terminator) != (access_key, "s3", "aws4_request") or not moment.startswith(day):
        return "other credentials"
    if "host" not in names.split(";"):
        return "the host is not signed"
    canonical = "\n".join(
        [
            request.method,
            quote(unquote(path), safe="/~"),
            "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query)),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names.split(";")),
            "",
            names,
            payload,
        ]
    )
    scope = "/".join((day, region, service, terminator))
    text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signing = f"AWS4{secret}".encode()
    for part in (day, region, service, terminator):
        signing = hmac.digest(signing, part.encode(), "sha256")
    right = hmac.digest(signing, text.encode(), "sha256").hex()
    return "" if hmac.compare_digest(right, signature) else "the signature does not fit"


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return unquote(name), unquote(value)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def target_of(url: str) -> str:
    """Path and query of a URL, as a server sees them."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
