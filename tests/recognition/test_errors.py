from __future__ import annotations

import pickle

import httpx
import pytest

from captioner.errors import (
    AsrRejected,
    AsrUnavailable,
    CaptionerError,
    ConfigError,
    CredentialsRefused,
    ResultExpired,
    SubmissionInDoubt,
)
from captioner.model import SignedUrl
from captioner.recognition.funasr.errors import NO_SPEECH, ErrorResponse, error_from_response, file_error, file_retry
from captioner.recognition.funasr.options import RecognitionOptions
from tests.recognition.doubles import Script, client, sample

SAMPLE_ERRORS = [
    (401, "InvalidApiKey", CredentialsRefused, CredentialsRefused),
    (400, "InvalidParameter", AsrRejected, AsrRejected),
    (400, "InvalidParameter", ConfigError, ConfigError),  # "Model not exist."
    (400, "Arrearage", CredentialsRefused, CredentialsRefused),
    (403, "AccessDenied", ConfigError, ConfigError),  # the async header was lost on the way
    (403, "Model.AccessDenied", CredentialsRefused, CredentialsRefused),
    (404, "ModelNotFound", ConfigError, ConfigError),
    (429, "Throttling.RateQuota", AsrUnavailable, AsrUnavailable),
    (500, "InternalError", SubmissionInDoubt, AsrUnavailable),
    (503, "", AsrUnavailable, AsrUnavailable),
]


@pytest.mark.parametrize("index", range(len(SAMPLE_ERRORS)))
def test_every_published_refusal_has_its_error(index: int) -> None:
    published = sample("http-errors")
    assert len(published) == len(SAMPLE_ERRORS)
    entry = published[index]
    status, code, at_submit, at_query = SAMPLE_ERRORS[index]
    assert entry["http_status"] == status
    content = {"json": entry["body"]} if "body" in entry else {"text": entry["body_text"]}

    def refuse() -> Script:
        return Script(httpx.Response(status, **content))

    script = refuse()
    with pytest.raises(CaptionerError) as submitted:
        client(script).submit([SignedUrl("https://e.com/a")], RecognitionOptions())
    with pytest.raises(CaptionerError) as queried:
        client(refuse()).query("t")
    assert (type(submitted.value), type(queried.value)) == (at_submit, at_query)
    assert len(script.requests) == 1  # a submission is never repeated by the client
    for caught in (submitted.value, queried.value):
        assert caught.code == code
        assert f"HTTP {status}" in str(caught)
        if "body" in entry:
            assert all(entry["body"][key] in str(caught) for key in ("code", "message", "request_id"))
        assert "\n" not in str(caught)


REFUSALS = [
    (400, "BadRequest.EmptyInput", AsrRejected, AsrRejected),
    (400, "BadRequest.TooLarge", AsrRejected, AsrRejected),
    (400, "InvalidURL.ConnectionRefused", AsrRejected, AsrRejected),
    (400, "InvalidParameter.DataInspection", AsrRejected, AsrRejected),
    (400, "DataInspectionFailed", AsrRejected, AsrRejected),
    (400, "Throttling.AllocationQuota", AsrRejected, AsrRejected),
    (400, "UnsupportedOperation", AsrRejected, AsrRejected),
    (401, "NOT AUTHORIZED", CredentialsRefused, CredentialsRefused),
    (401, "", CredentialsRefused, CredentialsRefused),
    (403, "AccessDenied", CredentialsRefused, CredentialsRefused),
    (403, "AccessDenied.Unpurchased", CredentialsRefused, CredentialsRefused),
    (403, "Workspace.AccessDenied", CredentialsRefused, CredentialsRefused),
    (403, "AllocationQuota.FreeTierOnly", CredentialsRefused, CredentialsRefused),
    (404, "WorkSpaceNotFound", ConfigError, ConfigError),
    (404, "NotFound", ConfigError, ConfigError),
    (405, "", ConfigError, ConfigError),
    (302, "", ConfigError, ConfigError),
    (408, "", SubmissionInDoubt, AsrUnavailable),
    (409, "", SubmissionInDoubt, AsrUnavailable),
    (413, "", AsrRejected, AsrRejected),
    (429, "Throttling", AsrUnavailable, AsrUnavailable),
    (429, "Throttling.BurstRate", AsrUnavailable, AsrUnavailable),
    (429, "Throttling.AllocationQuota", AsrUnavailable, AsrUnavailable),
    (429, "", AsrUnavailable, AsrUnavailable),
    (429, "CommodityNotPurchased", CredentialsRefused, CredentialsRefused),
    (429, "PrepaidBillOverdue", CredentialsRefused, CredentialsRefused),
    (429, "PostpaidBillOverdue", CredentialsRefused, CredentialsRefused),
    (429, "AllocationQuota.FreeTierOnly", CredentialsRefused, CredentialsRefused),
    (500, "InternalError.Algo", SubmissionInDoubt, AsrUnavailable),
    (500, "SystemError", SubmissionInDoubt, AsrUnavailable),
    (500, "ModelServiceFailed", SubmissionInDoubt, AsrUnavailable),
    (500, "RequestTimeOut", SubmissionInDoubt, AsrUnavailable),
    (500, "InternalError.Timeout", SubmissionInDoubt, AsrUnavailable),
    (500, "ModelServingError", AsrUnavailable, AsrUnavailable),
    (503, "ModelServingError", AsrUnavailable, AsrUnavailable),
    (503, "ModelUnavailable", AsrUnavailable, AsrUnavailable),
    (502, "", SubmissionInDoubt, AsrUnavailable),
    (504, "", SubmissionInDoubt, AsrUnavailable),
]


