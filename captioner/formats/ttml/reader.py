"""Reader of TTML and its profiles: IMSC, EBU-TT-D, iTT, DFXP; text, times, styling, placements and agents.

Read here and not by a library: ttconv's model takes a tenth of a millisecond for every caption and more, and pysubs2
knows neither regions nor frames.

Source: W3C TTML2, sections 8 (styling), 10.2 (attributes), 12 (timing).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from captioner.errors import ConfigError, ReplyError
from captioner.formats.assembly import assemble, without_design
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions
from captioner.formats.mending import length_by_text_ms
from captioner.formats.ttml.document import DEEPEST, Document, parse_document
from captioner.formats.ttml.names import local_name
from captioner.formats.ttml.paragraphs import ParagraphState, captions_of, inside
from captioner.formats.ttml.timing import ALWAYS, child_intervals, own_interval

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["detect", "read"]

_ROOT = re.compile(r"<(?:[\w-]{1,40}:)?tt[\s>/]")
_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)(\w{1,32};)?")
_NOT_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x(?:0?[0-8bBcC]|0?[eE]|1[0-9a-fA-F])|[0-8]|1[124-9]|2\\d|3[01]);"
)


def detect(content: FileContent) -> bool:
    """Whether it is XML whose first element is tt."""
    return content.head.lstrip("\ufeff \t\n\r").startswith("<") and _ROOT.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read the paragraphs of a document, as captions in its own order.

    Raises:
        ReplyError: Not TTML.
    """
    notes: list[ReadNote] = []
    root = _parsed(content.text, notes)
    if local_name(root.tag) != "tt":
        raise ReplyError("is XML but not TTML; its first element is not tt")
    try:
        document = parse_document(root)
        found = _Captions(keep_states=options.rolling == "keep")
        for body in root:
            if local_name(body.tag) == "body":
                own = own_interval(body, ALWAYS, document.time_base)
                _walk(body, document, inside(body, own, document, _outermost(root)), found, DEEPEST)
    except (ConfigError, ValueError, LookupError, ArithmeticError) as error:
        raise ReplyError("cannot be read as TTML; check that it is whole") from error
    raw = _with_ends(found)
    notes += found.notes()
    return assemble(without_design(raw), options, notes=notes, may_roll=True, language=document.language)


def _outermost(root: Element) -> ParagraphState:
    """Properties the body inherits."""
    spaces = next((value for key, value in root.attrib.items() if local_name(key) == "space"), "")
    return ParagraphState(keeps_spaces=spaces == "preserve")


def _parsed(text: str, notes: list[ReadNote]) -> Element:
    """The first element; a bare `&` and characters that XML does not have are mended."""
    from xml.etree import ElementTree

    text = text.lstrip("\ufeff \t\r\n")
    try:
        return ElementTree.fromstring(text)  # expat stops entities that grow (2.4.1 and later)
    except ElementTree.ParseError as error:
        line, column = error.position
        mended = _NOT_XML.sub("", _BARE_AMPERSAND.sub(_reference, text))
        if mended != text and "<!ENTITY" not in text:
            try:
                root = ElementTree.fromstring(mended)
            except ElementTree.ParseError:
                pass
            else:
                message = "it is no XML because of a bare “&” or a character that XML does not have; read as meant"
                notes.append(ReadNote("mended", message, line, is_fault=True))
                return root
        raise ReplyError(f"cannot be read as TTML: line {line} is not XML (column {column + 1})") from error
    except ValueError as error:
        raise ReplyError("cannot be read as TTML; check that it is whole") from error


def _reference(match: re.Match[str]) -> str:
    """XML for a bare ampersand or a reference of HTML."""
    name = match[1] or ""
    char = html.unescape(f"&{name}") if name else ""
    return char if char and not char.startswith("&") else f"&amp;{name}"


