"""Moves the captions of a file in time, for `captioner shift` and `captioner resync`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from captioner.cli import caption_io as files
from captioner.cli.in_place import rewritten_in_place
from captioner.cli.loss_warnings import tell_left
from captioner.edit import Clock, retimed, retimed_transcript

__all__ = ["retime_file"]


def retime_file(source: Path, output: Path, clock: Clock, options: dict[str, Any]) -> None:
    """Read captions, move them as the clock says, and write them; the file itself is edited where that is possible."""
    want = files.wanted(options)
    name = want.format_for(output)
    files.may_write([output], [source], overwrite=want.overwrite)
    loaded = files.load(source)
    edited = retimed(loaded.cues, clock)
    files.tell(edited.issues)
    if (data := rewritten_in_place(loaded, edited, name, want)) is not None:
        files.written(data, name, output, want)
        return
    context = loaded.context
    if context.transcript is not None:
        context = replace(context, transcript=retimed_transcript(context.transcript, clock))
    files.save(edited.cues, context, output, want)
    tell_left(loaded.captions)
