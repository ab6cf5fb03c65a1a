"""AssemblyAI's transcript: words with times in milliseconds, and with a speaker where voices were told apart.

Source: AssemblyAI API reference, "Get transcript".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from captioner.errors import ReplyError
from captioner.foreign_transcripts.spoken_words import SpokenWord, milliseconds, objects, spaced, tag_of, to_transcript
from captioner.model import Transcript

__all__ = ["is_one", "read"]


def is_one(document: dict[str, Any]) -> bool:
    """Whether it has AssemblyAI's fields."""
    words = document.get("words")
    is_its_word = (
        isinstance(words, list) and words and isinstance(words[0], dict) and {"text", "start"} <= set(words[0])
    )
    own = {"audio_url", "language_code", "speech_model"}
    is_its_state = document.get("status") in {"queued", "processing", "error"} and "id" in document
    return "text" in document and bool(is_its_word or is_its_state or own & set(document))


def read(document: dict[str, Any]) -> Transcript:
    """Read the transcript.

    Raises:
        ReplyError: It is not completed, or has no words.
    """
    status = document.get("status", "completed")
    if status != "completed":
        raise ReplyError(f"is a transcript of AssemblyAI that is {status}, not completed; fetch it again when it is")
    listed = [each for each in objects(document.get("words")) if isinstance(each.get("text"), str)]
    if not listed and document.get("text"):
        raise ReplyError("is a transcript of AssemblyAI without words; fetch the whole transcript")
    texts = spaced([each["text"] for each in listed])
    words = [_word(text, each) for text, each in zip(texts, listed, strict=True)]
    model = document.get("speech_model")
    return to_transcript(
        words,
        tag_of(document.get("language_code")),
        milliseconds(document.get("audio_duration")) or 0,
        model=model if isinstance(model, str) else "",
    )


def _word(text: str, item: Mapping[str, Any]) -> SpokenWord:
    speaker, confidence = item.get("speaker"), item.get("confidence")
    return SpokenWord(
        text,
        _whole(item.get("start")),
        _whole(item.get("end")),
        speaker if isinstance(speaker, str) else None,
        float(confidence) if isinstance(confidence, int | float) and 0 <= confidence <= 1 else None,
    )


def _whole(value: Any) -> int | None:
    return (
        round(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**10 else None
    )
