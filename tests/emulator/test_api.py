"""The calls of the API: what they refuse, what they answer, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from captioner.emulator import Emulator, ServiceLimits, TaskTiming
from tests.emulator.conftest import QUICK
from tests.emulator.doubles import Caller, FakeClock, WebServer, calling

pytestmark = pytest.mark.integration

NOWHERE = "http://127.0.0.1:9/a.wav"
GOOD = {"model": "fun-asr", "input": {"file_urls": [NOWHERE]}, "parameters": {}}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def timed(transcripts: Path, clock: FakeClock) -> Iterator[Caller]:
    """A caller of an emulator whose tasks wait 10 s and run 10 s by a clock moved by hand."""
    timing = TaskTiming(pending_s=10, running_s=10, clock=clock)
    with calling(Emulator(transcripts=transcripts, timing=timing)) as someone:
        yield someone


def task_id_of(caller: Caller, *urls: str, **given: Any) -> str:
    task_id: str = caller.submit(*urls, **given).json()["output"]["task_id"]
    return task_id


def test_an_accepted_submission_is_pending_and_says_no_more(caller: Caller) -> None:
    answer = caller.post_submission(GOOD)
    assert answer.status_code == 200
    assert answer.json().keys() == {"output", "request_id"}
    assert answer.json()["output"].keys() == {"task_status", "task_id"}
    assert answer.json()["output"]["task_status"] == "PENDING"


REFUSED: dict[str, tuple[Any, int, str]] = {
    "no body": (None, 400, "InvalidParameter"),
    "a list": ([], 400, "InvalidParameter"),
    "no model": ({**GOOD, "model": None}, 400, "InvalidParameter"),
    "no input": ({**GOOD, "input": None}, 400, "InvalidParameter"),
    "no files": ({**GOOD, "input": {"file_urls": []}}, 400, "InvalidParameter"),
    "a file that is no string": ({**GOOD, "input": {"file_urls": [1]}}, 400, "InvalidParameter"),
    "too many files": ({**GOOD, "input": {"file_urls": [NOWHERE] * 101}}, 400, "InvalidParameter"),
    "parameters that are no object": ({**GOOD, "parameters": []}, 400, "InvalidParameter"),
    "a model that does not exist": ({**GOOD, "model": "fun-asr-2099"}, 400, "InvalidParameter"),
    "a model of no family": ({**GOOD, "model": "gpt"}, 404, "ModelNotFound"),
    "oss without the header": (
        {**GOOD, "input": {"file_urls": ["oss://a/b"]}},
        400,
        "InvalidParameter.DataInspection",
    ),
}


@pytest.mark.parametrize(("body", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_malformed_submission_is_refused_at_once(body: Any, status: int, code: str, caller: Caller) -> None:
    answer = caller.post_submission(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json().keys() == {"code", "message", "request_id"}
    assert caller.emulator.submissions == 0


def test_a_submission_without_the_async_header_is_denied(caller: Caller) -> None:
    answer = caller.http.post("/services/audio/asr/transcription", json=GOOD)
    assert (answer.status_code, answer.json()["code"]) == (403, "AccessDenied")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic abc", "Bearer wrong"])
def test_every_call_needs_the_right_key(authorization: str, transcripts: Path) -> None:
    with calling(Emulator(transcripts=transcripts, key="right"), key="right") as caller:
        for path in ("/tasks/", "/tasks/x", "/uploads?action=getPolicy&model=fun-asr"):
            answer = caller.plain.get(caller.emulator.url + path, headers={"Authorization": authorization})
            assert (answer.status_code, answer.json()["code"]) == (401, "InvalidApiKey")
            assert caller.http.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/services/audio/asr/transcription", 405),
        ("POST", "/uploads", 405),
        ("DELETE", "/tasks/x", 405),
        ("GET", "/models", 404),
        ("GET", "/tasks/x/y", 404),
    ],
)
def test_wrong_paths_and_methods_are_told_apart(method: str, path: str, status: int, caller: Caller) -> None:
    assert caller.http.request(method, path).status_code == status


def test_bodies_that_are_no_json_or_too_large_are_refused(caller: Caller) -> None:
    path = "/services/audio/asr/transcription"
    assert caller.http.post(path, content=b"{").json()["code"] == "InvalidParameter"
    assert caller.http.post(path, content=b" " * (6 << 20) + b"{}").json()["code"] == "BadRequest.TooLarge"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_goes_both_ways(method: str, caller: Caller) -> None:
    task_id = task_id_of(caller, NOWHERE)
    assert caller.http.request(method, f"/tasks/{task_id}").json()["output"]["task_id"] == task_id


def test_an_unknown_task_is_unknown_with_status_200(caller: Caller) -> None:
    answer = caller.http.get("/tasks/no-such-task")
    assert answer.status_code == 200
    assert answer.json()["output"] == {"task_id": "no-such-task", "task_status": "UNKNOWN"}


def test_a_task_waits_runs_and_ends_by_the_clock(timed: Caller, clock: FakeClock, web: WebServer) -> None:
    task_id = task_id_of(timed, f"{web.url}/talk.flac")
    first = timed.query(task_id)["output"]
    assert first["task_status"] == "PENDING"
    assert first["submit_time"] == "2026-03-24 12:00:00.000"
    assert "end_time" not in first
    assert web.asked == []
    clock.move(10)
    assert timed.query(task_id)["output"]["task_status"] == "RUNNING"
    clock.move(10)
    last = timed.ended(task_id)
    assert last["output"]["task_status"] == "SUCCEEDED"
    assert last["output"]["end_time"] == "2026-03-24 12:00:20.000"
    assert last["output"]["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 1, "FAILED": 0}
    assert last["usage"] == {"duration": 2}


def test_a_day_after_its_end_a_task_and_its_result_are_gone(timed: Caller, clock: FakeClock, web: WebServer) -> None:
    task_id = task_id_of(timed, f"{web.url}/talk.flac")
    clock.move(10)
    timed.query(task_id)
    clock.move(10)
    link = timed.ended(task_id)["output"]["results"][0]["transcription_url"]
    clock.move(86_399)
    assert timed.plain.get(link).status_code == 200
    assert timed.query(task_id)["output"]["task_status"] == "SUCCEEDED"
    clock.move(1)
    gone = timed.plain.get(link)
    assert (gone.status_code, gone.headers["content-type"]) == (403, "application/xml")
    assert "expired" in gone.text
    assert timed.query(task_id)["output"] == {"task_id": task_id, "task_status": "UNKNOWN"}
    assert timed.emulator.billed_s == 2


def test_the_link_of_a_result_is_signed_encoded_and_ends_a_day_after_the_task(caller: Caller, web: WebServer) -> None:
    output = caller.run(f"{web.url}/talk.flac", model="paraformer-v2")["output"]
    link = urlsplit(output["results"][0]["transcription_url"])
    assert re.fullmatch(r"/prod/paraformer-v2/\d{8}/\d\d%3A\d\d/[0-9a-f-]{36}-1\.json", link.path)
    assert list(parse_qs(link.query)) == ["Expires", "OSSAccessKeyId", "Signature"]
    assert link.query.endswith("%3D")
    end = datetime.fromisoformat(f"{output['end_time']}+08:00")
    assert int(parse_qs(link.query)["Expires"][0]) == int(end.timestamp()) + 86_400


def test_a_result_wants_its_own_signature_and_no_key(caller: Caller, web: WebServer) -> None:
    link = caller.run(f"{web.url}/talk.flac")["output"]["results"][0]["transcription_url"]
    refused = {
        "AccessDenied": caller.http.get(link),
        "SignatureDoesNotMatch": caller.plain.get(re.sub("Expires=.", "Expires=9", link)),
    }
    for code, answer in refused.items():
        assert answer.status_code == 403
        assert f"<Code>{code}</Code>" in answer.text
    assert caller.plain.get(link.partition("?")[0]).status_code == 403
    assert caller.plain.get(link).status_code == 200


def test_every_file_of_a_task_has_its_own_outcome(caller: Caller, web: WebServer) -> None:
    urls = [f"{web.url}/{name}" for name in ("talk.flac", "silence.flac", "gone.wav", "call.wav")]
    answer = caller.run(*urls)
    results = answer["output"]["results"]
    assert [r["file_url"] for r in results] == urls
    assert [r.get("code") for r in results] == [None, "SUCCESS_WITH_NO_VALID_FRAGMENT", "FILE_404_NOT_FOUND", None]
    assert [("transcription_url" in r) for r in results] == [True, False, False, True]
    assert answer["output"]["task_metrics"] == {"TOTAL": 4, "SUCCEEDED": 2, "FAILED": 2}
    assert answer["usage"]["duration"] == caller.emulator.billed_s == 4


def test_a_bad_parameter_fails_the_task_and_not_the_submission(caller: Caller, web: WebServer) -> None:
    output = caller.run(f"{web.url}/talk.flac", special_word_filter={"system_reserved_filter": False})["output"]
    assert (output["task_status"], output["code"]) == ("FAILED", "InvalidParameter")
    assert output["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 0, "FAILED": 1}
    assert web.asked == []


def test_an_unknown_vocabulary_changes_nothing(caller: Caller, web: WebServer) -> None:
    url = f"{web.url}/talk.flac"
    assert caller.transcript(url, vocabulary_id="vocab-none-1") == caller.transcript(url)


def test_the_transcript_is_in_the_time_of_the_audio_that_was_sent(caller: Caller, web: WebServer) -> None:
    now, later = (caller.transcript(f"{web.url}/{name}") for name in ("talk.flac", "talk-later.wav"))
    starts = [t["transcripts"][0]["sentences"][0]["begin_time"] for t in (now, later)]
    assert abs(starts[0] - 0) <= 10
    assert abs(starts[1] - 500) <= 10
    assert later["properties"] == {
        "audio_format": "pcm_s16le",
        "channels": [0],
        "original_sampling_rate": 16000,
        "original_duration_in_milliseconds": 4500,
    }


def test_only_a_waiting_task_can_be_cancelled(timed: Caller, clock: FakeClock) -> None:
    waiting = task_id_of(timed, NOWHERE)
    clock.move(5)
    assert timed.http.post(f"/tasks/{waiting}/cancel").json().keys() == {"request_id"}
    output = timed.query(waiting)["output"]
    assert output["task_status"] == "CANCELED"
    assert output["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 0, "FAILED": 0}
    running = task_id_of(timed, NOWHERE)
    clock.move(10)
    for task_id in (waiting, running, "no-such-task"):
        answer = timed.http.post(f"/tasks/{task_id}/cancel")
        assert (answer.status_code, answer.json()["code"]) == (400, "UnsupportedOperation")
    assert timed.emulator.billed_s == 0


def test_the_task_list_is_newest_first_in_pages(timed: Caller, clock: FakeClock) -> None:
    made = []
    for _ in range(5):
        made.append(task_id_of(timed, NOWHERE))
        clock.move(1)
    page = timed.http.get("/tasks/", params={"page_no": 2, "page_size": 2}).json()
    assert [item["task_id"] for item in page["data"]] == made[::-1][2:4]
    assert (page["total"], page["total_page"], page["page_no"], page["page_size"]) == (5, 3, 2, 2)
    item = page["data"][0]
    assert item["gmt_create"] == 1_774_324_802_000
    assert item["user_api_unique_key"] == "apikey:v1:audio:asr:transcription:fun-asr"
    assert "file_url" not in str(page)


def test_the_task_list_can_be_narrowed(timed: Caller, clock: FakeClock) -> None:
    first = task_id_of(timed, NOWHERE)
    clock.move(60)
    second = task_id_of(timed, NOWHERE, model="paraformer-v2")
    timed.http.post(f"/tasks/{second}/cancel")

    def ids(**wanted: str) -> list[str]:
        return [item["task_id"] for item in timed.http.get("/tasks", params=wanted).json()["data"]]

    assert ids() == [second, first]
    assert ids(model_name="paraformer-v2") == [second]
    assert ids(status="RUNNING") == ids(task_id=first) == [first]
    assert ids(start_time="20260324120030") == ids(status="CANCELED") == [second]
    assert ids(start_time="20260324115959", end_time="20260324120030") == [first]
    assert ids(end_time="20260324115959") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"start_time": "2026-03-24"},
        {"start_time": "20260323000000", "end_time": "20260324000001"},
        {"start_time": "20260324000001", "end_time": "20260324000000"},
        {"page_no": "0"},
        {"page_size": "x"},
    ],
    ids=str,
)
def test_a_task_list_that_makes_no_sense_is_refused(wrong: dict[str, str], caller: Caller) -> None:
    assert caller.http.get("/tasks/", params=wrong).status_code == 400


def test_the_last_day_is_listed_when_nothing_is_said(timed: Caller, clock: FakeClock) -> None:
    task_id_of(timed, NOWHERE)
    clock.move(timedelta(hours=23).total_seconds())
    assert timed.http.get("/tasks/").json()["total"] == 1
    clock.move(timedelta(hours=1, seconds=1).total_seconds())
    assert timed.http.get("/tasks/").json()["total"] == 0


@pytest.mark.parametrize(("enforced", "last"), [(False, 200), (True, 429)])
def test_rates_are_counted_and_refused_only_if_enforced(
    enforced: bool, last: int, transcripts: Path, clock: FakeClock
) -> None:
    emulator = Emulator(
        transcripts=transcripts,
        timing=TaskTiming(clock=clock),
        limits=ServiceLimits(queries_per_s=3),
        enforce_limits=enforced,
    )
    with calling(emulator) as caller:
        assert [caller.http.get("/tasks/x").status_code for _ in range(4)] == [200, 200, 200, last]
        assert emulator.over_limit == 1
        clock.move(1)
        assert caller.http.get("/tasks/x").status_code == 200
        assert emulator.over_limit == 1


def test_submissions_have_a_rate_for_each_family(transcripts: Path, clock: FakeClock) -> None:
    emulator = Emulator(transcripts=transcripts, timing=TaskTiming(clock=clock), enforce_limits=True)
    with calling(emulator) as caller:
        funasr = [caller.submit(NOWHERE).status_code for _ in range(11)]
        paraformer = [caller.submit(NOWHERE, model="paraformer-v2").status_code for _ in range(21)]
        assert funasr.count(200) == 10
        assert paraformer.count(200) == 20


def test_everything_asked_is_remembered_without_the_key(caller: Caller) -> None:
    caller.submit(NOWHERE, language_hints=["en"], diarization_enabled=True)
    caller.http.get("/tasks/", params={"page_no": 1})
    submission, listing = caller.emulator.requests
    assert (submission.method, submission.path, submission.status) == (
        "POST",
        "/api/v1/services/audio/asr/transcription",
        200,
    )
    assert submission.body["parameters"] == {"language_hints": ["en"], "diarization_enabled": True}
    assert submission.headers["x-dashscope-async"] == "enable"
    assert "a-key" not in str(submission.headers)
    assert listing.query == "page_no=1"
    assert submission.at <= listing.at


def test_times_are_beijing_times(timed: Caller, clock: FakeClock) -> None:
    printed = timed.query(task_id_of(timed, NOWHERE))["output"]["submit_time"]
    there = datetime.fromtimestamp(clock.at, UTC) + timedelta(hours=8)
    assert printed == f"{there:%Y-%m-%d %H:%M:%S}.000"


def test_a_longer_recording_takes_longer_if_the_pace_says_so(
    transcripts: Path, clock: FakeClock, web: WebServer
) -> None:
    timing = TaskTiming(pending_s=0, running_s=1, speed=2, clock=clock)
    with calling(Emulator(transcripts=transcripts, timing=timing)) as caller:
        task_id = task_id_of(caller, f"{web.url}/talk.flac")
        while not caller.query(task_id)["output"]["task_metrics"]["SUCCEEDED"]:
            pass
        clock.move(2.9)
        assert caller.query(task_id)["output"]["task_status"] == "RUNNING"
        clock.move(0.2)
        assert caller.query(task_id)["output"]["task_status"] == "SUCCEEDED"


def test_the_colon_in_a_link_may_be_decoded_by_the_way(caller: Caller, web: WebServer) -> None:
    link = caller.run(f"{web.url}/talk.flac")["output"]["results"][0]["transcription_url"]
    path, _, query = link.partition("?")
    assert caller.plain.get(f"{unquote(path)}?{query}").status_code == 200


def test_audio_nobody_knows_fails_in_plain_words(caller: Caller, web: WebServer) -> None:
    (result,) = caller.run(f"{web.url}/other.flac")["output"]["results"]
    assert result["code"] == "UnknownContent"
    assert "does not recognise speech" in result["message"]


def test_an_emulator_without_any_transcripts_still_starts(tmp_path: Path, web: WebServer) -> None:
    with calling(Emulator(transcripts=tmp_path, timing=QUICK)) as caller:
        assert caller.failure(f"{web.url}/talk.flac") == "UnknownContent"
