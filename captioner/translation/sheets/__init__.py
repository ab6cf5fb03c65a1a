"""Files of a sheet, by their ending: CSV, Excel, Word, XLIFF and JSON, each a module with `write` and `read`.

Tables are read by the titles in their first row, in any order: a translator may move, add and hide columns. `Number`
and `Translation` have to be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from captioner.errors import ConfigError
from captioner.translation.rows import Row

__all__ = ["ENDINGS", "SheetFacts", "read", "write"]

from captioner.translation.sheets.facts import SheetFacts

#: Ending of a file to the module that writes and reads it.
ENDINGS = {
    "csv": "csv_table",
    "xlsx": "excel",
    "docx": "word_table",
    "xliff": "xliff",
    "xlf": "xliff",
    "json": "json_rows",
}


def write(rows: Sequence[Row], facts: SheetFacts, ending: str, name: str) -> bytes:
    """The bytes of a sheet.

    Raises:
        ConfigError: An ending of no kind of sheet, or a library that is missing.
    """
    data: bytes = _module(ending, name).write(rows, facts)
    return data


def read(data: bytes, ending: str, name: str) -> tuple[Row, ...]:
    """Rows of a sheet that came back; only numbers, texts and translations are known for certain.

    Raises:
        ConfigError: An ending of no kind of sheet, or a library that is missing.
        ReplyError: It cannot be read, or has no translations.
    """
    rows: tuple[Row, ...] = _module(ending, name).read(data, name)
    return rows


def _module(ending: str, name: str) -> ModuleType:
    if ending not in ENDINGS:
        raise ConfigError(f"{name}: a sheet is one of {', '.join(ENDINGS)}; name the file so")
    return import_module(f"captioner.translation.sheets.{ENDINGS[ending]}")
