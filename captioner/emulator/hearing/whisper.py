"""Recognises stretches of speech with faster-whisper (CTranslate2); the only module that imports it."""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from captioner.emulator.hearing.weights import Weights
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

__all__ = ["HeardText", "HeardWord", "Whisper"]

_BEAM = 5
_SURE = 0.5  # probability from which a language detected in one stretch is kept for the rest of the file
_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word as the model writes it: with the space before it and the punctuation behind it.

    Attributes:
        text: The text.
        start_ms: Begin, from the start of the stretch.
        end_ms: End.
        probability: 0 to 1.
    """

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class HeardText:
    """Result of a stretch: its words, its language, and whether the model is sure of that language."""

    words: tuple[HeardWord, ...]
    language: str
    is_sure: bool


class Whisper:
    """A Whisper model, loaded at the first use; one stretch is recognised at a time.

    Args:
        weights: Weights to load.
        threads: Threads to compute with; 0 for as many as the library takes (four at most).
    """

    def __init__(self, weights: Weights, threads: int = 0) -> None:
        self.weights = weights
        self._threads = threads
        self._model: WhisperModel | None = None
        self._lock = threading.Lock()

    def load(self) -> None:
        """Load the model now, so that a mistake is told before anything is sent.

        Raises:
            ConfigError: faster-whisper is missing, or the weights cannot be loaded.
        """
        with self._lock:
            self._loaded()

    def recognise(self, samples: array[int], language: str) -> HeardText:
        """Recognise a stretch.

        Args:
            samples: 16-bit samples at 16 kHz.
            language: Language subtag, or "" to detect it.

        Raises:
            ConfigError: As `load`.
        """
        import numpy

        audio = numpy.frombuffer(samples, dtype=numpy.int16).astype(numpy.float32) / _FULL_SCALE
        with self._lock:
            segments, info = self._loaded().transcribe(
                audio,
                language=language or None,
                beam_size=_BEAM,
                word_timestamps=True,
                vad_filter=True,  # without it the base model skipped a clause
                condition_on_previous_text=False,  # a mistake in one window does not repeat itself in the next
            )
            words = tuple(_word(word) for segment in segments for word in segment.words or ())
        return HeardText(words, info.language, bool(words) and info.language_probability >= _SURE)

    def _loaded(self) -> WhisperModel:
        if self._model is None:
            self._model = _load(self.weights, self._threads)
        return self._model


def _load(weights: Weights, threads: int) -> WhisperModel:
    try:
        import onnxruntime  # runs the voice detection
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise ConfigError(
            "faster-whisper is missing, which recognises speech on this machine; pip install 'captioner[local]'"
        ) from error
    # From 1.32 on it reports its use to its maker, also on Linux; nothing may leave this machine.
    onnxruntime.disable_telemetry_events()
    try:
        return WhisperModel(weights.source, device="cpu", compute_type="int8", cpu_threads=threads)
    except Exception as error:  # the library raises what its parts do, down to RuntimeError
        raise ConfigError(
            f"weights {weights.name}: {weights.source} cannot be loaded; name a folder with a Whisper model made for "
            "CTranslate2, or a name that faster-whisper can download"
        ) from error


def _word(word: Any) -> HeardWord:
    start_ms, end_ms = round(word.start * 1000), round(word.end * 1000)
    return HeardWord(word.word, start_ms, max(start_ms, end_ms), round(float(word.probability), 3))
