"""From rows to records and back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from captioner.jobs.records import Job, Recognition, Upload
from captioner.jobs.states import Cause, Reason, Standing, State
from captioner.model import StoredObject

__all__ = ["from_standing", "job_of", "recognition_of", "text", "upload_of"]

_STANDING = ("state", "due_at", "attempts", "cause", "submissions", "failures", "message", "code", "kind")


def text(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()


def from_standing(standing: Standing) -> dict[str, object]:
    reason = standing.reason or Reason("")
    return {
        "state": standing.state.value,
        "due_at": standing.due_at,
        "attempts": standing.attempts,
        "cause": standing.cause.value if standing.cause else "",
        "submissions": standing.submissions,
        "failures": standing.failures,
        "message": reason.message,
        "code": reason.code,
        "kind": reason.kind,
    }


def standing_of(row: sqlite3.Row) -> Standing:
    return Standing(
        state=State(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        cause=Cause(row["cause"]) if row["cause"] else None,
        submissions=row["submissions"],
        failures=row["failures"],
        reason=Reason(row["message"], row["code"], row["kind"]) if row["message"] else None,
    )


def _plain(row: sqlite3.Row, *leave_out: str) -> dict[str, Any]:
    skip = {*_STANDING, "created_at", "updated_at", *leave_out}
    return {key: row[key] for key in row.keys() if key not in skip}  # noqa: SIM118 - iterating a Row gives values


def job_of(row: sqlite3.Row) -> Job:
    return Job(**_plain(row, "options"), standing=standing_of(row))


def recognition_of(row: sqlite3.Row) -> Recognition:
    return Recognition(**_plain(row), standing=standing_of(row))


def upload_of(row: sqlite3.Row) -> Upload:
    stored = StoredObject(
        row["store"], row["bucket"], row["object_key"], row["size_bytes"], row["model"], row["expires_at"]
    )
    return Upload(
        id=row["id"],
        place=row["place"],
        stored=stored,
        content=row["content"],
        audio=row["audio"],
        duration_ms=row["duration_ms"],
        offset_ms=row["offset_ms"],
        kept=bool(row["kept"]),
        stored_at=row["stored_at"],
    )
