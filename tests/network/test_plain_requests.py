"""Requests that go straight to the transport are those that httpx would send."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from captioner.network import Route
from captioner.network.certificates import Trust
from captioner.network.proxies import Proxies
from captioner.network.routed_client import RoutedClient, RoutedTransport

URL = "https://service.test/api/v1/tasks/x?y=z"
OPTIONS: dict[str, Any] = {"timeout": httpx.Timeout(60.0, connect=15.0), "headers": {"User-Agent": "captioner/1"}}


class Recorded(RoutedTransport):
    """Answers everything, and keeps what it was asked."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(Proxies({}), Trust().context(), Route(), httpx.Limits())
        self.status = status
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        headers = {"Set-Cookie": "a=b", "Location": "https://elsewhere.test/"}
        return httpx.Response(self.status if len(self.seen) == 1 else 200, headers=headers, content=b"said")


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("GET", {}),
        ("GET", {"params": {"page_no": "1"}, "headers": {"Accept": "application/json", "user-agent": "other"}}),
        ("GET", {"params": None, "json": None, "headers": None}),
        ("POST", {"json": {"a": ["ü"]}, "headers": {"Authorization": "Bearer k", "Accept-Encoding": "gzip"}}),
        ("POST", {"content": b"x", "headers": httpx.Headers({"X-A": "b"})}),
        ("POST", {"data": {"a": "b"}, "timeout": 3.0}),
        ("GET", {"cookies": {"c": "d"}}),
    ],
)
def test_a_request_is_made_as_httpx_makes_it(method: str, given: dict[str, Any]) -> None:
    ours = RoutedClient(Recorded(), **OPTIONS).build_request(method, URL, **given)
    theirs = httpx.Client(trust_env=False, **OPTIONS).build_request(method, URL, **given)
    assert sorted(ours.headers.raw) == sorted(theirs.headers.raw)
    assert (ours.method, ours.url, ours.read(), ours.extensions) == (
        theirs.method, theirs.url, theirs.read(), theirs.extensions,
    )  # fmt: skip


def test_an_answer_is_read_by_the_caller_and_leaves_no_cookie(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "httpx")
    transport = Recorded(302)
    with RoutedClient(transport, **OPTIONS) as client:
        with client.stream("GET", URL, follow_redirects=False) as answer:
            assert (answer.status_code, answer.read(), answer.is_redirect) == (302, b"said", True)
            assert answer.request is transport.seen[0]
        assert dict(client.cookies) == {}
    assert "HTTP Request: GET https://service.test" in caplog.text


def test_redirects_and_logins_go_the_way_of_httpx() -> None:
    transport = Recorded(302)
    with RoutedClient(transport, **OPTIONS) as client:
        assert client.get(URL, follow_redirects=True).status_code == 200
        with client.stream("GET", "https://user:word@service.test/x", follow_redirects=False):
            assert transport.seen[-1].headers["Authorization"].startswith("Basic ")
    assert [request.url.host for request in transport.seen] == ["service.test", "elsewhere.test", "service.test"]
