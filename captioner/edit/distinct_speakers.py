"""Speakers of several recordings in one file: those with a name are one person by name, the others are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from captioner.formats import Context
from captioner.formats.text.speaker_names import speaker_ids
from captioner.model import Cue, Line, Transcript

__all__ = ["distinct_speakers"]


def distinct_speakers(
    files: Sequence[tuple[tuple[Cue, ...], Context]],
) -> list[tuple[tuple[Cue, ...], Transcript | None]]:
    """Call the speakers of several files so that each is one person.

    Args:
        files: Captions of each, and its context with the names it knows.

    Returns:
        Captions and transcript of each file. A speaker with a name is called by it; the others are numbered on from
        file to file, as Speaker 1, Speaker 2.
    """
    made, count = [], 0
    for cues, context in files:
        names = {}
        for speaker in speaker_ids(cues, context):
            name = context.names.get(speaker, "")
            if not name and speaker.isdigit():
                count += 1
                name = f"Speaker {count}"
            names[speaker] = name or speaker
        transcript = context.transcript
        if transcript is not None:
            sentences = tuple(replace(each, speaker=_name(each.speaker, names)) for each in transcript.sentences)
            transcript = replace(transcript, sentences=sentences)
        made.append((tuple(_called(cue, names) for cue in cues), transcript))
    return made


def _called(cue: Cue, names: Mapping[str, str]) -> Cue:
    return replace(cue, speaker=_name(cue.speaker, names), lines=tuple(_line(line, names) for line in cue.lines))


def _line(line: Line, names: Mapping[str, str]) -> Line:
    return replace(line, speaker=_name(line.speaker, names))


def _name(speaker: str | None, names: Mapping[str, str]) -> str | None:
    return None if speaker is None else names.get(speaker, speaker)
