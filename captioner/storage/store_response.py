"""Reads the parts of an object store's HTTP response that every store shares. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["retry_after_s", "xml_code"]


def retry_after_s(headers: Mapping[str, Any]) -> float | None:
    """Seconds of a `Retry-After` header; None when it is missing or holds a date."""
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def xml_code(body: bytes) -> str:
    """The code inside an S3 or OSS error body, "" when there is none."""
    found = re.search(rb"<Code>([\w.]{1,64})</Code>", body)
    return found[1].decode("ascii", "replace") if found else ""
