"""The files of a folder as its page lists them: state, length, cost, findings, and whether each is proofed."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from captioner.errors import CaptionerError
from captioner.review.accepted_findings import accepted_rows
from captioner.review.editing.caption_document import Document
from captioner.review.journal import journal_path, read_journal
from captioner.review.library import Library, Listed, file_id
from captioner.review.live_findings import check_whole
from captioner.review.locate_captions import file_stamp, open_captions

__all__ = ["Watched"]

_Stamp = tuple[int, int]
_Read = TypeVar("_Read")


class Watched:
    """Rows of a library, made again for what changed; findings are counted in the background.

    Args:
        library: The files.
        ledger: The ledger of the folder, or None.
    """

    def __init__(self, library: Library, ledger: Path | None = None) -> None:
        self._library, self._ledger = library, ledger
        self._lock = threading.Lock()
        self._facts: dict[str, tuple[_Stamp, dict[str, Any]]] = {}
        self._small: dict[Path, tuple[_Stamp, object]] = {}
        self._counting: threading.Thread | None = None
        self._wanted: dict[str, tuple[Listed, _Stamp]] = {}

    def rows(self) -> list[dict[str, Any]]:
        """One row for each file, in order of their names; also those that have no captions yet."""
        listed = self._library.files()
        rows = [self._row(each) for each in listed]
        known = {str(each.archive.resolve().with_suffix("")) for each in listed}
        rows += self._in_work(known)
        self._count()
        return sorted(rows, key=lambda row: row["title"])

    def _row(self, listed: Listed) -> dict[str, Any]:
        stamp = file_stamp(listed.archive)
        manifest = self._read_once(_manifest_path(listed.archive), _manifest)
        head = self._read_once(journal_path(listed.archive), lambda path: read_journal(path)[0])
        found = self._facts.get(listed.id)
        if found is None or found[0] != stamp:
            with self._lock:
                self._wanted[listed.id] = (listed, stamp)
        facts = found[1] if found is not None else {}
        proofed = bool(head and head.proofed)
        return {
            "id": listed.id,
            "title": listed.title,
            "state": "broken" if facts.get("trouble") else "proofed" if proofed else facts.get("state", "captioned"),
            "proofed": head.proofed if head else "",
            "captions": facts.get("captions", manifest.get("cues")),
            "duration_ms": facts.get("duration_ms"),
            "billed_s": _cost(manifest).get("billed_s"),
            "usd": _cost(manifest).get("list_price_usd"),
            "errors": facts.get("errors"),
            "warnings": facts.get("warnings"),
            "doubtful": facts.get("doubtful"),
            "trouble": self._library.without_folder(facts.get("trouble", "")),
        }

    def _read_once(self, path: Path, read: Callable[[Path], _Read]) -> _Read:
        """A small file beside an archive, read again only when it changed."""
        stamp = file_stamp(path)
        kept = self._small.get(path)
        if kept is None or kept[0] != stamp:
            kept = self._small[path] = stamp, read(path)
        return cast(_Read, kept[1])

    def _in_work(self, known: set[str]) -> list[dict[str, Any]]:
        """Inputs of the ledger that have no captions here yet, or were rejected."""
        if self._ledger is None or self._library.folder is None or not self._ledger.is_file():
            return []
        from captioner.jobs.ledger import Ledger

        folder = self._library.folder.resolve()
        try:
            with Ledger(self._ledger, read_only=True) as book:
                found = book.progress(str(folder))
        except CaptionerError:
            return []
        return [
            {
                "id": "",
                "title": _title(each.source, each.target, folder),
                "key": file_id(each.source),
                "state": each.state.value.lower(),
                "proofed": "",
                "captions": None,
                "duration_ms": each.duration_ms or None,
                "billed_s": each.billed_s,
                "usd": None,
                "errors": None,
                "warnings": None,
                "doubtful": None,
                "trouble": each.message,
            }
            for each in found
            if each.target not in known
        ]

    def _count(self) -> None:
        """Begin to count findings of what changed, unless that is under way."""
        with self._lock:
            if not self._wanted or (self._counting is not None and self._counting.is_alive()):
                return
            self._counting = threading.Thread(target=self._count_all, daemon=True, name="findings")
            self._counting.start()

    def _count_all(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    return
                id, (listed, stamp) = self._wanted.popitem()
            self._facts[id] = (stamp, _facts_of(listed))


def _facts_of(listed: Listed) -> dict[str, Any]:
    try:
        opened = open_captions(listed.archive, listed.captions if not listed.archive.is_file() else None)
        document = Document(opened.archive, opened.options, opened.cues, opened.corrections, opened.names)
        found = check_whole(document, document.rows, ())
    except CaptionerError as error:
        return {"trouble": error.message}
    except OSError as error:  # deleted meanwhile
        return {"trouble": error.strerror or str(error)}
    accepted = accepted_rows(opened.archive, document.rows)
    counts = Counter(
        issue.severity for id, own in found.issues.items() for issue in own if f"{issue.rule}:{id}" not in accepted
    )
    pinned = {row.id for row in document.rows if row.pinned}
    return {
        "captions": len(document.rows),
        "duration_ms": opened.archive.media.duration_ms or opened.archive.transcript.duration_ms,
        "state": "edited" if opened.archive.revisions else "captioned",
        "errors": counts["error"],
        "warnings": counts["warning"],
        "doubtful": sum(each.id not in pinned and f"doubt:{each.id}" not in accepted for each in found.doubts),
    }


def _manifest_path(archive: Path) -> Path:
    return archive.with_name(f"{archive.name.removesuffix('.json')}.captioner.json")


def _manifest(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _cost(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    cost = manifest.get("cost")
    return cost if isinstance(cost, dict) else {}


def _title(source: str, target: str, folder: Path) -> str:
    """Path of an input below the folder, or of its captions, or its name."""
    for place in (source, target):
        with contextlib.suppress(ValueError):
            return Path(place).relative_to(folder).as_posix()
    return source.rpartition("/")[2]
