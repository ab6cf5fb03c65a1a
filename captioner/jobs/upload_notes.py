"""Notes of uploads under way: objects that a process may leave in a store when it dies before the ledger knows them.

A note is written before the upload begins and removed when the object is in the ledger. Notes lie in the work folder of
the run; those of a run that has ended become entries of the ledger, which the next run finds, uses or deletes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from captioner.jobs.ledger.base import Ledger
from captioner.jobs.records import Upload
from captioner.model import StoredObject

__all__ = ["drop_note", "keep_note", "recall_uploads"]

_FOLDER = "uploads"


def keep_note(work_folder: Path, upload: Upload) -> str:
    """Note where an upload is going to be; a disk that does not take the note changes nothing.

    Returns:
        The name of the note.
    """
    address = f"{upload.store_id} {upload.stored.bucket} {upload.stored.key}"
    name = f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.json"
    with contextlib.suppress(OSError):
        folder = work_folder / _FOLDER
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / name).write_text(json.dumps(asdict(upload)), encoding="utf-8")
    return name


def drop_note(work_folder: Path, name: str) -> None:
    """Remove a note whose object is in the ledger, or whose upload left nothing."""
    if name:
        with contextlib.suppress(OSError):
            (work_folder / _FOLDER / name).unlink(missing_ok=True)


def recall_uploads(ledger: Ledger, work_folder: Path) -> None:
    """Enter what is noted in a work folder into the ledger, as objects that may be in their store; notes are removed.

    Raises:
        LedgerError: The ledger cannot be written; the notes stay.
    """
    for note, upload in tuple(_noted(work_folder / _FOLDER)):
        ledger.suppose_stored(upload)
        with contextlib.suppress(OSError):
            note.unlink()


def _noted(folder: Path) -> Iterator[tuple[Path, Upload]]:
    for note in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            values = json.loads(note.read_text(encoding="utf-8"))
            yield note, Upload(**{**values, "stored": StoredObject(**values["stored"])})
