"""Reports of tasks: the answer to a query, and an item of the task list.

Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Callable

from captioner.emulator.faults import Faults
from captioner.emulator.messages import FileFailure, Json, beijing_time, epoch_ms
from captioner.emulator.task_queue import EmulatedTask

__all__ = ["list_item", "query_reply", "task_status", "unknown_task"]


def task_status(task: EmulatedTask, faults: Faults) -> str:
    """Status of a task: PENDING, RUNNING, SUCCEEDED, FAILED or CANCELED.

    A task whose only file failed is FAILED as seen at the service, SUCCEEDED as its documentation prints it; the
    faults decide.
    """
    if task.canceled:
        return "CANCELED"
    if task.ended_at is None:
        return "PENDING" if task.started_at is None else "RUNNING"
    printed = faults.only_file_failed == "succeeded" and task.failure is None and len(task.urls) == 1
    return "SUCCEEDED" if task.recognised or printed else "FAILED"


def unknown_task(task_id: str) -> Json:
    """The answer to a query for an unknown or forgotten task."""
    return {"output": {"task_id": task_id, "task_status": "UNKNOWN"}}


def query_reply(task: EmulatedTask, faults: Faults, link: Callable[[str, float], str]) -> Json:
    """The answer to a query.

    Args:
        task: A known task.
        faults: Faults to apply.
        link: Makes the signed link of a result from its path and the task's end.
    """
    status = task_status(task, faults)
    output: Json = {
        "task_id": task.id,
        "task_status": status,
        "submit_time": beijing_time(task.submitted_at),
        **({} if task.canceled else {"scheduled_time": beijing_time(task.submitted_at)}),
        **({"end_time": beijing_time(task.ended_at)} if task.ended_at is not None else {}),
        **(_failure(task) if status == "FAILED" else {}),
        **_results(task, faults, link),
        "task_metrics": {"TOTAL": len(task.urls), **_counts(task)},
    }
    if faults.unknown_fields:
        output = {"x_trace": {"hops": [1, 2]}, **dict(reversed(output.items())), "x_note": None}
    usage = {"usage": {"duration": task.billed_s}} if task.ended_at is not None and task.recognised else {}
    return {"output": output, **({} if faults.no_usage else usage)}


def list_item(task: EmulatedTask, faults: Faults) -> Json:
    """The item of a task in the task list; it holds no results.

    Source: Model Studio, "Manage asynchronous tasks", 2026-03-15.
    """
    return {
        "api_key_id": "100001",
        "caller_parent_id": "1000000000000001",
        "caller_uid": "1000000000000001",
        "gmt_create": epoch_ms(task.submitted_at),
        "start_time": epoch_ms(task.started_at) if task.started_at is not None else None,
        "end_time": epoch_ms(task.ended_at) if task.ended_at is not None else None,
        "model_name": task.model,
        "region": "emulator",
        "request_id": task.request_id,
        "status": task_status(task, faults),
        "task_id": task.id,
        "user_api_unique_key": f"apikey:v1:audio:asr:transcription:{task.model}",
    }


def _counts(task: EmulatedTask) -> Json:
    if task.failure is not None and task.ended_at is not None:
        return {"SUCCEEDED": 0, "FAILED": len(task.urls)}
    return {"SUCCEEDED": len(task.recognised), "FAILED": len(task.failed)}


def _failure(task: EmulatedTask) -> Json:
    """Code and message of a failed task: its own, otherwise those of its first file."""
    failure = task.failure or task.failed[0]
    return {"code": failure.code, "message": failure.message}


def _results(task: EmulatedTask, faults: Faults, link: Callable[[str, float], str]) -> Json:
    if task.ended_at is None or not task.outcomes:
        return {}
    results = [_result(task, position, link) for position in range(len(task.urls))]
    if faults.unknown_fields:
        results = [{"x_shard": 3, **result} for result in results]
    return {"results": results[::-1] if faults.reversed_results else results}


def _result(task: EmulatedTask, position: int, link: Callable[[str, float], str]) -> Json:
    outcome = task.outcomes[position]
    if isinstance(outcome, FileFailure):
        failure = {"code": outcome.code, "message": outcome.message}
        return {"file_url": task.urls[position], **failure, "subtask_status": "FAILED"}
    return {
        "file_url": task.urls[position],
        "transcription_url": link(task.paths[position], task.ended_at or 0.0),
        "subtask_status": "SUCCEEDED",
    }
