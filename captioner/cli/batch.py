"""`captioner batch`, `plan` and `retry`: whole folders, each file once, with an overview."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from captioner.cli.finishing import finishing_options
from captioner.cli.options import (
    audio_options,
    output_options,
    recognition_options,
    service_options,
    speakers_option,
    storage_options,
    style_options,
)
from captioner.cli.terminal import json_text, plain
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.cli.jobs import Order
    from captioner.jobs.budget import Limit
    from captioner.jobs.events import FileReport, Report
    from captioner.jobs.inputs import Source
    from captioner.jobs.options import RunOptions

__all__ = ["batch", "batch_options", "concurrency", "plan", "retry", "work_options"]

F = TypeVar("F", bound=Callable[..., Any])

#: Issues of a file that the report keeps; ten thousand files have millions.
_ISSUES_KEPT = 20
#: Outages of an hour are waited for; what is in trouble longer is left to the next run.
_PATIENCE_S = 3600.0
#: Failures named one by one at the end; all of them are in the report.
_FAILURES_SHOWN = 20
#: More files with the same trouble are one line.
_ALIKE_SHOWN = 3

_ledger_option = click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Ledger; `.captioner/` in the output folder, or in the first FOLDER, without.",
)


def _all(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


work_options: Callable[[F], F] = _all(
    output_options,
    recognition_options,
    audio_options,
    style_options,
    speakers_option,
    click.option("--smooth-speakers", is_flag=True, help="Give speaker islands under a second to their neighbours."),
    finishing_options,
    click.option("--also", multiple=True, metavar="STYLE:FORMAT", help="A further shape, such as social-vertical:srt."),
    service_options,
    storage_options,
    _ledger_option,
)

batch_options: Callable[[F], F] = _all(
    click.option(
        "--preparing", type=click.IntRange(1, 64), default=2, show_default=True, help="Files prepared at once."
    ),
    click.option(
        "--uploading", type=click.IntRange(1, 64), default=4, show_default=True, help="Files uploaded at once."
    ),
    click.option("--asking", type=click.IntRange(1, 16), default=4, show_default=True, help="Questions out at once."),
    click.option("--log-json", is_flag=True, help="Progress as JSON, an event a line, on stderr."),
    click.option("-q", "--quiet", is_flag=True, help="No progress; failures are still told."),
)

_limit_options: Callable[[F], F] = _all(
    click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Buy for that much at list price."),
    click.option("--max-hours", type=click.FloatRange(min=0), metavar="H", help="Have that much audio recognised."),
    click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Where report.html goes."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)


@click.command()
@click.argument("folders", nargs=-1, required=True)
@work_options
@batch_options
@_limit_options
@click.option("--dry-run", is_flag=True, help="The same as `captioner plan`: send nothing.")
def batch(folders: tuple[str, ...], output: Path | None, dry_run: bool, as_json: bool, **options: Any) -> int:
    """Caption everything in FOLDERS (recursively), files or URLs; each audio once, whatever happens.

    Captions go beside the media, or into the same tree below -o DIR. A `captioner.toml` in a folder sets the style,
    language and speakers for what is below it. A file that was refused stays refused until `captioner retry`. Ctrl-C
    stops at once; the same command goes on. Several may run on one ledger and share the work.

    \b
    Example: captioner batch /media/archive -o /captions --format srt,vtt --files-per-task 20 --max-cost 50
    """
    from captioner.cli.jobs import place_order
    from captioner.jobs.inputs import expand

    order = place_order(options)
    sources = expand(folders, output)
    _check_report(options["report"], overwrite=options["overwrite"])
    if dry_run:
        from captioner.cli.planning import show

        return show(sources, order, _ledger_of(folders, output, options), as_json=as_json)
    return _carry_out(order, sources, _ledger_of(folders, output, options), options, again=False, as_json=as_json)


@click.command()
@click.argument("folders", nargs=-1, required=True)
@work_options
@click.option("--json", "as_json", is_flag=True, help="The same for machines.")
def plan(folders: tuple[str, ...], output: Path | None, as_json: bool, **options: Any) -> int:
    """Say what `captioner batch` would do with FOLDERS: files, hours, duplicates, bytes, price, time. Sends nothing.

    Reads every file once, to know its length and whether it is there twice.
    """
    from captioner.cli.jobs import place_order
    from captioner.cli.planning import show
    from captioner.jobs.inputs import expand

    ledger = _ledger_of(folders, output, options)
    return show(expand(folders, output), place_order(options), ledger, as_json=as_json)


@click.command()
@click.argument("where", required=False, default=".")
@click.option("--reason", metavar="CODE", default="", help="Only what failed for this reason, as `status` shows it.")
@work_options
@batch_options
@_limit_options
def retry(where: str, reason: str, output: Path | None, as_json: bool, **options: Any) -> int:
    """Take up again what was refused in the ledger at WHERE: a ledger, or the folder it belongs to.

    The other options are those of `captioner batch`; give the same ones, or keep them in captioner.toml. Links are not
    kept in the ledger; name them to `captioner run` again.
    """
    from captioner.cli.jobs import place_order
    from captioner.cli.status import ledger_at
    from captioner.jobs.ledger import Ledger

    order = place_order(options)
    _check_report(options["report"], overwrite=options["overwrite"])
    path = options["ledger"] or ledger_at(where)
    with Ledger(path) as book:
        failed = book.rejected(reason)
    sources = [_source(job.source, job.target) for job in failed if not job.link_digest]
    if len(sources) < len(failed):
        click.echo(f"{len(failed) - len(sources)} links are not taken up; name them to `captioner run`", err=True)
    if not sources:
        click.echo("nothing to retry" + (f" for {plain(reason)}" if reason else ""), err=True)
        return 0
    return _carry_out(order, sources, path, options, again=True, as_json=as_json)


def _source(path: str, target: str) -> Source:
    from captioner.jobs.inputs import Source

    exists = Path(path).exists()
    return Source(path, Path(target), Path(path), problem="" if exists else "no such file any more")


def _ledger_of(folders: Sequence[str], output: Path | None, options: dict[str, Any]) -> Path:
    from captioner.jobs.inputs import ledger_path

    return ledger_path(folders, output, options.get("ledger"))


def _carry_out(
    order: Order, sources: Sequence[Source], ledger: Path, options: dict[str, Any], *, again: bool, as_json: bool
) -> int:
    from captioner.cli.board import shown
    from captioner.cli.jobs import world
    from captioner.cli.memory import keep_flat
    from captioner.cli.signals import stopping
    from captioner.jobs.ledger import Ledger
    from captioner.jobs.runner import run

    keep_flat()

    for warning in order.warnings:
        click.echo(f"note: {plain(warning)}", err=True)
    asked = replace(concurrency(order, options), retry_rejected=again, limit=_limit(order, options))
    stop, started_at = threading.Event(), time.time()
    with (
        world(order, sources) as doors,
        Ledger(ledger) as book,
        shown(quiet=options["quiet"], as_json=options["log_json"]) as hear,
        stopping(stop),
    ):
        report = run(sources, asked, doors, book, on_event=hear, stop=stop)
        page_at = options["report"] or book.folder / ("retry.html" if again else "report.html")
    _write_page(page_at, report, started_at)
    _tell(report, page_at, as_json=as_json)
    return report.exit_code


def concurrency(order: Order, options: dict[str, Any]) -> RunOptions:
    """The run's options with the concurrency of the command and the wishes of the folders."""
    from captioner.cli.desks import wishes

    return replace(
        order.run,
        preparing=options["preparing"],
        uploading=options["uploading"],
        asking=options["asking"],
        options_for=wishes(order, options),
        issues_kept=_ISSUES_KEPT,
        patience_s=_PATIENCE_S,
        rereading_s=_PATIENCE_S,
    )


