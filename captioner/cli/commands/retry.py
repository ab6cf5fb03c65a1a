"""`captioner retry`: process rejected files of a ledger again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.cli.help import RUN, Option, command, with_options
from captioner.cli.ledger_argument import find_ledger
from captioner.cli.options import JSON, REPORT, RUN_OPTIONS
from captioner.cli.progress import say
from captioner.cli.run_execution import UNATTENDED, caption_sources
from captioner.cli.run_setup import build_run
from captioner.jobs.inputs import Inputs, Source, is_bucket
from captioner.jobs.ledger import Ledger

__all__ = ["retry"]

_MODE = replace(UNATTENDED, retry_rejected=True, report="retry.html")
_REASON = Option(
    ["--reason"], group=RUN, metavar="CODE", default="", help="Only files rejected for this reason, as status shows it."
)


@command()
@click.argument("where", required=False)
@with_options(RUN_OPTIONS, (_REASON, REPORT, JSON))
def retry(where: str | None, reason: str, output: Path | None, ledger: str | None, **options: Any) -> int:
    """Process files again that were rejected. WHERE is a ledger, or the folder it belongs to (default: this folder).

    The other options are those of captioner batch; give the same ones, or keep them in captioner.toml. Files go where
    the ledger says. Links are not kept in the ledger; name them to captioner run again.
    """
    path = find_ledger(where, Path(ledger) if ledger else None)
    plan = build_run(options)
    with Ledger(path) as book:
        rejected = book.rejected(reason)
    sources = [_source(job.source, job.target) for job in rejected if not (job.link_digest or is_bucket(job.source))]
    if len(sources) < len(rejected):
        left_out = len(rejected) - len(sources)
        say(f"{left_out} links and objects in buckets are not processed; name them to `captioner run`")
    if not sources:
        say("nothing to retry" + (f" for {reason}" if reason else ""))
        return 0
    options["suffix_language"] = False  # the names in the ledger have it
    return caption_sources(plan, Inputs(tuple(sources)), path, options, _MODE)


def _source(path: str, target: str) -> Source:
    problem = "" if Path(path).exists() else "no such file any more"
    return Source(path, Path(target), Path(path), problem=problem)
