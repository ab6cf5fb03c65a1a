"""Keeps signed addresses out of the logs of libraries."""

from __future__ import annotations

import logging

__all__ = ["hide_addresses", "redact_queries"]


def redact_queries(logger: str) -> None:
    """Make a library's logger show addresses without their queries from now on; calling it again changes nothing."""
    logging.getLogger(logger).addFilter(_HIDE_QUERIES)


class _HideQueries(logging.Filter):
    """Removes queries from logged addresses: a signed address is a secret, and httpx logs every address it calls."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(self._redact(value) for value in record.args)
        return True

    @staticmethod
    def _redact(value: object) -> object:
        text = str(value)
        return f"{text.partition('?')[0]}?…" if "://" in text and "?" in text else value


_HIDE_QUERIES = _HideQueries()


def hide_addresses(logger: str) -> None:
    """Make a library's logger show hosts without paths and queries: the path of a webhook may be its secret."""
    logging.getLogger(logger).addFilter(_HIDE_PATHS)


class _HidePaths(logging.Filter):
    """Removes everything behind the host from logged addresses of webhooks, and their user names."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(self._redact(value) for value in record.args)
        return True

    @staticmethod
    def _redact(value: object) -> object:
        scheme, mark, rest = str(value).partition("://")
        if not mark or scheme not in ("http", "https"):
            return value
        return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}/…"


_HIDE_PATHS = _HidePaths()