@pytest.mark.parametrize(("status", "code", "at_submit", "at_query"), REFUSALS)
def test_every_documented_refusal_has_its_error(
    status: int, code: str, at_submit: type[CaptionerError], at_query: type[CaptionerError]
) -> None:
    refusal = ErrorResponse("submit", status, code, "told so", "r-1", "host")
    assert type(error_from_response(refusal, submitting=True)) is at_submit
    assert type(error_from_response(refusal)) is at_query


@pytest.mark.parametrize("code", ["Arrearage", "PrepaidBillOverdue", "CommodityNotPurchased"])
def test_a_refusal_for_money_shows_its_code_and_is_not_retryable(code: str) -> None:
    error = error_from_response(ErrorResponse("submit", 429, code, "", "", "host", retry_after_s=3), submitting=True)
    assert code in str(error)
    assert not error.retryable


def test_throttling_carries_how_long_to_wait() -> None:
    error = error_from_response(ErrorResponse("query", 429, "Throttling", "", "", "host", retry_after_s=7.5))
    assert isinstance(error, AsrUnavailable)
    assert error.retry_after_s == 7.5


FILE_CODES = [
    ("InvalidFile.DownloadFailed", "once"),
    ("FILE_DOWNLOAD_FAILED", "once"),
    ("FILE_403_FORBIDDEN", "never"),
    ("FILE_404_NOT_FOUND", "never"),
    ("FILE_SERVER_ERROR", "once"),
    ("CONTENT_LENGTH_CHECK_FAILED", "never"),
    ("FILE_CHECK_FAILED", "never"),
    ("FILE_PARSE_FAILED", "never"),
    ("FILE_NORMALIZE_FAILED", "never"),
    ("MKV_PARSE_FAILED", "never"),
    ("DECODE_ERROR", "never"),
    ("UNSUPPORTED_FORMAT", "never"),
    ("NO_VALID_AUDIO_ERROR", "never"),
    ("FILE_TOO_LARGE", "never"),
    ("AUDIO_DURATION_TOO_LONG", "never"),
    ("REQUEST_INVALID_FILE_URL_VALUE", "never"),
    ("FILE_TRANS_TASK_EXPIRED", "once"),
    ("SERVER_ERROR", "once"),
    ("InternalError.Timeout", "once"),
    ("InternalError", "once"),
    ("SOMETHING_NEW", "never"),
    ("", "never"),
    *((code, "never") for code in sorted(NO_SPEECH)),
]


@pytest.mark.parametrize(("code", "retry"), FILE_CODES)
def test_every_code_of_a_file_says_whether_to_try_again(code: str, retry: str) -> None:
    assert file_retry(code) == retry


@pytest.mark.parametrize("code", [code for code, _ in FILE_CODES if code])
def test_a_file_s_error_shows_code_words_and_task(code: str) -> None:
    error = file_error(code, "what the service says", "task-1")
    assert all(part in str(error) for part in (code, "what the service says", "task-1"))
    assert (error.code, error.task_id) == (code, "task-1")


def test_a_message_that_only_repeats_the_code_is_not_printed_twice() -> None:
    assert str(file_error("SERVER_ERROR", "SERVER_ERROR", "t")).count("SERVER_ERROR") == 1


def test_an_expired_result_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(ResultExpired("gone", "AccessDenied")))
    assert (str(error), error.code, error.retryable) == ("gone", "AccessDenied", False)
