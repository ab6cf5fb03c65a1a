"""`captioner clean`: what crashed runs left behind, listed, and removed when asked to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import click

from captioner.cli.help import RUN, Option, command, with_options
from captioner.cli.ledger_argument import find_ledger
from captioner.cli.options import MODEL, SERVICE, STORAGE
from captioner.cli.terminal import escape_control
from captioner.config import load
from captioner.errors import CaptionerError
from captioner.jobs.ledger import Ledger
from captioner.jobs.records import Upload
from captioner.jobs.runner import dead_work
from captioner.jobs.services import store_id
from captioner.jobs.upload_notes import recall_uploads
from captioner.model import StoredObject
from captioner.settings import Settings
from captioner.storage import S3Store, open_store
from captioner.storage.base import Store

__all__ = ["clean"]

#: A task and its result live for 24 h (Model Studio: manage-asynchronous-tasks, 2026-03); an object is not needed
#: longer, and no upload of one file takes that long.
_OLD_H = 24.0


_OPTIONS = (
    Option(["--yes"], group=RUN, is_flag=True, help="Remove what is listed."),
    Option(["--older-than", "hours"], group=RUN, type=click.FloatRange(min=0), default=_OLD_H, metavar="H",
           help="Least age in hours of objects that the ledger does not know (default: 24)."),
)  # fmt: skip


@command()
@click.argument("where", required=False)
@with_options(_OPTIONS, (MODEL,), SERVICE, STORAGE)
def clean(where: str | None, yes: bool, hours: float, **options: Any) -> int:
    """List what crashed runs left behind, and remove it with --yes. WHERE is a ledger, or the folder it belongs to.

    Lists objects that are not needed any more; objects of files that were abandoned before anything was paid for them
    (they are uploaded again when their command is repeated); objects of captioner in the bucket that the ledger does
    not know, and unfinished multipart uploads, both older than --older-than hours; and prepared files of dead
    processes. Files that a running process works on are left alone.
    """
    config = load().with_flags(**options)
    settings = config.settings()
    store = open_store(settings, config["model"])
    try:
        with Ledger(find_ledger(where).path) as book:
            found = _Found(book, store, store_id(store, settings, settings.base_url), int(hours * 3600))
            return _clean(found, settings, yes=yes)
    finally:
        store.close()


class _Found:
    """Leftovers of crashed runs, by kind."""

    def __init__(self, book: Ledger, store: Store, place: str, older_than_s: int) -> None:
        self.book = book
        self.store = store
        self.older_than_s = older_than_s
        self.folders = dead_work(book)
        for folder in self.folders:
            recall_uploads(book, folder)
        self.uploads = book.abandoned(place, older_than_s)
        known = book.known_keys(place)
        self.strays = [stray for stray in _strays(store, older_than_s) if stray.key not in known]
        self.unfinished = _unfinished(store, older_than_s)

    def listed(self) -> Iterator[str]:
        """A line for each."""
        yield from (f"object {upload.stored.key}" for upload in self.uploads)
        yield from (f"object {stray.key}, not in the ledger" for stray in self.strays)
        yield from (f"folder {folder}" for folder in self.folders)
        yield from (f"unfinished upload in parts {key}" for key in self.unfinished)

    def remove(self) -> Iterator[str]:
        """Remove all of it; a line for each that could not be removed."""
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
        self.book.forget_uploads([upload.id])
        return ""


def _clean(found: _Found, settings: Settings, *, yes: bool) -> int:
    listed = list(found.listed())
    for line in listed:
        click.echo(escape_control(line))
    if not yes:
        click.echo(_summary(listed), err=True)
        return 0
    problems = list(found.remove())
    for problem in problems:
        click.echo(escape_control(problem), err=True)
    click.echo(f"{len(listed) - len(problems)} of {len(listed)} removed from {settings.chosen_storage}", err=True)
    return 1 if problems else 0


def _summary(listed: list[str]) -> str:
    if not listed:
        return "nothing was left behind"
    return f"{len(listed)} found; --yes removes them"


def _unfinished(store: Store, older_than_s: int) -> list[str]:
    """Unfinished multipart uploads, where the store has such a thing."""
    return list(store.unfinished_uploads(older_than_s)) if isinstance(store, S3Store) else []


def _strays(store: Store, older_than_s: int) -> list[StoredObject]:
    """Objects of captioner by their keys; the service's own store cannot be listed and deletes by itself."""
    return list(store.own_objects(older_than_s)) if isinstance(store, S3Store) else []
