"""Decodes large replies of the usual shape with msgspec, sentence by sentence.

A module of its own because importing msgspec takes 10 ms, as long as decoding twenty minutes of speech: small replies
do without it. Data of another shape is left to the lenient reader in `result`.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

__all__ = ["DAMAGED", "Columns", "Tokens", "decode_parts", "decode_sentence", "decode_usual", "decode_value"]

DAMAGED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Raised for data that is not JSON, or not of the expected shape."""

Columns = tuple[Sequence[int], Sequence[int], Sequence[str], Sequence[str], Sequence[object]]
"""Begin times, end times, texts, punctuation and confidence of a sentence's tokens; the last is empty where there is
none."""

decode_value = msgspec.json.decode


class _Token(msgspec.Struct, gc=False):
    begin_time: int
    end_time: int
    text: str
    punctuation: str
    confidence: Any = None


class _Sentence(msgspec.Struct, gc=False):
    begin_time: int
    end_time: int
    text: str
    words: list[_Token]
    speaker_id: Any = None


class _Entry(msgspec.Struct, gc=False):
    sentences: list[_Sentence]
    channel_id: Any = None
    text: Any = None
    content_duration_in_milliseconds: Any = None


_BLOCK_SENTENCES = 32
_UTF8_BLOCK_BYTES = 1 << 16

_Parts = dict[str, msgspec.Raw]
_reply = msgspec.json.Decoder(_Parts)
_entries = msgspec.json.Decoder(list[_Parts])
_usual_entries = msgspec.json.Decoder(list[_Entry])
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_sentence = msgspec.json.Decoder(_Sentence)


class Tokens(NamedTuple):
    """The tokens of some sentences by columns.

    Attributes:
        fields: The fields of each sentence.
        bounds: For each sentence the number of its first token, and one after the last token of all.
        columns: The tokens.
    """

    fields: list[dict[str, Any]]
    bounds: list[int]
    columns: Columns


def decode_usual(raw: bytes) -> tuple[dict[str, Any], list[tuple[dict[str, Any], Iterator[Tokens]]]]:
    """Decode a reply of which every sentence has the usual shape, and each of its transcripts without its sentences.

    Sentences come in blocks that a processor's cache holds, which halves the time that the work on them takes.

    Raises:
        one of DAMAGED: Not JSON, or with any field of another type.
    """
    _check_utf8(raw)
    body = _reply.decode(raw)
    entries = _usual_entries.decode(body.pop("transcripts", b"null"))
    kept = ("channel_id", "text", "content_duration_in_milliseconds")
    found = [
        ({name: value for name in kept if (value := getattr(entry, name)) is not None}, _blocks(entry.sentences))
        for entry in entries
    ]
    return {key: decode_value(value) for key, value in body.items()}, found


def _check_utf8(raw: bytes) -> None:
    """Refuse bytes that are not UTF-8, which msgspec does not see in fields that it leaves out."""
    if not raw.isascii():
        decoder = getincrementaldecoder("utf-8")()
        for first in range(0, len(raw), _UTF8_BLOCK_BYTES):
            decoder.decode(raw[first : first + _UTF8_BLOCK_BYTES])
        decoder.decode(b"", final=True)


def _blocks(sentences: Sequence[_Sentence]) -> Iterator[Tokens]:
    for first in range(0, len(sentences), _BLOCK_SENTENCES):
        block = sentences[first : first + _BLOCK_SENTENCES]
        bounds = list(accumulate([len(sentence.words) for sentence in block], initial=0))
        columns = _columns([word for sentence in block for word in sentence.words])
        yield Tokens(list(map(_fields, block)), bounds, columns)


def _fields(sentence: _Sentence) -> dict[str, Any]:
    return {
        "begin_time": sentence.begin_time,
        "end_time": sentence.end_time,
        "text": sentence.text,
        "speaker_id": sentence.speaker_id,
    }


def _columns(tokens: Sequence[_Token]) -> Columns:
    starts, ends = [token.begin_time for token in tokens], [token.end_time for token in tokens]
    texts, marks = [token.text for token in tokens], [token.punctuation for token in tokens]
    sure: list[object] = [token.confidence for token in tokens]
    return starts, ends, texts, marks, () if sure.count(None) == len(sure) else sure


def decode_parts(raw: bytes) -> tuple[dict[str, Any], list[tuple[dict[str, Any], list[msgspec.Raw]]]]:
    """Decode a reply without its transcripts, and each transcript without its sentences; these stay encoded.

    Raises:
        one of DAMAGED: Not JSON, or without a list of transcripts that are objects with lists of sentences.
    """
    body = _reply.decode(raw)
    found = []
    for entry in _entries.decode(body.pop("transcripts", b"null")):
        sentences = _rows.decode(entry.pop("sentences", b"null"))
        found.append(({key: decode_value(value) for key, value in entry.items()}, sentences))
    return {key: decode_value(value) for key, value in body.items()}, found


def decode_sentence(raw: msgspec.Raw) -> tuple[dict[str, Any], Columns | None]:
    """Decode a sentence's fields, and its tokens by columns; None when there are no tokens.

    Raises:
        one of DAMAGED: A field is missing or of another type.
    """
    sentence = _sentence.decode(raw)
    return _fields(sentence), _columns(sentence.words) if sentence.words else None
