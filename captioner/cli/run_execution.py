"""Carries out what `run`, `batch`, `retry` and `transcribe` are asked to do: one implementation, in two modes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from captioner.cli.caption_io import may_write
from captioner.cli.dry_run import show_dry_run
from captioner.cli.folder_config import FolderConfig
from captioner.cli.kept_options import JobKey, given_options, kept_in
from captioner.cli.malloc import tune_malloc
from captioner.cli.output_options import unmatched_line
from captioner.cli.progress import progress, say
from captioner.cli.receivers import open_receivers
from captioner.cli.run_setup import RunPlan, build_run, open_run_services, place_notes
from captioner.cli.signals import handle_signals
from captioner.cli.terminal import escape_control, json_text
from captioner.config import SETTINGS, Config
from captioner.errors import ConfigError, SetupError
from captioner.files import ensure_private_folder, obstacle, write_whole
from captioner.gc_pause import gc_seldom
from captioner.jobs import runner
from captioner.jobs.budget import Limit
from captioner.jobs.events import FileReport, Report
from captioner.jobs.inputs.finding import LEDGER_NAME, Inputs, Source, find, is_bucket
from captioner.jobs.inputs.folder_scan import Why, summary
from captioner.jobs.inputs.input_lists import expand_lists
from captioner.jobs.inputs.selection import Selection, parse_newer_than
from captioner.jobs.ledger import LedgerPlace, locate_ledger, open_ledgers, run_folder
from captioner.jobs.options import RunOptions
from captioner.jobs.outputs.html_report import MARK, page
from captioner.jobs.outputs.remote_outputs import is_remote, remote_of, shown_path
from captioner.jobs.polling.completion_events import CompletionEvents, listener
from captioner.jobs.reuse import PAID_BEFORE
from captioner.jobs.services import Services
from captioner.recognition.funasr.catalogue import find_model, price_usd
from captioner.storage import ObjectStore, S3Objects

__all__ = [
    "ATTENDED",
    "UNATTENDED",
    "RunMode",
    "bucket_reader",
    "caption_inputs",
    "caption_sources",
    "check_cap",
    "check_output_folder",
    "completion_events",
    "configured_ledger",
    "ledger_notes",
    "listed_below",
    "listed_outputs",
    "run_options",
    "selection_of",
    "with_cluster_folders",
    "with_language_suffix",
]

#: Issues of a file that the report of many files keeps; ten thousand files have millions.
_ISSUES_KEPT = 20
#: Failures named one by one at the end; all of them are in the report.
_FAILURES_SHOWN = 20
#: More files with the same trouble are one line.
_ALIKE_SHOWN = 3
#: Issues that say what was changed on request or kept of people; each is listed.
_CHANGES = (
    "language",
    "frames",
    "karaoke",
    "corrections",
    "script",
    "replaced",
    "sounds_alike",
    "acceptance",
    "speaker_smoothed",
    "spelled",
    "masked",
    "left_out",
    "look",
)


_UNKNOWN_PRICE = "{} is billed by the token, and how many tokens a file has is not known before the bill"


@dataclass(frozen=True, slots=True)
class RunMode:
    """Behaviour of a run: for a person who waits for it, or unattended.

    Attributes:
        patience_s: How long one file may be in trouble before the run goes on without it.
        rereading_s: How long a file that the service could not read is sent again.
        retry_rejected: Process files again that an earlier run rejected.
        overview: Show the stages of many files instead of every file, and no result for each.
        report: Name of the HTML report beside the ledger, or "" to write one only where `--report` says.
        issues_kept: Issues of a file that are kept, the worst first; None for all.
    """

    patience_s: float
    rereading_s: float
    retry_rejected: bool
    overview: bool
    report: str = ""
    issues_kept: int | None = None


#: A person waits: a file in trouble is left to the next run after two minutes.
ATTENDED = RunMode(patience_s=120.0, rereading_s=10.0, retry_rejected=True, overview=False)
#: Unattended: an hour's outage is waited out, and rejected files stay rejected until `captioner retry`.
UNATTENDED = RunMode(
    patience_s=3600.0,
    rereading_s=3600.0,
    retry_rejected=False,
    overview=True,
    report="report.html",
    issues_kept=_ISSUES_KEPT,
)


def caption_inputs(
    inputs: Sequence[str],
    output: Path | None,
    options: Mapping[str, Any],
    mode: RunMode,
    *,
    dry_run: bool = False,
    with_captions: bool = True,
) -> int:
    """Caption files, folders and links; returns the exit code.

    Args:
        inputs: As typed.
        output: Folder for the captions, or None for beside the media.
        options: Parameters of the command by name.
        mode: How to behave.
        dry_run: Say what would be done, and send nothing.
        with_captions: False saves the raw reply only.

    Raises:
        CaptionerError: Nothing could be done, for a reason that concerns every file.
    """
    plan = build_run(options, with_captions=with_captions)
    if output is not None and not dry_run and not is_remote(output.absolute()):
        check_output_folder(output)
    inputs = expand_lists(inputs)
    with bucket_reader(plan.config, inputs) as objects:
        found = find(inputs, output, selection_of(options), objects)
        ledger = locate_ledger(inputs, output, found.sources, configured_ledger(plan.config))
        folder = run_folder(inputs, output)
        return caption_sources(plan, found, ledger, options, mode, folder=folder, dry_run=dry_run, objects=objects)


def caption_sources(
    plan: RunPlan,
    found: Inputs,
    ledger: LedgerPlace,
    options: Mapping[str, Any],
    mode: RunMode,
    *,
    folder: Path,
    dry_run: bool = False,
    remembered: Mapping[str, Any] | None = None,
    objects: ObjectStore | None = None,
) -> int:
    """Caption what was found over a ledger; returns the exit code.

    Args:
        plan: From `build_run`.
        sources: What to caption.
        ledger: Where it is recorded.
        options: Parameters of the command by name.
        mode: How to behave.
        folder: The folder that the run belongs to; its report goes there.
        dry_run: Say what would be done, and send nothing.
        remembered: What is asked, and goes on being remembered, beside the command line.

    Raises:
        CaptionerError: As `caption_inputs`.
    """
    _check_report(options.get("report"), overwrite=bool(options.get("overwrite")))
    sources = found.sources
    kept = {} if options.get("forget") or remembered is not None else kept_in(ledger)
    asked, folders = run_options(plan, options, mode, kept=kept, remembered=remembered)
    folders.read_all(sources)
    if asked.captions.detect_shots and (link := next((one for one in sources if one.url or one.media), None)):
        raise ConfigError(
            f"{link.name}: --shots detect needs a file; give a list of shot changes, or download the link"
        )
    if options.get("suffix_language"):
        sources = tuple(with_language_suffix(source, folders(source).captions.language) for source in sources)
    only_links = all(source.url for source in sources)
    places = place_notes(plan, is_unattended=mode.overview, only_links=only_links)
    for note in (*plan.warnings, *folders.notes, *folders.kept_notes(), *folders.script_notes(), *places):
        say(f"note: {note}")
    as_json = bool(options.get("as_json"))
    if dry_run:
        return show_dry_run(replace(found, sources=sources), plan, folders, ledger, as_json=as_json, objects=objects)
    if left_out := ", ".join(summary(one for one in found.passed_over if one.why is not Why.CAPTIONS)):
        say(f"note: passed over: {left_out}; captioner plan lists them")
    if not sources:
        say("nothing to do")
        if as_json:
            click.echo(json_text(Report(()).as_json()))
        return 0
    check_cap(plan, options)
    started_at = time.time()
    asked = with_cluster_folders(asked, [source.path for source in sources if source.path is not None])
    report = _carry_out(plan, asked, sources, ledger, options, mode)
    page_at = options.get("report") or (_report_folder(folder, report) / mode.report if mode.report else None)
    if page_at is not None:
        write_whole(page_at, page(report, started_at, time.time()).encode(), private=True)
    glossary, strict = plan.run.captions.glossary, bool(options.get("strict"))
    return _show_result(report, page_at, mode, as_json=as_json, strict=strict, glossary=glossary)


@contextmanager
def bucket_reader(config: Config, inputs: Sequence[str]) -> Iterator[ObjectStore | None]:
    """Client that lists and reads the buckets among the inputs, until the block ends; None when there are none."""
    if not any(is_bucket(item) for item in inputs):
        yield None
        return
    objects = S3Objects(config.settings())
    try:
        yield objects
    finally:
        objects.close()


def listed_outputs(services: Services, sources: Sequence[Source]) -> dict[str, str]:
    """Objects in the buckets into which the captions of these sources go: ETags by address.

    Raises:
        CaptionerError: A bucket cannot be listed.
    """
    folders = {remote_of(source.target.parent / "x") for source in sources if not source.problem}
    listed: dict[str, str] = {}
    for bucket, prefix in _without_those_below({place for place in folders if place is not None}):
        found = services.buckets.list(bucket, prefix)
        listed |= {media.address: media.etag for media in found}
    return listed


def listed_below(services: Services, folder: Path) -> dict[str, str]:
    """Objects below the place in a bucket that a folder stands for: ETags by address.

    Raises:
        CaptionerError: The bucket cannot be listed.
    """
    place = remote_of(folder.absolute() / "x")
    if place is None:
        return {}
    found = services.buckets.list(place[0], place[1].removesuffix("x"))
    return {media.address: media.etag for media in found}


def _without_those_below(places: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Buckets and prefixes, each listed once; what is below another one comes with that."""
    kept: list[tuple[str, str]] = []
    for bucket, key in sorted(places):
        prefix = key.removesuffix("x")
        if not any(bucket == other and prefix.startswith(above) for other, above in kept):
            kept.append((bucket, prefix))
    return kept


