"""Looks up once, before anything is bought, what the options refer to at the service; free of charge.

Files that are to be recognised wait for it; what is recognised already does not.
"""

from __future__ import annotations

from captioner.jobs.events import Noted
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Recognition
from captioner.jobs.run_context import RunContext
from captioner.jobs.stages import transitions
from captioner.jobs.states import Outcome, Reason
from captioner.jobs.step_records import Checked
from captioner.jobs.steps import check_options

__all__ = ["give_up", "plan", "settle", "waits"]


def waits(run: RunContext, rec: Recognition) -> bool:
    """Whether a recognition has to wait until the options were looked up; it is taken up again then."""
    if not run.check.is_due:
        return False
    if not run.check.waiting:
        run.queue.put(Kind.CHECK, None, rec.status.due_at)
    run.check.waiting.append(rec.key)
    return True


def plan(run: RunContext, _: None) -> Call:
    """The call that looks the options up."""
    return Call(Kind.CHECK, check_options, (run.options.recognition,), None)


def settle(run: RunContext, _: None, result: Checked | Outcome) -> None:
    """Go on with the files that wait; a service that does not answer is their trouble."""
    keys, run.check.waiting = run.check.waiting, []
    recs = run.held(keys)
    if isinstance(result, Checked):
        run.check.is_due = False
        if result.note and recs:
            run.emit(Noted(run.name_of(recs[0].key), result.note))
        run.changed.extend(rec.key for rec in recs)
        return
    for rec in recs:
        transitions.apply(run, rec, result)


def give_up(run: RunContext, _: None, reason: Reason) -> None:
    """After an internal error."""
    keys, run.check.waiting = run.check.waiting, []
    transitions.give_up(run, keys, reason)
