"""Keeps signed addresses and secret paths out of the logs of libraries."""

from __future__ import annotations

import logging
from collections.abc import Callable

__all__ = ["hide_addresses", "redact_queries"]


def redact_queries(logger: str) -> None:
    """Make a library's logger show addresses without their queries from now on; calling it again changes nothing."""
    logging.getLogger(logger).addFilter(_HIDE_QUERIES)


def hide_addresses(logger: str) -> None:
    """Make a library's logger show hosts without paths and queries: the path of a webhook may be its secret."""
    logging.getLogger(logger).addFilter(_HIDE_PATHS)


class _Redaction(logging.Filter):
    """Replaces arguments of log records; httpx logs every address it calls."""

    def __init__(self, redact: Callable[[object], object]) -> None:
        super().__init__()
        self._redact = redact

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(self._redact(value) for value in record.args)
        return True


def _without_query(value: object) -> object:
    """An address without its query, which may be a signature; anything else as it is."""
    text = str(value)
    return f"{text.partition('?')[0]}?…" if "://" in text and "?" in text else value


def _without_path(value: object) -> object:
    """An address without its user name and all that is behind the host; anything else as it is."""
    scheme, mark, rest = str(value).partition("://")
    if not mark or scheme not in ("http", "https"):
        return value
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}/…"


_HIDE_QUERIES = _Redaction(_without_query)
_HIDE_PATHS = _Redaction(_without_path)
