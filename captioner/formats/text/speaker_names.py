"""Display names of the speakers of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import clean
from captioner.model import Cue, default_names

__all__ = ["display_names", "names_field", "names_of_field", "own_names", "printed_names", "speaker_ids"]

_BETWEEN = " / "  # names in the one field that a caption of several speakers has


def speaker_ids(cues: Sequence[Cue], context: Context) -> tuple[str, ...]:
    """Ids of all speakers: those of the transcript in order of appearance, then any that only the cues have."""
    ids = dict.fromkeys(context.transcript.speakers()) if context.transcript else {}
    for cue in cues:
        for line in cue.lines:
            speaker = cue.speaker if line.speaker is None else line.speaker
            if speaker is not None:
                ids[speaker] = None
    return tuple(ids)


def display_names(cues: Sequence[Cue], context: Context) -> dict[str, str]:
    """Display name of every speaker, on one line each: the given one, else `Speaker 1`… or `Channel 1`…"""
    defaults = _defaults(cues, context)
    return {key: clean(context.names.get(key, "")) or default for key, default in defaults.items()}


def own_names(cues: Sequence[Cue]) -> Mapping[str, str]:
    """Every speaker's id as its name, for captions whose speakers are known by name."""
    return {line.speaker: line.speaker for cue in cues for line in cue.lines if line.speaker is not None}


def printed_names(cues: Sequence[Cue], context: Context) -> dict[str, str]:
    """Display names as a format prints them: none when there is only one speaker, without a given name.

    A recording of one unnamed person gains nothing from "Speaker 1" on every line.
    """
    names = display_names(cues, context)
    return {} if len(names) == 1 and names == _defaults(cues, context) else names


def names_field(speakers: Sequence[str]) -> str:
    """The speakers of a caption's lines in one field: one name for all, else a name for each line.

    Args:
        speakers: Display name of each line's speaker, "" without one.
    """
    return speakers[0] if len(set(speakers)) == 1 else _BETWEEN.join(speakers)


def names_of_field(field: str, lines: int) -> tuple[str, ...]:
    """The speaker of each line by such a field; none where it is empty."""
    names = field.split(_BETWEEN)
    if not field.strip():
        return ()
    return tuple(names) if len(names) == lines else (field,) * lines


def _defaults(cues: Sequence[Cue], context: Context) -> dict[str, str]:
    by_channel = context.transcript is not None and context.transcript.by_channel
    names = default_names(speaker_ids(cues, context), by_channel=by_channel)
    return {key: clean(name) for key, name in names.items()}
