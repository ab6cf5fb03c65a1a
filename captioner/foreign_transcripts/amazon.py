"""Amazon Transcribe's output: items that are words with times or punctuation behind them, and the speaker of each by
label or by channel.

Source: Amazon Transcribe developer guide, "Data input and output".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from captioner.errors import ReplyError
from captioner.foreign_transcripts.spoken_words import SpokenWord, milliseconds, objects, spaced, tag_of, to_transcript
from captioner.model import Transcript

__all__ = ["is_one", "read"]


def is_one(document: dict[str, Any]) -> bool:
    """Whether it has results by item."""
    results = document.get("results")
    return isinstance(results, dict) and isinstance(results.get("items"), list)


def read(document: dict[str, Any]) -> Transcript:
    """Read the transcript.

    Raises:
        ReplyError: The job is not completed, or no word has a time.
    """
    status = str(document.get("status") or "COMPLETED").upper()
    if status != "COMPLETED":
        raise ReplyError(f"is of a job of Amazon Transcribe that is {status.lower()}; fetch it when it is completed")
    results = document["results"]
    labels = results.get("channel_labels")
    channels = labels.get("channels") if isinstance(labels, dict) else None
    language = tag_of(results.get("language_code"))
    if isinstance(channels, list) and len(channels) > 1:
        words = [word for number, each in enumerate(channels) for word in _words(_items(each), {}, number)]
        return to_transcript(words, language, by_channel=True)
    return to_transcript(list(_words(_items(results), _speakers(results))), language)


def _items(holder: Any) -> list[dict[str, Any]]:
    return objects(holder.get("items")) if isinstance(holder, dict) else []


def _speakers(results: Mapping[str, Any]) -> dict[str, str]:
    """Label of the speaker by the begin of a word, as older outputs give it."""
    labels = results.get("speaker_labels")
    segments = labels.get("segments") if isinstance(labels, dict) else None
    return {
        str(item.get("start_time")): str(item["speaker_label"])
        for segment in (segments if isinstance(segments, list) else ())
        for item in _items(segment)
        if item.get("speaker_label")
    }


def _words(items: Sequence[Mapping[str, Any]], speakers: Mapping[str, str], channel: int = 0) -> Iterator[SpokenWord]:
    """Words with the punctuation behind them."""
    made: list[SpokenWord] = []
    for item in items:
        content, confidence = _content(item)
        if item.get("type") == "punctuation":
            if made:
                made[-1] = replace(made[-1], text=made[-1].text + content)
            continue
        label = item.get("speaker_label") or speakers.get(str(item.get("start_time")))
        times = (milliseconds(item.get("start_time")), milliseconds(item.get("end_time")))
        made.append(SpokenWord(content, *times, str(label) if label else None, confidence, channel))
    for text, word in zip(spaced([word.text for word in made]), made, strict=True):
        yield replace(word, text=text)


def _content(item: Mapping[str, Any]) -> tuple[str, float | None]:
    """Text and confidence of the alternative that the service ranks first."""
    alternatives = item.get("alternatives")
    first = alternatives[0] if isinstance(alternatives, list) and alternatives else {}
    if not isinstance(first, dict):
        return "", None
    try:
        confidence = float(first.get("confidence", "nan"))
    except (TypeError, ValueError):
        return str(first.get("content", "")), None
    return str(first.get("content", "")), confidence if 0 <= confidence <= 1 else None
