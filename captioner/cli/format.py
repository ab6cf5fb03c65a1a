"""`captioner format`: the stage that costs nothing and can be repeated for ever."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli.files import may_write, tell
from captioner.cli.finishing import finishing, finishing_options
from captioner.cli.options import overwrite_option, speakers_option, style_options
from captioner.cli.terminal import plain

if TYPE_CHECKING:
    from captioner.cli.captions import Request
    from captioner.layout import Composition
    from captioner.model import Issue

__all__ = ["format_"]


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
    language: str | None,
    style: str | None,
    max_columns: int | None,
    max_lines: int | None,
    speakers: str | None,
    offset_ms: int,
    size: str,
    smooth_speakers: bool,
    start_timecode: str,
    strict: bool,
    explain: bool,
    overwrite: bool,
    **ending: Any,
) -> int:
    """Turn IN, the service's raw reply or our own transcript JSON, into captions.

    \b
    Examples: captioner format talk.asr.json --style web-default --format vtt -o talk.vtt
              captioner format talk.asr.json --format srt,ass,docx -o captions/
    """
    from captioner.cli import captions
    from captioner.config import load

    config = load().with_flags(style=style, language=language, speakers=speakers)
    request = captions.Request(
        style=captions.style(config["style"], max_columns, max_lines),
        language=config["language"],
        names=captions.names(config["speakers"]),
        offset_ms=offset_ms,
        size=captions.size(size),
        smooth=smooth_speakers,
        finishing=finishing(**ending),
        start_timecode=start_timecode,
    )
    files = {} if explain else _files(source, to, output, request)
    may_write(list(files.values()), [source], overwrite=overwrite)
    with _no_collecting():
        return _carry_out(source, files, request, explain=explain, strict=strict)


def _files(source: Path, to: str | None, output: Path | None, request: Request) -> dict[str, Path]:
    """Format to file: one as it is named, several as <stem>.<ext> in a folder.

    Raises:
        ConfigError: Several formats and a name that is no folder's.
    """
    from captioner.cli import captions
    from captioner.errors import ConfigError

    formats = captions.formats(to) if to else (captions.format_of(output, request),)
    if output is not None and output.is_dir():
        return {name: output / captions.file_name(source, name) for name in formats}
    if len(formats) == 1:
        return {formats[0]: output or Path("-")}
    if output is None or str(output) == "-" or output.suffix or output.exists():
        raise ConfigError(f"{len(formats)} formats need a folder; give -o DIR")
    return {name: output / captions.file_name(source, name) for name in formats}


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without the garbage collector: one large tree is built and nothing in it is garbage; looking costs a quarter."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _carry_out(source: Path, files: Mapping[str, Path], request: Request, *, explain: bool, strict: bool) -> int:
    from captioner.cli import captions

    transcript, context, notes = captions.read(source, request)
    for note in notes:
        click.echo(plain(note), err=True)
    if explain:
        _explain(captions.explained(transcript, context, request))
        return 0
    cues = captions.finished(transcript, context, request)
    rendered: dict[Path, bytes] = {}
    told: list[Issue] = []
    for name, path in files.items():
        written, respelled = request.finishing.spelled(cues, name)
        rendered[path] = request.finishing.written(written, name, context)
        told += respelled
    for path, data in rendered.items():
        captions.deliver(data, path, sys.stdout.buffer)
    tell(told)
    if not strict:
        return 0
    line, failed = captions.standing(cues, context, request)
    click.echo(plain(f"{source}: {line}"), err=True)
    return int(failed)


def _explain(composition: Composition) -> None:
    from captioner.timecode import ms_to_srt

    for number, (cue, reason) in enumerate(zip(composition.cues, composition.reasons, strict=True), 1):
        click.echo(f"{number}  {ms_to_srt(cue.start_ms)} --> {ms_to_srt(cue.end_ms)}")
        for line in cue.lines:
            click.echo(f"    {plain(line.printed)}")
        click.echo(f"  {plain(reason)}")
    for issue in composition.issues:
        place = "" if issue.cue_index is None else f" cue {issue.cue_index + 1}:"
        click.echo(f"{issue.severity}:{place} {plain(issue.message)}", err=True)
