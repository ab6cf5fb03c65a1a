"""Tells an HTTP address that a task has ended, as EventBridge does.

Source: Model Studio, "Receive asynchronous task completion notifications via HTTP callback URL or MQ", 2026-11-07, for
the type of the event and for what it is about; CloudEvents 1.0 for its frame. The event's other fields are not in what
was read.
"""

from __future__ import annotations

import logging
import uuid

from captioner.emulator.faults import Faults
from captioner.emulator.messages import Json
from captioner.emulator.reports import task_status
from captioner.emulator.task_queue import EmulatedTask

__all__ = ["send_event"]

_log = logging.getLogger(__name__)

_TYPE = "dashscope:System:AsyncTaskFinish"


def send_event(url: str, task: EmulatedTask) -> None:
    """Send one event, once; a failure is logged and changes nothing."""
    import httpx

    try:
        httpx.post(url, json=_event(task), timeout=10, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        _log.warning("the event about task %s was not taken: %s", task.id, type(error).__name__)


def _event(task: EmulatedTask) -> Json:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "acs.dashscope",
        "type": _TYPE,
        "datacontenttype": "application/json",
        "data": {"task_id": task.id, "task_status": task_status(task, Faults()), "model": task.model},
    }
