"""Reads the text of Word documents: what would be printed, with every tracked change accepted.

Deleted and moved-away text, struck-out and hidden text, comments, notes and fields are not read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from captioner.errors import ReplyError

__all__ = ["Table", "WordParagraph", "word_blocks"]

_WORD_XML = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LARGEST_PART = 200_000_000  # bytes of a document's text: a book has a hundredth
_UNREADABLE = "is not a Word document that can be read; save it again as .docx"
#: Elements whose text is not on the page: tracked deletions, and the copy of a drawing for old programs.
_NOT_SHOWN = frozenset({f"{_WORD_XML}del", f"{_WORD_XML}moveFrom", _FALLBACK})
_SPACES = frozenset({f"{_WORD_XML}tab", f"{_WORD_XML}br", f"{_WORD_XML}cr"})
_OFF = frozenset({"0", "false", "off", "none"})


class WordParagraph(NamedTuple):
    """One paragraph, and whether it is a heading."""

    text: str
    is_heading: bool = False


class Table(NamedTuple):
    """One table: for each row its cells, each the paragraphs in it."""

    rows: tuple[tuple[tuple[WordParagraph, ...], ...], ...]


def word_blocks(data: bytes) -> Iterator[WordParagraph | Table]:
    """The paragraphs and tables of a document, in order.

    Raises:
        ReplyError: It is not a Word document.
    """
    body = _document(data).find(f"{_WORD_XML}body")
    if body is None:
        raise ReplyError(_UNREADABLE)
    yield from _blocks(body)


def _document(data: bytes) -> ElementTree.Element:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            part = package.getinfo("word/document.xml")
            if part.file_size > _LARGEST_PART:
                raise ReplyError("is a Word document of more than 200 MB of text; save its text only")
            content = package.read(part)
        if b"<!DOCTYPE" in content[:2000]:
            raise ReplyError(_UNREADABLE)
        return ElementTree.fromstring(content)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, NotImplementedError, RuntimeError, EOFError) as error:
        raise ReplyError(_UNREADABLE) from error


def _blocks(parent: ElementTree.Element) -> Iterator[WordParagraph | Table]:
    for node in parent:
        if node.tag == f"{_WORD_XML}p":
            yield WordParagraph("".join(_runs(node)), _is_heading(node))
        elif node.tag == f"{_WORD_XML}tbl":
            yield Table(tuple(_cells(row) for row in node.iter(f"{_WORD_XML}tr") if not _is_deleted(row)))
        elif node.tag not in _NOT_SHOWN:  # content controls, custom markup and the like
            yield from _blocks(node)


def _cells(row: ElementTree.Element) -> tuple[tuple[WordParagraph, ...], ...]:
    return tuple(
        tuple(WordParagraph("".join(_runs(each)), _is_heading(each)) for each in cell.iter(f"{_WORD_XML}p"))
        for cell in row
        if cell.tag == f"{_WORD_XML}tc"
    )


def _is_deleted(row: ElementTree.Element) -> bool:
    """Whether a tracked change deleted a row of a table."""
    return row.find(f"{_WORD_XML}trPr/{_WORD_XML}del") is not None


def _is_heading(paragraph: ElementTree.Element) -> bool:
    """Whether a paragraph has a heading style, or is large and bold all through, as our title is."""
    style = paragraph.find(f"{_WORD_XML}pPr/{_WORD_XML}pStyle")
    if style is not None and style.get(f"{_WORD_XML}val", "").lower().startswith(("heading", "title", "berschrift")):
        return True
    runs = [run for run in paragraph.iter(f"{_WORD_XML}r") if run.find(f"{_WORD_XML}t") is not None]
    return bool(runs) and all(
        run.find(f"{_WORD_XML}rPr/{_WORD_XML}b") is not None and run.find(f"{_WORD_XML}rPr/{_WORD_XML}sz") is not None
        for run in runs
    )


def _runs(node: ElementTree.Element) -> Iterator[str]:
    """The text below an element as it is printed."""
    if node.tag in _NOT_SHOWN or (node.tag == f"{_WORD_XML}r" and _is_struck(node)):
        return
    if node.tag == f"{_WORD_XML}t":
        yield node.text or ""
    elif node.tag in _SPACES:
        yield " "
    for child in node:
        if child.tag != f"{_WORD_XML}pPr":
            yield from _runs(child)


def _is_struck(run: ElementTree.Element) -> bool:
    """Whether a run is struck out or hidden."""
    marks = [run.find(f"{_WORD_XML}rPr/{_WORD_XML}{name}") for name in ("strike", "dstrike", "vanish")]
    return any(mark is not None and mark.get(f"{_WORD_XML}val", "true").lower() not in _OFF for mark in marks)