def selection_of(options: Mapping[str, Any]) -> Selection:
    """Which files are wanted, from the options of a command.

    Raises:
        ConfigError: A time is none.
    """
    when = options.get("newer_than")
    return Selection(
        include=tuple(options.get("include") or ()),
        exclude=tuple(options.get("exclude") or ()),
        newer_than=parse_newer_than(when, time.time()) if when else None,
    )


def check_output_folder(folder: Path) -> None:
    """Refuse a folder for captions in which nothing can be written, before anything is bought.

    Raises:
        ConfigError: Nothing can be put into it.
    """
    if problem := obstacle(folder.expanduser().absolute()):
        raise ConfigError(f"{folder}: {problem}; choose a writable folder with -o")


def configured_ledger(config: Config) -> Path | None:
    """The ledger of `--ledger`, the environment or captioner.toml, or None."""
    return Path(config["ledger"]) if config["ledger"] else None


def ledger_notes(ledger: LedgerPlace, unreadable: Sequence[str]) -> list[str]:
    """Lines about the ledger of a run that are worth knowing."""
    lines = [f"what was paid for in it is not known: {line}" for line in unreadable]
    if ledger.is_folders:
        home = ledger.path.parent.parent
        lines.append(f"{home} has a ledger of its own, which is used; `captioner ledger merge {home}` adds it to yours")
    return lines


