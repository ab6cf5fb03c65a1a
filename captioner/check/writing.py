"""Writes mended captions back into the file they came from, so that what was not mended stays as it was.

The one rule: a caption whose text was not changed keeps it as written, markup and settings included.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import replace

from captioner.check.captions import Captions, decoded
from captioner.check.fixing import Mended
from captioner.errors import FormatError
from captioner.layout.lexicon import detect_language
from captioner.model import Cue
from captioner.style import Style
from captioner.timecode import ms_to_ass, ms_to_srt, ms_to_vtt

__all__ = ["WRITABLE", "marked_up", "rewritten", "slanted", "untidy"]

WRITABLE = ("srt", "vtt", "ass", "ssa")
_MARKUP = re.compile(r"<[^<>]*>|\{[^{}]*\}|‹")
_ITALICS = re.compile(r"</?i(?:\.[^<>\s]*)?>|\{\\i[01]?\}", re.IGNORECASE)
_VTT_TIMES = re.compile(r"^\s*(?:\d+:)?\d\d:\d\d\.\d{3}\s+-->\s+(?:\d+:)?\d\d:\d\d\.\d{3}(?P<settings>.*)$")


def marked_up(captions: Captions) -> frozenset[int]:
    """Captions whose text carries markup; WebVTT voices are told from the cues' speakers and stay as well."""
    return frozenset(index for index, text in enumerate(captions.written) if _MARKUP.search(text))


def slanted(captions: Captions, style: Style, language: str = "") -> frozenset[int]:
    """Captions in italics whose language is not set in them."""
    return frozenset(
        index
        for index, (cue, text) in enumerate(zip(captions.cues, captions.written, strict=True))
        if _ITALICS.search(text) and not style.for_language(detect_language(cue.text, language)).italics
    )


def untidy(data: bytes) -> bool:
    """Whether a file is not UTF-8, or mixes the line ends of two systems."""
    windows = data.count(b"\r\n")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return windows not in (0, data.count(b"\n"))


def rewritten(captions: Captions, mended: Mended, upright: Collection[int] = ()) -> bytes:
    """The bytes of the file with the mended captions, UTF-8 with line feeds.

    Args:
        captions: The file as read.
        mended: Its captions now.
        upright: Captions that lose their italics.

    Raises:
        FormatError: A format that is only read here.
    """
    if upright:
        written = tuple(
            _ITALICS.sub("", text) if index in upright else text for index, text in enumerate(captions.written)
        )
        captions = replace(captions, written=written)
    if captions.format == "srt":
        return _srt(captions, mended).encode()
    if captions.format == "vtt":
        return _vtt(captions, mended).encode()
    if captions.format in ("ass", "ssa"):
        return _ass(captions, mended).encode()
    raise FormatError(f"{captions.name}: {captions.format} is read, not written; fix srt, vtt, ass or ssa")


def _text(captions: Captions, origin: int, cue: Cue) -> str:
    """A caption's text as written when it is unchanged, else as printed."""
    if cue.lines == captions.cues[origin].lines:
        return captions.written[origin]
    return "\n".join(line.printed for line in cue.lines)


def _srt(captions: Captions, mended: Mended) -> str:
    blocks = [
        f"{number}\n{ms_to_srt(cue.start_ms)} --> {ms_to_srt(cue.end_ms)}\n{_text(captions, origin, cue)}\n"
        for number, (origin, cue) in enumerate(zip(mended.origins, mended.cues, strict=True), 1)
    ]
    return "\n".join(blocks)


def _vtt(captions: Captions, mended: Mended) -> str:
    """The file's own blocks with times and texts exchanged; header, styles and notes stay where they are."""
    text = decoded(captions.data).replace("\r\n", "\n").strip("\n")
    blocks = [block.strip("\n") for block in re.split(r"\n{2,}", text)]
    own = [block for block in blocks if "-->" in block]
    _same_number(captions, len(own))
    written = [
        _vtt_block(own[origin], captions, origin, cue) for origin, cue in zip(mended.origins, mended.cues, strict=True)
    ]
    left = iter(written)
    kept = [block if "-->" not in block else next(left, "") for block in blocks]
    return "\n\n".join(block for block in kept if block) + "\n"


def _same_number(captions: Captions, count: int) -> None:
    """Refuse to guess which block of a file is which caption.

    Raises:
        FormatError: The file's structure is not what its reader made of it.
    """
    if count != len(captions.cues):
        raise FormatError(
            f"{captions.name}: {count} blocks hold {len(captions.cues)} captions; save it in an editor first"
        )


def _vtt_block(block: str, captions: Captions, origin: int, cue: Cue) -> str:
    lines = block.split("\n")
    place = next(number for number, line in enumerate(lines) if "-->" in line)
    match = _VTT_TIMES.match(lines[place])
    times = f"{ms_to_vtt(cue.start_ms)} --> {ms_to_vtt(cue.end_ms)}{match['settings'].rstrip() if match else ''}"
    unchanged = cue.lines == captions.cues[origin].lines
    text = lines[place + 1 :] if unchanged else [html.escape(line.printed, quote=False) for line in cue.lines]
    if unchanged and not _ITALICS.search(captions.written[origin]):
        text = [_ITALICS.sub("", line) for line in text]
    return "\n".join([*lines[:place], times, *text])


def _ass(captions: Captions, mended: Mended) -> str:
    """The file's own lines with times and texts exchanged; styles, comments and everything else stay."""
    exchanged = dict(zip(mended.origins, mended.cues, strict=True))
    number = -1
    lines = []
    given = decoded(captions.data).splitlines()
    _same_number(captions, sum(_is_caption(line) for line in given))
    for line in given:
        if not _is_caption(line):
            lines.append(line)
            continue
        number += 1
        if number in exchanged:
            lines.append(_ass_line(line, captions, number, exchanged[number]))
    return "\n".join(lines) + "\n"


def _is_caption(line: str) -> bool:
    return line.startswith("Dialogue:") and "{\\p1" not in line


def _ass_line(line: str, captions: Captions, origin: int, cue: Cue) -> str:
    fields = line.split(",", 9)
    fields[1:3] = [ms_to_ass(cue.start_ms), ms_to_ass(cue.end_ms)]
    if len(fields) == 10 and cue.lines != captions.cues[origin].lines:
        fields[9] = "\\N".join(each.printed for each in cue.lines)
    elif len(fields) == 10 and not _ITALICS.search(captions.written[origin]):
        fields[9] = _ITALICS.sub("", fields[9])
    return ",".join(fields)
