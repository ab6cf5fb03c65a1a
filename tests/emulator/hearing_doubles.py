"""A speech engine of a few lines: one word for every half second of sound."""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass, field

from captioner.emulator.hearing.audio import RATE
from captioner.emulator.hearing.weights import Weights
from captioner.emulator.hearing.whisper import HeardText, HeardWord
from tests.waiting import PATIENCE_S

HALF_S = RATE // 2


@dataclass
class LoudEngine:
    """Hears a word in each half second that is not quiet.

    Attributes:
        weights: Names the engine.
        lengths_ms: Length of every stretch it was given, in order.
        languages: Language it was given with each.
        blocks: When set, every call from then on waits for `goes_on`.
        goes_on: See `blocks`.
    """

    weights: Weights = field(default_factory=lambda: Weights("local-whisper-loud", "", english_only=False))
    lengths_ms: list[int] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    blocks: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)
    is_loaded: bool = False

    def load(self) -> None:
        self.is_loaded = True

    def recognise(self, samples: array[int], language: str) -> HeardText:
        self.lengths_ms.append(len(samples) * 1000 // RATE)
        self.languages.append(language)
        if self.blocks.is_set():
            self.goes_on.wait(PATIENCE_S)
        return HeardText(tuple(_words(samples)), language or "en", is_sure=True)


def _words(samples: array[int]) -> list[HeardWord]:
    words = []
    for number, at in enumerate(range(0, len(samples) - HALF_S + 1, HALF_S)):
        if max(map(abs, samples[at : at + HALF_S : 50])) > 500:
            mark = "." if number % 4 == 3 else ""
            words.append(HeardWord(f" word{number}{mark}", number * 500 + 50, number * 500 + 450, 0.9))
    return words
