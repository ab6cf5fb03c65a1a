"""`captioner convert`: any caption file to any format we write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli import files
from captioner.cli.spans import stretches
from captioner.cli.staying import stayed
from captioner.cli.telling import tell_left, tell_parted

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
@click.option(
    "--top",
    type=stretches,
    metavar="TIMES",
    help="Put captions at the top that show in these times, such as 0:12-0:18,1:02-1:09; or all.",
)
@click.option("--labels", is_flag=True, help="Print `Name:` where a turn begins, for formats without speakers.")
@click.option("--plain", "bare", is_flag=True, help="Leave out italics, colours and places.")
@files.file_options
def convert(
    source: Path,
    output: Path,
    style: str | None,
    top: tuple[tuple[int, int], ...] | None,
    labels: bool,
    bare: bool,
    **options: Any,
) -> None:
    """Convert the captions IN to OUT; its ending says the format.

    Reads SRT, WebVTT, ASS and SSA, TTML and its kin, EBU STL, SCC, SBV, MicroDVD and our own JSON. Cues keep times,
    lines, speakers, italics, colours and places; what OUT cannot hold is told. In one format the file stays as it is.

    \b
    Examples: captioner convert talk.srt talk.vtt
              captioner convert talk.ass talk.stl --fps 25 --start-tc 10:00:00:00
              captioner convert talk.srt social.ass --style social-vertical --size 1080x1920
    """
    from captioner.edit import Edited, at_top, labelled, unmarked

    want = files.wanted(options)
    name = want.format_for(output)
    files.may_write([output], [source], overwrite=want.overwrite)
    loaded = files.load(source)
    if not (style or top or labels or bare) and (data := stayed(loaded, Edited(loaded.cues), name, want)) is not None:
        files.written(data, name, output, want)
        return
    context = replace(loaded.context, **want.facts)
    cues = unmarked(loaded.cues) if bare else loaded.cues
    if style:
        cues, context = _laid_out(cues, context, style, loaded.path.name)
    cues = labelled(cues, context.names) if labels else cues
    files.save(at_top(cues, top or ()), context, output, want)
    tell_left(loaded.captions)


def _laid_out(given: tuple[Cue, ...], context: Context, name: str, file: str) -> tuple[tuple[Cue, ...], Context]:
    """The captions cut anew, from the transcript they came from where the file has it, else from their own text."""
    from captioner.edit import carried, to_transcript
    from captioner.layout import compose
    from captioner.layout.postprocess import postprocess
    from captioner.style import load_style

    style = load_style(name)
    transcript = context.transcript or to_transcript(given, context.language)
    context = replace(context, style=style, transcript=transcript)
    cues = compose(transcript, style, context.names)
    finished = postprocess(
        cues,
        style,
        language=context.language,
        duration_ms=context.duration_ms,
        frame_rate=context.frame_rate,
    )
    cues, lost = carried(given, finished)
    tell_parted(file, lost)
    return cues, context
