"""Events as other programs are told of them, by webhook or command. Pure.

The body of a message is `{"id", "type", "created_at", "generator", "text", "data"}`; `text` is a line for people, as
chat programs show it. No key and no signed link is ever part of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from captioner.jobs.events import FileReport
from captioner.jobs.outputs.remote_outputs import shown_path
from captioner.jobs.records import OBJECT_MARK, Job, Recognition
from captioner.jobs.states import State
from captioner.version import __version__

__all__ = ["Notice", "NoticeType", "encode_notice", "failure_notice", "file_notice", "run_notice"]


class NoticeType(StrEnum):
    """Types of events."""

    FILE_DONE = "file.done"
    FILE_FAILED = "file.failed"
    RUN_ENDED = "run.ended"
    RUN_FAILED = "run.failed"


@dataclass(frozen=True, slots=True)
class Notice:
    """An event before it has receivers.

    Attributes:
        type: What happened.
        text: The same in a line.
        data: The facts, as JSON values.
    """

    type: NoticeType
    text: str
    data: dict[str, Any]


def encode_notice(notice: Notice, notice_id: str, created_at: float) -> str:
    """The body of a message.

    Args:
        notice: The event.
        notice_id: Id of the message.
        created_at: Unix seconds.
    """
    values = {
        "id": notice_id,
        "type": notice.type.value,
        "created_at": datetime.fromtimestamp(created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "generator": f"captioner {__version__}",
        "text": notice.text,
        "data": notice.data,
    }
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def file_notice(report: FileReport, job: Job | None, rec: Recognition | None) -> Notice:
    """The event of a file that was captioned or refused."""
    is_done = report.state is State.WRITTEN
    reason = report.reason.message if report.reason else ""
    data: dict[str, Any] = {
        "name": report.source,
        "source": job.source if job is not None else report.source,
        "outputs": [shown_path(path) for path in report.outputs],
        "manifest": shown_path(report.manifest) if report.manifest else None,
        "cues": report.cues,
        "speech": report.speech,
        "duration_ms": job.duration_ms or None if job is not None else None,
        "sha256": _digest(job),
        "model": rec.model if rec is not None else None,
        "task_id": report.task_id or None,
        "billed_s": report.billed_s,
        "reason": reason or None,
        "code": (report.reason.code if report.reason else "") or None,
    }
    text = f"{report.source}: captioned, {report.cues} cues" if is_done else f"{report.source}: not captioned, {reason}"
    return Notice(NoticeType.FILE_DONE if is_done else NoticeType.FILE_FAILED, text, data)


def run_notice(counters: Counter[str], failures: Sequence[FileReport], billed_s: int) -> Notice:
    """The event of a run that has come to its end."""
    done, failed = counters["done"], counters["failed"]
    data = {
        "files": done + failed,
        "done": done,
        "failed": failed,
        "billed_s": billed_s,
        "failures": [_failure(report) for report in failures],
    }
    return Notice(NoticeType.RUN_ENDED, f"{done} of {done + failed} files captioned, {failed} failed", data)


def failure_notice(counters: Counter[str], reason: str) -> Notice:
    """The event of a run that was ended by something that concerns every file."""
    done = counters["done"]
    return Notice(
        NoticeType.RUN_FAILED, f"the run was ended after {done} files: {reason}", {"done": done, "reason": reason}
    )


def _digest(job: Job | None) -> str | None:
    """SHA-256 of the media's bytes; None for what was not read."""
    if job is None or job.link_digest or job.content.startswith(OBJECT_MARK):
        return None
    return job.content or None


def _failure(report: FileReport) -> dict[str, str]:
    return {"name": report.source, "reason": report.reason.message if report.reason else str(report.state)}
