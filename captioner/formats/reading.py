"""Reads a caption file of any format in the table, by its content; the name of the file decides where content cannot.

Formats whose files carry the ending of the name are asked first, so that usually one reader is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Literal

from captioner.errors import ReplyError
from captioner.formats.caption_file import CaptionFile, FileContent, ReadNote, ReadOptions, split_lines
from captioner.formats.format_row import Format
from captioner.formats.table import ALL_FORMATS
from captioner.formats.text.input_encoding import DecodedText
from captioner.gc_pause import gc_paused

__all__ = ["detect_format", "read"]

_MARK = re.compile("[\r\n]\ufeff")


def read(data: bytes, name: str, options: ReadOptions | None = None) -> CaptionFile:
    """Read a caption file.

    Args:
        data: Its bytes.
        name: Its name, for messages; its ending decides between formats of the same content. "-" has none.
        options: What the user knows of the file and its content does not say.

    Raises:
        ReplyError: Not a caption format that can be read; the message names the file.
        ConfigError: The encoding in the options is unknown.
    """
    options = options or ReadOptions()
    content = FileContent(data, options.encoding, options.language)
    try:
        with gc_paused():
            format_, note = detect_format(content, name)
            file: CaptionFile = _reader(format_).read(content, options)
        _refuse_if_nothing_is_left(file)
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}") from error
    file = replace(file, name=name, format=format_.name, data=data)
    if not format_.encodings:
        return replace(file, notes=(*_notes(note), *file.notes))
    decoded = content.decoded
    return replace(
        file,
        text=decoded.text if format_.patcher else "",
        encoding=decoded.encoding,
        is_encoding_guessed=decoded.is_guessed,
        notes=(*_notes(note), *_encoding_notes(decoded), *_text_notes(decoded.text), *file.notes),
    )


def _refuse_if_nothing_is_left(file: CaptionFile) -> None:
    """Refuse a file of which every caption had to be left out.

    Raises:
        ReplyError: Naming the first that was.
    """
    lost = next((note for note in file.notes if note.kind == "left out" and note.is_fault), None)
    if not file.cues and lost is not None:
        place = f"line {lost.line}: " if lost.line else ""
        raise ReplyError(f"has no caption that can be read; {place}{lost.message}")


def _notes(note: ReadNote | None) -> tuple[ReadNote, ...]:
    return (note,) if note else ()


def _encoding_notes(decoded: DecodedText) -> tuple[ReadNote, ...]:
    kind: Literal["guessed", "mended"] = "guessed" if decoded.is_guessed else "mended"
    return (ReadNote(kind, decoded.note, decoded.line),) if decoded.note else ()


def _text_notes(text: str) -> Iterator[ReadNote]:
    """Notes about line ends and byte order marks that damaged and joined files have."""
    if "\r\r\n" in text:
        line = text[: text.index("\r\r\n")].count("\n") + 1
        yield ReadNote("mended", "lines end in CR CR LF, which is read as one line end", line, is_fault=True)
    if (match := _MARK.search(text)) is not None:
        line = len(split_lines(text[: match.end()]))
        yield ReadNote("mended", "a byte order mark in the middle of the file is left out", line, is_fault=True)


def detect_format(content: FileContent, name: str) -> tuple[Format, ReadNote | None]:
    """The format of a file, and a note where its content is not what its name says.

    Raises:
        ReplyError: Neither content nor name says a format that can be read.
    """
    named = list(_formats_named(name))
    for format_ in named:
        if _reader(format_).detect(content):
            return format_, None
    for format_ in _readable():
        if _reader(format_).detect(content):
            return format_, _mismatch(named, format_)
    if named:
        return named[0], None  # whose reader says what is missing
    raise ReplyError("is not a caption file that can be read; give srt, vtt, ass or another known format")


def _readable() -> Iterator[Format]:
    """Formats with a reader, each reader once."""
    seen = set[str]()
    for format_ in ALL_FORMATS.values():
        if format_.reader and format_.reader not in seen:
            seen.add(format_.reader)
            yield format_


def _formats_named(name: str) -> Iterator[Format]:
    """Formats with a reader whose files have the ending of a name."""
    for format_ in ALL_FORMATS.values():
        if format_.reader and name.lower().endswith(tuple(f".{ending}" for ending in format_.extensions)):
            yield format_


def _mismatch(named: list[Format], format_: Format) -> ReadNote | None:
    if not named:
        return None
    return ReadNote(
        "guessed", f"the content is {format_.title} and not {named[0].title}; it is read as {format_.title}"
    )


def _reader(format_: Format) -> ModuleType:
    return import_module(f"captioner.formats.{format_.reader}")
