"""Confidence of words: kept on every way into a transcript, and into and out of our own files."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from captioner import archive
from captioner.edit.retime import retime_words
from captioner.edit.time_map import Linear
from captioner.model import Transcript, Word
from captioner.recognition.funasr.result import LARGE_BYTES, to_transcript
from tests.recognition.doubles import sample


def token(text: str, start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"text": text, "punctuation": "", "begin_time": start, "end_time": end, **more}


def reply(*sentences: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    rows = [
        {"text": text, "begin_time": tokens[0]["begin_time"], "end_time": tokens[-1]["end_time"], "words": tokens}
        for text, tokens in sentences
    ]
    return {"properties": {}, "transcripts": [{"channel_id": 0, "sentences": rows}]}


def confidences(body: dict[str, Any] | bytes) -> list[float | None]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [word.confidence for sentence in to_transcript(raw).sentences for word in sentence.words]


def test_the_words_of_an_observed_reply_have_it() -> None:
    transcript = to_transcript(sample("transcript-en-diarized-qwenaudio-observed"))
    assert {word.confidence for sentence in transcript.sentences for word in sentence.words} == {1.0}


def test_models_without_it_say_nothing() -> None:
    transcript = to_transcript(sample("transcript-zh-funasr-male2"))
    assert {word.confidence for sentence in transcript.sentences for word in sentence.words} == {None}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.25, 0.25),
        (0, 0.0),
        (1, 1.0),
        (None, None),
        (1.5, None),
        (-0.1, None),
        (True, None),
        ("0.5", None),
        ([], None),
    ],
)
def test_only_a_share_counts(value: object, expected: float | None) -> None:
    assert confidences(reply(("a b", [token("a", 0, 5, confidence=value), token(" b", 5, 9, confidence=0.5)]))) == [
        expected, 0.5,
    ]  # fmt: skip


def test_a_token_without_it_among_others() -> None:
    assert confidences(reply(("a b", [token("a", 0, 5), token(" b", 5, 9, confidence=0.5)]))) == [None, 0.5]
    assert confidences(reply(("a b", [token("a", 0, 5, confidence=0.5), token(" b", 5, 9)]))) == [0.5, None]


def test_damaged_tokens_keep_it() -> None:
    tokens = [token("a", 0, 50, confidence=0.25), token(" b", 20, 9, confidence=0.5)]  # ends before it starts
    assert confidences(reply(("a b", tokens))) == [0.25, 0.5]


def test_trimmed_and_realigned_words_keep_it() -> None:
    assert confidences(reply(("a b", [token(" a", 0, 5, confidence=0.25), token(" b ", 5, 9, confidence=0.5)]))) == [
        0.25, 0.5,
    ]  # fmt: skip
    assert confidences(reply(("a, b.", [token("a", 0, 5, confidence=0.25), token("b", 5, 9, confidence=0.5)]))) == [
        0.25, 0.5,
    ]  # fmt: skip


def test_a_large_reply_is_read_alike() -> None:
    row = ("a b", [token("a", 0, 5, confidence=0.25), token(" b", 5, 9, confidence=0.5)])
    body = reply(*[row] * (LARGE_BYTES // 200))
    raw = json.dumps(body).encode()
    assert len(raw) > LARGE_BYTES
    assert confidences(raw) == [0.25, 0.5] * (LARGE_BYTES // 200)


@pytest.mark.parametrize("copies", [1, 20_000])
def test_an_archive_keeps_it(copies: int) -> None:
    sentence = to_transcript(reply(("a b", [token("a", 0, 5, confidence=0.25), token(" b", 5, 9)]))).sentences[0]
    transcript = Transcript((sentence,) * copies)
    text = archive.dumps(archive.Archive(transcript=transcript))
    assert archive.loads(text).transcript.sentences[-1].words == sentence.words
    assert text.count('"confidence"') == copies


def test_an_impossible_confidence_in_an_archive_is_named() -> None:
    sentence = to_transcript(reply(("a", [token("a", 0, 5, confidence=0.25)]))).sentences[0]
    text = archive.dumps(archive.Archive(transcript=Transcript((sentence,))))
    with pytest.raises(archive.ReplyError, match="confidence is not between 0 and 1"):
        archive.loads(text.replace("0.25", "7"))


def test_moved_words_keep_it() -> None:
    word = Word("a", "", 0, 5, 0.25)
    assert retime_words([word], Linear(offset_ms=Fraction(10))) == (replace(word, start_ms=10, end_ms=15),)
