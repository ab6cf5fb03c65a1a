"""A store, or somebody in its place, that means harm."""

from __future__ import annotations

import itertools
import json
import socket
from pathlib import Path

import httpx
import pytest

from captioner.cli.metrics import Health, serving
from captioner.errors import CaptionerError, ConfigError, StorageRejected, StorageUnavailable
from captioner.model import Prepared, SignedUrl
from captioner.settings import Secret, Settings
from captioner.storage import S3Store, TemporaryStore
from captioner.storage.s3.verify import LinkReader
from tests.security.doubles import HostileServer, endless, head
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

MEGABYTE = 1 << 20
POLICY = {
    "upload_host": "https://dashscope-file.oss-cn-beijing.aliyuncs.com",
    "upload_dir": "dashscope/x",
    "oss_access_key_id": "LTAI",
    "x_oss_object_acl": "private",
    "x_oss_forbid_overwrite": "true",
    "policy": "p",
    "signature": "s",
}


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    path = tmp_path / "a.flac"
    path.write_bytes(b"sound")
    return Prepared(path, 5, "0" * 64, 1000, 0, 1, temporary=False)


def temporary(base_url: str, http: httpx.Client) -> TemporaryStore:
    return TemporaryStore(base_url=base_url, key=Secret("sk-x"), model="fun-asr", client=http)


def test_a_policy_without_end_is_cut_off(prepared: Prepared) -> None:
    with (
        HostileServer(lambda _: itertools.chain([head()], endless(b"{" * 65536))) as server,
        httpx.Client(timeout=PATIENCE_S, trust_env=False) as http,
        pytest.raises(StorageUnavailable, match="without end"),
    ):
        temporary(server.url, http).put(prepared, "a.mp4")
    assert server.sent < 32 * MEGABYTE


@pytest.mark.parametrize("host", ["http://10.0.0.1", "file:///etc", "ftp://x", "", "https:", "javascript:x"])
def test_media_goes_nowhere_without_https(prepared: Prepared, host: str) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": {**POLICY, "upload_host": host}})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http, pytest.raises(StorageRejected):
        temporary("https://dashscope.aliyuncs.com/api/v1", http).put(prepared, "a.mp4")
    assert [request.url.host for request in asked] == ["dashscope.aliyuncs.com"]


def test_the_key_does_not_go_to_the_upload_host(prepared: Prepared) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": POLICY})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        temporary("https://dashscope.aliyuncs.com/api/v1", http).put(prepared, "a.mp4")
    assert asked[0].headers["authorization"] == "Bearer sk-x"
    assert "authorization" not in asked[1].headers
    assert b"sk-x" not in asked[1].content


@pytest.mark.parametrize("status", [200, 206, 302, 403, 500])
def test_a_link_that_answers_without_end_is_not_read_on(status: int) -> None:
    headers = {"Content_Length": str(10**12), "Location": "http://169.254.169.254/"}
    with (
        HostileServer(lambda _: itertools.chain([head(status, **headers)], endless(b"x" * 65536))) as server,
        httpx.Client(timeout=PATIENCE_S, trust_env=False) as http,
    ):
        try:
            LinkReader(http).verify_readable(SignedUrl(f"{server.url}/a?X-Amz-Signature=TOPSECRET"))
        except CaptionerError as error:
            refusal = error.message
        else:
            refusal = ""
        assert bool(refusal) is (status not in (200, 206))
        assert "TOPSECRET" not in refusal
        assert server.sent < 16 * MEGABYTE
        assert len(server.requests) == 1


def test_an_address_with_a_password_is_refused_before_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with pytest.raises(ConfigError, match="password") as caught:
        S3Store.from_settings(Settings(bucket="media", s3_endpoint="https://user:hunter2@store.example.com"))
    assert "hunter2" not in caught.value.message


def test_the_metrics_tell_no_names_and_answer_only_this_machine() -> None:
    with serving(0, Health(None, line=False)) as port:
        assert port is not None
        answer = httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False)
        assert json.loads(answer.text)["status"] == "ok"
        others = [address for *_, (address, *_) in _addresses() if not address.startswith("127.")]
        for address in others:
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((address, port), timeout=PATIENCE_S)


def _addresses() -> list[tuple[object, ...]]:
    """The addresses of this machine in IPv4, as its own name has them."""
    try:
        return list(socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET, socket.SOCK_STREAM))
    except OSError:
        return []
