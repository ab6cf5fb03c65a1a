from __future__ import annotations

import itertools

import pytest

from captioner.errors import ReplyError
from captioner.model import SignedUrl
from captioner.recognition.funasr.errors import NO_SPEECH
from captioner.recognition.funasr.task_status import (
    FileResult,
    match_results,
    no_speech_code,
    task_entries,
    task_report,
)
from tests.recognition.doubles import sample

FEMALE, MALE = (SignedUrl(url) for url in sample("submit-request")["input"]["file_urls"])


@pytest.mark.parametrize(
    ("name", "status", "finished", "results"),
    [
        ("query-pending", "PENDING", False, []),
        ("query-running", "RUNNING", False, []),
        ("query-succeeded", "SUCCEEDED", True, ["SUCCEEDED", "SUCCEEDED"]),
        ("query-succeeded-paraformer-observed", "SUCCEEDED", True, ["SUCCEEDED"]),
        ("query-partially-failed", "SUCCEEDED", True, ["SUCCEEDED", "FAILED"]),
        ("query-failed", "FAILED", True, ["FAILED"]),
        ("query-failed-docs-variant", "SUCCEEDED", True, ["FAILED"]),
        ("query-failed-no-speech", "FAILED", True, ["FAILED"]),
        ("query-canceled", "CANCELED", True, []),
        ("query-unknown", "UNKNOWN", True, []),
    ],
)
def test_every_sample_of_a_query_is_read(name: str, status: str, finished: bool, results: list[str]) -> None:
    body = sample(name)
    report = task_report(body)
    assert report.task_id == body["output"]["task_id"]
    assert (report.status, report.is_finished) == (status, finished)
    assert [result.status for result in report.results] == results
    assert report.is_unknown is (status == "UNKNOWN")


def test_times_are_read_as_beijing_time() -> None:
    report = task_report(sample("query-succeeded-paraformer-observed"))
    (result,) = report.results
    assert report.ended_at == pytest.approx(1758735458.450)
    assert result.transcription_url is not None
    assert "Expires=1758821858&" in result.transcription_url.url  # = end_time + 86400
    assert result.transcription_url.expires_at == pytest.approx(1758821858.450)
    assert report.billed_s == 6


def test_results_are_matched_by_url_and_not_by_place() -> None:
    report = task_report(sample("query-succeeded"))
    assert report.results[0].file_url == MALE
    assert [result.file_url for result in report.results_for([FEMALE, MALE])] == [FEMALE, MALE]


@pytest.mark.parametrize("name", ["query-failed", "query-failed-docs-variant"])
def test_a_lone_failure_is_the_same_in_both_shapes(name: str) -> None:
    url = SignedUrl("https://example.com/audio/missing.wav")
    (result,) = task_report(sample(name)).results_for([url])
    assert (result.status, result.code, result.retry) == ("FAILED", "InvalidFile.DownloadFailed", "once")
    assert not result.is_no_speech
    assert "InvalidFile.DownloadFailed: The audio file cannot be downloaded." in str(result.error("t"))


@pytest.mark.parametrize("code", sorted(NO_SPEECH))
def test_silence_is_no_fault(code: str) -> None:
    body = sample("query-failed-no-speech")
    body["output"]["code"] = body["output"]["results"][0]["code"] = code
    (result,) = task_report(body).results_for([SignedUrl("https://example.com/audio/silence.wav")])
    assert result.is_no_speech
    assert no_speech_code(body) == code


def test_a_silent_file_beside_a_good_one_is_not_the_silence_of_the_task() -> None:
    body = sample("query-partially-failed")
    body["output"]["results"][1]["code"] = "SUCCESS_WITH_NO_VALID_FRAGMENT"
    assert no_speech_code(body) == ""
    assert [result.is_no_speech for result in task_report(body).results] == [False, True]


def test_a_file_without_a_result_shares_the_task_s_failure() -> None:
    body = {"output": {"task_id": "t", "task_status": "FAILED", "code": "InternalError.Timeout", "message": "late"}}
    (result,) = task_report(body).results_for([FEMALE])
    assert (result.file_url, result.code, result.message, result.retry) == (
        FEMALE,
        "InternalError.Timeout",
        "late",
        "once",
    )


def test_a_file_missing_from_a_good_task_is_a_failure_that_says_so() -> None:
    body = sample("query-succeeded")
    del body["output"]["results"][0]
    outcomes = task_report(body).results_for([FEMALE, MALE])
    assert [outcome.status for outcome in outcomes] == ["SUCCEEDED", "FAILED"]
    assert "no result for this file" in str(outcomes[1].error("t"))


