"""Decodes large replies of the usual shape with msgspec, sentence by sentence.

A module of its own because importing msgspec takes 10 ms, as long as decoding twenty minutes of speech: small replies
do without it. Data of another shape is left to the lenient reader in `result`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

__all__ = ["DAMAGED", "Columns", "Tokens", "decode_block", "decode_parts", "decode_sentence", "decode_value"]

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


BLOCK_SENTENCES = 32
"""Sentences to decode at once: half the time of one by one, and little to do again where one has a fault."""

_Parts = dict[str, msgspec.Raw]
_reply = msgspec.json.Decoder(_Parts)
_entries = msgspec.json.Decoder(list[_Parts])
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_sentences = msgspec.json.Decoder(list[_Sentence])
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


def decode_block(rows: Sequence[msgspec.Raw]) -> Tokens:
    """Decode several sentences at once; up to `BLOCK_SENTENCES` are still in a processor's cache when they are used.

    Raises:
        one of DAMAGED: A field of a sentence is missing or of another type.
    """
    block = _sentences.decode(b"[%b]" % b",".join(rows))
    bounds = list(accumulate([len(sentence.words) for sentence in block], initial=0))
    return Tokens(list(map(_fields, block)), bounds, _columns([word for row in block for word in row.words]))


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
