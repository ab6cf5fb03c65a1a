"""Tables of the one coordinator of a cluster and of its workers."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict

from captioner.jobs.events import WorkerStatus
from captioner.jobs.lease import Owner, alive
from captioner.jobs.ledger.base import Claim
from captioner.jobs.ledger.sqlite.database import Database

__all__ = ["Coordination"]

# Coordinators that are remembered: the newest tells whether the one before it ended in good order.
_KEPT = 20


class Coordination(Database):
    """The tables of coordinators and workers."""

    def claim_coordination(self, cluster: str) -> Claim:
        """Make this process the coordinator of a cluster, unless a live process is one on this ledger."""
        now = self._clock()
        with self._writing(durable=True) as db:
            before = db.execute("SELECT * FROM coordinators ORDER BY number DESC LIMIT 1").fetchone()
            if before is not None and self._is_coordinating(db, before, now):
                return Claim(0, before["token"], taken_by=before["owner"])
            token = before["token"] if before is not None else secrets.token_hex(4)
            number = db.execute(
                "INSERT INTO coordinators (owner, token, cluster, began_at) VALUES (?, ?, ?, ?) RETURNING number",
                (self.owner.name, token, cluster, now),
            ).fetchone()[0]
            db.execute("DELETE FROM coordinators WHERE number <= ?", (number - _KEPT,))
            db.execute("DELETE FROM workers")
        is_clean = before is None or bool(before["is_clean"])
        return Claim(int(number), token, after_crash=not is_clean)

    def _is_coordinating(self, db: sqlite3.Connection, row: sqlite3.Row, now: float) -> bool:
        if row["ended_at"] is not None or row["owner"] == self.owner.name:
            return False
        seen = db.execute("SELECT seen_at FROM owners WHERE name = ?", (row["owner"],)).fetchone()
        return seen is not None and alive(Owner.parse(row["owner"]), now - seen["seen_at"])

    def is_coordinator(self, number: int) -> bool:
        """Whether no other process has taken the place of this coordinator."""
        return bool(self._rows("SELECT max(number) FROM coordinators")[0][0] == number)

    def end_coordination(self, number: int, *, is_clean: bool) -> None:
        """Give the place free; `is_clean` says that no worker was still doing something for it."""
        with self._writing() as db:
            db.execute(
                "UPDATE coordinators SET ended_at = ?, is_clean = ? WHERE number = ?",
                (self._clock(), int(is_clean), number),
            )

    def save_workers(self, workers: Sequence[WorkerStatus], dashboard: str) -> None:
        """Record what the workers do, for `status`."""
        now = self._clock()
        rows = [{**asdict(worker), "seen_at": now} for worker in workers]
        with self._writing() as db:
            db.execute("UPDATE coordinators SET dashboard = ? WHERE owner = ?", (dashboard, self.owner.name))
            db.execute("DELETE FROM workers")
            db.executemany(
                "INSERT OR REPLACE INTO workers VALUES (:name, :state, :doing, :done, :failed, :sent_bytes,"
                " :prepared_ms, :bytes_per_s, :ms_per_s, :reason, :seen_at)",
                rows,
            )

    def workers(self) -> tuple[WorkerStatus, ...]:
        """Workers of the coordinator that lives, as they were a few seconds ago; none without one."""
        now = self._clock()
        with contextlib.suppress(IndexError):
            last = self._rows("SELECT * FROM coordinators ORDER BY number DESC LIMIT 1")[0]
            if self._is_coordinating(self._db, last, now):
                rows = self._rows("SELECT * FROM workers ORDER BY name")
                return tuple(
                    WorkerStatus(**{name: row[name] for name in row.keys() if name != "seen_at"})  # noqa: SIM118 - a Row
                    for row in rows
                )
        return ()

    def dashboard(self) -> str:
        """Address of the dashboard of the last cluster, or ""."""
        rows = self._rows("SELECT dashboard FROM coordinators ORDER BY number DESC LIMIT 1")
        return str(rows[0]["dashboard"]) if rows else ""
