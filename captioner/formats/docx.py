"""Transcript for a word processor, `.docx`: a heading, then a paragraph for every turn, time and name in bold.

Three parts of Office Open XML and no styles of our own, so that the text takes on the document it is pasted into. The
same transcript is always the same file: the entries of the archive carry the earliest date ZIP can hold.

Source: ECMA-376, part 1: sections 17.2 (document), 17.3 (paragraphs, runs); part 2 (packages).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from captioner.formats.capabilities import SPEAKERS
from captioner.formats.render_context import Context
from captioner.formats.text.bidi import is_rtl_language, is_rtl_line
from captioner.formats.text.cue_text import clean
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.speaker_turns import speaker_turns
from captioner.formats.text.xml import escape
from captioner.model import Cue
from captioner.timecode import ms_to_clock

__all__ = ["SUPPORTS", "render"]

#: See `capabilities`.
SUPPORTS = frozenset({SPEAKERS})

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = (
    f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_HEADING_HALF_POINTS = 32


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write the transcript as a Word document; it has no paragraphs when nothing was said."""
    names = printed_names(cues, context)
    title = clean(context.title)
    paragraphs = [_paragraph([(title, _heading(context.language))], context)] if title else []
    for turn in speaker_turns(cues, context, named=bool(names)):
        name = names.get(turn.speaker or "", "")
        label = f"[{ms_to_clock(turn.start_ms)}]{f' {name}:' if name else ''} "
        runs = [(label, f"<w:b/>{_language(context.language)}"), (turn.text, _language(context.language))]
        paragraphs.append(_paragraph(runs, context))
    document = (
        f'{_XML}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        f"{''.join(paragraphs)}</w:body></w:document>"
    )
    return _package({"[Content_Types].xml": _TYPES, "_rels/.rels": _RELATIONS, "word/document.xml": document})


def _paragraph(runs: Sequence[tuple[str, str]], context: Context) -> str:
    """A paragraph of runs, each a text and its properties; right-to-left when its last run is."""
    rtl = is_rtl_line(runs[-1][0], rtl=is_rtl_language(context.language))
    direction, run_direction = ("<w:pPr><w:bidi/></w:pPr>", "<w:rtl/>") if rtl else ("", "")
    written = "".join(
        f'<w:r><w:rPr>{_ordered(properties, run_direction)}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
        for text, properties in runs
    )
    return f"<w:p>{direction}{written}</w:p>"


def _ordered(properties: str, direction: str) -> str:
    """Run properties in the order of the schema, in which `rtl` comes before `lang`."""
    before, lang, after = properties.partition("<w:lang")
    return f"{before}{direction}{lang}{after}"


def _heading(language: str) -> str:
    return f'<w:b/><w:sz w:val="{_HEADING_HALF_POINTS}"/>{_language(language)}'


def _language(language: str) -> str:
    """The language for the spelling checker, in all three of the scripts a run may have."""
    tag = escape(clean(language))
    return f'<w:lang w:val="{tag}" w:eastAsia="{tag}" w:bidi="{tag}"/>' if tag else ""


def _package(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(zipfile.ZipInfo(name, _EARLIEST), text.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
