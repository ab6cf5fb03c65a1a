"""Edits a caption file in place: times and texts of its cues are exchanged, everything else stays as it was written.

Each format that can be edited so declares `patch_block`, which writes the lines of one cue.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Protocol

from captioner.errors import FormatError
from captioner.formats.caption_file import CaptionFile, SourceBlock, split_lines
from captioner.formats.table import ALL_FORMATS
from captioner.model import Cue

__all__ = ["ITALICS", "BlockWriter", "patch"]

#: Tags and overrides that begin or end italics.
ITALICS = re.compile(r"</?i(?:\.[^<>\s]*)?>|\{\\i[01]?\}", re.IGNORECASE)


class BlockWriter(Protocol):
    """Writes the lines of one cue with its new times.

    Args:
        lines: The cue's lines as they stand.
        times: Which of them holds the times.
        number: Number of the cue in the new file, from 1.
        cue: With its new times.
        keep_text: Whether its text stays as written; else it is that of `cue`.
    """

    def __call__(self, lines: Sequence[str], times: int, *, number: int, cue: Cue, keep_text: bool) -> list[str]: ...


def patch(file: CaptionFile, cues: Sequence[Cue], origins: Sequence[int], upright: Collection[int] = ()) -> bytes:
    """The bytes of a file with other times and texts, UTF-8 with line feeds.

    A cue whose text was not changed keeps it as written, markup and settings included.

    Args:
        file: As read.
        cues: Its cues as they shall be.
        origins: For each of them, which cue of the file it was.
        upright: Cues of the file that lose their italics.

    Raises:
        FormatError: The file cannot be edited in place.
    """
    write_block = _block_writer(file)
    lines = split_lines(file.text)
    out: list[str] = []
    at = 0
    for slot, block in enumerate(file.blocks):
        out += lines[at : block.first]
        at = block.end
        if slot >= len(cues):
            at += _empty_lines(lines, at)
            continue
        origin = origins[slot]
        own = file.blocks[origin]
        out += write_block(
            _lines_of(lines, own, without_italics=origin in upright),
            own.times - own.first,
            number=slot + 1,
            cue=cues[slot],
            keep_text=cues[slot].lines == file.cues[origin].lines,
        )
    text = "\n".join([*out, *lines[at:]])
    return f"{text.rstrip(chr(10))}\n".encode()


def _block_writer(file: CaptionFile) -> BlockWriter:
    patcher = ALL_FORMATS[file.format].patcher
    if not patcher:
        can = ", ".join(name for name, row in ALL_FORMATS.items() if row.patcher)
        raise FormatError(f"{file.name}: {file.format} is read, not written in place; choose one of {can}")
    if len(file.blocks) != len(file.cues):
        raise FormatError(f"{file.name}: its lines are not in the usual order; convert it to another file first")
    writer: BlockWriter = import_module(f"captioner.formats.{patcher}").patch_block
    return writer


def _lines_of(lines: Sequence[str], block: SourceBlock, *, without_italics: bool) -> Sequence[str]:
    own = lines[block.first : block.end]
    return [ITALICS.sub("", line) for line in own] if without_italics else own


def _empty_lines(lines: Sequence[str], at: int) -> int:
    """Number of empty lines that follow."""
    return next((number for number, line in enumerate(lines[at:]) if line.strip()), len(lines) - at)
