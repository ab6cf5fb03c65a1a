"""Names of TTML without their namespaces, so that documents in those of the drafts are read as well."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["local_name"]


@lru_cache(maxsize=1000)
def local_name(name: object) -> str:
    """Name of an element or attribute without its namespace."""
    return name.rpartition("}")[2] if isinstance(name, str) else ""
