"""FOUND to STORED: decides what is uploaded or, given as a link, read; and records what came of it."""

from __future__ import annotations

from dataclasses import replace

from captioner.errors import CaptionerError
from captioner.jobs.budget import LIMIT
from captioner.jobs.events import Noted
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Recognition, Upload
from captioner.jobs.run_context import RunContext
from captioner.jobs.stages import check, cleanup, transitions
from captioner.jobs.states import Cause, Ok, Outcome, Reason, State, outcome_of
from captioner.jobs.step_records import Stored
from captioner.jobs.steps import STEPS, read_link
from captioner.storage.link import make_link

__all__ = ["admit", "enter", "give_up", "plan", "release", "settle", "take_link"]

# Files that may be prepared and wait for a store that does not answer, beside those under way: they fill a disk.
_PREPARED_AHEAD = 2


def enter(run: RunContext, rec: Recognition) -> None:
    """Schedule the upload of a file, or the first look at a link; an object in a bucket was looked at before."""
    if check.waits(run, rec):
        return
    if rec.is_object:
        if not _is_refused(run, rec, _length_ms(run, rec)):
            transitions.apply(run, rec, Ok(), **_facts_of_object(run, rec))
        return
    if not rec.audio and not take_link(run, rec):
        return
    if rec.key in run.upload.begun:
        run.queue.put(Kind.UPLOAD, rec.key, rec.status.due_at)
    else:
        run.upload.fresh.append(rec.key)
        admit(run)


def _length_ms(run: RunContext, rec: Recognition) -> int:
    media = run.media.get(rec.key)
    return media.duration_ms if media else run.waiting[rec.key][0].filed.duration_ms


def _facts_of_object(run: RunContext, rec: Recognition) -> dict[str, int]:
    """Length, and when the sound begins, of an object that the service reads as it is."""
    media = run.media.pop(rec.key, None)
    return {} if media is None else {"offset_ms": media.audio[0].start_ms, "duration_ms": media.duration_ms}


def admit(run: RunContext) -> None:
    """Let the next files begin, as long as few have begun and are not stored."""
    state = run.upload
    while state.fresh and len(state.begun) < run.options.media_steps + _PREPARED_AHEAD:
        key = state.fresh.popleft()
        if key in run.active:
            state.begun.add(key)
            run.queue.put(Kind.UPLOAD, key, run.active[key].status.due_at)


def release(run: RunContext, key: str) -> None:
    """A file is stored, or has ended: another may begin."""
    if key in run.upload.begun:
        run.upload.begun.discard(key)
        admit(run)


def take_link(run: RunContext, rec: Recognition) -> bool:
    """Take the link that a recognition was asked for with, in every run anew, because it is never written down.

    Returns:
        Whether it can be used; otherwise the recognition was left or rejected.
    """
    if run.services.links.given(rec.key) is not None:
        return True
    if _is_refused(run, rec, 0):
        return False
    try:
        _, signed = make_link(run.source_of(rec.key).url)
    except CaptionerError as error:
        transitions.apply(run, rec, outcome_of(error, Cause.STORAGE))
        return False
    run.services.links.give(rec.key, signed)
    return True


def _is_refused(run: RunContext, rec: Recognition, length_ms: int) -> bool:
    """Leave what may not be bought, before anything of it is sent."""
    duration_ms = length_ms or rec.duration_ms
    if refusal := run.budget.refuse(rec.key, duration_ms) or run.month.refuse(rec.key, duration_ms):
        transitions.leave(run, rec, Reason(refusal, kind=LIMIT))
    return bool(refusal)


def plan(run: RunContext, key: str) -> Call | None:
    """The call that uploads a file, or reads a link."""
    rec = run.active.get(key)
    if rec is None or rec.state is not State.FOUND:
        return None
    if not rec.audio:
        return Call(Kind.UPLOAD, read_link, (key,), key)
    job_run = run.waiting[key][0]
    media = run.media.get(key)
    if _is_refused(run, rec, media.duration_ms if media else job_run.filed.duration_ms):
        return None
    known = _known(run, rec)
    return Call(Kind.UPLOAD, STEPS[State.FOUND], (rec, job_run.source, media, known), key)


def _known(run: RunContext, rec: Recognition) -> Upload | None:
    """An object in this store that should be there already."""
    store_id, ledger = run.services.store_id, run.ledger
    if rec.upload is not None and ledger.upload(rec.upload).store_id != store_id:
        run.emit(Noted(run.name_of(rec.key), "it was stored elsewhere; storing it here"))
    known = ledger.find_upload(store_id, rec.content, rec.audio, rec.model)
    for audio in run.options.audio_accepted:
        known = known or ledger.find_upload(store_id, rec.content, audio, rec.model)
    if known is None and run.has_keys_before and run.options.audio_before:
        known = ledger.find_upload(store_id, rec.content, run.options.audio_before, rec.model)
    return known


def settle(run: RunContext, key: str, result: Stored | Outcome) -> None:
    """Record the object, and move the recognition on."""
    stored = result if isinstance(result, Stored) else Stored(result)
    rec = run.active.get(key)
    if rec is not None:
        run.upload.sending.discard(run.name_of(key))
    if stored.missing:
        run.ledger.miss_upload(stored.missing)
        if rec is not None and rec.upload is not None:
            run.emit(Noted(run.name_of(key), "no longer in the store; storing it again"))
    upload = _record(run, stored) if stored.upload is not None else None
    if rec is None:
        if upload is not None:
            cleanup.sweep(run, upload.id)
        return
    if isinstance(stored.outcome, Ok) and rec.audio:
        run.counters.update(("prepare", "upload"))
        run.media.pop(key, None)
        if upload is not None:
            run.upload.stored[key] = upload.stored
    if upload is None:
        transitions.apply(run, rec, stored.outcome)
    else:
        facts = {"upload": upload.id, "offset_ms": upload.offset_ms, "duration_ms": upload.duration_ms}
        transitions.apply(run, rec, stored.outcome, **facts)


def _record(run: RunContext, stored: Stored) -> Upload:
    if stored.upload is None:
        raise TypeError("nothing is stored")
    if stored.note:
        run.upload.noted.append(stored.note)
    if not stored.upload.id:
        run.counters["bytes"] += stored.upload.stored.size_bytes
    verified_at = run.now if isinstance(stored.outcome, Ok) else stored.upload.stored_at
    return run.ledger.store(replace(stored.upload, kept=run.options.keep_upload, stored_at=verified_at))


def give_up(run: RunContext, key: str, reason: Reason) -> None:
    """After an internal error."""
    transitions.give_up(run, [key], reason)
