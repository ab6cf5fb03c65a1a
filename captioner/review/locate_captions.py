"""Finds the archive of what a user names, reads it, and makes one of captions that have none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from captioner.archive import Archive, MediaFacts, StyleMark
from captioner.archive_files import find_archive, is_archive_file, read_archive
from captioner.captions.adopt import options_of, state_of
from captioner.captions.adoption import shared_out
from captioner.captions.options import ARCHIVE_EXTENSION, CaptionOptions
from captioner.captions.recorded_options import recorded
from captioner.corrections import Correction
from captioner.edit import to_transcript
from captioner.errors import CaptionerError, ConfigError, ReplyError
from captioner.files import describe_read_error
from captioner.formats import ALL_FORMATS, FORMATS, CaptionFile, ReadOptions, read
from captioner.languages import tag_in_file_name
from captioner.media import describe, media_extensions
from captioner.model import Cue, Line, Word
from captioner.style import Style
from captioner.version import __version__

__all__ = ["Opened", "archives_in", "file_stamp", "locate", "media_beside", "open_captions"]


@dataclass(frozen=True, slots=True)
class Opened:
    """Captions and where they lie.

    Attributes:
        path: The archive; it may not be there yet.
        archive: As read, or made of captions.
        options: What its files are made with.
        cues: The captions.
        corrections: Corrections in force, those of rules and scripts included.
        names: Display names of speakers that were given, by their ids.
        media: The media, or None where it is not beside the archive.
        digest: SHA-256 of the archive's bytes, "" where it is not there yet.
        notes: What the user should know, a line each.
    """

    path: Path
    archive: Archive
    options: CaptionOptions
    cues: tuple[Cue, ...]
    corrections: tuple[Correction, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    media: Path | None = None
    digest: str = ""
    notes: tuple[str, ...] = ()


def locate(given: Path) -> tuple[Path, Path | None]:
    """The archive and the media of a file that a user names.

    Args:
        given: Media, captions of any format, or an archive.

    Returns:
        Path of the archive, which may not be there yet, and the captions it is to be made of where it is not.

    Raises:
        ConfigError: Neither an archive nor captions are there.
    """
    if not given.exists():
        raise ConfigError(f"{given}: not there; name media, captions or a folder")
    if given.suffix.lower() == ".json":
        return given, None
    if given.suffix.lower().removeprefix(".") in media_extensions():
        archive = given.with_suffix(".json")
        if is_archive_file(archive):
            return archive, None
        captions = next(_captions_beside(given), None)
        if captions is None:
            raise ConfigError(f"{given}: there are no captions of it yet; captioner run {given} makes them")
        return archive, captions
    try:
        return find_archive(given, None), None
    except ConfigError:
        return given.with_name(f"{given.name.partition('.')[0]}.json"), given


def _captions_beside(media: Path) -> Iterator[Path]:
    endings = [row.extension for row in FORMATS.values() if row.reader and row.extension != ARCHIVE_EXTENSION]
    return (path for ending in endings if (path := media.with_suffix(f".{ending}")).is_file())


def archives_in(folder: Path, known: dict[Path, tuple[tuple[int, int], bool]]) -> list[Path]:
    """The archives below a folder, in order of their names.

    Args:
        folder: The folder.
        known: Time and size of the files that were looked into before, and whether each is an archive; is filled, so
            that a folder of ten thousand files is read once.
    """
    found = []
    for path in folder.rglob("*.json"):
        if path.name.startswith(".") or path.name.endswith((".asr.json", ".captioner.json")):
            continue
        stamp = file_stamp(path)
        if path not in known or known[path][0] != stamp:
            known[path] = stamp, is_archive_file(path)
        if known[path][1]:
            found.append(path)
    return sorted(found)


def file_stamp(path: Path) -> tuple[int, int]:
    """Time and size of a file, 0 and 0 where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def media_beside(archive: Path) -> Path | None:
    """The media of an archive, by its name."""
    stem = archive.name.removesuffix(".json")
    for ending in sorted(media_extensions(), key=lambda each: (each not in ("mp4", "webm", "mov", "mkv"), each)):
        for path in (archive.with_name(f"{stem}.{ending}"), archive.with_name(f"{stem}.{ending.upper()}")):
            if path.is_file():
                return path
    return None


