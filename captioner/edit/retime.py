"""Move captions in time, with the words inside them and the transcript they came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from captioner.edit.time_map import Clock, Linear
from captioner.model import Cue, Issue, Line, Transcript, Word

__all__ = ["Edited", "retimed", "retimed_transcript", "shift"]


@dataclass(frozen=True, slots=True)
class Edited:
    """Captions after a job.

    Attributes:
        cues: In the order they came.
        issues: What was cut or left out; `cue_index` counts the captions that went in.
    """

    cues: tuple[Cue, ...]
    issues: tuple[Issue, ...] = ()


def shift(cues: Sequence[Cue], offset_ms: int) -> Edited:
    """Move every caption by the same time; a negative one moves them forward to the start."""
    return retimed(cues, Linear(offset_ms=Fraction(offset_ms)))


def retimed(cues: Sequence[Cue], clock: Clock) -> Edited:
    """Move every caption to where the clock says.

    A caption that would begin before zero begins at zero; one that would be over by then is left out. Captions that did
    not overlap still do not, unless one was shorter than three milliseconds.
    """
    kept: list[Cue] = []
    issues: list[Issue] = []
    for index, cue in enumerate(cues):
        start, end = clock.at(cue.start_ms), clock.at(cue.end_ms)
        if end <= 0:
            issues.append(_issue("left-out", index, end, f"caption {index + 1} would end before zero and is left out"))
            continue
        if start < 0:
            issues.append(
                _issue("cut-at-zero", index, start, f"caption {index + 1} would begin before zero: cut there")
            )
        start = max(start, 0)
        lines = tuple(_line(line, clock) for line in cue.lines)
        kept.append(Cue(start, max(end, start + 1), lines, cue.speaker, cue.placement))
    return Edited(tuple(kept), tuple(issues))


def retimed_transcript(transcript: Transcript, clock: Clock) -> Transcript:
    """The transcript with every time moved; what would lie before zero is put there, and no word is lost."""
    sentences = tuple(
        replace(
            sentence,
            start_ms=max(0, clock.at(sentence.start_ms)),
            end_ms=max(0, clock.at(sentence.end_ms)),
            words=words(sentence.words, clock),
        )
        for sentence in transcript.sentences
    )
    return replace(transcript, sentences=sentences, duration_ms=max(0, clock.at(transcript.duration_ms)))


def words(given: Iterable[Word], clock: Clock) -> tuple[Word, ...]:
    """Words at their new times."""
    return tuple(
        Word(word.text, word.punctuation, max(0, clock.at(word.start_ms)), max(0, clock.at(word.end_ms)))
        for word in given
    )


def _line(line: Line, clock: Clock) -> Line:
    return replace(line, words=words(line.words, clock)) if line.words else line


def _issue(rule: str, index: int, value: int, message: str) -> Issue:
    return Issue(rule, "warning", index, value, 0, message)
