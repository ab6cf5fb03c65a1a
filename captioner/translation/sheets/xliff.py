"""A sheet as XLIFF 1.2, which translation programs read: a unit for every caption, its limits in attributes and notes.

XLIFF 2 is read, too.

Source: OASIS, XLIFF 1.2 and XLIFF 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from captioner.errors import ReplyError
from captioner.timecode import ms_to_vtt
from captioner.translation.rows import Row
from captioner.translation.sheets.facts import SheetFacts

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read", "write"]

_XLIFF = "urn:oasis:names:tc:xliff:document:1.2"
# What XLIFF calls kinds of marked text, and the tags of captions.
_TAGS = {"italic": "i", "i": "i", "bold": "b", "b": "b", "underlined": "u", "u": "u"}
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
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ReplyError(f"{name}: is damaged XML; export it again") from error
    units = [each for each in root.iter() if _name(each) in {"trans-unit", "unit"}]
    if not units:
        raise ReplyError(f"{name}: is XLIFF without units; export it again")
    return tuple(_row(each, name) for each in units)


def _row(unit: Element, name: str) -> Row:
    number = unit.get("id", "")
    if not number.isdecimal() or len(number) > 9:
        raise ReplyError(f"{name}: {number[:40]!r} is no number of a caption; keep the ids of the units")
    source, target = ("".join(_texts(unit, kind)).strip() for kind in ("source", "target"))
    if _is_open(unit, source == target):
        target = ""
    return Row(int(number), 0, 0, "", source, 0, 0, 0, translation=target)


def _texts(unit: Element, kind: str) -> Iterator[str]:
    """The texts of a kind, in order; not those that a translation memory proposes."""
    for child in unit:
        name = _name(child)
        if name == kind:
            yield _tagged(child)
        elif name in {"segment", "ignorable"}:
            parts = {_name(each): _tagged(each) for each in child}
            # White space between two segments need not be repeated in the target.
            yield parts.get(kind, parts.get("source", "") if name == "ignorable" else "")


def _tagged(element: Element) -> str:
    """Text with the marks of a translation program as tags and line breaks."""
    text = element.text or ""
    for child in element:
        inner = _tagged(child)
        given = child.get("ctype", "").removeprefix("x-") or child.get("subType", "").rpartition(":")[2]
        if given in {"lb", "br"}:
            inner = "\n"
        elif given in _TAGS and _name(child) in {"g", "pc"}:
            inner = f"<{_TAGS[given]}>{inner}</{_TAGS[given]}>"
        elif not inner:
            inner = child.get("equiv-text") or child.get("equiv") or ""
        text += inner + (child.tail or "")
    return text


def _is_open(unit: Element, is_same: bool) -> bool:
    """Whether a unit says that it is still to be translated; many programs fill in its source until then."""
    targets = [each for each in unit if _name(each) in {"target", "segment"}]
    states = {each.get("state", "") for each in targets}
    return "needs-translation" in states or (is_same and bool(states & {"new", "initial"}))


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _safe(text: str) -> str:
    """Without control characters, which XML forbids."""
    return "".join(char for char in text if char == "\n" or char >= " ")
