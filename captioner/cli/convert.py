"""`captioner convert`: any caption file to any format we write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli import files

if TYPE_CHECKING:
    from captioner.formats import Context
    from captioner.model import Cue

__all__ = ["convert"]


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--style", metavar="NAME", help="Lay the text out anew in this house style; without, cues stay as they are."
)
@files.file_options
def convert(source: Path, output: Path, style: str | None, **options: Any) -> None:
    """Convert the captions IN to OUT; its ending says the format.

    Reads SRT, WebVTT, ASS and SSA, TTML and its kin, EBU STL, SCC, SBV, MicroDVD and our own JSON. Cues keep times,
    lines and speakers; italics, colours and positions are not carried over, and it is told when there were any.

    \b
    Examples: captioner convert talk.srt talk.vtt
              captioner convert talk.ass talk.stl --fps 25 --start-tc 10:00:00:00
              captioner convert talk.srt social.ass --style social-vertical --size 1080x1920
    """
    want = files.wanted(options)
    want.format_for(output)
    files.may_write([output], [source], overwrite=want.overwrite)
    loaded = files.load(source)
    context = replace(loaded.context, **want.facts)
    cues = loaded.cues
    if style:
        cues, context = _laid_out(cues, context, style)
    files.save(cues, context, output, want)
    files.tell_markup(loaded)


def _laid_out(cues: tuple[Cue, ...], context: Context, name: str) -> tuple[tuple[Cue, ...], Context]:
    """The captions cut anew, from the transcript they came from where the file has it, else from their own text."""
    from captioner.edit import to_transcript
    from captioner.layout import compose
    from captioner.layout.finish import finish
    from captioner.style import load

    style = load(name)
    transcript = context.transcript or to_transcript(cues, context.language)
    context = replace(context, style=style, transcript=transcript)
    cues = compose(transcript, style, context.names)
    finished = finish(
        cues,
        style,
        language=context.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
    )
    return finished, context
