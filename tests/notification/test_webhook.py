"""A webhook: what is sent, how it is signed, and what counts as taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from captioner.errors import ConfigError
from captioner.notification import Message, Webhook, signature

pytestmark = pytest.mark.integration

MESSAGE = Message("evt_1", "file.done", json.dumps({"id": "evt_1", "text": "talk.mp4: 会议"}, ensure_ascii=False))


class Receiver(ThreadingHTTPServer):
    """An HTTP server that remembers what it was sent, and answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks/t0ken?key=s3cret"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_message_arrives_whole_and_is_signed(receiver: Receiver) -> None:
    webhook = Webhook.from_settings(receiver.url, "a shared secret")
    assert webhook.deliver(MESSAGE) == ""
    webhook.close()
    ((path, headers, body),) = receiver.requests
    assert path == "/hooks/t0ken?key=s3cret"
    assert body == MESSAGE.body.encode()
    assert headers["webhook-id"] == "evt_1"
    signed = f"evt_1.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(b"a shared secret", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert headers["content-type"].startswith("application/json")


def test_the_signature_is_that_of_the_published_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_without_a_secret_there_is_no_signature(receiver: Receiver) -> None:
    assert Webhook.from_settings(receiver.url, "").deliver(MESSAGE) == ""
    assert "webhook-signature" not in receiver.requests[0][1]


@pytest.mark.parametrize("status", [302, 307, 400, 401, 404, 410, 429, 500, 503])
def test_any_other_answer_is_not_taken(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    assert f"HTTP {status}" in Webhook.from_settings(receiver.url, "").deliver(MESSAGE)
    assert len(receiver.requests) == 1  # redirects are not followed


def test_a_webhook_that_does_not_answer_is_told_in_words() -> None:
    with Receiver() as closed:
        url = closed.url
    reason = Webhook.from_settings(url, "").deliver(MESSAGE)
    assert "no connection" in reason
    assert "t0ken" not in reason


def test_the_address_stays_a_secret(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    webhook = Webhook.from_settings(receiver.url, "whsec_c2VjcmV0")
    webhook.deliver(MESSAGE)
    shown = caplog.text + repr(webhook) + webhook.label + webhook.key + repr(vars(webhook))
    assert "t0ken" not in shown
    assert "s3cret" not in shown
    assert webhook.label == "webhook at 127.0.0.1"
    assert webhook.key == Webhook.from_settings(receiver.url, "").key


@pytest.mark.parametrize(
    "address", ["", "hooks.example.com/x", "ftp://h/x", "https://", "https://h:99999/", "http://h/a b"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="not an http"):
        Webhook.from_settings(address, "")


def test_a_secret_that_is_no_base64_is_refused() -> None:
    with pytest.raises(ConfigError, match="whsec_"):
        Webhook.from_settings("https://h/x", "whsec_!!")
