"""Edits a caption file in place when the requested change does not need a re-render."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from captioner.cli.caption_io import LoadedFile, OutputOptions
from captioner.edit import EditResult
from captioner.formats import ALL_FORMATS, read
from captioner.formats.text.patch import patch
from captioner.model import Cue

__all__ = ["rewritten_in_place"]

_RENDERED = frozenset({"width", "height", "vertical", "karaoke", "colours"})  # facts that only a new file can show


def rewritten_in_place(
    loaded: LoadedFile, edited: EditResult, name: str, want: OutputOptions, others: Sequence[Cue | None] | None = None
) -> bytes | None:
    """The file itself with the captions' new times, styles, notes and settings as they were.

    None when it has to be written anew: in another format, for a target, or because it does not read back as it should,
    as with malformed blocks.

    Args:
        loaded: As read.
        edited: Its captions as they shall be.
        name: Format to write.
        want: Options of the file to write.
        others: New times of what else has times in the file, such as drawings, None for what is left out; by default
            they stay.
    """
    captions = loaded.captions
    if (
        want.target is not None
        or _RENDERED & want.facts.keys()
        or name != captions.format
        or not ALL_FORMATS[name].patcher
        or not captions.can_be_patched
    ):
        return None
    gone = {issue.cue_index for issue in edited.issues if issue.rule == "left-out"}
    kept = tuple(index for index in range(len(loaded.cues)) if index not in gone)
    data = patch(captions, edited.cues, kept, timed=others)
    return data if _reads_back(data, loaded, edited) else None


def _reads_back(data: bytes, loaded: LoadedFile, edited: EditResult) -> bool:
    grid_ms = ALL_FORMATS[loaded.captions.format].time_step_ms
    again = read(data, loaded.path.name, replace(loaded.options, encoding=""))  # it is written in UTF-8
    return _seen(again.cues, grid_ms) == _seen(edited.cues, grid_ms)


def _seen(cues: Sequence[Cue], grid_ms: int) -> list[tuple[int, int, str]]:
    return [(cue.start_ms // grid_ms, cue.end_ms // grid_ms, cue.text) for cue in cues]
