from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.recognition.funasr.redaction import redact_signatures, sanitize_line
from tests.recognition.doubles import REPLIES

V4 = (
    "https://s3.example.com/b/k%20y.flac?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101&X-Amz-Date=1"
    "&X-Amz-Expires=21600&X-Amz-SignedHeaders=host&X-Amz-Signature=deadbeef"
)
OSS = "https://b.oss-cn-beijing.aliyuncs.com/k?Expires=1734424262&OSSAccessKeyId=LTAI5t&Signature=a%2Bb%3D"


@pytest.mark.parametrize(
    ("url", "secrets", "kept"),
    [
        (V4, ["AKIA", "deadbeef"], "https://s3.example.com/b/k%20y.flac?X-Amz-Algorithm=****"),
        (OSS, ["LTAI5t", "a%2Bb"], "https://b.oss-cn-beijing.aliyuncs.com/k?Expires=****"),
        (OSS.replace("Signature=", "security-token=TOK&Signature="), ["TOK"], "security-token=****"),
        ("https://b.example.com/k?x-oss-signature=abc&part=3", ["abc"], "part=3"),
        ("https://a.example.com/k?sv=1&sig=SECRET", ["SECRET"], "sv=1"),
        ("oss://bucket/k?Signature=abc", ["abc"], "oss://bucket/k?Signature=****"),
    ],
)
def test_signatures_go_and_the_rest_stays(url: str, secrets: list[str], kept: str) -> None:
    for written in (url, url.replace("/", "\\/"), url.replace("&", "\\u0026").replace("=", "\\u003d")):
        clean = redact_signatures(b'{"file_url": "' + written.encode() + b'"}').decode()
        assert not any(secret in clean for secret in secrets)
        assert kept.replace("=", "") in json.loads(clean)["file_url"].replace("=", "")


def test_a_reply_without_signed_urls_is_untouched() -> None:
    for path in REPLIES.glob("transcript-*.json"):
        raw = path.read_bytes()
        assert redact_signatures(raw) == raw


def test_a_url_spoken_in_the_text_keeps_its_ordinary_query() -> None:
    raw = b'{"text": "Go to https://example.com/?q=Signature&page=2 or ask Expires=never"}'
    assert redact_signatures(raw) == raw


VALUES = st.text("abcXYZ0189%+/=-_.~", min_size=1, max_size=20)


@given(st.text(max_size=20), VALUES, st.text(max_size=20))
def test_only_the_signature_of_a_json_reply_changes(before: str, value: str, after: str) -> None:
    def raw(signature: str) -> bytes:
        url = f"https://example.com/k?Signature={signature}&part=1"
        return json.dumps({"a": before, "file_url": url, "b": after}, ensure_ascii=False).encode("utf-8", "replace")

    assert redact_signatures(raw(value)) == raw("****")


@given(st.binary(max_size=60), VALUES)
def test_taking_signatures_out_twice_is_taking_them_out_once(junk: bytes, value: str) -> None:
    raw = junk + f" https://h/k?Expires={value}&Signature={value} ".encode() + junk
    once = redact_signatures(raw)
    assert redact_signatures(once) == once


@given(st.binary(max_size=200))
def test_bytes_without_a_signing_name_are_untouched(raw: bytes) -> None:
    assert redact_signatures(raw) == raw


def test_a_message_is_one_short_line_without_secrets() -> None:
    told = sanitize_line(f"bad\nkey sk-1234 for {OSS}" + " x" * 300, secrets=("sk-1234", ""))
    assert "\n" not in told
    assert "sk-1234" not in told
    assert "LTAI5t" not in told
    assert len(told) == 300
