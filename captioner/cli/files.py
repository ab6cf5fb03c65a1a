"""Caption files in and out, for the commands that change files that exist: what is read, and what may be written."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from captioner.cli.options import overwrite_option, spelling, spelling_options, vertical_option
from captioner.cli.telling import tell_lost
from captioner.cli.terminal import plain
from captioner.errors import ConfigError, FormatError, OutputError, ReplyError
from captioner.languages import tag_in_file_name

if TYPE_CHECKING:
    from captioner.check import Captions
    from captioner.formats import Context
    from captioner.formats.substitutions import Spelling
    from captioner.model import Cue, Issue
    from captioner.targets import Target

__all__ = [
    "Loaded",
    "Wanted",
    "file_options",
    "load",
    "may_write",
    "read_bytes",
    "save",
    "tell",
    "wanted",
    "written",
]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Loaded:
    """A caption file as read.

    Attributes:
        path: Where it lies.
        captions: Cues, and each one as written.
        context: What it tells a writer: names, language, media.
    """

    path: Path
    captions: Captions
    context: Context

    @property
    def cues(self) -> tuple[Cue, ...]:
        """The captions."""
        return self.captions.cues


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked of the file to be written.

    Attributes:
        format: Name of a format, or None to go by the file's ending.
        target: Program or platform, or None.
        encoding: From the flag, or None.
        newline: From the flag, or None.
        facts: Fields of `Context` given by flags; they win over what was read.
        spelling: What may be spelled otherwise where the format lacks a character.
        overwrite: Replace what is there.
    """

    format: str | None = None
    target: Target | None = None
    encoding: str | None = None
    newline: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    spelling: Spelling | None = None
    overwrite: bool = False

    def format_for(self, output: Path) -> str:
        """The format asked for, by flag, ending or target, in this order.

        Raises:
            ConfigError: The ending says nothing, or something the target does not take.
        """
        from captioner.formats import FORMATS

        if self.format:
            if self.format not in FORMATS:
                raise ConfigError(f"format {self.format!r} is unknown; there are {', '.join(FORMATS)}")
            return self.format
        if self.target and str(output) == "-":
            return self.target.format_for(str(self.facts.get("language", "")))
        shelf = self.target.formats if self.target else tuple(FORMATS)
        for name in sorted(shelf, key=lambda each: -len(FORMATS[each].extension)):
            if output.name.lower().endswith(f".{FORMATS[name].extension}"):
                return name
        if self.target:
            takes = ", ".join(f".{FORMATS[name].extension}" for name in shelf)
            raise ConfigError(f"{output}: {self.target.name} takes {takes}; name the file so, or give --format")
        raise ConfigError(f"{output}: the ending says no format; give --format, one of {', '.join(FORMATS)}")


_OPTIONS: tuple[Callable[[F], F], ...] = (
    click.option("-f", "--format", "to", metavar="NAME", help="Caption format; by default from the file's ending."),
    click.option("--target", metavar="NAME", help="Program or platform: premiere, resolve, fcp, avid, youtube, web …"),
    click.option("--encoding", metavar="NAME", help="utf-8, utf-8-sig, utf-16le or gb18030."),
    click.option("--newline", metavar="NAME", help="lf or crlf."),
    click.option("--language", metavar="CODE", help="Language of the captions; a name such as talk.en.srt tells it."),
    click.option("--fps", metavar="RATE", help="Frame rate, such as 25 or 29.97, for formats that count frames."),
    click.option("--start-tc", metavar="TC", help="Time code of the first frame, such as 10:00:00:00."),
    click.option("--size", default="", metavar="WxH", help="Picture size for ASS. [default: 1920x1080]"),
    vertical_option,
    spelling_options,
    overwrite_option,
)


def file_options(function: F) -> F:
    """The options of every command that writes a caption file; `wanted` turns them into a `Wanted`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def wanted(options: Mapping[str, Any]) -> Wanted:
    """What the options of `file_options` ask for.

    Raises:
        ConfigError: An unknown target, or a rate or time code that is none.
    """
    from captioner import targets
    from captioner.cli.captions import size
    from captioner.timecode import parse_rate, timecode_to_frames

    facts: dict[str, Any] = {}
    if options["language"]:
        facts["language"] = options["language"]
    if options["fps"]:
        facts["frame_rate"] = parse_rate(options["fps"])
    if options["start_tc"]:
        timecode_to_frames(options["start_tc"], facts.get("frame_rate") or parse_rate("30000/1001"))
        facts["start_timecode"] = options["start_tc"]
    if options["vertical"]:
        facts["vertical"] = True
    if (given := size(options["size"])) is not None:
        facts["width"], facts["height"] = given
    return Wanted(
        format=options["to"],
        target=targets.find(options["target"]) if options["target"] else None,
        encoding=options["encoding"],
        newline=options["newline"],
        facts=facts,
        spelling=spelling(options["substitute"], options["spell"]),
        overwrite=options["overwrite"],
    )


def read_bytes(path: Path) -> bytes:
    """A file's bytes; `-` is standard input.

    Raises:
        ReplyError: It cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise ReplyError(f"{path}: cannot be read ({error.strerror or error}); give a caption file") from error


