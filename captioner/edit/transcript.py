"""Turns captions back into a transcript, so that they can be laid out anew in another style.

A file of captions has no words with times: each word gets its share of its caption's time by its characters, which is
where a reader of the caption would have it. Captions that go on in the middle of a sentence are joined first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from captioner.formats.text.cue_text import join_sentences
from captioner.formats.text.estimated_words import estimated_words, shares
from captioner.model import Cue, Line, Sentence, Transcript, Word

__all__ = ["SENTENCE_END", "to_transcript"]

# Our own figure: half a second more than a breath. Speech that goes on after longer begins a caption of its own.
_PAUSE_MS = 1000
#: The end of a sentence: its mark, and what closes behind it.
SENTENCE_END = re.compile(r"[.!?…。！？؟।۔][\"'”’»)\]）」』]*$")


@dataclass(frozen=True, slots=True)
class _SpokenPart:
    """Speech of one speaker in one caption; `opens` when a dash marks a new speaker."""

    start_ms: int
    end_ms: int
    speaker: str | None
    text: str
    words: tuple[Word, ...]
    opens: bool


def to_transcript(cues: Sequence[Cue], language: str = "") -> Transcript:
    """Read captions as a transcript.

    Args:
        cues: In order of time. Words with times are kept where every line of a caption has them.
        language: BCP 47 tag, or "" to let the text tell.
    """
    groups: list[list[_SpokenPart]] = []
    for said in (each for cue in cues for each in _utterances(cue)):
        if groups and _continues(groups[-1][-1], said):
            groups[-1].append(said)
        else:
            groups.append([said])
    end_ms = max((cue.end_ms for cue in cues), default=0)
    return Transcript(tuple(map(_sentence, groups)), language, end_ms)


def _continues(before: _SpokenPart, after: _SpokenPart) -> bool:
    if after.opens or before.speaker != after.speaker or SENTENCE_END.search(before.text):
        return False
    return 0 <= after.start_ms - before.end_ms < _PAUSE_MS


def _sentence(group: Sequence[_SpokenPart]) -> Sentence:
    text = join_sentences(said.text for said in group)
    words = tuple(word for said in group for word in said.words)
    return Sentence(text, group[0].start_ms, group[-1].end_ms, words, group[0].speaker)


def _utterances(cue: Cue) -> Iterator[_SpokenPart]:
    """Each speaker's lines of a caption, with their share of its time."""
    timed = all(line.words for line in cue.lines)
    runs = [(run, text) for run in _runs(cue) if (text := join_sentences(line.text for line in run).strip())]
    spans = shares(cue.start_ms, cue.end_ms, [len(text) for _, text in runs])
    for (run, text), (start, end) in zip(runs, spans, strict=True):
        words = tuple(word for line in run for word in line.words) if timed else estimated_words(text, start, end)
        yield _SpokenPart(start, end, _speaker(run[0], cue), text, words, bool(run[0].dash))


def _runs(cue: Cue) -> list[list[Line]]:
    """Neighbouring lines of one speaker; a dash begins a new one."""
    runs: list[list[Line]] = []
    for line in cue.lines:
        if runs and _speaker(runs[-1][0], cue) == _speaker(line, cue) and not line.dash:
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _speaker(line: Line, cue: Cue) -> str | None:
    return cue.speaker if line.speaker is None else line.speaker
