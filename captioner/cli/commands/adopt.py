"""`captioner adopt`: edited captions become the truth of their media, and every format is written anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from captioner.alignment import Difference
from captioner.archive import all_files
from captioner.archive_files import (
    ArchiveFile,
    author,
    edited_files,
    find_archive,
    next_revision,
    read_archive,
)
from captioner.captions.adopt import Adoption, adopt, options_of, state_of
from captioner.captions.options import ARCHIVE_EXTENSION, CaptionOptions
from captioner.captions.pipeline import produce
from captioner.cli.caption_io import read_bytes, read_options
from captioner.cli.help import OUTPUT, RUN, Option, command, with_options
from captioner.cli.options import LANGUAGE, OVERWRITE, READING_AS_IT_IS
from captioner.cli.output_options import caption_options
from captioner.cli.progress import say
from captioner.config import load
from captioner.corrections import Edits, Revision
from captioner.errors import CaptionerError, ConfigError, OutputError
from captioner.files import write_whole
from captioner.formats import FORMATS
from captioner.media import media_extensions
from captioner.timecode import ms_to_clock

__all__ = ["adopt_files"]

_SHOWN = 10  # places named one by one

_OPTIONS = (
    Option(["--archive"], metavar="JSON", type=click.Path(path_type=Path, exists=True, dir_okay=False),
           help="Captioner's JSON of the media (default: beside EDITED, by its name)."),
    Option(["--relayout"], group=OUTPUT, is_flag=True,
           help="Lay the captions out anew by the style (default: keep the cuts, breaks and times of EDITED)."),
    Option(["--by"], metavar="NAME", help="Who made the changes (default: the user's name)."),
    Option(["--dry-run"], group=RUN, is_flag=True, help="Say what would be changed; write nothing."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Job:
    """An edited file and the archive it belongs to."""

    edited: Path
    archive: Path


@command(name="adopt")
@click.argument("edited", metavar="EDITED...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@with_options(_OPTIONS, READING_AS_IT_IS, (LANGUAGE, OVERWRITE))
def adopt_files(
    edited: tuple[Path, ...],
    archive: Path | None,
    relayout: bool,
    by: str | None,
    dry_run: bool,
    overwrite: bool,
    **options: Any,
) -> int:
    """Take over EDITED, captions or text that a person changed, and write all formats of its media anew.

    EDITED is any caption file, or a transcript as txt, md or docx, saved by any program; or a folder, for everything
    that was edited in it. Words, speakers, cuts, line breaks and times that were changed are kept from then on, also
    by the next captioner run. It costs nothing.

    \b
    Examples: captioner adopt talk.srt
              captioner adopt talk.docx --by anna
              captioner adopt "talk final v2.vtt" --archive talk.json --relayout
              captioner adopt captions/
    """
    jobs = list(_jobs(edited, archive))
    _one_each(jobs)
    failed = 0
    for job in jobs:
        try:
            _adopt_one(job, options, author(by), relayout=relayout, dry_run=dry_run, overwrite=overwrite)
        except CaptionerError as error:
            if error.exit_code != 1 or len(jobs) == 1:
                raise
            say(error.message)
            failed += 1
    return int(failed > 0)


def _jobs(edited: Sequence[Path], archive: Path | None) -> Iterator[_Job]:
    for path in edited:
        if path.is_dir():
            found = list(edited_files(path))
            if not found:
                say(f"{path}: nothing in it was edited")
            yield from (_Job(each, find_archive(each, None)) for each in found)
        else:
            yield _Job(path, find_archive(path, archive))


def _one_each(jobs: Sequence[_Job]) -> None:
    """Refuse two edited files of one media: each would undo the other's changes.

    Raises:
        ConfigError: There are two.
    """
    taken: dict[Path, Path] = {}
    for job in jobs:
        key = job.archive.resolve()
        if key in taken and taken[key] != job.edited:
            raise ConfigError(
                f"{taken[key]} and {job.edited} were both edited and are of the same media; put all changes into one of"
                " them and adopt that, with --overwrite for the other"
            )
        taken[key] = job.edited


def _adopt_one(
    job: _Job, options: Mapping[str, Any], by: str, *, relayout: bool, dry_run: bool, overwrite: bool
) -> None:
    """Take over one file, write, and tell."""
    found = read_archive(job.archive, by)
    chosen, notes = _chosen(found)
    state = state_of(found.archive, chosen, _shots(found, chosen))
    is_archive = job.edited.resolve() == job.archive.resolve()
    if is_archive:
        changed = found.changed
        made = Adoption(_unchanged(state.edits), state.edits, chosen)
        lines = [_counted(found.archive.revisions[-1])] if changed else []
    else:
        revision = next_revision(found.archive, job.edited.name, by)
        extension = found.extension_of(job.edited)
        reading = read_options(options)
        data = read_bytes(job.edited)
        made = adopt(state, data, str(job.edited), extension, revision, reading=reading, relayout=relayout)
        adopted = made.adopted
        revision = replace(revision, corrections=adopted.corrected, cuts=adopted.cuts, times=adopted.times)
        changed = not adopted.is_empty or found.changed or (relayout and bool(state.edits.cues))
        if not adopted.is_empty:
            made = replace(made, edits=replace(made.edits, revisions=(*made.edits.revisions, revision)))
        lines = [_counted(revision), *_told(made.notes), *_places(adopted.differences)]
    if not changed:
        say(f"{job.edited}: nothing was changed; all files stay as they are")
        return
    for line in (*notes, *lines):
        say(f"{job.edited}: {line}")
    if dry_run:
        return
    _write(found, state.archive.title, made, job.edited, overwrite=overwrite, shots=state.shots)


def _unchanged(edits: Edits) -> Any:
    from captioner.captions.adoption import Adopted

    return Adopted(edits, {})


def _chosen(found: ArchiveFile) -> tuple[CaptionOptions, list[str]]:
    """The options the files were made with; the configured ones for archives that do not say."""
    if found.archive.options:
        return options_of(found.archive, CaptionOptions()), []
    formats = [row.name for ending in found.outputs for row in FORMATS.values() if row.extension == ending][:1]
    formats = list(dict.fromkeys(_format_of(ending) for ending in found.outputs)) or formats
    config = load()
    chosen = caption_options(config, {}, formats=formats)
    said = f"the options it was made with are not in {found.path.name}; style {chosen.style.name} is used"
    return options_of(found.archive, replace(chosen, also=())), [said]


def _format_of(ending: str) -> str:
    return next(row.name for row in FORMATS.values() if row.extension == ending)


def _shots(found: ArchiveFile, options: CaptionOptions) -> tuple[int, ...] | None:
    """Shot changes of the media beside the archive, where they are asked for."""
    if not options.detect_shots:
        return None
    from captioner.media.shots import detect_shots

    for ending in sorted(media_extensions()):
        if (path := found.output(ending)).is_file():
            return detect_shots(path)
    raise ConfigError(f"{found.path}: the captions keep to shot changes; put the media beside it")


def _counted(revision: Revision) -> str:
    """`3 corrections, 1 caption cut otherwise, 2 captions with other times`."""
    corrections, cuts, times = revision.corrections, revision.cuts, revision.times
    parts = [
        f"{corrections} correction{'s' if corrections != 1 else ''}" if corrections else "",
        f"{cuts} caption{'s' if cuts != 1 else ''} cut otherwise" if cuts else "",
        f"{times} caption{'s' if times != 1 else ''} with other times" if times else "",
    ]
    return ", ".join(filter(None, parts)) or "laid out anew"


def _told(notes: Sequence[str]) -> list[str]:
    """The decisions but one: that speakers are known by their labels is so in every file with labels."""
    return [note for note in notes if "(by their labels" not in note]


def _places(differences: Sequence[Difference]) -> list[str]:
    """Text without speech and speech without text, with the times."""
    lines = []
    for each in differences[:_SHOWN]:
        at = ms_to_clock(each.start_ms)
        if each.kind == "inserted":
            lines.append(f"at {at} nothing was recognised for “{each.text.strip()}”")
        else:
            lines.append(f"at {at} “{each.spoken.strip()}” was said and is shown no more")
    if len(differences) > _SHOWN:
        lines.append(f"and {len(differences) - _SHOWN} more such places")
    return lines


def _write(
    found: ArchiveFile, title: str, made: Adoption, edited: Path, *, overwrite: bool, shots: Sequence[int]
) -> None:
    """Write every file anew, the archive last: if writing breaks off, the same command does it again."""
    wanted = set(found.outputs)
    for extension in wanted:
        path = found.output(extension)
        if not overwrite and not found.is_as_written(extension) and path.resolve() != edited.resolve():
            raise OutputError(
                f"{path} was edited too, and its changes would be lost; put them into {edited}, or allow --overwrite"
            )
    archive = found.archive
    produced = produce(
        archive.transcript,
        archive.media,
        made.options,
        title=title,
        shots=shots,
        check=False,
        edits=made.edits,
        earlier_files=all_files(archive),
    )
    names = [extension for extension in produced.files if extension != ARCHIVE_EXTENSION]
    for extension in names:
        write_whole(found.output(extension), produced.files[extension])
    write_whole(found.path, produced.files[ARCHIVE_EXTENSION])
    for issue in produced.issues:
        if issue.rule == "acceptance":
            say(f"{found.path}: {issue.message}")
    written = ", ".join(found.output(extension).name for extension in names)
    click.echo(f"{found.path.name}{': ' if written else ''}{written}")
