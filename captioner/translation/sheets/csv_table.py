"""A sheet as CSV: UTF-8 with BOM, by which Excel knows it, and lines of a caption as lines of a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from captioner.errors import ReplyError
from captioner.formats.text.input_encoding import decode
from captioner.translation.rows import Row
from captioner.translation.sheets.facts import SheetFacts
from captioner.translation.sheets.sheet_table import from_table, to_table

__all__ = ["read", "write"]


def write(rows: Sequence[Row], facts: SheetFacts) -> bytes:
    """The table, RFC 4180."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(to_table(rows))
    return text.getvalue().encode("utf-8-sig")


def read(data: bytes, name: str) -> tuple[Row, ...]:
    """A table that came back, with commas, semicolons or tabs, in any encoding.

    Raises:
        ReplyError: It is none.
    """
    text = decode(data).text
    try:
        return from_table(list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))), name)
    except csv.Error as error:
        raise ReplyError(f"{name}: is damaged CSV; save it again") from error


def _delimiter(text: str) -> str:
    first = text.lstrip("\ufeff").partition("\n")[0]
    return max(",;\t", key=first.count)