def open_captions(archive: Path, captions: Path | None = None, by: str = "", style: Style | None = None) -> Opened:
    """Read an archive, or make one of captions.

    Args:
        archive: Path of the archive.
        captions: Captions to make it of where it is not there.
        by: Who edits it.
        style: House style of captions that no archive names one for.

    Raises:
        ReplyError: It cannot be read.
    """
    media = media_beside(archive)
    if captions is not None:
        return _made_of(archive, captions, media, CaptionOptions(style=style) if style else CaptionOptions())
    found = read_archive(archive, by)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    otherwise = CaptionOptions(style=style) if style else CaptionOptions()
    options = options_of(found.archive, otherwise)
    shots: tuple[int, ...] | None = () if options.detect_shots else None  # the captions are as written, not laid out
    state = state_of(found.archive, options, shots)
    kept = replace(found.archive, options=found.archive.options or recorded(options))
    notes = (f"{archive.name}: texts that were edited in it are taken over",) if found.changed else ()
    return Opened(archive, kept, options, state.cues, state.edits.corrections, state.names, media, digest, notes)


def _made_of(archive: Path, captions: Path, media: Path | None, options: CaptionOptions) -> Opened:
    try:
        data = captions.read_bytes()
    except OSError as error:
        raise ReplyError(f"{captions}: cannot be read ({describe_read_error(error)})") from error
    file = read(data, str(captions), ReadOptions(language=tag_in_file_name(captions.name)))
    if not file.cues:
        raise ReplyError(f"{captions}: there are no captions in it")
    format = file.format if file.format in FORMATS and ALL_FORMATS[file.format].reader else "srt"
    names = {key: name for key, name in (file.speaker_names or {}).items() if key != name}
    options = replace(options, formats=(format,), language=file.language, names=names, archive=True)
    transcript = file.transcript or to_transcript(sorted(file.cues, key=lambda cue: cue.start_ms), file.language)
    cues = _with_words(file, [word for sentence in transcript.sentences for word in sentence.words])
    facts, notes = _facts(file, media)
    transcript = replace(transcript, duration_ms=max(transcript.duration_ms, facts.duration_ms))
    ending = captions.name.removeprefix(f"{archive.name.removesuffix('.json')}.")
    made = Archive(
        transcript,
        cues,
        names=file.speaker_names or {},
        language=file.language,
        style=StyleMark(options.style.name, options.style.version, options.style.digest),
        media=facts,
        title=archive.name.removesuffix(".json"),
        generator=f"captioner {__version__}",
        pinned=tuple(range(len(cues))),
        files={ending: hashlib.sha256(data).hexdigest()} if ending == FORMATS[format].extension else {},
        options=recorded(options),
    )
    told = f"{archive.name} is made of {captions.name} with the first change; words share the time of their caption"
    return Opened(archive, made, options, cues, (), names, media, "", (told, *notes))


def _with_words(file: CaptionFile, words: Sequence[Word]) -> tuple[Cue, ...]:
    """The captions with the words of the transcript that was made of them."""
    order = sorted(range(len(file.cues)), key=lambda index: file.cues[index].start_ms)
    lines: list[Line] = [line for index in order for line in file.cues[index].lines]
    shares = iter(shared_out(words, lines)) if lines else iter(())
    made = {
        index: replace(
            file.cues[index], lines=tuple(replace(line, words=next(shares)) for line in file.cues[index].lines)
        )
        for index in order
    }
    return tuple(made[index] for index in order)


def _facts(file: CaptionFile, media: Path | None) -> tuple[MediaFacts, tuple[str, ...]]:
    """Facts about the media, and what is wrong with it."""
    if media is None:
        return MediaFacts(file.duration_ms, file.width, file.height, file.frame_rate, file.start_timecode), ()
    try:
        found = describe(media)
    except CaptionerError as error:
        return MediaFacts(file.duration_ms), (f"{media.name}: {error.message}",)
    return (
        MediaFacts(found.duration_ms, found.width, found.height, found.frame_rate, found.start_timecode, found.sha256),
        (),
    )
