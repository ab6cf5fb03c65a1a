"""The state table: what follows what, as data, and the money rules it must keep.

A state is a fact that has been written down; a step is what may be done about it; an outcome is how the step went.
Nothing here does I/O or knows the time: `advance` is told it.

The one rule: SUBMITTING means that a submission may have left. Its only step is a look-up, so the table has no way
from a submission in doubt to a second one that does not pass through the service's own list of tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from captioner.errors import CaptionerError, FileError, RetryableError, SubmissionInDoubt

__all__ = [
    "BACKOFFS",
    "MAX_FAILURES",
    "MAX_SUBMISSIONS",
    "STEPS",
    "TABLE",
    "Backoff",
    "Cause",
    "Doubt",
    "Gone",
    "Later",
    "No",
    "Ok",
    "Outcome",
    "Reason",
    "Standing",
    "State",
    "Step",
    "advance",
    "buys_again",
    "outcome_of",
]


class State(StrEnum):
    """Facts about one recognition or one file, in the order in which they come true."""

    FOUND = "FOUND"
    STORED = "STORED"
    SUBMITTING = "SUBMITTING"
    SUBMITTED = "SUBMITTED"
    RECOGNISED = "RECOGNISED"
    FETCHED = "FETCHED"
    WRITTEN = "WRITTEN"
    REJECTED = "REJECTED"

    @property
    def final(self) -> bool:
        """Whether no step follows."""
        return self in (State.WRITTEN, State.REJECTED)


class Step(StrEnum):
    """What is done about a state; each is at most one exchange with the world."""

    STORE = "store"
    SUBMIT = "submit"
    LOOK_UP = "look up"
    POLL = "poll"
    FETCH = "fetch"
    WRITE = "write"


STEPS: Mapping[State, Step] = {
    State.FOUND: Step.STORE,
    State.STORED: Step.SUBMIT,
    State.SUBMITTING: Step.LOOK_UP,
    State.SUBMITTED: Step.POLL,
    State.RECOGNISED: Step.FETCH,
    State.FETCHED: Step.WRITE,
}


class Cause(StrEnum):
    """Why something has to wait; each has its own back-off."""

    QUEUE = "queue"
    STORAGE = "storage"
    SERVICE = "service"
    LOOK_UP = "look up"
    RECOGNITION = "recognition"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait for the n-th time in a row: `first_s`, then `factor` times as long, up to `ceiling_s`."""

    first_s: float
    factor: float
    ceiling_s: float

    def wait_s(self, attempts: int) -> float:
        """Seconds to wait after so many failures in a row (0 is the first)."""
        return float(min(self.first_s * self.factor ** min(attempts, 64), self.ceiling_s))


# QUEUE: 1 s growing to 10 s; batches of the service finish in seconds to minutes, and it answers 20 queries a second
# for the whole account (Model Studio: manage-asynchronous-tasks, 2026-03). SERVICE and STORAGE: half a second to a
# minute, the order of the official SDK's 0.5 s * 2^n with a higher ceiling for outages. LOOK_UP: the task list may
# lag behind the submission by a moment, so the looks are spread over some fifteen seconds. RECOGNITION: a file the
# service could not read or fell over, sent again after seconds, then minutes.
BACKOFFS: Mapping[Cause, Backoff] = {
    Cause.QUEUE: Backoff(first_s=1.0, factor=1.15, ceiling_s=10.0),
    Cause.SERVICE: Backoff(first_s=0.5, factor=2.0, ceiling_s=60.0),
    Cause.STORAGE: Backoff(first_s=0.5, factor=2.0, ceiling_s=60.0),
    Cause.LOOK_UP: Backoff(first_s=1.0, factor=2.0, ceiling_s=10.0),
    Cause.RECOGNITION: Backoff(first_s=2.0, factor=3.0, ceiling_s=600.0),
}

# The first submission that may be billed and at most one more, whatever the reason (task forgotten, result expired).
MAX_SUBMISSIONS = 2

