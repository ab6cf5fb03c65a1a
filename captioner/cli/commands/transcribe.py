"""`captioner transcribe`: media in, the service's raw replies out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from captioner.cli.help import OUTPUT, Option, command, with_options
from captioner.cli.options import (
    AGAIN,
    AUDIO,
    CONCURRENCY,
    JSON,
    LEDGER,
    LIMITS,
    OVERWRITE,
    PROGRESS,
    RECOGNITION,
    SERVICE,
    STORAGE,
)
from captioner.cli.run_execution import ATTENDED, caption_inputs

__all__ = ["transcribe"]

_OUTPUT = Option(
    ["-o", "--output"],
    group=OUTPUT,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for the replies (default: next to the media).",
)


@command()
@click.argument("media", nargs=-1, required=True)
@with_options(
    AUDIO, RECOGNITION, (_OUTPUT, OVERWRITE), SERVICE, STORAGE, LIMITS, (AGAIN, LEDGER), CONCURRENCY, PROGRESS, (JSON,)
)
def transcribe(media: tuple[str, ...], output: Path | None, **options: Any) -> int:
    """Recognise MEDIA and save the service's raw reply as <stem>.asr.json; captioner format makes captions of it.

    \b
    Example: captioner transcribe interview.mp4 --language en
             captioner format interview.asr.json --format vtt -o interview.vtt
    """
    return caption_inputs(media, output, options, ATTENDED, with_captions=False)
