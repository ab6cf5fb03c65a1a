"""Imported once by the server that worker processes are forked from, so that each begins with everything loaded.

What is loaded here is shared by all workers; without it each would need half a second of processor and its own memory.
Nothing here opens a connection or starts a thread.
"""

from __future__ import annotations

import gc
import importlib
import signal
import sys

__all__ = ["PRELOADED"]

# Libraries that the packages of captioner import when they are first used, and the packages themselves.
_NAMES = (
    *("av", "boto3", "boto3.s3.transfer", "httpx"),
    *("captioner.check", "captioner.formats", "captioner.layout", "captioner.media", "captioner.storage"),
    *("captioner.jobs.executors.worker_main", "captioner.jobs.steps"),
)

PRELOADED = tuple(importlib.import_module(name) for name in _NAMES)

if any("multiprocessing.forkserver" in argument for argument in sys.orig_argv):
    gc.collect()
    gc.freeze()  # a collection in a worker does not touch, and so copy, what is shared
    # Ctrl-C reaches every process of the terminal's group: also a worker that has not come to ignoring it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
