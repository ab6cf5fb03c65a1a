"""Edits a caption file in place: times and texts of its cues are exchanged, everything else stays as it was written.

Each format that can be edited so declares `patch_block`, which writes the lines of one cue.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Literal, NamedTuple, Protocol

from captioner.errors import FormatError
from captioner.formats.caption_file import CaptionFile, SourceBlock, split_lines
from captioner.formats.table import ALL_FORMATS
from captioner.model import Cue, Line

__all__ = ["ITALICS", "BlockWriter", "has_text", "patch"]

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


def patch(
    file: CaptionFile,
    cues: Sequence[Cue],
    origins: Sequence[int],
    upright: Collection[int] = (),
    *,
    timed: Sequence[Cue | None] | None = None,
    keeps_left_out: bool = False,
) -> bytes:
    """The bytes of a file with other times and texts, UTF-8 with line feeds.

    A cue whose text was not changed keeps it as written, markup and settings included.

    Args:
        file: As read.
        cues: Its cues as they shall be.
        origins: For each of them, which cue of the file it was.
        upright: Cues of the file that lose their italics.
        timed: New times of each of the file's `timed_blocks`, None to drop it. By default all stay as they are.
        keeps_left_out: Whether captions that could not be read stay in the file, those without text excepted; their
            times are not changed.

    Raises:
        FormatError: The file cannot be edited in place.
    """
    write_block = _block_writer(file)
    has_blocks = any(block.end - block.first > 1 for block in file.blocks)  # else each caption is one line
    lines = split_lines(file.text)
    out: list[str] = []
    at = number = 0
    for part in _parts(file):
        block = part.block
        out += lines[at : block.first]
        at = block.end
        own = lines[block.first : block.end]
        if part.kind == "caption" and part.place < len(cues):
            origin = origins[part.place]
            source = file.blocks[origin]
            cue = cues[part.place]
            number += 1
            out += write_block(
                _lines_of(lines, source, without_italics=origin in upright),
                source.times - source.first,
                number=number,
                cue=cue,
                keep_text=_texts(cue) == _texts(file.cues[origin]),
            )
            if at < len(lines) and lines[at].strip() and out[-1].strip() and has_blocks:
                out.append("")  # where the file had no empty line between two captions
        elif part.kind == "timed" and timed is None:
            out += own
        elif part.kind == "left out" and keeps_left_out and has_text(lines, block):
            number += 1
            out += own
        elif part.kind == "timed" and timed is not None and (moved := timed[part.place]) is not None:
            out += write_block(own, block.times - block.first, number=0, cue=moved, keep_text=True)
        else:
            at += _empty_lines(lines, at)
    text = "\n".join([*out, *lines[at:]])
    return f"{text.rstrip(chr(10))}\n".encode()


class _Part(NamedTuple):
    """A block of a file, what it is, and which of its kind."""

    block: SourceBlock
    kind: Literal["caption", "timed", "left out"]
    place: int


def _parts(file: CaptionFile) -> Iterator[_Part]:
    """Every block of a file, in its order."""
    parts = [_Part(block, "caption", index) for index, block in enumerate(file.blocks)]
    parts += [_Part(each.block, "timed", index) for index, each in enumerate(file.timed_blocks)]
    parts += [_Part(block, "left out", index) for index, block in enumerate(file.left_out)]
    yield from sorted(parts, key=lambda part: part.block.first)


def _block_writer(file: CaptionFile) -> BlockWriter:
    patcher = ALL_FORMATS[file.format].patcher
    if not patcher:
        can = ", ".join(name for name, row in ALL_FORMATS.items() if row.patcher)
        raise FormatError(f"{file.name}: {file.format} is read, not written in place; choose one of {can}")
    if not file.can_be_patched:
        raise FormatError(f"{file.name}: its lines are not in the usual order; convert it to another file first")
    writer: BlockWriter = import_module(f"captioner.formats.{patcher}").patch_block
    return writer


def _texts(cue: Cue) -> list[Line]:
    """The lines of a cue without the times of their words, which move with it."""
    return [replace(line, words=()) if line.words else line for line in cue.lines]


def has_text(lines: Sequence[str], block: SourceBlock) -> bool:
    """Whether a block has anything below its times."""
    return any(line.strip() for line in lines[block.times + 1 : block.end])


def _lines_of(lines: Sequence[str], block: SourceBlock, *, without_italics: bool) -> Sequence[str]:
    own = lines[block.first : block.end]
    return [ITALICS.sub("", line) for line in own] if without_italics else own


def _empty_lines(lines: Sequence[str], at: int) -> int:
    """Number of empty lines that follow."""
    return next((number for number, line in enumerate(lines[at:]) if line.strip()), len(lines) - at)
