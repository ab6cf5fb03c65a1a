"""A file that cannot be had, or cannot be used, fails with the service's own code."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner.emulator import Emulator, ServiceLimits
from tests.emulator.conftest import QUICK
from tests.emulator.doubles import Caller, Page, WebServer, calling

pytestmark = pytest.mark.integration

FAILURES = {
    "forbidden, as an expired link": (Page(status=403), "FILE_403_FORBIDDEN"),
    "not authorised": (Page(status=401), "FILE_403_FORBIDDEN"),
    "not there": (Page(status=404), "FILE_404_NOT_FOUND"),
    "forbidden, as rclone says it": (
        Page(b"<Error><Code>AccessDenied</Code></Error>", status=400),
        "FILE_403_FORBIDDEN",
    ),
    "refused for another reason": (
        Page(b"<Error><Code>InvalidArgument</Code></Error>", status=400),
        "FILE_DOWNLOAD_FAILED",
    ),
    "teapot": (Page(status=418), "FILE_DOWNLOAD_FAILED"),
    "the origin is broken": (Page(status=503), "FILE_SERVER_ERROR"),
    "shorter than announced": (Page(b"RIFF", length=100), "CONTENT_LENGTH_CHECK_FAILED"),
    "of no announced length": (Page(b"RIFF", length=-1), "CONTENT_LENGTH_CHECK_FAILED"),
    "a web page": (Page(b"<html></html>"), "UNSUPPORTED_FORMAT"),
    "empty": (Page(b""), "UNSUPPORTED_FORMAT"),
}


@pytest.mark.parametrize(("page", "code"), FAILURES.values(), ids=FAILURES)
def test_what_the_origin_does_decides_the_code(page: Page, code: str, caller: Caller, web: WebServer) -> None:
    assert caller.failure(web.offer("/file.wav", page)) == code


URLS = {
    "http://127.0.0.1:9/a.wav": "InvalidFile.DownloadFailed",
    "http://127.0.0.1:9/a b.wav": "InvalidFile.DownloadFailed",
    "http://127.0.0.1:9/ä.wav": "InvalidFile.DownloadFailed",
    "http://127.0.0.1:port/a.wav": "REQUEST_INVALID_FILE_URL_VALUE",
    "file-fe-1234": "SERVER_ERROR",
    "file:///etc/hostname": "DECODE_ERROR",
    "dashscope://a": "FILE_DOWNLOAD_FAILED",
    "ftp://127.0.0.1/a.wav": "REQUEST_INVALID_FILE_URL_VALUE",
}


@pytest.mark.parametrize(("url", "code"), URLS.items(), ids=URLS)
def test_what_cannot_be_fetched_fails_when_the_task_runs(url: str, code: str, caller: Caller) -> None:
    assert caller.failure(url) == code


def test_the_origin_is_asked_without_the_key_and_redirects_are_followed(caller: Caller, web: WebServer) -> None:
    url = web.offer("/moved.flac", Page(status=302, headers={"Location": f"{web.url}/talk.flac"}))
    assert caller.transcript(url)["file_url"] == url
    assert [path for path, _ in web.asked] == ["/moved.flac", "/talk.flac"]
    assert all("authorization" not in headers for _, headers in web.asked)


def test_the_query_of_a_signed_link_reaches_the_origin_as_it_is(caller: Caller, web: WebServer) -> None:
    caller.transcript(f"{web.url}/talk.flac?X-Amz-Signature=a%2Fb%3D&X=1+2")
    assert web.asked[0][0] == "/talk.flac?X-Amz-Signature=a%2Fb%3D&X=1+2"


@pytest.mark.parametrize(
    ("limits", "code"),
    [(ServiceLimits(file_bytes=1000), "FILE_TOO_LARGE"), (ServiceLimits(file_ms=3000), "AUDIO_DURATION_TOO_LONG")],
)
def test_what_is_too_much_is_refused(limits: ServiceLimits, code: str, transcripts: Path, web: WebServer) -> None:
    with calling(Emulator(transcripts=transcripts, timing=QUICK, limits=limits)) as caller:
        assert caller.failure(f"{web.url}/talk.flac") == code
