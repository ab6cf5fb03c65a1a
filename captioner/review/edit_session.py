"""One open file: its captions in memory, its journal and archive on disk, and the windows that look at it.

All methods may be called from any thread. The one rule: a change is in the journal before it is answered.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from captioner.archive import Archive, dump_bytes, revision_json
from captioner.captions.word_places import word_places
from captioner.corrections import Revision, pieces_of, to_units
from captioner.errors import CaptionerError, OutputError
from captioner.files import write_whole
from captioner.formats.text.bidi import is_rtl_language
from captioner.gc_pause import gc_paused
from captioner.review import payload, writing
from captioner.review.accepted_findings import accepted_in, accepted_rows
from captioner.review.editing.adopting import adopted
from captioner.review.editing.caption_document import Document
from captioner.review.editing.changes import Change, EditError, Marks, Row
from captioner.review.editing.operations import carry_out, touched
from captioner.review.journal import Entry, Head, Journal, journal_path, read_journal
from captioner.review.live_findings import Findings, check_rows, check_text, check_whole
from captioner.review.locate_captions import Opened, open_captions
from captioner.review.shown_look import look_json, look_of

__all__ = ["Conflict", "NotHolder", "Session"]

#: Words up to which the archive is written before a change is answered; that takes a tenth of a second. Longer files
#: are safe in the journal, and their archive follows when the editor rests.
_AT_ONCE_WORDS = 20_000
_REST_S = 2.0
_CHECK_REST_S = 1.0
_WORDS_A_SECOND = 40_000  # that the check takes
_SITTING_S = 3600  # an hour without a change: what comes then is another revision
_SOURCE = "review"
_BY_SHOTS = frozenset({"relayout", "fix"})  # operations that look at the shot changes, which are not known at once


class Conflict(EditError):
    """Captions that were changed since the caller read them.

    Attributes:
        rows: What they are now.
        gone: Numbers of those that are not there any more.
    """

    def __init__(self, rows: Sequence[Row], gone: Sequence[int]) -> None:
        super().__init__("another window changed the same caption; both texts are kept, choose one")
        self.rows = tuple(rows)
        self.gone = tuple(gone)


class NotHolder(EditError):
    """A window that is only looking wants to change something."""


@dataclass(frozen=True, slots=True)
class _Disk:
    """Time, size and number of a file, by which it is seen that another program wrote it."""

    changed_ns: int = 0
    size: int = 0
    number: int = 0

    @classmethod
    def of(cls, path: Path) -> _Disk:
        try:
            found = path.stat()
        except OSError:
            return cls()
        return cls(found.st_mtime_ns, found.st_size, found.st_ino)


class Session:
    """One file while it is edited.

    Attributes:
        id: Name of the file in addresses.
        document: Its captions.
        opened: Where it lies.
        shots: Shot changes of the media in ms, empty until they are known.
        conflict: Path of the archive that another program wrote meanwhile, or "".
    """

    def __init__(self, id: str, archive: Path, captions: Path | None, by: str) -> None:
        self.id, self._captions_path, self._by = id, captions, by
        self.lock = threading.RLock()
        self.shots: tuple[int, ...] = ()
        self.conflict = ""
        self.notes: list[str] = []
        self.drafts: dict[int, list[str]] = {}
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self._windows: list[str] = []
        self._timers: dict[str, threading.Timer] = {}
        self._findings: Findings | None = None
        self._sequence = 0
        self._saved_revision = 0
        with gc_paused():
            self._load(open_captions(archive, captions, by))
        gc.freeze()  # what was read stays: a collection that looks through it would stop a key for a tenth of a second

    # Opening

    def _load(self, opened: Opened) -> None:
        self.opened = opened
        self.notes = list(opened.notes)
        archive = opened.archive
        self.document = Document(archive, opened.options, opened.cues, opened.corrections, opened.names)
        self._past = list(archive.revisions)
        self._begin_sitting(self._by, _now())
        self._counts: dict[int, list[int]] = {}
        self._disk = _Disk.of(opened.path)
        self._word_count = sum(len(sentence.words) or 1 for sentence in archive.transcript.sentences)
        self.journal = Journal(journal_path(opened.path))
        head, entries = read_journal(self.journal.path, opened.digest)
        if head is not None and head.base == opened.digest:
            self._resume(head, entries)
            return
        if head is not None and entries and (aside := self.journal.set_aside()):
            self.notes.append(
                f"{opened.path.name} was changed by another program; what was typed before is in {aside.name}"
            )
        accepted = _accepted_rows(head.accepted, self.document.rows) if head is not None else {}
        accepted |= accepted_rows(archive, self.document.rows)
        self.document.marks = Marks(accepted)
        self.head = Head(opened.digest)
        self._saved_revision = self.document.revision

    def _resume(self, head: Head, entries: Sequence[Entry]) -> None:
        """Make the changes again that the archive does not have yet."""
        self.head = head
        document = self.document
        document.renumber(head.ids, head.next_id, head.revision)
        document.marks = Marks(_accepted_rows(head.accepted, document.rows), head.proofed)
        self._saved_revision = document.revision
        for entry in entries:
            try:
                self._replay(entry)
            except (EditError, KeyError, TypeError, ValueError):
                document.drop_step()
                aside = self.journal.set_aside()
                kept = f"; it is in {aside.name}" if aside else ""
                self.notes.append(f"a change that was not saved, and those after it, cannot be made again{kept}")
                break
        if any("draft" not in entry for entry in entries):
            self.notes.append("changes that were not saved yet are here again")
            self.save()

    def _replay(self, entry: Entry) -> None:
        if "draft" in entry:
            self._keep_draft(int(entry["draft"]), entry["lines"])
            return
        source = f"{self.opened.path.stem}.{entry['adopt']}" if "adopt" in entry else _SOURCE
        self._begin_sitting(str(entry.get("by", "")), str(entry.get("at", "")), source)
        if entry.get("undo"):
            self._count(self.document.undo(), -1)
        elif "adopt" in entry:
            data = base64.b64decode(entry["data"])
            self.document.apply(adopted(self.document, data, source, entry["adopt"]))
            self.document.close_step()
            self._count(self.document.done[-1], 1)
        elif entry.get("redo"):
            self._count(self.document.redo(), 1)
        else:
            self.shots = tuple(map(int, entry.get("shots", ())))
            self._make(entry["operations"])

    def _begin_sitting(self, by: str, at: str, source: str = _SOURCE) -> None:
        """Go on in the present revision, or begin another: by another person, from another file, or after an hour."""
        sitting = getattr(self.document, "sitting", None)
        number = (self._past[-1].number if self._past else 0) + 1
        fresh = Revision(number, at, by, source)
        if sitting is None or not sitting.at:
            self.document.sitting = fresh
        elif (sitting.by, sitting.source) != (by, source) or _apart_s(sitting.at, at) > _SITTING_S:
            if (kept := self._counted()) is not None:
                self._past.append(kept)
                self.document.sitting = replace(fresh, number=kept.number + 1)
            else:
                self.document.sitting = fresh

    # Reading

    @property
    def revision(self) -> str:
        """Name of the present state, as `If-Match` takes it."""
        return f"{self.head.epoch}.{self.document.revision}"

    def summary(self) -> dict[str, Any]:
        """Everything about the file but its captions."""
        with self.lock:
            document, archive = self.document, self.document.archive
            return {
                "id": self.id,
                "name": archive.title or self.opened.path.name.removesuffix(".json"),
                "revision": self.revision,
                "captions": len(document.rows),
                "language": document.language,
                "direction": "rtl" if is_rtl_language(document.language) else "ltr",
                "duration_ms": archive.media.duration_ms or archive.transcript.duration_ms,
                "frame_rate": _rate(document),
                "style": payload.style_json(document.style),
                "look": look_json(look_of(document), document.language),
                "speakers": payload.speakers_json(document, look_of(document)),
                "marks": payload.marks_json(document.marks),
                "formats": list(document.options.extensions),
                "can_undo": bool(document.done),
                "can_redo": bool(document.undone),
                "written": self.is_written,
                "edited_files": self.edited_files(),
                "changed_on_disk": self.conflict,
                "drafts": {str(id): lines for id, lines in self.drafts.items()},
                "notes": list(self.notes),
            }

    def captions(self, offset: int, limit: int) -> dict[str, Any]:
        """Some captions, in order."""
        with self.lock:
            rows = self.document.rows[offset : offset + limit]
            found = [payload.row_json(row) for row in rows]
            return {"revision": self.revision, "total": len(self.document.rows), "offset": offset, "captions": found}

    def findings(self) -> dict[str, Any]:
        """All findings and the queue of doubtful places; the file is checked where it was not yet."""
        if self._findings is None:
            self.check()
        with self.lock:
            found = self._findings
            assert found is not None  # made above
            return {
                "revision": self.revision,
                "findings": payload.findings_json(found.issues),
                "doubtful": payload.doubts_json(found.doubts),
                "marks": payload.marks_json(self.document.marks),
            }

    def check(self) -> None:
        """Check the whole file; the queue of doubtful places stays as it was at first."""
        with self.lock:
            rows = list(self.document.rows)
        found = check_whole(self.document, rows, self.shots)
        with self.lock:
            first = self._findings is None
            if self._findings is not None:
                found = replace(found, doubts=self._findings.doubts)
            if found.revision == self.document.revision or first:
                self._findings = found
        if not first:
            self.publish({"type": "findings", "findings": payload.findings_json(found.issues), "all": True})

    def history(self) -> dict[str, Any]:
        """Revisions, newest last, with that of now."""
        with self.lock:
            return {"revisions": [revision_json(each) for each in self._revisions()]}

    def compare(self) -> list[dict[str, Any]]:
        """Captions whose words are not those that were recognised, with both texts."""
        with self.lock:
            rows, corrections = list(self.document.rows), list(self.document.corrections)
        transcript = self.document.archive.transcript
        units = to_units(transcript, corrections)
        owners = [index for index, unit in enumerate(units) for _ in unit.words]
        pieces = [piece for sentence in transcript.sentences for piece in pieces_of(sentence)]
        found = []
        for row, lines in zip(rows, word_places(units, [row.cue for row in rows]), strict=True):
            own = sorted({owners[place] for line in lines for place in line})
            if any(units[index].correction is not None for index in own) or not own:
                heard = "".join("".join(pieces[units[index].first : units[index].last]) for index in own).strip()
                found.append({"caption": row.id, "heard": heard, "shown": row.cue.text})
        return found

    # Changing

    def patch(
        self, operations: Sequence[Mapping[str, Any]], if_match: str, client: str = "", by: str = ""
    ) -> dict[str, Any]:
        """Make some changes as one step.

        Args:
            operations: See `operations.OPERATIONS`.
            if_match: The revision that the caller has read.
            client: The window that asks, or "" for another program.
            by: Who makes the changes, or "" for the user of the server.

        Raises:
            Conflict: A caption was changed since then.
            EditError: A change cannot be made; none of them is.
            NotHolder: Another window edits the file.
        """
        with self.lock:
            self._demand_holder(client)
            self._demand_unchanged(operations, if_match)
            self._begin_sitting(by or self._by, _now())
            before = self.document.revision
            try:
                changes, notes = self._make(operations)
            except CaptionerError:
                self.document.drop_step()
                raise
            for operation in operations:
                self._drop_draft(operation)
            if self.document.revision == before:
                return self._answer((), notes)
            shots = {"shots": list(self.shots)} if any(each.get("op") in _BY_SHOTS for each in operations) else {}
            self._record({"operations": list(operations), **shots}, self._forget_step)
            return self._announce(changes, notes, client)

    def undo(self, client: str = "", *, again: bool = False) -> dict[str, Any]:
        """Take the last step back, or make it again.

        Raises:
            EditError: There is none.
            NotHolder: Another window edits the file.
        """
        with self.lock:
            self._demand_holder(client)
            changes = self._redo() if again else self._undo()
            self._record({"redo" if again else "undo": True}, self._undo if again else self._redo)
            return self._announce(changes, [], client)

    def _undo(self) -> tuple[Change, ...]:
        changes = self.document.undo()
        self._count(changes, -1)
        return changes

    def _redo(self) -> tuple[Change, ...]:
        changes = self.document.redo()
        self._count(changes, 1)
        return changes

    def _forget_step(self) -> None:
        """Take back a step that was made just now, as if it had never been."""
        self._undo()
        self.document.undone.pop()

    def adopt(self, name: str, client: str = "") -> dict[str, Any]:
        """Take over a caption file that another program changed.

        Args:
            name: Its name, one of `edited_files`.
            client: The window that asks.

        Raises:
            EditError: It was not changed, or nothing in it is new.
            NotHolder: Another window edits the file.
            ReplyError: It cannot be read.
        """
        with self.lock:
            self._demand_holder(client)
            found = {path.name: path for path in writing.edited_files(self.opened.path, self.document.archive)}
            if name not in found:
                raise EditError("no other program changed such a file")
            self._begin_sitting(self._by, _now(), name)
            data = found[name].read_bytes()
            extension = name.removeprefix(f"{self.opened.path.name.removesuffix('.json')}.")
            change = adopted(self.document, data, name, extension)
            self.document.apply(change)
            self.document.close_step()
            self._count((change,), 1)
            self._record({"adopt": extension, "data": base64.b64encode(data).decode()}, self._forget_step)
            return self._announce((change,), change.notes, client)

    def _make(self, operations: Sequence[Mapping[str, Any]]) -> tuple[tuple[Change, ...], list[str]]:
        notes: list[str] = []
        for operation in operations:
            notes += carry_out(self.document, operation, self.shots)
        if not self.document.close_step():
            return (), notes
        step = self.document.done[-1]
        self._count(step, 1)
        return step, notes

    def _demand_holder(self, client: str) -> None:
        if client and client in self._windows and client != self.holder:
            raise NotHolder("another window edits this file; take it over first")

    def _demand_unchanged(self, operations: Sequence[Mapping[str, Any]], if_match: str) -> None:
        epoch, _, number = if_match.partition(".")
        known = int(number) if epoch == self.head.epoch and number.isdigit() else -1
        ids = {row.id: row for row in self.document.rows} if known < self.document.revision else {}
        changed, gone = [], []
        for operation in operations if known < self.document.revision else ():
            for id in touched(operation):
                if id not in ids:
                    gone.append(id)
                elif self.document.changed_at(id) > known and not _is_seen(operation, ids[id]):
                    changed.append(ids[id])
        if changed or gone:
            raise Conflict(changed, gone)

    def _record(self, entry: dict[str, Any], take_back: Callable[[], object]) -> None:
        """Put a change into the journal, and into the archive at once or soon.

        Args:
            entry: For the journal.
            take_back: Takes the change back where the journal cannot be written.

        Raises:
            OutputError: It cannot be written, and the change is not made.
        """
        sitting = self.document.sitting
        try:
            if not self.journal.path.exists():
                self.journal.begin(self._head_of_disk(), self._draft_entries())
            self.journal.append({**entry, "by": sitting.by, "at": sitting.at}, durable=True)
        except OutputError:
            take_back()
            raise
        if self._word_count <= _AT_ONCE_WORDS:
            self._save_at_once()
        else:
            self._later("save", _REST_S, self.save)
        self._check_later()

    def _save_at_once(self) -> None:
        """Write the archive; a failure is reported and tried again, and the journal has the change meanwhile."""
        try:
            self.save()
        except OutputError as error:
            self.publish({"type": "trouble", "message": error.message})
            self._later("save", _REST_S, self.save)

    def _check_later(self) -> None:
        """Check the whole file when nothing was changed for a while; a long one, which takes seconds, later."""
        self._later("check", _CHECK_REST_S * (1 + self._word_count / _WORDS_A_SECOND), self.check)

    def set_shots(self, shots: Sequence[int]) -> None:
        """Take in the shot changes of the media, when they are found."""
        with self.lock:
            if tuple(shots) != self.shots:
                self.shots = tuple(shots)
                self._check_later()

    def _head_of_disk(self) -> Head:
        """The head of a journal for the archive as it is on disk."""
        return self.head

    def _announce(self, changes: Sequence[Change], notes: Sequence[str], client: str) -> dict[str, Any]:
        answer = self._answer(changes, notes)
        self.publish({"type": "changed", "client": client, **answer})
        return answer

    def _answer(self, changes: Sequence[Change], notes: Sequence[str]) -> dict[str, Any]:
        document = self.document
        fresh: dict[str, Any] = {}
        for change in changes:
            if change.rows_before or change.rows_after:
                last = change.start + len(change.rows_after)
                own = check_rows(document, min(change.start, len(document.rows)), last, self.shots)
                fresh |= payload.findings_json(own)
                if self._findings is not None:
                    self._findings = replace(self._findings, issues={**self._findings.issues, **own})
        answer: dict[str, Any] = {
            "revision": self.revision,
            "splices": payload.splice_json(document, changes),
            "findings": fresh,
            "can_undo": bool(document.done),
            "can_redo": bool(document.undone),
            "notes": list(notes),
            "changed_on_disk": self.conflict,
        }
        if any(change.names_after is not None or change.what in ("speaker", "undo") for change in changes):
            answer["speakers"] = payload.speakers_json(document, look_of(document))
        if any(change.marks_after is not None for change in changes):
            answer["marks"] = payload.marks_json(document.marks)
        return answer

    # What is being typed

    def draft(self, id: int, lines: Sequence[str] | None, client: str = "") -> dict[str, Any]:
        """Keep a text that is being typed, and say what the check finds in it.

        Args:
            id: Number of the caption.
            lines: Its lines, or None where the editor leaves it as it was.
            client: The window that asks.

        Raises:
            EditError: There is no such caption.
            NotHolder: Another window edits the file.
        """
        with self.lock:
            self._demand_holder(client)
            self.document.place(id)
            if not self.journal.path.exists():
                self.journal.begin(self._head_of_disk())
            self.journal.append({"draft": id, "lines": lines}, durable=False)
            self._keep_draft(id, lines)
            found = check_text(self.document, id, lines, self.shots) if lines else ()
            return {"revision": self.revision, "findings": payload.findings_json({id: found})[str(id)]}

    def _keep_draft(self, id: int, lines: Sequence[str] | None) -> None:
        if lines is None:
            self.drafts.pop(id, None)
        else:
            self.drafts[id] = [str(line) for line in lines]

    def _drop_draft(self, operation: Mapping[str, Any]) -> None:
        for id in touched(operation):
            if operation.get("op") == "text":
                self.drafts.pop(id, None)

    def _draft_entries(self) -> list[Entry]:
        return [{"draft": id, "lines": lines} for id, lines in self.drafts.items()]

    # Saving

    def _count(self, changes: Sequence[Change], sign: int) -> None:
        counts = self._counts.setdefault(self.document.sitting.number, [0, 0])
        for change in changes:
            counts[0] = max(0, counts[0] + sign * change.cuts)
            counts[1] = max(0, counts[1] + sign * change.times)

    def _counted(self) -> Revision | None:
        """The present revision with its counts, None where nothing was changed in it."""
        sitting = self.document.sitting
        own = sum(each.revision == sitting.number for each in self.document.corrections)
        own = max(own, sum(each.until == sitting.number for each in self.document.replaced))
        cuts, times = self._counts.get(sitting.number, [0, 0])
        return replace(sitting, corrections=own, cuts=cuts, times=times) if self.document.done else None

    def _revisions(self) -> list[Revision]:
        now = self._counted()
        return [*self._past, *([now] if now is not None else [])]

    def _to_archive(self) -> Archive:
        """The archive as it is to be written, with the findings that were accepted."""
        document = self.document
        accepted = accepted_in(document.archive, document.rows, document.marks.accepted, self._by, _now())
        return replace(document.to_archive(self._revisions()), accepted=accepted)

    def save(self) -> bool:
        """Write the archive, unless another program wrote it meanwhile: then the journal has what was changed here.

        Returns:
            Whether it was written.

        Raises:
            OutputError: It cannot be written.
        """
        with self.lock:
            if self.conflict or self.is_changed_on_disk():
                return False
            data = dump_bytes(self._to_archive())
            if self.journal.path.exists():
                self.journal.append(self._head_for(data).as_dict(), durable=False)
            write_whole(self.opened.path, data)
            self._settle(data)
            return True

    def _head_for(self, data: bytes) -> Head:
        """The head of the journal for an archive that has everything."""
        document = self.document
        return Head(
            hashlib.sha256(data).hexdigest(),
            self.head.epoch,
            document.revision,
            tuple(row.id for row in document.rows),
            document.next_id,
            _accepted_texts(document),
            document.marks.proofed,
        )

    def _settle(self, data: bytes) -> None:
        """Begin the journal anew for an archive that has everything."""
        self._disk = _Disk.of(self.opened.path)
        self._saved_revision = self.document.revision
        self.head = self._head_for(data)
        self.journal.begin(self.head, self._draft_entries())

    def is_changed_on_disk(self) -> bool:
        """Whether another program wrote the archive since it was read or written here; tells the windows."""
        with self.lock:
            now = _Disk.of(self.opened.path)
            if self.conflict or now == self._disk:
                return bool(self.conflict)
            if now.size and hashlib.sha256(self.opened.path.read_bytes()).hexdigest() == self.head.base:
                self._disk = now
                return False
            if not now.size and not self._disk.size:
                return False
            self.conflict = self.opened.path.name
            self.publish({"type": "disk", "changed_on_disk": self.conflict, "is_gone": not now.size})
            return True

    def settle_conflict(self, *, keep_mine: bool) -> dict[str, Any]:
        """End a conflict with another program; the version that is not kept stays beside it under another name.

        Raises:
            OutputError: A file cannot be written.
            ReplyError: The other version cannot be read.
        """
        with self.lock:
            path, stem = self.opened.path, self.opened.path.name.removesuffix(".json")
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            beside = path.with_name(f"{stem}.{'theirs' if keep_mine else 'mine'}-{stamp}.json")
            mine = dump_bytes(self._to_archive())
            kept = beside.name
            if keep_mine:
                try:
                    write_whole(beside, path.read_bytes())
                except FileNotFoundError:  # it was deleted: there is no other version
                    kept = ""
                write_whole(path, mine)
                self.conflict = ""
                self._settle(mine)
            else:
                theirs = open_captions(path, None, self._by)
                write_whole(beside, mine)
                self.journal.remove()
                self.conflict = ""
                self.drafts.clear()
                self._findings = None
                self._load(theirs)
            self.publish({"type": "reload", "kept": kept})
            return {"kept": kept, "revision": self.revision}

    # Writing

    @property
    def is_written(self) -> bool:
        """Whether every caption file is there and has the captions of now."""
        return self._written_revision == self.document.revision and not self.edited_files()

    _written_revision = -1

    def edited_files(self) -> list[str]:
        """Names of caption files that another program changed since they were written."""
        return [path.name for path in writing.edited_files(self.opened.path, self.document.archive)]

    def write(self, *, overwrite: bool = False) -> dict[str, Any]:
        """Write every caption file that belongs to the archive, and the archive.

        Args:
            overwrite: Write also files that another program changed; what it wrote is kept under another name.

        Raises:
            writing.EditedElsewhere: There are such files, and they are not to be written.
            FormatError: A format cannot hold the captions.
            OutputError: A file cannot be written.
        """
        with self.lock:
            if self.is_changed_on_disk():
                raise writing.EditedElsewhere([self.opened.path.name])
            archive = self._to_archive()
            made = writing.write(self.opened.path, archive, self.document.options, self.shots, overwrite=overwrite)
            self.document.archive = replace(self.document.archive, files=made.digests, options=made.options)
            self._settle(made.archive)
            self._written_revision = self.document.revision
            self.publish({"type": "written", "files": made.names})
            return {"revision": self.revision, "files": made.names, "kept": made.kept, "notes": made.notes}

    # Windows

    @property
    def holder(self) -> str:
        """The window that may edit, or ""."""
        return self._windows[0] if self._windows else ""

    def enter(self, client: str, listener: Callable[[dict[str, Any]], None]) -> None:
        """Add a window; the first one may edit."""
        with self.lock:
            self._listeners.append(listener)
            if client not in self._windows:
                self._windows.append(client)
            self._tell_holder()

    def leave(self, client: str, listener: Callable[[dict[str, Any]], None]) -> None:
        """Remove a window; the next one may edit."""
        with self.lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
            if client in self._windows:
                self._windows.remove(client)
            self._tell_holder()

    def take_over(self, client: str) -> None:
        """Let a window edit; the others only look on."""
        with self.lock:
            if client in self._windows:
                self._windows.remove(client)
            self._windows.insert(0, client)
            self._tell_holder()

    def _tell_holder(self) -> None:
        self.publish({"type": "holder", "holder": self.holder, "windows": len(self._windows)})

    def publish(self, event: dict[str, Any]) -> None:
        """Tell all windows."""
        with self.lock:
            self._sequence += 1
            for listener in list(self._listeners):
                listener({"sequence": self._sequence, **event})

    # The end

    def _later(self, name: str, delay_s: float, call: Callable[[], Any]) -> None:
        """Call something when nothing asked for it again for a while."""
        if (waiting := self._timers.pop(name, None)) is not None:
            waiting.cancel()
        timer = threading.Timer(delay_s, self._guarded, [call])
        timer.daemon = True
        self._timers[name] = timer
        timer.start()

    def _guarded(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except CaptionerError as error:
            self.publish({"type": "trouble", "message": error.message})
        except Exception:  # a thread of its own: its errors are seen nowhere else
            logging.getLogger(__name__).exception("review: %s", getattr(call, "__name__", "call"))

    def close(self) -> None:
        """Save what is not saved; the journal stays only where something is in it that the archive cannot hold."""
        with self.lock:
            for timer in self._timers.values():
                timer.cancel()
            if self.document.revision != self._saved_revision and not self.save():
                self.journal.close()
                return
            if not self.drafts and not self.document.marks.accepted and not self.document.marks.proofed:
                self.journal.remove()
            self.journal.close()


def _is_seen(operation: Mapping[str, Any], row: Row) -> bool:
    """Whether the caller says that it saw the text as it is, or wants it as it is."""
    now = [line.text for line in row.cue.lines]
    return operation.get("op") == "text" and now in (operation.get("was"), operation.get("lines"))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _apart_s(one: str, other: str) -> float:
    try:
        return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()
    except ValueError:
        return 0.0


def _rate(document: Document) -> float | None:
    rate = document.options.frame_rate or document.archive.media.frame_rate
    return float(rate) if rate else None


def _text_digest(row: Row) -> str:
    return hashlib.sha256(row.cue.text.encode()).hexdigest()[:16]


def _accepted_texts(document: Document) -> tuple[tuple[str, str, str], ...]:
    """Accepted findings by the text of their caption: one whose text changed is accepted no more."""
    texts = {row.id: _text_digest(row) for row in document.rows}
    found = []
    for key, reason in document.marks.accepted.items():
        rule, _, id = key.rpartition(":")
        if int(id) in texts:
            found.append((rule, texts[int(id)], reason))
    return tuple(found)


def _accepted_rows(accepted: Sequence[tuple[str, str, str]], rows: Sequence[Row]) -> dict[str, str]:
    by_text: dict[str, list[int]] = {}
    for row in rows if accepted else ():
        by_text.setdefault(_text_digest(row), []).append(row.id)
    return {f"{rule}:{id}": reason for rule, text, reason in accepted for id in by_text.get(text, [])}
