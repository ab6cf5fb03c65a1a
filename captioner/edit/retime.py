"""Moves captions in time, with the words inside them and the transcript they came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from captioner.edit.time_map import Linear, TimeMap
from captioner.model import Cue, Issue, Line, Transcript, Word

__all__ = ["EditResult", "retime", "retime_transcript", "shift"]


@dataclass(frozen=True, slots=True)
class EditResult:
    """Captions after an edit.

    Attributes:
        cues: In the order they came.
        issues: Captions that were cut or left out; `cue_index` counts the given captions.
    """

    cues: tuple[Cue, ...]
    issues: tuple[Issue, ...] = ()


def shift(cues: Sequence[Cue], offset_ms: int) -> EditResult:
    """Move every caption by the same time; a negative one moves them towards the start."""
    return retime(cues, Linear(offset_ms=Fraction(offset_ms)))


def retime(cues: Sequence[Cue], time_map: TimeMap) -> EditResult:
    """Move every caption to its corrected time.

    A caption that would begin before zero begins at zero; one that would be over by then is left out. Captions that did
    not overlap still do not, unless one was shorter than three milliseconds.
    """
    kept: list[Cue] = []
    issues: list[Issue] = []
    for index, cue in enumerate(cues):
        start, end = time_map.at(cue.start_ms), time_map.at(cue.end_ms)
        if end <= 0:
            issues.append(_issue("left-out", index, end, f"caption {index + 1} would end before zero and is left out"))
            continue
        if start < 0:
            issues.append(
                _issue("cut-at-zero", index, start, f"caption {index + 1} would begin before zero: cut there")
            )
        start = max(start, 0)
        lines = tuple(_line(line, time_map) for line in cue.lines)
        kept.append(Cue(start, max(end, start + 1), lines, cue.speaker, cue.placement))
    return EditResult(tuple(kept), tuple(issues))


def retime_transcript(transcript: Transcript, time_map: TimeMap) -> Transcript:
    """The transcript with every time moved; what would lie before zero is put there, and no word is lost."""
    sentences = tuple(
        replace(
            sentence,
            start_ms=max(0, time_map.at(sentence.start_ms)),
            end_ms=max(0, time_map.at(sentence.end_ms)),
            words=retime_words(sentence.words, time_map),
        )
        for sentence in transcript.sentences
    )
    return replace(transcript, sentences=sentences, duration_ms=max(0, time_map.at(transcript.duration_ms)))


def retime_words(given: Iterable[Word], time_map: TimeMap) -> tuple[Word, ...]:
    """Words at their new times."""
    return tuple(
        replace(word, start_ms=max(0, time_map.at(word.start_ms)), end_ms=max(0, time_map.at(word.end_ms)))
        for word in given
    )


def _line(line: Line, time_map: TimeMap) -> Line:
    return replace(line, words=retime_words(line.words, time_map)) if line.words else line


def _issue(rule: str, index: int, value: int, message: str) -> Issue:
    return Issue(rule, "warning", index, value, 0, message)
