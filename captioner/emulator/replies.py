"""Builds the transcript of a file as the service writes it, from its known transcript.

It has the properties of every published reply: a channel's content is the sum of its sentences' spans, texts are plain
concatenations, and a file is billed by whole seconds of content per channel.

Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from captioner.emulator.filters import filter_words
from captioner.emulator.fingerprint import Sound
from captioner.emulator.messages import FileFailure, Json
from captioner.emulator.parameters import Parameters
from captioner.emulator.tokens import ReplySentence, reply_sentences
from captioner.emulator.transcripts import KnownTranscript, RawReply, Token, Utterance

__all__ = ["billed_s", "build_reply", "with_unknown_fields"]


def build_reply(known: KnownTranscript | RawReply, sound: Sound, parameters: Parameters, url: str) -> Json:
    """The transcript JSON of one file.

    Args:
        known: The known transcript. A raw reply is served as it is, under the URL asked for.
        sound: Properties of the received audio; times follow its own first sound.
        parameters: Parameters of the task.
        url: The URL as submitted.

    Raises:
        FileFailure: None of the channels asked for exists, or the transcript is empty after filtering.
    """
    if isinstance(known, RawReply):
        return {**known.reply, "file_url": url}
    channels = [channel for channel in parameters.channels if channel < sound.channels]
    if not channels:
        raise FileFailure("NO_VALID_AUDIO_ERROR", "The file has none of the channels in channel_id.")
    entries = [_entry(channel, _utterances_in(known, sound, channel), sound, parameters) for channel in channels]
    if not any(entry["sentences"] for entry in entries):
        raise FileFailure("ASR_RESPONSE_HAVE_NO_WORDS")
    return {
        "file_url": url,
        **({"model": known.heard_by} if known.heard_by else {}),
        "properties": {
            "audio_format": sound.codec,
            "channels": list(range(sound.channels)),
            "original_sampling_rate": sound.sample_rate,
            "original_duration_in_milliseconds": sound.duration_ms,
        },
        "transcripts": entries,
    }


def billed_s(document: Json) -> int:
    """Seconds billed for a file: content of every channel, each to the nearest second.

    Source: Intelligent Speech Interaction, "Metering and billing", 2025.
    """
    return sum((entry["content_duration_in_milliseconds"] + 500) // 1000 for entry in document["transcripts"])


def with_unknown_fields(document: Json) -> Json:
    """The same transcript with undocumented fields on every level, and its own fields in another order."""
    entries = [
        {**entry, "sentences": [_with_unknown_fields(sentence) for sentence in entry["sentences"]], "x_emotion": None}
        for entry in document["transcripts"]
    ]
    return {"x_version": 9, **dict(reversed(document.items())), "transcripts": entries, "x_extra": {"a": [1, None]}}


def _with_unknown_fields(sentence: Json) -> Json:
    words = [{"confidence": 0.5, **dict(reversed(word.items())), "fixed": True} for word in sentence["words"]]
    return {"language": "xx", **dict(reversed(sentence.items())), "words": words, "sentence_end": True}


def _utterances_in(truth: KnownTranscript, sound: Sound, channel: int) -> list[Utterance]:
    """The utterances of one channel of the received audio, in its own time.

    Mixed audio has everything in its one channel, and speech that was never separated has everything in each.
    """
    parted = sound.channels > 1 and (len(truth.channels) > 1 or bool(truth.heard_by))
    shift = sound.onset_ms - truth.onset_ms
    return [
        replace(u, tokens=tuple(_shift(token, shift, sound.duration_ms) for token in u.tokens))
        for u in truth.utterances
        if not parted or u.channel == channel
    ]


def _shift(token: Token, shift: int, duration_ms: int) -> Token:
    start, end = (min(max(0, at + shift), duration_ms) for at in (token.start_ms, token.end_ms))
    return replace(token, start_ms=start, end_ms=end)


def _entry(channel: int, said: Sequence[Utterance], sound: Sound, parameters: Parameters) -> Json:
    cut = reply_sentences(said, parameters, sound.duration_ms)
    left = [
        kept
        for segment in cut
        if (kept := filter_words(segment, masked=parameters.masked, removed=parameters.removed)) is not None
    ]
    # Speakers are distinguished in mono only, and numbered as they appear.
    diarized = parameters.diarization and sound.channels == 1
    has_confidence = parameters.family == "qwen-audio"
    speakers = dict.fromkeys(segment.speaker for segment in left if segment.speaker is not None)
    labels = {speaker: i for i, speaker in enumerate(speakers)}
    return {
        "channel_id": channel,
        "content_duration_in_milliseconds": sum(segment.end_ms - segment.start_ms for segment in left),
        "text": "".join(segment.text for segment in left),
        "sentences": [
            _sentence(i, segment, _label(segment, labels) if diarized else None, has_confidence=has_confidence)
            for i, segment in enumerate(left, start=1)
        ],
    }


def _label(segment: ReplySentence, labels: Mapping[int, int]) -> int | None:
    return None if segment.speaker is None else labels[segment.speaker]


def _sentence(number: int, segment: ReplySentence, speaker: int | None, *, has_confidence: bool) -> Json:
    return {
        "begin_time": segment.start_ms,
        "end_time": segment.end_ms,
        "text": segment.text,
        "sentence_id": number,
        **({} if speaker is None else {"speaker_id": speaker}),
        "words": [
            {
                "begin_time": piece.start_ms,
                "end_time": piece.end_ms,
                "text": piece.text,
                "punctuation": piece.punctuation,
                **_confidence(piece.confidence, is_promised=has_confidence),
            }
            for piece in segment.tokens
        ],
    }


def _confidence(value: float | None, *, is_promised: bool) -> Json:
    """How sure a word is; a model that always says so says 1 of a word about which nothing is known."""
    if value is None:
        return {"confidence": 1.0} if is_promised else {}
    return {"confidence": value}
