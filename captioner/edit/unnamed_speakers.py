"""Speakers that captions tell apart by dashes alone, kept apart while the text is laid out again.

A dash says that another person speaks and not which. For the layout the speakers of such lines are two, in turns;
after it they have no names again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle

from captioner.formats.text.styled_runs import slice_spans
from captioner.model import Cue, Line, Transcript

__all__ = ["UNNAMED", "forget_unnamed", "tell_apart", "without_unnamed"]

#: Ids of the two.
UNNAMED = ("dash 1", "dash 2")
# A second dash inside a line, as in “- Yes. - No.”: behind the end of a sentence, before a letter.
_INNER_DASH = re.compile(r"(?<=[.!?…。！？\"'”’»])\s+(?=(?:[-–—―‐‑−－]|>>>?)\s?[^\W\d_])")
_DASH = re.compile(r"(?:[-–—―‐‑−－]|>>>?)\s?")


def tell_apart(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Captions whose dashed lines have speakers, another one at every dash; lines that know theirs keep it."""
    turns = cycle(UNNAMED)
    return tuple(_told_apart(cue, turns) if any(line.dash for line in cue.lines) else cue for cue in cues)


def _told_apart(cue: Cue, turns: Iterator[str]) -> Cue:
    lines: list[Line] = []
    speaker: str | None = None
    for line in (part for each in cue.lines for part in _parted(each)):
        if line.dash:
            speaker = next(turns)
        lines.append(replace(line, speaker=speaker) if line.speaker is None and cue.speaker is None else line)
    speakers = {line.speaker for line in lines}
    return replace(cue, lines=tuple(lines), speaker=speakers.pop() if len(speakers) == 1 else None)


def _parted(line: Line) -> Iterator[Line]:
    """A line, or a line for each speaker where two speak in it."""
    places = [match.end() for match in _INNER_DASH.finditer(line.text)] if line.dash and not line.words else []
    if not places:
        yield line
        return
    for start, end in zip([0, *places], [*places, len(line.text)], strict=True):
        dash = _DASH.match(line.text, start) if start else None
        begin = dash.end() if dash else start
        text = line.text[begin:end].rstrip()
        yield replace(
            line, text=text, dash=dash[0] if dash else line.dash, spans=slice_spans(line.spans, begin, len(text))
        )


def forget_unnamed(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Captions without the ids of `UNNAMED`."""
    return tuple(
        replace(
            cue,
            speaker=None if cue.speaker in UNNAMED else cue.speaker,
            lines=tuple(replace(line, speaker=None) if line.speaker in UNNAMED else line for line in cue.lines),
        )
        if any(line.speaker in UNNAMED for line in cue.lines)
        else cue
        for cue in cues
    )


def without_unnamed(transcript: Transcript) -> Transcript:
    """A transcript without the ids of `UNNAMED`."""
    sentences = tuple(
        replace(sentence, speaker=None) if sentence.speaker in UNNAMED else sentence
        for sentence in transcript.sentences
    )
    return replace(transcript, sentences=sentences)
