"""Decodes large archives with msgspec, sentence by sentence and cue by cue.

A module of its own because importing msgspec takes 10 ms, as long as decoding twenty minutes of captions: `archive`
imports it for large files only. A row that is not as the schema says is left as a plain object, for the reader in
`archive` to name what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, le
from sys import intern
from typing import Annotated, Any

import msgspec

from captioner.model import Cue, Line, Sentence, Word

__all__ = ["decode_rows"]

_MAX_MS = 1 << 53  # as in `archive`
_Whole = Annotated[int, msgspec.Meta(ge=-_MAX_MS, le=_MAX_MS)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_DAMAGED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Word(msgspec.Struct, gc=False):
    text: str
    start_ms: _Whole
    end_ms: _Whole
    punctuation: str = ""
    confidence: _Share | None = None


class _Sentence(msgspec.Struct):
    text: str
    start_ms: _Whole
    end_ms: _Whole
    words: list[_Word] = []
    speaker: str | None = None
    channel: _Whole = 0
    heard: Any = msgspec.UNSET


class _Line(msgspec.Struct):
    text: str
    words: list[_Word] = []
    speaker: str | None = None
    label: str = ""
    dash: str = ""
    spans: Any = msgspec.UNSET


class _Cue(msgspec.Struct):
    start_ms: _Whole
    end_ms: _Whole
    lines: list[_Line] = []
    speaker: str | None = None
    placement: Any = msgspec.UNSET
    pinned: Any = msgspec.UNSET


_value = msgspec.json.decode
_document = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_sentence = msgspec.json.Decoder(_Sentence)
_cue = msgspec.json.Decoder(_Cue)
_fields = attrgetter("text", "punctuation", "start_ms", "end_ms", "confidence")


def decode_rows(data: bytes | str) -> dict[str, Any] | None:
    """A document with its sentences and cues made, where they are as the schema says.

    Returns:
        The fields of the document; None when it is not JSON, or not of the usual shape.
    """
    try:
        document: dict[str, Any] = dict(_document.decode(data))
        for key, raw in document.items():
            if key == "sentences":
                document[key] = [_read_sentence(row) for row in _rows.decode(raw)]
            elif key == "cues":
                document[key] = [_read_cue(row) for row in _rows.decode(raw)]
            else:
                document[key] = _value(raw)
    except _DAMAGED:
        return None
    return document


def _read_sentence(row: msgspec.Raw) -> Any:
    try:
        fields = _sentence.decode(row)
    except msgspec.ValidationError:
        return _value(row)
    words = _words(fields.words)
    if words is None or fields.end_ms < fields.start_ms or fields.heard is not msgspec.UNSET:
        return _value(row)
    return Sentence(fields.text, fields.start_ms, fields.end_ms, words, fields.speaker, fields.channel)


def _read_cue(row: msgspec.Raw) -> Any:
    try:
        fields = _cue.decode(row)
    except msgspec.ValidationError:
        return _value(row)
    lines = [_read_line(line) for line in fields.lines]
    is_plain = fields.placement is msgspec.UNSET and fields.pinned is msgspec.UNSET
    if None in lines or not is_plain or fields.end_ms < fields.start_ms:
        return _value(row)
    return Cue(fields.start_ms, fields.end_ms, tuple(line for line in lines if line), fields.speaker)


def _read_line(fields: _Line) -> Line | None:
    """A line without styled spans; None for one with them, and for one with impossible times."""
    words = _words(fields.words)
    if words is None or fields.spans is not msgspec.UNSET:
        return None
    return Line(fields.text, words, fields.speaker, fields.label, fields.dash)


def _words(tokens: Sequence[_Word]) -> tuple[Word, ...] | None:
    """The words, None when one of them ends before it starts."""
    if not tokens:
        return ()
    texts, marks, starts, ends, sure = zip(*map(_fields, tokens), strict=True)
    if not all(map(le, starts, ends)):
        return None
    # Words repeat: each is kept once.
    return tuple(map(Word, map(intern, texts), map(intern, marks), starts, ends, sure))
