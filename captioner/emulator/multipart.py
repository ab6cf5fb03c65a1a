"""Reads forms with a file from a socket, without holding the file in memory.

The standard library reads `multipart/form-data` only as a whole. Format: RFC 7578 and RFC 2046, 5.1.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Protocol

from captioner.emulator.messages import Readable

__all__ = ["BadForm", "FileTooLarge", "Form", "boundary_of", "read_form"]

_BLOCK_BYTES = 1 << 16
_FIELD_BYTES = 1 << 16
_HEADER_BYTES = 1 << 13


class Writable(Protocol):
    """Destination of bytes."""

    def write(self, data: bytes, /) -> object: ...


class BadForm(Exception):
    """The body is not a form."""


class FileTooLarge(Exception):
    """A part is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was read.

    Attributes:
        fields: Value of every field by name.
        file_size: Bytes in the file, or None when there is no file.
        fields_after_file: Whether a field, or a second file, came after the file.
    """

    fields: Mapping[str, str]
    file_size: int | None
    fields_after_file: bool


def boundary_of(content_type: str) -> bytes:
    """The boundary named in a `Content-Type`.

    Raises:
        BadForm: It is not a form, or has no boundary.
    """
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise BadForm("not multipart/form-data with a boundary")
    return boundary.encode("latin-1", "replace")


def read_form(
    stream: Readable, boundary: bytes, open_file: Callable[[Mapping[str, str]], Writable], *, at_most_bytes: int
) -> Form:
    """Read a form; the file is written to the destination that `open_file` returns for the fields before it.

    Raises:
        BadForm: The body is not a form or ends early.
        FileTooLarge: The file or a field is larger than allowed.
    """
    parts = _Parts(stream, b"\r\n--" + boundary)
    fields: dict[str, str] = {}
    file_size: int | None = None
    late = False
    while (name_and_kind := parts.next_part()) is not None:
        name, is_file = name_and_kind
        late = late or file_size is not None
        if is_file and file_size is None:
            file_size = parts.copy_to(open_file(fields), at_most_bytes)
            continue
        value = io.BytesIO()
        parts.copy_to(value, _FIELD_BYTES)
        fields[name] = value.getvalue().decode("utf-8", "replace")
    return Form(fields, file_size, late)


class _Parts:
    """Iterates over the parts of a body; a delimiter may lie across two blocks."""

    def __init__(self, stream: Readable, delimiter: bytes) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._held = bytearray(b"\r\n")  # so that the first delimiter looks like the others
        self._until(delimiter, io.BytesIO(), _HEADER_BYTES)

    def next_part(self) -> tuple[str, bool] | None:
        """Name of the next part and whether it is a file; None at the end."""
        while len(self._held) < 2:
            self._fill()
        mark = bytes(self._held[:2])
        if mark == b"--":
            return None
        if mark != b"\r\n":
            raise BadForm("a boundary is followed by something else")
        headers = io.BytesIO()
        self._until(b"\r\n\r\n", headers, _HEADER_BYTES)
        message = BytesHeaderParser().parsebytes(headers.getvalue().lstrip(b"\r\n"))
        name = message.get_param("name", "", header="content-disposition")
        return str(name), name == "file" or message.get_filename() is not None

    def copy_to(self, sink: Writable, at_most_bytes: int) -> int:
        """Copy the body of the current part; returns its length."""
        return self._until(self._delimiter, sink, at_most_bytes)

    def _until(self, mark: bytes, sink: Writable, at_most_bytes: int) -> int:
        """Move everything before `mark` to the destination and skip the mark."""
        moved = 0
        while (at := self._held.find(mark)) < 0:
            moved += self._move(sink, max(0, len(self._held) - len(mark) + 1))
            if moved > at_most_bytes:
                raise FileTooLarge
            self._fill()
        moved += self._move(sink, at)
        if moved > at_most_bytes:
            raise FileTooLarge
        del self._held[: len(mark)]
        return moved

    def _move(self, sink: Writable, size: int) -> int:
        sink.write(bytes(self._held[:size]))
        del self._held[:size]
        return size

    def _fill(self) -> None:
        block = self._stream.read(_BLOCK_BYTES)
        if not block:
            raise BadForm("the body ends early")
        self._held += block
