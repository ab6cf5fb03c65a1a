"""Table of the other ledgers of a user, and taking one of them in."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captioner.errors import LedgerError
from captioner.jobs.ledger.sqlite.mapping import text
from captioner.jobs.ledger.sqlite.recognitions import Recognitions

__all__ = ["Merged", "OtherLedgers"]

#: States of a recognition, the least worth keeping first.
_WORTH = ("REJECTED", "FOUND", "STORED", "SUBMITTING", "SUBMITTED", "RECOGNISED", "FETCHED")


@dataclass(frozen=True, slots=True)
class Merged:
    """What was taken in from another ledger.

    Attributes:
        recognitions: Recognitions that this ledger did not have, or had not got as far.
        jobs: Inputs that it did not know.
        outputs: Caption files that it did not know.
        replies: File names of the replies that belong to them.
    """

    recognitions: int
    jobs: int
    outputs: int
    replies: tuple[str, ...] = ()


class OtherLedgers(Recognitions):
    """The table of other ledgers."""

    def remember_ledger(self, path: Path) -> None:
        """Remember a ledger of this user, so that runs elsewhere find what was paid in it."""
        with self._writing(single=True) as db:
            db.execute(
                "INSERT INTO ledgers (path, seen_at) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET"
                " seen_at = excluded.seen_at",
                (text(path), self._clock()),
            )

    def remembered_ledgers(self) -> tuple[Path, ...]:
        """Ledgers of this user that were used where they lie, the latest first."""
        return tuple(Path(row["path"]) for row in self._rows("SELECT path FROM ledgers ORDER BY seen_at DESC, path"))

    def missing_replies(self, other: Recognitions) -> tuple[str, ...]:
        """File names of the replies of another ledger that this one would take in."""
        wanted = _Source(other).rows("recognitions")
        known = {row["key"]: row for row in self._rows("SELECT key, state, origin FROM recognitions")}
        return tuple(row["reply"] for row in wanted if row["reply"] and _is_better(row, known.get(row["key"])))

    def merge(self, other: Recognitions) -> Merged:
        """Take in what another ledger knows, in one transaction; what is known here already stays.

        Raises:
            LedgerError: Another process works on it.
        """
        if other.live_owners() - {other.owner.name}:
            raise LedgerError(f"{other.path}: a captioner is working on it; wait for it, or stop it, and merge then")
        source = _Source(other)
        with self._writing(durable=True) as db:
            uploads = _add_numbered(db, "uploads", source.rows("uploads"), ("place", "bucket", "object_key"))
            tasks = _add_numbered(db, "tasks", source.rows("tasks"), ("task_id",))
            for row in source.rows("suspects"):
                _insert(db, "suspects", {**row, "task": tasks[row["task"]]})
            taken = [row for row in source.rows("recognitions") if self._take(db, row, uploads, tasks)]
            known_jobs = db.execute("SELECT count(*) FROM jobs").fetchone()[0]
            jobs = _add_numbered(db, "jobs", source.rows("jobs"), ("source", "link_digest", "target"))
            new_jobs = db.execute("SELECT count(*) FROM jobs").fetchone()[0] - known_jobs
            outputs = sum(_add_output(db, {**row, "job": jobs[row["job"]]}) for row in source.rows("outputs"))
            db.execute("DELETE FROM ledgers WHERE path = ?", (text(other.path),))
            if other.has_keys_before():
                db.execute("UPDATE migrations SET from_version = 1 WHERE version = 4 AND from_version = 0")
        return Merged(len(taken), new_jobs, outputs, tuple(row["reply"] for row in taken if row["reply"]))

    def _take(
        self, db: sqlite3.Connection, row: dict[str, Any], uploads: dict[int, int], tasks: dict[int, int]
    ) -> bool:
        known = db.execute("SELECT key, state, owner, origin FROM recognitions WHERE key = ?", (row["key"],)).fetchone()
        if not _is_better(row, known):
            return False
        if known is not None:
            if self.held_by_another(db, known["owner"], self._clock()):
                return False
            db.execute("DELETE FROM recognitions WHERE key = ?", (row["key"],))
        upload, task = row["upload"], row["task"]
        numbers = {"upload": upload and uploads[upload], "task": task and tasks[task], "owner": ""}
        _insert(db, "recognitions", {**row, **numbers})
        return True


class _Source:
    """The rows of the ledger that is taken in."""

    def __init__(self, ledger: Recognitions) -> None:
        self._ledger = ledger

    def rows(self, table: str) -> list[dict[str, Any]]:
        return [dict(zip(row.keys(), tuple(row), strict=True)) for row in self._ledger._rows(f"SELECT * FROM {table}")]


def _is_better(row: dict[str, Any], known: Any) -> bool:
    """Whether a recognition is worth more than the one known under its key; a bill counts more than a copy of it."""
    if known is None:
        return True
    if row["state"] == known["state"] == "FETCHED":
        return bool(known["origin"]) and not row["origin"]
    return _WORTH.index(row["state"]) > _WORTH.index(known["state"])


def _add_numbered(
    db: sqlite3.Connection, table: str, rows: Sequence[dict[str, Any]], unique: tuple[str, ...]
) -> dict[int, int]:
    """Add the rows that are not there, and return the number here of each number there."""
    numbers: dict[int, int] = {}
    same = " AND ".join(f"{name} = ?" for name in unique)
    for row in rows:
        key = tuple(row[name] for name in unique)
        known = db.execute(f"SELECT id FROM {table} WHERE {same}", key).fetchone() if all(key[:1]) else None
        values = {name: value for name, value in row.items() if name != "id"}
        numbers[row["id"]] = known["id"] if known is not None else _insert(db, table, values)
    return numbers


def _add_output(db: sqlite3.Connection, row: dict[str, Any]) -> bool:
    """Add an output; of one that both know, both digests are known afterwards."""
    known = db.execute("SELECT sha256, previous FROM outputs WHERE path = ?", (row["path"],)).fetchone()
    if known is None:
        _insert(db, "outputs", row)
        return True
    if known["sha256"] != row["sha256"] and not known["previous"]:
        db.execute("UPDATE outputs SET previous = ? WHERE path = ?", (row["sha256"], row["path"]))
    return False


def _insert(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> int:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    return int(
        db.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", tuple(row.values())).lastrowid or 0
    )
