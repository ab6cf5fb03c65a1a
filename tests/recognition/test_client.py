from __future__ import annotations

import email.utils
import json
from typing import Any

import httpx
import pytest

from captioner.errors import (
    AsrRejected,
    AsrUnavailable,
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    SubmissionInDoubt,
)
from captioner.model import SignedUrl
from captioner.recognition.funasr.client import AsrClient
from captioner.recognition.funasr.http import retry_after_s
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.settings import Secret, Settings
from tests.recognition.doubles import BASE_URL, KEY, Script, answer, client, sample

URL = SignedUrl("https://b.example.com/k%20y.flac?X-Amz-Signature=TOPSECRET&x=%2B%2f")
REQUEST = httpx.Request("POST", BASE_URL)


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)


# --- Submit ----------------------------------------------------------------------------------------------------------


def test_a_submission_is_the_documented_request() -> None:
    script = Script(answer(sample("submit-response")))
    expected = sample("submit-request-paraformer-v2-all")
    options = RecognitionOptions(model="paraformer-v2", diarization=False)
    task_id = client(script).submit([SignedUrl(expected["input"]["file_urls"][0])], options)
    (request,) = script.requests
    assert task_id == sample("submit-response")["output"]["task_id"]
    assert (request.method, str(request.url)) == ("POST", f"{BASE_URL}/services/audio/asr/transcription")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["X-DashScope-Async"] == "enable"
    assert request.headers["Content-Type"] == "application/json"
    assert "X-DashScope-OssResourceResolve" not in request.headers
    assert body_of(request) == {
        "model": "paraformer-v2",
        "input": expected["input"],
        "parameters": {"timestamp_alignment_enabled": True},
    }


def test_parameters_are_sent_even_when_there_are_none() -> None:
    script = Script(answer(sample("submit-response")))
    urls = sample("submit-request-minimal")["input"]["file_urls"]
    client(script).submit([SignedUrl(url) for url in urls], RecognitionOptions(diarization=False))
    assert body_of(script.requests[0]) == sample("submit-request-minimal")


def test_temporary_storage_asks_the_service_to_resolve_it() -> None:
    script = Script(answer(sample("submit-response")))
    urls = sample("submit-request-oss-temporary")["input"]["file_urls"]
    client(script).submit([SignedUrl(url) for url in urls], RecognitionOptions(diarization=False))
    assert script.requests[0].headers["X-DashScope-OssResourceResolve"] == "enable"
    assert body_of(script.requests[0]) == sample("submit-request-oss-temporary")


def test_signed_urls_are_sent_verbatim_and_once_each() -> None:
    script = Script(answer(sample("submit-response")))
    client(script).submit([URL, URL], RecognitionOptions())
    assert body_of(script.requests[0])["input"]["file_urls"] == [URL.url]


