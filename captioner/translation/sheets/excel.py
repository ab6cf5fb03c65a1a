"""A sheet as an Excel workbook, by openpyxl: text in cells that cannot become formulas, titles that stay in sight."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Sequence
from typing import Any

from captioner.errors import ConfigError, ReplyError
from captioner.translation.rows import Row
from captioner.translation.sheets.facts import SheetFacts
from captioner.translation.sheets.sheet_table import TITLES, from_table, to_table

__all__ = ["read", "write"]

_WIDTHS = {"Source": 46, "Translation": 46, "Context": 60, "Start": 13, "End": 13, "Speaker": 14}


def write(rows: Sequence[Row], facts: SheetFacts) -> bytes:
    """The workbook; numbers and limits are numbers.

    Raises:
        ConfigError: openpyxl is missing.
    """
    openpyxl = _library()
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = (facts.target or "Translation")[:31]
    sheet.freeze_panes = "F2"
    for place, title in enumerate(TITLES, 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(title, 10)
    for at, cells in enumerate(to_table(rows), 1):
        for place, text in enumerate(cells, 1):
            cell = sheet.cell(at, place)
            is_number = at > 1 and TITLES[place - 1] in {"Number", "Lines", "Columns", "Characters"}
            cell.value = int(text) if is_number else _safe(text)
            if not is_number:
                cell.data_type = "s"  # a caption that begins with "=" is no formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=at == 1)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read(data: bytes, name: str) -> tuple[Row, ...]:
    """A workbook that came back; its first sheet with the titles counts.

    Raises:
        ConfigError: openpyxl is missing.
        ReplyError: It is none.
    """
    openpyxl = _library()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that it does not keep
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            tables = [[[_text(cell) for cell in row] for row in sheet.values] for sheet in book.worksheets]
            book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        raise ReplyError(f"{name}: cannot be read as an Excel workbook; save it again as .xlsx") from error
    titled = [table for table in tables if any("number" in [each.strip().lower() for each in row] for row in table)]
    return from_table(titled[0] if titled else [], name)


def _library() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise ConfigError("sheets for Excel need openpyxl; pip install 'captioner[sheets]'") from error
    return openpyxl


def _safe(text: str) -> str:
    """Without control characters, which the format forbids."""
    return "".join(char for char in text if char == "\n" or char >= " ")


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
