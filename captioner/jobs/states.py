"""The state table of a recognition: which outcome leads to which state, as data, and the money rules it keeps. Pure.

A state is a fact that is in the ledger; a step (`steps.STEPS`) is what is done about it; an outcome is what the step
returns. `advance` applies an outcome and is told the time.

The one rule: SUBMITTING means that a submission may have left. Its only step is a look-up, so the table has no way
from a submission in doubt to a second one that does not pass through the service's own list of tasks. A look-up that
ends without the task is free only when nothing in the list can have been it; a task that the service has forgotten
meanwhile may have been billed, and counts.
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
    "TABLE",
    "WORKER_ENDED",
    "WORKER_TRIES",
    "Backoff",
    "Cause",
    "InDoubt",
    "JobStatus",
    "Missing",
    "Ok",
    "Outcome",
    "Reason",
    "Rejected",
    "Retry",
    "State",
    "advance",
    "may_bill_twice",
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


class Cause(StrEnum):
    """Causes of waiting; each has its own back-off."""

    QUEUE = "queue"
    STORAGE = "storage"
    SERVICE = "service"
    LOOK_UP = "look up"
    RECOGNITION = "recognition"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waiting time for the n-th time in a row: `first_s`, then `factor` times as long, up to `ceiling_s`."""

    first_s: float
    factor: float
    ceiling_s: float

    def wait_s(self, attempts: int) -> float:
        """Seconds to wait after so many failures in a row (0 is the first)."""
        return float(min(self.first_s * self.factor ** min(attempts, 64), self.ceiling_s))


# QUEUE: 1 s growing to 10 s; batches of the service finish in seconds to minutes, and it answers 20 queries a second
# for the whole account (Model Studio: manage-asynchronous-tasks, 2026-03). SERVICE and STORAGE: half a second to a
# minute, the order of the official SDK's 0.5 s * 2^n with a higher ceiling for outages. LOOK_UP: the task list may
# lag behind the submission by a moment, so the searches are spread over some fifteen seconds. RECOGNITION: a file the
# service could not read or fell over, sent again after seconds, then minutes. WORKER: a worker process that died is
# mostly short of memory, which takes others some seconds to free.
BACKOFFS: Mapping[Cause, Backoff] = {
    Cause.QUEUE: Backoff(first_s=1.0, factor=1.15, ceiling_s=10.0),
    Cause.SERVICE: Backoff(first_s=0.5, factor=2.0, ceiling_s=60.0),
    Cause.STORAGE: Backoff(first_s=0.5, factor=2.0, ceiling_s=60.0),
    Cause.LOOK_UP: Backoff(first_s=1.0, factor=2.0, ceiling_s=10.0),
    Cause.RECOGNITION: Backoff(first_s=2.0, factor=3.0, ceiling_s=600.0),
    Cause.WORKER: Backoff(first_s=0.1, factor=4.0, ceiling_s=60.0),
}

# Attempts at a step at which workers die, or whose file no worker sees, before it is left to the next run. With the
# back-off they take over half a minute, in which a passing shortage of memory ends.
WORKER_TRIES = 6

# The first submission that may be billed and at most one more, whatever the reason (task forgotten, result expired).
MAX_SUBMISSIONS = 2

# Submissions that came to nothing and cost nothing, such as of a file the service could not read: with the back-off,
# the last is some twenty minutes after the first. Seconds of recognised speech are billed (Model Studio: "Fun-ASR
# recorded speech recognition HTTP API", 2026), and a file that failed has none.
MAX_FAILURES = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """Reason why something waits or ended. The file it is about is named by the record or event that holds it.

    Attributes:
        message: One line for a person, without the name of the file.
        code: The other side's error code, verbatim, or "".
        kind: Name of our error class, such as "AsrRejected", or "".
    """

    message: str
    code: str = ""
    kind: str = ""

    @classmethod
    def of(cls, error: CaptionerError) -> Reason:
        """The reason that one of our errors gives."""
        return cls(" ".join(error.detail.split()), error.code, type(error).__name__)


#: The reason where a worker process ended and nothing more is known.
WORKER_ENDED = Reason("its worker process ended", kind="WorkerDied")


@dataclass(frozen=True, slots=True)
class Ok:
    """The step did what it is for."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; try again later. After a submission it means: answered, and certainly not taken.

    Attributes:
        cause: Chooses the back-off; QUEUE is ordinary waiting, the others are trouble.
        reason: What the trouble is, or None.
        retry_after_s: What the other side asked for, or None.
    """

    cause: Cause
    reason: Reason | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the state relies on no longer exists (the object, the task, the link): go back and make it again.

    Attributes:
        reason: What is missing.
        free: The submission this goes back behind bought nothing, so it does not count as one.
    """

    reason: Reason
    free: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """It will not work, and trying again does not help."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Whether the submission arrived is not known yet; look it up."""

    reason: Reason
    retry_after_s: float | None = None


Outcome = Ok | Retry | Missing | Rejected | InDoubt