def load(path: Path) -> Loaded:
    """Read a caption file of any format that can be read.

    Raises:
        ReplyError: It cannot be read, or has no captions.
    """
    from captioner.archive import loads
    from captioner.check import read
    from captioner.check.captions import decoded, names_of
    from captioner.formats import Context

    captions = read(read_bytes(path), path.name)
    if not captions.cues:
        raise ReplyError(f"{path}: there are no captions in it; check that it is the right file")
    if captions.format == "json":
        kept = loads(decoded(captions.data))
        context = Context(
            names=kept.names,
            language=kept.language,
            width=kept.media.width,
            height=kept.media.height,
            duration_ms=kept.media.duration_ms,
            transcript=kept.transcript if kept.transcript.sentences else None,
            title=kept.title,
            frame_rate=kept.media.frame_rate,
            start_timecode=kept.media.start_timecode,
            sha256=kept.media.sha256,
        )
        return Loaded(path, captions, context)
    language = captions.language or tag_in_file_name(path.name)
    context = Context(
        names=names_of(captions.cues),
        language=language,
        title=path.name.partition(".")[0],
        frame_rate=captions.frame_rate,
        start_timecode=captions.start_timecode,
    )
    return Loaded(path, captions, context)


def may_write(outputs: Sequence[Path], inputs: Sequence[Path] = (), *, overwrite: bool) -> None:
    """Refuse what would destroy something; the one rule of every command that writes where the user says.

    Args:
        outputs: What the command would write; `-` is standard output, devices and pipes are written to as they are.
        inputs: What it reads.
        overwrite: Whether a file that is there may be replaced. Never an input.

    Raises:
        OutputError: An output is an input or a folder, two outputs are one file, or one exists and may not be replaced.
    """
    taken: list[Path] = []
    for output in outputs:
        if str(output) == "-":
            continue
        if any(_one_file(output, each) for each in inputs):
            raise OutputError(f"{output}: is read and cannot be written as well; give another name")
        if any(_one_file(output, each) for each in taken):
            raise OutputError(f"{output}: would be written twice; give each its own name or format")
        if output.is_dir():
            raise OutputError(f"{output}: is a folder; name a file in it")
        if (output.is_file() or output.is_symlink()) and not overwrite:
            raise OutputError(f"{output}: exists and is kept; --overwrite replaces it")
        taken.append(output)


def _one_file(one: Path, other: Path) -> bool:
    """Whether two names are one file, also on disks that take capitals and composed accents for the same."""
    if one.exists() and other.exists() and one.samefile(other):
        return True
    return _on_any_disk(one) == _on_any_disk(other)


def _on_any_disk(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path.resolve())).casefold()


def save(cues: Sequence[Cue], context: Context, output: Path, want: Wanted) -> None:
    """Write captions as they are asked for.

    Raises:
        FormatError: The format cannot hold them; the message names the file.
    """
    from captioner import targets
    from captioner.formats import FORMATS, render
    from captioner.formats.substitutions import Spelling, spelled

    name = want.format_for(output)
    context = targets.told(replace(context, **want.facts), want.target)
    spread = targets.gapped(cues, want.target, context.frame_rate)
    spread, respelled = spelled(spread, FORMATS[name].module, want.spelling or Spelling())
    try:
        written(render(spread, name, context), name, output, want)
    except FormatError as error:
        raise FormatError(f"{output}: {error.message}", error.code) from error
    tell(respelled)
    tell_lost(spread, name, context, output)


def written(data: bytes, name: str, output: Path, want: Wanted) -> None:
    """Put the bytes of a format where they belong, in the encoding that was asked for; `-` is standard output."""
    from captioner import targets
    from captioner.cli.captions import deliver

    finished = targets.finish(data, name, want.target, encoding=want.encoding, newline=want.newline)
    deliver(finished, output, sys.stdout.buffer)


def tell(issues: Sequence[Issue]) -> None:
    """Say on stderr what was cut or left out."""
    for issue in issues:
        click.echo(plain(f"{issue.severity}: {issue.message}"), err=True)
