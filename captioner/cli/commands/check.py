"""`captioner check`: captions held against a house style."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from captioner.archive_files import author
from captioner.captions.options import CaptionOptions
from captioner.check import FixResult, fails, fix, rates
from captioner.check import check as run_checks
from captioner.check.acceptance import changed_note
from captioner.check.fix_scope import has_encoding_issues, italicised, with_markup
from captioner.check.report.html import render_report
from captioner.cli import check_output as findings
from captioner.cli import completion
from captioner.cli.accept_findings import ArchiveBeside, beside, changed
from captioner.cli.caption_io import may_write, read_options
from captioner.cli.check_output import Result
from captioner.cli.help import OUTPUT, Option, command, with_options
from captioner.cli.loss_warnings import warn_read_notes
from captioner.cli.named_files import FileToWrite, in_folder
from captioner.cli.options import OVERWRITE, READING_AS_IT_IS
from captioner.cli.progress import say
from captioner.cli.transcript_io import read_transcript
from captioner.config import load
from captioner.errors import CaptionerError, ConfigError, ReplyError
from captioner.files import write_whole
from captioner.formats import ALL_FORMATS, CaptionFile, ReadOptions, read, render
from captioner.formats.caption_file import split_lines
from captioner.formats.text.patch import has_text, patch
from captioner.languages import tag_in_file_name
from captioner.layout.frames import shots_from_text
from captioner.media import describe
from captioner.media.shots import detect_shots
from captioner.model import Media, Transcript
from captioner.script_report import ScriptReport
from captioner.style import Style, load_style
from captioner.timecode import parse_rate

__all__ = ["check"]


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Inputs of the check beside the caption files."""

    style: Style
    language: str
    transcript: Transcript | None
    script: ScriptReport | None
    media: Media | None
    rate: Fraction | None
    shots: tuple[int, ...]
    reading: ReadOptions = field(default_factory=ReadOptions)
    archive: Path | None = None


_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_SEVERITY = click.Choice(["error", "warning", "note"])
_OPTIONS = (
    Option(["--style", "style_name"], metavar="NAME", shell_complete=completion.styles,
           help="House style, or a TOML file (default: web-default)."),
    Option(["--language"], metavar="CODE", default="", shell_complete=completion.languages,
           help="Language of the captions (default: detect)."),
    Option(["--media"], metavar="FILE", type=_FILE, help="The media of the captions."),
    Option(["--transcript"], metavar="FILE", type=_FILE, help="What was said: a raw reply or a transcript."),
    Option(["--archive"], metavar="JSON", type=_FILE,
           help="Captioner's JSON of the media: the corrected text, accepted findings (default: beside FILE)."),
    Option(["--fps"], metavar="RATE", help="Frame rate, e.g. 25 or 29.97 (default: the media's)."),
    Option(["--shots"], metavar="LIST", help="File of shot changes; or detect, which finds them in the media."),
    Option(["--fail-on"], type=_SEVERITY, default="error",
           help="Least severe finding that exits with 1 (default: error)."),
    Option(["--show"], type=_SEVERITY, default="warning", help="Least severe finding shown (default: warning)."),
    Option(["--explain"], metavar="RULE", help="Explain a rule and its source; list shows all."),
    Option(["--accept"], metavar="RULE@N", multiple=True,
           help="Accept a finding of caption N, with --reason, until the caption changes; repeatable."),
    Option(["--unaccept"], metavar="RULE@N", multiple=True,
           help="Take that back; changed: for every caption that changed. Repeatable."),
    Option(["--reason"], metavar="TEXT", default="", help="Why findings are accepted."),
    Option(["--by"], metavar="NAME", help="Who accepts them (default: the user's name)."),
    Option(["--fix", "fix_"], group=OUTPUT, is_flag=True,
           help="Fix what can be fixed safely, in NAME.fixed.EXT; lists the changes."),
    Option(["-o", "--output", "named"], group=OUTPUT, metavar="OUT",
           help="File that --fix writes (default: NAME.fixed.EXT); a name that ends with / is a folder."),
    Option(["--html"], group=OUTPUT, metavar="FILE", type=FileToWrite("check.html"),
           help="Write an HTML report."),
    Option(["--json", "as_json"], group=OUTPUT, is_flag=True, help="Print the result as JSON."),
    Option(["--csv", "as_csv"], group=OUTPUT, is_flag=True, help="Print one finding per row."),
)  # fmt: skip


