"""`captioner merge` and `captioner split`: captions of films that were joined or cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli import files
from captioner.cli.spans import span
from captioner.cli.telling import tell_left
from captioner.cli.terminal import plain
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.edit.split import CutRule
    from captioner.formats import Context
    from captioner.model import Cue

__all__ = ["merge", "split"]


@click.command()
@click.argument("sources", metavar="IN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="OUT", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--at", "starts", metavar="TIMES", help="When each file begins in the whole: 0,29:58.5,1:02:10. [all 0]")
@files.file_options
def merge(sources: tuple[Path, ...], output: Path, starts: str | None, **options: Any) -> None:
    """Lay the captions of several files on one time line.

    Without --at all files count from the same zero, as a file of dialogue and one of signs do.

    \b
    Example: captioner merge reel1.srt reel2.srt -o film.srt --at 0,0:19:58.5
    """
    from captioner.edit import Part
    from captioner.edit import merge as merged

    want = files.wanted(options)
    want.format_for(output)
    files.may_write([output], sources, overwrite=want.overwrite)
    offsets = [span(each) for each in starts.split(",")] if starts else [0] * len(sources)
    if len(offsets) != len(sources):
        raise ConfigError(f"--at has {len(offsets)} times for {len(sources)} files; give one for each, the first too")
    loaded = [files.load(source, want.read_options) for source in sources]
    parts = [Part(each.path.name, _named(each), offset) for each, offset in zip(loaded, offsets, strict=True)]
    edited = merged(parts)
    files.tell(edited.issues)
    files.save(edited.cues, _together(loaded, edited.cues), output, want)
    for each in loaded:
        tell_left(each.captions)


def _named(loaded: files.Loaded) -> tuple[Cue, ...]:
    """Cues whose speakers are called by name: speaker 0 of two files is not one person."""
    names = loaded.context.names

    def name(speaker: str | None) -> str | None:
        return None if speaker is None else names.get(speaker, speaker)

    return tuple(
        replace(
            cue,
            speaker=name(cue.speaker),
            lines=tuple(replace(line, speaker=name(line.speaker)) for line in cue.lines),
        )
        for cue in loaded.cues
    )


def _together(loaded: list[files.Loaded], cues: tuple[Cue, ...]) -> Context:
    """What the first file tells, without what is true of one part only."""
    from captioner.formats.text.speaker_names import own_names

    languages = {each.context.language for each in loaded}
    return replace(
        loaded[0].context,
        names=own_names(cues),
        language=languages.pop() if len(languages) == 1 else "",
        transcript=None,
        duration_ms=0,
        sha256="",
    )


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.option("--at", "cuts", required=True, metavar="TIMES", help="Where the media was cut: 10:00,20:00.")
@click.option(
    "-o", "--output", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Folder; IN's own."
)
@click.option(
    "--rule",
    type=click.Choice(["words", "whole", "both"]),
    default="words",
    show_default=True,
    help="A caption across a cut: parted at its words where they are known, whole on the longer side, or on both.",
)
@click.option("--keep-times", is_flag=True, help="Count every part from the start of the whole, not of the part.")
@files.file_options
def split(source: Path, cuts: str, output: Path | None, rule: CutRule, keep_times: bool, **options: Any) -> None:
    """Part the captions IN at times, into NAME.part1.EXT, NAME.part2.EXT …; each part counts from its own zero.

    A part without captions is not written, and told.

    \b
    Example: captioner split film.srt --at 0:19:58.5,0:40:02
    """
    from captioner.edit import split as parted

    want = files.wanted(options)
    at_ms = [span(each) for each in cuts.split(",")]
    loaded = files.load(source, want.read_options)
    parts = parted(loaded.cues, at_ms, rule=rule, rebase=not keep_times)
    paths = _paths(source, output or source.parent, want, len(parts))
    files.may_write([path for path, part in zip(paths, parts, strict=True) if part], [source], overwrite=want.overwrite)
    context = replace(loaded.context, transcript=None, duration_ms=0, sha256="")
    for path, part in zip(paths, parts, strict=True):
        if part:
            files.save(part, context, path, want)
            click.echo(plain(str(path)))
        else:
            click.echo(plain(f"note: {path.name} would have no captions and is not written"), err=True)
    tell_left(loaded.captions)


def _paths(source: Path, folder: Path, want: files.Wanted, count: int) -> list[Path]:
    """Names of the parts; the ending is that of the format asked for, else the source's own."""
    from captioner.formats import FORMATS

    name = want.format or (
        want.target.format_for(str(want.facts.get("language", ""))) if want.target else want.format_for(source)
    )
    ending = FORMATS[name].extension if name in FORMATS else name
    stem = source.name.removesuffix(f".{ending}") if source.name.endswith(f".{ending}") else source.stem
    return [folder / f"{stem}.part{number}.{ending}" for number in range(1, count + 1)]
