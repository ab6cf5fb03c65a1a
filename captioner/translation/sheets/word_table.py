"""A sheet as a table in a Word document, by python-docx."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from captioner.errors import ConfigError, ReplyError
from captioner.translation.rows import Row
from captioner.translation.sheets.facts import SheetFacts
from captioner.translation.sheets.sheet_table import from_table, to_table

__all__ = ["has_tracked_changes", "read", "write"]


def write(rows: Sequence[Row], facts: SheetFacts) -> bytes:
    """A document in landscape with the table; its first row is repeated on every page.

    Raises:
        ConfigError: python-docx is missing.
    """
    docx = _library()
    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = page.page_height, page.page_width
    document.add_heading(
        " ".join(filter(None, (facts.name, facts.source, "→" if facts.target else "", facts.target))), 1
    )
    cells = to_table(rows)
    table = document.add_table(rows=0, cols=len(cells[0]))
    table.style = "Table Grid"
    for texts in cells:
        # By the row: finding a cell by its place counts all cells before it.
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = "".join(char for char in text if char == "\n" or char >= " ")
    _repeat(table.rows[0])
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def read(data: bytes, name: str) -> tuple[Row, ...]:
    """A document that came back; its first table with the titles counts.

    Raises:
        ConfigError: python-docx is missing.
        ReplyError: It is none.
    """
    docx = _library()
    try:
        document = docx.Document(io.BytesIO(data))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ReplyError(f"{name}: cannot be read as a Word document; save it again as .docx") from error
    _accept_changes(document.element.body)
    for table in document.tables:
        texts = [[cell.text for cell in row.cells] for row in table.rows]
        if texts and "number" in [each.strip().lower() for each in texts[0]]:
            return from_table(texts, name)
    return from_table([], name)


def has_tracked_changes(data: bytes) -> bool:
    """Whether a sheet is a Word document with tracked changes that are still open; they are read as accepted."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            text = file.read("word/document.xml")
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError, EOFError):
        return False
    return re.search(rb"<w:(?:ins|del|moveTo|moveFrom)[ />]", text) is not None


def _accept_changes(body: Any) -> None:
    """Put in what tracked changes inserted, and take out what they deleted; content controls are their content."""
    from docx.oxml.ns import qn

    for row in list(body.iter(qn("w:tr"))):
        if row.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None:
            row.getparent().remove(row)
    for name in ("w:del", "w:moveFrom"):
        for node in list(body.iter(qn(name))):
            node.getparent().remove(node)
    for name in ("w:ins", "w:moveTo", "w:sdt"):
        for node in list(body.iter(qn(name))):
            _unwrap(node.find(qn("w:sdtContent")) if name == "w:sdt" else node, node)


def _unwrap(content: Any, node: Any) -> None:
    """Put the children of an element in the place of another."""
    parent = node.getparent()
    if parent is None:
        return
    place = parent.index(node)
    for child in list(content) if content is not None else ():
        parent.insert(place, child)
        place += 1
    parent.remove(node)


def _repeat(row: Any) -> None:
    """Make a row the head of its table on every page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = row._tr.get_or_add_trPr()
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    properties.append(header)


def _library() -> Any:
    try:
        import docx
    except ImportError as error:
        raise ConfigError("sheets for Word need python-docx; pip install 'captioner[sheets]'") from error
    return docx
