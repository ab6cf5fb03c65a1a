"""Delays, lifetimes and limits of the emulated service."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ServiceLimits", "TaskTiming"]

_DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class TaskTiming:
    """Times of the emulated service, in seconds.

    The lifetimes are those of the service. Sources: Model Studio, "Manage asynchronous tasks" and "Get a temporary file
    URL", both 2026.

    Attributes:
        pending_s: Waiting time of a task.
        running_s: Shortest running time of a task.
        speed: Seconds of audio recognised in a second, on top of `running_s`; 0 for no such delay. The real service
            was seen at 6 (short clips) to 64 (an hour).
        task_lifetime_s: Time for which a finished task is known; after that it is UNKNOWN.
        link_lifetime_s: Time for which a result can be downloaded after the task's end.
        policy_lifetime_s: Time for which an upload policy can be used.
        upload_lifetime_s: Time for which an uploaded file can be submitted.
        clock: Gives Unix seconds.
    """

    pending_s: float = 0.2
    running_s: float = 0.3
    speed: float = 0.0
    task_lifetime_s: float = _DAY_S
    link_lifetime_s: float = _DAY_S
    policy_lifetime_s: float = 300
    upload_lifetime_s: float = 2 * _DAY_S
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """Limits of the emulated service.

    Sources: Model Studio, "Audio file recognition - Fun-ASR/Paraformer", 2026-03-24 (files, rates) and "Get a temporary
    file URL", 2026 (uploads, policies).

    Attributes:
        file_bytes: Largest file.
        file_ms: Longest audio, milliseconds.
        files_per_task: Most files in one submission.
        upload_mb: Largest upload, MiB.
        queries_per_s: Queries a second for an account; the task list and cancelling have the same limit each.
        policies_per_s: Upload policies a second for an account.
        funasr_submits_per_s: Submissions a second to a Fun-ASR model.
        mtl_submits_per_minute: Submissions a minute to fun-asr-mtl, as in Singapore.
        qwen_submits_per_s: Submissions a second to a Qwen-Audio model.
        paraformer_submits_per_s: Submissions a second to a Paraformer model.
    """

    file_bytes: int = 2 << 30
    file_ms: int = 12 * 3600 * 1000
    files_per_task: int = 100
    upload_mb: int = 1024
    queries_per_s: int = 20
    policies_per_s: int = 100
    funasr_submits_per_s: int = 10
    mtl_submits_per_minute: int = 100
    qwen_submits_per_s: int = 10
    paraformer_submits_per_s: int = 20
