"""Table of uploads: objects in a store, and which of them are no longer needed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from captioner.jobs.ledger.sqlite.database import Database
from captioner.jobs.ledger.sqlite.mapping import upload_of
from captioner.jobs.records import SUPPOSED, Upload

__all__ = ["Uploads"]

_UNFINISHED = "('FOUND', 'STORED', 'SUBMITTING', 'SUBMITTED', 'RECOGNISED')"
_PRESENT = "place = ? AND deleted_at IS NULL AND NOT kept"
_AMONG = " AND id IN (SELECT value FROM json_each(?))"
_USING_UPLOAD = "('STORED', 'SUBMITTING', 'SUBMITTED', 'RECOGNISED')"


class Uploads(Database):
    """The table of uploads."""

    def store(self, upload: Upload) -> Upload:
        """Record that an object is in a store; the same object is one row however often it is put."""
        stored = upload.stored
        with self._writing(single=True) as db:
            row = db.execute(
                "INSERT INTO uploads (place, store, bucket, object_key, size_bytes, model, expires_at, content, audio,"
                " duration_ms, offset_ms, kept, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (place, bucket, object_key) DO UPDATE SET size_bytes = excluded.size_bytes,"
                " expires_at = excluded.expires_at, kept = excluded.kept, stored_at = excluded.stored_at,"
                " deleted_at = NULL, deleting = 0 RETURNING id",
                (
                    *(upload.store_id, stored.store, stored.bucket, stored.key, stored.size_bytes, stored.model),
                    *(stored.expires_at, upload.content, upload.audio, upload.duration_ms, upload.offset_ms),
                    *(int(upload.kept), upload.stored_at),
                ),
            ).fetchone()
        return replace(upload, id=int(row["id"]))

    def suppose_stored(self, upload: Upload) -> None:
        """Record that an object may be in a store, because its upload had begun; nothing when it is known to be there.

        Its `stored_at` is `SUPPOSED`.
        """
        stored = upload.stored
        with self._writing(single=True) as db:
            db.execute(
                "INSERT INTO uploads (place, store, bucket, object_key, size_bytes, model, expires_at, content, audio,"
                " duration_ms, offset_ms, kept, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"
                " ON CONFLICT (place, bucket, object_key) DO UPDATE SET size_bytes = excluded.size_bytes,"
                " kept = 0, stored_at = excluded.stored_at, deleted_at = NULL, deleting = 0"
                " WHERE deleted_at IS NOT NULL",
                (
                    *(upload.store_id, stored.store, stored.bucket, stored.key, stored.size_bytes, stored.model),
                    *(stored.expires_at, upload.content, upload.audio, upload.duration_ms, upload.offset_ms, SUPPOSED),
                ),
            )

    def upload(self, number: int) -> Upload:
        """The object of a number."""
        return upload_of(self._rows("SELECT * FROM uploads WHERE id = ?", (number,))[0])

    def find_upload(self, store_id: str, content: str, audio: str, model: str) -> Upload | None:
        """An object that should still be there, made from this media in this way, and not bound to another model."""
        rows = self._rows(
            "SELECT * FROM uploads WHERE place = ? AND content = ? AND audio = ? AND model IN ('', ?)"
            " AND deleted_at IS NULL AND NOT deleting AND (expires_at IS NULL OR expires_at > ?)"
            " ORDER BY stored_at DESC LIMIT 1",
            (store_id, content, audio, model, self._clock()),
        )
        return upload_of(rows[0]) if rows else None

    def take_deletable(self, store_id: str, numbers: Sequence[int] | None = None) -> tuple[Upload, ...]:
        """Mark, and return, the objects in a store that are no longer needed and not to be kept.

        With `numbers` only those objects are looked at. An object is needed while an unfinished recognition uses it, or
        while a live process is storing the same.
        """
        now = self._clock()
        with self._writing() as db:
            rows = db.execute(
                "SELECT * FROM uploads WHERE place = ? AND deleted_at IS NULL AND NOT kept"
                f"{'' if numbers is None else _AMONG} AND NOT EXISTS"
                f" (SELECT 1 FROM recognitions r WHERE r.upload = uploads.id AND r.state IN {_USING_UPLOAD})",
                (store_id,) if numbers is None else (store_id, json.dumps(numbers)),
            ).fetchall()
            free = [upload_of(row) for row in rows if not self._being_stored(db, row["content"], row["audio"], now)]
            db.executemany("UPDATE uploads SET deleting = 1 WHERE id = ?", [(upload.id,) for upload in free])
        return tuple(free)

    def _being_stored(self, db: sqlite3.Connection, content: str, audio: str, now: float) -> bool:
        rows = db.execute(
            "SELECT owner FROM recognitions WHERE content = ? AND audio = ? AND state = 'FOUND' AND owner <> ''",
            (content, audio),
        ).fetchall()
        return any(row["owner"] == self.owner.name or self.held_by_another(db, row["owner"], now) for row in rows)

    def still_deletable(self, numbers: Sequence[int]) -> frozenset[int]:
        """Those of the objects that were marked and are still not needed: they were not stored again meanwhile."""
        rows = self._rows(f"SELECT id FROM uploads WHERE deleting{_AMONG}", (json.dumps(numbers),))
        return frozenset(row["id"] for row in rows)

    def forget_uploads(self, numbers: Sequence[int], *, unless_stored_again: bool = False) -> None:
        """Record that objects are no longer in their store, or only those not stored again since they were marked."""
        more = " AND deleting" if unless_stored_again else ""
        now = self._clock()
        with self._writing() as db:
            db.executemany(
                f"UPDATE uploads SET deleted_at = ? WHERE id = ?{more}", [(now, number) for number in numbers]
            )

    def miss_upload(self, number: int) -> None:
        """Record that an object was not found; one that was only supposed is still deleted, as it may come late."""
        with self._writing(single=True) as db:
            db.execute(
                "UPDATE uploads SET deleted_at = ? WHERE id = ? AND stored_at <> ?", (self._clock(), number, SUPPOSED)
            )

    def keep_upload(self, number: int, *, kept: bool) -> None:
        """Record whether an object is to stay when its last user ends."""
        with self._writing(single=True) as db:
            db.execute("UPDATE uploads SET kept = ? WHERE id = ?", (int(kept), number))

    def abandoned(self, store_id: str, older_than_s: float) -> tuple[Upload, ...]:
        """Objects in a store that are not needed: no work uses them, or only work that no process holds and that has
        bought nothing with them, or whose task was made so long ago that the service has read them.
        """
        rows = self._rows(f"SELECT * FROM uploads WHERE {_PRESENT} ORDER BY id", (store_id,))
        before = self._clock() - older_than_s
        with self._translated():
            return tuple(upload for upload in map(upload_of, rows) if self._is_abandoned(upload.id, before))

    def abandon(self, number: int, older_than_s: float) -> bool:
        """Take an abandoned object away from the work that used it, which is FOUND again; whether it still was one."""
        now = self._clock()
        with self._writing() as db:
            if not self._is_abandoned(number, now - older_than_s):
                return False
            db.execute("UPDATE recognitions SET state = 'FOUND' WHERE upload = ? AND state = 'STORED'", (number,))
            db.execute("UPDATE uploads SET deleting = 1 WHERE id = ?", (number,))
        return True

    def _is_abandoned(self, number: int, before: float) -> bool:
        now = self._clock()
        users = self._db.execute(
            "SELECT owner, state, updated_at FROM recognitions"
            f" WHERE upload = ? AND (state IN {_USING_UPLOAD} OR (state = 'FOUND' AND owner <> ''))",
            (number,),
        ).fetchall()
        return not any(
            self.held_by_another(self._db, user["owner"], now)
            or (user["state"] not in ("FOUND", "STORED") and user["updated_at"] > before)
            for user in users
        )

    def known_keys(self, store_id: str) -> frozenset[str]:
        """Keys of every object that should be in a store."""
        rows = self._rows("SELECT object_key FROM uploads WHERE place = ? AND deleted_at IS NULL", (store_id,))
        return frozenset(row["object_key"] for row in rows)

    def leftovers(self) -> tuple[Upload, ...]:
        """Objects that are still in a store although they are not needed, but for those that are only supposed."""
        return tuple(
            upload_of(row)
            for row in self._rows(
                "SELECT * FROM uploads WHERE deleted_at IS NULL AND NOT kept AND stored_at <> ? AND NOT EXISTS"
                f" (SELECT 1 FROM recognitions r WHERE r.upload = uploads.id AND r.state IN {_UNFINISHED}) ORDER BY id",
                (SUPPOSED,),
            )
        )
