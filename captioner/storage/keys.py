"""Object keys: `prefix/digest/safe-name`. Pure.

The digest makes the key depend on the content alone; the name helps people who look into the bucket. Keys are ASCII
because the service refuses addresses with other characters, and because they appear in many kinds of logs.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = [
    "digest_prefix",
    "extension",
    "is_own_key",
    "lease_of",
    "object_key",
    "safe_name",
    "safe_prefix",
    "with_extension",
]

_NAME_LIMIT = 60
_PREFIX_LIMIT = 200
"""A key may have 1024 bytes (Amazon S3 User Guide, "Naming Amazon S3 objects"); these and a digest stay far below."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_EXTENSION = re.compile(r"\.[a-z0-9]{1,8}")
_LEASE = re.compile(r"[0-9a-f]{8}-[0-9]+-[0-9]+")


def object_key(prefix: str, sha256: str, name: str, lease: str = "") -> str:
    """The key under which a file is stored: the same bytes under the same name always get the same key.

    With a `lease` the key is that lease's own, so that nothing another lease has put can be replaced or deleted by it.

    Raises:
        ValueError: `sha256` is not a hex digest in lower case.
    """
    return digest_prefix(prefix, sha256) + (f"{lease}/" if lease else "") + safe_name(name)


def lease_of(prefix: str, key: str) -> str:
    """The lease in a key that `object_key` has made under this prefix, or ""."""
    _, *parts = key[len(safe_prefix(prefix)) :].split("/")
    return parts[0] if len(parts) > 1 and _LEASE.fullmatch(parts[0]) else ""


def digest_prefix(prefix: str, sha256: str) -> str:
    """The beginning of every key of this content, ending in a slash.

    Raises:
        ValueError: `sha256` is not a hex digest in lower case.
    """
    if not _DIGEST.fullmatch(sha256):
        raise ValueError(f"not a SHA-256 in lower-case hex: {sha256!r}")
    return f"{safe_prefix(prefix)}{sha256}/"


def is_own_key(prefix: str, key: str) -> bool:
    """Whether a key has the shape that `object_key` gives under this prefix."""
    start = safe_prefix(prefix)
    digest, slash, _ = key[len(start) :].partition("/")
    return key.startswith(start) and bool(slash) and _DIGEST.fullmatch(digest) is not None


def safe_prefix(prefix: str) -> str:
    """The configured prefix as it appears in keys: ASCII parts, each followed by a slash; "" stays "".

    Letters, digits and `._=-` are kept, so that a policy written for the prefix still matches it.
    """
    parts = (re.sub(r"[^A-Za-z0-9._=-]+", "-", part).strip(".-") for part in re.split(r"[/\\]", _ascii(prefix)))
    joined = "/".join(part for part in parts if part)[:_PREFIX_LIMIT].strip("/.-")
    return f"{joined}/" if joined else ""


def safe_name(name: str) -> str:
    """The last part of a path in ASCII letters, digits, `_` and `-`, with its extension in lower case; never empty."""
    last = re.split(r"[/\\]", _ascii(name))[-1]
    ending = extension(last)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", last[: len(last) - len(ending)])
    return (stem.strip("-_")[:_NAME_LIMIT].strip("-_") or "media") + ending


def extension(name: str) -> str:
    """The extension with its dot in lower case, or "" when the part after the last dot does not look like one."""
    _, dot, tail = _ascii(name).rpartition(".")
    ending = f"{dot}{tail}".lower()
    return ending if _EXTENSION.fullmatch(ending) else ""


def with_extension(name: str, ending: str) -> str:
    """The name with another extension, for media that was re-encoded; an empty `ending` keeps the name."""
    if not ending or extension(name) == ending.lower():
        return name
    old = extension(name)
    return (name[: -len(old)] if old and name.lower().endswith(old) else name) + ending


def _ascii(text: str) -> str:
    """The text without accents and full-width forms; other characters that are not ASCII are dropped."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
