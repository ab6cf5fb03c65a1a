"""Reading a link back, from servers that behave in every way a store may."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from captioner.errors import StorageRejected, StorageUnavailable
from captioner.model import SignedUrl
from captioner.storage.s3.verify import LinkReader

URL = SignedUrl("https://media.s3.example.com/captioner/talk.flac?X-Amz-Signature=s3cret")
PART = {"Content-Range": "bytes 0-1023/9999", "Content-Length": "1024"}


class ScriptedStore:
    """Answers in order, the last one for ever; remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def prove(store: ScriptedStore) -> list[float]:
    """Prove the link readable; the pauses that were made."""
    pauses: list[float] = []
    reader = LinkReader(httpx.Client(transport=httpx.MockTransport(store)), sleep=pauses.append)
    try:
        reader.verify_readable(URL)
    finally:
        reader.close()
    return pauses


def ok() -> httpx.Response:
    return httpx.Response(206, headers=PART, stream=httpx.ByteStream(b"x" * 1024))


def missing() -> httpx.Response:
    return httpx.Response(404, content=b"<Error><Code>NoSuchKey</Code></Error>")


def test_one_small_ranged_read_without_credentials_is_enough() -> None:
    store = ScriptedStore(ok())
    assert prove(store) == []
    (request,) = store.asked
    assert request.headers["range"] == "bytes=0-1023"
    assert "authorization" not in request.headers
    assert str(request.url) == URL.url


def test_a_store_that_ignores_ranges_is_readable_too() -> None:
    whole = httpx.Response(200, headers={"Content-Length": "5000"}, stream=httpx.ByteStream(b"x" * 5000))
    assert prove(ScriptedStore(whole)) == []


def test_a_new_object_that_shows_late_is_waited_for() -> None:
    assert prove(ScriptedStore(missing(), missing(), ok())) == [0.2, 0.5]


def test_an_object_that_never_shows_is_refused_after_a_few_tries() -> None:
    store = ScriptedStore(missing())
    with pytest.raises(StorageRejected, match="HTTP 404 NoSuchKey") as caught:
        prove(store)
    assert caught.value.code == "NoSuchKey"
    assert len(store.asked) == 5


@pytest.mark.parametrize(
    ("status", "body", "code", "hint"),
    [
        (403, b"<Error><Code>AccessDenied</Code></Error>", "AccessDenied", "clock"),
        (403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "SignatureDoesNotMatch", "public endpoint"),
        (400, b"<Error><Code>AuthorizationHeaderMalformed</Code></Error>", "AuthorizationHeaderMalformed", "region"),
        (301, b"<Error><Code>PermanentRedirect</Code></Error>", "PermanentRedirect", "region"),
        (403, b"go away", "", "endpoint"),
        (302, b"", "", "endpoint"),
        (416, b"", "", "endpoint"),
    ],
)
def test_a_refused_link_says_what_to_check(status: int, body: bytes, code: str, hint: str) -> None:
    with pytest.raises(StorageRejected, match=hint) as caught:
        prove(ScriptedStore(httpx.Response(status, content=body)))
    assert caught.value.code == code
    assert f"HTTP {status}" in str(caught.value)
    assert "s3cret" not in repr(caught.value)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_fault_of_the_store_is_worth_another_try(status: int) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        prove(ScriptedStore(httpx.Response(status, headers={"Retry-After": "3"})))
    assert caught.value.retry_after_s == 3


@pytest.mark.parametrize(
    ("error", "described"),
    [
        (httpx.ConnectError("s3cret"), "no connection"),
        (httpx.ReadTimeout("s3cret"), "no answer in time"),
        (httpx.RemoteProtocolError("s3cret"), "not valid HTTP"),
    ],
)
def test_no_answer_is_worth_another_try(error: Exception, described: str) -> None:
    with pytest.raises(StorageUnavailable, match=described) as caught:
        prove(ScriptedStore(error))
    assert "s3cret" not in repr(caught.value)


@pytest.mark.parametrize("make", [lambda: iter([b"x"]), lambda: b""], ids=["chunked", "empty"])
def test_an_answer_without_a_length_is_refused_as_the_service_would(make: Callable[[], bytes]) -> None:
    with pytest.raises(StorageRejected, match="without a length"):
        prove(ScriptedStore(httpx.Response(200, content=make())))


def read_given(*answers: httpx.Response) -> ScriptedStore:
    """Read a link that a user gave."""
    store = ScriptedStore(*answers)
    client = httpx.Client(transport=httpx.MockTransport(store))
    LinkReader(client, sleep=lambda s: None, is_given=True).verify_readable(URL)
    return store


def test_a_given_link_may_lead_elsewhere() -> None:
    store = read_given(httpx.Response(302, headers={"Location": "https://cdn.test/talk.mp4"}), ok())
    assert [request.url.host for request in store.asked][1] == "cdn.test"


def test_a_given_link_that_leads_in_circles_is_refused() -> None:
    with pytest.raises(StorageRejected, match="redirected without end"):
        read_given(httpx.Response(302, headers={"Location": URL.url}))


def test_advice_about_a_given_link_is_not_about_endpoints() -> None:
    with pytest.raises(StorageRejected, match=r"\(HTTP 404 NoSuchKey\); check the link, and whether it has expired$"):
        read_given(missing())


def test_a_link_signed_here_must_not_lead_elsewhere() -> None:
    with pytest.raises(StorageRejected, match="HTTP 302"):
        prove(ScriptedStore(httpx.Response(302, headers={"Location": "https://cdn.test/talk.mp4"})))