@dataclass(slots=True)
class _Captions:
    """The captions of a document as they are found.

    Attributes:
        keep_states: Make a caption of every state of a paragraph that grows.
        raw: In its order; the end of one without an end is its begin.
        open_ended: Indexes of those that begin and do not end.
    """

    keep_states: bool
    raw: list[RawCue] = field(default_factory=list)
    open_ended: list[int] = field(default_factory=list)
    paragraphs: int = 0
    untimed: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    pictures: int = 0

    def add(self, element: Element, document: Document, state: ParagraphState) -> None:
        """Add the captions of a paragraph."""
        self.paragraphs += 1
        captions = captions_of(element, document, state, keep_states=self.keep_states)
        has_text = any("".join(element.itertext()).split())
        if has_text and not _is_readable(element, state, document):
            self.unreadable.append(self.paragraphs)
            return
        if has_text and not _is_timed(element, state, document):
            self.untimed.append(self.paragraphs)
            return
        if has_text and not captions:
            self.hidden.append(self.paragraphs)
        for caption in captions:
            if caption.end_ms == caption.start_ms:
                self.open_ended.append(len(self.raw))
            self.raw.append(caption)

    def notes(self) -> Iterator[ReadNote]:
        """Notes about paragraphs that cannot be shown as they are."""
        if self.open_ended:
            numbers = _numbers([index + 1 for index in self.open_ended])
            yield ReadNote("guessed", f"{numbers} without an end; it lasts to the next one, the last by its length")
        if self.unreadable:
            numbers = _numbers(self.unreadable, "paragraph")
            yield ReadNote("left out", f"{numbers} with a time that cannot be read; left out", is_fault=True)
        if self.untimed:
            yield ReadNote(
                "left out", f"{_numbers(self.untimed, 'paragraph')} without any time; left out", is_fault=True
            )
        if self.hidden:
            yield ReadNote("left out", f"{_numbers(self.hidden, 'paragraph')} never shown, by time or style; left out")
        if self.pictures:
            yield ReadNote("left out", f"{self.pictures} pictures are left out; only text is read")


def _numbers(numbers: Sequence[int], noun: str = "caption") -> str:
    shown = ", ".join(map(str, numbers[:5]))
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"{noun}{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _is_timed(element: Element, state: ParagraphState, document: Document) -> bool:
    is_region_timed = document.region_shown(state.region) != [ALWAYS]
    return (
        state.is_timed
        or is_region_timed
        or any("begin" in each.attrib or "dur" in each.attrib for each in element.iter())
    )


def _is_readable(element: Element, state: ParagraphState, document: Document) -> bool:
    own = [found.is_readable for _, found in child_intervals(element, state.interval, document.time_base)]
    return state.interval.is_readable and all(own)


def _walk(element: Element, document: Document, state: ParagraphState, found: _Captions, deeper: int) -> None:
    """Add the paragraphs below an element."""
    if not deeper:
        raise ReplyError(f"has more than {DEEPEST} elements inside each other")
    for child, interval in child_intervals(element, state.interval, document.time_base):
        kind = local_name(child.tag)
        if kind == "div":
            found.pictures += _is_picture(child)
            _walk(child, document, inside(child, interval, document, state), found, deeper - 1)
        elif kind == "p":
            found.add(child, document, inside(child, interval, document, state))


def _is_picture(element: Element) -> bool:
    return any(local_name(key) == "backgroundImage" for key in element.attrib) or any(
        local_name(child.tag) == "image" for child in element
    )


def _with_ends(found: _Captions) -> list[RawCue]:
    """The captions with an end each: that of the next one, or by its length."""
    raw = list(found.raw)
    starts = sorted({cue.start_ms for cue in raw})
    later = dict(pairwise(starts))
    for index in found.open_ended:
        cue = raw[index]
        raw[index] = cue._replace(end_ms=later.get(cue.start_ms, cue.start_ms + length_by_text_ms(cue.text)))
    return raw
