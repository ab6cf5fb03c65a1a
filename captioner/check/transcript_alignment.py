"""Aligns captions with the transcript, and finds the stretches of speech.

The one rule: only letters and digits are compared, in order, so that a rendering style is no difference.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from captioner.model import Cue, Sentence, Transcript

__all__ = [
    "PAUSE_MS",
    "Speech",
    "TranscriptMatch",
    "letters",
    "match_transcript",
    "speech_during",
    "speech_of",
    "spoken_text",
]

PAUSE_MS = 300  # a shorter silence is inside speech: the pause that layout too takes for one
# `[door slams]` anywhere; a whole line in round brackets, between asterisks (ARD, ORF, SRF, ZDF) or with notes alone.
_LABEL = re.compile(r"\[[^\]]*\]|^\s*[(（][^()（）]*[)）]\s*$|^\s*\*[^*]*\*\s*$", re.MULTILINE)
_AHEAD = 400  # letters a caption is looked for ahead of the one before: a lost sentence or two, not another scene


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of speech.

    Attributes:
        start_ms: First millisecond.
        end_ms: First millisecond after it.
    """

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class TranscriptMatch:
    """The part of the transcript that one caption shows.

    Attributes:
        start_ms: When its first word begins.
        end_ms: When its last word ends.
        speakers: Their ids, in order of appearance.
        skipped: Letters of the transcript between the caption before and this one that no caption has.
        breaks: Whether the caption begins inside a token of the transcript.
    """

    start_ms: int
    end_ms: int
    speakers: tuple[str, ...]
    skipped: str
    breaks: bool


@dataclass(frozen=True, slots=True)
class _AlignedToken:
    first: int
    start_ms: int
    end_ms: int
    speaker: str | None


def letters(text: str) -> str:
    """Letters, marks and digits only, composed and in one case."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join([character for character in folded if unicodedata.category(character)[0] in "LMN"])


def speech_of(transcript: Transcript) -> tuple[Speech, ...]:
    """Stretches of speech: words where there are any, else sentences, joined over short pauses."""
    merged: list[Speech] = []
    for start, end in sorted(_spans(transcript)):
        if merged and start - merged[-1].end_ms <= PAUSE_MS:
            merged[-1] = Speech(merged[-1].start_ms, max(merged[-1].end_ms, end))
        else:
            merged.append(Speech(start, end))
    return tuple(merged)


def speech_during(speech: Sequence[Speech], start_ms: int, end_ms: int) -> Sequence[Speech]:
    """The stretches that touch a span of time; `speech` is in order and does not overlap."""
    first = bisect_right(speech, start_ms, key=lambda each: each.end_ms)
    last = bisect_left(speech, end_ms, key=lambda each: each.start_ms)
    return speech[first:last]


def _spans(transcript: Transcript) -> list[tuple[int, int]]:
    return [
        (each.start_ms, each.end_ms)
        for sentence in transcript.sentences
        for each in (sentence.words or (sentence,))
        if each.end_ms > each.start_ms
    ]


def match_transcript(cues: Sequence[Cue], transcript: Transcript) -> tuple[TranscriptMatch | None, ...]:
    """Find each caption's letters in the transcript's: right after the ones before, in what was passed over (voices
    that overlap are captioned in another order than they are transcribed), or further ahead.

    Returns:
        For each caption where it stands, None when it has no letters or they are not there.
    """
    whole, tokens = _tokens(transcript)
    search = _TranscriptSearch(whole)
    places = [search.place(number, _wanted(cue, whole)) for number, cue in enumerate(cues)]
    firsts = [token.first for token in tokens]
    lost = search.lost()
    return tuple(
        _match(tokens, firsts, *place, lost.get(number, "")) if place else None for number, place in enumerate(places)
    )


def _wanted(cue: Cue, whole: str) -> str:
    """A caption's letters; without its sound labels where the transcript does not have them."""
    own = letters(cue.text)
    return own if own in whole else letters(spoken_text(cue.text))


def spoken_text(text: str) -> str:
    """A caption's text without sounds and speakers in brackets, between stars or notes."""
    return _LABEL.sub(" ", text)


class _TranscriptSearch:
    """Searches the letters of a transcript in order and records what it passed over, and at which caption."""

    def __init__(self, whole: str) -> None:
        self._whole = whole
        self._at = 0
        self._waiting = 0
        self._passed: list[tuple[int, int, int]] = []

    def place(self, number: int, wanted: str) -> tuple[int, int] | None:
        """First and one past the last letter of caption `number`."""
        if not wanted:
            return None
        at, limit = self._at, self._at + len(wanted) + self._waiting + _AHEAD
        place = self._whole.find(wanted, at, limit)
        if place != at and (found := self._among_passed(wanted)) is not None:
            return found, found + len(wanted)
        if place < 0:
            self._waiting += len(wanted)
            return None
        if place > at and not self._waiting:
            self._passed.append((at, place, number))
        self._at, self._waiting = place + len(wanted), 0
        return place, self._at

    def _among_passed(self, wanted: str) -> int | None:
        for index, (first, end, number) in enumerate(self._passed):
            if (place := self._whole.find(wanted, first, end)) >= 0:
                rest = [(first, place, number), (place + len(wanted), end, number)]
                self._passed[index : index + 1] = [part for part in rest if part[0] < part[1]]
                return place
        return None

    def lost(self) -> dict[int, str]:
        """Caption to the letters before it that no caption has."""
        lost: dict[int, str] = {}
        for first, end, number in self._passed:
            lost[number] = lost.get(number, "") + self._whole[first:end]
        return lost


def _tokens(transcript: Transcript) -> tuple[str, list[_AlignedToken]]:
    """All letters of the transcript, and where in them each token begins."""
    parts: list[str] = []
    tokens: list[_AlignedToken] = []
    length = 0
    for sentence in sorted(transcript.sentences, key=lambda each: each.start_ms):
        for text, start, end in _pieces(sentence):
            tokens.append(_AlignedToken(length, start, end, sentence.speaker))
            parts.append(text)
            length += len(text)
    return "".join(parts), tokens


def _pieces(sentence: Sentence) -> list[tuple[str, int, int]]:
    """The sentence's tokens; the whole sentence when they do not spell it."""
    spelled = [(letters(word.text), word.start_ms, word.end_ms) for word in sentence.words]
    spelled = [piece for piece in spelled if piece[0]]
    text = letters(sentence.text)
    if "".join(piece[0] for piece in spelled) != text:
        return [(text, sentence.start_ms, sentence.end_ms)] if text else []
    return spelled


def _match(
    tokens: Sequence[_AlignedToken], firsts: Sequence[int], place: int, end: int, skipped: str
) -> TranscriptMatch:
    first, last = bisect_right(firsts, place) - 1, bisect_right(firsts, end - 1) - 1
    inside = tokens[first : last + 1]
    speakers = tuple(dict.fromkeys(token.speaker for token in inside if token.speaker is not None))
    return TranscriptMatch(
        min(token.start_ms for token in inside),
        max(token.end_ms for token in inside),
        speakers,
        skipped,
        firsts[first] != place,
    )
