"""`captioner retry`: process rejected files of a ledger again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.captions.option_use import useless
from captioner.cli.help import RUN, Option, command, with_options
from captioner.cli.kept_options import describe_kept, given_options, loaded, to_parameters
from captioner.cli.ledger_argument import FoundLedger, find_ledger
from captioner.cli.options import JSON, REPORT, RUN_OPTIONS
from captioner.cli.output_options import caption_options, given_to_style, used_by_times
from captioner.cli.progress import say
from captioner.cli.run_execution import UNATTENDED, bucket_reader, caption_sources
from captioner.cli.run_setup import build_run, load_config
from captioner.jobs.inputs.finding import LEDGER_NAME, Inputs, Source, find, is_bucket
from captioner.jobs.ledger import Ledger, LedgerPlace, user_ledger
from captioner.jobs.records import Job
from captioner.storage import ObjectStore

__all__ = ["retry"]

_MODE = replace(UNATTENDED, retry_rejected=True, report="retry.html")
_REASON = Option(
    ["--reason"], group=RUN, metavar="CODE", default="", help="Only files rejected for this reason, as status shows it."
)


@command()
@click.argument("where", required=False)
@with_options(RUN_OPTIONS, (_REASON, REPORT, JSON))
def retry(where: str | None, reason: str, output: Path | None, ledger: str | None, **options: Any) -> int:
    """Process files again that were rejected. WHERE is a folder with media or captions, or a ledger.

    The default is this folder and what is below it.

    Files and objects in buckets are done as they were asked for; flags change that, --forget drops it. They go where
    the ledger says. Links are not kept in the ledger; name them to captioner run again.
    """
    found = find_ledger(where or os.curdir, Path(ledger) if ledger else None)
    with Ledger(found.path) as book:
        rejected = book.rejected(reason, found.below)
        elsewhere = len(book.rejected(reason)) - len(rejected)
    files = [job for job in rejected if not job.link_digest]
    if len(files) < len(rejected):
        left_out = len(rejected) - len(files)
        say(f"{left_out} links are not processed, because they are not kept; name them to `captioner run`")
    if not files:
        say("nothing to retry" + (f" for {reason}" if reason else "") + (f" in {found.below}" if found.below else ""))
        if elsewhere:
            where = (
                "1 failed file is in another folder" if elsewhere == 1 else f"{elsewhere} failed files are in others"
            )
            say(f"{where}; name it, such as `captioner retry FOLDER`")
        return 0
    options["suffix_language"] = False  # the names in the ledger have it
    place = LedgerPlace(found.path, is_explicit=found.path != user_ledger())
    groups: dict[str, list[Job]] = {}
    for job in files:
        groups.setdefault("" if options["forget"] else job.kept_options, []).append(job)
    return max(_retry(asked, jobs, place, options, _folder(found)) for asked, jobs in groups.items())


def _retry(asked: str, jobs: Sequence[Job], place: LedgerPlace, options: dict[str, Any], folder: Path) -> int:
    """Process files again that were asked for in the same way; flags of now win over what was asked then."""
    then = loaded(asked)
    now = given_options(options)
    then = _without_useless(then, now, options)
    merged = _merged(then, now, options)
    if then:
        say(f"{len(jobs)} file{'s' if len(jobs) > 1 else ''} as asked then: {describe_kept(then, then)}")
    plan = build_run(merged)
    with bucket_reader(plan.config, [job.source for job in jobs]) as objects:
        sources = tuple(_source(job.source, job.target, objects) for job in jobs)
        return caption_sources(
            plan, Inputs(sources), place, merged, _MODE, folder=folder, remembered=then, objects=objects
        )


def _merged(then: Mapping[str, Any], now: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of this command with what was asked then; flags of now win."""
    return {**options, **to_parameters({name: value for name, value in then.items() if name not in now})}


def _without_useless(then: dict[str, Any], now: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out options of then that do nothing to the formats, which earlier versions took, and tell them."""
    merged = _merged(then, now, options)
    captions = caption_options(load_config(merged), merged)
    for unused in useless(captions, given_to_style(merged), used=used_by_times(merged)):
        if unused.name in then and unused.name not in now:
            say(f"note: asked then and left out now: {unused.message}")
            then = {name: value for name, value in then.items() if name != unused.name}
    return then


def _folder(found: FoundLedger) -> Path:
    """Folder of the report: the folder that was named, or that the ledger belongs to."""
    if found.below:
        return Path(found.below)
    own = found.path.absolute().parent
    return own.parent if own.name == LEDGER_NAME.parent.name else own


def _source(source: str, target: str, objects: ObjectStore | None) -> Source:
    """The file or object of a job; it says so when it is not there any more."""
    if objects is not None and is_bucket(source):
        there = [each for each in find([source], objects=objects).sources if each.identity == source and each.media]
        if there:
            return replace(there[0], target=Path(target))
        return Source(source, Path(target), problem="no such object any more")
    problem = "" if Path(source).exists() else "no such file any more"
    return Source(source, Path(target), Path(source), problem=problem)