def _report_folder(folder: Path, report: Report) -> Path:
    """The folder of the report: `.captioner` in the folder of the run; beside the ledger where that is impossible."""
    private = folder / LEDGER_NAME.parent
    try:
        ensure_private_folder(private)
    except OSError:
        return report.ledger.parent if report.ledger else folder
    return private


def run_options(
    plan: RunPlan,
    options: Mapping[str, Any],
    mode: RunMode,
    *,
    kept: Mapping[JobKey, Mapping[str, Any]] | None = None,
    remembered: Mapping[str, Any] | None = None,
) -> tuple[RunOptions, FolderConfig]:
    """Options of the run: the plan with the command's limits and concurrency in a mode; and the folders' settings.

    Args:
        plan: From `build_run`.
        options: Parameters of the command by name.
        mode: How to behave.
        kept: Options that are remembered with files.
        remembered: What is asked, and goes on being remembered, beside the command line.

    Raises:
        ConfigError: A limit cannot be kept.
    """
    folders = FolderConfig(plan, options, asked={**(remembered or {}), **given_options(options)}, kept=kept)
    asked = replace(
        plan.run,
        options_for=folders,
        retry_rejected=mode.retry_rejected,
        limit=_limit(plan, options),
        patience_s=mode.patience_s,
        rereading_s=mode.rereading_s,
        issues_kept=mode.issues_kept,
        **{name: options[name] for name in ("preparing", "uploading", "asking") if name in options},
    )
    return asked, folders


