"""The faster decoder of large replies gives what the ordinary one gives, of damaged replies too."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captioner.errors import ReplyError
from captioner.recognition.funasr import fast_decode, result
from captioner.recognition.funasr.result import to_transcript
from tests.recognition.doubles import REPLIES

SAMPLES = sorted(REPLIES.glob("*.json"))


@pytest.fixture
def always_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "LARGE_BYTES", 0)


def outcome(raw: bytes, **options: Any) -> Any:
    """The transcript, or what is said instead of one."""
    try:
        return to_transcript(raw, **options)
    except ReplyError as error:
        return str(error)


def both(raw: bytes, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[Any, Any]:
    ordinary = outcome(raw, **options)
    with monkeypatch.context() as patch:
        patch.setattr(result, "LARGE_BYTES", 0)
        return ordinary, outcome(raw, **options)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("offset_ms", [0, 250, -700])
def test_every_sample_is_read_alike(path: Any, offset_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ordinary, fast = both(path.read_bytes(), monkeypatch, offset_ms=offset_ms)
    assert fast == ordinary


def test_a_whole_reply_goes_through_the_faster_decoder(always_fast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("the ordinary decoder was used")

    monkeypatch.setattr(result, "parse_json_bounded", refuse)
    assert len(to_transcript(_talk(3)).sentences) == 3


def _talk(count: int) -> bytes:
    words = [{"text": f" w{n}", "punctuation": ".", "begin_time": n * 10, "end_time": n * 10 + 9} for n in range(4)]
    rows = [{"begin_time": 0, "end_time": 39, "text": " w0. w1. w2. w3.", "words": words} for _ in range(count)]
    return json.dumps({"transcripts": [{"channel_id": 0, "sentences": rows}]}).encode()


TIMES = st.integers(-5, 4000) | st.none() | st.booleans() | st.floats() | st.just(1 << 70) | st.just("7")
TOKENS = st.lists(
    st.fixed_dictionaries(
        {"text": st.text("ab 你。\ud800", max_size=3) | st.none(), "begin_time": TIMES, "end_time": TIMES},
        optional={"punctuation": st.sampled_from(["", "。", ", "]) | st.just(3), "extra": st.just([1])},
    )
    | st.none(),
    max_size=4,
)
SENTENCES = st.fixed_dictionaries(
    {"begin_time": TIMES, "end_time": TIMES},
    optional={
        "text": st.text("ab 你。", max_size=6) | st.none(),
        "words": TOKENS | st.none() | st.just({}),
        "speaker_id": st.integers() | st.text(max_size=2) | st.none() | st.just([]),
    },
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={"channel_id": st.integers(-1, 3) | st.none(), "sentences": st.lists(SENTENCES | st.just(1), max_size=3)},
)
REPLIES_OF_ANY_KIND = st.fixed_dictionaries(
    {},
    optional={
        "transcripts": st.lists(ENTRIES | st.none(), max_size=2) | ENTRIES | st.none(),
        "properties": st.just({"original_duration_in_milliseconds": 5000}) | st.just(3),
        "sentences": st.lists(SENTENCES, max_size=1),
        "code": st.just("SUCCESS_WITH_NO_VALID_FRAGMENT"),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(REPLIES_OF_ANY_KIND, st.integers(-100, 100))
def test_any_reply_is_read_alike(monkeypatch: pytest.MonkeyPatch, body: dict[str, Any], offset_ms: int) -> None:
    ordinary, fast = both(json.dumps(body).encode("utf-8", "surrogatepass"), monkeypatch, offset_ms=offset_ms)
    assert fast == ordinary


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 10**6))
def test_a_reply_with_any_byte_damaged_is_read_or_refused_alike(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    raw, chance = bytearray(_talk(2)), random.Random(seed)
    for _ in range(chance.randrange(1, 4)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    ordinary, fast = both(bytes(raw[: chance.choice([len(raw), chance.randrange(len(raw))])]), monkeypatch)
    assert fast == ordinary


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[",
        b"nul",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"transcripts": [' + b"[" * 100_000,
        b'{"a": 1e999}',
        b"\xff",
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_no_reply_is_refused_alike(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    ordinary, fast = both(raw, monkeypatch)
    assert fast == ordinary
    assert isinstance(fast, str)


def test_one_damaged_sentence_does_not_cost_the_others_their_speed(
    always_fast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.loads(_talk(3))
    body["transcripts"][0]["sentences"][1]["words"][0]["begin_time"] = None
    lenient: list[bytes] = []
    decode = fast_decode.decode_value

    def counted(raw: Any) -> Any:
        lenient.append(bytes(raw))
        return decode(raw)

    monkeypatch.setattr(fast_decode, "decode_value", counted)
    transcript = to_transcript(json.dumps(body).encode())
    assert [sentence.text for sentence in transcript.sentences] == ["w0. w1. w2. w3."] * 3
    assert len([raw for raw in lenient if b"words" in raw]) == 1


def test_too_many_parts_are_refused_before_they_are_decoded(always_fast: None) -> None:
    raw = b'{"transcripts": [' + b"{}," * 9_000_000 + b"{}]}"
    with pytest.raises(ReplyError, match="parts"):
        to_transcript(raw)
