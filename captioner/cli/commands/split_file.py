"""`captioner split`: captions of a film that was cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.cli import caption_io as files
from captioner.cli.help import OUTPUT, Option, command, with_options
from captioner.cli.loss_warnings import tell_left, warn_read_notes
from captioner.cli.options import CAPTION_FILE, READING
from captioner.cli.terminal import escape_control
from captioner.cli.time_arguments import counts_frames, in_ms, parse_given_time
from captioner.edit import split as parted
from captioner.edit.split import CutRule
from captioner.formats import FORMATS

__all__ = ["split"]

_OPTIONS = (
    Option(["--at", "cuts"], required=True, metavar="TIMES", help="Where the media was cut, e.g. 10:00,20:00."),
    Option(["--rule"], type=click.Choice(["words", "whole", "both"]), default="words",
           help="A caption across a cut: split at its words where they are known, whole on the longer side, or on both"
           " (default: words)."),
    Option(["--keep-times"], is_flag=True, help="Count every part from the start of the whole, not of the part."),
    Option(["-o", "--output"], group=OUTPUT, metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
           help="Folder for the parts (default: that of IN)."),
)  # fmt: skip


@command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@with_options(_OPTIONS, CAPTION_FILE, READING)
def split(source: Path, cuts: str, output: Path | None, rule: CutRule, keep_times: bool, **options: Any) -> None:
    """Split the captions IN at times into NAME.part1.EXT, NAME.part2.EXT …; each part counts from its own zero.

    A part without captions is not written; a note says so.

    \b
    Example: captioner split film.srt --at 0:19:58.5,0:40:02
    """
    want = files.read_output_options(options)
    times = [parse_given_time(each) for each in cuts.split(",")]
    at_ms = [in_ms(each, want.facts.get("frame_rate")) for each in times]
    loaded = files.load_captions(source, want.reading)
    name = want.format_for(_paths(source, source.parent, want, 1)[0])
    if not counts_frames(times):
        want.refuse_rate(name, [loaded])
    parts = parted(loaded.cues, at_ms, rule=rule, rebase=not keep_times)
    paths = _paths(source, output or source.parent, want, len(parts))
    files.may_write([path for path, part in zip(paths, parts, strict=True) if part], [source], overwrite=want.overwrite)
    context = replace(loaded.context, transcript=None, duration_ms=0, sha256="")
    for path, part in zip(paths, parts, strict=True):
        if part:
            files.save_captions(part, context, path, want)
            click.echo(escape_control(str(path)))
        else:
            click.echo(escape_control(f"note: {path.name} would have no captions and is not written"), err=True)
    warn_read_notes(loaded.captions)
    tell_left(loaded.captions, name)


def _paths(source: Path, folder: Path, want: files.OutputOptions, count: int) -> list[Path]:
    """Names of the parts; the ending is that of the format asked for, else the source's own."""
    name = want.format or (
        want.target.format_for(str(want.facts.get("language", ""))) if want.target else want.format_for(source)
    )
    ending = FORMATS[name].extension if name in FORMATS else name
    stem = source.name.removesuffix(f".{ending}") if source.name.endswith(f".{ending}") else source.stem
    return [folder / f"{stem}.part{number}.{ending}" for number in range(1, count + 1)]
