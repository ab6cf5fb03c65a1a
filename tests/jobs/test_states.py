"""The state table: complete, and unable to spend money twice by itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import AsrRejected, AsrUnavailable, SubmissionInDoubt
from captioner.jobs import steps
from captioner.jobs.stages import ENTER
from captioner.jobs.states import (
    BACKOFFS,
    MAX_FAILURES,
    MAX_SUBMISSIONS,
    TABLE,
    Cause,
    InDoubt,
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
    outcome_of,
)
from captioner.jobs.steps import STEPS

WHY = Reason("because")
OUTCOMES: tuple[Outcome, ...] = (
    *(Ok(), Retry(Cause.SERVICE, WHY), Retry(Cause.QUEUE)),
    *(Missing(WHY), Missing(WHY, free=True), Rejected(WHY), InDoubt(WHY)),
)
PAID = (State.SUBMITTING, State.SUBMITTED, State.RECOGNISED)

outcomes = st.sampled_from(OUTCOMES)


def test_every_state_knows_every_outcome() -> None:
    for state in State:
        assert set(TABLE[state]) == {Ok, Retry, Missing, Rejected, InDoubt}
        for outcome in OUTCOMES:
            assert advance(JobStatus(state), outcome, now=0.0).state in State


def test_every_state_that_is_not_final_has_a_step() -> None:
    assert set(STEPS) == {state for state in State if not state.final}
    assert set(ENTER) == set(STEPS) - {State.FETCHED}  # there the recognition is finished, and its jobs go on


def test_the_only_step_of_a_submission_in_doubt_is_to_look_it_up() -> None:
    assert STEPS[State.SUBMITTING] is steps.look_up
    assert [state for state, step in STEPS.items() if step is steps.submit] == [State.STORED]
    assert TABLE[State.SUBMITTING][InDoubt] is State.SUBMITTING


def test_the_intent_comes_before_the_request() -> None:
    for outcome in OUTCOMES:
        assert advance(JobStatus(State.STORED), outcome, now=0.0).state is not State.SUBMITTED


@given(st.lists(outcomes, max_size=60))
def test_no_course_of_events_submits_more_than_allowed(course: list[Outcome]) -> None:
    status, sent, free, again = JobStatus(), 0, 0, 0
    for outcome in course:
        before, status = status, advance(status, outcome, now=0.0)
        again += may_bill_twice(before, outcome)
        if before.state is State.STORED and status.state is State.SUBMITTING:
            sent += 1
        if before.state is State.SUBMITTING and isinstance(outcome, Retry):
            sent -= 1  # answered: not taken
        if before.state in PAID and isinstance(outcome, Missing) and outcome.free:
            sent, free = sent - 1, free + 1  # answered: nothing was bought
        assert sent == status.submissions <= MAX_SUBMISSIONS
        assert free == status.failures <= MAX_FAILURES
        assert sent <= 1 + again


@given(st.lists(outcomes, max_size=30), outcomes)
def test_a_final_state_stays(course: list[Outcome], last: Outcome) -> None:
    status = JobStatus()
    for outcome in course:
        status = advance(status, outcome, now=0.0)
    if status.state.final:
        assert advance(status, last, now=9.0) == status


def test_waits_grow_to_a_ceiling_and_start_over_after_a_success() -> None:
    status, waits = JobStatus(State.FOUND), []
    for _ in range(12):
        status = advance(status, Retry(Cause.STORAGE, WHY), now=100.0)
        waits.append(status.due_at - 100.0)
    assert waits == sorted(waits)
    assert waits[0] == BACKOFFS[Cause.STORAGE].first_s
    assert waits[-1] == BACKOFFS[Cause.STORAGE].ceiling_s
    assert advance(status, Ok(), now=100.0).attempts == 0


def test_each_cause_backs_off_by_itself() -> None:
    status = JobStatus(State.SUBMITTED)
    for _ in range(9):
        status = advance(status, Retry(Cause.QUEUE), now=0.0)
    assert advance(status, Retry(Cause.SERVICE, WHY), now=0.0).due_at == BACKOFFS[Cause.SERVICE].first_s


def test_a_refused_submission_waits_longer_each_time() -> None:
    status, waits = JobStatus(State.STORED), []
    for _ in range(4):
        status = advance(status, Ok(), now=0.0)
        status = advance(status, Retry(Cause.SERVICE, WHY), now=0.0)
        waits.append(status.due_at)
        assert status.submissions == 0
    assert waits == [0.5, 1.0, 2.0, 4.0]


def test_a_wait_the_other_side_asked_for_is_never_shortened() -> None:
    asked = Retry(Cause.SERVICE, WHY, retry_after_s=30.0)
    assert advance(JobStatus(State.FOUND), asked, now=0.0, jitter=0.8).due_at == 30.0


def test_a_spent_file_says_that_it_was_submitted_twice() -> None:
    status = advance(JobStatus(State.SUBMITTED, submissions=2), Missing(Reason("task gone", "UNKNOWN")), now=0.0)
    assert status.state is State.REJECTED
    assert status.reason is not None
    assert "submitted 2 times" in status.reason.message
    assert status.reason.code == "UNKNOWN"


def test_what_cost_nothing_is_done_again_after_growing_waits_until_it_is_enough() -> None:
    status, waits = JobStatus(), []
    while not status.state.final:
        status = replace(status, state=State.SUBMITTED, submissions=1)
        status = advance(status, Missing(WHY, free=True), now=100.0)
        assert status.submissions == 0
        waits.append(status.due_at - 100.0)
    assert status.failures == MAX_FAILURES == len(waits)
    assert waits[:-1] == [BACKOFFS[Cause.RECOGNITION].wait_s(number) for number in range(MAX_FAILURES - 1)]
    assert status.reason is not None
    assert "captioner retry" in status.reason.message


def test_errors_become_the_outcomes_they_stand_for() -> None:
    assert outcome_of(AsrUnavailable("busy", "Throttling", 3.0), Cause.SERVICE) == Retry(
        Cause.SERVICE, Reason("busy", "Throttling", "AsrUnavailable"), 3.0
    )
    assert isinstance(outcome_of(AsrRejected("no"), Cause.SERVICE), Rejected)
    assert isinstance(outcome_of(SubmissionInDoubt("lost"), Cause.SERVICE), InDoubt)
