"""Reading raw replies and transcripts, and the values of options that say what is made of them."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from captioner import style
from captioner.archive import Archive, MediaFacts
from captioner.captions.named_speakers import names_by_number, names_nowhere, parse_speakers, resolve_names
from captioner.captions.options import CaptionOptions
from captioner.captions.recorded_options import with_recorded_rules
from captioner.captions.targets import find_target
from captioner.captions.transcript_file import decode_transcript
from captioner.corrections import NO_EDITS, Edits, Revision
from captioner.errors import ConfigError, ReplyError
from captioner.files import describe_read_error, write_whole
from captioner.formats import FORMATS
from captioner.model import Transcript
from captioner.style import Style

__all__ = [
    "LoadedTranscript",
    "deliver",
    "file_names",
    "format_of",
    "parse_formats",
    "parse_names",
    "parse_size",
    "read_transcript",
    "styled",
]


@dataclass(frozen=True, slots=True)
class LoadedTranscript:
    """A raw reply or a transcript as read.

    Attributes:
        transcript: What is shown of it, with corrections.
        media: What is known about the media.
        options: The options given, with names and language that the file knows.
        title: Name of the media for a person.
        recognised: What was recognised.
        edits: The corrections; cuts of a person among them where the options have the style they were made in.
        note: What became of cuts that are not kept, or whose transcript it is; or "".
        unheard: Names that the settings give to speakers who do not occur.
    """

    transcript: Transcript
    media: MediaFacts
    options: CaptionOptions
    title: str
    recognised: Transcript
    edits: Edits = NO_EDITS
    note: str = ""
    unheard: tuple[str, ...] = ()


def styled(name: str, max_columns: int | None = None, max_lines: int | None = None) -> Style:
    """The profile of that name, with the two numbers that have flags of their own laid over every language."""
    return style.load_style(name).override(max_columns=max_columns, max_lines=max_lines)


def parse_formats(listed: str | Sequence[str]) -> tuple[str, ...]:
    """Names of formats from `srt,vtt` or a list, each once, all known.

    Raises:
        ConfigError: An unknown format, or none.
    """
    wanted = listed.split(",") if isinstance(listed, str) else [name for each in listed for name in each.split(",")]
    chosen = tuple(dict.fromkeys(name.strip().lower() for name in wanted if name.strip()))
    for name in chosen:
        if name not in FORMATS:
            raise ConfigError(f"format {name!r} is unknown; choose one of {', '.join(FORMATS)}")
    if not chosen:
        raise ConfigError(f"no format given; choose one of {', '.join(FORMATS)}")
    return chosen


def parse_names(given: str) -> dict[str, str]:
    """Speaker names from `1=Anna,2=Bo`, from `Anna,Bo` in order of appearance, or from the [speakers] table of a file.

    Raises:
        ConfigError: None of the three.
    """
    if not given.strip():
        return {}
    if "=" not in given and (given.endswith(".toml") or "/" in given or os.sep in given):
        return _names_from_file(Path(given))
    return parse_speakers(given)


def _names_from_file(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("speakers", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"speakers {path}: cannot be read ({describe_read_error(error)}); write 1=Anna,2=Bo or a TOML file"
        ) from error
    if not isinstance(table, dict) or not all(isinstance(name, str) for name in table.values()):
        raise ConfigError(f'speakers {path}: needs a table [speakers] with lines such as 1 = "Anna"')
    return names_by_number(table, f"speakers {path}")


def parse_size(given: str) -> tuple[int, int] | None:
    """Width and height from `1920x1080`; None from "".

    Raises:
        ConfigError: Not a size.
    """
    if not given:
        return None
    match = re.fullmatch(r"([1-9]\d{0,4})[xX×]([1-9]\d{0,4})", given)
    if match is None:
        raise ConfigError(f"size {given!r}: write it as width x height, such as 1920x1080")
    return int(match[1]), int(match[2])


def read_transcript(source: Path, options: CaptionOptions) -> LoadedTranscript:
    """Read a raw reply or our own transcript; `-` is standard input. What is given wins over what the file knows.

    Raises:
        ReplyError: It cannot be read or understood.
    """
    found = decode_transcript(_bytes(source), str(source), language=options.language)
    if found.cues and not found.transcript.sentences:
        raise ReplyError(
            f"{source}: holds captions and no transcript, as after convert; captioner convert --style lays them out"
        )
    language = options.language or found.transcript.language
    names = found.names
    if found.archive is not None and found.archive.options:  # others in the file are "Speaker 1" and the like
        names = dict(found.archive.options.get("names", {}))
    speakers = found.transcript.speakers()
    given = resolve_names(options.names, speakers, strict=options.strict_names)
    unheard = names_nowhere(options.names, speakers)
    merged = replace(options, names={**names, **given}, language=options.language or found.language)
    title = found.title or source.name.partition(".")[0]
    transcript = replace(found.transcript, language=language)
    loaded = LoadedTranscript(transcript, found.media, merged, title, transcript, note=found.note, unheard=unheard)
    return loaded if found.archive is None else _with_corrections(found.archive, loaded, source, given)


def _with_corrections(
    archive: Archive, loaded: LoadedTranscript, source: Path, given: Mapping[str, str]
) -> LoadedTranscript:
    """A transcript with what was recognised and what was corrected apart, as the archive has them."""
    if archive.hand_edits:
        from captioner.captions.hand_edits import with_hand_edits  # aligns, which a file without edits does not need

        archive = with_hand_edits(archive, Revision(archive.edits.revision + 1, source=source.name))
    options = loaded.options
    if archive.options and (options.replacements or options.glossary):
        loaded = replace(loaded, options=with_recorded_rules(options, archive.options))
    edits, note = archive.edits, ""
    renamed = {key: each for key, each in edits.renamed.items() if key not in given}
    edits = replace(edits, renamed=renamed) if renamed != edits.renamed else edits
    if edits.cues and loaded.options.style.digest != archive.style.digest:
        edits = replace(edits, cues=(), pinned=())
        note = f"the cuts of a person were made for style {archive.style.name}; laid out anew"
    recognised = replace(archive.transcript, language=loaded.transcript.language)
    return replace(loaded, recognised=recognised, edits=edits, note=note)


def _bytes(source: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    except OSError as error:
        raise ReplyError(f"{source}: cannot be read ({error.strerror}); give a raw reply or a transcript") from error


def format_of(output: Path | None, target: str, language: str) -> str:
    """The format a file's ending asks for; the target's, else srt, when the ending does not say it."""
    usual = find_target(target).format_for(language) if target else "srt"
    name = output.name.lower() if output else ""
    longest_first = sorted(FORMATS.values(), key=lambda row: -len(row.extension))
    return next((row.name for row in longest_first if name.endswith(f".{row.extension}")), usual)


def file_names(source: Path, options: CaptionOptions, suffix: str = "") -> dict[str, str]:
    """Extension to name of every caption file made of a reply or transcript: `talk.asr.json` gives `talk.srt`.

    Args:
        source: The file; `-` is standard input.
        options: Which files are made.
        suffix: Stands before the extension, as a language does.
    """
    stem = source.name.removesuffix(".json").removesuffix(".asr") if str(source) != "-" else ""
    named = ".".join(filter(None, (stem or "captions", suffix)))
    return {extension: f"{named}.{extension}" for extension in options.extensions}


def deliver(data: bytes, output: Path | None, stdout: BinaryIO) -> None:
    """Write the file whole, or to standard output when none is named; a device is written to as it is."""
    if output is None or str(output) == "-":
        stdout.write(data)
        stdout.flush()
    elif output.exists() and not output.is_file():
        output.write_bytes(data)
    else:
        write_whole(output, data)
