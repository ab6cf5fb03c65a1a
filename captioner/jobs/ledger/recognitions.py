"""Recognitions: each audio once, held by one process at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from captioner.errors import LedgerError
from captioner.jobs.ledger.database import Database
from captioner.jobs.ledger.mapping import recognition_of
from captioner.jobs.records import Recognition
from captioner.jobs.states import Standing, State

__all__ = ["Recognitions"]


class Recognitions(Database):
    """The table of recognitions."""

    def recognition(self, key: str) -> Recognition | None:
        """The recognition filed under a key."""
        rows = self._rows("SELECT * FROM recognitions WHERE key = ?", (key,))
        return recognition_of(rows[0]) if rows else None

    def fetched(self, key: str) -> bool:
        """Whether the reply of a recognition is there."""
        found = self.recognition(key)
        return found is not None and found.standing.state is State.FETCHED

    def recognitions(self) -> tuple[Recognition, ...]:
        """Every recognition, oldest first."""
        return tuple(recognition_of(row) for row in self._rows("SELECT * FROM recognitions ORDER BY created_at, key"))

    def claim(self, wanted: Recognition, *, again: bool = False) -> Recognition:
        """Take a recognition into work, unless somebody who lives holds it.

        The members of one task are taken together, because one look-up decides about all.

        Args:
            wanted: Filed as it is when the key is new.
            again: Whether a REJECTED one starts anew.

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
            if mine.standing.state is State.FETCHED:
                return mine
            if any(self.held_by_another(db, row.owner, now) for row in family):
                return mine
            if mine.standing.state is State.REJECTED:
                if not again:
                    return mine
                mine = replace(mine, standing=Standing(), task=None)
            for member in family:
                db.execute("UPDATE recognitions SET owner = ? WHERE key = ?", (self.owner.name, member.key))
            mine = replace(mine, owner=self.owner.name)
            self.update_recognition(db, mine)
        return mine

    def _insert_recognition(self, db: sqlite3.Connection, new: Recognition, now: float) -> None:
        db.execute(
            "INSERT INTO recognitions (key, content, options, audio, endpoint, model, state, due_at, attempts, cause,"
            " submissions, message, code, kind, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'FOUND', 0, 0, '', 0, '', '', '', ?, ?) ON CONFLICT (key) DO NOTHING",
            (new.key, new.content, new.options, new.audio, new.endpoint, new.model, now, now),
        )

    def is_held(self, key: str) -> bool:
        """Whether a recognition is unfinished and in the hands of another process that lives."""
        rows = self._rows("SELECT state, owner FROM recognitions WHERE key = ?", (key,))
        if not rows or rows[0]["state"] in (State.FETCHED, State.REJECTED):
            return False
        with self._translated():
            return self.held_by_another(self._db, rows[0]["owner"], self._clock())

    def save(self, recognition: Recognition) -> None:
        """Write down what is known about a recognition now.

        It is let go of when it is finished.

        Raises:
            LedgerError: Somebody else has taken it over; nothing was written.
        """
        with self._writing() as db:
            self.check_held(db, (recognition,))
            self.update_recognition(db, recognition)

    def reopen(self, recognition: Recognition) -> Recognition:
        """Take a finished recognition into work again, as it is given.

        Raises:
            LedgerError: Somebody else has taken it; nothing was written.
        """
        with self._writing() as db:
            self.check_held(db, (recognition,))
            self.update_recognition(db, recognition)
        return replace(recognition, owner=self.owner.name)

    def let_go(self, keys: Sequence[str]) -> None:
        """Leave recognitions to whoever wants them."""
        with self._writing() as db:
            db.executemany("UPDATE recognitions SET owner = '' WHERE key = ?", [(key,) for key in keys])

    def check_held(self, db: sqlite3.Connection, members: Iterable[Recognition]) -> list[State]:
        """The states in which members are filed, all of them ours or nobody's.

        Raises:
            LedgerError: Somebody else holds one.
        """
        states = []
        for member in members:
            row = db.execute("SELECT owner, state FROM recognitions WHERE key = ?", (member.key,)).fetchone()
            if row is None or row["owner"] not in ("", self.owner.name):
                raise LedgerError(f"{self.path}: another process took over this work; run the command again")
            states.append(State(row["state"]))
        return states

    def update_recognition(self, db: sqlite3.Connection, recognition: Recognition) -> None:
        values = {
            "upload": recognition.upload,
            "task": recognition.task,
            "address": recognition.address,
            "address_digest": recognition.address_digest,
            "offset_ms": recognition.offset_ms,
            "duration_ms": recognition.duration_ms,
            "reply": recognition.reply,
            "billed_s": recognition.billed_s,
            "again": recognition.again,
            "owner": "" if recognition.finished else self.owner.name,
        }
        self._update(db, "recognitions", "key", recognition.key, values, recognition.standing)