@pytest.mark.parametrize(
    "output",
    [
        {"file_url": "https://e.com/a", "subtask_status": "SUCCEEDED", "transcription_url": "https://r.com/x"},
        {"result": {"file_url": "https://e.com/a", "transcription_url": "https://r.com/x"}},
        {"results": {"file_url": "https://e.com/a", "transcription_url": "https://r.com/x"}},
        {"results": [None, {"file_url": "https://e.com/a", "transcription_url": "https://r.com/x", "extra": {}}]},
    ],
)
def test_sibling_shapes_are_read(output: dict[str, object]) -> None:
    report = task_report({"output": {"task_id": "t", "task_status": "succeeded", **output}})
    (result,) = report.results
    assert report.status == "SUCCEEDED"
    assert result.transcription_url == SignedUrl("https://r.com/x")


@pytest.mark.parametrize(
    "body", [{}, {"output": None}, {"output": []}, {"output": {"task_status": 3}}, {"output": {"task_id": "t"}}]
)
def test_a_body_without_a_task_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ReplyError):
        task_report(body)


@pytest.mark.parametrize(
    "usage", [None, [], {}, {"duration": None}, {"duration": "9"}, {"duration": -1}, {"duration": True}]
)
def test_odd_usage_is_no_bill(usage: object) -> None:
    assert task_report({**sample("query-succeeded"), "usage": usage}).billed_s is None


@pytest.mark.parametrize("end_time", [None, "", "soon", 12, "2026-99-99 00:00:00.000"])
def test_odd_times_are_no_times(end_time: object) -> None:
    body = {"output": {"task_id": "t", "task_status": "FAILED", "end_time": end_time}}
    assert task_report(body).ended_at is None


def results(*urls: str) -> tuple[FileResult, ...]:
    return tuple(FileResult(SignedUrl(url), "SUCCEEDED") for url in urls)


def signed(*urls: str) -> list[SignedUrl]:
    return [SignedUrl(url) for url in urls]


@pytest.mark.parametrize(
    ("echoed", "submitted"),
    [
        (["https://e.com/a?s=2", "https://e.com/b?s=1"], ["https://e.com/a?s=2", "https://e.com/b?s=1"]),
        (["https://e.com/a", "https://e.com/b"], ["https://e.com/a?s=2", "https://e.com/b?s=1"]),
        (["https://e.com/a b?s", "https://e.com/c"], ["https://e.com/a%20b?s", "https://e.com/c?t"]),
        (["https://e.com/a?s=1", "https://e.com/a?s=2"], ["https://e.com/a?s=1", "https://e.com/a?s=2"]),
        (["https://h.oss.com/x/1.flac?sig", "https://h.oss.com/x/2.flac"], ["oss://x/1.flac", "oss://x/2.flac"]),
    ],
)
def test_any_order_of_results_finds_its_urls(echoed: list[str], submitted: list[str]) -> None:
    for order in itertools.permutations(range(len(echoed))):
        found = match_results(results(*(echoed[i] for i in order)), signed(*submitted))
        assert [result and result.file_url.url for result in found] == echoed


def test_what_is_ambiguous_is_not_guessed() -> None:
    found = match_results(
        results("https://e.com/1/a.wav", "https://e.com/2/a.wav"), signed("oss://x/a.wav", "oss://y/b.wav")
    )
    assert found == (None, None)


def test_a_lone_file_has_the_lone_result_whatever_its_echo() -> None:
    (found,) = match_results(results("https://elsewhere/zzz"), signed("oss://x/a.wav"))
    assert found is not None
    assert match_results(results("https://elsewhere/zzz"), signed("oss://x/a", "oss://x/b")) == (None, None)


def test_the_task_list_is_read_from_either_key() -> None:
    body = sample("list-tasks-response")
    (entry,), pages = task_entries(body)
    assert (entry.model, entry.status, entry.created_ms, pages) == ("fun-asr", "SUCCEEDED", 1742781600100, 1)
    assert task_entries({"tasks": body["data"], "total_page": 1}) == ((entry,), 1)
    assert task_entries({"output": {"tasks": body["data"], "total_page": 3}}) == ((entry,), 3)
    assert task_entries({"data": [{"task_id": ""}, 4]}) == ((), 1)
    with pytest.raises(ReplyError):
        task_entries({"total": 0})


def test_signed_urls_stay_out_of_reprs_and_messages() -> None:
    body = sample("query-failed")
    body["output"]["results"][0]["message"] = "cannot read https://e.com/a?Signature=SECRET"
    body["output"]["results"][0]["file_url"] = "https://e.com/a?Signature=SECRET"
    report = task_report(body)
    assert "SECRET" not in repr(report)
    assert "SECRET" not in str(report.results[0].error("t"))
