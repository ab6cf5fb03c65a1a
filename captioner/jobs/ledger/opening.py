"""Opens the ledger of a run, with the others of the user for what was paid in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from captioner.errors import LedgerError
from captioner.files import ensure_private_folder, write_whole
from captioner.jobs.ledger.location import LedgerPlace, user_ledger
from captioner.jobs.ledger.sqlite import SqliteLedger
from captioner.jobs.ledger.sqlite.other_ledgers import Merged

__all__ = ["OpenedLedgers", "merge_ledger", "open_ledgers"]


@dataclass(frozen=True, slots=True)
class OpenedLedgers:
    """The ledger of a run, and those that are only read.

    Attributes:
        book: The ledger.
        others: The others, as far as they can be read.
        unreadable: A line for each that cannot.
    """

    book: SqliteLedger
    others: tuple[SqliteLedger, ...] = ()
    unreadable: tuple[str, ...] = ()


@contextmanager
def open_ledgers(place: LedgerPlace, *, read_only: bool = False) -> Iterator[OpenedLedgers]:
    """Open the ledger of a run and the others until the block ends.

    Args:
        place: From `locate_ledger`.
        read_only: Nothing is written; the ledger exists.

    Raises:
        LedgerError: The run's own ledger cannot be used.
    """
    with ExitStack() as stack:
        book = stack.enter_context(SqliteLedger(place.path, read_only=read_only))
        others, unreadable = _open_others(place, book, stack, read_only=read_only)
        yield OpenedLedgers(book, others, unreadable)


def _open_others(
    place: LedgerPlace, book: SqliteLedger, stack: ExitStack, *, read_only: bool
) -> tuple[tuple[SqliteLedger, ...], tuple[str, ...]]:
    if place.is_explicit:
        return (), ()
    opened: list[SqliteLedger] = []
    unreadable: list[str] = []
    for path in _other_paths(place, book, read_only=read_only):
        try:
            opened.append(stack.enter_context(SqliteLedger(path, read_only=True)))
        except LedgerError as error:
            unreadable.append(error.message)
    return tuple(opened), tuple(unreadable)


def _other_paths(place: LedgerPlace, book: SqliteLedger, *, read_only: bool) -> Iterable[Path]:
    """The others that were found, and those that the user's own ledger remembers; which remembers what was found."""
    own = user_ledger()
    if place.path == own:
        remembered = _remembered(book, place.others, read_only=read_only)
    elif own.is_file() or not read_only:
        with SqliteLedger(own, read_only=read_only) as users:
            remembered = _remembered(users, (place.path, *place.others), read_only=read_only)
    else:
        remembered = ()
    every = dict.fromkeys((*place.others, own, *remembered))
    return [path for path in every if path != place.path and path.is_file()]


def _remembered(users: SqliteLedger, found: Iterable[Path], *, read_only: bool) -> tuple[Path, ...]:
    known = users.remembered_ledgers()
    if not read_only:
        for path in found:
            if path not in known and path != users.path:
                users.remember_ledger(path)
    return known


def merge_ledger(source: Path, target: Path) -> Merged:
    """Take a ledger into another, with its replies; then it lies beside its place with the ending `.merged`.

    The replies are there before the rows that name them, and the rows before the old ledger is moved away: after a
    crash the same merge can be done again.

    Raises:
        LedgerError: One of them cannot be used, or a process works on the old one.
        OutputError: A reply cannot be copied.
    """
    if source.resolve() == target.resolve():
        raise LedgerError(f"{source}: this is the ledger that it would be merged into; name another folder")
    with SqliteLedger(target) as into, SqliteLedger(source) as other:
        replies = into.folder / "replies"
        ensure_private_folder(replies)
        for name in into.missing_replies(other):
            reply = other.folder / "replies" / name
            if reply.is_file():
                write_whole(replies / name, reply.read_bytes(), private=True)
        merged = into.merge(other)
    _set_aside(source)
    return merged


def _set_aside(source: Path) -> None:
    """Give the old ledger another name, with its side files, which SQLite has emptied when it was closed."""
    aside = source.with_name(f"{source.name}.merged")
    number = 1
    while aside.exists():
        number += 1
        aside = source.with_name(f"{source.name}.merged-{number}")
    for side in ("-wal", "-shm"):
        beside = source.with_name(f"{source.name}{side}")
        if beside.exists():
            shutil.move(beside, aside.with_name(f"{aside.name}{side}"))
    shutil.move(source, aside)
