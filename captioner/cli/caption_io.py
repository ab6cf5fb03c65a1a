"""Caption files in and out, for the commands that change files that exist: what is read, and what may be written."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from captioner.archive import Archive
from captioner.captions import targets
from captioner.captions.option_use import refuse_unused
from captioner.captions.options import CaptionOptions
from captioner.captions.targets import Target
from captioner.cli.loss_warnings import tell_lost
from captioner.cli.terminal import escape_control
from captioner.cli.transcript_io import deliver, parse_size
from captioner.corrections import Revision
from captioner.errors import CaptionerError, ConfigError, FormatError, OutputError, ReplyError
from captioner.files import name_problem
from captioner.formats import ALL_FORMATS, FORMATS, CaptionFile, Context, ReadOptions, find_writable, read, render
from captioner.formats.text.input_encoding import decode
from captioner.formats.text.substitutions import Spelling, parse_spellings, spelled
from captioner.languages import tag_in_file_name
from captioner.look import load_look
from captioner.model import Cue, Issue
from captioner.timecode import parse_rate, timecode_to_frames

__all__ = [
    "LoadedFile",
    "OutputOptions",
    "load_captions",
    "may_write",
    "read_bytes",
    "read_options",
    "read_output_options",
    "refuse_karaoke",
    "save_captions",
    "show_issues",
    "write_output",
]


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A caption file as read.

    Attributes:
        path: Where it lies.
        captions: Cues, and each one as written.
        context: What it tells a writer: names, language, media.
        options: Options it was read with.
    """

    path: Path
    captions: CaptionFile
    context: Context
    options: ReadOptions = field(default_factory=ReadOptions)

    @property
    def cues(self) -> tuple[Cue, ...]:
        """The captions."""
        return self.captions.cues


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Options of the caption file to write.

    Attributes:
        format: Name of a format, or None to go by the file's ending.
        target: Program or platform, or None.
        encoding: From the flag, or None.
        newline: From the flag, or None.
        facts: Fields of `Context` given by flags; they win over what was read.
        spelling: What may be spelled otherwise where the format lacks a character.
        overwrite: Replace what is there.
        reading: Options for the files that are read.
    """

    format: str | None = None
    target: Target | None = None
    encoding: str | None = None
    newline: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    spelling: Spelling | None = None
    overwrite: bool = False
    reading: ReadOptions = field(default_factory=ReadOptions)

    def format_for(self, output: Path, source: str = "") -> str:
        """The format asked for, by flag, target or ending; on standard output without either that of the source.

        Args:
            output: Where it is written; `-` is standard output.
            source: Format of what was read, or "".

        Raises:
            ConfigError: The ending says nothing, or something the target does not take; or an option does nothing in
                the format.
        """
        name = self._chosen_format(output, source)
        used = {"fps", "vertical", *(["size"] if "look" in self.facts else [])}
        refuse_unused(self._given(), [name], used=used)  # both are refused where they are used
        return name

    def refuse_rate(self, name: str, loaded: Sequence[LoadedFile]) -> None:
        """Refuse a frame rate that nothing uses: the format, the target, or the files that were read with it.

        Raises:
            ConfigError: It would do nothing.
        """
        is_used = self.target is not None and (self.target.on_frames or self.target.gap_frames)
        is_used = is_used or (FORMATS[name].starts_at_timecode and "start_timecode" in self.facts)
        if "frame_rate" in self.facts and not is_used and not any(map(_is_read_by_rate, loaded)):
            refuse_unused(["fps"], [name])

    def _given(self) -> Iterator[str]:
        """Parameters that were given of those that only some formats use."""
        names = {"frame_rate": "fps", "start_timecode": "start_tc", "width": "size"}
        yield from (names.get(fact, fact) for fact in self.facts)
        if self.spelling is not None and self.spelling.by_table:
            yield "substitute"
        if self.spelling is not None and self.spelling.own:
            yield "spell"

    def _chosen_format(self, output: Path, source: str) -> str:
        if self.format:
            return find_writable(self.format).name
        if self.target and str(output) == "-":
            return self.target.format_for(str(self.facts.get("language", "")))
        if str(output) == "-" and source in FORMATS:
            return source
        shelf = self.target.formats if self.target else tuple(FORMATS)
        for name in sorted(shelf, key=lambda each: -len(FORMATS[each].extension)):
            if output.name.lower().endswith(f".{FORMATS[name].extension}"):
                return name
        if self.target:
            takes = ", ".join(f".{FORMATS[name].extension}" for name in shelf)
            raise ConfigError(f"{output}: {self.target.name} takes {takes}; name the file so, or give --format")
        raise ConfigError(f"{output}: the ending says no format; give --format, one of {', '.join(FORMATS)}")


def _is_read_by_rate(loaded: LoadedFile) -> bool:
    """Whether a file has times in frames, which read otherwise without a rate or not at all."""
    try:
        other = read(loaded.captions.data, loaded.path.name, replace(loaded.options, frame_rate=None))
    except CaptionerError:
        return True
    return other.cues != loaded.cues


def read_output_options(options: Mapping[str, Any]) -> OutputOptions:
    """Read the options of `CAPTION_FILE`.

    Raises:
        ConfigError: An unknown target, or a rate or time code that is none.
    """
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
    if options.get("karaoke"):
        facts["karaoke"] = options["karaoke"]
    if options.get("colours"):
        facts["colours"] = True
    if options.get("look"):
        facts["look"] = load_look(options["look"])
    if (given := parse_size(options["size"])) is not None:
        facts["width"], facts["height"] = given
    return OutputOptions(
        format=options["to"],
        target=targets.find_target(options["target"]) if options["target"] else None,
        encoding=options["encoding"],
        newline=options["newline"],
        facts=facts,
        spelling=Spelling(by_table=options["substitute"], own=parse_spellings(options["spell"])),
        overwrite=options["overwrite"],
        reading=read_options(options, facts.get("frame_rate")),
    )


def read_options(options: Mapping[str, Any], frame_rate: Fraction | None = None) -> ReadOptions:
    """Options for reading, from those of `READING` and `LANGUAGE`; an option that a command lacks is as by default.

    Raises:
        ConfigError: The encoding is unknown.
    """
    encoding = options.get("input_encoding") or ""
    if encoding:
        decode(b"", encoding)
    return ReadOptions(
        labels=options.get("label_reading") or "auto",
        encoding=encoding,
        language=options.get("language") or "",
        frame_rate=frame_rate,
        rolling=options.get("rolling") or "once",
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


def load_captions(path: Path, options: ReadOptions | None = None) -> LoadedFile:
    """Read a caption file of any format that can be read.

    What its reader decided is in the notes of the file; a command tells them when it has written something.

    Raises:
        ReplyError: It cannot be read, or has no captions.
        ConfigError: An encoding is given for a file that has none.
    """
    named = tag_in_file_name(path.name)
    options = options or ReadOptions()
    options = replace(options, language=options.language or named)
    captions = read(read_bytes(path), path.name, options)
    if options.encoding and not ALL_FORMATS[captions.format].encodings:
        title = ALL_FORMATS[captions.format].title
        raise ConfigError(f"--input-encoding: {path} is {title}, which says its character table itself; leave it out")
    if not captions.cues:
        reason = next((note.message for note in captions.notes if note.kind == "left out"), "")
        raise ReplyError(f"{path}: there are no captions in it; {reason or 'check that it is the right file'}")
    if captions.archive is not None and captions.archive.hand_edits:
        captions = _with_hand_edits(captions, captions.archive)
    context = captions.to_context()
    return LoadedFile(
        path,
        captions,
        replace(
            context,
            language=context.language or named,
            title=context.title or path.name.partition(".")[0].removeprefix("-"),
        ),
        options,
    )


def _with_hand_edits(captions: CaptionFile, archive: Archive) -> CaptionFile:
    """Captions of our JSON with the words that its text was edited to."""
    from captioner.captions.adopt import options_of, state_of  # lays out, which a file without edits does not need
    from captioner.captions.hand_edits import with_hand_edits

    settled = with_hand_edits(archive, Revision(archive.edits.revision + 1))
    state = state_of(settled, options_of(settled, CaptionOptions()))
    written = tuple(cue.text for cue in state.cues)
    return replace(captions, archive=settled, cues=state.cues, written=written, transcript=state.transcript)


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
        if problem := name_problem([output.absolute()]):
            raise OutputError(problem)
        if any(_one_file(output, each) for each in inputs):
            raise OutputError(f"{output}: input and output are the same file; choose another name for the output")
        if any(_one_file(output, each) for each in taken):
            raise OutputError(f"{output}: would be written twice; give each file its own name or format")
        if output.is_dir():
            raise OutputError(f"{output}: is a folder; name a file in it")
        # A link such as /dev/stdout to a pipe is a pipe; one to nothing is refused.
        if (output.is_file() or (output.is_symlink() and not output.exists())) and not overwrite:
            raise OutputError(f"{output} already exists. Use --overwrite to replace it.")
        taken.append(output)


def _one_file(one: Path, other: Path) -> bool:
    """Whether two names are one file, also on disks that take capitals and composed accents for the same."""
    if one.exists() and other.exists() and one.samefile(other):
        return True
    return _on_any_disk(one) == _on_any_disk(other)


def _on_any_disk(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path.resolve())).casefold()


def refuse_karaoke(loaded: LoadedFile, karaoke: str | None) -> None:
    """Refuse to light up the words of a file that does not say when they are spoken.

    Raises:
        ConfigError: It does not.
    """
    if karaoke and not any(line.words for cue in loaded.cues for line in cue.lines):
        raise ConfigError(
            f"--karaoke lights up words when they are spoken, and {loaded.path.name} has times of whole captions only; "
            "leave --karaoke out, or give captioner's JSON of it, or WebVTT, ASS or LRC with times of words"
        )


def save_captions(cues: Sequence[Cue], context: Context, output: Path, want: OutputOptions) -> None:
    """Write captions as they are asked for.

    Raises:
        FormatError: The format cannot hold them; the message names the file.
    """
    name = want.format_for(output)
    context = targets.with_target_defaults(replace(context, **want.facts), want.target)
    fitted, moved_times = targets.fit_times(cues, want.target, context.frame_rate, FORMATS[name])
    spread, respelled = spelled(fitted, FORMATS[name], want.spelling or Spelling())
    if FORMATS[name].names_language and not context.language:
        from captioner.captions.file_language import with_file_language  # loads word lists, which few formats need

        context, named = with_file_language(spread, name, context)
        respelled = (*named, *respelled)
    if FORMATS[name].is_sent:
        from captioner.captions.channel import fit_to_channel  # loads the layout, which no other format needs

        spread, moved = fit_to_channel(spread, context)
        respelled = (*respelled, *moved)
    if context.look is not None:
        from captioner.captions.look_fit import fit_to_look, look_losses

        spread, broken = fit_to_look(spread, context) if FORMATS[name].libass_draws_it else (tuple(spread), ())
        respelled = (*respelled, *broken, *look_losses(context.look, name))
    try:
        write_output(render(spread, name, context), name, output, want)
    except FormatError as error:
        raise FormatError(f"{output}: {error.message}", error.code) from error
    show_issues((*moved_times, *respelled))
    tell_lost(spread, name, context, output)


def write_output(data: bytes, name: str, output: Path, want: OutputOptions) -> None:
    """Put the bytes of a format where they belong, in the encoding that was asked for; `-` is standard output."""
    finished = targets.encode_for(data, name, want.target, encoding=want.encoding, newline=want.newline)
    deliver(finished, output, sys.stdout.buffer)


def show_issues(issues: Sequence[Issue]) -> None:
    """Say on stderr what was cut or left out."""
    for issue in issues:
        click.echo(escape_control(f"{issue.severity}: {issue.message}"), err=True)
