"""`captioner run`: media in, captions out, with everything in between."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from captioner.errors import ConfigError, SetupError

if TYPE_CHECKING:
    from captioner.cli.jobs import Order
    from captioner.jobs.events import Report
    from captioner.jobs.inputs import Source

__all__ = ["run"]

_CHANGES = ("replaced", "speaker_smoothed", "spelled")
"""Issues that say what was changed on request; each is listed."""


@click.command()
@click.argument("media", nargs=-1, required=True)
@output_options
@recognition_options
@audio_options
@style_options
@speakers_option
@click.option("--smooth-speakers", is_flag=True, help="Give speaker islands under a second to their neighbours.")
@finishing_options
@click.option("--start-tc", "start_timecode", default="", metavar="TC", help="Time code of the first frame.")
@click.option("--also", multiple=True, metavar="STYLE:FORMAT", help="A further shape, such as social-vertical:srt.")
@click.option("--suffix-language", is_flag=True, help="Name the files <stem>.<language>.<ext>; needs --language.")
@click.option("--strict", is_flag=True, help="Warnings of the check make the run exit 1; the files are still written.")
@service_options
@storage_options
@click.option(
    "--dry-run", is_flag=True, help="Print what would be sent, how long it is and what it costs; send nothing."
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Ledger; `.captioner/` in the output folder without.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress; failures are still told.")
def run(
    media: tuple[str, ...],
    output: Path | None,
    dry_run: bool,
    ledger: Path | None,
    as_json: bool,
    quiet: bool,
    strict: bool,
    suffix_language: bool,
    **options: Any,
) -> int:
    """Caption MEDIA: files, folders (recursively) or http(s) URLs.

    Writes <stem>.<ext> for each format and the service's raw reply as <stem>.asr.json, beside the media or in DIR.
    Ctrl-C stops at once; the same command goes on where it stopped, and nothing is paid twice.

    \b
    Examples: captioner run interview.mp4
              captioner run rushes/ -o captions/ --format srt,vtt --speakers 0=Anna,1=Ben
    """
    from captioner.cli.jobs import place_order
    from captioner.jobs.inputs import expand

    order = place_order(options)
    for warning in order.warnings:
        click.echo(f"note: {plain(warning)}", err=True)
    sources = expand(media, output)
    if suffix_language:
        sources = _suffixed(sources, order.config["language"])
    if dry_run:
        from captioner.cli.plan import show_plan

        return show_plan(sources, order, as_json=as_json)
    report = carry_out(order, sources, media, output, ledger, quiet=quiet)
    _tell(report, as_json=as_json)
    return max(report.exit_code, _checked(report, strict=strict))


def carry_out(
    order: Order,
    sources: Sequence[Source],
    given: Sequence[str],
    output: Path | None,
    ledger: Path | None,
    *,
    quiet: bool,
) -> Report:
    """Run the order over the sources with progress on stderr; Ctrl-C and SIGTERM stop it in good order."""
    from captioner.cli.jobs import world
    from captioner.cli.progress import logged, shown
    from captioner.cli.signals import stopping
    from captioner.jobs.inputs import ledger_path
    from captioner.jobs.ledger import Ledger
    from captioner.jobs.runner import run as run_batch

    stop = threading.Event()
    with (
        world(order, sources) as doors,
        Ledger(ledger_path(given, output, ledger)) as book,
        shown(quiet=quiet) as hear,
        stopping(stop),
    ):
        try:
            return run_batch(sources, order.run, doors, book, on_event=logged(hear), stop=stop)
        except SetupError as error:
            error.message = f"{_whose(sources)}: {error.message}"
            raise


def _suffixed(sources: Sequence[Source], language: str) -> tuple[Source, ...]:
    """The same sources with the language in the names of their files.

    Raises:
        ConfigError: No language was given.
    """
    if not language:
        raise ConfigError("--suffix-language needs to know the language; give --language")
    return tuple(
        replace(source, target=source.target.with_name(f"{source.target.name}.{language}")) for source in sources
    )


def _checked(report: Report, *, strict: bool) -> int:
    """Say in a line for each new file how its captions stand; 1 when that shall count as a failure."""
    from captioner.check import fails, summary

    failed = False
    for file in report.files:
        for change in (issue for issue in file.issues if issue.rule in _CHANGES):
            click.echo(plain(f"{file.source}: {change.message}"), err=True)
        if file.cues and file.done:
            click.echo(plain(f"{file.source}: {summary(file.issues, file.cues)}"), err=True)
            failed |= strict and fails(file.issues, "warning")
    return int(failed)


def _whose(sources: Sequence[Source]) -> str:
    """Whom a fault of the set-up hits: all of them, the first by name."""
    first, others = sources[0].name, len(sources) - 1
    return f"{first} and {others} more" if others else first


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json_text(report.as_json()))
        return
    for file in report.files:
        for path in file.outputs:
            click.echo(plain(str(path)))
    for key in report.leftovers:
        click.echo(plain(f"left in the store, delete it by hand: {key}"), err=True)
    from captioner.cli.progress import named

    failed = [file for file in report.files if not file.done]
    if failed and len(report.files) > 1:
        click.echo(
            f"{len(report.files) - len(failed)} of {len(report.files)} files done, {len(failed)} failed:", err=True
        )
        for file in failed:
            click.echo(plain(f"  {named(file.source, file.reason.message if file.reason else file.state)}"), err=True)