# Submissions that came to nothing and cost nothing, such as of a file the service could not read: with the back-off,
# the last is some twenty minutes after the first. Seconds of recognised speech are billed (Model Studio: "Fun-ASR
# recorded speech recognition HTTP API", 2026), and a file that failed has none.
MAX_FAILURES = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something waits or ended.

    Attributes:
        message: One line for a person.
        code: The other side's error code, verbatim, or "".
        kind: Name of our error class, such as "AsrRejected", or "".
    """

    message: str
    code: str = ""
    kind: str = ""

    @classmethod
    def of(cls, error: CaptionerError) -> Reason:
        """The reason an error of ours gives."""
        return cls(" ".join(error.message.split()), error.code, type(error).__name__)


@dataclass(frozen=True, slots=True)
class Ok:
    """The step did what it is for."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. After a submission it means: answered, and certainly not taken.

    Attributes:
        cause: Chooses the back-off; QUEUE is ordinary waiting, the others are trouble.
        reason: What the trouble is, or None.
        retry_after_s: What the other side asked for, or None.
    """

    cause: Cause
    reason: Reason | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """What the state relies on is not there any more: the object, the task, the link. Go back and make it again.

    Attributes:
        reason: What is missing.
        free: Nothing was bought with the submission this goes back behind, so it does not count as one.
    """

    reason: Reason
    free: bool = False


@dataclass(frozen=True, slots=True)
class No:
    """It will not work, and doing it again does not help."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Doubt:
    """Nobody can tell yet whether the submission arrived; look it up."""

    reason: Reason
    retry_after_s: float | None = None


