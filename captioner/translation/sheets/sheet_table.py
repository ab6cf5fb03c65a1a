"""A sheet as a table of texts, which CSV, Excel and Word files have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captioner.errors import ReplyError
from captioner.timecode import ms_to_vtt
from captioner.translation.rows import Row

__all__ = ["TITLES", "from_table", "to_table"]

#: Titles of the columns. Limits are in words, so that they can be read as they are.
TITLES = ("Number", "Start", "End", "Speaker", "Source", "Translation", "Lines", "Columns", "Characters", "Context")


def to_table(rows: Sequence[Row]) -> list[list[str]]:
    """The table with its titles."""
    return [
        list(TITLES),
        *(
            [
                str(row.number),
                ms_to_vtt(row.start_ms),
                ms_to_vtt(row.end_ms),
                row.speaker,
                row.source,
                row.translation,
                str(row.lines),
                str(row.columns),
                str(row.characters),
                row.context,
            ]
            for row in rows
        ),
    ]


def from_table(table: Sequence[Sequence[str]], name: str) -> tuple[Row, ...]:
    """Rows of a table that came back.

    Raises:
        ReplyError: It has no columns Number and Translation, or a number that is none.
    """
    at = next((place for place, cells in enumerate(table) if "number" in _titles(cells)), None)
    columns = {} if at is None else {title: place for place, title in reversed(list(enumerate(_titles(table[at]))))}
    if at is None or "translation" not in columns:
        raise ReplyError(
            f"{name}: has no columns Number and Translation in its first row; keep the titles of the sheet"
        )
    rows = []
    for place, cells in enumerate(table[at + 1 :], at + 2):
        values = {title: cells[column].strip() for title, column in columns.items() if column < len(cells)}
        if any(values.values()):
            rows.append(_row(values, f"{name}: row {place}"))
    return tuple(rows)


def _titles(cells: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells]


def _row(values: Mapping[str, str], where: str) -> Row:
    number = values.get("number", "").removesuffix(".0").removesuffix(".")
    if not number:
        raise ReplyError(
            f"{where}: has no number of a caption; split merged cells, and keep the column Number as it was"
        )
    if not number.isdecimal() or len(number) > 9:
        raise ReplyError(f"{where}: {number[:40]!r} is no number of a caption; keep the column Number as it was")
    translation = values.get("translation", "").replace("\r\n", "\n").replace("\r", "\n")
    return Row(int(number), 0, 0, "", values.get("source", ""), 0, 0, 0, translation=translation)