def test_the_workspace_is_named_when_there_is_one() -> None:
    script = Script(answer(sample("submit-response")))
    client(script, workspace="ws-1").submit([URL], RecognitionOptions())
    assert script.requests[0].headers["X-DashScope-WorkSpace"] == "ws-1"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ConnectError("refused", request=REQUEST), AsrUnavailable),
        (httpx.ConnectTimeout("slow", request=REQUEST), AsrUnavailable),
        (httpx.PoolTimeout("busy", request=REQUEST), AsrUnavailable),
        (httpx.ProxyError("403", request=REQUEST), AsrUnavailable),
        (httpx.ReadTimeout("slow", request=REQUEST), SubmissionInDoubt),
        (httpx.WriteTimeout("slow", request=REQUEST), SubmissionInDoubt),
        (httpx.ReadError("reset", request=REQUEST), SubmissionInDoubt),
        (httpx.WriteError("broken pipe", request=REQUEST), SubmissionInDoubt),
        (httpx.RemoteProtocolError("disconnected without response", request=REQUEST), SubmissionInDoubt),
        (httpx.DecodingError("bad gzip", request=REQUEST), SubmissionInDoubt),
        (httpx.Response(200, text="<html>ok</html>"), SubmissionInDoubt),
        (httpx.Response(200, content=b""), SubmissionInDoubt),
        (httpx.Response(200, json=[]), SubmissionInDoubt),
        (httpx.Response(200, json={"output": {"task_status": "PENDING"}}), SubmissionInDoubt),
        (httpx.Response(200, json={"output": None}), SubmissionInDoubt),
        (httpx.Response(200, content=b'{"output": ' + b"[" * 100_000), SubmissionInDoubt),
        (httpx.Response(502, text="bad gateway"), SubmissionInDoubt),
        (httpx.Response(503, text="busy"), AsrUnavailable),
        (httpx.Response(200, json={"code": "InvalidParameter", "message": "no"}), AsrRejected),
        (httpx.Response(400, json={"error": {"code": "x", "message": "nested words", "type": "t"}}), AsrRejected),
        (httpx.Response(307, headers={"location": "https://elsewhere"}), ConfigError),
    ],
)
def test_a_lost_answer_is_in_doubt_and_nothing_is_sent_twice(
    failure: httpx.Response | Exception, error: type[CaptionerError]
) -> None:
    script = Script(failure)
    with pytest.raises(CaptionerError) as caught:
        client(script).submit([URL], RecognitionOptions())
    assert type(caught.value) is error
    assert len(script.requests) == 1
    assert "\n" not in str(caught.value)
    assert "TOPSECRET" not in str(caught.value)


def test_a_message_says_what_came_instead_of_json() -> None:
    script = Script(
        httpx.Response(503, text="<html>upstream unavailable</html>", headers={"content-type": "text/html"})
    )
    with pytest.raises(AsrUnavailable, match=r"no JSON object \(text/html, 33 bytes\)"):
        client(script).query("t")


def test_nested_and_short_error_bodies_are_read() -> None:
    for content in ({"error": {"code": "c1", "message": "told"}}, {"code": "c1", "msg": "told"}):
        with pytest.raises(AsrRejected, match="told") as caught:
            client(Script(answer(content, 400))).query("t")
        assert caught.value.code == "c1"


def test_the_request_id_is_taken_from_the_header_when_the_body_has_none() -> None:
    response = answer({"code": "c", "message": "m"}, 400, **{"x-request-id": "req-77"})
    with pytest.raises(AsrRejected, match="req-77"):
        client(Script(response)).query("t")


