from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import AsrRejected, AsrUnavailable, CredentialsRefused, ResultExpired, SubmissionInDoubt
from captioner.model import SignedUrl
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.task_status import FileResult, TaskEntry, TaskReport, task_report
from captioner.recognition.funasr.wait import TaskAnswer, poll_delay_s, transcribe
from tests.recognition.doubles import FakeClock, FakeService, sample, steady

A, B = SignedUrl("https://e.com/a.flac?s=1"), SignedUrl("https://e.com/b.flac?s=2")
PENDING = TaskReport("t1", "PENDING")
RUNNING = TaskReport("t1", "RUNNING")
LATER = AsrUnavailable("busy", "Throttling", 2.0)
LOST = SubmissionInDoubt("lost")


def done(url: SignedUrl, link: str = "https://r.com/1") -> FileResult:
    return FileResult(url, "SUCCEEDED", SignedUrl(link))


DONE = TaskReport("t1", "SUCCEEDED", (done(A),), billed_s=6)


def run(service: FakeService, *urls: SignedUrl, clock: FakeClock | None = None, **more: Any) -> TaskAnswer:
    clock = clock or FakeClock()
    return transcribe(service, urls or (A,), RecognitionOptions(), clock=clock, sleep=clock.sleep, rng=steady(), **more)


@given(st.integers(0, 10_000), st.integers())
def test_waits_grow_to_ten_seconds_with_a_fifth_of_jitter(attempt: int, seed: int) -> None:
    delay_s = poll_delay_s(attempt, random.Random(seed))
    base_s = min(1.6 ** min(attempt, 20), 10.0)
    assert 0.8 * base_s <= delay_s <= 1.2 * base_s


@given(st.floats(0, 3600), st.integers())
def test_what_the_service_asks_for_wins(retry_after_s: float, seed: int) -> None:
    delay_s = poll_delay_s(0, random.Random(seed), retry_after_s)
    assert retry_after_s <= delay_s <= 1.2 * retry_after_s


def test_submit_wait_fetch() -> None:
    told: list[str] = []
    service = FakeService(submit=["t1"], query=[PENDING, RUNNING, DONE], fetch=[b"{}"])
    answer = run(service, progress=lambda status, _: told.append(status))
    assert (answer.task_id, answer.billed_s) == ("t1", 6)
    (file,) = answer.files
    assert (file.url, file.raw, file.error, file.no_speech) == (A, b"{}", None, "")
    assert told == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert [name for name, _ in service.calls] == ["submit", "query", "query", "query", "fetch"]


def test_each_file_has_its_own_outcome_whatever_the_order() -> None:
    quiet, bad = SignedUrl("https://e.com/quiet"), SignedUrl("https://e.com/bad")
    report = TaskReport(
        "t1",
        "SUCCEEDED",
        (
            FileResult(quiet, "FAILED", None, "SUCCESS_WITH_NO_VALID_FRAGMENT"),
            FileResult(bad, "FAILED", None, "InvalidFile.DownloadFailed", "cannot"),
            done(B, "https://r.com/b"),
            done(A, "https://r.com/a"),
        ),
    )
    replies = {"https://r.com/a": b'{"a"}', "https://r.com/b": b'{"b"}'}
    service = FakeService(submit=["t1"], query=[report], fetch=[lambda link: replies[link]])
    files = run(service, A, bad, quiet, B).files
    assert [file.url for file in files] == [A, bad, quiet, B]
    assert [file.raw for file in files] == [b'{"a"}', b"", b"", b'{"b"}']
    assert files[2].no_speech == "SUCCESS_WITH_NO_VALID_FRAGMENT"
    assert isinstance(files[1].error, AsrRejected)
    assert files[1].retry == "once"


def test_a_failed_fetch_is_that_file_s_failure_only() -> None:
    report = TaskReport("t1", "SUCCEEDED", (done(A, "https://r.com/a"), done(B, "https://r.com/b")))

    def fetch(link: str) -> Any:
        return AsrRejected("over 512 MB") if link.endswith("a") else b"{}"

    files = run(FakeService(submit=["t1"], query=[report], fetch=[fetch]), A, B).files
    assert isinstance(files[0].error, AsrRejected)
    assert files[1].raw == b"{}"


# --- Trouble on the way ----------------------------------------------------------------------------------------------


def test_throttling_is_waited_out_as_long_as_asked() -> None:
    clock = FakeClock()
    service = FakeService(submit=[LATER, "t1"], query=[LATER, LATER, DONE], fetch=[LATER, b"{}"])
    assert run(service, clock=clock).files[0].raw == b"{}"
    assert [slept >= 2.0 for slept in clock.slept] == [True] * 4
    assert service.count("submit") == 2


def test_a_service_that_stays_away_is_given_up_within_two_minutes() -> None:
    clock = FakeClock()
    service = FakeService(submit=[AsrUnavailable("no network")])
    with pytest.raises(AsrUnavailable, match="no network"):
        run(service, clock=clock)
    assert sum(clock.slept) < 120
    assert service.count("tasks") == 0


