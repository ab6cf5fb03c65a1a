"""STORED to SUBMITTED: decides what is submitted together and when; the only stage that costs money.

The rules: the intent is on the disk before the request leaves; the task's name is on the disk before anything else is
done with it. What is in doubt goes to `look_up`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from captioner.errors import SetupError
from captioner.jobs.budget import LIMIT
from captioner.jobs.events import Noted
from captioner.jobs.grouping import Ready, form_group, is_worth_waiting
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Recognition, Task
from captioner.jobs.run_context import SHORTEST_LEAD_S, RunContext, TaskWait
from captioner.jobs.services import LONGEST_LEAD_S
from captioner.jobs.stages import transitions
from captioner.jobs.stages.upload import take_link
from captioner.jobs.states import Cause, Ok, Outcome, Reason, Rejected, Retry, State
from captioner.jobs.step_records import Address, Group, NotSigned, Submitted
from captioner.jobs.steps import OBJECT_STORE, STEPS, sign
from captioner.model import StoredObject

__all__ = [
    "Submission",
    "detached",
    "enter",
    "give_up",
    "give_up_signing",
    "one_file",
    "plan",
    "plan_signing",
    "refuse_group",
    "release",
    "settle",
    "settle_signing",
]

# What is kept of the lead each time it was long enough; a lead that was too short is made longer at once.
_LEAD_KEPT = 0.99

# A link made no longer ago is as good as a new one; the shortest lifetime that may be configured is half an hour.
FRESH_S = 60.0

# A slot so near is taken together with the record of what became of the submission before it, so that both share a
# commit that reaches the disk: the interval of ten submissions a second.
_NEAR_S = 0.11

# How often a group that waits for others looks whether they have come.
_GROUPING_INTERVAL_S = 0.25


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission under way: its task, and the recognitions in it."""

    task: Task
    keys: tuple[str, ...]


# A signed address


def enter(run: RunContext, rec: Recognition) -> None:
    """Have a stored file signed when it is due."""
    if not rec.audio and not rec.is_object and not take_link(run, rec):
        return
    run.submit.stored.add(rec.key)
    if rec.status.due_at > run.now:
        run.queue.put(Kind.SIGN, rec.key, rec.status.due_at)
    else:
        _have_signed(run, rec.key)


def _have_signed(run: RunContext, key: str) -> None:
    """Have a file signed together with the others of this turn."""
    run.submit.unsigned.append(key)
    if not run.submit.is_signing_due:
        run.submit.is_signing_due = True
        run.queue.put(Kind.SIGN, "", run.now)


def release(run: RunContext, key: str) -> None:
    """A file is no longer stored and waiting."""
    run.submit.stored.discard(key)


def plan_signing(run: RunContext, key: str) -> Call | None:
    """The call that signs the files that need it; with a key, that one needs it from now on."""
    if key:
        _have_signed(run, key)
        return None
    run.submit.is_signing_due = False
    keys, run.submit.unsigned = run.submit.unsigned, []
    recs = [rec for rec in run.held(keys) if rec.state is State.STORED]
    objects = tuple((rec.key, _object_of(run, rec)) for rec in recs)
    run.submit.signing.update(key for key, _ in objects)
    return Call(Kind.SIGN, sign, (objects,), tuple(key for key, _ in objects)) if objects else None


def _object_of(run: RunContext, rec: Recognition) -> StoredObject | None:
    """The object to be signed; None for a link."""
    if rec.is_object and (media := run.source_of(rec.key).media) is not None:
        return StoredObject(OBJECT_STORE, media.bucket, media.key, media.size_bytes)
    if rec.upload is None:
        return None
    known = run.upload.stored.pop(rec.key, None)
    return known if known is not None else run.ledger.upload(rec.upload).stored


def settle_signing(run: RunContext, keys: Sequence[str], results: Sequence[Address | NotSigned]) -> None:
    """Add signed files to those that are ready."""
    run.submit.signing.difference_update(keys)
    for result in results:
        rec = run.active.get(result.key)
        if rec is None or rec.state is not State.STORED:
            continue
        if isinstance(result, NotSigned):
            transitions.apply(run, rec, result.outcome)
        else:
            run.submit.ready[rec.key] = Ready(rec, result.public, result.digest, run.now, run.now)
            _schedule(run, run.now)