def with_cluster_folders(asked: RunOptions, media: Sequence[Path], folders: Sequence[Path] = ()) -> RunOptions:
    """The options of a run whose cluster knows the folders that its workers have to see."""
    if asked.cluster is None:
        return asked
    return replace(asked, cluster=asked.cluster.with_media(media, folders))


def with_language_suffix(source: Source, language: str) -> Source:
    """The source with the language in the names of its files.

    Raises:
        ConfigError: No language was given.
    """
    if not language:
        raise ConfigError(f"{source.name}: --suffix-language needs to know the language; give --language")
    return replace(source, target=source.target.with_name(f"{source.target.name}.{language}"))


def _carry_out(
    plan: RunPlan,
    asked: RunOptions,
    sources: Sequence[Source],
    ledger: LedgerPlace,
    options: Mapping[str, Any],
    mode: RunMode,
) -> Report:
    """Run with progress on stderr; Ctrl-C and SIGTERM stop it in good order."""
    tune_malloc()
    stop = threading.Event()
    only_links = all(source.url for source in sources)
    has_objects = any(source.media is not None or is_remote(source.target) for source in sources)
    quiet, as_json = bool(options.get("quiet")), bool(options.get("log_json"))
    events = completion_events(options)
    with (
        open_receivers(plan.config) as receivers,
        open_run_services(plan, only_links=only_links, has_objects=has_objects) as services,
        open_ledgers(ledger) as ledgers,
        progress(quiet=quiet, as_json=as_json, overview=mode.overview) as hear,
        handle_signals(stop),
        gc_seldom(),
    ):
        for line in ledger_notes(ledger, ledgers.unreadable):
            say(f"note: {line}")
        try:
            services = replace(services, receivers=receivers, remote_outputs=listed_outputs(services, sources))
            return runner.run(
                sources,
                asked,
                services,
                ledgers.book,
                others=ledgers.others,
                on_event=hear,
                stop=stop,
                completions=events,
            )
        except SetupError as error:
            error.message = f"{_whose(sources)}: {error.detail}"
            raise


def _whose(sources: Sequence[Source]) -> str:
    """Which files a fault of the set-up concerns: all of them, the first by name."""
    first, others = sources[0].name if sources else "run", len(sources) - 1
    return f"{first} and {others} more" if others > 0 else first


def _limit(plan: RunPlan, options: Mapping[str, Any]) -> Limit | None:
    """The stricter of the two limits, in milliseconds of audio."""
    channels = max(1, len(plan.recognition.channels))
    limits = []
    if (hours := options.get("max_hours")) is not None:
        limits.append(Limit(int(hours * 3_600_000), channels, f"--max-hours {hours:g}"))
    if (cost := options.get("max_cost")) is not None:
        model, region = plan.recognition.model, plan.config["region"]
        per_hour = price_usd(model, region, 3600)
        if find_model(model).is_billed_by_tokens:
            raise ConfigError(f"--max-cost: {_UNKNOWN_PRICE.format(model)}; use --max-hours")
        if not per_hour:
            raise ConfigError(f"--max-cost: {model} has no published price in {region}; use --max-hours")
        limits.append(Limit(int(cost / per_hour * 3_600_000), channels, f"--max-cost {cost:g}"))
    return min(limits, key=lambda limit: limit.audio_ms, default=None)


def completion_events(options: Mapping[str, Any]) -> CompletionEvents | None:
    """Source of completion events, if one was asked for.

    Raises:
        ConfigError: Not an address, or one that needs a token.
    """
    address = options.get("events")
    return listener(address, os.environ.get("CAPTIONER_EVENTS_TOKEN", "").strip()) if address else None


def check_cap(plan: RunPlan, options: Mapping[str, Any]) -> None:
    """Refuse to buy without a cap what has no price that is known beforehand.

    Raises:
        ConfigError: The model is billed by the token, and --max-hours is not given.
    """
    model = plan.recognition.model
    if find_model(model).is_billed_by_tokens and options.get("max_hours") is None:
        raise ConfigError(f"{_UNKNOWN_PRICE.format(model)}; give the most audio to send with --max-hours")


def _check_report(path: Path | None, *, overwrite: bool) -> None:
    """Refuse to replace a file that is not a report of ours, before anything is sent."""
    if path is None:
        return
    ours = False
    if path.is_file():
        with path.open("rb") as stream:
            ours = MARK.encode() in stream.read(2000)
    may_write([path], overwrite=overwrite or ours)


