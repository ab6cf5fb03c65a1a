"""Moves the captions of a file in time, for `captioner shift` and `captioner resync`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from captioner.cli import caption_io as files
from captioner.cli.in_place import rewritten_in_place
from captioner.cli.loss_warnings import tell_left, warn_read_notes
from captioner.cli.output_paths import backed_up, output_of, stays_its_kind
from captioner.cli.progress import say
from captioner.cli.time_arguments import FrameTime, GivenTime, in_ms
from captioner.edit import Linear, TimeMap, retime, retime_transcript
from captioner.errors import ConfigError
from captioner.formats.caption_file import TimedBlock
from captioner.model import Cue

__all__ = ["retime_file"]


def retime_file(
    source: Path,
    output: str | None,
    clock: TimeMap | GivenTime,
    options: dict[str, Any],
    *,
    clock_has_rate: bool = False,
) -> None:
    """Read captions, move them as the clock says, and write them; the file itself is edited where that is possible.

    Args:
        source: A caption file.
        output: The argument OUT, or None where an option names the file to write.
        clock: What becomes of its times, or the time that all move by.
        options: Parameters of the command.
        clock_has_rate: Whether the clock is made of the frame rate that was given.

    Raises:
        ConfigError: An option would do nothing in the format.
    """
    want = files.read_output_options(options)
    in_place: bool = options["in_place"]
    target = output_of(source, output, options["named"], want, in_place=in_place)
    files.may_write([] if in_place else [target], [source], overwrite=want.overwrite)
    loaded = files.load_captions(source, want.reading)
    name = want.format_for(target, loaded.captions.format)
    if not clock_has_rate and not isinstance(clock, FrameTime):
        want.refuse_rate(name, [loaded])
    if isinstance(clock, int | FrameTime):
        rate = want.facts.get("frame_rate") or loaded.context.frame_rate
        clock = Linear(offset_ms=Fraction(in_ms(clock, rate)))
    edited = retime(loaded.cues, clock)
    others = [_moved(block, clock) for block in loaded.captions.timed_blocks]
    data = rewritten_in_place(loaded, edited, name, want, others)
    if loaded.cues and not edited.cues:
        raise ConfigError(f"{source}: no caption is left, all of them would end before zero; give another time")
    if in_place:
        stays_its_kind(target, name)
        backed_up(target)
    if data is not None:
        files.write_output(data, name, target, want)
    warn_read_notes(loaded.captions)
    files.show_issues(edited.issues)
    if data is not None:
        if gone := others.count(None):
            say(f"note: {gone} drawings and comments would end before zero and are left out")
        return
    context = loaded.context
    if context.transcript is not None:
        context = replace(context, transcript=retime_transcript(context.transcript, clock))
    files.save_captions(edited.cues, context, target, replace(want, format=name))
    tell_left(loaded.captions, name, karaoke=context.karaoke)


def _moved(block: TimedBlock, clock: TimeMap) -> Cue | None:
    """New times of something that is no caption; None where it would be over before zero."""
    moved = retime([Cue(block.start_ms, max(block.end_ms, block.start_ms), ())], clock).cues
    return moved[0] if moved else None
