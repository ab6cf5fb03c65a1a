"""The `parameters` of a submission, read when the task runs, as the service does.

Nothing here does I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from captioner.emulator.messages import FileFailure

__all__ = ["MODELS", "ONE_FILE", "RESERVED_WORDS", "Parameters"]

MODELS = {
    "fun-asr": "fun-asr",
    "fun-asr-2025-11-07": "fun-asr",
    "fun-asr-2025-08-25": "fun-asr",
    "fun-asr-mtl": "fun-asr",
    "fun-asr-mtl-2025-08-25": "fun-asr",
    "qwen-audio-3.1-asr-flash-filetrans": "qwen-audio",
    "qwen-audio-3.0-asr-flash-filetrans": "qwen-audio",
    "paraformer-v2": "paraformer",
    "paraformer-8k-v2": "paraformer",
    "paraformer-v1": "paraformer",
    "paraformer-8k-v1": "paraformer",
    "paraformer-mtl-v1": "paraformer",
}
"""Every model that answers in this shape, and its family. Source: Model Studio, "Audio file recognition", 2026-03,
and "Qwen-Audio-ASR-Filetrans HTTP API", 2026-10."""

ONE_FILE = frozenset({"qwen-audio"})
"""Families whose requests take one file. Source: Model Studio, "Qwen-Audio-ASR-Filetrans C# SDK", 2026-10."""

RESERVED_WORDS = ("reservedword", "保留敏感词")
"""Examples of the service's own, unpublished list of sensitive words, which is on unless it is switched off."""

_KNOWN = {
    "channel_id",
    "language_hints",
    "vocabulary_id",
    "diarization_enabled",
    "speaker_count",
    "special_word_filter",
    "disfluency_removal_enabled",
    "timestamp_alignment_enabled",
    "speech_noise_threshold",
    "audio_event_detection_enabled",
    "vocabulary",
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of a task.

    Attributes:
        family: "fun-asr", "qwen-audio" or "paraformer".
        channels: Channels to recognise, in the order asked for, each once.
        diarization: Whether speakers are distinguished.
        alignment: Whether Paraformer's times are the real ones.
        drop_fillers: Whether "uh" and the like are removed (Paraformer).
        masked: Words replaced by `*`.
        removed: Words removed.
        language: First language hint, or "".
    """

    family: str
    channels: tuple[int, ...] = (0,)
    diarization: bool = False
    alignment: bool = False
    drop_fillers: bool = False
    masked: tuple[str, ...] = RESERVED_WORDS
    removed: tuple[str, ...] = ()
    language: str = ""

    @classmethod
    def read(cls, model: str, raw: Mapping[str, Any]) -> Parameters:
        """Read the parameters; those that the model does not take have no effect.

        Raises:
            FileFailure: An unknown name, or a value of the wrong kind; the whole task fails.
        """
        if unknown := sorted(raw.keys() - _KNOWN):
            # The documented outcome of a misspelled parameter is this obscure failure, and no error at submission.
            raise FileFailure("SERVER_ERROR", f"invalid backend response, status_name missing ({', '.join(unknown)})")
        _check_speaker_count(raw)
        family = MODELS.get(model, "fun-asr")  # models on this machine answer in the shape of Fun-ASR
        masked, removed = _filters(raw.get("special_word_filter"))
        return cls(
            family=family,
            channels=_channels(raw.get("channel_id", [0])),
            diarization=_flag(raw, "diarization_enabled"),
            alignment=_flag(raw, "timestamp_alignment_enabled"),
            drop_fillers=_flag(raw, "disfluency_removal_enabled") and family == "paraformer",
            masked=masked,
            removed=removed,
            language=_language(raw.get("language_hints")),
        )


def _invalid(name: str, wanted: str) -> FileFailure:
    return FileFailure("InvalidParameter", f"{name} must be {wanted}.")


def _flag(raw: Mapping[str, Any], name: str) -> bool:
    value = raw.get(name, False)
    if not isinstance(value, bool):
        raise _invalid(name, "true or false")
    return value


def _language(hints: object) -> str:
    return hints[0] if isinstance(hints, list) and hints and isinstance(hints[0], str) else ""


def _channels(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not value or not all(type(c) is int and c >= 0 for c in value):
        raise _invalid("channel_id", "an array of channel numbers")
    return tuple(dict.fromkeys(value))


def _check_speaker_count(raw: Mapping[str, Any]) -> None:
    count = raw.get("speaker_count")
    if count is not None and not (type(count) is int and 2 <= count <= 100):
        raise _invalid("speaker_count", "a number from 2 to 100")


def _filters(value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Masked and removed words; the parameter is a string that holds JSON, never the object itself."""
    if value is None:
        return RESERVED_WORDS, ()
    if not isinstance(value, str):
        raise _invalid("special_word_filter", "a string holding JSON")
    try:
        parts = json.loads(value)
        masked = _words(parts.get("filter_with_signed"))
        removed = _words(parts.get("filter_with_empty"))
        reserved = RESERVED_WORDS if parts.get("system_reserved_filter", True) else ()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _invalid("special_word_filter", "a string holding JSON with lists of words") from error
    return masked + reserved, removed


def _words(part: Any) -> tuple[str, ...]:
    words = tuple(part["word_list"]) if part is not None else ()
    if not all(isinstance(word, str) for word in words):
        raise TypeError("a word is no string")
    return tuple(word for word in words if word)