@command()
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@with_options(_OPTIONS, READING_AS_IT_IS, (OVERWRITE,))
def check(
    files: tuple[Path, ...],
    style_name: str | None,
    language: str,
    media: Path | None,
    transcript: Path | None,
    fps: str | None,
    shots: str | None,
    fail_on: str,
    show: str,
    as_json: bool,
    as_csv: bool,
    fix_: bool,
    named: str | None,
    overwrite: bool,
    html: Path | None,
    explain: str | None,
    archive: Path | None,
    accept: tuple[str, ...],
    unaccept: tuple[str, ...],
    reason: str,
    by: str | None,
    **reading: Any,
) -> int:
    """Check caption files, ours or anyone's, against a house style.

    \b
    Examples: captioner check talk.srt --style netflix --media talk.mp4
              captioner check talk.vtt --transcript talk.json --html report.html
              captioner check talk.srt --accept cps@12 --reason "spoken in one breath"
              captioner check --explain cps

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage or configuration.
    """
    if explain:
        findings.explain(explain)
        return 0
    if not files:
        raise click.UsageError("no FILE given; name caption files such as talk.srt")
    if html and len(files) > 1:
        raise click.UsageError("--html reports on one FILE; call it once for each")
    if html:
        may_write([html], [*files, *filter(None, (media, transcript))], overwrite=overwrite)
    if named is not None and not fix_:
        raise click.UsageError("-o names what --fix writes; give --fix too")
    if named is not None and len(files) > 1 and not named.endswith(("/", os.sep)):
        raise click.UsageError(f"-o {named} is one file and {len(files)} are fixed; name a folder, such as {named}/")
    if accept or unaccept:
        _check_acceptance(files, accept, reason, fix=fix_)
    inputs = _inputs(style_name, language, media, transcript, fps, shots)
    inputs = replace(inputs, reading=read_options({"language": language, **reading}, inputs.rate), archive=archive)
    results, broken = _check_all(files, inputs, fix=fix_, named=named, overwrite=overwrite)
    if accept or unaccept:
        results = [_with_acceptances(each, accept, unaccept, reason, author(by)) for each in results]
    if html and results:
        _report(results[0], inputs, html)
    if as_json:
        findings.as_json(results, inputs.style)
    elif as_csv:
        findings.as_csv(results)
    else:
        findings.table(results, inputs.style, show)
    for message in broken:
        findings.complain(message)
    return 1 if broken or any(fails(result.issues, fail_on) for result in results) else 0


def _check_acceptance(files: Sequence[Path], accept: Sequence[str], reason: str, *, fix: bool) -> None:
    """Refuse to accept without a reason, in several files, and of captions that are changed at the same time."""
    if len(files) > 1 or fix:
        raise click.UsageError("--accept and --unaccept are about one FILE, and without --fix")
    if accept and not reason.strip():
        raise click.UsageError("--accept: say why, with --reason")


def _with_acceptances(result: Result, accept: Sequence[str], unaccept: Sequence[str], reason: str, by: str) -> Result:
    """The result after findings were accepted or taken back, which the archive keeps.

    Raises:
        ConfigError: There is no archive, or no such finding.
    """
    if result.known is None:
        name = result.path.with_suffix(".json").name
        raise ConfigError(
            f"{result.path}: {name}, which keeps what is accepted, is not beside it; name it with --archive, or make"
            f" it: captioner convert {result.path} {result.path.with_suffix('.json')}"
        )
    known = changed(result.known, result.issues, accept, unaccept, reason.strip(), by)
    return replace(result, issues=known.marked(result.issues), known=known, notes=_notes(result.path, known))


def _inputs(
    style_name: str | None,
    language: str,
    media: Path | None,
    transcript: Path | None,
    fps: str | None,
    shots: str | None,
) -> _Inputs:
    config = load().with_flags(style=style_name)
    facts = None
    if media is not None:
        facts = describe(media)
    rate = parse_rate(fps) if fps else facts.frame_rate if facts else None
    spoken = read_transcript(transcript, CaptionOptions(language=language)) if transcript else None
    return _Inputs(
        style=load_style(config["style"]),
        language=language,
        transcript=spoken.transcript if spoken else None,
        script=spoken.edits.script if spoken else None,
        media=facts,
        rate=rate,
        shots=_shots(shots, media, rate),
    )


def _shots(given: str | None, media: Path | None, rate: Fraction | None) -> tuple[int, ...]:
    if not given:
        return ()
    if given == "detect":
        if media is None:
            raise click.UsageError("--shots detect needs --media")
        return detect_shots(media)
    try:
        return shots_from_text(Path(given).read_text(encoding="utf-8"), rate)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"shots {given}: cannot be read ({error}); name a file of seconds, or write detect"
        ) from error


def _check_all(
    files: Sequence[Path], inputs: _Inputs, *, fix: bool, named: str | None, overwrite: bool
) -> tuple[list[Result], list[str]]:
    """Results of the files that can be read, and a complaint for each of the others."""
    results, broken = [], []
    for path in files:
        try:
            results.append(_check_one(path, inputs, fix=fix, named=named, overwrite=overwrite))
        except CaptionerError as error:
            if error.exit_code != 1:
                raise
            broken.append(error.message)
    return results, broken


