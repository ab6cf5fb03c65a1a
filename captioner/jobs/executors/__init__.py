"""Executors that call steps: executors in the sense of `concurrent.futures`.

`InlineExecutor` calls at once in the calling thread (tests, debugging), `DaemonThreadExecutor` in threads (waiting for
services, small batches), `WorkerProcessExecutor` in processes (media steps of many files). Anything else with that
interface, such as a cluster's, can take their place: steps are importable functions with plain arguments, and may be
called twice.
"""

from __future__ import annotations

from captioner.daemon_executor import DaemonThreadExecutor
from captioner.jobs.executors.inline import InlineExecutor
from captioner.jobs.executors.worker_processes import WorkerDied, WorkerProcessExecutor, describe_exit

__all__ = ["DaemonThreadExecutor", "InlineExecutor", "WorkerDied", "WorkerProcessExecutor", "describe_exit"]