def _limit(order: Order, options: dict[str, Any]) -> Limit | None:
    """The stricter of the two limits, in milliseconds of audio."""
    from captioner.jobs.budget import Limit
    from captioner.recognition.funasr.catalogue import price_usd

    channels = max(1, len(order.recognition.channels))
    limits = []
    if (hours := options["max_hours"]) is not None:
        limits.append(Limit(int(hours * 3_600_000), channels, f"--max-hours {hours:g}"))
    if (cost := options["max_cost"]) is not None:
        model, region = order.recognition.model, order.config["region"]
        per_hour = price_usd(model, region, 3600)
        if not per_hour:
            raise ConfigError(f"--max-cost: {model} has no published price in {region}; use --max-hours")
        limits.append(Limit(int(cost / per_hour * 3_600_000), channels, f"--max-cost {cost:g}"))
    return min(limits, key=lambda limit: limit.audio_ms, default=None)


def _check_report(path: Path | None, *, overwrite: bool) -> None:
    """Refuse to put the report in the place of a file that is not a report of ours, before anything is sent."""
    from captioner.cli.files import may_write
    from captioner.jobs.html_report import MARK

    if path is None:
        return
    ours = False
    if path.is_file():
        with path.open("rb") as stream:
            ours = MARK.encode() in stream.read(2000)
    may_write([path], overwrite=overwrite or ours)


def _write_page(path: Path, report: Report, started_at: float) -> None:
    from captioner.files import write_whole
    from captioner.jobs.html_report import page

    write_whole(path, page(report, started_at, time.time()).encode(), private=True)


def _not_done(failed: Sequence[FileReport]) -> Iterator[str]:
    """A line for each file, or one for many that have the same trouble."""
    by_reason: dict[str, list[str]] = {}
    for file in failed:
        by_reason.setdefault(file.reason.message if file.reason else str(file.state), []).append(file.source)
    for why, sources in by_reason.items():
        if len(sources) > _ALIKE_SHOWN:
            yield f"{len(sources)} files, such as {sources[0]}: {why}"
        else:
            yield from (f"{source}: {why}" for source in sources)


def _tell(report: Report, page_at: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(json_text(report.as_json()))
    failed = [file for file in report.files if not file.done]
    lines = list(_not_done(failed))
    for line in lines[:_FAILURES_SHOWN]:
        click.echo(plain(f"  {line}"), err=True)
    if len(lines) > _FAILURES_SHOWN:
        click.echo(f"  and {len(lines) - _FAILURES_SHOWN} more", err=True)
    for key in report.leftovers:
        click.echo(plain(f"left in the store: {key}; `captioner clean` removes it"), err=True)
    done = len(report.files) - len(failed)
    click.echo(
        plain(
            f"{done} of {len(report.files)} files done, {len(failed)} not; billed {report.billed_s} s; see {page_at}"
        ),
        err=True,
    )
