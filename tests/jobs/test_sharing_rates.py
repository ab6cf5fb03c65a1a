"""Rates that hold across processes, and when a question is asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from captioner.jobs.budget import Budget, Limit
from captioner.jobs.inputs.finding import expand, ledger_path
from captioner.jobs.polling.poll_schedule import PollEstimator
from captioner.jobs.records import Recognition, Task
from captioner.jobs.runner import run
from tests.jobs.doubles import INLINE, FakeClock, House, QuickLedger

pytestmark = pytest.mark.integration


def test_slots_of_all_processes_are_spaced(tmp_path: Path) -> None:
    clock = FakeClock()
    with ExitStack() as stack:
        books = [stack.enter_context(QuickLedger(tmp_path / "ledger", clock=clock)) for _ in range(3)]
        slots = [books[number % 3].reserve("query", 10.0) - clock.now for number in range(9)]
        assert slots == pytest.approx([number / 10 for number in range(9)], abs=1e-6)
        assert books[0].reserve("submit", 10.0) == clock.now


def test_a_clock_that_was_wrong_stops_nobody(tmp_path: Path) -> None:
    clock = FakeClock()
    with QuickLedger(tmp_path / "ledger", clock=clock) as book:
        clock.now += 1e6
        book.reserve("query", 10.0)
        clock.now -= 1e6
        assert book.reserve("query", 10.0) == clock.now


def test_questions_and_submissions_of_many_files_keep_their_rates(tmp_path: Path) -> None:
    house = House(tmp_path)
    questions, submissions = _times(house, "query"), _times(house, "submit")
    names = [house.media(f"{number:03d}.mp4") for number in range(60)]
    assert house.run(*names, queries_per_s=4.0, submits_per_s=3.0).exit_code == 0
    assert _busiest(questions) <= 5
    assert _busiest(submissions) <= 4
    assert len(questions) < 2.5 * len(names)


def _times(house: House, verb: str) -> list[float]:
    times: list[float] = []
    before = house.asr.fail

    def noted(asked: str) -> None:
        before(asked)
        if asked == verb:
            times.append(house.clock.now)

    house.asr.fail = noted
    return times


def _busiest(times: list[float]) -> int:
    return max(sum(at <= other < at + 1 for other in times) for at in times)


def test_the_first_question_comes_when_most_files_of_the_length_were_done() -> None:
    pace = PollEstimator()
    assert pace.estimate_s(60_000) == 1.0
    for took_s in range(1, 11):
        pace.record(60_000, float(took_s))
        pace.record(3_600_000, took_s * 100.0)
    assert pace.estimate_s(50_000) == 9.0
    assert pace.estimate_s(3_000_000) == 900.0
    assert pace.estimate_s(600_000) == 1.0


def test_a_budget_counts_every_recognition_once() -> None:
    budget = Budget(Limit(100, 2, "--max-hours 1"))
    assert budget.refuse("a", 30) == ""
    assert budget.refuse("a", 30) == ""
    assert "--max-hours 1" in budget.refuse("b", 30)
    assert budget.refuse("c", 20) == ""
    assert "length" in budget.refuse("d", 0)
    assert Budget(None).refuse("e", 10**12) == ""


def test_submissions_leave_in_their_slots_although_the_ledger_is_slow(tmp_path: Path) -> None:
    house = House(tmp_path)
    submissions = _times(house, "submit")
    tell = house.events.append

    class SlowLedger(QuickLedger):
        def record_intent(self, model: str, members: Sequence[Recognition]) -> Task:
            house.clock.now += 0.3
            return super().record_intent(model, members)

    names = [str(house.media(f"{number:02d}.mp4")) for number in range(30)]
    options = replace(house.options, submits_per_s=2.0)
    with SlowLedger(ledger_path(names), clock=house.clock) as book:
        assert run(expand(names), options, house.services, book, on_event=tell, executors=INLINE).exit_code == 0
    # Seconds after the slot, but for how late the first one was: it left before anybody knew how slow the ledger is.
    late = [at - submissions[0] - number * 0.5 for number, at in enumerate(submissions)]
    assert max(late[5:]) < -0.2
    assert max(late[5:]) - min(late[5:]) < 0.05
