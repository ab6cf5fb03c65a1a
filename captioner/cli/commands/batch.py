"""`captioner batch`: whole folders, each audio once, with an overview and a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from captioner.cli.help import command, with_options
from captioner.cli.options import DRY_RUN, JSON, REPORT, RUN_OPTIONS, SELECTION
from captioner.cli.run_execution import UNATTENDED, caption_inputs

__all__ = ["batch"]


@command()
@click.argument("folders", nargs=-1, required=True)
@with_options(SELECTION, RUN_OPTIONS, (DRY_RUN, REPORT, JSON))
def batch(folders: tuple[str, ...], output: Path | None, dry_run: bool, **options: Any) -> int:
    """Caption everything in FOLDERS (recursively), files, URLs, s3://bucket/prefix or an @LIST, each audio once.

    As captioner run, but unattended, with an overview of the stages and an HTML report, waiting out an hour's outage,
    and leaving refused files to captioner retry. Several processes may share one ledger.

    \b
    Example: captioner batch /media/archive -o /captions --files-per-task 20 --max-cost 50
    """
    return caption_inputs(folders, output, options, UNATTENDED, dry_run=dry_run)
