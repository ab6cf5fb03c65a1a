"""The file under the ledger: opening, transactions, owners, and the rates that all processes on it share.

What costs money reaches the disk before the transaction returns; the rest survives a crash of the process, and at worst
is done again after a power cut.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from captioner import clock
from captioner.errors import LedgerError
from captioner.files import ensure_private_file, ensure_private_folder
from captioner.jobs.lease import Owner, alive, this_process
from captioner.jobs.ledger.sqlite.mapping import from_status
from captioner.jobs.ledger.sqlite.migrations import APPLICATION_ID, MIGRATIONS, VERSION, without_name
from captioner.jobs.states import JobStatus

__all__ = ["Database"]

# Other writers hold the lock for milliseconds; this long means a disk that does not answer.
_BUSY_S = 30.0
_OPEN_TRIES = 50

# Ten thousand jobs are 27 MB; what a run looks at again and again fits in 4 MiB. A log of 16 MB is moved into the file
# seldom, and a page that was changed many times only once.
_CACHE_KIB = 4_096
_LOG_PAGES = 4000

# A slot further away than this was given out by a clock that was wrong: no queue for a rate is that long, because a
# process asks for its next slot only when it is ready to use it.
_FARTHEST_SLOT_S = 10.0

# How long it is remembered what the service was seen to do, such as that a model takes one file in a task.
_REMEMBERED_S = 30 * 24 * 3600.0

# Two ledgers opened by one process are two owners.
_SERIALS = itertools.count()


class Database:
    """One ledger file, opened by one process.

    Attributes:
        path: The file.
        owner: Who opened it.
        DURABILITY: What SQLite waits for at the end of a transaction, where money depends on it (True) or not.
    """

    DURABILITY: ClassVar[Mapping[bool, str]] = {True: "FULL", False: "NORMAL"}

    def __init__(
        self,
        path: Path,
        *,
        owner: Owner | None = None,
        clock: Callable[[], float] = clock.now,
        read_only: bool = False,
    ) -> None:
        """Open the file; make it when it is new.

        Args:
            path: The file.
            owner: Who opens it; this process by default.
            clock: Unix seconds.
            read_only: Nothing is written, and this process is not recorded as a user of the ledger.
        """
        self.path = path
        self._read_only = read_only
        self._durability = ""
        self._is_open = self._is_shared = False
        self.owner = owner or this_process(next(_SERIALS))
        self._clock = clock
        with self._translated():
            _create_private(path)
            ensure_private_folder(self.folder)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
        try:
            self._set_up()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The private folder for replies and files in work: the ledger's own, or one beside a ledger of any name."""
        own = self.path.parent
        return own if own.name == ".captioner" else self.path.with_name(f"{self.path.name}.d")

    def close(self) -> None:
        """Release everything this process holds, and close the file."""
        if not self._read_only:
            with contextlib.suppress(LedgerError):
                self.release()
        self._db.close()

    # Owners

    def heartbeat(self) -> None:
        """Record that this process is alive."""
        with self._writing(single=True) as db:
            self._heartbeat(db)

    def _heartbeat(self, db: sqlite3.Connection) -> None:
        db.execute(
            "INSERT INTO owners (name, seen_at) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
            (self.owner.name, self._clock()),
        )

    def release(self) -> None:
        """Release everything this process holds."""
        with self._writing() as db:
            db.execute("UPDATE recognitions SET owner = '' WHERE owner = ?", (self.owner.name,))
            db.execute("DELETE FROM owners WHERE name = ?", (self.owner.name,))

    def live_owners(self) -> frozenset[str]:
        """Names of the processes that can still be at work."""
        now = self._clock()
        rows = self._rows("SELECT name, seen_at FROM owners")
        return frozenset(row["name"] for row in rows if alive(Owner.parse(row["name"]), now - row["seen_at"]))

    def held_by_another(self, db: sqlite3.Connection, holder: str, now: float) -> bool:
        """Whether a live process other than this one is the holder."""
        if holder in ("", self.owner.name):
            return False
        seen = db.execute("SELECT seen_at FROM owners WHERE name = ?", (holder,)).fetchone()
        return seen is not None and alive(Owner.parse(holder), now - seen["seen_at"])

    # Rates

    def reserve(self, rate: str, per_s: float) -> float:
        """The Unix time of the next free slot of a rate that every process on this ledger keeps.

        Args:
            rate: What is limited, such as "query https://host".
            per_s: Slots a second.
        """
        now = self._clock()
        values = {"rate": rate, "now": now, "step": 1.0 / per_s, "far": _FARTHEST_SLOT_S}
        with self._writing(single=True) as db:
            row = db.execute(
                "INSERT INTO rates (name, next_at) VALUES (:rate, :now + :step) ON CONFLICT (name) DO UPDATE SET"
                " next_at = CASE WHEN next_at - :now < :far THEN max(next_at, :now) ELSE :now END + :step"
                " RETURNING next_at - :step",
                values,
            ).fetchone()
        return max(float(row[0]), now)

    def remember(self, fact: str) -> None:
        """Remember for a month what the service was seen to do: it may change its mind."""
        with self._writing(single=True) as db:
            db.execute(
                "INSERT INTO rates (name, next_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET"
                " next_at = excluded.next_at",
                (f"known: {fact}", self._clock()),
            )

    def recalls(self, fact: str) -> bool:
        """Whether that is remembered."""
        row = self._db.execute("SELECT next_at FROM rates WHERE name = ?", (f"known: {fact}",)).fetchone()
        return row is not None and self._clock() - float(row[0]) < _REMEMBERED_S

    # SQLite

    def _set_up(self) -> None:
        with self._translated():
            _try_often(self._db, "PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            self._db.execute("BEGIN")  # one view: another process may be making the tables at this moment
            self._check_kind()
            self._db.execute("COMMIT")
            if not self._read_only and self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise LedgerError(f"{self.path}: the ledger is damaged; move it away, or restore it from a copy")
        self._migrate()
        if self._read_only:
            self._db.execute("PRAGMA query_only = ON")
        else:
            self.heartbeat()

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
        if self._rows("PRAGMA user_version")[0][0] == VERSION:
            return
        with self._writing(durable=True) as db:
            db.create_function("without_name", 2, without_name, deterministic=True)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            for number in range(version, VERSION):
                for statement in MIGRATIONS[number].split(";\n"):
                    db.execute(statement)
                db.execute("INSERT INTO migrations (version, applied_at) VALUES (?, ?)", (number + 1, self._clock()))
            db.execute("UPDATE migrations SET from_version = ? WHERE version > ?", (version, version))
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {VERSION}")

    def _update(
        self,
        db: sqlite3.Connection,
        table: str,
        column: str,
        name: object,
        values: Mapping[str, object],
        status: JobStatus,
        more: str = "",
        more_values: Sequence[object] = (),
    ) -> bool:
        """Write a row, unless a further condition does not hold; whether it was written."""
        every = (*values.values(), *from_status(status).values(), self._clock(), name, *more_values)
        return bool(db.execute(_update_of(table, column, tuple(values)) + more, every).rowcount)

    def _rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[sqlite3.Row]:
        with self._translated():
            return self._db.execute(query, values).fetchall()

    # Transactions

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make one transaction of everything written in the block, committed when it ends well.

        Nothing that follows from it may be done before. What costs money closes what was written before it and begins a
        transaction that reaches the disk.

        Raises:
            LedgerError: It could not be committed; nothing, or only what came before the money, is written down.
        """
        self._is_shared = True
        try:
            yield
        except BaseException:
            self._is_shared = False
            self._abandon()
            raise
        self._is_shared = False
        with self._translated():
            self._commit()

    @contextlib.contextmanager
    def _writing(self, *, durable: bool = False, single: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction, or a part of one that is shared.

        Args:
            durable: It is on the disk when it ends.
            single: It writes with one statement, which SQLite undoes by itself when it fails.
        """
        with self._translated():
            is_first = self._begin(self.DURABILITY[durable])
            is_part = not is_first and not single
            try:
                if is_part:
                    self._db.execute("SAVEPOINT part")
                yield self._db
            except BaseException:
                self._take_back(whole=is_first, part=is_part)
                raise
            if is_part:
                self._db.execute("RELEASE part")
            if not self._is_shared:
                self._commit()

    def _begin(self, durability: str) -> bool:
        """Begin a transaction, unless one is open that will do; whether it was begun."""
        if self._is_open and durability in (self._durability, self.DURABILITY[False]):
            return False
        self._commit()
        if durability != self._durability:
            self._db.execute(f"PRAGMA synchronous = {durability}")
            self._durability = durability
        self._db.execute("BEGIN IMMEDIATE")
        self._is_open = True
        return True

    def _commit(self) -> None:
        """Commit what is open.

        Raises:
            sqlite3.Error: It could not be.
        """
        if self._is_open:
            self._is_open = False
            self._db.execute("COMMIT")  # an error when SQLite has rolled back by itself, as on a full disk

    def _take_back(self, *, whole: bool, part: bool) -> None:
        """Undo the part that failed, and nothing else; SQLite may have undone everything by itself."""
        if whole:
            self._abandon()
        elif part and self._db.in_transaction:
            self._db.execute("ROLLBACK TO part")
            self._db.execute("RELEASE part")

    def _abandon(self) -> None:
        self._is_open = False
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

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
            message = f"the ledger cannot be made ({error.strerror or error}); choose a writable place with --ledger"
            raise LedgerError(f"{self.path}: {message}") from error


@functools.cache
def _update_of(table: str, column: str, changed: tuple[str, ...]) -> str:
    """The statement that changes the row of `table` where `column` has a value, the last one bound."""
    every = (*changed, *from_status(JobStatus()), "updated_at")
    return f"UPDATE {table} SET {', '.join(f'{key} = ?' for key in every)} WHERE {column} = ?"


def _create_private(path: Path) -> None:
    """Make the file and its folder for their owner only; SQLite gives its side files the mode of the main one."""
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    if path.parent.name == ".captioner" or not path.parent.exists():
        ensure_private_folder(path.parent)
    for side in ("-wal", "-shm", "-journal"):
        if (beside := path.with_name(f"{path.name}{side}")).is_symlink():
            raise OSError(errno.ELOOP, "a link stands where a private file belongs", str(beside))
    ensure_private_file(path)


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
