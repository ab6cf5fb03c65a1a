"""Deepgram's reply: the best alternative of each channel, its words with times in seconds and, where voices were told
apart, a speaker. Several channels are several speakers, as when each has a microphone.

Source: Deepgram API reference, "Transcribe pre-recorded audio".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from captioner.errors import ReplyError
from captioner.foreign_transcripts.spoken_words import SpokenWord, milliseconds, objects, spaced, tag_of, to_transcript
from captioner.model import Transcript

__all__ = ["is_one", "read"]


def is_one(document: dict[str, Any]) -> bool:
    """Whether it has results by channel."""
    results = document.get("results")
    return isinstance(results, dict) and isinstance(results.get("channels"), list)


def read(document: dict[str, Any]) -> Transcript:
    """Read the transcript.

    Raises:
        ReplyError: It has a text and no words.
    """
    channels = objects(document["results"]["channels"])
    words = [word for number, each in enumerate(channels) for word in _words(each, number)]
    languages = [language for each in channels if (language := tag_of(each.get("detected_language")))]
    if not words and any(_best(each).get("transcript") for each in channels):
        raise ReplyError("is a reply of Deepgram without words; ask for the whole reply")
    metadata = document.get("metadata")
    length = milliseconds(metadata.get("duration")) if isinstance(metadata, dict) else None
    by_channel = len({word.channel for word in words}) > 1
    return to_transcript(words, languages[0] if languages else "", length or 0, by_channel=by_channel)


def _words(channel: Mapping[str, Any], number: int) -> Iterator[SpokenWord]:
    found = objects(_best(channel).get("words"))
    listed = [each for each in found if isinstance(each.get("punctuated_word") or each.get("word"), str)]
    texts = spaced([each.get("punctuated_word") or each["word"] for each in listed])
    for text, each in zip(texts, listed, strict=True):
        speaker, confidence = each.get("speaker"), each.get("confidence")
        yield SpokenWord(
            text,
            milliseconds(each.get("start")),
            milliseconds(each.get("end")),
            str(speaker) if isinstance(speaker, int) else None,
            float(confidence) if isinstance(confidence, int | float) and 0 <= confidence <= 1 else None,
            number,
        )


def _best(channel: Mapping[str, Any]) -> Mapping[str, Any]:
    """The alternative that the service ranks first."""
    alternatives = channel.get("alternatives")
    first = alternatives[0] if isinstance(alternatives, list) and alternatives else {}
    return first if isinstance(first, dict) else {}
