"""`captioner watch`: caption what is put into folders, until stopped."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.cli.batch import batch_options, concurrency, work_options
from captioner.cli.terminal import plain
from captioner.errors import ConfigError, Interrupted
from captioner.jobs.events import Event

__all__ = ["watch"]


@click.command()
@click.argument("folders", nargs=-1, required=True)
@work_options
@batch_options
@click.option("--settle", type=click.FloatRange(min=0), default=10.0, show_default=True, metavar="SECONDS",
              help="How long a file must stand still before it is taken.")  # fmt: skip
@click.option("--quarantine", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Where refused files go, the reason beside them. [default: FOLDER/quarantine]")  # fmt: skip
@click.option("--no-quarantine", is_flag=True, help="Leave refused files where they are.")
@click.option("--health", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Keep a line of JSON about the state there.")  # fmt: skip
@click.option("--health-line", is_flag=True, help="The same on stderr, every minute.")
@click.option("--metrics", type=click.IntRange(0, 65535), metavar="PORT",
              help="Prometheus metrics on 127.0.0.1; 0 chooses a port.")  # fmt: skip
def watch(
    folders: tuple[str, ...],
    output: Path | None,
    settle: float,
    quarantine: Path | None,
    no_quarantine: bool,
    health: Path | None,
    health_line: bool,
    metrics: int | None,
    **options: Any,
) -> int:
    """Caption what is in FOLDERS and what is put there, until SIGTERM or Ctrl-C.

    A file is taken when it has stood still for --settle seconds and nobody has it open for writing or locked. What was
    done is in the ledger: a new start takes up what was begun and does nothing twice. Trouble of the network, the
    store or the service is waited for; a wrong key or setting ends the command, so that somebody hears of it.
    """
    from captioner.cli.board import shown
    from captioner.cli.jobs import place_order, world
    from captioner.cli.memory import keep_flat
    from captioner.cli.metrics import Health, serving
    from captioner.cli.signals import stopping
    from captioner.jobs.folder_watcher import QUARANTINE, Watcher
    from captioner.jobs.inputs import ledger_path
    from captioner.jobs.ledger import Ledger
    from captioner.jobs.runner import run

    keep_flat()
    order = place_order(options)
    _check(folders)
    away = None if no_quarantine else (quarantine or Path(folders[0]) / QUARANTINE).absolute()
    extensions = order.run.captions.extensions
    watcher = Watcher(folders, output, extensions, settle_s=settle, quarantine=away)
    asked = replace(concurrency(order, options), retry_rejected=False, patience_s=math.inf, rereading_s=math.inf)
    report, stop = Health(health, line=health_line), threading.Event()

    def hear(event: Event) -> None:
        report.hear(event)
        tell(event)

    with (
        world(order, _as_sources(folders)) as doors,
        Ledger(ledger_path(folders, output, options["ledger"])) as book,
        shown(quiet=options["quiet"], as_json=options["log_json"]) as tell,
        serving(metrics, report) as port,
        stopping(stop),
    ):
        if port is not None:
            click.echo(f"metrics on http://127.0.0.1:{port}/metrics", err=True)
        try:
            run((), asked, doors, book, on_event=hear, stop=stop, feed=watcher)
        except Interrupted:
            click.echo("stopped; the same command goes on where this one was", err=True)
    return 0


def _check(folders: Sequence[str]) -> None:
    for folder in folders:
        if not Path(folder).is_dir():
            raise ConfigError(plain(f"{folder}: not a folder; watch takes folders only"))


def _as_sources(folders: Sequence[str]) -> list[Any]:
    """What stands for the files to come, where somebody asks what kind of inputs there are."""
    from captioner.jobs.inputs import Source

    return [Source(folder, Path(folder), Path(folder)) for folder in folders]