def give_up_signing(run: RunContext, keys: Sequence[str] | str, reason: Reason) -> None:
    """After an internal error."""
    affected = run.submit.unsigned if isinstance(keys, str) else keys
    run.submit.signing.difference_update(affected)
    transitions.give_up(run, affected, reason)


# A group, its slot, and its intent


def _schedule(run: RunContext, at: float) -> None:
    """Have the next group formed at a time, or earlier."""
    if run.submit.grouping_at is None or at < run.submit.grouping_at:
        if run.submit.grouping_at is not None:
            run.queue.withdraw(Kind.SUBMIT, None)
        run.submit.grouping_at = at
        run.queue.put(Kind.SUBMIT, None, at)


def plan(run: RunContext, _: None) -> Call | None:
    """The call that submits the next group, in its slot; its intent is recorded before, in this turn."""
    now, state = run.now, run.submit
    if state.grouping_at is not None and state.grouping_at > now:
        return None
    state.grouping_at = None
    _sort_out(run, now)
    _hold_to_month(run)
    if not state.ready:
        return None
    group = form_group(tuple(state.ready.values()), state.limit.files)
    others = _are_others_coming(run)
    if is_worth_waiting(group, state.limit.files, are_others_coming=others, now=now, linger_s=run.options.linger_s):
        _schedule(run, now + _GROUPING_INTERVAL_S)
        return None
    slot = run.slots.next_slot()
    near_s, state.near_s = max(state.near_s, state.lead_s), 0.0
    if slot - near_s > now:
        _schedule(run, slot - state.lead_s)
        return None
    if not _has_room(run, group):
        _schedule(run, now)
        return None
    run.slots.use()
    for one in group:
        del state.ready[one.rec.key]
    if state.ready:
        _schedule(run, now)
    return _intend(run, group, slot)


def _sort_out(run: RunContext, now: float) -> None:
    """Drop what has ended, and have signed anew what was signed too long ago."""
    for key, one in tuple(run.submit.ready.items()):
        rec = run.active.get(key)
        if rec is not one.rec:
            del run.submit.ready[key]
        elif not 0 <= now - one.signed_at < FRESH_S:
            del run.submit.ready[key]
            _have_signed(run, key)


def _hold_to_month(run: RunContext) -> None:
    """Leave what this month's budget no longer has room for, because another process bought meanwhile."""
    if run.month.is_set:
        for one in tuple(run.submit.ready.values()):
            _is_held(run, one)


def _has_room(run: RunContext, group: Sequence[Ready]) -> bool:
    """Whether the month's budget has room for a group, read in the transaction that its intent is recorded in.

    So two processes that see the last of the budget do not both spend it.
    """
    if not run.month.is_set:
        return True
    run.ledger.begin_purchase()
    run.month.read_again()
    held = [one for one in group if _is_held(run, one)]
    return not held


def _is_held(run: RunContext, one: Ready) -> bool:
    """Leave a file that the month's budget has no room for."""
    key = one.rec.key
    duration_ms = one.rec.duration_ms or (run.media[key].duration_ms if key in run.media else 0)
    duration_ms = duration_ms or run.waiting[key][0].filed.duration_ms
    refusal = run.month.refuse(key, duration_ms)
    if refusal:
        del run.submit.ready[key]
        transitions.leave(run, one.rec, Reason(refusal, kind=LIMIT))
    return bool(refusal)


def _are_others_coming(run: RunContext) -> bool:
    upload, submit = run.upload, run.submit
    return bool(run.probing or upload.begun or upload.fresh or submit.unsigned or submit.signing)