Outcome = Ok | Later | Gone | No | Doubt


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a piece of work stands.

    Attributes:
        state: The last fact.
        due_at: Unix seconds before which nothing is to be done.
        attempts: Waits in a row for `cause`.
        cause: What it waits for, or None.
        submissions: Submissions that were taken and may be billed, or are in doubt.
        failures: Submissions that came to nothing and cost nothing.
        reason: Of the last trouble, or of the rejection.
    """

    state: State = State.FOUND
    due_at: float = 0.0
    attempts: int = 0
    cause: Cause | None = None
    submissions: int = 0
    failures: int = 0
    reason: Reason | None = None


# state -> outcome -> the next state. A final state stays what it is.
TABLE: Mapping[State, Mapping[type[Outcome], State]] = {
    State.FOUND: {
        Ok: State.STORED,
        Later: State.FOUND,
        Gone: State.FOUND,
        No: State.REJECTED,
        Doubt: State.FOUND,
    },
    State.STORED: {
        Ok: State.SUBMITTING,  # the intent, written down before anything is sent
        Later: State.STORED,
        Gone: State.FOUND,  # the object is missing
        No: State.REJECTED,
        Doubt: State.SUBMITTING,
    },
    State.SUBMITTING: {
        Ok: State.SUBMITTED,  # with the task id, from the answer or from the look-up
        Later: State.STORED,  # answered, and not taken
        Gone: State.STORED,  # looked up, and not there
        No: State.REJECTED,
        Doubt: State.SUBMITTING,
    },
    State.SUBMITTED: {
        Ok: State.RECOGNISED,
        Later: State.SUBMITTED,
        Gone: State.STORED,  # task or link expired, or a fault of the service
        No: State.REJECTED,
        Doubt: State.SUBMITTED,
    },
    State.RECOGNISED: {
        Ok: State.FETCHED,
        Later: State.RECOGNISED,
        Gone: State.STORED,  # result expired
        No: State.REJECTED,
        Doubt: State.RECOGNISED,
    },
    State.FETCHED: {
        Ok: State.WRITTEN,
        Later: State.FETCHED,
        Gone: State.SUBMITTED,  # the saved reply was deleted by hand; the service keeps a copy for a day
        No: State.REJECTED,
        Doubt: State.FETCHED,
    },
    State.WRITTEN: dict.fromkeys((Ok, Later, Gone, No, Doubt), State.WRITTEN),
    State.REJECTED: dict.fromkeys((Ok, Later, Gone, No, Doubt), State.REJECTED),
}

# Going back from these costs another submission.
_PAID = (State.SUBMITTING, State.SUBMITTED, State.RECOGNISED)


def advance(standing: Standing, outcome: Outcome, now: float, jitter: float = 1.0) -> Standing:
    """Where the work stands after an outcome.

    Args:
        standing: Before the step.
        outcome: How the step went.
        now: Unix seconds.
        jitter: Factor on our own waits, about 1; a wait the other side asked for is never shortened.

    Returns:
        The new standing. It is REJECTED when going back would need more than `MAX_SUBMISSIONS` submissions, or the last
        of `MAX_FAILURES` came to nothing.
    """
    state = TABLE[standing.state][type(outcome)]
    if standing.state.final:
        return standing
    if isinstance(outcome, Gone) and standing.state in _PAID:
        return _back(standing, state, outcome, now, jitter)
    if isinstance(outcome, Later | Doubt):
        return _waiting(standing, state, outcome, now, jitter)
    if _is_intent(standing.state, outcome):
        return replace(standing, state=state, due_at=now, submissions=standing.submissions + 1)
    reason = None if isinstance(outcome, Ok) else outcome.reason
    return Standing(state, now, submissions=standing.submissions, failures=standing.failures, reason=reason)


def buys_again(standing: Standing, outcome: Outcome) -> bool:
    """Whether an outcome leads to a second submission of what may have been bought already."""
    return isinstance(outcome, Gone) and not outcome.free and standing.state in _PAID


def _back(standing: Standing, state: State, outcome: Gone, now: float, jitter: float) -> Standing:
    """Behind a submission: at once and counted when it may be billed, after a wait when it cost nothing."""
    submissions = max(standing.submissions - outcome.free, 0)
    failures = standing.failures + outcome.free
    if submissions >= MAX_SUBMISSIONS or failures >= MAX_FAILURES:
        reason = _spent(outcome.reason, submissions + failures)
        return Standing(State.REJECTED, now, submissions=submissions, failures=failures, reason=reason)
    wait_s = BACKOFFS[Cause.RECOGNITION].wait_s(failures - 1) * jitter if outcome.free else 0.0
    return Standing(state, now + wait_s, submissions=submissions, failures=failures, reason=outcome.reason)


def _is_intent(state: State, outcome: Outcome) -> bool:
    return state is State.STORED and isinstance(outcome, Ok | Doubt)


def _waiting(standing: Standing, state: State, outcome: Later | Doubt, now: float, jitter: float) -> Standing:
    cause = outcome.cause if isinstance(outcome, Later) else Cause.LOOK_UP
    attempts = standing.attempts if cause == standing.cause else 0
    wait_s = max(BACKOFFS[cause].wait_s(attempts) * jitter, outcome.retry_after_s or 0.0)
    refused = standing.state is State.SUBMITTING and state is State.STORED
    submissions = standing.submissions - 1 if refused else standing.submissions
    if _is_intent(standing.state, outcome):
        submissions += 1
    return replace(
        standing,
        state=state,
        due_at=now + wait_s,
        attempts=attempts + 1,
        cause=cause,
        submissions=max(submissions, 0),
        reason=outcome.reason,
    )


def _spent(reason: Reason, times: int) -> Reason:
    message = f"{reason.message}; submitted {times} times without a result, `captioner retry` tries anew"
    return replace(reason, message=message)


def outcome_of(error: CaptionerError, cause: Cause) -> Outcome:
    """The outcome an error of ours stands for; an error that concerns every file is not one and is raised again.

    Raises:
        CaptionerError: It is neither about this moment nor about this file.
    """
    if isinstance(error, RetryableError):
        return Later(cause, Reason.of(error), error.retry_after_s)
    if isinstance(error, SubmissionInDoubt):
        return Doubt(Reason.of(error))
    if isinstance(error, FileError):
        return No(Reason.of(error))
    raise error
