"""SUBMITTED to FETCHED: decides when a task is asked about, and records what it brought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from captioner.jobs.events import Waiting
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.polling.poll_schedule import SHARE_OF_THE_WAIT
from captioner.jobs.polling.task_list_poller import PAGE_SIZE, PageNews
from captioner.jobs.records import Recognition, Task
from captioner.jobs.run_context import RunContext, TaskWait
from captioner.jobs.stages import transitions
from captioner.jobs.stages.submit import refuse_group
from captioner.jobs.states import Cause, Missing, Ok, Outcome, Reason, Retry, State
from captioner.jobs.step_records import Collected, FileAnswer, Listed, Page, Running, TaskQuestion, UnknownTask
from captioner.jobs.steps import STEPS, list_page, list_tasks

__all__ = [
    "enter",
    "give_up",
    "give_up_list",
    "hurry",
    "plan",
    "plan_account",
    "plan_page",
    "plan_wait",
    "settle",
    "settle_account",
    "settle_page",
]

# The first request about a task comes after this long at the latest, whatever other tasks needed.
_LATEST_S = 120.0

# What is refused or not known is asked for again, so often that a quarter of a minute passes, before it counts as lost;
# however old it seems to be, because the clock that recorded it may have been wrong.
_TIMES = 6

# How often it is told that a task in the list is still running.
_TELL_S = 5.0

# Events may come twice, or again and again from another sender: a task is asked about early so often at most.
_EARLY_EVERY_S = 5.0

# A task may be unknown for a moment after it was made.
_SETTLING_S = 5.0


# When to ask


def enter(run: RunContext, rec: Recognition) -> None:
    """Schedule a request about the task of a recognition, one for all files of the task."""
    if rec.task is None:
        raise TypeError("a task without a number")
    wait = run.collect.waits.get(rec.task)
    if wait is None:
        addresses = tuple((member.key, member.address) for member in run.ledger.members(rec.task))
        wait = TaskWait(run.ledger.task(rec.task), addresses, (rec.key,), run.now)
    elif rec.key not in wait.keys:
        wait = replace(wait, keys=(*wait.keys, rec.key))
    run.collect.waits[rec.task] = wait
    if not wait.is_pending:
        _schedule(run, wait, _due_at(run, wait, rec))


def _due_at(run: RunContext, wait: TaskWait, rec: Recognition) -> float:
    """Time of the next request: as the back-off says, and for a new task not before it may have ended."""
    status = rec.status
    if status.attempts or rec.state is not State.SUBMITTED:
        return status.due_at or run.now
    early = _is_list_worth_it(run)
    estimate_s = run.collect.estimator.estimate_s(rec.duration_ms, early=early)
    likely = min(wait.task.intent_at, run.now) + estimate_s
    return max(status.due_at, min(likely, run.now + _LATEST_S))


def _schedule(run: RunContext, wait: TaskWait, due_at: float) -> None:
    """Ask about a task when it is due: by itself, or in the list with the others while there are many."""
    run.collect.waits[wait.task.id] = replace(wait, is_pending=True)
    run.queue.put(Kind.WAIT if _is_list_worth_it(run) else Kind.COLLECT, wait.task.id, due_at)


def _is_list_worth_it(run: RunContext) -> bool:
    return run.collect.poller.is_worth_it(len(run.collect.waits))


def plan_wait(run: RunContext, number: int) -> None:
    """A task may have ended: look for it in the list, or ask about it."""
    wait = run.collect.waits.get(number)
    if wait is None:
        return
    if not _is_list_worth_it(run):
        run.queue.put(Kind.COLLECT, number, run.now)
        return
    run.collect.poller.add(wait.task)
    if run.collect.poller.is_idle:
        run.collect.poller.is_idle = False
        run.queue.put(Kind.LIST, None, run.now)


def hurry(run: RunContext, task_ids: Collection[str]) -> None:
    """Ask now about tasks that an event says have ended; nothing else of the event is believed."""
    for number, wait in tuple(run.collect.waits.items()):
        if wait.task.task_id in task_ids and run.now - wait.early_at >= _EARLY_EVERY_S:
            _move_to_now(run, number, wait)


def _move_to_now(run: RunContext, number: int, wait: TaskWait) -> None:
    """Move the next question about a task to now, unless it is being asked already."""
    is_waiting = run.queue.withdraw(Kind.WAIT, number) or run.queue.withdraw(Kind.COLLECT, number)
    if is_waiting or run.collect.poller.drop(wait.task):
        run.collect.waits[number] = replace(wait, early_at=run.now)
        run.queue.put(Kind.COLLECT, number, run.now)


# One task


def plan(run: RunContext, number: int) -> Call | None:
    """The call that asks about a task."""
    wait = run.collect.waits.get(number)
    wanted = tuple(_wanted(run, wait)) if wait is not None else ()
    if wait is None or not wanted:
        run.collect.waits.pop(number, None)
        return None
    question = TaskQuestion(wait.task.task_id, wait.addresses, wanted)
    return Call(Kind.COLLECT, STEPS[wanted[0].state], (question,), number)


def _wanted(run: RunContext, wait: TaskWait) -> list[Recognition]:
    """The recognitions of this run that still wait for the task."""
    return [
        rec
        for rec in run.held(wait.keys)
        if rec.task == wait.task.id and rec.state in (State.SUBMITTED, State.RECOGNISED)
    ]


def settle(run: RunContext, number: int, result: Running | UnknownTask | Collected | Outcome) -> None:
    """Go on with the files of a task."""
    wait = run.collect.waits.get(number)
    if wait is None:
        return
    wait = run.collect.waits[number] = replace(wait, is_pending=False)
    if isinstance(result, Collected):
        _collected(run, wait, result)
    elif isinstance(result, Running):
        run.collect.is_our_account = True
        _still_running(run, wait, result.status)
    elif not isinstance(result, UnknownTask):
        for rec in _wanted(run, wait):
            transitions.apply(run, rec, result)
    elif abs(run.now - wait.task.intent_at) > _SETTLING_S:
        _unknown(run, wait)
    else:
        _still_running(run, wait, "UNKNOWN")


def _still_running(run: RunContext, wait: TaskWait, status: str) -> None:
    elapsed_s = run.now - wait.since
    for rec in _wanted(run, wait):
        if elapsed_s > run.options.deadline_s:
            reason = Reason(f"not done after {elapsed_s / 3600:.1f} h; the same command takes it up again", status)
            transitions.leave(run, rec, reason)
        else:
            run.emit(Waiting(run.name_of(rec.key), elapsed_s, status))
            pause = Retry(Cause.QUEUE, retry_after_s=elapsed_s * SHARE_OF_THE_WAIT)
            transitions.apply(run, rec, pause)


def _collected(run: RunContext, wait: TaskWait, collected: Collected) -> None:
    run.collect.is_our_account = True
    del run.collect.waits[wait.task.id]
    wanted = {rec.key: rec for rec in _wanted(run, wait)}
    if collected.took_s is not None:
        longest_ms = max((rec.duration_ms for rec in wanted.values()), default=0)
        run.collect.estimator.record(longest_ms, collected.took_s)
    if refused := next((answer.group_refused for answer in collected.answers if answer.group_refused), ""):
        refuse_group(run, wait.task.model, tuple(wanted), refused)
    for answer in collected.answers:
        if answer.key in wanted:
            _answered(run, wanted[answer.key], answer)


def _answered(run: RunContext, rec: Recognition, answer: FileAnswer) -> None:
    """Record what became of one file."""
    if answer.recognised and rec.state is State.SUBMITTED:
        rec = transitions.after(rec, Ok(), run.now)
    if answer.unwritable is not None:
        # Our own disk refuses what was paid for; the next run fetches it.
        run.ledger.save(rec)
        transitions.leave(run, rec, answer.unwritable)
    elif answer.link_refused:
        _link_refused(run, rec, answer)
    elif answer.outcome is None:
        run.ledger.save(rec)
        transitions.set_active(run, [rec], Ok())
    elif isinstance(answer.outcome, Ok):
        run.bought.add(rec.key)
        run.counters["recognise"] += 1
        transitions.apply(run, rec, Ok(), reply=answer.reply, billed_s=answer.billed_s)
    elif answer.group_refused:
        transitions.apply(run, rec, answer.outcome, no_grouping=True)
    else:
        transitions.apply(run, rec, answer.outcome)


def _link_refused(run: RunContext, rec: Recognition, answer: FileAnswer) -> None:
    """The link may only have been damaged on its way; the task gives it again, and submitting anew costs."""
    outcome, refused = answer.outcome, rec.links_refused + 1
    if isinstance(outcome, Missing) and refused < _TIMES:
        outcome = Retry(Cause.SERVICE, outcome.reason)
    transitions.apply(run, rec, outcome or Ok(), links_refused=refused)


def give_up(run: RunContext, number: int, reason: Reason) -> None:
    """After an internal error."""
    wait = run.collect.waits.pop(number, None)
    if wait is not None:
        transitions.give_up(run, wait.keys, reason)


# A task that the service does not know


def _unknown(run: RunContext, wait: TaskWait) -> None:
    """Ask again for a while; then a task is lost, if it is old enough or was ever this account's to ask about."""
    wait = replace(wait, unknown=wait.unknown + 1)
    task = wait.task
    run.collect.waits[task.id] = wait
    reason = _unknown_reason(task)
    if wait.unknown < _TIMES:
        for rec in _wanted(run, wait):
            transitions.apply(run, rec, Retry(Cause.SERVICE, reason))
    elif _is_ours(run, task):
        _lost(run, wait, reason)
    else:
        run.collect.waits[task.id] = replace(wait, is_pending=True)
        run.queue.put(Kind.ACCOUNT, task.id, run.now)


