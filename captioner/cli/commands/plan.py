"""`captioner plan`: what a batch would send, and what it would cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from captioner.cli.help import command, with_options
from captioner.cli.options import JSON, REPORT, RUN_OPTIONS, SELECTION
from captioner.cli.run_execution import UNATTENDED, caption_inputs

__all__ = ["plan"]


@command()
@click.argument("folders", nargs=-1, required=True)
@with_options(SELECTION, RUN_OPTIONS, (REPORT, JSON))
def plan(folders: tuple[str, ...], output: Path | None, **options: Any) -> int:
    """Show what captioner batch would do with FOLDERS: files, hours, duplicates, bytes, price, time. Sends nothing.

    Reads every file once, to know its length and whether it is there twice, and lists what in the folders is passed
    over, and why. Takes the options of captioner batch.
    """
    return caption_inputs(folders, output, options, UNATTENDED, dry_run=True)