def _intend(run: RunContext, group: Sequence[Ready], slot: float) -> Call:
    """Record the intent; only then, and not before its slot, may the request leave."""
    options = run.waiting[group[0].rec.key][0].options.recognition
    intended = [
        transitions.after(one.rec, Ok(), run.now, address=one.address, address_digest=one.digest) for one in group
    ]
    task = run.ledger.record_intent(options.model, intended)
    run.month.bought([rec.key for rec in intended])
    for rec in intended:
        run.active[rec.key] = replace(rec, task=task.id)
        release(run, rec.key)
    files = tuple((one.rec.key, one.digest) for one in group)
    subject = Submission(task, tuple(rec.key for rec in intended))
    return Call(Kind.SUBMIT, STEPS[State.STORED], (Group(options, files),), subject, slot)


# What came of it


def settle(run: RunContext, submission: Submission, result: Submitted | Outcome | SetupError, late_s: float) -> None:
    """Record what became of a submission, for good and for all its files at once.

    Raises:
        SetupError: The service refused every file; nothing was taken.
    """
    _learn_lead(run, late_s)
    if isinstance(result, SetupError):
        _record(run, submission.task, submission.keys, Retry(Cause.SERVICE, Reason.of(result)))
        raise result
    if isinstance(result, Submitted):
        task = replace(submission.task, task_id=result.task_id)
        run.submit.made.add(task.id)
        if run.submit.limit.taken(submission.keys):
            _remember_one_file(run, submission.task.model, submission.keys[0])
        addresses = tuple((rec.key, rec.address) for rec in run.held(submission.keys))
        run.collect.waits[task.id] = TaskWait(task, addresses, submission.keys, run.now)
        _record(run, task, submission.keys, Ok())
        if run.submit.ready:
            run.submit.near_s = _NEAR_S
            _schedule(run, run.now)
        return
    blames_one = isinstance(result, Rejected) and run.services.asr.blames_one_file(result.reason.code)
    if isinstance(result, Rejected) and blames_one and len(submission.keys) > 1:
        refuse_group(run, submission.task.model, submission.keys, result.reason.message)
        outcome = Retry(Cause.SERVICE, result.reason)
        _record(run, submission.task, submission.keys, outcome, no_grouping=True)
    else:
        if isinstance(result, Rejected):
            run.submit.limit.refused(submission.keys, result.reason.message)
        _record(run, submission.task, submission.keys, result)


def refuse_group(run: RunContext, model: str, keys: Sequence[str], message: str) -> None:
    """Note that several files were refused together, perhaps because of their number."""
    if run.submit.limit.refused(keys, message):
        _remember_one_file(run, model, keys[0])


def one_file(model: str, endpoint: str) -> str:
    """Facts the ledger remembers of a model that takes one file in a task."""
    return f"one file in a task: {model} {endpoint}"


def _remember_one_file(run: RunContext, model: str, key: str) -> None:
    run.ledger.remember(one_file(model, run.services.endpoint))
    if key in run.waiting:
        message = f"{model} takes one file in a task; files are sent one by one from now on, at no other cost"
        run.emit(Noted(run.name_of(key), message))


def _learn_lead(run: RunContext, late_s: float) -> None:
    """Record intents as long before their slots as the disk needs."""
    lead_s = run.submit.lead_s
    kept_s = lead_s + late_s if late_s > 0 else max(lead_s * _LEAD_KEPT, SHORTEST_LEAD_S)
    run.submit.lead_s = min(kept_s, LONGEST_LEAD_S)


def _record(run: RunContext, task: Task, keys: Sequence[str], outcome: Outcome, **facts: Any) -> None:
    now, jitter = run.now, run.jitter()
    recs = [detached(transitions.after(rec, outcome, now, jitter, **facts)) for rec in run.held(keys)]
    run.ledger.record_outcome(task, recs)
    transitions.set_active(run, recs, outcome)


def detached(rec: Recognition) -> Recognition:
    """A recognition without the task that it is no longer part of."""
    return rec if rec.state in (State.SUBMITTING, State.SUBMITTED) else replace(rec, task=None)


def give_up(run: RunContext, submission: Submission | None, reason: Reason) -> None:
    """After an internal error: what may have been submitted is looked up by the next run."""
    keys = tuple(run.submit.ready) if submission is None else submission.keys
    transitions.give_up(run, keys, reason)
