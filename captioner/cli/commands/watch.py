"""`captioner watch`: caption what is put into folders, until stopped."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.cli.folder_config import FolderConfig
from captioner.cli.help import INPUT, RUN, Option, command, with_options
from captioner.cli.kept_options import kept_in
from captioner.cli.malloc import tune_malloc
from captioner.cli.metrics import Health, serving
from captioner.cli.options import RUN_OPTIONS, SELECTION
from captioner.cli.progress import Listener, progress, say
from captioner.cli.receivers import open_receivers
from captioner.cli.run_execution import (
    UNATTENDED,
    bucket_reader,
    check_cap,
    check_output_folder,
    completion_events,
    configured_ledger,
    ledger_notes,
    listed_below,
    run_options,
    selection_of,
    with_cluster_folders,
    with_language_suffix,
)
from captioner.cli.run_setup import RunPlan, build_run, open_run_services, place_notes
from captioner.cli.signals import handle_signals
from captioner.cli.terminal import escape_control
from captioner.errors import CaptionerError, ConfigError, Interrupted
from captioner.gc_pause import gc_seldom
from captioner.jobs import runner
from captioner.jobs.events import Event, FileReport
from captioner.jobs.inputs.bucket_watcher import BucketWatcher, ManyFeeds
from captioner.jobs.inputs.finding import Source, find, is_bucket
from captioner.jobs.inputs.folder_watcher import QUARANTINE, Watcher
from captioner.jobs.ledger import LedgerPlace, locate_ledger, open_ledgers
from captioner.jobs.options import RunOptions
from captioner.jobs.outputs.remote_outputs import is_remote
from captioner.storage import ObjectStore, parse_address

__all__ = ["watch"]

#: A watch never gives up a file for trouble that passes.
_MODE = replace(UNATTENDED, patience_s=math.inf, rereading_s=math.inf)

_OPTIONS = (
    Option(["--settle"], group=INPUT, type=click.FloatRange(min=0), default=10.0, metavar="SECONDS",
           help="How long a file must be unchanged before it is taken (default: 10)."),
    Option(["--listing"], group=INPUT, common=False, type=click.FloatRange(min=1), default=60.0, metavar="SECONDS",
           help="How often a bucket is listed (default: 60)."),
    Option(["--quarantine"], group=INPUT, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
           help="Folder for rejected files and the reasons (default: FOLDER/quarantine)."),
    Option(["--no-quarantine"], group=INPUT, common=False, is_flag=True, help="Leave rejected files where they are."),
    Option(["--health"], group=RUN, common=False, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
           help="Keep a line of JSON about the state in this file."),
    Option(["--health-line"], group=RUN, common=False, is_flag=True, help="The same on stderr, every minute."),
    Option(["--metrics"], group=RUN, common=False, type=click.IntRange(0, 65535), metavar="PORT",
           help="Prometheus metrics on 127.0.0.1; 0 chooses a port."),
)  # fmt: skip


@command()
@click.argument("folders", nargs=-1, required=True)
@with_options(_OPTIONS, SELECTION, RUN_OPTIONS)
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
    """Caption what is in FOLDERS or s3://bucket/prefix and what is put there, until SIGTERM or Ctrl-C.

    A file is taken when it is unchanged for --settle seconds, no program writes or locks it, and no name shows that it
    is unfinished. The ledger holds what was done: a new start does nothing twice. Trouble of network, store or service
    is waited out; a wrong key ends the command.
    """
    plan = build_run(options)
    for folder in folders:
        if not is_bucket(folder) and not Path(folder).is_dir():
            raise ConfigError(escape_control(f"{folder}: not a folder; watch takes folders and s3:// addresses only"))
    if output is not None and not is_remote(output.absolute()):
        check_output_folder(output)
    with bucket_reader(plan.config, folders) as objects:
        here = [folder for folder in folders if not is_bucket(folder)]
        path = locate_ledger(folders, output, find(here, output).sources, configured_ledger(plan.config))
        asked, settings = run_options(plan, options, _MODE, kept={} if options["forget"] else kept_in(path))
        check_cap(plan, options)
        if asked.renew:  # each start would buy all that is there
            asked = replace(asked, renew=False)
            say(
                "note: --again: a watch buys again only what the reply lacks; captioner run FILE --again buys it anyway"
            )
        asked = with_cluster_folders(asked, [], [Path(folder).absolute() for folder in here])
        for note in (*plan.warnings, *place_notes(plan, is_unattended=True)):
            say(f"note: {note}")
        away = None if no_quarantine else _quarantine(folders, quarantine)
        watchers = _watchers(folders, output, asked, options, settle, away, objects)
        feed = _Feed(watchers, settings, suffix_language=options["suffix_language"], strict=options["strict"])
        _run(plan, asked, feed, path, Health(health, line=health_line), metrics, options, output)
    return int(feed.has_warned)


def _quarantine(folders: Sequence[str], quarantine: Path | None) -> Path | None:
    """The folder for rejected files; nothing in a bucket is moved."""
    first = next((folder for folder in folders if not is_bucket(folder)), None)
    if quarantine is not None or first is None:
        return quarantine.absolute() if quarantine else None
    return (Path(first) / QUARANTINE).absolute()


def _watchers(
    inputs: Sequence[str],
    output: Path | None,
    asked: RunOptions,
    options: Mapping[str, Any],
    settle: float,
    quarantine: Path | None,
    objects: ObjectStore | None,
) -> tuple[Watcher | BucketWatcher, ...]:
    """A watcher for the folders, and one for the buckets."""
    extensions, selection = asked.extensions(asked.captions), selection_of(options)
    folders = [item for item in inputs if not is_bucket(item)]
    buckets = [item for item in inputs if is_bucket(item)]
    found: list[Watcher | BucketWatcher] = []
    if folders:
        found.append(Watcher(folders, output, extensions, settle_s=settle, quarantine=quarantine, selection=selection))
    if objects is not None:
        for address in buckets:
            check_listing(objects, address)
        found.append(
            BucketWatcher(buckets, output, extensions, objects, selection=selection, listing_s=options["listing"])
        )
    return tuple(found)


def check_listing(objects: ObjectStore, address: str) -> None:
    """Refuse a bucket that cannot be listed, before anything is waited for.

    Raises:
        CaptionerError: It is not there, or may not be listed.
    """
    next(iter(objects.list(*parse_address(address))), None)


def _run(
    plan: RunPlan,
    asked: RunOptions,
    feed: _Feed,
    ledger: LedgerPlace,
    health: Health,
    metrics: int | None,
    options: dict[str, Any],
    output: Path | None,
) -> None:
    tune_malloc()
    is_away = output is not None and is_remote(output.absolute())
    stop, events = threading.Event(), completion_events(options)
    with ExitStack() as stack:
        receivers = stack.enter_context(open_receivers(plan.config))
        services = stack.enter_context(open_run_services(plan, has_objects=feed.has_buckets or is_away))
        listed = listed_below(services, output) if output is not None and is_away else {}
        services = replace(services, receivers=receivers, remote_outputs=listed)
        ledgers = stack.enter_context(open_ledgers(ledger))
        for line in ledger_notes(ledger, ledgers.unreadable):
            say(f"note: {line}")
        show = stack.enter_context(
            progress(quiet=options["quiet"], as_json=options["log_json"], overview=_MODE.overview)
        )
        port = stack.enter_context(serving(metrics, health))
        stack.enter_context(handle_signals(stop))
        stack.enter_context(gc_seldom())
        if port is not None:
            click.echo(f"metrics on http://127.0.0.1:{port}/metrics", err=True)
        try:
            hear = _both(health.hear, show)
            runner.run(
                (),
                asked,
                services,
                ledgers.book,
                others=ledgers.others,
                on_event=hear,
                stop=stop,
                feed=feed,
                completions=events,
            )
        except Interrupted:
            click.echo("stopped; the same command continues where this one stopped", err=True)


def _both(first: Listener, second: Listener) -> Callable[[Event], None]:
    def hear(event: Event) -> None:
        first(event)
        second(event)

    return hear


class _Feed:
    """The files of the watched folders, named and checked as the options ask.

    Attributes:
        has_warned: Whether the check of some captions warned, with `--strict`.
    """

    def __init__(
        self,
        watchers: Sequence[Watcher | BucketWatcher],
        settings: FolderConfig,
        *,
        suffix_language: bool,
        strict: bool,
    ) -> None:
        self._watchers = tuple(watchers)
        self._watcher = ManyFeeds(self._watchers)
        self._settings = settings
        self._suffix_language = suffix_language
        self._strict = strict
        self._given: dict[Source, Source] = {}
        self._notes_said = 0
        self.has_warned = False

    @property
    def has_buckets(self) -> bool:
        """Whether some of the inputs are in buckets."""
        return any(isinstance(watcher, BucketWatcher) for watcher in self._watchers)

    @property
    def left(self) -> int:
        """Files that are known and not taken."""
        return self._watcher.left

    @property
    def pause_s(self) -> float | None:
        """Seconds until the next look."""
        return self._watcher.pause_s

    def take(self, room: int) -> Sequence[tuple[Source, str]]:
        """Files that have come to rest, each with the reason why it cannot be done, or ""."""
        taken = [self._named(source, problem) for source, problem in self._watcher.take(room)]
        for note in self._settings.notes[self._notes_said :]:
            say(f"note: {note}")
        self._notes_said = len(self._settings.notes)
        for watcher in self._watchers:
            for note in watcher.notes:
                say(f"note: {note}")
            watcher.notes.clear()
        return taken

    def _named(self, source: Source, problem: str) -> tuple[Source, str]:
        if not self._suffix_language:
            return source, problem
        try:
            named = with_language_suffix(source, self._settings(source).captions.language)
        except CaptionerError as error:
            return source, problem or error.detail
        self._given[named] = source
        return named, problem

    def ended(self, source: Source, report: FileReport) -> None:
        """Pass on how a file ended, and say what the check says of its captions with `--strict`."""
        from captioner.check import fails, summary  # loads every rule, which neither --help nor completion needs

        self._watcher.ended(self._given.pop(source, source), report)
        if self._strict and report.done and report.cues and fails(report.issues, "warning"):
            self.has_warned = True
            say(f"{report.source}: {summary(report.issues, report.cues)}")
