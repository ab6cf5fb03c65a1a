"""Whisper's JSON, as its own command, OpenAI's API (`verbose_json`, `diarized_json`), faster-whisper, WhisperX,
whisper.cpp and the pipeline of Transformers (`chunks`) write it.

Segments have a text and times in seconds, and words where they were asked for: Whisper's with the space before them and
a `probability`; WhisperX's with a `score`, a `speaker`, no space, and no times where they are numbers. whisper.cpp
counts milliseconds in `offsets`.

Sources: openai/whisper `transcribe.py`; m-bain/whisperX `alignment.py`; ggerganov/whisper.cpp `cli.cpp`; OpenAI API
reference, "The transcription object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from captioner.errors import ReplyError
from captioner.foreign_transcripts.spoken_words import SpokenWord, milliseconds, objects, spaced, tag_of, to_transcript
from captioner.formats.text.estimated_words import estimated_words
from captioner.model import Transcript

__all__ = ["has_word_times", "is_one", "read"]


def is_one(document: dict[str, Any]) -> bool:
    """Whether it has Whisper's segments or chunks, whisper.cpp's, or the words of OpenAI's API beside a text."""
    if {"transcripts", "utterances", "results"} & set(document):
        return False
    named = any(isinstance(document.get(name), list) for name in ("segments", "chunks"))
    has_words = any("word" in each for each in objects(document.get("words")))
    return bool(_segments(document)) or (isinstance(document.get("text"), str) and (named or has_words))


def read(document: dict[str, Any]) -> Transcript:
    """Read the transcript.

    Raises:
        ReplyError: It has no times.
    """
    found = _segments(document)
    words = [word for segment in found for word in _words(segment)]
    top = document.get("words")
    if objects(top) and not any(objects(segment.get("words")) for segment in found):
        words = _api_words(objects(top), str(document.get("text") or "")) or words or _bare(objects(top))
    if not words and str(document.get("text") or "").strip():
        raise ReplyError("is a transcript of Whisper without times; export it with the times of segments or words")
    result = document.get("result")
    language = document.get("language") or (result.get("language") if isinstance(result, dict) else "")
    model = document.get("model")
    return to_transcript(
        words,
        tag_of(language),
        milliseconds(document.get("duration")) or 0,
        model=model if isinstance(model, str) else "",
    )


def has_word_times(document: dict[str, Any]) -> bool:
    """Whether words were asked for, and have times."""
    if isinstance(document.get("chunks"), list):
        return all(len(str(each["text"]).split()) < 2 for each in _segments(document))
    return bool(document.get("words")) or any(segment.get("words") for segment in _segments(document))


def _segments(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The segments, those of whisper.cpp in the shape of the others."""
    given = document.get("segments")
    if isinstance(given, list) and given:
        return [each for each in objects(given) if isinstance(each.get("text"), str)]
    if isinstance(chunks := document.get("chunks"), list):
        return [
            {"text": each["text"], "start": times[0], "end": times[1]}
            for each in objects(chunks)
            if isinstance(each.get("text"), str) and len(times := _pair(each.get("timestamp"))) == 2
        ]
    return [
        {"text": each["text"], "start": offsets["from"] / 1000, "end": offsets["to"] / 1000}
        for each in objects(document.get("transcription"))
        if isinstance(offsets := each.get("offsets"), dict)
        and all(isinstance(offsets.get(name), int) for name in ("from", "to"))
        and isinstance(each.get("text"), str)
    ]


def _words(segment: Mapping[str, Any]) -> Iterator[SpokenWord]:
    """Words of a segment; where it has none, each has its share of its time by its characters."""
    speaker = _speaker(segment)
    listed = [each for each in objects(segment.get("words")) if isinstance(_text(each), str)]
    if listed:
        texts = [_text(each) for each in listed]
        if not any(text[:1].isspace() for text in texts):
            texts = spaced(texts)
            texts[0] = f" {texts[0]}" if segment["text"][:1].isspace() or texts[0].isascii() else texts[0]
        for text, each in zip(texts, listed, strict=True):
            yield SpokenWord(
                text,
                milliseconds(each.get("start")),
                milliseconds(each.get("end")),
                _speaker(each) or speaker,
                _share(each.get("probability", each.get("score"))),
            )
        return
    start, end = milliseconds(segment.get("start")), milliseconds(segment.get("end"))
    text = str(segment["text"])
    lead = " " if text[:1].isspace() or text[:1].isascii() else ""
    if start is None:
        for number, each_word in enumerate(text.split()):
            yield SpokenWord((lead if number == 0 else " ") + each_word, None, None, speaker)
    elif text.strip():
        for number, word in enumerate(estimated_words(text.strip(), start, max(start, end or start))):
            yield SpokenWord((lead if number == 0 else "") + word.text, word.start_ms, word.end_ms, speaker)


def _pair(value: Any) -> list[Any]:
    """Begin and end of a chunk, the end None where the speech goes on."""
    return [value[0], value[0] if value[1] is None else value[1]] if isinstance(value, list) and len(value) == 2 else []


def _bare(listed: Sequence[Mapping[str, Any]]) -> list[SpokenWord]:
    """Words of the API that are not found in the text beside them."""
    texts = spaced([str(each["word"]) for each in listed if "word" in each])
    times = [(milliseconds(each.get("start")), milliseconds(each.get("end"))) for each in listed if "word" in each]
    return [SpokenWord(text, start, end) for text, (start, end) in zip(texts, times, strict=True)]


def _api_words(listed: Sequence[Mapping[str, Any]], text: str) -> list[SpokenWord]:
    """Words of the API, which stand beside the segments without punctuation: each gets that of the text behind it."""
    made: list[SpokenWord] = []
    at = 0
    for each in listed:
        word = each.get("word")
        found = text.find(word, at) if isinstance(word, str) and word else -1
        if found < 0:
            return []
        if made:
            before = made[-1]
            made[-1] = SpokenWord(before.text + text[at:found].rstrip(), before.start_ms, before.end_ms)
        lead = " " if text[at:found][-1:].isspace() else ""
        made.append(SpokenWord(lead + str(word), milliseconds(each.get("start")), milliseconds(each.get("end"))))
        at = found + len(str(word))
    last = made[-1]
    made[-1] = SpokenWord(last.text + text[at:].rstrip(), last.start_ms, last.end_ms)
    return made


def _text(word: Mapping[str, Any]) -> Any:
    return word.get("word", word.get("text"))


def _speaker(item: Mapping[str, Any]) -> str | None:
    speaker = item.get("speaker")
    return str(speaker) if isinstance(speaker, str | int) and not isinstance(speaker, bool) and speaker != "" else None


def _share(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else None
