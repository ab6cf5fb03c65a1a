"""From settings to what is asked of the service: the recognition options and the audio that is sent.

The command line and the Python API build both here, so that a result which one of them paid for is found by the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.config import Config
from captioner.media import AudioPolicy
from captioner.recognition.funasr.catalogue import find_model
from captioner.recognition.funasr.options import RecognitionOptions, WordFilter

__all__ = ["audio_policy", "recognition_options"]

_NARROW_BAND_HZ = 8000


def recognition_options(
    config: Config,
    *,
    speaker_count: int | None = None,
    channels: Sequence[int] = (),
    word_filter: WordFilter | None = None,
    remove_fillers: bool = False,
) -> RecognitionOptions:
    """Build the recognition options.

    Args:
        config: Model, language, diarization and vocabulary.
        speaker_count: As in `RecognitionOptions`, like the others.
        channels: Channels recognised separately.
        word_filter: Words to mask and to remove.
        remove_fillers: Leave out filler words.
    """
    return RecognitionOptions(
        model=config["model"],
        language_hints=tuple(hint.strip() for hint in config["language"].split(",") if hint.strip()),
        diarization=config["diarization"],
        speaker_count=speaker_count,
        channels=tuple(channels),
        vocabulary_id=config["vocabulary"],
        word_filter=word_filter,
        remove_fillers=remove_fillers,
    )


def audio_policy(config: Config, recognition: RecognitionOptions, *, track: int | str = "") -> AudioPolicy:
    """Build the audio policy: at 8 kHz for the models that take nothing else."""
    narrow = find_model(recognition.model).sample_rate_hz == _NARROW_BAND_HZ
    more = {"sample_rate": _NARROW_BAND_HZ} if narrow else {}
    return AudioPolicy(audio=config["audio"], channels=recognition.channels, track=track, **more)