def _unknown_reason(task: Task) -> Reason:
    return Reason(f"the service does not know task {task.task_id} any more", "UNKNOWN")


def _is_ours(run: RunContext, task: Task) -> bool:
    """Whether the task can only be lost: too old to be kept, or the key was seen to be of the account that made it."""
    is_kept = run.now - task.intent_at < run.services.asr.kept_s
    return not is_kept or run.collect.is_our_account or task.id in run.submit.made


def _lost(run: RunContext, wait: TaskWait, reason: Reason) -> None:
    for rec in _wanted(run, wait):
        transitions.apply(run, rec, Missing(reason))


def plan_account(run: RunContext, number: int) -> Call | None:
    """The call that looks whether the account has any of our tasks: another one does not know them either."""
    wait = run.collect.waits.get(number)
    if wait is None:
        return None
    # The clock may have been days ahead when the task was made: then no task of the list would seem new enough.
    since_s = min(wait.task.intent_at, run.now) - run.services.asr.kept_s
    return Call(Kind.ACCOUNT, list_tasks, (since_s,), number)


def settle_account(run: RunContext, number: int, result: Listed | Outcome) -> None:
    """A task is lost when the account is ours; otherwise the file waits for the right key."""
    wait = run.collect.waits.get(number)
    if wait is None:
        return
    wait = run.collect.waits[number] = replace(wait, is_pending=False)
    reason = _unknown_reason(wait.task)
    if not isinstance(result, Listed):
        for rec in _wanted(run, wait):
            transitions.apply(run, rec, result)
        return
    run.collect.is_our_account |= any(run.ledger.is_known_task(entry.task_id) for entry in result.entries)
    if run.collect.is_our_account:
        _lost(run, wait, reason)
        return
    message = f"{reason.message}; was it bought with the key of another account? The same command asks again"
    for rec in _wanted(run, wait):
        transitions.leave(run, rec, replace(reason, message=message))


