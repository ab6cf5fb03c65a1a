"""SUBMITTING to SUBMITTED: a submission whose answer was lost is looked up before anything is sent again.

The service's list of tasks names no files. So every task in it that may be the lost one becomes a candidate in the
ledger, and each candidate is asked about until its results show whose it is.
"""

from __future__ import annotations

from dataclasses import replace

from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Recognition, Task
from captioner.jobs.run_context import RunContext, Search
from captioner.jobs.stages import transitions
from captioner.jobs.stages.submit import detached
from captioner.jobs.states import InDoubt, Missing, Ok, Outcome, Reason, Retry, State
from captioner.jobs.step_records import Judged, Listed, LookUp
from captioner.jobs.steps import STEPS
from captioner.recognition.base import Verdict

__all__ = ["SEARCHES", "enter", "give_up", "plan", "settle"]

# Searches of the list that find nothing before a lost submission counts as never made: spread over 15 s by the
# back-off, because the list may lag behind, and a task may be made some seconds after its answer was lost.
SEARCHES = 4

# Seconds after its first look in which one process asks for the last of those lists at the earliest: another may have
# searched by a clock that was days wrong, so that the wait between its last search and the next one was none. An answer
# that came late does not count for more: a list shows what was there when it was asked for.
_SEARCHED_S = 10.0

# So often in a row, spread over some twenty seconds by the back-off, is a candidate not known to the service before it
# counts as forgotten: a task may be unknown for a moment.
_TIMES_UNKNOWN = 6


def enter(run: RunContext, rec: Recognition) -> None:
    """Have a submission looked up, once for all files of the task."""
    if rec.task is None:
        raise TypeError("a submission without a task")
    search = run.submit.searches.get(rec.task)
    if search is None:
        run.submit.searches[rec.task] = Search(run.ledger.task(rec.task), (rec.key,), run.now)
        run.queue.put(Kind.LOOK_UP, rec.task, rec.status.due_at)
    elif rec.key not in search.keys:
        run.submit.searches[rec.task] = replace(search, keys=(*search.keys, rec.key))


def plan(run: RunContext, number: int) -> Call | None:
    """The call that asks about the next candidate, or searches the list when there is none."""
    search = run.submit.searches.get(number)
    if search is None or not _members(run, search):
        run.submit.searches.pop(number, None)
        return None
    since_s = _since_s(run, search.task) - run.services.asr.clock_slack_s
    question = LookUp(since_s)
    if candidates := run.ledger.candidates(number):
        members = run.ledger.members(number)
        addresses = tuple(member.address for member in members)
        digests = tuple(member.address_digest for member in members)
        question = LookUp(since_s, candidates[0], addresses, digests)
    else:
        run.submit.searches[number] = replace(search, asked_at=run.now)
    return Call(Kind.LOOK_UP, STEPS[State.SUBMITTING], (question,), number)


def _members(run: RunContext, search: Search) -> list[Recognition]:
    """The recognitions of this run that are still in doubt."""
    held = run.held(search.keys)
    return [rec for rec in held if rec.state is State.SUBMITTING and rec.task == search.task.id]


def _since_s(run: RunContext, task: Task) -> float:
    """The earliest time at which a task may have been made; an intent from the future was recorded by a wrong clock."""
    asr = run.services.asr
    return task.intent_at if task.intent_at <= run.now + asr.clock_slack_s else run.now - asr.kept_s


def settle(run: RunContext, number: int, result: Judged | Listed | Outcome) -> None:
    """Go on with a search."""
    search = run.submit.searches.get(number)
    if search is None:
        return
    if isinstance(result, Judged):
        _judge(run, search, result)
    elif isinstance(result, Listed):
        _choose(run, search, result)
    else:
        reason = Reason("its submission is in doubt") if isinstance(result, Ok) else result.reason
        retry_after_s = result.retry_after_s if isinstance(result, Retry | InDoubt) else None
        _still_in_doubt(run, search, InDoubt(reason or Reason("its submission is in doubt"), retry_after_s))


