"""Who is called what in a file."""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.context import Context
from captioner.formats.text import clean
from captioner.model import Cue

__all__ = ["speaker_ids", "voices"]


def speaker_ids(cues: Sequence[Cue], context: Context) -> tuple[str, ...]:
    """Ids of all speakers: those of the transcript in order of appearance, then any that only the cues have."""
    ids = dict.fromkeys(context.transcript.speakers()) if context.transcript else {}
    for cue in cues:
        for line in cue.lines:
            speaker = cue.speaker if line.speaker is None else line.speaker
            if speaker is not None:
                ids[speaker] = None
    return tuple(ids)


def voices(cues: Sequence[Cue], context: Context) -> dict[str, str]:
    """Display name of every speaker, on one line each; empty when there is only one and nobody named them.

    A recording of one unnamed person gains nothing from "Speaker 1" on every line.
    """
    ids = speaker_ids(cues, context)
    by_channel = context.transcript is not None and context.transcript.by_channel
    defaults = {key: _default(key, by_channel=by_channel) for key in ids}
    names = {key: clean(context.names.get(key, "")) or defaults[key] for key in ids}
    return {} if len(ids) == 1 and names == defaults else names


def _default(key: str, *, by_channel: bool) -> str:
    kind = "Channel" if by_channel else "Speaker"
    return clean(f"{kind} {int(key) + 1 if key.isdecimal() else key}")
