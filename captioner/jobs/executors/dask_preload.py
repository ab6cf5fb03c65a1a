"""Loaded by Dask in each worker of `--cluster local:N`, which Ctrl-C in a terminal reaches as well."""

from __future__ import annotations

import signal

__all__ = ["dask_setup"]


def dask_setup(_: object) -> None:
    """Ignore Ctrl-C; the coordinator ends its workers in good order. Called by Dask in the worker's main thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
