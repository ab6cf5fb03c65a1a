"""A service and a store that mean harm: nothing of theirs may fill the memory, hang a run, or lead it elsewhere."""

from __future__ import annotations

import gzip
import itertools
import json
import logging
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from captioner.errors import AsrRejected, AsrUnavailable, CaptionerError, ReplyError, SubmissionInDoubt
from captioner.log_redaction import redact_queries
from captioner.model import SignedUrl
from captioner.recognition.funasr import bounded_read as bodies
from captioner.recognition.funasr.bounded_read import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_PARTS,
    BodyError,
    BodyTooLarge,
    parse_json_bounded,
    read_bounded,
)
from captioner.recognition.funasr.client import AsrClient
from captioner.recognition.funasr.download import fetch_result, is_private, resolve_host
from captioner.recognition.funasr.options import RecognitionOptions
from captioner.recognition.funasr.rate_limiters import RateLimits
from captioner.recognition.funasr.redaction import redact_signatures, sanitize_line
from captioner.recognition.funasr.result import to_transcript
from captioner.recognition.funasr.task_status import task_report
from captioner.settings import Secret
from tests.recognition.doubles import Script, client
from tests.security.doubles import PATIENCE_S, HostileServer, endless, head

pytestmark = pytest.mark.integration

KEY = "sk-hostile-0123456789abcdef"
MEGABYTE = 1 << 20
FILE = SignedUrl("https://b.example.com/a.flac?X-Amz-Signature=TOPSECRET")


@contextmanager
def service(talk: Callable[[bytes], Iterable[bytes]]) -> Iterator[tuple[AsrClient, HostileServer]]:
    """A client of a server that follows a talk."""
    with HostileServer(talk) as server, httpx.Client(timeout=PATIENCE_S, trust_env=False) as http:
        yield AsrClient(http, f"{server.url}/api/v1", Secret(KEY), limiter=RateLimits()), server


def bomb(packing: str, megabytes: int) -> bytes:
    """So many zeros, a few thousandths as large."""
    packer = zlib.compressobj(1, wbits={"gzip": 31, "deflate": 15}[packing])
    zeros = bytes(MEGABYTE)
    return b"".join([*(packer.compress(zeros) for _ in range(megabytes)), packer.flush()])


CALLS: list[Callable[[AsrClient], object]] = [
    lambda asr: asr.query("task-1"),
    lambda asr: asr.tasks("fun-asr"),
    lambda asr: asr.cancel("task-1"),
    lambda asr: asr.submit([FILE], RecognitionOptions()),
    lambda asr: asr.vocabulary_call("list", action="list_vocabulary"),
]


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("call", CALLS)
def test_an_answer_without_end_is_cut_off_after_a_few_megabytes(
    call: Callable[[AsrClient], object], status: int
) -> None:
    with service(lambda _: itertools.chain([head(status)], endless(b" " * 65536))) as (asr, server):
        with pytest.raises(CaptionerError) as caught:
            call(asr)
        assert server.sent < 64 * MEGABYTE
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_submission_whose_answer_is_not_taken_is_in_doubt_and_not_sent_again() -> None:
    with service(lambda _: itertools.chain([head()], endless(b"{" * 65536))) as (asr, server):
        with pytest.raises(SubmissionInDoubt, match="over"):
            asr.submit([FILE], RecognitionOptions())
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("packing", "given"),
    [("gzip", None), ("deflate", None), ("br", b"\x1b" * 100), ("gzip", b"no")],
    ids=["gzip bomb", "deflate bomb", "unknown packing", "not gzip"],
)
def test_a_packed_answer_does_not_burst(packing: str, given: bytes | None) -> None:
    packed = given or bomb(packing, 200)
    answer = [head(Content_Encoding=packing, Content_Length=str(len(packed))), packed]
    with service(lambda _: answer) as (asr, _):
        tracemalloc.start()
        try:
            with pytest.raises(AsrUnavailable):
                asr.query("task-1")
            assert tracemalloc.get_traced_memory()[1] < 40 * MEGABYTE
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("packing", ["gzip", "deflate", "identity"])
def test_an_honest_packed_answer_is_read(packing: str) -> None:
    plain = json.dumps({"output": {"task_id": "a", "task_status": "RUNNING"}}).encode()
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}[packing](plain)
    with service(lambda _: [head(Content_Encoding=packing), packed]) as (asr, _):
        assert asr.query("a").status == "RUNNING"


