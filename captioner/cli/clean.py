"""`captioner clean`: what crashed runs left behind, listed, and removed when asked to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli.options import service_options, storage_options
from captioner.cli.terminal import plain
from captioner.errors import CaptionerError

if TYPE_CHECKING:
    from captioner.jobs.ledger import Ledger
    from captioner.jobs.records import Upload
    from captioner.settings import Settings
    from captioner.storage.base import Store

__all__ = ["clean"]

#: A task and its result live for 24 h (Model Studio: manage-asynchronous-tasks, 2026-03); an object is not needed
#: longer, and no upload of one file takes that long.
_OLD_H = 24.0


@click.command()
@click.argument("where", required=False, default=".")
@click.option("--yes", is_flag=True, help="Remove what is listed.")
@click.option("--older-than", "hours", type=click.FloatRange(min=0), default=_OLD_H, show_default=True, metavar="H")
@click.option("--model", metavar="M", help="Model the temporary store is asked for. [default: fun-asr]")
@service_options
@storage_options
def clean(where: str, yes: bool, hours: float, model: str | None, **place: Any) -> int:
    """List what crashed runs left behind, and remove it with --yes. WHERE is a ledger, or the folder it belongs to.

    Objects that no work needs any more, and objects of work that was left before anything was paid for it (it is
    uploaded again when its command is repeated); objects of ours in the bucket that the ledger does not know and
    uploads in parts that never ended, both older than --older-than hours; prepared files of processes that died. What
    a process that lives is working on is left alone.
    """
    from captioner.cli.status import ledger_at
    from captioner.config import load
    from captioner.jobs.ledger import Ledger
    from captioner.jobs.services import store_id
    from captioner.storage import open_store

    config = load().with_flags(model=model, **place)
    settings = config.settings()
    store = open_store(settings, config["model"])
    try:
        with Ledger(ledger_at(where)) as book:
            found = _Found(book, store, store_id(settings), int(hours * 3600))
            return _clean(found, settings, yes=yes)
    finally:
        store.close()


class _Found:
    """What was left behind, by kind."""

    def __init__(self, book: Ledger, store: Store, place: str, older_than_s: int) -> None:
        self.book = book
        self.store = store
        self.older_than_s = older_than_s
        self.uploads = book.abandoned(place, older_than_s)
        known = book.known_keys(place)
        self.strays = [stray for stray in _strays(store, older_than_s) if stray.key not in known]
        self.folders = list(_dead_folders(book))
        self.unfinished = _unfinished(store, older_than_s)

    def listed(self) -> Iterator[str]:
        """A line for each."""
        yield from (f"object {upload.stored.key}" for upload in self.uploads)
        yield from (f"object {stray.key}, not in the ledger" for stray in self.strays)
        yield from (f"folder {folder}" for folder in self.folders)
        yield from (f"upload in parts that never ended {key}" for key in self.unfinished)

    def remove(self) -> Iterator[str]:
        """Remove it all; a line for each that would not go."""
        for upload in self.uploads:
            if problem := self._delete(upload):
                yield problem
        for stray in self.strays:
            try:
                self.store.delete(stray)
            except CaptionerError as error:
                yield error.message
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        try:
            self.store.remove_orphans(self.older_than_s)
        except CaptionerError as error:
            yield error.message

    def _delete(self, upload: Upload) -> str:
        if not self.book.abandon(upload.id, self.older_than_s):
            return f"{upload.stored.key}: in use again; left alone"
        try:
            self.store.delete(upload.stored)
        except CaptionerError as error:
            return error.message
        self.book.forget_upload(upload.id)
        return ""


def _clean(found: _Found, settings: Settings, *, yes: bool) -> int:
    listed = list(found.listed())
    for line in listed:
        click.echo(plain(line))
    if not yes:
        click.echo(_told(listed), err=True)
        return 0
    problems = list(found.remove())
    for problem in problems:
        click.echo(plain(problem), err=True)
    click.echo(f"{len(listed) - len(problems)} of {len(listed)} removed from {settings.chosen_storage}", err=True)
    return 1 if problems else 0


def _told(listed: list[str]) -> str:
    if not listed:
        return "nothing was left behind"
    return f"{len(listed)} found; --yes removes them"


def _unfinished(store: Store, older_than_s: int) -> list[str]:
    """Uploads in parts that never ended, where the store has such a thing."""
    list_unfinished = getattr(store, "unfinished_uploads", None)
    return list(list_unfinished(older_than_s)) if list_unfinished else []


def _strays(store: Store, older_than_s: int) -> list[Any]:
    """Objects of ours by their keys; the service's own store cannot be listed and forgets by itself."""
    list_ours = getattr(store, "own_objects", None)
    return list(list_ours(older_than_s)) if list_ours else []


def _dead_folders(book: Ledger) -> Iterator[Path]:
    from captioner.jobs.runner import dead_work

    yield from dead_work(book)
