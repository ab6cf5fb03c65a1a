"""Objects nobody needs any more leave the store, in success and in failure, unless they were asked to stay."""

from __future__ import annotations

from dataclasses import dataclass

from captioner.errors import CaptionerError
from captioner.jobs.desk import Desk
from captioner.jobs.engine import Errand
from captioner.jobs.records import Upload
from captioner.jobs.states import BACKOFFS, Cause, Later, Reason, outcome_of

__all__ = ["Deleting"]

# Deletions are tried this often in one run; what then remains is reported, and found again by the next.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Object:
    """An object as the subject of errands."""

    deleting: Deleting
    upload: Upload

    @property
    def name(self) -> str:
        return self.upload.stored.key

    def give_up(self, reason: Reason) -> None:
        self.deleting.leftovers[self.upload.id] = self.upload.stored.key


class Deleting:
    """Deletes, and remembers what could not be deleted.

    Attributes:
        leftovers: Key of every object that could not be deleted, by its number.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._busy: set[int] = set()
        self.leftovers: dict[int, str] = {}

    def sweep(self, upload: int | None = None) -> None:
        """Put the deletion of everything that is not needed, or of one object if it is not, on the engine."""
        for found in self._desk.ledger.take_deletable(self._desk.world.place, upload):
            if found.id not in self._busy and found.id not in self.leftovers:
                self._busy.add(found.id)
                self._put(found, tries=0)

    def sweep_now(self) -> None:
        """The same at once, one attempt each: for a run that ends on an error."""
        for upload in self._desk.ledger.take_deletable(self._desk.world.place):
            try:
                self._desk.world.store.delete(upload.stored)
            except CaptionerError:
                self.leftovers[upload.id] = upload.stored.key
            else:
                self._desk.ledger.forget_upload(upload.id)

    def _put(self, upload: Upload, tries: int) -> None:
        wait_s = BACKOFFS[Cause.STORAGE].wait_s(tries - 1) if tries else 0.0
        self._desk.engine.put("tidy", lambda: self._begin(upload, tries), self._desk.now + wait_s)

    def _begin(self, upload: Upload, tries: int) -> Errand | None:
        if not self._desk.ledger.deletable(upload.id):
            self._busy.discard(upload.id)
            return None
        subject = _Object(self, upload)

        def gone(_: None) -> None:
            self._desk.ledger.forget_upload(upload.id)
            self._busy.discard(upload.id)

        def failed(error: CaptionerError) -> None:
            if isinstance(outcome_of(error, Cause.STORAGE), Later) and tries + 1 < _TRIES:
                self._put(upload, tries + 1)
            else:
                subject.give_up(Reason.of(error))

        return self._desk.errand(subject, lambda: self._desk.world.store.delete(upload.stored), gone, failed)
