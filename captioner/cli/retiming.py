"""Moves the captions of a file in time, for `captioner shift` and `captioner resync`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from captioner.cli import caption_io as files
from captioner.cli.in_place import rewritten_in_place
from captioner.cli.loss_warnings import tell_left
from captioner.edit import TimeMap, retime, retime_transcript

__all__ = ["retime_file"]


def retime_file(source: Path, output: Path, clock: TimeMap, options: dict[str, Any]) -> None:
    """Read captions, move them as the clock says, and write them; the file itself is edited where that is possible."""
    want = files.read_output_options(options)
    files.may_write([output], [source], overwrite=want.overwrite)
    loaded = files.load_captions(source, want.read_options)
    name = want.format_for(output, loaded.captions.format)
    edited = retime(loaded.cues, clock)
    files.show_issues(edited.issues)
    if (data := rewritten_in_place(loaded, edited, name, want)) is not None:
        files.write_output(data, name, output, want)
        return
    context = loaded.context
    if context.transcript is not None:
        context = replace(context, transcript=retime_transcript(context.transcript, clock))
    files.save_captions(edited.cues, context, output, replace(want, format=name))
    tell_left(loaded.captions)
