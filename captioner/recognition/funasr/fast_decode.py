"""Decodes large replies of the usual shape with msgspec, sentence by sentence.

A module of its own because importing msgspec takes 10 ms, as long as decoding twenty minutes of speech: small replies
do without it. Data of another shape is left to the lenient reader in `result`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec

__all__ = ["DAMAGED", "Columns", "decode_parts", "decode_sentence", "decode_value"]

DAMAGED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Raised for data that is not JSON, or not of the expected shape."""

Columns = tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...], tuple[str, ...], tuple[object, ...]]
"""Begin times, end times, texts, punctuation and confidence of a sentence's tokens; the last is empty where there is
none."""

decode_value = msgspec.json.decode


class _Token(msgspec.Struct, gc=False):
    begin_time: int
    end_time: int
    text: str
    punctuation: str
    confidence: Any = None


class _Sentence(msgspec.Struct):
    begin_time: int
    end_time: int
    text: str
    words: list[_Token]
    speaker_id: Any = None


_Parts = dict[str, msgspec.Raw]
_reply = msgspec.json.Decoder(_Parts)
_entries = msgspec.json.Decoder(list[_Parts])
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_sentence = msgspec.json.Decoder(_Sentence)
_columns = attrgetter("begin_time", "end_time", "text", "punctuation", "confidence")


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
    fields = {
        "begin_time": sentence.begin_time,
        "end_time": sentence.end_time,
        "text": sentence.text,
        "speaker_id": sentence.speaker_id,
    }
    if not sentence.words:
        return fields, None
    starts, ends, texts, marks, sure = zip(*map(_columns, sentence.words), strict=True)
    return fields, (starts, ends, texts, marks, () if sure.count(None) == len(sure) else sure)
