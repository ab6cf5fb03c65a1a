"""Deletes objects that are no longer needed from the store, after success and failure, unless they were to be kept.

Objects wait a few seconds for others, because a request for many costs as much as one for a single object. Until the
store has said that an object is gone the ledger has it as present, so a crash in between only repeats the request.

House-keeping never ends a run: what cannot be deleted is reported, and found again by the next run and by `clean`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from captioner.errors import CaptionerError
from captioner.jobs.events import Noted
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Upload
from captioner.jobs.run_context import RunContext
from captioner.jobs.states import BACKOFFS, Cause, Ok, Outcome, Reason, Rejected, Retry
from captioner.jobs.step_records import Superseded
from captioner.jobs.steps import delete_all_of, delete_together

__all__ = ["Deletion", "give_up", "give_up_sweep", "plan", "plan_sweep", "settle", "settle_sweep", "sweep", "sweep_now"]

# Deletions are tried this often in one run; what then remains is reported, and found again by the next.
_TRIES = 5
# How long an object waits for others, while any recognition of the run is unfinished; and objects in one call at most,
# so that a store that takes one at a time is asked by several calls at once.
_GATHERED_S = 5.0
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Deletion:
    """An object that is to be deleted, and how often that was tried."""

    upload: Upload
    tries: int = 0


# Which objects


def sweep(run: RunContext, upload: int | None = None) -> None:
    """Schedule the deletion of every object that is not needed, or of one object if it is not.

    One object waits for others.
    """
    if upload is None:
        run.cleanup.ended.clear()
        _begin(run, run.ledger.take_deletable(run.services.store_id))
        return
    run.cleanup.ended.append(upload)
    at = run.now + (_GATHERED_S if run.active else 0.0)
    if run.cleanup.sweep_at is None or at < run.cleanup.sweep_at:
        run.cleanup.sweep_at = at
        run.queue.put(Kind.SWEEP, None, at)


def plan_sweep(run: RunContext, _: None) -> None:
    """Have those of the objects deleted that have waited and are not needed."""
    state = run.cleanup
    if state.sweep_at is not None and state.sweep_at > run.now:
        return
    state.sweep_at = None
    ended, state.ended = state.ended, []
    if ended:
        _begin(run, run.ledger.take_deletable(run.services.store_id, ended))


def settle_sweep(run: RunContext, _: None, outcome: Outcome) -> None:
    """Nothing: a sweep makes no call."""


def give_up_sweep(run: RunContext, _: None, reason: Reason) -> None:
    """After an internal error: the run's last sweep finds what was left out."""


def _begin(run: RunContext, uploads: Sequence[Upload]) -> None:
    busy, leftovers = run.cleanup.busy, run.cleanup.leftovers
    fresh = tuple(Deletion(found) for found in uploads if found.id not in busy and found.id not in leftovers)
    busy.update(deletion.upload.id for deletion in fresh)
    for start in range(0, len(fresh), _TOGETHER):
        run.queue.put(Kind.DELETE, fresh[start : start + _TOGETHER], run.now)


def sweep_now(run: RunContext) -> None:
    """Delete at once what is not needed, one attempt: for a run that ends on an error."""
    uploads = run.ledger.take_deletable(run.services.store_id)
    try:
        outcomes = delete_together([upload.stored for upload in uploads], run.services)
    except CaptionerError:
        outcomes = ()
    gone = {upload.id for upload, outcome in zip(uploads, outcomes, strict=False) if isinstance(outcome, Ok)}
    run.ledger.forget_uploads(sorted(gone))
    left = [upload for upload in uploads if upload.id not in gone and not upload.is_supposed]
    run.cleanup.leftovers.update({upload.id: upload.stored.key for upload in left})


# Deleting them


def plan(run: RunContext, group: tuple[Deletion, ...]) -> Call | None:
    """The call that deletes objects, but for those that were stored again meanwhile."""
    marked = run.ledger.still_deletable([deletion.upload.id for deletion in group])
    run.cleanup.busy.difference_update(deletion.upload.id for deletion in group if deletion.upload.id not in marked)
    left = [deletion for deletion in group if deletion.upload.id in marked]
    doubtful = [deletion for deletion in left if _is_doubtful(run, deletion.upload)]
    if len(left) == len(doubtful) == 1:
        superseded = _superseded(run)
        return Call(Kind.DELETE, delete_all_of, (left[0].upload.stored, superseded), (left[0],))
    for deletion in doubtful:  # what was left beside it is looked for, which is a call of its own
        run.queue.put(Kind.DELETE, (deletion,), run.now)
    together = tuple(deletion for deletion in left if deletion not in doubtful)
    objects = tuple(deletion.upload.stored for deletion in together)
    return Call(Kind.DELETE, delete_together, (objects,), together) if together else None


def _is_doubtful(run: RunContext, upload: Upload) -> bool:
    """Whether workers may have left objects beside this one, because their calls are not known to have ended."""
    return run.leases is not None and run.leases.is_doubtful(upload.content)


def _superseded(run: RunContext) -> Superseded:
    if run.leases is None:
        raise TypeError("no leases without a cluster")
    known = run.ledger.known_keys(run.services.store_id)
    return Superseded(run.leases.claim.token, run.leases.held | known)


def settle(run: RunContext, group: tuple[Deletion, ...], result: tuple[Outcome, ...] | Outcome) -> None:
    """Record which objects are gone; try again later with the others, or report them."""
    outcomes = result if isinstance(result, tuple) else (result,) * len(group)
    gone: list[int] = []
    again: list[Deletion] = []
    for deletion, outcome in zip(group, outcomes, strict=True):
        number = deletion.upload.id
        if isinstance(outcome, Ok):
            gone.append(number)
            run.cleanup.busy.discard(number)
        elif deletion.upload.is_supposed:  # perhaps there is nothing; the next run tries again
            run.cleanup.busy.discard(number)
        elif isinstance(outcome, Retry) and deletion.tries + 1 < _TRIES:
            again.append(replace(deletion, tries=deletion.tries + 1))
        else:
            if isinstance(outcome, Rejected) and not run.cleanup.leftovers:
                run.emit(Noted(deletion.upload.stored.key, f"not deleted, {outcome.reason.message}"))
            run.cleanup.leftovers[number] = deletion.upload.stored.key
    if gone:
        run.ledger.forget_uploads(gone, unless_stored_again=True)
    if again:  # objects of one call were tried equally often
        wait_s = BACKOFFS[Cause.STORAGE].wait_s(again[0].tries - 1)
        run.queue.put(Kind.DELETE, tuple(again), run.now + wait_s)


def give_up(run: RunContext, group: tuple[Deletion, ...], reason: Reason) -> None:
    """After an internal error: report the objects."""
    run.cleanup.leftovers.update({deletion.upload.id: deletion.upload.stored.key for deletion in group})
