"""Changes of recognitions: claimed, moved on by outcomes, left or ended. Every change is in the ledger before the next.

Nothing here schedules: `run.changed` and `run.ended` say what the scheduler has to follow up.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from captioner.jobs.events import Noted, Retrying
from captioner.jobs.polling.due_queue import Kind
from captioner.jobs.records import Recognition
from captioner.jobs.run_context import Ended, JobRun, RunContext
from captioner.jobs.stages import cleanup
from captioner.jobs.states import (
    WORKER_TRIES,
    Cause,
    JobStatus,
    Missing,
    Ok,
    Outcome,
    Reason,
    Rejected,
    Retry,
    State,
    advance,
    may_bill_twice,
)
from captioner.jobs.steps import work_folder_of
from captioner.model import Media

__all__ = [
    "after",
    "apply",
    "check_held",
    "follow",
    "found_again",
    "give_up",
    "leave",
    "leave_all",
    "reopen",
    "request",
    "set_active",
]

# How often a recognition that another process holds is looked at.
_LOOK_AGAIN_S = 1.0
# With many of them, they are looked at less often: this many a second take a few hundredths of it.
_LOOKS_PER_S = 500.0


# A change, as a plain value


def after(rec: Recognition, outcome: Outcome, now: float, jitter: float = 1.0, **facts: Any) -> Recognition:
    """A recognition after an outcome. Pure.

    Args:
        rec: Before the step.
        outcome: What came of the step.
        now: Unix seconds.
        jitter: As for `advance`.
        facts: Fields that the step found out.
    """
    if isinstance(outcome, Missing) and may_bill_twice(rec.status, outcome):
        facts = {"resubmit_reason": outcome.reason.message, **facts}
    is_intent = rec.state is State.STORED and isinstance(outcome, Ok)
    rec = replace(rec, status=advance(rec.status, outcome, now, jitter), **facts)
    if is_intent:
        return rec  # that something is about to be sent does not end a trouble
    if isinstance(outcome, Missing):
        return _resubmitting(rec, now) if outcome.free else rec
    if isinstance(outcome, Ok) or _is_queueing(outcome):
        return replace(rec, unavailable_since=None) if rec.unavailable_since is not None else rec
    return replace(rec, unavailable_since=now) if rec.unavailable_since is None else rec


def _resubmitting(rec: Recognition, now: float) -> Recognition:
    return replace(rec, resubmitting_since=now) if rec.resubmitting_since is None else rec


def _is_queueing(outcome: Outcome) -> bool:
    """Whether the outcome is ordinary waiting, which is no trouble and no news for the ledger."""
    return isinstance(outcome, Retry) and outcome.cause is Cause.QUEUE


def found_again(status: JobStatus) -> JobStatus:
    """FOUND again, with what was submitted so far still counted."""
    return replace(status, state=State.FOUND, due_at=0.0, attempts=0, cause=None)


# Beginning


def request(run: RunContext, wanted: Recognition, job_run: JobRun, media: Media | None) -> State:
    """Have something recognised for an input, unless that is happening or has happened already.

    Returns:
        The state in which it was found.
    """
    if wanted.key in run.rejected:
        run.ended.append(Ended(job_run, run.rejected[wanted.key]))
        return State.REJECTED
    if wanted.key in run.waiting:
        run.waiting[wanted.key].append(job_run)
        return run.active[wanted.key].state
    run.waiting[wanted.key] = [job_run]
    if media is not None:
        run.media[wanted.key] = media
    rec = run.ledger.claim(wanted, retry_rejected=run.options.retry_rejected)
    _take(run, rec)
    return rec.state


def _take(run: RunContext, rec: Recognition) -> None:
    run.active[rec.key] = rec
    if rec.finished:
        _end(run, rec)
    elif rec.owner == run.ledger.owner.name:
        _resume(run, rec)
    else:
        run.emit(Noted(run.name_of(rec.key), "another captioner is working on it; waiting for its result"))
        run.foreign += 1
        _look_again(run, rec.key)


def _resume(run: RunContext, rec: Recognition) -> None:
    """Take up what is ours; waits that an earlier run was in are over."""
    rec = _unverified(replace(rec, status=replace(rec.status, due_at=0.0, attempts=0, cause=None)))
    if rec.upload is not None:
        known = run.ledger.upload(rec.upload)
        if known.kept != run.options.keep_upload:
            run.ledger.keep_upload(known.id, kept=run.options.keep_upload)
    run.active[rec.key] = replace(rec, unavailable_since=None, resubmitting_since=None, links_refused=0)
    run.changed.append(rec.key)


def _unverified(rec: Recognition) -> Recognition:
    """A stored recognition as one whose object or link is known, and has to be looked at again."""
    if rec.state is not State.STORED:
        return rec
    return replace(rec, status=replace(rec.status, state=State.FOUND))


def _look_again(run: RunContext, key: str) -> None:
    run.queue.put(Kind.HELD, key, run.now + max(_LOOK_AGAIN_S, run.foreign / _LOOKS_PER_S))


def check_held(run: RunContext, key: str) -> None:
    """Look at a recognition another process holds: ours when that process ends, done when that process is done."""
    rec = run.active[key]
    if not run.ledger.is_held(key):
        rec = run.ledger.claim(rec)
        if rec.finished or rec.owner == run.ledger.owner.name:
            run.foreign -= 1
            _take(run, rec)
            return
    _look_again(run, key)


def reopen(run: RunContext, rec: Recognition, reason: Reason, job_run: JobRun) -> None:
    """Go back for a reply whose private copy is missing; free while the service keeps its own."""
    if rec.key in run.active:
        run.waiting[rec.key].append(job_run)
        return
    run.waiting[rec.key] = [job_run]
    rec = after(rec, Missing(reason), run.now)
    if rec.task is None:
        rec = replace(rec, status=found_again(rec.status))
    run.active[rec.key] = run.ledger.reopen(rec)
    run.emit(Noted(job_run.name, reason.message))
    run.changed.append(rec.key)


# Moving on


def apply(run: RunContext, rec: Recognition, outcome: Outcome, **facts: Any) -> None:
    """Move a recognition on by an outcome, record it, and have its next step scheduled."""
    rec = after(rec, outcome, run.now, run.jitter(), **facts)
    if not _is_queueing(outcome):
        run.ledger.save(rec)
    run.active[rec.key] = rec
    follow(run, rec, outcome)


def set_active(run: RunContext, recs: Sequence[Recognition], outcome: Outcome) -> None:
    """Go on with recognitions that were moved by an outcome and recorded together."""
    for rec in recs:
        run.active[rec.key] = rec
        follow(run, rec, outcome)


def follow(run: RunContext, rec: Recognition, outcome: Outcome) -> None:
    """Go on after an outcome that has been recorded: tell, leave, end, or have the next step scheduled."""
    if rec.finished:
        _end(run, rec)
        return
    if isinstance(outcome, Missing):
        rec = run.active[rec.key] = _unverified(rec)
        _went_back(run, rec, outcome)
    elif not (isinstance(outcome, Ok) or _is_queueing(outcome)):
        _in_trouble(run, rec)
    if rec.key in run.active:
        run.changed.append(rec.key)


def _went_back(run: RunContext, rec: Recognition, outcome: Missing) -> None:
    """Tell why something is done again; leave what keeps coming to nothing after a while."""
    name = run.name_of(rec.key)
    if not outcome.free:
        run.emit(Noted(name, outcome.reason.message))
        return
    wait_s = max(rec.status.due_at - run.now, 0.0)
    since = run.now if rec.resubmitting_since is None else rec.resubmitting_since
    if run.now + wait_s - since > run.options.rereading_s:
        leave(run, rec, outcome.reason)
    else:
        run.emit(Retrying(name, Cause.RECOGNITION, wait_s, outcome.reason))


def _in_trouble(run: RunContext, rec: Recognition) -> None:
    """Tell the trouble; leave what is in trouble for too long without a break, or what workers die of."""
    reason = rec.status.reason or Reason("waiting")
    since = run.now if rec.unavailable_since is None else rec.unavailable_since
    is_deadly = rec.status.cause is Cause.WORKER and rec.status.attempts >= WORKER_TRIES
    if is_deadly:
        reason = replace(reason, message=f"{reason.message}; tried {WORKER_TRIES} times: run it again later")
    if is_deadly or run.now - since > run.options.patience_s:
        leave(run, rec, reason)
    else:
        cause = rec.status.cause or Cause.SERVICE
        run.emit(Retrying(run.name_of(rec.key), cause, max(rec.status.due_at - run.now, 0.0), reason))


# Ending


def leave(run: RunContext, rec: Recognition, reason: Reason) -> None:
    """Go on without a recognition; it keeps its state, so that the same command takes it up again."""
    if _is_only_stored(rec):
        # Nothing was bought for it, so its object would only be left behind in the store.
        rec = replace(rec, status=found_again(rec.status))
        run.ledger.save(rec)
    run.ledger.release_claims([rec.key])
    _end(run, rec, reason)


def leave_all(run: RunContext) -> None:
    """Forget the objects of what was stored and not submitted, before a run breaks off."""
    for rec in run.active.values():
        if _is_only_stored(rec) and rec.owner == run.ledger.owner.name:
            run.ledger.save(replace(rec, status=found_again(rec.status)))


def _is_only_stored(rec: Recognition) -> bool:
    """Whether nothing was submitted and the ledger may say that an object is needed."""
    return rec.state is State.STORED or (rec.state is State.FOUND and rec.upload is not None)


def give_up(run: RunContext, keys: Sequence[str], reason: Reason) -> None:
    """After an internal error: keep paid results in the ledger so that a fixed version can use them."""
    for rec in run.held(keys):
        if rec.state in (State.FOUND, State.STORED):
            apply(run, rec, Rejected(reason))
        else:
            leave(run, rec, reason)


def _end(run: RunContext, rec: Recognition, left: Reason | None = None) -> None:
    run.active.pop(rec.key, None)
    run.media.pop(rec.key, None)
    run.upload.stored.pop(rec.key, None)
    run.services.links.forget(rec.key)
    if rec.state is State.REJECTED:
        run.rejected[rec.key] = rec
    if left is not None and rec.state is State.FOUND:
        shutil.rmtree(work_folder_of(rec, run.services.work_folder), ignore_errors=True)
    run.ended.extend(Ended(job_run, rec, left) for job_run in run.waiting.pop(rec.key, ()))
    if rec.upload is not None:
        cleanup.sweep(run, rec.upload)
