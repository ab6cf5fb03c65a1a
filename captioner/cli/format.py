"""`captioner format`: the stage that costs nothing and can be repeated for ever."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli.files import may_write, tell
from captioner.cli.finishing import caption_options, finishing_options
from captioner.cli.options import overwrite_option, speakers_option, style_options
from captioner.cli.terminal import plain

if TYPE_CHECKING:
    from captioner.cli.captions import LoadedTranscript

__all__ = ["format_"]

#: Issues that say what was changed on request, and what a format could not hold.
_CORRECTIONS = ("replaced", "speaker_smoothed")
_LOSSES = ("spelled", "top")


@click.command(name="format")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "-f",
    "--format",
    "to",
    metavar="LIST",
    help="Caption formats, such as srt,vtt; by default from OUT's ending, else srt.",
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File to write, or a folder, which several formats need; stdout without.",
)
@overwrite_option
@click.option("--language", metavar="CODE", help="Language of the transcript; the text's script decides with it.")
@style_options
@speakers_option
@click.option("--offset", "offset_ms", type=int, default=0, metavar="MS", help="Milliseconds added to every time.")
@click.option(
    "--size", default="", metavar="WxH", help="Picture size for ASS. [default: the transcript's, else 1920x1080]"
)
@click.option(
    "--smooth-speakers", is_flag=True, help="Give speaker islands under a second to their neighbours; lists each."
)
@finishing_options
@click.option("--start-tc", "start_timecode", default="", metavar="TC", help="Time code of the first frame.")
@click.option(
    "--strict", is_flag=True, help="Check the captions too; warnings make it exit 1, the file is still written."
)
@click.option("--explain", is_flag=True, help="Print for each cue why it ends where it does.")
def format_(
    source: Path,
    to: str | None,
    output: Path | None,
    strict: bool,
    explain: bool,
    overwrite: bool,
    **options: Any,
) -> int:
    """Turn IN, the service's raw reply or our own transcript JSON, into captions.

    \b
    Examples: captioner format talk.asr.json --style web-default --format vtt -o talk.vtt
              captioner format talk.asr.json --format srt,ass,docx -o captions/
    """
    from captioner.cli import captions
    from captioner.config import load

    config = load().with_flags(style=options["style"], language=options["language"], speakers=options["speakers"])
    formats = captions.formats(to) if to else (captions.format_of(output, options["target"], config["language"]),)
    wanted = caption_options(config, options, formats=() if explain else formats)
    files = _files(source, output, wanted.formats)
    may_write(list(files.values()), [source], overwrite=overwrite)
    with _no_collecting():
        loaded = captions.read(source, wanted)
        return _explain(loaded) if explain else _write(source, loaded, files, strict=strict)


def _files(source: Path, output: Path | None, formats: Sequence[str]) -> dict[str, Path]:
    """Format to file: one as it is named, several as <stem>.<ext> in a folder.

    Raises:
        ConfigError: Several formats and a name that is no folder's.
    """
    from captioner.cli import captions
    from captioner.errors import ConfigError

    if output is not None and output.is_dir():
        return {name: output / captions.file_name(source, name) for name in formats}
    if len(formats) == 1:
        return {formats[0]: output or Path("-")}
    if formats and (output is None or str(output) == "-" or output.suffix or output.exists()):
        raise ConfigError(f"{len(formats)} formats need a folder; give -o DIR")
    return {name: (output or Path()) / captions.file_name(source, name) for name in formats}


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without the garbage collector: one large tree is built and nothing in it is garbage; looking costs a quarter."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _write(source: Path, loaded: LoadedTranscript, files: Mapping[str, Path], *, strict: bool) -> int:
    from captioner.captions.options import extension_of, validate
    from captioner.captions.pipeline import produce
    from captioner.cli import captions

    validate(loaded.options)
    made = produce(loaded.transcript, loaded.media, loaded.options, title=loaded.title, check=strict)
    for name, path in files.items():
        captions.deliver(made.files[extension_of(name)], path, sys.stdout.buffer)
    for issue in made.issues:
        if issue.rule in _CORRECTIONS:
            click.echo(plain(issue.message), err=True)
    tell([issue for issue in made.issues if issue.rule in _LOSSES])
    if not strict:
        return 0
    from captioner.check import fails, summary

    click.echo(plain(f"{source}: {summary(made.issues, made.cues)}"), err=True)
    return int(fails(made.issues, "warning"))


def _explain(loaded: LoadedTranscript) -> int:
    from captioner.captions.pipeline import correct_transcript, explain_layout
    from captioner.timecode import ms_to_srt

    transcript, notes = correct_transcript(loaded.transcript, loaded.options)
    for note in notes:
        click.echo(plain(note.message), err=True)
    composition = explain_layout(transcript, loaded.options)
    for number, (cue, reason) in enumerate(zip(composition.cues, composition.reasons, strict=True), 1):
        click.echo(f"{number}  {ms_to_srt(cue.start_ms)} --> {ms_to_srt(cue.end_ms)}")
        for line in cue.lines:
            click.echo(f"    {plain(line.printed)}")
        click.echo(f"  {plain(reason)}")
    for issue in composition.issues:
        place = "" if issue.cue_index is None else f" cue {issue.cue_index + 1}:"
        click.echo(f"{issue.severity}:{place} {plain(issue.message)}", err=True)
    return 0
