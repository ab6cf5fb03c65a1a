"""Decisions of a run: for each kind of thing that is due, which step is called, and what follows from its outcome.

`STAGES` is the table of these decisions. `ENTER` begins the stage of each state of a recognition, and so completes the
state table: after every change of state the scheduler looks up here what comes next. Everything runs in the one
deciding thread; the functions change the ledger and the `RunContext`, and call no step themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from captioner.jobs.polling.due_queue import Call, Kind
from captioner.jobs.records import Recognition
from captioner.jobs.run_context import RunContext
from captioner.jobs.stages import check, cleanup, collect, intake, look_up, notify, submit, transitions, upload, write
from captioner.jobs.states import Reason, State

__all__ = ["ENTER", "STAGES", "Stage"]


@dataclass(frozen=True, slots=True)
class Stage:
    """The decisions about one kind of thing.

    Attributes:
        plan: The call to make for a subject that is due, or None when there is nothing to call.
        settle: Goes on with a subject after its call.
        give_up: Takes a subject out of the run after an internal error.
    """

    plan: Callable[[RunContext, Any], Call | None]
    settle: Callable[..., None]
    give_up: Callable[[RunContext, Any, Reason], None]


def _give_up_held(run: RunContext, key: str, reason: Reason) -> None:
    transitions.give_up(run, [key], reason)


STAGES: Mapping[Kind, Stage] = {
    Kind.CHECK: Stage(check.plan, check.settle, check.give_up),
    Kind.PROBE: Stage(intake.plan_probe, intake.settle_probe, intake.give_up_probe),
    Kind.HELD: Stage(transitions.check_held, transitions.check_held, _give_up_held),
    Kind.UPLOAD: Stage(upload.plan, upload.settle, upload.give_up),
    Kind.SIGN: Stage(submit.plan_signing, submit.settle_signing, submit.give_up_signing),
    Kind.SUBMIT: Stage(submit.plan, submit.settle, submit.give_up),
    Kind.LOOK_UP: Stage(look_up.plan, look_up.settle, look_up.give_up),
    Kind.WAIT: Stage(collect.plan_wait, collect.settle, collect.give_up),
    Kind.COLLECT: Stage(collect.plan, collect.settle, collect.give_up),
    Kind.LIST: Stage(collect.plan_page, collect.settle_page, collect.give_up_list),
    Kind.ACCOUNT: Stage(collect.plan_account, collect.settle_account, collect.give_up),
    Kind.COMPOSE: Stage(write.plan, write.settle, write.give_up),
    Kind.WRITE: Stage(write.plan_write, write.settle_write, write.give_up),
    Kind.SWEEP: Stage(cleanup.plan_sweep, cleanup.settle_sweep, cleanup.give_up_sweep),
    Kind.DELETE: Stage(cleanup.plan, cleanup.settle, cleanup.give_up),
    Kind.WEBHOOK: Stage(notify.plan, notify.settle, notify.give_up),
    Kind.COMMAND: Stage(notify.plan, notify.settle, notify.give_up),
}

#: How the next step of a recognition is scheduled, by its state; a finished one has none.
ENTER: Mapping[State, Callable[[RunContext, Recognition], None]] = {
    State.FOUND: upload.enter,
    State.STORED: submit.enter,
    State.SUBMITTING: look_up.enter,
    State.SUBMITTED: collect.enter,
    State.RECOGNISED: collect.enter,
}
