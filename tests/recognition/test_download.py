from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from captioner.errors import AsrRejected, AsrUnavailable, CaptionerError, ResultExpired
from captioner.model import SignedUrl
from captioner.recognition.funasr.download import fetch_result, is_private
from tests.recognition.doubles import Script, client, sample

LINK = sample("query-succeeded")["output"]["results"][0]["transcription_url"]
XML = "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
HERE = "http://127.0.0.1:8080/api/v1"


def test_the_link_is_fetched_verbatim_and_without_the_key() -> None:
    script = Script(httpx.Response(200, content=b'{"transcripts": []}'))
    assert client(script).fetch(SignedUrl(LINK)) == b'{"transcripts": []}'
    (request,) = script.requests
    assert str(request.url) == LINK
    assert request.url.raw_path.decode() == LINK.removeprefix("https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com")
    assert not [name for name in request.headers if name in ("authorization", "x-dashscope-async", "cookie")]


@pytest.mark.parametrize(
    "path", ["/a%3Ab%2Fc?x=%2B%3D&y=a+b", "/%e4%bd%a0?Signature=a%2fb%3D", "/a;b,c@d?e=f,g;h", "/x?&&=", "/x?a=b=c"]
)
def test_no_escape_of_the_link_is_changed(path: str) -> None:
    script = Script(httpx.Response(200, content=b"{}"))
    client(script).fetch(SignedUrl(f"https://r.example.com{path}"))
    assert script.requests[0].url.raw_path.decode() == path


def test_a_key_in_the_pool_s_defaults_does_not_leave_with_the_link() -> None:
    script = Script(httpx.Response(200, content=b"{}"))
    http = httpx.Client(transport=httpx.MockTransport(script), headers={"Authorization": "Bearer sk"}, auth=("u", "p"))
    fetch_result(http, SignedUrl("https://r.example.com/x"), resolve=lambda _: ())
    assert "authorization" not in script.requests[0].headers


@pytest.mark.parametrize(
    ("response", "error", "message"),
    [
        (httpx.Response(403, text=XML), ResultExpired, r"HTTP 403, AccessDenied"),
        (httpx.Response(404, text="<Error><Code>NoSuchKey</Code></Error>"), ResultExpired, "NoSuchKey"),
        (httpx.Response(410), ResultExpired, "24 h"),
        (httpx.Response(500), AsrUnavailable, "HTTP 500"),
        (httpx.Response(503, headers={"retry-after": "4"}), AsrUnavailable, "HTTP 503"),
        (httpx.Response(429), AsrUnavailable, "HTTP 429"),
        (httpx.Response(400, text="<Error><Code>BadAuth</Code></Error>"), AsrRejected, "BadAuth"),
        (httpx.Response(200, text="<html>login</html>"), AsrUnavailable, "no JSON object"),
        (httpx.Response(200, content=b""), AsrUnavailable, "0 bytes"),
        (httpx.ReadTimeout("slow"), AsrUnavailable, "did not arrive"),
        (httpx.ConnectError("refused"), AsrUnavailable, "did not arrive"),
        (
            httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
            AsrUnavailable,
            "not valid HTTP",
        ),
    ],
)
def test_what_goes_wrong_is_told_without_the_signature(
    response: httpx.Response | Exception, error: type[CaptionerError], message: str
) -> None:
    with pytest.raises(CaptionerError, match=message) as caught:
        client(Script(response)).fetch(SignedUrl(LINK))
    assert type(caught.value) is error
    assert "EXAMPLE_SIGNATURE" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://r.example.com/x",
        "ftp://r.example.com/x",
        "file:///etc/passwd",
        "https://",
        "",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://LOCALHOST./x",
        "https://api.localhost/x",
        "https://10.1.2.3/x",
        "https://192.168.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[fd00::1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://0/x",
    ],
)
def test_a_link_or_redirect_to_where_no_result_can_lie_is_not_followed(url: str) -> None:
    direct = Script()
    with pytest.raises(AsrRejected):
        client(direct).fetch(SignedUrl(url))
    assert direct.requests == []
    if url not in ("", "https://"):  # as a redirect, those lead back to the link itself
        redirected = Script(httpx.Response(302, headers={"location": url}))
        with pytest.raises(AsrRejected):
            client(redirected).fetch(SignedUrl(LINK))
        assert len(redirected.requests) == 1


def test_a_redirect_to_another_public_host_is_followed_without_the_key() -> None:
    script = Script(
        httpx.Response(302, headers={"location": "https://other.example.com/y%2F?s=1"}),
        httpx.Response(200, content=b"{}"),
    )
    assert client(script).fetch(SignedUrl(LINK)) == b"{}"
    assert str(script.requests[1].url) == "https://other.example.com/y%2F?s=1"
    assert "authorization" not in script.requests[1].headers


def test_redirects_in_a_circle_end() -> None:
    script = Script(*[httpx.Response(302, headers={"location": LINK}) for _ in range(9)])
    with pytest.raises(AsrRejected, match="redirects more than"):
        client(script).fetch(SignedUrl(LINK))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/r/1", "http://localhost:8080/r/1", "https://r.example.com/1"])
def test_a_service_on_this_machine_may_keep_its_results_here(url: str) -> None:
    script = Script(httpx.Response(200, content=b"\xef\xbb\xbf {}"))
    assert client(script, HERE).fetch(SignedUrl(url))


def test_a_service_on_this_machine_does_not_make_plain_http_elsewhere_right() -> None:
    with pytest.raises(AsrRejected):
        client(Script(), HERE).fetch(SignedUrl("http://r.example.com/1"))


def test_a_result_without_end_is_cut_off() -> None:
    class Endless(httpx.SyncByteStream):
        given = 0

        def __iter__(self) -> Iterator[bytes]:
            while True:
                self.given += 1
                yield b"{" * 1000

    body = Endless()
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=body)))
    with pytest.raises(AsrRejected, match="over 5000 bytes"):
        fetch_result(http, SignedUrl("https://r.example.com/x"), limit_bytes=5000, resolve=lambda _: ())
    assert body.given < 10


@pytest.mark.parametrize(
    ("host", "private"), [("8.8.8.8", False), ("example.com", False), ("100.64.0.1", True), ("::1", True)]
)
def test_private_addresses_are_known(host: str, private: bool) -> None:
    assert is_private(host) is private
