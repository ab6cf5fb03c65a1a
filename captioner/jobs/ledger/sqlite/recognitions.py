"""Table of recognitions: each audio once, held by one process at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from captioner.errors import LedgerError
from captioner.jobs.ledger.sqlite.database import Database
from captioner.jobs.ledger.sqlite.mapping import from_status, recognition_of
from captioner.jobs.records import Recognition
from captioner.jobs.states import JobStatus, State

__all__ = ["Recognitions"]


class Recognitions(Database):
    """The table of recognitions."""

    def recognition(self, key: str) -> Recognition | None:
        """The recognition filed under a key."""
        rows = self._rows("SELECT * FROM recognitions WHERE key = ?", (key,))
        return recognition_of(rows[0]) if rows else None

    def fetched(self, key: str) -> bool:
        """Whether the reply of a recognition is saved."""
        rows = self._rows("SELECT state FROM recognitions WHERE key = ?", (key,))
        return bool(rows) and rows[0]["state"] == State.FETCHED

    def recognitions_of(self, content: str) -> tuple[Recognition, ...]:
        """Every recognition of a content, oldest first."""
        rows = self._rows("SELECT * FROM recognitions WHERE content = ? ORDER BY created_at, key", (content,))
        return tuple(recognition_of(row) for row in rows)

    def take_over(self, recognition: Recognition) -> None:
        """File a fetched recognition of another ledger, which keeps its bill."""
        values = {
            name: getattr(recognition, name)
            for name in ("key", "content", "options", "audio", "endpoint", "model", "asked", "origin", "offset_ms",
                         "duration_ms", "reply", "billed_s")
        }  # fmt: skip
        row = {**values, **from_status(JobStatus(State.FETCHED)), "created_at": self._clock()}
        row["updated_at"] = row["created_at"]
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with self._writing(single=True) as db:
            db.execute(f"INSERT INTO recognitions ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", (*row.values(),))

    def recognitions(self) -> tuple[Recognition, ...]:
        """Every recognition, oldest first."""
        return tuple(recognition_of(row) for row in self._rows("SELECT * FROM recognitions ORDER BY created_at, key"))

    def claim(self, wanted: Recognition, *, retry_rejected: bool = False) -> Recognition:
        """Take a recognition into work, unless a live process holds it.

        The members of one task are taken together, because one look-up decides about all.

        Args:
            wanted: Filed as it is when the key is new.
            retry_rejected: Whether a REJECTED one starts anew.

        Returns:
            The recognition as filed; it is ours if its `owner` is our name or it is finished.
        """
        now = self._clock()
        with self._writing() as db:
            self._insert_recognition(db, wanted, now)
            rows = db.execute(
                "SELECT * FROM recognitions WHERE key = :key OR (state = 'SUBMITTING' AND task ="
                " (SELECT task FROM recognitions WHERE key = :key AND state = 'SUBMITTING'))",
                {"key": wanted.key},
            ).fetchall()
            family = [recognition_of(row) for row in rows]
            mine = next(row for row in family if row.key == wanted.key)
            if mine.status.state is State.FETCHED:
                return mine
            if any(self.held_by_another(db, row.owner, now) for row in family):
                return mine
            if mine.status.state is State.REJECTED:
                if not retry_rejected:
                    return mine
                mine = replace(mine, status=JobStatus(), task=None, no_grouping=False, links_refused=0)
            for member in family:
                if member is not mine or member.owner not in ("", self.owner.name):
                    db.execute("UPDATE recognitions SET owner = ? WHERE key = ?", (self.owner.name, member.key))
            mine = replace(mine, owner=self.owner.name)
            self.update_recognition(db, mine)
        return mine

    def _insert_recognition(self, db: sqlite3.Connection, new: Recognition, now: float) -> None:
        db.execute(
            "INSERT INTO recognitions (key, content, options, audio, endpoint, model, asked, state, due_at, attempts,"
            " cause, submissions, message, code, kind, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'FOUND', 0, 0, '', 0, '', '', '', ?, ?) ON CONFLICT (key) DO NOTHING",
            (new.key, new.content, new.options, new.audio, new.endpoint, new.model, new.asked, now, now),
        )

    def rename_recognition(self, old_key: str, new: Recognition) -> bool:
        """File a recognition, with its jobs and its object, under the key that this version gives it.

        Args:
            old_key: The key that an earlier version gave it.
            new: With the new key and digests.

        Returns:
            Whether there was one under the old key, and none under the new.
        """
        if not self._rows("SELECT 1 FROM recognitions WHERE key = ?", (old_key,)):
            return False
        with self._writing() as db:
            renamed = db.execute(
                "UPDATE OR IGNORE recognitions SET key = ?, audio = ?, options = ? WHERE key = ?",
                (new.key, new.audio, new.options, old_key),
            ).rowcount
            if not renamed:
                return False
            db.execute("UPDATE jobs SET recognition = ? WHERE recognition = ?", (new.key, old_key))
            db.execute(
                "UPDATE uploads SET audio = ? WHERE id = (SELECT upload FROM recognitions WHERE key = ?)",
                (new.audio, new.key),
            )
        return True

    def set_aside(self, key: str, aside: str, reply: str) -> bool:
        """File a fetched recognition, with its jobs, under a key that no request has, so that it can be bought anew.

        Args:
            key: Of the recognition, which keeps its bill.
            aside: Its new key.
            reply: The file of its reply, from now on.

        Returns:
            Whether there was one whose reply is saved.
        """
        with self._writing() as db:
            renamed = db.execute(
                "UPDATE OR IGNORE recognitions SET key = ?, reply = ? WHERE key = ? AND state = 'FETCHED'",
                (aside, reply, key),
            ).rowcount
            if renamed:
                db.execute("UPDATE jobs SET recognition = ? WHERE recognition = ?", (aside, key))
        return bool(renamed)

    def has_keys_before(self) -> bool:
        """Whether recognitions may be filed under keys of an earlier version."""
        return bool(self._rows("SELECT 1 FROM migrations WHERE version = 4 AND from_version > 0"))

    def is_held(self, key: str) -> bool:
        """Whether a recognition is unfinished and held by another live process."""
        rows = self._rows("SELECT state, owner FROM recognitions WHERE key = ?", (key,))
        if not rows or rows[0]["state"] in (State.FETCHED, State.REJECTED):
            return False
        with self._translated():
            return self.held_by_another(self._db, rows[0]["owner"], self._clock())

    def save(self, recognition: Recognition) -> None:
        """Record what is known about a recognition now; a finished one is released.

        Raises:
            LedgerError: Another process has taken it over; nothing was written.
        """
        with self._writing(single=True) as db:
            self.update_recognition(db, recognition)

    def reopen(self, recognition: Recognition) -> Recognition:
        """Take a finished recognition into work again, as it is given.

        Raises:
            LedgerError: Another process has taken it; nothing was written.
        """
        self.save(recognition)
        return replace(recognition, owner=self.owner.name)

    def release_claims(self, keys: Sequence[str]) -> None:
        """Release recognitions, for any process to take."""
        with self._writing(single=True) as db:
            db.executemany("UPDATE recognitions SET owner = '' WHERE key = ?", [(key,) for key in keys])

    def check_held(self, db: sqlite3.Connection, members: Iterable[Recognition]) -> list[State]:
        """The states in which members are filed, all of them held by us or by no process.

        Raises:
            LedgerError: Another process holds one.
        """
        states = []
        for member in members:
            row = db.execute("SELECT owner, state FROM recognitions WHERE key = ?", (member.key,)).fetchone()
            if row is None or row["owner"] not in ("", self.owner.name):
                raise LedgerError(f"{self.path}: another process took over this work; run the command again")
            states.append(State(row["state"]))
        return states

    def update_recognition(self, db: sqlite3.Connection, recognition: Recognition) -> None:
        """Write every column of a recognition.

        Raises:
            LedgerError: Another process holds it.
        """
        values = {
            "upload": recognition.upload,
            "task": recognition.task,
            "address": recognition.address,
            "address_digest": recognition.address_digest,
            "offset_ms": recognition.offset_ms,
            "duration_ms": recognition.duration_ms,
            "reply": recognition.reply,
            "billed_s": recognition.billed_s,
            "again": recognition.resubmit_reason,
            "no_grouping": int(recognition.no_grouping),
            "unavailable_since": recognition.unavailable_since,
            "resubmitting_since": recognition.resubmitting_since,
            "links_refused": recognition.links_refused,
            "owner": "" if recognition.finished else self.owner.name,
        }
        ours = ("", self.owner.name)
        if not self._update(
            db, "recognitions", "key", recognition.key, values, recognition.status, " AND owner IN (?, ?)", ours
        ):
            raise LedgerError(f"{self.path}: another process took over this work; run the command again")