def _check_one(path: Path, inputs: _Inputs, *, fix: bool, named: str | None, overwrite: bool) -> Result:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReplyError(f"{path}: cannot be read ({error.strerror})") from error
    options = replace(inputs.reading, language=inputs.reading.language or tag_in_file_name(path.name))
    captions = read(data, str(path), options)
    warn_read_notes(captions, faults=False)
    changes: tuple[str, ...] = ()
    written = None
    if fix:
        captions, changes, written = _fixed(captions, path, inputs, named=named, overwrite=overwrite)
    return _checked(path, captions, inputs, changes, written)


def _checked(
    path: Path, captions: CaptionFile, inputs: _Inputs, changes: tuple[str, ...], written: Path | None
) -> Result:
    known = beside(path, captions, inputs.archive)
    transcript = inputs.transcript or captions.transcript or (known.transcript if known else None)
    script = inputs.script or (captions.archive.script if captions.archive else None)
    language = inputs.language or captions.language or (known.archive.language if known else "")
    issues = run_checks(
        captions.cues,
        inputs.style,
        transcript=transcript,
        media=inputs.media,
        frame_rate=inputs.rate,
        text=captions.data,
        format=captions.format,
        written=captions.written,
        language=language,
        shots=inputs.shots,
        encoding=captions.encoding,
        notes=captions.notes,
        script=script,
    )
    figures = rates(captions.cues, inputs.style, transcript, language)
    if known is not None:
        issues = known.marked(issues)
    notes = _notes(path, known) if known is not None and not inputs.transcript else ()
    return Result(path, captions, issues, figures, changes, written, transcript, script, notes, known)


def _notes(path: Path, known: ArchiveBeside) -> tuple[str, ...]:
    """Lines about the text that captions were compared with, and about acceptances that count no longer."""
    is_other = known.transcript is not None and known.path.resolve() != path.resolve()
    compared = f"compared with the text of {known.path.name}" if is_other else ""
    return tuple(filter(None, (compared, changed_note(known.gone))))


def _fixed(
    captions: CaptionFile, path: Path, inputs: _Inputs, *, named: str | None, overwrite: bool
) -> tuple[CaptionFile, tuple[str, ...], Path | None]:
    """The captions after fixing, as they read back from the file written; none is written when nothing changed."""
    if captions.is_encoding_guessed:
        say(f"note: {path}: nothing is fixed while its encoding is a guess; give --input-encoding {captions.encoding}")
        return captions, (), None
    language = inputs.language or captions.language
    upright = italicised(captions, inputs.style, language)
    fixed = fix(
        captions.cues,
        inputs.style,
        language=language,
        frame_rate=inputs.rate,
        duration_ms=inputs.media.duration_ms if inputs.media else 0,
        shots=inputs.shots,
        with_markup=with_markup(captions),
    )
    changes = (*fixed.changes, *(f"caption {index + 1}: set upright" for index in sorted(upright)))
    mended = [note for note in captions.notes if note.is_fault and note.kind == "mended"]
    changes = (*changes, *(f"line {note.line}: {note.message}" if note.line else note.message for note in mended))
    lines = split_lines(captions.text)
    if empty := sum(not has_text(lines, block) for block in captions.left_out):
        changes = (*changes, f"{empty} caption{'s' if empty > 1 else ''} without text and time removed")
    if ALL_FORMATS[captions.format].encodings and has_encoding_issues(captions.data):
        changes = (*changes, "the file is UTF-8 with plain line ends")
    if not changes:
        return captions, (), None
    target = in_folder(named, path.name) if named else path.with_name(f"{path.stem}.fixed{path.suffix}")
    may_write([target], [path], overwrite=overwrite)
    data = _rewritten(captions, fixed, upright)
    write_whole(target, data)
    return read(data, str(target), replace(inputs.reading, encoding="")), changes, target


def _rewritten(captions: CaptionFile, fixed: FixResult, upright: Collection[int]) -> bytes:
    """The file with its captions after fixing: edited in place, or written anew where its lines are out of order.

    Raises:
        FormatError: The format is not written in place.
    """
    row = ALL_FORMATS[captions.format]
    if row.patcher and not row.own_styling and not captions.can_be_patched:
        return render(fixed.cues, captions.format, captions.to_context())
    return patch(captions, fixed.cues, fixed.origins, upright, keeps_left_out=True)


def _report(result: Result, inputs: _Inputs, target: Path) -> None:
    page = render_report(
        result.captions,
        inputs.style,
        result.issues,
        result.rates,
        transcript=result.transcript,
        media=inputs.media,
        shots=inputs.shots,
        language=inputs.language or result.captions.language,
        script=result.script,
    )
    write_whole(target, page.encode())
