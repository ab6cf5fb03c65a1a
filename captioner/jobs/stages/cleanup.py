"""Deletes objects that are no longer needed from the store, after success and failure, unless they were to be kept.

House-keeping never ends a run: what cannot be deleted is reported, and found again by the next run and by `clean`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from captioner.errors import CaptionerError
from captioner.jobs.events import Noted
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Upload
from captioner.jobs.run_context import RunContext
from captioner.jobs.states import BACKOFFS, Cause, Ok, Outcome, Reason, Rejected, Retry
from captioner.jobs.step_records import Superseded
from captioner.jobs.steps import delete, delete_all_of

__all__ = ["Deletion", "give_up", "plan", "settle", "sweep", "sweep_now"]

# Deletions are tried this often in one run; what then remains is reported, and found again by the next.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Deletion:
    """An object that is to be deleted, and how often that was tried."""

    upload: Upload
    tries: int = 0


def sweep(run: RunContext, upload: int | None = None) -> None:
    """Schedule the deletion of every object that is not needed, or of one object if it is not."""
    for found in run.ledger.take_deletable(run.services.store_id, upload):
        if found.id not in run.cleanup.busy and found.id not in run.cleanup.leftovers:
            run.cleanup.busy.add(found.id)
            run.queue.put(Kind.DELETE, Deletion(found), run.now)


def sweep_now(run: RunContext) -> None:
    """Delete at once what is not needed, one attempt each: for a run that ends on an error."""
    for upload in run.ledger.take_deletable(run.services.store_id):
        try:
            is_gone = isinstance(delete(upload.stored, run.services), Ok)
        except CaptionerError:
            is_gone = False
        if is_gone:
            run.ledger.forget_upload(upload.id)
        elif not upload.is_supposed:
            run.cleanup.leftovers[upload.id] = upload.stored.key


def plan(run: RunContext, deletion: Deletion) -> Call | None:
    """The call that deletes an object, unless it was stored again meanwhile."""
    if not run.ledger.is_deletable(deletion.upload.id):
        run.cleanup.busy.discard(deletion.upload.id)
        return None
    stored, superseded = deletion.upload.stored, _superseded(run, deletion.upload)
    if superseded is None:
        return Call(Kind.DELETE, delete, (stored,), deletion)
    return Call(Kind.DELETE, delete_all_of, (stored, superseded), deletion)


def _superseded(run: RunContext, upload: Upload) -> Superseded | None:
    """Objects that workers may have left beside this one, or None when their calls are known to have ended."""
    leases = run.leases
    if leases is None or not leases.is_doubtful(upload.content):
        return None
    known = run.ledger.known_keys(run.services.store_id)
    return Superseded(leases.claim.token, leases.held | known)


def settle(run: RunContext, deletion: Deletion, outcome: Outcome) -> None:
    """Record that an object is gone, try again later, or report it."""
    if isinstance(outcome, Ok):
        run.ledger.forget_upload(deletion.upload.id, unless_stored_again=True)
        run.cleanup.busy.discard(deletion.upload.id)
    elif deletion.upload.is_supposed:  # perhaps there is nothing; the next run tries again
        run.cleanup.busy.discard(deletion.upload.id)
    elif isinstance(outcome, Retry) and deletion.tries + 1 < _TRIES:
        wait_s = BACKOFFS[Cause.STORAGE].wait_s(deletion.tries)
        run.queue.put(Kind.DELETE, replace(deletion, tries=deletion.tries + 1), run.now + wait_s)
    else:
        if isinstance(outcome, Rejected) and not run.cleanup.leftovers:
            run.emit(Noted(deletion.upload.stored.key, f"not deleted, {outcome.reason.message}"))
        run.cleanup.leftovers[deletion.upload.id] = deletion.upload.stored.key


def give_up(run: RunContext, deletion: Deletion, reason: Reason) -> None:
    """After an internal error: report the object."""
    run.cleanup.leftovers[deletion.upload.id] = deletion.upload.stored.key
