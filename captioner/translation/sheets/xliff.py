"""A sheet as XLIFF 1.2, which translation programs read: a unit for every caption, its limits in attributes and notes.

XLIFF 2 is read, too.

Source: OASIS, XLIFF 1.2 and XLIFF 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from captioner.errors import ReplyError
from captioner.timecode import ms_to_vtt
from captioner.translation.rows import Row
from captioner.translation.sheets.facts import SheetFacts

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read", "write"]

_XLIFF = "urn:oasis:names:tc:xliff:document:1.2"
_XML = "http://www.w3.org/XML/1998/namespace"


def write(rows: Sequence[Row], facts: SheetFacts) -> bytes:
    """The document; without a source language it says "und"."""
    from xml.etree import ElementTree

    ElementTree.register_namespace("", _XLIFF)
    root = ElementTree.Element(f"{{{_XLIFF}}}xliff", {"version": "1.2"})
    attributes = {"original": facts.name, "source-language": facts.source or "und", "datatype": "plaintext"}
    file = ElementTree.SubElement(root, f"{{{_XLIFF}}}file", attributes)
    if facts.target:
        file.set("target-language", facts.target)
    body = ElementTree.SubElement(file, f"{{{_XLIFF}}}body")
    for row in rows:
        _unit(body, row)
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _unit(body: Element, row: Row) -> None:
    from xml.etree import ElementTree

    attributes = {"id": str(row.number), "size-unit": "char", f"{{{_XML}}}space": "preserve"}
    attributes["maxwidth"] = str(row.characters)
    unit = ElementTree.SubElement(body, f"{{{_XLIFF}}}trans-unit", attributes)
    ElementTree.SubElement(unit, f"{{{_XLIFF}}}source").text = _safe(row.source)
    ElementTree.SubElement(unit, f"{{{_XLIFF}}}target").text = _safe(row.translation)
    times = f"{ms_to_vtt(row.start_ms)} - {ms_to_vtt(row.end_ms)}"
    note = f"{times}; at most {row.lines} lines of {row.columns} columns, {row.characters} characters"
    more = [f"speaker: {row.speaker}" if row.speaker else "", f"sentence: {row.context}" if row.context else ""]
    ElementTree.SubElement(unit, f"{{{_XLIFF}}}note").text = _safe("; ".join(filter(None, (note, *more))))


def read(data: bytes, name: str) -> tuple[Row, ...]:
    """The units of a document that came back.

    Raises:
        ReplyError: It is no XLIFF, or a unit has another id.
    """
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(data)  # expat stops entities that grow (2.4.1 and later)
    except ElementTree.ParseError as error:
        raise ReplyError(f"{name}: is damaged XML; export it again") from error
    units = [each for each in root.iter() if each.tag.rpartition("}")[2] in {"trans-unit", "unit"}]
    if not units:
        raise ReplyError(f"{name}: is XLIFF without units; export it again")
    return tuple(_row(each, name) for each in units)


def _row(unit: Element, name: str) -> Row:
    number = unit.get("id", "")
    if not number.isdecimal():
        raise ReplyError(f"{name}: {number!r} is no number of a caption; keep the ids of the units")
    texts = {"source": "", "target": ""}
    for element in unit.iter():
        kind = element.tag.rpartition("}")[2]
        if kind in texts:
            texts[kind] += "".join(element.itertext())
    return Row(int(number), 0, 0, "", texts["source"].strip(), 0, 0, 0, translation=texts["target"].strip())


def _safe(text: str) -> str:
    """Without control characters, which XML forbids."""
    return "".join(char for char in text if char == "\n" or char >= " ")