def _show_result(
    report: Report, page_at: Path | None, mode: RunMode, *, as_json: bool, strict: bool, glossary: str = ""
) -> int:
    """Print what came of it; returns the exit code."""
    from captioner.check import fails, summary  # loads every rule, which neither --help nor completion needs

    warned = [file for file in report.files if file.done and file.cues and fails(file.issues, "warning")]
    code = max(report.exit_code, int(strict and bool(warned)))
    if as_json:
        click.echo(json_text({**report.as_json(), "exit_code": code}))
    elif not mode.overview:
        for path in (path for file in report.files for path in file.outputs):
            click.echo(escape_control(shown_path(path)))
    _show_some([f"left in the store: {key}; `captioner clean` removes it" for key in report.leftovers])
    for line in report.undelivered:
        say(f"not taken: {line}; the same command sends them again")
    _show_unmatched(report.files, glossary)
    if not mode.overview:
        _show_checks(report.files)
    elif strict:
        _show_some([f"{file.source}: {summary(file.issues, file.cues)}" for file in warned])
    _show_failures(report, page_at, mode)
    return code


def _show_checks(files: Sequence[FileReport]) -> None:
    """For each new file every change that was asked for, and in a line what the check says of its captions."""
    from captioner.check import summary

    for file in files:
        for change in (each for each in file.issues if each.rule in _CHANGES and each.cue_index is None):
            say(f"{file.source}: {change.message}")
        if file.cues and file.done:
            say(f"{file.source}: {summary(file.issues, file.cues)}")


def _show_failures(report: Report, page_at: Path | None, mode: RunMode) -> None:
    """Files that failed, with the reasons, and a summary line; the failure of a single file was shown already."""
    failed = [file for file in report.files if not file.done]
    if not mode.overview and (len(report.files) < 2 or not failed):
        return
    _show_some([f"  {line}" for line in _failures(failed)])
    _show_held(failed)
    see = f"; see {page_at}" if page_at else ""
    done = len(report.files) - len(failed)
    say(f"{done} of {len(report.files)} files done, {len(failed)} failed; billed {report.billed_s} s{see}")


def _show_unmatched(files: Sequence[FileReport], glossary: str) -> None:
    """Replacements and rules of the glossary that matched in none of the files, and names of speakers in none."""
    done = [file for file in files if file.done]
    if not done:
        return
    listed = [word for word in done[0].unmatched if all(word in file.unmatched for file in done)]
    if listed:
        say(f"replaced nowhere, because they were not said: {', '.join(listed)}")
    named = [name for name in done[0].unheard if all(name in file.unheard for file in done)] if done else []
    if named:
        say(f"names of speakers who occur in none of the files: {', '.join(named)}; see {SETTINGS['speakers'].key}")
    matched = {heard for file in done for heard in file.matched}
    if line := unmatched_line(glossary, matched):
        say(line)


def _show_held(failed: Sequence[FileReport]) -> None:
    """Number of files that need another recognition of what is paid for, and what that costs together."""
    held = [file for file in failed if file.reason is not None and file.reason.kind == PAID_BEFORE]
    if held:
        usd = sum(file.again_usd or 0.0 for file in held)
        files = "1 file needs" if len(held) == 1 else f"{len(held)} files need"
        say(f"{files} another recognition of audio that is paid for, at most {usd:.4f} USD: only with --again")


def _failures(failed: Sequence[FileReport]) -> Iterator[str]:
    """A line for each file, or one for many that have the same trouble."""
    by_reason: dict[str, list[str]] = {}
    for file in failed:
        by_reason.setdefault(file.reason.message if file.reason else str(file.state), []).append(file.source)
    for why, sources in by_reason.items():
        if len(sources) > _ALIKE_SHOWN:
            yield f"{len(sources)} files, such as {sources[0]}: {why}"
        else:
            yield from (f"{source}: {why}" for source in sources)


def _show_some(lines: Sequence[str]) -> None:
    for line in lines[:_FAILURES_SHOWN]:
        say(line)
    if len(lines) > _FAILURES_SHOWN:
        say(f"  and {len(lines) - _FAILURES_SHOWN} more")
