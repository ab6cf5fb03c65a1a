"""Messages to webhooks and commands: recorded with what they tell of, delivered until they are taken.

A message is in the ledger in the transaction that records what it tells of, and leaves it when its receiver has taken
it: so a crash loses none, and a message that was taken at the moment of a crash comes again with the same id.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, replace

from captioner.errors import CaptionerError
from captioner.jobs.events import Noted
from captioner.jobs.notices import Notice, encode_notice
from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Delivery
from captioner.jobs.run_context import RunContext
from captioner.jobs.states import BACKOFFS, Cause, Ok, Outcome, Reason
from captioner.jobs.steps import deliver

__all__ = ["Sending", "announce", "announce_now", "give_up", "plan", "resume", "settle", "undelivered"]


@dataclass(frozen=True, slots=True)
class Sending:
    """A message on its way.

    Attributes:
        delivery: The message.
        tries: Attempts in this run.
        since: Unix seconds of the first that failed, or None.
    """

    delivery: Delivery
    tries: int = 0
    since: float | None = None


def announce(run: RunContext, notice: Notice) -> None:
    """Record a message for every receiver, and have it delivered."""
    for receiver in run.services.receivers:
        delivery = _recorded(run, notice, receiver)
        _queue(run, Sending(delivery), run.now)


def _recorded(run: RunContext, notice: Notice, receiver: str) -> Delivery:
    number = f"evt_{uuid.uuid4().hex}"
    delivery = Delivery(number, receiver, notice.type.value, encode_notice(notice, number, run.now))
    run.ledger.add_delivery(delivery)
    return delivery


def announce_now(run: RunContext, notice: Notice) -> None:
    """Record a message and try once to deliver it: for a run that ends on an error."""
    for receiver in run.services.receivers:
        delivery = _recorded(run, notice, receiver)
        try:
            is_taken = isinstance(deliver(delivery, run.services), Ok)
        except CaptionerError:
            is_taken = False
        run.ledger.record_attempt(delivery.id, taken=is_taken)


def resume(run: RunContext) -> None:
    """Deliver what earlier runs could not, or had begun when they died."""
    if not run.services.receivers:
        return
    for delivery in run.ledger.claim_deliveries(tuple(run.services.receivers)):
        _queue(run, Sending(delivery), run.now)


def _queue(run: RunContext, sending: Sending, due_at: float) -> None:
    kind = Kind.COMMAND if sending.delivery.receiver.startswith("command ") else Kind.WEBHOOK
    run.queue.put(kind, sending, due_at)


def plan(run: RunContext, sending: Sending) -> Call | None:
    """The call that delivers a message; none when its receiver has been in trouble for longer than a run waits."""
    receiver = sending.delivery.receiver
    troubled = [since for since in (sending.since, run.notify.failing_since.get(receiver)) if since is not None]
    if troubled and run.now - min(troubled) >= run.options.patience_s:
        run.notify.left[receiver] += 1
        return None
    kind = Kind.COMMAND if receiver.startswith("command ") else Kind.WEBHOOK
    return Call(kind, deliver, (sending.delivery,), sending)


def settle(run: RunContext, sending: Sending, outcome: Outcome) -> None:
    """Record that a message was taken, or try again later."""
    receiver = sending.delivery.receiver
    run.ledger.record_attempt(sending.delivery.id, taken=isinstance(outcome, Ok))
    if isinstance(outcome, Ok):
        run.notify.failing_since.pop(receiver, None)
        return
    if receiver not in run.notify.failing_since:
        label = run.services.receivers[receiver].label
        reason = outcome.reason.message if outcome.reason else "it failed"
        run.emit(Noted(label, f"did not take a message ({reason}); it is sent again until it does"))
    run.notify.failing_since.setdefault(receiver, run.now)
    wait_s = BACKOFFS[Cause.SERVICE].wait_s(sending.tries) * run.jitter()
    since = run.now if sending.since is None else sending.since
    _queue(run, replace(sending, tries=sending.tries + 1, since=since), run.now + wait_s)


def give_up(run: RunContext, sending: Sending, reason: Reason) -> None:
    """After an internal error: the message stays in the ledger for the next run."""
    run.notify.left[sending.delivery.receiver] += 1


def undelivered(run: RunContext) -> tuple[str, ...]:
    """A line for each receiver that did not take everything."""
    left: Counter[str] = run.notify.left
    return tuple(
        f"{count} message{'s' if count > 1 else ''} for {run.services.receivers[key].label}"
        for key, count in left.items()
    )