def test_half_of_a_packed_answer_is_no_answer() -> None:
    packed = gzip.compress(json.dumps({"output": {"task_id": "a", "task_status": "RUNNING"}}).encode() + b" " * 9000)
    with service(lambda _: [head(Content_Encoding="gzip"), packed[:-4]]) as (asr, _), pytest.raises(AsrUnavailable):
        asr.query("a")


def test_a_body_that_drips_is_given_up_while_a_slow_honest_one_is_waited_for() -> None:
    def at(bytes_per_s: int) -> bytes:
        response = httpx.Response(200, stream=Pieces([b"x" * bytes_per_s] * 300))
        return read_bounded(response, MAX_BYTES, clock=itertools.count(0.0, 1.0).__next__)

    assert len(at(20_000)) == 300 * 20_000
    for bytes_per_s in (1, 100):
        with pytest.raises(BodyError, match="only"):
            at(bytes_per_s)


class Pieces(httpx.SyncByteStream):
    """A body in pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


def test_a_flood_of_headers_is_no_answer() -> None:
    flood = [b"HTTP/1.1 200 Fine\r\n", *(f"x-{n}: {'y' * 1000}\r\n".encode() for n in range(5000)), b"\r\n{}"]
    with service(lambda _: flood) as (asr, server):
        with pytest.raises(AsrUnavailable):
            asr.query("task-1")
        assert server.sent < MEGABYTE * 5


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "image/png", "", "application/json"])
def test_what_kind_an_answer_claims_to_be_decides_nothing(kind: str) -> None:
    page = [head(Content_Type=kind), b"<html>log in</html>"]
    with service(lambda _: page) as (asr, _), pytest.raises(AsrUnavailable, match="no JSON object"):
        asr.query("task-1")
    with service(lambda _: [head(Content_Type=kind), b'{"output": {"task_status": "RUNNING"}}']) as (asr, _):
        assert asr.query("task-1").status == "RUNNING"


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "a b", "x" * 200, "", "\u202egnp", "a\nb", "é"])
def test_an_id_that_cannot_be_one_is_in_doubt_and_never_part_of_a_path(name: str) -> None:
    body = json.dumps({"output": {"task_id": name, "task_status": "PENDING"}}).encode()
    with service(lambda _: [head(), body]) as (asr, _), pytest.raises(SubmissionInDoubt):
        asr.submit([FILE], RecognitionOptions())


# --- Result links -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 403, 404, 500, 400])
def test_a_result_or_a_refusal_without_end_is_cut_off(status: int) -> None:
    with service(lambda _: itertools.chain([head(status)], endless(b"{" * 65536))) as (asr, server):
        http = httpx.Client(timeout=PATIENCE_S, trust_env=False)
        with http, pytest.raises(CaptionerError) as caught:
            fetch_result(http, SignedUrl(f"{server.url}/r?Signature=x"), allow_private=True, limit_bytes=MEGABYTE)
        assert server.sent < 16 * MEGABYTE
        assert not isinstance(caught.value, AsrUnavailable) or status == 500
        assert asr.host == "127.0.0.1"


def test_a_packed_result_does_not_burst() -> None:
    packed = bomb("gzip", 300)
    with service(lambda _: [head(Content_Encoding="gzip"), packed]) as (_, server):
        tracemalloc.start()
        http = httpx.Client(timeout=PATIENCE_S, trust_env=False)
        try:
            with http, pytest.raises(AsrRejected, match="over"):
                fetch_result(http, SignedUrl(f"{server.url}/r"), allow_private=True, limit_bytes=8 * MEGABYTE)
            assert tracemalloc.get_traced_memory()[1] < 40 * MEGABYTE
        finally:
            tracemalloc.stop()


NOT_PUBLIC = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.7.7", "169.254.169.254", "100.100.100.200", "0.0.0.0", "::1",
    "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "ff02::1",
    "255.255.255.255", "240.0.0.1", "::", "no address at all",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_into_a_private_network_is_not_asked(address: str) -> None:
    names = {"service.example.com": ["8.8.8.8"], "public.example.com": ["8.8.8.8"]}
    names["inside.example.com"] = ["8.8.8.8", address]
    direct = Script()
    with pytest.raises(AsrRejected, match="no result can lie"):
        client(direct, resolve=names.__getitem__).fetch(SignedUrl("https://inside.example.com/x"))
    assert direct.requests == []
    moved = Script(httpx.Response(302, headers={"location": "https://inside.example.com/x"}))
    with pytest.raises(AsrRejected, match="no result can lie"):
        client(moved, resolve=names.__getitem__).fetch(SignedUrl("https://public.example.com/x"))
    assert len(moved.requests) == 1


@pytest.mark.parametrize(
    "found", [[], ["8.8.8.8"], ["8.8.8.8", "2001:4860:4860::8888"], ["198.18.0.7"], ["64:ff9b::808:808"]]
)
def test_public_names_proxies_and_tunnels_are_not_in_the_way(found: list[str]) -> None:
    script = Script(httpx.Response(200, content=b"{}"))
    assert client(script, resolve=lambda _: found).fetch(SignedUrl("https://r.example.com/x")) == b"{}"


def test_a_service_in_a_private_network_may_have_its_results_there() -> None:
    script = Script(httpx.Response(200, content=b"{}"))
    within = client(script, "https://service.corp.example/api/v1", resolve=lambda _: ["10.1.2.3"])
    assert within.fetch(SignedUrl("https://store.corp.example/x")) == b"{}"
    with pytest.raises(AsrRejected, match="no result can lie"):
        within.fetch(SignedUrl("http://store.corp.example/x"))


def test_a_service_on_this_machine_may_name_this_machine_and_nobody_is_asked_for_names() -> None:
    def never(host: str) -> list[str]:
        raise AssertionError(host)

    script = Script(httpx.Response(200, content=b"{}"))
    here = client(script, "http://127.0.0.1:8080/api/v1", resolve=never)
    assert here.fetch(SignedUrl("http://127.0.0.1:8080/r"))


def test_names_are_looked_up_the_systems_way() -> None:
    assert "127.0.0.1" in resolve_host("localhost") or "::1" in resolve_host("localhost")
    assert resolve_host("no-such-host.invalid") == ()
    assert resolve_host("a" * 300 + ".example.com") == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1", "https://[x]/", "https://a:99999/", "https://a:b/", "https://１２７.0.0.1/", "https://ⓛocalhost/",
        "https://r.example.com\\@127.0.0.1/", "https:///x", "https://0177.0.0.1/", "https://127.1/", "gopher://a/",
        "data:application/json,{}", "https://127.0.0.1.:443/", "javascript:alert(1)", "//127.0.0.1/x", "https://[::ffff:127.0.0.1]/",
    ],
)  # fmt: skip
def test_a_link_that_is_none_is_one_line_and_no_crash(url: str) -> None:
    with pytest.raises(AsrRejected) as caught:
        client(Script()).fetch(SignedUrl(url))
    assert "\n" not in str(caught.value)
    if url == "https:///x":
        return  # as a redirect it leads back to the host itself
    moved = Script(httpx.Response(302, headers={"location": url.encode()}))
    with pytest.raises((AsrRejected, AsrUnavailable)) as caught:
        client(moved).fetch(SignedUrl("https://r.example.com/x"))
    assert "\n" not in str(caught.value)
    assert len(moved.requests) == 1


def test_a_redirect_never_carries_the_key_or_the_signature_on() -> None:
    script = Script(
        httpx.Response(307, headers={"location": "https://other.example.com/y", "set-cookie": "a=b"}),
        httpx.Response(200, content=b"{}"),
    )
    client(script).fetch(SignedUrl("https://r.example.com/x?Signature=TOPSECRET"))
    told = f"{script.requests[1].url} {script.requests[1].headers.raw!r}"
    assert "TOPSECRET" not in told
    assert "authorization" not in told.lower()
    assert "referer" not in told.lower()


@pytest.mark.parametrize(
    "host", ["::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:c0a8:1::", "224.0.0.9", "0x7f000001", "017700000001"]
)
def test_private_addresses_are_known_in_every_notation(host: str) -> None:
    assert is_private(host)


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"sentences":'])
@pytest.mark.parametrize("depth", [MAX_DEPTH * 2, 1000, 200_000])
def test_deep_nesting_is_refused_before_it_is_followed(opening: bytes, depth: int) -> None:
    closing = bytes({91: 93, 123: 125}[byte] for byte in reversed(opening) if byte in b"[{")
    for raw in (opening * depth + b"1" + closing * depth, opening * depth):
        with pytest.raises(BodyError, match="deep"):
            parse_json_bounded(raw)
        with pytest.raises(ReplyError, match="deep"):
            to_transcript(raw)


@pytest.mark.parametrize("text", ["[[[[" * 100, '\\"[{[{' * 100, "\\\\", '"]}"' * 100, "{" * 999])
def test_brackets_in_text_are_no_nesting(text: str) -> None:
    raw = json.dumps({"transcripts": [{"sentences": [{"text": text, "begin_time": 0, "end_time": 9}]}]}).encode()
    assert parse_json_bounded(raw) == json.loads(raw)
    assert to_transcript(raw).sentences[0].text


def test_every_depth_that_is_allowed_is_read() -> None:
    for depth in range(1, MAX_DEPTH + 1):
        assert parse_json_bounded(b"[" * depth + b"]" * depth) is not None


def test_a_body_of_many_parts_or_bytes_is_refused_without_making_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BodyError, match="parts"):
        parse_json_bounded(b"[" + b"[]," * MAX_PARTS + b"[]]")
    monkeypatch.setattr(bodies, "MAX_BYTES", 1000)
    with pytest.raises(BodyTooLarge):
        parse_json_bounded(b" " * 1001)
    with pytest.raises(ReplyError, match="1000 bytes"):
        to_transcript(b"{" + b" " * 1000 + b"}")


@pytest.mark.parametrize("part", ["[]", "1", '""', "{}", '{"":1}'])
def test_the_quick_bound_of_parts_passes_no_body_that_counting_would_refuse(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_PARTS", 300)
    for count in range(100, 400):
        raw = f"[{','.join([part] * count)}]".encode()
        parts = raw.count(b",") + raw.count(b"[") + raw.count(b"{")
        if parts > 300:
            with pytest.raises(BodyError, match="parts"):
                bodies.check_bounds(raw)
        else:
            bodies.check_bounds(raw)


@pytest.mark.parametrize(
    "value", ["1e999", "-1e999", "NaN", "1" * 5000, "1e308", "-1e308", "true", '"5"', "[[]]", "null", "9" * 40]
)
def test_absurd_numbers_are_no_times(value: str) -> None:
    times = f'"begin_time": {value}, "end_time": {value}'
    sentence = f'{{"text": "a b", {times}, "speaker_id": {value}, "words": [{{"text": "a b", {times}}}]}}'
    raw = f'{{"transcripts": [{{"channel_id": {value}, "sentences": [{sentence}]}}]}}'
    if len(value) == 5000:
        with pytest.raises(ReplyError, match="without end"):
            to_transcript(raw)
        return
    assert all(0 <= s.start_ms <= s.end_ms < 10**9 for s in to_transcript(raw).sentences)


def test_a_status_full_of_nonsense_is_a_status() -> None:
    noise = "\x1b]0;owned\x07\u202e" + "x" * 100_000
    file = {"file_url": noise, "code": noise, "message": noise, "transcription_url": 5}
    told = {"task_id": noise, "task_status": noise, "message": noise, "code": noise, "results": [noise, file]}
    report = task_report({"output": told, "usage": {"duration": 10**30}})
    assert report.billed_s is None
    assert not report.is_finished
    assert max(map(len, (report.status, report.code, report.message, report.results[0].message))) <= 300


# --- What is told of it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("user 1234567890123456 has no rights", "1234567890123456"),
        ("arn:aws:iam::123456789012:user/x may not", "123456789012"),
        ("key AKIAIOSFODNN7EXAMPLE is unknown", "AKIAIOSFODNN7EXAMPLE"),
        ("LTAI5tExampleExample is disabled", "LTAI5tExampleExample"),
        ("see https://x.example.com/?u=https%3A%2F%2Fb%2Fk%3FSignature%3Dabc123", "abc123"),
        ("see HTTPS://b/k?Expires=1&security-token=abc123&x=1", "abc123"),
    ],
)
def test_messages_name_no_account_and_no_signature(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in sanitize_line(text)


def test_ordinary_numbers_stay_in_messages() -> None:
    text = "file 12 of 34567890 took 12345678901 ms, task 0f0f0f0f-1111-2222-3333-123456789012"
    assert sanitize_line(text) == text


def test_a_signed_link_inside_another_one_is_masked_in_what_is_kept() -> None:
    raw = b'{"file_url": "https://p/?to=https%3A%2F%2Fb%2Fk%3FX-Amz-Credential%3DAKIA%252F1%26X-Amz-Signature%3Dbeef&n=1"}'
    clean = redact_signatures(raw)
    assert b"beef" not in clean
    assert b"AKIA" not in clean
    assert json.loads(clean)["file_url"].endswith("&n=1")


def test_the_log_of_the_http_library_shows_no_query(caplog: pytest.LogCaptureFixture) -> None:
    redact_queries("httpx")
    with caplog.at_level(logging.INFO, logger="httpx"):
        script = Script(httpx.Response(200, content=b"{}"))
        client(script).fetch(SignedUrl("https://r.example.com/x?Signature=TOPSECRET"))
    assert "r.example.com" in caplog.text
    assert "TOPSECRET" not in caplog.text
