"""Finds the kind of a list by its content, and reads it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from captioner.errors import ReplyError
from captioner.timelines.edl import read_edl, recognise_edl
from captioner.timelines.fcp7 import read_fcp7
from captioner.timelines.fcpx import read_fcpx
from captioner.timelines.otio import read_otio
from captioner.timelines.timeline import Timeline

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read"]

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"  # AAF is one
# By the name of the outermost element.
_ROOTS = {"xmeml": read_fcp7, "fcpxml": read_fcpx}
_KINDS = "an EDL (CMX 3600), Final Cut Pro XML, FCPXML, OTIO or AAF"


def read(data: bytes, name: str, rate: Fraction | None = None) -> Timeline:
    """Read what an editing program exported.

    Args:
        data: The file.
        name: What messages call it.
        rate: Frame rate of an EDL, which does not say its own.

    Raises:
        ConfigError: The rate of an EDL is not known, or OpenTimelineIO is needed and not installed.
        ReplyError: None of the kinds, damaged, or without clips.
    """
    if data.startswith(_COMPOUND_FILE):
        return read_otio(data, name, "aaf")
    if data.startswith(b"PK"):
        return read_otio(data, name, "otioz")
    text = _decoded(data)
    if "OTIO_SCHEMA" in text[:4000]:
        return read_otio(data, name, "otio")
    if text.lstrip().startswith("<"):
        return _read_xml(text, name)
    if recognise_edl(text):
        return read_edl(text, name, rate)
    raise ReplyError(f"{name}: is no list of an editing program that is known; give {_KINDS}")


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "latin-1"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _read_xml(text: str, name: str) -> Timeline:
    root = _root(text, name)
    if (reader := _ROOTS.get(root.tag)) is not None:
        return reader(root, name)
    raise ReplyError(f"{name}: is XML of another kind (<{root.tag[:40]}>); give {_KINDS}")


def _root(text: str, name: str) -> Element:
    from xml.etree import ElementTree

    try:
        # The text is decoded already; expat stops entities that grow (2.4.1 and later).
        declared = text[text.index("?>") + 2 :] if text.lstrip().startswith("<?xml") else text
        return ElementTree.fromstring(declared)
    except (ElementTree.ParseError, ValueError) as error:
        raise ReplyError(f"{name}: is damaged XML; export the timeline again") from error
