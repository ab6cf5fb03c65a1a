"""`captioner run`: media in, captions out, with everything in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from captioner.cli.help import command, with_options
from captioner.cli.options import DRY_RUN, JSON, REPORT, RUN_OPTIONS, SELECTION
from captioner.cli.run_execution import ATTENDED, caption_inputs

__all__ = ["run"]


@command()
@click.argument("media", nargs=-1, required=True)
@with_options(SELECTION, RUN_OPTIONS, (DRY_RUN, REPORT, JSON))
def run(media: tuple[str, ...], output: Path | None, dry_run: bool, **options: Any) -> int:
    """Caption MEDIA: files, folders (recursively), http(s) URLs, s3://bucket/prefix, @LIST, or - for a list on stdin.

    Writes <stem>.<ext> for each format, and the service's raw reply as <stem>.asr.json. After Ctrl-C the same command
    continues where it stopped; nothing is paid twice.

    \b
    Examples: captioner run interview.mp4
              captioner run rushes/ -o captions/ --format srt,vtt --speakers 1=Anna,2=Ben
    """
    return caption_inputs(media, output, options, ATTENDED, dry_run=dry_run)
