"""`captioner format`: the step that costs nothing and can be repeated."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.captions.option_use import refuse_useless
from captioner.captions.options import CaptionOptions, validate
from captioner.captions.pipeline import explain_layout, produce, revise
from captioner.cli.caption_io import may_write, show_issues
from captioner.cli.help import OUTPUT, RUN, Option, command, with_options
from captioner.cli.options import CAPTION_OPTIONS
from captioner.cli.output_options import (
    caption_options,
    given_targets,
    given_to_style,
    named_by_target,
    unmatched_line,
    used_by_times,
)
from captioner.cli.output_paths import FileOrFolder
from captioner.cli.script_files import read_script_file, script_in
from captioner.cli.terminal import escape_control
from captioner.cli.transcript_io import (
    LoadedTranscript,
    deliver,
    file_names,
    format_of,
    parse_formats,
    read_transcript,
)
from captioner.config import Config, Value, load
from captioner.errors import ConfigError
from captioner.timecode import ms_to_srt

__all__ = ["format_"]

#: Issues that say what was changed on request, and what a format could not hold.
_CORRECTIONS = ("script", "replaced", "sounds_alike", "acceptance", "speaker_smoothed", "masked", "left_out")
_LOSSES = ("karaoke", "spelled", "top", "look", "language", "frames")

_OUTPUT = Option(
    ["-o", "--output"],
    group=OUTPUT,
    metavar="OUT",
    type=FileOrFolder(),
    help="File; or a folder, which several files need (default: stdout).",
)
_EXPLAIN = Option(["--explain"], group=RUN, is_flag=True, help="Show for each cue why it ends where it does.")


@command(name="format")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@with_options((_OUTPUT, _EXPLAIN), CAPTION_OPTIONS)
def format_(
    source: Path, output: Path | None, format: str | None, strict: bool, explain: bool, overwrite: bool, **options: Any
) -> int:
    """Turn IN, the service's raw reply or a transcript (JSON), into captions. Without --format the ending of OUT
    decides, else the target, else srt.

    \b
    Examples: captioner format talk.asr.json --style web-default --format vtt -o talk.vtt
              captioner format talk.asr.json --format srt,ass,docx -o captions/
    """
    config = _config(output, options)
    several = len(given_targets(options)) > 1
    target, language = next(iter(given_targets(options)), ""), config["language"]
    usual = None if several else (format_of(output, target, language),)
    formats = parse_formats(format) if format else usual
    wanted = _with_script(caption_options(config, options, formats=formats), source, config)
    if explain:
        with _without_gc():
            return _explain(read_transcript(source, wanted))
    refuse_useless(wanted, given_to_style({**options, "format": format}), used=used_by_times(options))
    _say(f"note: {note}" for note in named_by_target(wanted))
    files = _files(source, output, wanted, suffix_language=options["suffix_language"])
    may_write(list(files.values()), [source], overwrite=overwrite)
    with _without_gc():
        return _write(source, read_transcript(source, wanted), files, strict=strict)


def _config(output: Path | None, options: Mapping[str, Any]) -> Config:
    """Settings and flags; further files that captioner.toml asks for are made only where there is a folder for them."""
    config = load().with_flags(**options)
    if config.values["also"].origin == "flag" or (output is not None and output.is_dir()):
        return config
    return Config({**config.values, "also": Value([], "default")})


def _with_script(options: CaptionOptions, source: Path, config: Config) -> CaptionOptions:
    """The options with the script of a folder of scripts that has the name of the source.

    Raises:
        ConfigError: There is none.
    """
    if not config["script"] or options.script:
        return options
    stem = source.name.removesuffix(".json").removesuffix(".asr")
    found = script_in(Path(config["script"]), stem)
    if found is None:
        raise ConfigError(f"--script {config['script']}: no script for {stem} in it; name the script itself")
    return replace(options, script=read_script_file(found, options.language), script_name=found.name)


def _files(source: Path, output: Path | None, options: CaptionOptions, *, suffix_language: bool) -> dict[str, Path]:
    """Extension to file: one as it is named, several as <stem>.<ext> in a folder.

    Raises:
        ConfigError: Several files and no folder, two files of one name, or no language for a name that has it.
    """
    if suffix_language and not options.language:
        raise ConfigError("--suffix-language needs to know the language; give --language")
    names = file_names(source, options, options.language if suffix_language else "")
    if output is not None and output.is_dir():
        return {extension: output / name for extension, name in names.items()}
    if len(options.all_formats) == 1:
        return dict.fromkeys(names, output or Path("-"))
    if output is None or str(output) == "-" or output.suffix or output.exists():
        raise ConfigError(f"{len(options.all_formats)} formats need a folder; give -o DIR")
    return {extension: output / name for extension, name in names.items()}


@contextmanager
def _without_gc() -> Iterator[None]:
    """Pause the cyclic garbage collector: one large tree is built without garbage; saves a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _write(source: Path, loaded: LoadedTranscript, files: Mapping[str, Path], *, strict: bool) -> int:
    validate(loaded.options)
    if loaded.note:
        _say([f"{source}: {loaded.note}"])
    if loaded.unheard:
        _say([f"{source}: names of speakers who do not occur: {', '.join(loaded.unheard)}"])
    made = produce(
        loaded.recognised, loaded.media, loaded.options, title=loaded.title, check=strict, edits=loaded.edits
    )
    for extension, path in files.items():
        deliver(made.files[extension], path, sys.stdout.buffer)
    _say([each.message for each in made.issues if each.rule in _CORRECTIONS and each.cue_index is None])
    _say(filter(None, [unmatched_line(loaded.options.glossary, made.matched)]))
    show_issues([issue for issue in made.issues if issue.rule in _LOSSES])
    if not strict:
        return 0
    from captioner.check import fails, summary  # loads every rule, which only --strict needs

    _say([f"{source}: {summary(made.issues, made.cues)}"])
    return int(fails(made.issues, "warning"))


def _explain(loaded: LoadedTranscript) -> int:
    revised = revise(loaded.recognised, loaded.options, loaded.edits)
    _say([note.message for note in revised.notes])
    composition = explain_layout(revised.transcript, replace(loaded.options, names=revised.names))
    for number, (cue, reason) in enumerate(zip(composition.cues, composition.reasons, strict=True), 1):
        click.echo(f"{number}  {ms_to_srt(cue.start_ms)} --> {ms_to_srt(cue.end_ms)}")
        for line in cue.lines:
            click.echo(f"    {escape_control(line.printed)}")
        click.echo(f"  {escape_control(reason)}")
    for issue in composition.issues:
        place = "" if issue.cue_index is None else f" cue {issue.cue_index + 1}:"
        click.echo(f"{issue.severity}:{place} {escape_control(issue.message)}", err=True)
    return 0


def _say(messages: Iterable[str]) -> None:
    for message in messages:
        click.echo(escape_control(message), err=True)
