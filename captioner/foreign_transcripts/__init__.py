"""Transcripts of other recognisers, to be laid out: JSON of Whisper and WhisperX, AssemblyAI, Deepgram, Amazon
Transcribe and YouTube (and YouTube's XML), each in the shape that its service publishes.

`kind_of(document)` finds whose it is by its fields. Another one is a module with `is_one(document)` and
`read(document)`, and a row in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from captioner.foreign_transcripts import amazon, assemblyai, deepgram, whisper_json, youtube
from captioner.model import Transcript

__all__ = ["KINDS", "Kind", "kind_of", "read_xml"]

read_xml = youtube.read_xml


class Kind(NamedTuple):
    """One shape of transcript.

    Attributes:
        name: Whose it is, for messages.
        is_one: Whether a decoded document is of the kind.
        read: The document as a transcript; raises `ReplyError` where it is damaged.
        has_word_times: Whether its words have times of their own; else each has its share of its line's time.
    """

    name: str
    is_one: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any]], Transcript]
    has_word_times: Callable[[dict[str, Any]], bool] = bool


#: Every kind, the one with the most particular fields first.
KINDS = (
    Kind("Amazon Transcribe", amazon.is_one, amazon.read),
    Kind("Deepgram", deepgram.is_one, deepgram.read),
    Kind("YouTube", youtube.is_one, youtube.read, youtube.has_word_times),
    Kind("AssemblyAI", assemblyai.is_one, assemblyai.read),
    Kind("Whisper", whisper_json.is_one, whisper_json.read, whisper_json.has_word_times),
)


def kind_of(document: dict[str, Any]) -> Kind | None:
    """The kind of a decoded document, None for others."""
    return next((kind for kind in KINDS if kind.is_one(document)), None)
