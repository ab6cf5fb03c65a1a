"""`captioner format`: the stage that costs nothing and can be repeated for ever."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import click

from captioner.cli.options import speakers_option, style_options
from captioner.cli.terminal import plain

__all__ = ["format_"]


@click.command(name="format")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-f", "--format", "to", default=None, help="Caption format; by default from OUT's ending, else srt.")
@click.option("-o", "--output", type=click.Path(path_type=Path, allow_dash=True), help="File to write; stdout without.")
@click.option(
    "--language", default="", metavar="CODE", help="Language of the transcript; the text's script decides with it."
)
@style_options
@speakers_option
@click.option("--offset", "offset_ms", type=int, default=0, metavar="MS", help="Milliseconds added to every time.")
@click.option(
    "--size", default="1920x1080", metavar="WxH", help="Picture size the ASS script is laid out for.", show_default=True
)
@click.option(
    "--smooth-speakers", is_flag=True, help="Give speaker islands under a second to their neighbours; lists each."
)
@click.option("--explain", is_flag=True, help="Print for each cue why it ends where it does.")
def format_(
    source: Path,
    to: str | None,
    output: Path | None,
    language: str,
    style: str | None,
    max_columns: int | None,
    max_lines: int | None,
    speakers: str | None,
    offset_ms: int,
    size: str,
    smooth_speakers: bool,
    explain: bool,
) -> None:
    """Turn IN, the service's raw reply or our own transcript JSON, into captions.

    \b
    Example: captioner format talk.asr.json --style web-default --format vtt -o talk.vtt
    """
    from captioner.cli import captions

    gc.disable()  # a short program that builds one large tree: collecting it again and again finds nothing
    request = captions.Request(
        language=language,
        style=captions.style(style, max_columns, max_lines),
        names=captions.names(speakers),
        offset_ms=offset_ms,
        size=captions.size(size),
        smooth=smooth_speakers,
    )
    transcript, report = captions.read(source, request)
    if explain:
        click.echo("\n".join(plain(line) for line in captions.explain(transcript, request)))
        return
    for line in report:
        click.echo(plain(line), err=True)
    data = captions.render(transcript, to or captions.format_of(output), request)
    captions.deliver(data, output, sys.stdout.buffer)
