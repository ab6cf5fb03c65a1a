"""The ledger: what is known about every file, task and object, in one SQLite file.

Everything is committed before its consequence. What costs money (the intent to submit, the task's name) reaches the
disk before the call returns; the rest survives a crash of the process, and at worst is done again after a power cut.
One thread of a process uses a ledger; several processes may share it. The only module that knows sqlite3.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from captioner.batch.job import Cause, Reason, Standing, State
from captioner.batch.owner import Owner, alive, this_process
from captioner.batch.records import Job, Recognition, Task, Upload
from captioner.batch.schema import APPLICATION_ID, MIGRATIONS, VERSION
from captioner.errors import LedgerError
from captioner.model import StoredObject

__all__ = ["Ledger"]

# Other writers hold the lock for milliseconds; this long means a disk that does not answer.
_BUSY_S = 30.0
_OPEN_TRIES = 50

# Two ledgers opened by one process are two owners.
_SERIALS = itertools.count()

_STANDING = ("state", "due_at", "attempts", "cause", "submissions", "message", "code", "kind")
_UNFINISHED = "('FOUND', 'STORED', 'SUBMITTING', 'SUBMITTED', 'RECOGNISED')"
_USING_UPLOAD = "('STORED', 'SUBMITTING', 'SUBMITTED', 'RECOGNISED')"


class Ledger:
    """One ledger file, opened by one process.

    Attributes:
        path: The file.
        owner: Who opened it.

    Raises (every method):
        LedgerError: The file cannot be read or written.
    """

    def __init__(self, path: Path, *, owner: Owner | None = None, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.owner = owner or this_process(next(_SERIALS))
        self._clock = clock
        with self._translated():
            _create_private(path)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
        try:
            self._set_up()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The private folder for replies and files in work: the ledger's own, or one beside a ledger of any name."""
        own = self.path.parent
        return own if own.name == ".captioner" else self.path.with_name(f"{self.path.name}.d")

    def close(self) -> None:
        """Let go of everything this run holds, and close the file."""
        with contextlib.suppress(LedgerError):
            self.release()
        self._db.close()

    # Jobs

    def enrol(self, source: str, link_digest: str, target: str, captions: str, options: str, *, again: bool) -> Job:
        """The job for an input and a place, made when it is new, and taken up again when it is not done.

        Args:
            source: As in `Job`.
            link_digest: As in `Job`.
            target: As in `Job`.
            captions: Digest of what the captions shall be; a WRITTEN job with another one is to be written anew.
            options: The same as JSON, for people.
            again: Whether a REJECTED job gets another chance.
        """
        now = self._clock()
        with self._writing() as db:
            db.execute(
                "INSERT INTO jobs (source, link_digest, target, captions, options, state, due_at, attempts, cause,"
                " submissions, message, code, kind, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, 'FOUND', 0, 0, '', 0, '', '', '', ?, ?)"
                " ON CONFLICT (source, link_digest, target) DO NOTHING",
                (source, link_digest, target, captions, options, now, now),
            )
            row = db.execute(
                "SELECT * FROM jobs WHERE source = ? AND link_digest = ? AND target = ?", (source, link_digest, target)
            ).fetchone()
            job = _job(row)
            restart = (again and job.standing.state is State.REJECTED) or (
                job.captions != captions and job.standing.state.final
            )
            if restart or job.captions != captions:
                standing = Standing() if restart else job.standing
                job = replace(job, captions=captions, standing=standing)
                self._update_job(db, job)
                db.execute("UPDATE jobs SET options = ? WHERE id = ?", (options, job.id))
        return job

    def save_job(self, job: Job) -> None:
        """Write down what is known about a job now."""
        with self._writing() as db:
            self._update_job(db, job)

    def jobs(self) -> tuple[Job, ...]:
        """Every job, oldest first."""
        return tuple(_job(row) for row in self._rows("SELECT * FROM jobs ORDER BY id"))

    def _update_job(self, db: sqlite3.Connection, job: Job) -> None:
        values = {
            "captions": job.captions,
            "size_bytes": job.size_bytes,
            "mtime_ns": job.mtime_ns,
            "content": job.content,
            "width": job.width,
            "height": job.height,
            "duration_ms": job.duration_ms,
            "frame_rate": job.frame_rate,
            "start_timecode": job.start_timecode,
            "recognition": job.recognition,
            "cues": job.cues,
        }
        self._update(db, "jobs", "id", job.id, values, job.standing)

    # Recognitions

    def recognition(self, key: str) -> Recognition | None:
        """The recognition filed under a key."""
        rows = self._rows("SELECT * FROM recognitions WHERE key = ?", (key,))
        return _recognition(rows[0]) if rows else None

    def fetched(self, key: str) -> bool:
        """Whether the reply of a recognition is there."""
        found = self.recognition(key)
        return found is not None and found.standing.state is State.FETCHED

    def recognitions(self) -> tuple[Recognition, ...]:
        """Every recognition, oldest first."""
        return tuple(_recognition(row) for row in self._rows("SELECT * FROM recognitions ORDER BY created_at, key"))

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
            family = [_recognition(row) for row in rows]
            mine = next(row for row in family if row.key == wanted.key)
            if mine.standing.state is State.FETCHED:
                return mine
            if any(self._held_by_another(db, row.owner, now) for row in family):
                return mine
            if mine.standing.state is State.REJECTED:
                if not again:
                    return mine
                mine = replace(mine, standing=Standing(), task=None)
            for member in family:
                db.execute("UPDATE recognitions SET owner = ? WHERE key = ?", (self.owner.name, member.key))
            mine = replace(mine, owner=self.owner.name)
            self._update_recognition(db, mine)
        return mine

    def _insert_recognition(self, db: sqlite3.Connection, new: Recognition, now: float) -> None:
        db.execute(
            "INSERT INTO recognitions (key, content, options, audio, endpoint, model, state, due_at, attempts, cause,"
            " submissions, message, code, kind, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'FOUND', 0, 0, '', 0, '', '', '', ?, ?) ON CONFLICT (key) DO NOTHING",
            (new.key, new.content, new.options, new.audio, new.endpoint, new.model, now, now),
        )

    def _held_by_another(self, db: sqlite3.Connection, holder: str, now: float) -> bool:
        if holder in ("", self.owner.name):
            return False
        seen = db.execute("SELECT seen_at FROM owners WHERE name = ?", (holder,)).fetchone()
        return seen is not None and alive(Owner.parse(holder), now - seen["seen_at"])

    def save(self, recognition: Recognition) -> None:
        """Write down what is known about a recognition now.

        It is let go of when it is finished.

        Raises:
            LedgerError: Somebody else has taken it over; nothing was written.
        """
        with self._writing() as db:
            self._check_held(db, (recognition,))
            self._update_recognition(db, recognition)

    def reopen(self, recognition: Recognition) -> Recognition:
        """Take a finished recognition into work again, as it is given.

        Raises:
            LedgerError: Somebody else has taken it; nothing was written.
        """
        with self._writing() as db:
            self._check_held(db, (recognition,))
            self._update_recognition(db, recognition)
        return replace(recognition, owner=self.owner.name)

    def let_go(self, keys: Sequence[str]) -> None:
        """Leave recognitions to whoever wants them."""
        with self._writing() as db:
            db.executemany("UPDATE recognitions SET owner = '' WHERE key = ?", [(key,) for key in keys])

    def _check_held(self, db: sqlite3.Connection, members: Iterable[Recognition]) -> None:
        for member in members:
            row = db.execute("SELECT owner FROM recognitions WHERE key = ?", (member.key,)).fetchone()
            if row is None or row["owner"] not in ("", self.owner.name):
                raise LedgerError(f"{self.path}: another process took over this work; run the command again")

    def _update_recognition(self, db: sqlite3.Connection, recognition: Recognition) -> None:
        values = {
            "upload": recognition.upload,
            "task": recognition.task,
            "address": recognition.address,
            "address_digest": recognition.address_digest,
            "offset_ms": recognition.offset_ms,
            "duration_ms": recognition.duration_ms,
            "reply": recognition.reply,
            "billed_s": recognition.billed_s,
            "owner": "" if recognition.finished else self.owner.name,
        }
        self._update(db, "recognitions", "key", recognition.key, values, recognition.standing)

    # Tasks

    def intend(self, model: str, members: Sequence[Recognition]) -> Task:
        """Write down, for good, that a submission of these is about to leave.

        Args:
            model: Model asked.
            members: As they shall be filed: SUBMITTING, with the address they are submitted under.

        Raises:
            LedgerError: One of them is not STORED and ours; nothing may be submitted.
        """
        now = self._clock()
        with self._writing(money=True) as db:
            self._check_held(db, members)
            for member in members:
                state = db.execute("SELECT state FROM recognitions WHERE key = ?", (member.key,)).fetchone()["state"]
                if state != State.STORED:
                    raise LedgerError(f"{self.path}: a file that is {state} cannot be submitted; run the command again")
            cursor = db.execute("INSERT INTO tasks (model, intent_at) VALUES (?, ?)", (model, now))
            task = Task(id=int(cursor.lastrowid or 0), model=model, intent_at=now)
            for member in members:
                self._update_recognition(db, replace(member, task=task.id))
        return task

    def settle(self, task: Task, members: Sequence[Recognition]) -> None:
        """Write down, for good, what became of a submission: its name, and where its files stand."""
        with self._writing(money=True) as db:
            self._check_held(db, members)
            db.execute("UPDATE tasks SET task_id = ?, looks = ? WHERE id = ?", (task.task_id, task.looks, task.id))
            for member in members:
                self._update_recognition(db, member)

    def task(self, number: int) -> Task:
        """The task of a number."""
        row = self._rows("SELECT * FROM tasks WHERE id = ?", (number,))[0]
        return Task(row["id"], row["model"], row["intent_at"], row["task_id"], row["looks"])

    def members(self, number: int) -> tuple[Recognition, ...]:
        """The recognitions that belong to a task."""
        return tuple(_recognition(row) for row in self._rows("SELECT * FROM recognitions WHERE task = ?", (number,)))

    def claimed(self, task_id: str) -> bool:
        """Whether a task of this name is already known to belong to some file."""
        return bool(self._rows("SELECT 1 FROM tasks WHERE task_id = ?", (task_id,)))

    def suspect(self, number: int, candidates: Iterable[str]) -> None:
        """Remember tasks found in the service's list that may be the lost one."""
        with self._writing() as db:
            db.executemany(
                "INSERT INTO suspects (task, candidate) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(number, candidate) for candidate in candidates],
            )

    def clear(self, number: int, candidate: str) -> None:
        """Remember that a suspect is somebody else's task."""
        with self._writing() as db:
            db.execute("UPDATE suspects SET cleared = 1 WHERE task = ? AND candidate = ?", (number, candidate))

    def cleared(self, number: int) -> frozenset[str]:
        """Suspects that turned out to be somebody else's tasks."""
        rows = self._rows("SELECT candidate FROM suspects WHERE task = ? AND cleared", (number,))
        return frozenset(row["candidate"] for row in rows)

    def suspects(self, number: int) -> tuple[str, ...]:
        """Suspects that are neither cleared nor known to belong to another file."""
        rows = self._rows(
            "SELECT candidate FROM suspects WHERE task = ? AND NOT cleared"
            " AND candidate NOT IN (SELECT task_id FROM tasks) ORDER BY rowid",
            (number,),
        )
        return tuple(row["candidate"] for row in rows)

    # Uploads

    def store(self, upload: Upload) -> Upload:
        """Write down that an object is in a store; the same object is one row however often it is put."""
        stored = upload.stored
        with self._writing() as db:
            row = db.execute(
                "INSERT INTO uploads (place, store, bucket, object_key, size_bytes, model, expires_at, content, audio,"
                " duration_ms, offset_ms, kept, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (place, bucket, object_key) DO UPDATE SET size_bytes = excluded.size_bytes,"
                " expires_at = excluded.expires_at, kept = excluded.kept, stored_at = excluded.stored_at,"
                " deleted_at = NULL, deleting = 0 RETURNING id",
                (
                    *(upload.place, stored.store, stored.bucket, stored.key, stored.size_bytes, stored.model),
                    *(stored.expires_at, upload.content, upload.audio, upload.duration_ms, upload.offset_ms),
                    *(int(upload.kept), upload.stored_at),
                ),
            ).fetchone()
        return replace(upload, id=int(row["id"]))

    def upload(self, number: int) -> Upload:
        """The object of a number."""
        return _upload(self._rows("SELECT * FROM uploads WHERE id = ?", (number,))[0])

    def find_upload(self, place: str, content: str, audio: str, model: str) -> Upload | None:
        """An object that should still be there, made from this media in this way, and not bound to another model."""
        rows = self._rows(
            "SELECT * FROM uploads WHERE place = ? AND content = ? AND audio = ? AND model IN ('', ?)"
            " AND deleted_at IS NULL AND NOT deleting AND (expires_at IS NULL OR expires_at > ?)"
            " ORDER BY stored_at DESC LIMIT 1",
            (place, content, audio, model, self._clock()),
        )
        return _upload(rows[0]) if rows else None

    def take_deletable(self, place: str) -> tuple[Upload, ...]:
        """Mark, and return, the objects in a place that nobody needs any more and nobody asked to keep.

        An object is needed while an unfinished recognition uses it, or while somebody who lives is storing the same.
        """
        now = self._clock()
        with self._writing() as db:
            rows = db.execute(
                "SELECT * FROM uploads WHERE place = ? AND deleted_at IS NULL AND NOT kept AND NOT EXISTS"
                f" (SELECT 1 FROM recognitions r WHERE r.upload = uploads.id AND r.state IN {_USING_UPLOAD})",
                (place,),
            ).fetchall()
            free = [_upload(row) for row in rows if not self._being_stored(db, row["content"], row["audio"], now)]
            db.executemany("UPDATE uploads SET deleting = 1 WHERE id = ?", [(upload.id,) for upload in free])
        return tuple(free)

    def _being_stored(self, db: sqlite3.Connection, content: str, audio: str, now: float) -> bool:
        rows = db.execute(
            "SELECT owner FROM recognitions WHERE content = ? AND audio = ? AND state = 'FOUND' AND owner <> ''",
            (content, audio),
        ).fetchall()
        return any(row["owner"] == self.owner.name or self._held_by_another(db, row["owner"], now) for row in rows)

    def deletable(self, number: int) -> bool:
        """Whether an object that was marked is still not needed: nobody has stored it again meanwhile."""
        return bool(self._rows("SELECT 1 FROM uploads WHERE id = ? AND deleting", (number,)))

    def forget_upload(self, number: int) -> None:
        """Write down that an object is not in its store any more."""
        with self._writing() as db:
            db.execute("UPDATE uploads SET deleted_at = ? WHERE id = ?", (self._clock(), number))

    def keep_upload(self, number: int, *, kept: bool) -> None:
        """Write down whether an object shall stay when its last user ends."""
        with self._writing() as db:
            db.execute("UPDATE uploads SET kept = ? WHERE id = ?", (int(kept), number))

    def leftovers(self) -> tuple[Upload, ...]:
        """Objects that are still in a store although nobody needs them."""
        return tuple(
            _upload(row)
            for row in self._rows(
                "SELECT * FROM uploads WHERE deleted_at IS NULL AND NOT kept AND NOT EXISTS"
                f" (SELECT 1 FROM recognitions r WHERE r.upload = uploads.id AND r.state IN {_UNFINISHED}) ORDER BY id"
            )
        )

    # Outputs

    def plan_outputs(self, job: Job, digests: Mapping[Path, str]) -> None:
        """Write down, before they are written, what the outputs of a job are going to be."""
        with self._writing() as db:
            db.executemany(
                "INSERT INTO outputs (path, job, sha256) VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
                " previous = CASE outputs.sha256 WHEN excluded.sha256 THEN outputs.previous ELSE outputs.sha256 END,"
                " sha256 = excluded.sha256, job = excluded.job",
                [(_text(path), job.id, digest) for path, digest in digests.items()],
            )

    def output_digests(self, path: Path) -> tuple[str, ...]:
        """Digests a file of ours may have: as written last, and as before that in case writing was cut short."""
        rows = self._rows("SELECT sha256, previous FROM outputs WHERE path = ?", (_text(path),))
        return tuple(digest for row in rows for digest in (row["sha256"], row["previous"]) if digest)

    def output_source(self, path: Path, job: Job) -> str:
        """The other input whose captions an output holds, or "" when they are this job's or of the same content."""
        rows = self._rows(
            "SELECT jobs.source FROM outputs JOIN jobs ON jobs.id = outputs.job"
            " WHERE outputs.path = ? AND jobs.id <> ? AND jobs.content <> ?",
            (_text(path), job.id, job.content),
        )
        return str(rows[0]["source"]) if rows else ""

    # Owners

    def beat(self) -> None:
        """Say that this run still lives."""
        with self._writing() as db:
            self._beat(db)

    def _beat(self, db: sqlite3.Connection) -> None:
        db.execute(
            "INSERT INTO owners (name, seen_at) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
            (self.owner.name, self._clock()),
        )

    def release(self) -> None:
        """Let go of everything this run holds."""
        with self._writing() as db:
            db.execute("UPDATE recognitions SET owner = '' WHERE owner = ?", (self.owner.name,))
            db.execute("DELETE FROM owners WHERE name = ?", (self.owner.name,))

    def living(self) -> frozenset[str]:
        """Names of the owners that can still be at work."""
        now = self._clock()
        rows = self._rows("SELECT name, seen_at FROM owners")
        return frozenset(row["name"] for row in rows if alive(Owner.parse(row["name"]), now - row["seen_at"]))

    # SQLite

    def _set_up(self) -> None:
        with self._translated():
            _try_often(self._db, "PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("BEGIN")  # one view: another process may be making the tables at this moment
            self._check_kind()
            self._db.execute("COMMIT")
            if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise LedgerError(f"{self.path}: the ledger is damaged; move it away, or restore it from a copy")
        self._migrate()
        with self._writing() as db:
            self._beat(db)

    def _check_kind(self) -> None:
        kind = self._db.execute("PRAGMA application_id").fetchone()[0]
        empty = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if kind != APPLICATION_ID and not empty:
            raise LedgerError(f"{self.path}: this is not a ledger of captioner; move it away or choose another place")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise LedgerError(
                f"{self.path}: written by a newer captioner (version {version}, this one knows {VERSION}); upgrade it"
            )

    def _migrate(self) -> None:
        with self._writing(money=True) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            for number in range(version, VERSION):
                for statement in MIGRATIONS[number].split(";\n"):
                    db.execute(statement)
                db.execute("INSERT INTO migrations VALUES (?, ?)", (number + 1, self._clock()))
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {VERSION}")

    def _update(
        self,
        db: sqlite3.Connection,
        table: str,
        column: str,
        name: object,
        values: Mapping[str, object],
        standing: Standing,
    ) -> None:
        every = {**values, **_from_standing(standing), "updated_at": self._clock()}
        assignments = ", ".join(f"{key} = :{key}" for key in every)
        db.execute(f"UPDATE {table} SET {assignments} WHERE {column} = :_name", {**every, "_name": name})

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self._translated():
            return self._db.execute(query, tuple(values)).fetchall()

    @contextlib.contextmanager
    def _writing(self, *, money: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction; with `money` it is on the disk when it ends."""
        with self._translated():
            self._db.execute(f"PRAGMA synchronous = {'FULL' if money else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(
                f"{self.path}: the ledger cannot be used ({error}); nothing is submitted without it:"
                " free space, end other programs, or move it away"
            ) from error
        except OSError as error:
            raise LedgerError(
                f"{self.path}: the ledger cannot be made ({error.strerror or error}); choose a writable folder with -o"
            ) from error


def _create_private(path: Path) -> None:
    """Make the file and its folder for their owner only; SQLite gives its side files the mode of the main one."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with contextlib.suppress(OSError):
        path.chmod(0o600)


def _try_often(db: sqlite3.Connection, statement: str) -> None:
    """Changing the journal ignores the busy timeout, and two processes may make one ledger at the same moment."""
    for left in range(_OPEN_TRIES, -1, -1):
        try:
            db.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not left:
                raise
            time.sleep(0.1)
        else:
            return


def _text(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()


def _from_standing(standing: Standing) -> dict[str, object]:
    reason = standing.reason or Reason("")
    return {
        "state": standing.state.value,
        "due_at": standing.due_at,
        "attempts": standing.attempts,
        "cause": standing.cause.value if standing.cause else "",
        "submissions": standing.submissions,
        "message": reason.message,
        "code": reason.code,
        "kind": reason.kind,
    }


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(
        state=State(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        cause=Cause(row["cause"]) if row["cause"] else None,
        submissions=row["submissions"],
        reason=Reason(row["message"], row["code"], row["kind"]) if row["message"] else None,
    )


def _plain(row: sqlite3.Row, *leave_out: str) -> dict[str, Any]:
    skip = {*_STANDING, "created_at", "updated_at", *leave_out}
    return {key: row[key] for key in row.keys() if key not in skip}  # noqa: SIM118 - iterating a Row gives values


def _job(row: sqlite3.Row) -> Job:
    return Job(**_plain(row, "options"), standing=_standing(row))


def _recognition(row: sqlite3.Row) -> Recognition:
    return Recognition(**_plain(row), standing=_standing(row))


def _upload(row: sqlite3.Row) -> Upload:
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
