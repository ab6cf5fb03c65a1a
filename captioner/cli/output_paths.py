"""The file that a command writes: by the argument OUT or `-o`, in a folder, or the source with a backup beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from captioner.cli.caption_io import OutputOptions
from captioner.cli.help import OUTPUT, Option
from captioner.cli.named_files import in_folder
from captioner.cli.progress import say
from captioner.errors import OutputError
from captioner.formats import ALL_FORMATS, FORMATS, find_writable

__all__ = ["WHERE", "FileOrFolder", "backed_up", "media_name", "named_like", "output_of"]

#: Ways to name the file to write, beside the argument OUT.
WHERE = (
    Option(["-o", "--output", "named"], group=OUTPUT, metavar="OUT",
           help="File to write, the same as OUT; a name that ends with / is a folder."),
    Option(["--in-place"], group=OUTPUT, is_flag=True, help="Write IN itself; what it was is kept as IN.bak."),
)  # fmt: skip


class FileOrFolder(click.Path):
    """A file or a folder to write; a name that ends with a slash is a folder, which is made where it is missing."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; the folder is there then."""
        if isinstance(value, str) and value.endswith(("/", os.sep)):
            try:
                Path(value).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self.fail(f"{value} cannot be made a folder ({error.strerror}); choose another", param, ctx)
        return super().convert(value, param, ctx)


def output_of(source: Path, output: str | None, named: str | None, want: OutputOptions, *, in_place: bool) -> Path:
    """The file to write, as the user names it.

    Args:
        source: The file that is read.
        output: The argument OUT, or None.
        named: The option `-o`, or None.
        want: What is written there; its format names a file in a folder.
        in_place: The source itself is written.

    Raises:
        UsageError: None of the three, or more than one; standard input in place.
        OutputError: In place, a file that may not be written.
    """
    given = [each for each in (output, named) if each is not None]
    if in_place and not given and str(source) == "-":
        raise click.UsageError(
            "--in-place writes the file IN itself, and standard input is none; name it, or give -o -"
        )
    if len(given) + in_place != 1:
        raise click.UsageError("name one file to write: OUT, -o OUT, or --in-place")
    if in_place:
        return _itself(source)
    return in_folder(given[0], named_like(source, want))


def _itself(source: Path) -> Path:
    """The file to write in place: that which a link leads to.

    Raises:
        OutputError: It may not be written.
    """
    file = source.resolve()
    # The mark holds root too, which os.access allows everything.
    if file.is_file() and not (os.access(file, os.W_OK) and file.stat().st_mode & 0o222):
        raise OutputError(f"{source}: is read-only; make it writable, or write another file with -o")
    return file


def stays_its_kind(target: Path, name: str) -> None:
    """Refuse to write another format into a file in place, whose name would then be wrong.

    Raises:
        UsageError: The ending of the file is another format's.
    """
    ending = target.suffix.lower().removeprefix(".")
    own = ALL_FORMATS[name].extension.lower()
    if ending != own and any(ending == each.extension.lower() for each in FORMATS.values()):
        raise click.UsageError(
            f"--in-place would write {own} into {target.name}; give -o with a name that ends with .{own}"
        )


def backed_up(source: Path) -> Path:
    """Keep a copy of a file beside it before it is written, as NAME.bak, NAME.bak2 …; returns the copy.

    Raises:
        OutputError: It cannot be written.
    """
    number, copy = 1, source.with_name(f"{source.name}.bak")
    while copy.exists():
        number += 1
        copy = source.with_name(f"{source.name}.bak{number}")
    try:
        shutil.copy2(source, copy)
    except OSError as error:
        raise OutputError(f"{copy}: cannot be written ({error.strerror or error}); nothing was changed") from error
    say(f"note: {source.name} as it was is kept as {copy.name}")
    return copy


def media_name(media: Path, endings: Collection[str], usual: str) -> str:
    """Name in a folder of a file made of media: the media's own, with an ending that is written."""
    return media.name if media.suffix.lower() in endings else f"{media.stem}{usual}"


def named_like(source: Path, want: OutputOptions) -> str:
    """Name of the file in a folder: that of the source, with the ending of the format that is written."""
    name = (
        find_writable(want.format).name
        if want.format
        else (want.target.format_for(str(want.facts.get("language", ""))) if want.target else "")
    )
    if not name or str(source) == "-":
        return source.name if str(source) != "-" else f"captions.{FORMATS[name].extension if name else 'srt'}"
    stem = source.name.removesuffix(".json").removesuffix(".asr")
    stem = stem if stem != source.name else source.stem
    return f"{stem}.{FORMATS[name].extension}"
