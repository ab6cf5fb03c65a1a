"""`captioner merge`: captions of films that were joined."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.cli import caption_io as files
from captioner.cli.help import OUTPUT, Option, command, with_options
from captioner.cli.loss_warnings import tell_left, warn_read_notes
from captioner.cli.named_files import in_folder
from captioner.cli.options import CAPTION_FILE, READING
from captioner.cli.output_paths import named_like
from captioner.cli.progress import say
from captioner.cli.time_arguments import counts_frames, in_ms, parse_given_time
from captioner.edit import Part, shift
from captioner.edit import merge as merged
from captioner.edit.distinct_speakers import distinct_speakers
from captioner.edit.stack import stack
from captioner.errors import ConfigError
from captioner.formats import Context
from captioner.formats.text.speaker_names import own_names
from captioner.model import Cue

__all__ = ["merge"]

_OPTIONS = (
    Option(["--at", "starts"], metavar="TIMES",
           help="When each file begins in the whole, e.g. 0,29:58.5,1:02:10 (default: all at 0)."),
    Option(["--stack", "stacked"], alone="lines", type=click.Choice(["lines", "places"]),
           help="Two languages that change together, the first above: in one caption (lines), or at the top and the "
           "bottom (places)."),
    Option(["-o", "--output", "named"], group=OUTPUT, required=True, metavar="OUT",
           help="File to write; its ending names the format. A name that ends with / is a folder."),
)  # fmt: skip


@command()
@click.argument("sources", metavar="IN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_options(_OPTIONS, CAPTION_FILE, READING)
def merge(sources: tuple[Path, ...], named: str, starts: str | None, stacked: str | None, **options: Any) -> None:
    """Put the captions of several files on one time line.

    Without --at all files start at the same zero, as a file of dialogue and one of signs do.

    \b
    Examples: captioner merge reel1.srt reel2.srt -o film.srt --at 0,0:19:58.5
              captioner merge talk.zh.srt talk.en.srt --stack -o talk.zh-en.srt
    """
    want = files.read_output_options(options)
    output = in_folder(named, named_like(sources[0], want))
    name = want.format_for(output)
    files.may_write([output], sources, overwrite=want.overwrite)
    times = [parse_given_time(each) for each in starts.split(",")] if starts else [0] * len(sources)
    offsets = [in_ms(each, want.facts.get("frame_rate")) for each in times]
    if len(offsets) != len(sources):
        raise ConfigError(f"--at has {len(offsets)} times for {len(sources)} files; give one for each, the first too")
    loaded = [files.load_captions(source, want.reading) for source in sources]
    if not counts_frames(times):
        want.refuse_rate(name, loaded)
    if stacked is not None:
        _write_stacked(loaded, offsets, output, want, apart=stacked == "places")
        return
    apart = distinct_speakers([(each.cues, each.context) for each in loaded])
    parts = [Part(each.path.name, cues, offset) for each, (cues, _), offset in zip(loaded, apart, offsets, strict=True)]
    edited = merged(parts)
    files.show_issues(edited.issues)
    files.save_captions(edited.cues, _together(loaded, edited.cues), output, want)
    for each in loaded:
        warn_read_notes(each.captions)
        tell_left(each.captions, name)


def _write_stacked(
    loaded: list[files.LoadedFile], offsets: list[int], output: Path, want: files.OutputOptions, *, apart: bool
) -> None:
    """Write two languages that change at the same time, and tell what was parted for it."""
    if len(loaded) != 2:
        raise ConfigError(f"--stack is for two files, one of each language; these are {len(loaded)}")
    first, second = (shift(each.cues, offset).cues for each, offset in zip(loaded, offsets, strict=True))
    made = stack(first, second, apart=apart)
    context = replace(_together(loaded, made.cues), names=loaded[1].context.names)
    files.save_captions(made.cues, context, output, want)
    if made.parted:
        were = "caption was" if made.parted == 1 else "captions were"
        say(f"note: {made.parted} {were} parted at their words, so that both languages change together")
    if made.alone:
        alone = (
            "caption has no counterpart in the other file and stands"
            if made.alone == 1
            else ("captions have no counterpart in the other file and stand")
        )
        say(f"note: {made.alone} {alone} alone")
    for each in loaded:
        warn_read_notes(each.captions)
        tell_left(each.captions, want.format_for(output))


def _together(loaded: list[files.LoadedFile], cues: tuple[Cue, ...]) -> Context:
    """Context of the first file, except for facts about one part only."""
    languages = {each.context.language for each in loaded}
    return replace(
        loaded[0].context,
        names=own_names(cues),
        language=languages.pop() if len(languages) == 1 else "",
        transcript=None,
        duration_ms=0,
        sha256="",
    )
