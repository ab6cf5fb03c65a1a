"""Mapping from rows to records and back."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

from captioner.jobs.records import Job, Recognition, Upload
from captioner.jobs.states import Cause, JobStatus, Reason, State
from captioner.model import StoredObject

__all__ = ["from_status", "job_of", "recognition_of", "text", "upload_of"]

_STATUS = ("state", "due_at", "attempts", "cause", "submissions", "failures", "message", "code", "kind")


def text(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()


def from_status(status: JobStatus) -> dict[str, object]:
    reason = status.reason or Reason("")
    return {
        "state": status.state.value,
        "due_at": status.due_at,
        "attempts": status.attempts,
        "cause": status.cause.value if status.cause else "",
        "submissions": status.submissions,
        "failures": status.failures,
        "message": reason.message,
        "code": reason.code,
        "kind": reason.kind,
    }


def status_of(row: sqlite3.Row) -> JobStatus:
    return JobStatus(
        state=State(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        cause=Cause(row["cause"]) if row["cause"] else None,
        submissions=row["submissions"],
        failures=row["failures"],
        reason=Reason(row["message"], row["code"], row["kind"]) if row["message"] else None,
    )


def _plain(row: sqlite3.Row, *leave_out: str) -> dict[str, Any]:
    return {key: row[key] for key in _columns(tuple(row.keys()), leave_out)}


@cache
def _columns(names: tuple[str, ...], leave_out: tuple[str, ...]) -> tuple[str, ...]:
    """Names of columns that are fields of a record under the same name."""
    skip = {*_STATUS, "created_at", "updated_at", *leave_out}
    return tuple(name for name in names if name not in skip)


def job_of(row: sqlite3.Row) -> Job:
    return Job(**_plain(row, "options"), status=status_of(row))


def recognition_of(row: sqlite3.Row) -> Recognition:
    values = _plain(row, "again", "no_grouping")
    return Recognition(
        **values, status=status_of(row), resubmit_reason=row["again"], no_grouping=bool(row["no_grouping"])
    )


def upload_of(row: sqlite3.Row) -> Upload:
    stored = StoredObject(
        row["store"], row["bucket"], row["object_key"], row["size_bytes"], row["model"], row["expires_at"]
    )
    return Upload(
        id=row["id"],
        store_id=row["place"],
        stored=stored,
        content=row["content"],
        audio=row["audio"],
        duration_ms=row["duration_ms"],
        offset_ms=row["offset_ms"],
        kept=bool(row["kept"]),
        stored_at=row["stored_at"],
    )