@dataclass(frozen=True, slots=True)
class JobStatus:
    """The state of a recognition or job, with its retry count and due time.

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
        Retry: State.FOUND,
        Missing: State.FOUND,
        Rejected: State.REJECTED,
        InDoubt: State.FOUND,
    },
    State.STORED: {
        Ok: State.SUBMITTING,  # the intent, committed before anything is sent
        Retry: State.STORED,
        Missing: State.FOUND,  # the object is missing
        Rejected: State.REJECTED,
        InDoubt: State.SUBMITTING,
    },
    State.SUBMITTING: {
        Ok: State.SUBMITTED,  # with the task id, from the answer or from the look-up
        Retry: State.STORED,  # answered, and not taken
        Missing: State.STORED,  # looked up, and not there
        Rejected: State.REJECTED,
        InDoubt: State.SUBMITTING,
    },
    State.SUBMITTED: {
        Ok: State.RECOGNISED,
        Retry: State.SUBMITTED,
        Missing: State.STORED,  # task or link expired, or a fault of the service
        Rejected: State.REJECTED,
        InDoubt: State.SUBMITTED,
    },
    State.RECOGNISED: {
        Ok: State.FETCHED,
        Retry: State.RECOGNISED,
        Missing: State.STORED,  # result expired
        Rejected: State.REJECTED,
        InDoubt: State.RECOGNISED,
    },
    State.FETCHED: {
        Ok: State.WRITTEN,
        Retry: State.FETCHED,
        Missing: State.SUBMITTED,  # the saved reply was deleted by hand; the service keeps a copy for a day
        Rejected: State.REJECTED,
        InDoubt: State.FETCHED,
    },
    State.WRITTEN: dict.fromkeys((Ok, Retry, Missing, Rejected, InDoubt), State.WRITTEN),
    State.REJECTED: dict.fromkeys((Ok, Retry, Missing, Rejected, InDoubt), State.REJECTED),
}

# Going back from these costs another submission.
_PAID = (State.SUBMITTING, State.SUBMITTED, State.RECOGNISED)


def advance(status: JobStatus, outcome: Outcome, now: float, jitter: float = 1.0) -> JobStatus:
    """The status after an outcome.

    Args:
        status: Before the step.
        outcome: What the step returned.
        now: Unix seconds.
        jitter: Factor on our own waits, about 1; a wait the other side asked for is never shortened.

    Returns:
        The new status. It is REJECTED when going back would need more than `MAX_SUBMISSIONS` submissions, or the last
        of `MAX_FAILURES` came to nothing.
    """
    state = TABLE[status.state][type(outcome)]
    if status.state.final:
        return status
    if isinstance(outcome, Missing) and status.state in _PAID:
        return _back(status, state, outcome, now, jitter)
    if isinstance(outcome, Retry | InDoubt):
        return _waiting(status, state, outcome, now, jitter)
    if _is_intent(status.state, outcome):
        return replace(status, state=state, due_at=now, submissions=status.submissions + 1)
    reason = None if isinstance(outcome, Ok) else outcome.reason
    return JobStatus(state, now, submissions=status.submissions, failures=status.failures, reason=reason)


def may_bill_twice(status: JobStatus, outcome: Outcome) -> bool:
    """Whether an outcome leads to a second submission of what may have been bought already."""
    return isinstance(outcome, Missing) and not outcome.free and status.state in _PAID


def _back(status: JobStatus, state: State, outcome: Missing, now: float, jitter: float) -> JobStatus:
    """Back to before the submission. Counts it if it may have been billed; otherwise waits before the retry."""
    submissions = max(status.submissions - outcome.free, 0)
    failures = status.failures + outcome.free
    if submissions >= MAX_SUBMISSIONS or failures >= MAX_FAILURES:
        reason = _spent(outcome.reason, submissions + failures)
        return JobStatus(State.REJECTED, now, submissions=submissions, failures=failures, reason=reason)
    wait_s = BACKOFFS[Cause.RECOGNITION].wait_s(failures - 1) * jitter if outcome.free else 0.0
    return JobStatus(state, now + wait_s, submissions=submissions, failures=failures, reason=outcome.reason)


def _is_intent(state: State, outcome: Outcome) -> bool:
    return state is State.STORED and isinstance(outcome, Ok | InDoubt)


def _waiting(status: JobStatus, state: State, outcome: Retry | InDoubt, now: float, jitter: float) -> JobStatus:
    cause = outcome.cause if isinstance(outcome, Retry) else Cause.LOOK_UP
    attempts = status.attempts if cause == status.cause else 0
    wait_s = max(BACKOFFS[cause].wait_s(attempts) * jitter, outcome.retry_after_s or 0.0)
    refused = status.state is State.SUBMITTING and state is State.STORED
    submissions = status.submissions - 1 if refused else status.submissions
    if _is_intent(status.state, outcome):
        submissions += 1
    return replace(
        status,
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
    """The outcome that one of our errors stands for; an error that concerns every file is raised again.

    Raises:
        CaptionerError: It is neither about this moment nor about this file.
    """
    if isinstance(error, RetryableError):
        return Retry(cause, Reason.of(error), error.retry_after_s)
    if isinstance(error, SubmissionInDoubt):
        return InDoubt(Reason.of(error))
    if isinstance(error, FileError):
        return Rejected(Reason.of(error))
    raise error
