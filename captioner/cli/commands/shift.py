"""`captioner shift`: captions that come too early or too late."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from captioner.cli.help import Option, command, with_options
from captioner.cli.options import CAPTION_FILE, READING_AS_IT_IS
from captioner.cli.retiming import retime_file
from captioner.cli.time_arguments import parse_time
from captioner.edit import Linear

__all__ = ["shift"]

_BY = Option(
    ["--by", "by_ms"], type=parse_time, required=True, metavar="TIME", help="Seconds or H:MM:SS.mmm; - is earlier."
)


@command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path, allow_dash=True))
@with_options((_BY,), CAPTION_FILE, READING_AS_IT_IS)
def shift(source: Path, output: Path, by_ms: int, **options: Any) -> None:
    """Move every caption of IN by the same time and write OUT.

    In SRT, WebVTT and ASS everything but the times stays as it was written. A caption that would end before zero is
    left out and listed.

    \b
    Examples: captioner shift talk.srt later.srt --by 2.5
              captioner shift talk.vtt earlier.vtt --by -0:01:00
    """
    retime_file(source, output, Linear(offset_ms=Fraction(by_ms)), options)
