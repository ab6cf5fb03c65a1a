"""Keeps signed addresses out of the logs of libraries."""

from __future__ import annotations

import logging

__all__ = ["redact_queries"]


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