@pytest.mark.parametrize("refusal", [AsrRejected("Arrearage", "Arrearage"), CredentialsRefused("key")])
def test_a_refusal_is_tried_once(refusal: Exception) -> None:
    service = FakeService(submit=[refusal])
    with pytest.raises(type(refusal)):
        run(service)
    assert service.count("submit") == 1


def test_an_outage_while_waiting_does_not_lose_the_task() -> None:
    service = FakeService(submit=["t1"], query=[*[AsrUnavailable("no network")] * 50, DONE], fetch=[b"{}"])
    assert run(service).files[0].raw == b"{}"
    assert service.count("submit") == 1


def test_waiting_ends_at_the_deadline_with_the_task_named() -> None:
    clock = FakeClock()
    started = clock.now
    with pytest.raises(AsrUnavailable, match="task t1: not done after"):
        run(FakeService(submit=["t1"], query=[RUNNING]), clock=clock, deadline_s=600)
    assert 580 <= clock.now - started <= 600


def test_a_task_the_service_does_not_know_ends_the_wait() -> None:
    service = FakeService(submit=["t1"], query=[TaskReport("t1", "UNKNOWN")])
    with pytest.raises(ResultExpired, match="does not know task t1"):
        run(service)
    assert service.count("query") == 1
    assert service.count("submit") == 1


def test_a_refused_link_is_renewed_once() -> None:
    fresh = replace(DONE, results=(done(A, "https://r.com/fresh"),))

    def fetch(link: str) -> Any:
        return b"{}" if link.endswith("fresh") else ResultExpired("403")

    service = FakeService(submit=["t1"], query=[DONE, fresh], fetch=[fetch])
    assert run(service).files[0].raw == b"{}"


def test_a_link_that_stays_refused_is_the_file_s_failure() -> None:
    service = FakeService(submit=["t1"], query=[DONE], fetch=[ResultExpired("403")])
    assert isinstance(run(service).files[0].error, ResultExpired)
    assert (service.count("fetch"), service.count("submit")) == (2, 1)


# --- Lost answers ----------------------------------------------------------------------------------------------------

FOREIGN = TaskReport("t9", "SUCCEEDED", (done(SignedUrl("https://e.com/other.flac")),))


def entry(task_id: str = "t1", status: str = "RUNNING") -> TaskEntry:
    return TaskEntry(task_id, status, "fun-asr", 1_700_000_000_000)


def test_a_lost_answer_is_found_in_the_task_list_and_not_bought_again() -> None:
    service = FakeService(submit=[LOST], tasks=[(), (entry(),)], query=[RUNNING, RUNNING, DONE], fetch=[b"{}"])
    answer = run(service)
    assert (answer.task_id, answer.files[0].raw) == ("t1", b"{}")
    assert service.count("submit") == 1


def test_foreign_tasks_are_looked_at_once_and_passed_over() -> None:
    def query(task_id: str) -> TaskReport:
        return FOREIGN if task_id == "t9" else DONE

    service = FakeService(submit=[LOST], tasks=[(entry("t9"),), (entry("t9"), entry())], query=[query], fetch=[b"{}"])
    assert run(service).task_id == "t1"
    assert [argument for name, argument in service.calls if name == "query"] == ["t9", "t1", "t1"]


def test_a_submission_that_is_nowhere_is_sent_once_more() -> None:
    service = FakeService(submit=[LOST, "t1"], tasks=[()], query=[DONE], fetch=[b"{}"])
    clock = FakeClock()
    assert run(service, clock=clock).task_id == "t1"
    assert service.count("submit") == 2
    assert sum(clock.slept) < 60


def test_a_submission_is_sent_twice_at_most() -> None:
    service = FakeService(submit=[LOST], tasks=[()])
    with pytest.raises(SubmissionInDoubt):
        run(service)
    assert service.count("submit") == 2


def test_when_the_list_cannot_be_read_nothing_is_sent_again() -> None:
    service = FakeService(submit=[LOST], tasks=[AsrUnavailable("no network")])
    with pytest.raises(SubmissionInDoubt, match="look-up failed"):
        run(service)
    assert service.count("submit") == 1


def test_a_candidate_that_still_runs_is_waited_for() -> None:
    clock = FakeClock()
    service = FakeService(submit=[LOST], tasks=[(entry(),)], query=[*[RUNNING] * 40, DONE], fetch=[b"{}"])
    assert run(service, clock=clock).task_id == "t1"
    assert service.count("submit") == 1


def test_the_published_two_file_run_is_found_again_by_its_files() -> None:
    urls = [SignedUrl(url) for url in sample("submit-request")["input"]["file_urls"]]
    report = task_report(sample("query-succeeded"))
    service = FakeService(submit=[LOST], tasks=[(entry(report.task_id),)], query=[report], fetch=[b"{}"])
    assert run(service, *urls).task_id == report.task_id