def _choose(run: RunContext, search: Search, listed: Listed) -> None:
    """Make candidates of the tasks in the list that may be the lost one; count a search that finds none."""
    task = search.task
    known = {entry.task_id for entry in listed.entries if run.ledger.is_known_task(entry.task_id)}
    found = run.services.asr.candidates(
        listed.entries, task.model, _since_s(run, task), known | run.ledger.ruled_out(task.id)
    )
    if found:
        run.ledger.add_candidates(task.id, found)
        run.queue.put(Kind.LOOK_UP, task.id, run.now)
        return
    search = replace(search, task=replace(task, searches=task.searches + 1))
    if search.task.searches < SEARCHES or search.asked_at - search.since < _SEARCHED_S:
        reason = Reason("the answer to its submission was lost; looking for the task")
        _still_in_doubt(run, search, InDoubt(reason))
    else:
        _close(run, search, replace(search.task, searches=0), _not_found(run, task))


def _not_found(run: RunContext, task: Task) -> Missing:
    """The outcome of a search that found nothing: nothing was bought, unless a forgotten candidate may have been it."""
    if forgotten := run.ledger.forgotten_candidates(task.id):
        message = f"the service does not know task {forgotten[0]} any more, which may be the one whose answer was lost"
        return Missing(Reason(message, "UNKNOWN"))
    return Missing(Reason("its submission never arrived; submitting it again"), free=True)


def _judge(run: RunContext, search: Search, judged: Judged) -> None:
    if judged.verdict is Verdict.OURS:
        _close(run, search, replace(search.task, task_id=judged.candidate), Ok())
    elif judged.verdict is Verdict.UNKNOWN_YET:
        _wait_for(run, replace(search, unknown=0), judged.candidate)
    elif judged.verdict is Verdict.NOT_KNOWN and search.unknown + 1 < _TIMES_UNKNOWN:
        reason = Reason(
            f"the service does not know task {judged.candidate}, which may be the one whose answer was lost"
        )
        _still_in_doubt(run, replace(search, unknown=search.unknown + 1), InDoubt(reason))
    else:
        run.ledger.rule_out(search.task.id, judged.candidate, is_forgotten=judged.verdict is Verdict.NOT_KNOWN)
        run.submit.searches[search.task.id] = replace(search, unknown=0)
        run.queue.put(Kind.LOOK_UP, search.task.id, run.now)


def _wait_for(run: RunContext, search: Search, candidate: str) -> None:
    """A candidate shows its addresses only when it has ended; until then nothing may be sent."""
    reason = Reason(f"waiting for task {candidate}, which may be the one whose answer was lost")
    members = _members(run, search)
    if run.now - search.since > run.options.deadline_s:
        run.submit.searches.pop(search.task.id, None)
        for rec in members:
            transitions.leave(run, rec, reason)
        return
    for rec in members:
        run.active[rec.key] = replace(rec, unavailable_since=None)  # waiting for the service to finish is no trouble
    _still_in_doubt(run, search, InDoubt(reason))


def _still_in_doubt(run: RunContext, search: Search, outcome: InDoubt) -> None:
    now, jitter = run.now, run.jitter()
    recs = [transitions.after(rec, outcome, now, jitter) for rec in _members(run, search)]
    run.ledger.record_outcome(search.task, recs)
    run.submit.searches[search.task.id] = search
    transitions.set_active(run, recs, outcome)
    if left := _members(run, search):
        run.queue.put(Kind.LOOK_UP, search.task.id, max(rec.status.due_at for rec in left))
    else:
        run.submit.searches.pop(search.task.id, None)


def _close(run: RunContext, search: Search, task: Task, outcome: Outcome) -> None:
    """End a search for all files of the task, also for those that this run was not asked for."""
    run.submit.searches.pop(task.id, None)
    now, jitter = run.now, run.jitter()
    own = [detached(transitions.after(rec, outcome, now, jitter)) for rec in _members(run, search)]
    keys = {rec.key for rec in own}
    others = [rec for rec in run.ledger.members(task.id) if rec.key not in keys]
    moved = [detached(transitions.after(rec, outcome, now, jitter)) for rec in others]
    run.ledger.record_outcome(task, [*own, *moved])
    run.ledger.release_claims([rec.key for rec in moved])
    transitions.set_active(run, own, outcome)


def give_up(run: RunContext, number: int, reason: Reason) -> None:
    """After an internal error."""
    search = run.submit.searches.pop(number, None)
    if search is not None:
        transitions.give_up(run, search.keys, reason)
