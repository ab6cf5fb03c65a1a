"""Recognises a whole file, stretch by stretch, and keeps each stretch so that nothing is computed twice."""

from __future__ import annotations

import fcntl
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from captioner.emulator.fingerprint import Sound
from captioner.emulator.hearing.audio import Stretch, stretches
from captioner.emulator.hearing.weights import Weights
from captioner.emulator.hearing.whisper import HeardText, HeardWord
from captioner.emulator.messages import FileFailure
from captioner.emulator.transcripts import KnownTranscript, Token, Utterance
from captioner.files import sha256_of_file, write_whole

__all__ = ["Engine", "Hearing", "Progress"]

Progress = Callable[[int, int], None]
"""Called with (ms recognised, ms in all) after each stretch, from a thread of the emulator."""

_LONGEST_SENTENCE = 60  # words; a sentence without any mark is cut there
_LONGEST_PAUSE_MS = 1500  # between the words of a sentence
_ENDS = re.compile(r"[.!?。！？…؟।][\"'”’»)\]」』]*$")
_TRAILING = re.compile(r"[^\w\s%°)\]}&#@*+=/\\$€£¥]+$")
_LOCK_TURN_S = 0.2


class Engine(Protocol):
    """Recognises speech; `whisper.Whisper` does, and tests have a tiny one."""

    weights: Weights

    def load(self) -> None:
        """Load what it needs."""
        ...

    def recognise(self, samples: Any, language: str) -> HeardText:
        """Recognise a stretch."""
        ...


class Hearing:
    """Recognises files for the emulator.

    Args:
        engine: Recognises a stretch.
        folder: Keeps what was recognised, so that a file goes on after a restart; several processes may share it.
        on_progress: Told about each stretch.
        stopping: Ends the work between two stretches.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        *,
        on_progress: Progress | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.engine = engine
        self._folder = folder
        self._on_progress = on_progress
        self._stopping = stopping or threading.Event()

    def stop(self) -> None:
        """End the work under way after the stretch it is at."""
        self._stopping.set()

    def hear(self, path: Path, sound: Sound, channels: Sequence[int], language: str) -> KnownTranscript:
        """Everything said in a file.

        Args:
            path: The file.
            sound: Properties of its audio.
            channels: Channels to recognise, from 0.
            language: Language subtag, or "" to detect it.

        Raises:
            FileFailure: No speech in it, audio that cannot be decoded, or the emulator is being stopped.
        """
        weights = self.engine.weights
        if weights.english_only:
            language = "en"
        folder = self._folder / f"{sha256_of_file(path)}-{weights.name}-{language or 'any'}"
        folder.mkdir(parents=True, exist_ok=True)
        utterances: list[Utterance] = []
        with self._alone(folder):
            for position, channel in enumerate(channels):
                taken = channel if sound.channels > 1 else None
                done_ms, total_ms = position * sound.duration_ms, len(channels) * sound.duration_ms
                for stretch in stretches(path, taken):
                    heard = self._stretch(folder, channel, stretch, language)
                    language = language or (heard.language if heard.is_sure else "")
                    utterances += _utterances(heard.words, channel, stretch.start_ms)
                    if self._on_progress is not None:
                        self._on_progress(done_ms + stretch.start_ms + stretch.duration_ms, total_ms)
        if not utterances:
            raise FileFailure("SUCCESS_WITH_NO_VALID_FRAGMENT")
        utterances.sort(key=lambda utterance: utterance.start_ms)
        return KnownTranscript(
            path.name, language or "en", sound.onset_ms, sound.fingerprint, tuple(utterances), heard_by=weights.name
        )

    def _stretch(self, folder: Path, channel: int, stretch: Stretch, language: str) -> HeardText:
        """A stretch, from disk if it was recognised before."""
        if self._stopping.is_set():
            raise FileFailure("SERVER_ERROR", "The service is shutting down.")
        kept = folder / f"{channel}-{stretch.start_ms:09d}.json"
        if kept.is_file():
            return _load(kept)
        heard = self.engine.recognise(stretch.samples, language)
        write_whole(kept, json.dumps(_as_json(heard), ensure_ascii=False).encode(), private=True)
        return heard

    @contextmanager
    def _alone(self, folder: Path) -> Iterator[None]:
        """One process recognises a file at a time; another waits and finds it done."""
        with (folder / "lock").open("w") as lock:
            while not _try_lock(lock.fileno()):
                if self._stopping.is_set():
                    raise FileFailure("SERVER_ERROR", "The service is shutting down.")
                time.sleep(_LOCK_TURN_S)
            yield


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _as_json(heard: HeardText) -> dict[str, Any]:
    words = [[word.text, word.start_ms, word.end_ms, word.probability] for word in heard.words]
    return {"language": heard.language, "sure": heard.is_sure, "words": words}


def _load(path: Path) -> HeardText:
    raw = json.loads(path.read_text("utf-8"))
    return HeardText(tuple(HeardWord(*word) for word in raw["words"]), raw["language"], raw["sure"])


# From words to sentences


def _utterances(words: Sequence[HeardWord], channel: int, start_ms: int) -> Iterator[Utterance]:
    """Sentences of the words of a stretch, each without a speaker."""
    sentence: list[HeardWord] = []
    for word in words:
        if sentence and word.start_ms - sentence[-1].end_ms > _LONGEST_PAUSE_MS:
            yield _utterance(sentence, channel, start_ms)
            sentence = []
        sentence.append(word)
        if _ENDS.search(word.text) or len(sentence) >= _LONGEST_SENTENCE:
            yield _utterance(sentence, channel, start_ms)
            sentence = []
    if sentence:
        yield _utterance(sentence, channel, start_ms)


def _utterance(words: Sequence[HeardWord], channel: int, start_ms: int) -> Utterance:
    return Utterance(None, channel, tuple(_token(word, start_ms) for word in words))


def _token(word: HeardWord, start_ms: int) -> Token:
    text = word.text.strip()
    mark = _TRAILING.search(text)
    end = mark.start() if mark and mark.start() else len(text)
    return Token(
        text[:end],
        text[end:],
        start_ms + word.start_ms,
        start_ms + word.end_ms,
        confidence=word.probability,
        joined=not word.text.startswith(" "),
    )