def test_a_service_that_repeats_the_key_or_a_signature_does_not_get_it_into_a_message() -> None:
    response = answer({"code": "InvalidApiKey", "message": f"key {KEY} cannot read {URL.url}"}, 401)
    with pytest.raises(CredentialsRefused) as caught:
        client(Script(response)).submit([URL], RecognitionOptions())
    assert KEY not in str(caught.value)
    assert "TOPSECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("urls", "error"),
    [
        ([], ConfigError),
        ([SignedUrl(f"https://e.com/{i}") for i in range(101)], ConfigError),
        ([SignedUrl("file:///etc/passwd")], AsrRejected),
        ([SignedUrl("https://e.com/a b")], AsrRejected),
        ([SignedUrl("https://e.com/文")], AsrRejected),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_sent(
    urls: list[SignedUrl], error: type[CaptionerError]
) -> None:
    script = Script()
    with pytest.raises(error):
        client(script).submit(urls, RecognitionOptions())
    assert script.requests == []


# --- Query, list, cancel ---------------------------------------------------------------------------------------------


def test_a_query_is_a_get_with_the_key_only() -> None:
    script = Script(answer(sample("query-succeeded")))
    report = client(script).query("f86ec806/../x")
    (request,) = script.requests
    assert report.status == "SUCCEEDED"
    assert (request.method, str(request.url)) == ("GET", f"{BASE_URL}/tasks/f86ec806%2F..%2Fx")
    assert "X-DashScope-Async" not in request.headers


def test_an_unknown_task_is_a_report_and_not_an_error() -> None:
    assert client(Script(answer(sample("query-unknown")))).query("t").is_unknown


@pytest.mark.parametrize("garbled", [{}, {"output": []}, {"output": {"task_id": "t"}}])
def test_a_query_without_a_task_is_tried_later(garbled: object) -> None:
    with pytest.raises(AsrUnavailable):
        client(Script(answer(garbled))).query("t")


@pytest.mark.parametrize(
    "failure", [httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("gone"), httpx.ReadError("x")]
)
def test_a_query_without_an_answer_is_tried_later(failure: Exception) -> None:
    with pytest.raises(AsrUnavailable, match="try again later"):
        client(Script(failure)).query("t")


def listing(*created_s: float, page: int = 1, pages: int = 1, key: str = "data") -> httpx.Response:
    entries = [{"task_id": f"{page}-{s}", "status": "RUNNING", "gmt_create": int(s * 1000)} for s in created_s]
    return answer({key: entries, "total_page": pages, "page_no": page})


NOW = 1_700_000_000.0


def test_all_pages_of_the_task_list_are_read() -> None:
    script = Script(listing(NOW, NOW - 1, page=1, pages=3), listing(NOW - 2, page=2, pages=3), listing(page=3, pages=3))
    found = client(script).tasks("fun-asr")
    assert [entry.task_id for entry in found] == [f"1-{NOW}", f"1-{NOW - 1}", f"2-{NOW - 2}"]
    assert [dict(request.url.params) for request in script.requests] == [
        {"page_no": str(page), "page_size": "100", "model_name": "fun-asr"} for page in (1, 2, 3)
    ]
    assert script.requests[0].url.path == "/api/v1/tasks/"


def test_a_list_that_refuses_large_pages_is_read_in_its_own() -> None:
    refused = answer({"code": "InvalidParameter", "message": "page_size is too large"}, 400)
    script = Script(refused, listing(NOW, page=1, pages=2), listing(NOW - 1, page=2, pages=2))
    found = client(script).tasks()
    assert [entry.task_id for entry in found] == [f"1-{NOW}", f"2-{NOW - 1}"]
    assert [dict(request.url.params) for request in script.requests] == [
        {"page_no": "1", "page_size": "100"},
        {"page_no": "1"},
        {"page_no": "2"},
    ]


def test_pages_older_than_what_matters_are_not_asked_for() -> None:
    script = Script(listing(NOW, NOW - 50, page=1, pages=9), listing(NOW - 200, NOW - 300, page=2, pages=9))
    found = client(script).tasks(since_s=NOW - 100)
    assert [entry.created_ms for entry in found] == [int(NOW * 1000), int((NOW - 50) * 1000)]
    assert len(script.requests) == 2


def test_one_page_of_the_task_list_is_one_question() -> None:
    script = Script(listing(NOW, NOW - 1, page=2, pages=3))
    entries, pages = client(script).page(2, 100)
    assert ([entry.task_id for entry in entries], pages) == ([f"2-{NOW}", f"2-{NOW - 1}"], 3)
    assert [entry.is_finished for entry in entries] == [False, False]
    assert [dict(request.url.params) for request in script.requests] == [{"page_no": "2", "page_size": "100"}]


def test_tasks_outside_the_window_are_left_out() -> None:
    found = client(Script(listing(NOW - 10, NOW - 90_000, NOW + 10, key="tasks"))).tasks(until_s=NOW)
    assert [entry.created_ms for entry in found] == [int((NOW - 10) * 1000)]


@pytest.mark.parametrize(
    ("service_is_at", "told"),
    [(NOW - 86_400, NOW - 5), (NOW + 86_400, NOW - 5), (NOW - 30, NOW - 35)],
    ids=["ours is a day ahead", "ours is a day behind", "much the same"],
)
def test_a_wrong_clock_of_this_machine_hides_no_task(service_is_at: float, told: float) -> None:
    response = listing(service_is_at - 5)
    response.headers["Date"] = email.utils.formatdate(service_is_at, usegmt=True)
    found = client(Script(response)).tasks(since_s=NOW - 60)
    assert [entry.created_ms for entry in found] == [int(told * 1000)]


def test_an_answer_of_a_gateway_without_a_date_does_not_hide_a_task_from_a_wrong_clock() -> None:
    first, second = listing(NOW - 86_400 - 5), listing(NOW - 86_400 - 5)
    first.headers["Date"] = email.utils.formatdate(NOW - 86_400, usegmt=True)
    service = client(Script(first, second))
    for _ in range(2):
        assert [entry.created_ms for entry in service.tasks(since_s=NOW - 60)] == [int((NOW - 5) * 1000)]


def test_a_list_that_is_none_is_tried_later() -> None:
    with pytest.raises(AsrUnavailable):
        client(Script(answer({"total": 0}))).tasks()


def test_a_waiting_task_is_cancelled() -> None:
    script = Script(answer(sample("cancel-response")))
    assert client(script).cancel("t")
    assert (script.requests[0].method, script.requests[0].url.path) == ("POST", "/api/v1/tasks/t/cancel")


def test_a_running_task_is_not_cancelled_and_that_is_no_error() -> None:
    assert not client(Script(answer(sample("cancel-error"), 400))).cancel("t")


def test_another_refusal_of_a_cancellation_is_an_error() -> None:
    with pytest.raises(CredentialsRefused):
        client(Script(answer(sample("http-errors")[0]["body"], 401))).cancel("t")


# --- Set-up ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "message"), [("", "DASHSCOPE_API_KEY"), ("sk 1", "copy it again"), ("sk-文", "copy it again")]
)
def test_a_key_that_cannot_be_is_refused_at_once(key: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        AsrClient.from_settings(Settings(api_key=Secret(key)))


def test_a_key_read_with_its_line_end_works() -> None:
    script = Script(answer(sample("query-pending")))
    http = httpx.Client(transport=httpx.MockTransport(script))
    with AsrClient(http, BASE_URL + "/", Secret(f" {KEY}\n")) as asr:
        asr.query("t")
    assert script.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    assert str(script.requests[0].url) == f"{BASE_URL}/tasks/t"


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        (Settings(api_key=Secret("k")), "dashscope-intl.aliyuncs.com"),
        (Settings(api_key=Secret("k"), region="cn"), "dashscope.aliyuncs.com"),
        (Settings(api_key=Secret("k"), workspace="w1"), "w1.ap-southeast-1.maas.aliyuncs.com"),
        (Settings(api_key=Secret("k"), endpoint="http://127.0.0.1:9/api/v1"), "127.0.0.1"),
    ],
)
def test_the_usual_client_asks_the_configured_host(settings: Settings, host: str) -> None:
    with AsrClient.from_settings(settings) as asr:
        assert asr.host == host


def test_a_closed_port_on_loopback_is_unavailable_despite_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    settings = Settings(api_key=Secret("k"), endpoint="http://127.0.0.1:9/api/v1")
    with (
        AsrClient.from_settings(settings) as asr,
        pytest.raises(AsrUnavailable, match=r"127\.0\.0\.1 cannot be reached"),
    ):
        asr.submit([URL], RecognitionOptions())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2000 22:13:50 GMT"}, 0.0),
        ({"retry-after": "99999999"}, 3600.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(httpx.Headers(headers), NOW) == seconds


def test_a_throttled_call_says_how_long_to_wait() -> None:
    response = answer(sample("http-errors")[7]["body"], 429, **{"Retry-After": "12"})
    with pytest.raises(AsrUnavailable) as caught:
        client(Script(response)).submit([URL], RecognitionOptions())
    assert caught.value.retry_after_s == 12.0
