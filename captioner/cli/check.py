"""`captioner check`: would a desk sign this off?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from captioner.cli.files import may_write
from captioner.cli.options import overwrite_option
from captioner.errors import CaptionerError, ConfigError, ReplyError

if TYPE_CHECKING:
    from captioner.check import Captions, Rates
    from captioner.model import Issue, Media, Transcript
    from captioner.style import Style

__all__ = ["Result", "check"]


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What is known beside the caption files."""

    style: Style
    language: str
    transcript: Transcript | None
    media: Media | None
    rate: Fraction | None
    shots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file.

    Attributes:
        path: The file.
        captions: As read, or as mended.
        issues: Findings.
        rates: Conformity figures.
        changes: What `--fix` did, a line each.
        written: Where the mended captions are, or None.
        transcript: What they were held against.
    """

    path: Path
    captions: Captions
    issues: tuple[Issue, ...]
    rates: Rates
    changes: tuple[str, ...] = ()
    written: Path | None = None
    transcript: Transcript | None = field(default=None, repr=False)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--style", "style_name", metavar="NAME", help="House style, or a TOML file. [default: web-default]")
@click.option("--language", metavar="CODE", default="", help="Language of the captions; the text tells without.")
@click.option("--media", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The media they are for.")
@click.option("--transcript", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="What was said.")
@click.option("--fps", metavar="RATE", help="Frame rate, such as 25 or 29.97; the media's without.")
@click.option("--shots", metavar="LIST", help="`detect` finds shot changes in the media; or a file of seconds.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    default="error",
    show_default=True,
    help="Lightest finding that exits with 1.",
)
@click.option(
    "--show",
    type=click.Choice(["error", "warning", "note"]),
    default="warning",
    show_default=True,
    help="Lightest finding in the table.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything for machines.")
@click.option("--csv", "as_csv", is_flag=True, help="One finding a row.")
@click.option("--fix", "fix_", is_flag=True, help="Mend what can be mended safely into NAME.fixed.EXT; lists changes.")
@overwrite_option
@click.option("--html", "html", type=click.Path(path_type=Path, dir_okay=False), help="Write a report to look at.")
@click.option("--explain", metavar="RULE", help="Say what a rule asks for and who says so; `list` for all.")
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
    overwrite: bool,
    html: Path | None,
    explain: str | None,
) -> int:
    """Check caption files, ours or anyone's, against a house style.

    \b
    Examples: captioner check talk.srt --style netflix --media talk.mp4
              captioner check talk.vtt --transcript talk.json --html report.html
              captioner check --explain cps

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage or configuration.
    """
    from captioner.check import fails
    from captioner.cli import findings

    if explain:
        findings.explain(explain)
        return 0
    if not files:
        raise click.UsageError("no FILE given; name caption files such as talk.srt")
    if html and len(files) > 1:
        raise click.UsageError("--html reports on one FILE; call it once for each")
    if html:
        may_write([html], [*files, *filter(None, (media, transcript))], overwrite=overwrite)
    inputs = _inputs(style_name, language, media, transcript, fps, shots)
    results, broken = _check_all(files, inputs, fix=fix_, overwrite=overwrite)
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


def _inputs(
    style_name: str | None,
    language: str,
    media: Path | None,
    transcript: Path | None,
    fps: str | None,
    shots: str | None,
) -> _Inputs:
    from captioner.config import load
    from captioner.style import load_style
    from captioner.timecode import parse_rate

    config = load().with_flags(style=style_name)
    facts = None
    if media is not None:
        from captioner.media import describe

        facts = describe(media)
    rate = parse_rate(fps) if fps else facts.frame_rate if facts else None
    return _Inputs(
        style=load_style(config["style"]),
        language=language,
        transcript=_transcript(transcript, language) if transcript else None,
        media=facts,
        rate=rate,
        shots=_shots(shots, media, rate),
    )


def _transcript(path: Path, language: str) -> Transcript:
    from captioner.cli import captions
    from captioner.style import DEFAULT_STYLE, load_style

    return captions.read(path, captions.Request(style=load_style(DEFAULT_STYLE), language=language))[0]


def _shots(given: str | None, media: Path | None, rate: Fraction | None) -> tuple[int, ...]:
    if not given:
        return ()
    if given == "detect":
        if media is None:
            raise click.UsageError("--shots detect needs --media")
        from captioner.media.shots import detect_shots

        return detect_shots(media)
    from captioner.layout.frames import shots_from_text

    try:
        return shots_from_text(Path(given).read_text(encoding="utf-8"), rate)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"shots {given}: cannot be read ({error}); name a file of seconds, or write detect"
        ) from error


def _check_all(files: Sequence[Path], inputs: _Inputs, *, fix: bool, overwrite: bool) -> tuple[list[Result], list[str]]:
    """Results of the files that can be read, and a complaint for each of the others."""
    results, broken = [], []
    for path in files:
        try:
            results.append(_check_one(path, inputs, fix=fix, overwrite=overwrite))
        except CaptionerError as error:
            if error.exit_code != 1:
                raise
            broken.append(error.message)
    return results, broken


def _check_one(path: Path, inputs: _Inputs, *, fix: bool, overwrite: bool) -> Result:
    from captioner.check import read

    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReplyError(f"{path}: cannot be read ({error.strerror})") from error
    captions = read(data, str(path))
    changes: tuple[str, ...] = ()
    written = None
    if fix:
        captions, changes, written = _mended(captions, path, inputs, overwrite=overwrite)
    return _judged(path, captions, inputs, changes, written)


def _judged(path: Path, captions: Captions, inputs: _Inputs, changes: tuple[str, ...], written: Path | None) -> Result:
    from captioner.check import check as judge
    from captioner.check import rates

    transcript = inputs.transcript or captions.transcript
    language = inputs.language or captions.language
    issues = judge(
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
    )
    figures = rates(captions.cues, inputs.style, transcript, language)
    return Result(path, captions, issues, figures, changes, written, transcript)


def _mended(
    captions: Captions, path: Path, inputs: _Inputs, *, overwrite: bool
) -> tuple[Captions, tuple[str, ...], Path | None]:
    """The captions after mending, as they read back from the file written; none is written when nothing changed."""
    from captioner.check import mend, read
    from captioner.check.writing import marked_up, rewritten, slanted, untidy
    from captioner.files import write_whole

    language = inputs.language or captions.language
    upright = slanted(captions, inputs.style, language)
    mended = mend(
        captions.cues,
        inputs.style,
        language=language,
        frame_rate=inputs.rate,
        duration_ms=inputs.media.duration_ms if inputs.media else 0,
        shots=inputs.shots,
        marked_up=marked_up(captions),
    )
    changes = (*mended.changes, *(f"caption {index + 1}: set upright" for index in sorted(upright)))
    if untidy(captions.data):
        changes = (*changes, "the file is UTF-8 with plain line ends")
    if not changes:
        return captions, (), None
    target = path.with_name(f"{path.stem}.fixed{path.suffix}")
    may_write([target], [path], overwrite=overwrite)
    data = rewritten(captions, mended, upright)
    write_whole(target, data)
    return read(data, str(target)), changes, target


def _report(result: Result, inputs: _Inputs, target: Path) -> None:
    from captioner.check.report import report
    from captioner.files import write_whole

    page = report(
        result.captions,
        inputs.style,
        result.issues,
        result.rates,
        transcript=result.transcript,
        media=inputs.media,
        shots=inputs.shots,
        language=inputs.language or result.captions.language,
    )
    write_whole(target, page.encode())
