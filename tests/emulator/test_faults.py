"""Every fault can be chosen by name and does what its name says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from captioner.emulator import Emulator, Faults, TaskTiming
from captioner.errors import ConfigError
from tests.emulator.conftest import QUICK
from tests.emulator.doubles import Caller, FakeClock, WebServer, calling
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.integration

NOWHERE = "http://127.0.0.1:9/a.wav"
"""A port nobody listens on."""

Faulty = Callable[..., AbstractContextManager[Caller]]


@pytest.fixture
def faulty(transcripts: Path) -> Faulty:
    """Starts an emulator with the faults of a line."""

    def start(line: str, timing: TaskTiming = QUICK) -> AbstractContextManager[Caller]:
        return calling(Emulator(transcripts=transcripts, faults=Faults.parse(line), timing=timing))

    return start


PARSED = {
    "": Faults(),
    "throttle=2,lost_answer=1,seed=7": Faults(throttle=2, lost_answer=1, seed=7),
    " throttle , retry_after=0.5 ": Faults(throttle=1, retry_after=0.5),
    "no_usage,reversed_results=0,workspace=true": Faults(no_usage=True, workspace=True),
    "money": Faults(money="PostpaidBillOverdue"),
    "money=Arrearage": Faults(money="Arrearage"),
    "no_speech": Faults(no_speech="SUCCESS_WITH_NO_VALID_FRAGMENT"),
    "only_file_failed": Faults(only_file_failed="failed"),
    "partial_failure=0|b*.wav,expired_links=-1": Faults(partial_failure="0|b*.wav", expired_links=-1),
    "at=query,server_error=3,server_error_status=502": Faults(at="query", server_error=3, server_error_status=502),
}


@pytest.mark.parametrize(("line", "faults"), PARSED.items(), ids=PARSED)
def test_faults_are_read_from_a_line(line: str, faults: Faults) -> None:
    assert Faults.parse(line) == faults


@pytest.mark.parametrize("line", ["thottle=1", "throttle=many", "no_usage=maybe", "money=Gold", "at=lunch"])
def test_a_fault_that_makes_no_sense_is_named(line: str) -> None:
    with pytest.raises(ConfigError, match=line.partition("=")[0]):
        Faults.parse(line)


def test_every_fault_is_documented() -> None:
    lines = {line.strip().partition(":")[0] for line in (Faults.__doc__ or "").splitlines()}
    assert [f.name for f in fields(Faults) if f.name not in lines] == []


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ("throttle=2", 429, "Throttling.RateQuota"),
        ("server_error=2", 500, "InternalError"),
        ("server_error=2,server_error_status=503", 503, "ModelServingError"),
    ],
)
def test_the_first_calls_fail_and_create_nothing(line: str, status: int, code: str, faulty: Faulty) -> None:
    with faulty(line) as caller:
        answers = [caller.submit(NOWHERE) for _ in range(3)]
        assert [a.status_code for a in answers] == [status, status, 200]
        assert answers[0].json()["code"] == code
        assert caller.emulator.submissions == 1


def test_chance_is_the_same_for_the_same_seed(faulty: Faulty) -> None:
    def statuses(seed: int) -> list[int]:
        with faulty(f"flaky=0.5,seed={seed}") as caller:
            return [caller.http.get("/tasks/").status_code for _ in range(30)]

    assert statuses(3) == statuses(3) != statuses(4)
    assert {200, 429, 500, 503} == set(statuses(3) + statuses(4))


def test_throttling_says_when_to_come_back_only_if_told_to(faulty: Faulty) -> None:
    with faulty("throttle=1,retry_after=1.5") as caller:
        assert caller.submit(NOWHERE).headers["retry-after"] == "1.5"
    with faulty("throttle=1") as caller:
        assert "retry-after" not in caller.submit(NOWHERE).headers


def test_faults_can_hit_one_kind_of_call_only(faulty: Faulty) -> None:
    with faulty("at=query,server_error=1") as caller:
        task_id = caller.submit(NOWHERE).json()["output"]["task_id"]
        assert caller.http.get(f"/tasks/{task_id}").status_code == 500
        assert caller.http.get(f"/tasks/{task_id}").status_code == 200


def test_a_page_of_html_comes_instead_of_json(faulty: Faulty) -> None:
    with faulty("non_json=1") as caller:
        answer = caller.submit(NOWHERE)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")


@pytest.mark.parametrize(("money", "status"), [("PostpaidBillOverdue", 429), ("Arrearage", 400)])
def test_money_refuses_every_submission(money: str, status: int, faulty: Faulty) -> None:
    with faulty(f"money={money}") as caller:
        for _ in range(3):
            answer = caller.submit(NOWHERE)
            assert (answer.status_code, answer.json()["code"]) == (status, money)
        assert caller.emulator.submissions == 0


def test_a_lost_answer_leaves_a_task_behind(faulty: Faulty) -> None:
    with faulty("lost_answer=1") as caller:
        with pytest.raises(httpx.RemoteProtocolError):
            caller.submit(NOWHERE)
        assert caller.emulator.submissions == 1
        assert caller.http.get("/tasks/").json()["total"] == 1
        assert caller.emulator.requests[0].status == 0


def test_a_lost_answer_can_look_like_a_broken_gateway(faulty: Faulty) -> None:
    with faulty("lost_answer=1,lost_answer_status=502") as caller:
        assert caller.submit(NOWHERE).status_code == 502
        assert caller.emulator.submissions == 1


def test_a_refused_submission_leaves_nothing_behind(faulty: Faulty) -> None:
    with faulty("refuse_submit=1") as caller:
        with pytest.raises(httpx.RemoteProtocolError):
            caller.submit(NOWHERE)
        assert caller.emulator.submissions == 0


def test_a_slow_answer_comes_after_the_task(faulty: Faulty) -> None:
    with faulty("slow_answer=3600") as caller:
        with pytest.raises(httpx.ReadTimeout):
            caller.http.post(
                "/services/audio/asr/transcription",
                json={"model": "fun-asr", "input": {"file_urls": [NOWHERE]}},
                headers={"X-DashScope-Async": "enable"},
                timeout=httpx.Timeout(PATIENCE_S, read=0.2),
            )
        wait_until(lambda: caller.emulator.submissions == 1)


def test_a_lost_query_says_nothing(faulty: Faulty) -> None:
    with faulty("lost_query=1") as caller:
        task_id = caller.submit(NOWHERE).json()["output"]["task_id"]
        with pytest.raises(httpx.RemoteProtocolError):
            caller.query(task_id)
        assert caller.query(task_id)["output"]["task_id"] == task_id


def test_a_slow_queue_keeps_tasks_pending(faulty: Faulty, web: WebServer) -> None:
    clock = FakeClock()
    with faulty("slow_queue=100", TaskTiming(pending_s=1, running_s=0, clock=clock)) as caller:
        task_id = caller.submit(f"{web.url}/talk.flac").json()["output"]["task_id"]
        clock.move(100)
        assert caller.query(task_id)["output"]["task_status"] == "PENDING"
        clock.move(2)
        assert caller.ended(task_id)["output"]["task_status"] == "SUCCEEDED"


def test_results_can_come_in_the_opposite_order(faulty: Faulty, web: WebServer) -> None:
    urls = [f"{web.url}/talk.flac", f"{web.url}/talk.ogg", f"{web.url}/nothing.wav"]
    with faulty("reversed_results") as caller:
        assert [r["file_url"] for r in caller.run(*urls)["output"]["results"]] == urls[::-1]


@pytest.mark.parametrize(("times", "expected"), [(1, [403, 200, 200]), (-1, [403, 403, 403])])
def test_links_can_be_expired(times: int, expected: list[int], faulty: Faulty, web: WebServer) -> None:
    with faulty(f"expired_links={times}") as caller:
        (result,) = caller.run(f"{web.url}/talk.flac")["output"]["results"]
        assert [caller.plain.get(result["transcription_url"]).status_code for _ in range(3)] == expected


@pytest.mark.parametrize("which", ["1", "talk.*g"])
def test_some_files_of_a_task_can_fail(which: str, faulty: Faulty, web: WebServer) -> None:
    with faulty(f"partial_failure={which},partial_failure_code=FILE_SERVER_ERROR") as caller:
        output = caller.run(f"{web.url}/talk.flac", f"{web.url}/talk.ogg")["output"]
        assert output["task_status"] == "SUCCEEDED"
        assert [r["subtask_status"] for r in output["results"]] == ["SUCCEEDED", "FAILED"]
        assert output["results"][1]["code"] == "FILE_SERVER_ERROR"
        assert output["task_metrics"] == {"TOTAL": 2, "SUCCEEDED": 1, "FAILED": 1}


@pytest.mark.parametrize(("shape", "status"), [("failed", "FAILED"), ("succeeded", "SUCCEEDED")])
def test_the_only_file_can_fail_in_both_documented_shapes(
    shape: str, status: str, faulty: Faulty, web: WebServer
) -> None:
    with faulty(f"only_file_failed={shape}") as caller:
        answer = caller.run(f"{web.url}/talk.flac")
        assert answer["output"]["task_status"] == status
        assert answer["output"].get("code") == ("InvalidFile.DownloadFailed" if status == "FAILED" else None)
        assert answer["output"]["results"][0]["code"] == "InvalidFile.DownloadFailed"
        assert "usage" not in answer


@pytest.mark.parametrize("code", ["SUCCESS_WITH_NO_VALID_FRAGMENT", "ASR_RESPONSE_HAVE_NO_WORDS"])
def test_no_speech_looks_like_a_failure_and_costs_nothing(code: str, faulty: Faulty, web: WebServer) -> None:
    with faulty(f"no_speech={code}") as caller:
        output = caller.run(f"{web.url}/talk.flac")["output"]
        assert (output["task_status"], output["code"], output["message"]) == ("FAILED", code, code)
        assert caller.emulator.billed_s == 0


def test_a_task_can_be_forgotten_when_it_ends(faulty: Faulty, web: WebServer) -> None:
    with faulty("unknown_task=1") as caller:
        assert caller.run(f"{web.url}/talk.flac")["output"]["task_status"] == "UNKNOWN"
        assert caller.run(f"{web.url}/talk.flac")["output"]["task_status"] == "SUCCEEDED"
        assert caller.http.get("/tasks/").json()["total"] == 1


def test_a_workspace_fails_late_without_parameters(faulty: Faulty, web: WebServer) -> None:
    body = {"model": "fun-asr", "input": {"file_urls": [f"{web.url}/talk.flac"]}}
    with faulty("workspace") as caller:
        output = caller.ended(caller.post_submission(body).json()["output"]["task_id"])["output"]
        assert (output["task_status"], output["code"]) == ("FAILED", "InvalidParameter")
        assert "results" not in output
        answer = caller.post_submission({**body, "parameters": {}})
        assert caller.ended(answer.json()["output"]["task_id"])["output"]["task_status"] == "SUCCEEDED"


def test_the_bill_can_be_left_out(faulty: Faulty, web: WebServer) -> None:
    with faulty("no_usage") as caller:
        assert "usage" not in caller.run(f"{web.url}/talk.flac")
        assert caller.emulator.billed_s == 2


def test_replies_can_hold_fields_nobody_has_heard_of(faulty: Faulty, web: WebServer) -> None:
    with faulty("unknown_fields") as caller:
        output = caller.run(f"{web.url}/talk.flac")["output"]
        assert {"x_trace", "x_note"} < output.keys()
        document = caller.plain.get(output["results"][0]["transcription_url"]).json()
        assert document["transcripts"][0]["sentences"][0]["words"][0]["confidence"] == 0.5


def test_a_slow_body_arrives_whole(faulty: Faulty, web: WebServer) -> None:
    with faulty("slow_body=0.2") as caller:
        (result,) = caller.run(f"{web.url}/talk.flac")["output"]["results"]
        assert caller.plain.get(result["transcription_url"]).json()["transcripts"]


def test_a_slow_body_keeps_a_caller_waiting(faulty: Faulty, web: WebServer) -> None:
    with faulty("slow_body=3600") as caller:
        (result,) = caller.run(f"{web.url}/talk.flac")["output"]["results"]
        with pytest.raises(httpx.ReadTimeout):
            caller.plain.get(result["transcription_url"], timeout=httpx.Timeout(PATIENCE_S, read=0.2))


def test_some_files_cannot_be_read_at_first(faulty: Faulty, web: WebServer) -> None:
    with faulty("unread=1,unread_code=FILE_403_FORBIDDEN") as caller:
        assert caller.run(f"{web.url}/talk.flac")["output"]["code"] == "FILE_403_FORBIDDEN"
        assert caller.emulator.billed_s == 0
        assert caller.run(f"{web.url}/talk.flac")["output"]["task_status"] == "SUCCEEDED"


def test_a_known_task_can_be_unknown_for_a_query(faulty: Faulty) -> None:
    with faulty("unknown_query=1") as caller:
        task_id = caller.submit(NOWHERE).json()["output"]["task_id"]
        statuses = [caller.query(task_id)["output"]["task_status"] for _ in range(2)]
        assert statuses[0] == "UNKNOWN" != statuses[1]


def test_a_task_can_be_late_in_the_list(faulty: Faulty) -> None:
    clock = FakeClock()
    with faulty("list_lag=30", TaskTiming(clock=clock)) as caller:
        caller.submit(NOWHERE)
        assert caller.http.get("/tasks/").json()["total"] == 0
        clock.move(31)
        assert caller.http.get("/tasks/").json()["total"] == 1


def test_a_result_can_be_unavailable_for_a_while(faulty: Faulty, web: WebServer) -> None:
    with faulty("broken_results=2") as caller:
        (result,) = caller.run(f"{web.url}/talk.flac")["output"]["results"]
        assert [caller.plain.get(result["transcription_url"]).status_code for _ in range(3)] == [503, 503, 200]


def test_faults_and_key_can_be_changed_while_it_runs(faulty: Faulty) -> None:
    with faulty("throttle=1000") as caller:
        assert caller.submit(NOWHERE).status_code == 429
        caller.emulator.set_faults(Faults(server_error=1))
        assert [caller.submit(NOWHERE).status_code for _ in range(2)] == [500, 200]
        caller.emulator.set_key("sk-somebody-else")
        assert caller.submit(NOWHERE).status_code == 401
