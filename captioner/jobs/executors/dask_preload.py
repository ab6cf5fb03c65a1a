"""Loaded by Dask in workers of `--cluster local:N`, which have the environment and the terminal of the coordinator."""

from __future__ import annotations

import os
import signal

from captioner.settings import is_secret_variable

__all__ = ["dask_setup"]


def dask_setup(_: object) -> None:
    """Forget the secrets of the service, and ignore Ctrl-C: the coordinator ends its workers in good order.

    Called by Dask in the worker's main thread.
    """
    for name in filter(is_secret_variable, list(os.environ)):
        del os.environ[name]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