# Many tasks in the list


def plan_page(run: RunContext, _: None) -> Call | None:
    """The call that asks for the next page of the list."""
    page = run.collect.poller.next_page([wait.task.intent_at for wait in run.collect.waits.values()])
    return None if page is None else Call(Kind.LIST, list_page, (page, PAGE_SIZE), None)


def settle_page(run: RunContext, _: None, result: Page | Outcome) -> None:
    """Go on with the tasks on a page."""
    poller = run.collect.poller
    if isinstance(result, Page):
        _follow(run, poller.on_page(result.entries, result.pages, run.now))
    else:
        _follow(run, poller.on_failure(run.now))


def _follow(run: RunContext, news: PageNews) -> None:
    for number in news.ask:
        run.queue.put(Kind.COLLECT, number, run.now)
    for number, status in news.running:
        _seen_running(run, number, status)
    if news.next_at is not None:
        run.queue.put(Kind.LIST, None, news.next_at)


def _seen_running(run: RunContext, number: int, status: str) -> None:
    wait = run.collect.waits.get(number)
    if wait is None or not _wanted(run, wait):
        if wait is not None:
            run.collect.poller.drop(wait.task)
            del run.collect.waits[number]
    elif run.now - wait.told_at >= _TELL_S:
        run.collect.waits[number] = replace(wait, told_at=run.now)
        _still_running(run, wait, status)


def give_up_list(run: RunContext, _: None, reason: Reason) -> None:
    """After an internal error: ask about each task from now on."""
    _follow(run, run.collect.poller.give_up())
