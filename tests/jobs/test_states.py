"""The state table: complete, and unable to spend money twice by itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import AsrRejected, AsrUnavailable, SubmissionInDoubt
from captioner.jobs.states import (
    BACKOFFS,
    MAX_FAILURES,
    MAX_SUBMISSIONS,
    STEPS,
    TABLE,
    Cause,
    Doubt,
    Gone,
    Later,
    No,
    Ok,
    Outcome,
    Reason,
    Standing,
    State,
    Step,
    advance,
    buys_again,
    outcome_of,
)

WHY = Reason("because")
OUTCOMES: tuple[Outcome, ...] = (
    *(Ok(), Later(Cause.SERVICE, WHY), Later(Cause.QUEUE)),
    *(Gone(WHY), Gone(WHY, free=True), No(WHY), Doubt(WHY)),
)
PAID = (State.SUBMITTING, State.SUBMITTED, State.RECOGNISED)

outcomes = st.sampled_from(OUTCOMES)


def test_every_state_knows_every_outcome() -> None:
    for state in State:
        assert set(TABLE[state]) == {Ok, Later, Gone, No, Doubt}
        for outcome in OUTCOMES:
            assert advance(Standing(state), outcome, now=0.0).state in State


def test_every_state_that_is_not_final_has_a_step() -> None:
    assert set(STEPS) == {state for state in State if not state.final}


def test_the_only_step_of_a_submission_in_doubt_is_to_look_it_up() -> None:
    assert STEPS[State.SUBMITTING] is Step.LOOK_UP
    assert [state for state, step in STEPS.items() if step is Step.SUBMIT] == [State.STORED]
    assert TABLE[State.SUBMITTING][Doubt] is State.SUBMITTING


def test_the_intent_comes_before_the_request() -> None:
    for outcome in OUTCOMES:
        assert advance(Standing(State.STORED), outcome, now=0.0).state is not State.SUBMITTED


@given(st.lists(outcomes, max_size=60))
def test_no_course_of_events_submits_more_than_allowed(course: list[Outcome]) -> None:
    standing, sent, free, again = Standing(), 0, 0, 0
    for outcome in course:
        before, standing = standing, advance(standing, outcome, now=0.0)
        again += buys_again(before, outcome)
        if before.state is State.STORED and standing.state is State.SUBMITTING:
            sent += 1
        if before.state is State.SUBMITTING and isinstance(outcome, Later):
            sent -= 1  # answered: not taken
        if before.state in PAID and isinstance(outcome, Gone) and outcome.free:
            sent, free = sent - 1, free + 1  # answered: nothing was bought
        assert sent == standing.submissions <= MAX_SUBMISSIONS
        assert free == standing.failures <= MAX_FAILURES
        assert sent <= 1 + again


@given(st.lists(outcomes, max_size=30), outcomes)
def test_a_final_state_stays(course: list[Outcome], last: Outcome) -> None:
    standing = Standing()
    for outcome in course:
        standing = advance(standing, outcome, now=0.0)
    if standing.state.final:
        assert advance(standing, last, now=9.0) == standing


def test_waits_grow_to_a_ceiling_and_start_over_after_a_success() -> None:
    standing, waits = Standing(State.FOUND), []
    for _ in range(12):
        standing = advance(standing, Later(Cause.STORAGE, WHY), now=100.0)
        waits.append(standing.due_at - 100.0)
    assert waits == sorted(waits)
    assert waits[0] == BACKOFFS[Cause.STORAGE].first_s
    assert waits[-1] == BACKOFFS[Cause.STORAGE].ceiling_s
    assert advance(standing, Ok(), now=100.0).attempts == 0


def test_each_cause_backs_off_by_itself() -> None:
    standing = Standing(State.SUBMITTED)
    for _ in range(9):
        standing = advance(standing, Later(Cause.QUEUE), now=0.0)
    assert advance(standing, Later(Cause.SERVICE, WHY), now=0.0).due_at == BACKOFFS[Cause.SERVICE].first_s


def test_a_refused_submission_waits_longer_each_time() -> None:
    standing, waits = Standing(State.STORED), []
    for _ in range(4):
        standing = advance(standing, Ok(), now=0.0)
        standing = advance(standing, Later(Cause.SERVICE, WHY), now=0.0)
        waits.append(standing.due_at)
        assert standing.submissions == 0
    assert waits == [0.5, 1.0, 2.0, 4.0]


def test_a_wait_the_other_side_asked_for_is_never_shortened() -> None:
    asked = Later(Cause.SERVICE, WHY, retry_after_s=30.0)
    assert advance(Standing(State.FOUND), asked, now=0.0, jitter=0.8).due_at == 30.0


def test_a_spent_file_says_that_it_was_submitted_twice() -> None:
    standing = advance(Standing(State.SUBMITTED, submissions=2), Gone(Reason("task gone", "UNKNOWN")), now=0.0)
    assert standing.state is State.REJECTED
    assert standing.reason is not None
    assert "submitted 2 times" in standing.reason.message
    assert standing.reason.code == "UNKNOWN"


def test_what_cost_nothing_is_done_again_after_growing_waits_until_it_is_enough() -> None:
    standing, waits = Standing(), []
    while not standing.state.final:
        standing = replace(standing, state=State.SUBMITTED, submissions=1)
        standing = advance(standing, Gone(WHY, free=True), now=100.0)
        assert standing.submissions == 0
        waits.append(standing.due_at - 100.0)
    assert standing.failures == MAX_FAILURES == len(waits)
    assert waits[:-1] == [BACKOFFS[Cause.RECOGNITION].wait_s(number) for number in range(MAX_FAILURES - 1)]
    assert standing.reason is not None
    assert "captioner retry" in standing.reason.message


def test_errors_become_the_outcomes_they_stand_for() -> None:
    assert outcome_of(AsrUnavailable("busy", "Throttling", 3.0), Cause.SERVICE) == Later(
        Cause.SERVICE, Reason("busy", "Throttling", "AsrUnavailable"), 3.0
    )
    assert isinstance(outcome_of(AsrRejected("no"), Cause.SERVICE), No)
    assert isinstance(outcome_of(SubmissionInDoubt("lost"), Cause.SERVICE), Doubt)
