"""`captioner shift`: captions that come too early or too late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from captioner.cli.help import Option, command, with_options
from captioner.cli.options import CAPTION_FILE, READING_AS_IT_IS
from captioner.cli.output_paths import WHERE
from captioner.cli.retiming import retime_file
from captioner.cli.time_arguments import GivenTime, parse_given_time

__all__ = ["shift"]

_BY = Option(
    ["--by", "by_ms"],
    type=parse_given_time,
    required=True,
    metavar="TIME",
    help="Seconds, H:MM:SS.mmm, 12f or 00:00:04:12; - is earlier.",
)


@command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("output", metavar="[OUT]", required=False)
@with_options((_BY,), WHERE, CAPTION_FILE, READING_AS_IT_IS)
def shift(source: Path, output: str | None, by_ms: GivenTime, **options: Any) -> None:
    """Move every caption of IN by the same time and write OUT.

    In SRT, WebVTT and ASS everything but the times stays as it was written. A caption that would end before zero is
    left out and listed.

    \b
    Examples: captioner shift talk.srt later.srt --by 2.5
              captioner shift talk.vtt --in-place --by -12f --fps 25
    """
    retime_file(source, output, by_ms, options)
