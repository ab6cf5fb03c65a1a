"""Readers of caption files: SRT, TTML and STL here, the rest by webvtt-py, pysubs2 and, where it is installed, ttconv.

`READERS` is the whole table; each reader turns text into cues as written and complains in one line.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from captioner import archive
from captioner.check.captions import Captions, Found, decoded, to_captions
from captioner.check.places import of_settings
from captioner.check.scc import read_scc
from captioner.check.ssa import read_pysubs2
from captioner.check.stl import read_stl
from captioner.check.tags import css_colour, read_marked
from captioner.check.ttml import read_ttml
from captioner.errors import ReplyError
from captioner.gc_pause import gc_paused

__all__ = ["READERS", "read"]

_SRT_TIMES = re.compile(
    r"^\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})(?:\s.*)?$"
)
_CLASS_COLOUR = re.compile(
    r"::cue\(\s*(?:c)?\.([\w-]{1,60})\s*\)\s*\{[^{}]{0,500}?(?<![\w-])color\s*:\s*([^;{}]{1,40})"
)
_TTML = frozenset({"ttml", "dfxp", "itt", "xml"})


def read(data: bytes, name: str) -> Captions:
    """Read a caption file.

    Args:
        data: Its bytes.
        name: Its name; the ending says which format it is.

    Raises:
        ReplyError: Not a caption format that can be read, or not what its ending says.
    """
    ending = name.rpartition(".")[2].lower()
    try:
        with gc_paused():
            return _read(data, name, ending)
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}") from error


def _read(data: bytes, name: str, ending: str) -> Captions:
    if ending == "json":
        return _archived(data, name)
    if ending in READERS:
        found = READERS[ending](decoded(data))
    elif ending in _TTML:
        found = read_ttml(data)
    elif ending == "stl":
        return _stl(data, name)
    elif ending == "scc":
        found = read_scc(decoded(data))
    else:
        found = read_pysubs2(decoded(data), None)
    return to_captions(found, name, ending, data)


def _stl(data: bytes, name: str) -> Captions:
    read = read_stl(data)
    captions = to_captions(read.found, name, "stl", data)
    return replace(captions, frame_rate=read.rate, start_timecode=read.start_timecode)


def _archived(data: bytes, name: str) -> Captions:
    kept = archive.loads(decoded(data))
    written = tuple(cue.text for cue in kept.cues)
    return Captions(name, "json", kept.cues, written, data, kept.transcript, kept.language)


def _srt(text: str) -> list[Found]:
    """SubRip with the liberties found in the wild: dots for commas, missing numbers, blank lines inside a cue."""
    blocks: list[tuple[int, int, list[str]]] = []
    for line in text.splitlines():
        if (match := _SRT_TIMES.match(line)) is not None:
            _drop_number(blocks)
            first, last = _clock(match, 1), _clock(match, 5)
            blocks.append((first, last, []))
        elif blocks:
            blocks[-1][2].append(line.rstrip())
    if not blocks and text.strip():
        raise ReplyError("is not SRT: no line such as 00:00:01,000 --> 00:00:02,000")
    return [Found(start, end, "\n".join(lines).strip("\n")) for start, end, lines in blocks]


def _drop_number(blocks: list[tuple[int, int, list[str]]]) -> None:
    """The number of the next cue stands at the end of this one's lines."""
    if blocks and blocks[-1][2] and blocks[-1][2][-1].strip().isdecimal():
        blocks[-1][2].pop()


def _clock(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds = (int(match[first + number]) for number in range(3))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(match[first + 3].ljust(3, "0"))


def _vtt(text: str) -> list[Found]:
    import webvtt
    from webvtt.errors import MalformedFileError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            captions = webvtt.from_string(text)
    except (MalformedFileError, ValueError, StopIteration) as error:
        raise ReplyError(f"is not WebVTT ({error or 'no cue can be read'})") from error
    classes = _class_colours("\n".join(style.text for style in captions.styles))
    return [_vtt_cue(caption, classes) for caption in captions.captions]


def _class_colours(sheet: str) -> Mapping[str, str]:
    """What `::cue(.name) { color: … }` says; other rules of a style sheet are the player's affair."""
    found = ((name.lower(), css_colour(colour)) for name, colour in _CLASS_COLOUR.findall(sheet[:100_000]))
    return {name: colour for name, colour in found if colour}


def _vtt_cue(caption: Any, classes: Mapping[str, str]) -> Found:
    raw: str = caption.raw_text
    placement, left = of_settings(str(caption.settings))
    marked = read_marked(raw, references=True, classes=classes, placement=placement)
    if left:
        marked = replace(marked, left=marked.left | left)
    start, end = caption.start_time.in_milliseconds(), caption.end_time.in_milliseconds()
    written = "\n".join(html.unescape(_kept(line)) for line in raw.split("\n"))
    return Found(start, end, written, marked=marked)


def _kept(line: str) -> str:
    """A line with its markup; what only looks like markup after unescaping is held apart from it."""
    return line.replace("&lt;", "‹").replace("&gt;", "›") if "&lt;" in line else line


def _ass(text: str) -> list[Found]:
    return read_pysubs2(text, "ass")


def _sbv(text: str) -> list[Found]:
    import webvtt
    from webvtt.errors import MalformedFileError

    try:
        captions = webvtt.from_buffer(io.StringIO(text), format="sbv")
    except (MalformedFileError, ValueError, StopIteration) as error:
        raise ReplyError(f"is not SBV ({error})") from error
    return [Found(c.start_time.in_milliseconds(), c.end_time.in_milliseconds(), c.raw_text) for c in captions.captions]


#: Ending to reader; anything else is offered to pysubs2, which tells formats apart by itself.
READERS: dict[str, Callable[[str], list[Found]]] = {
    "srt": _srt,
    "vtt": _vtt,
    "ass": _ass,
    "ssa": lambda text: read_pysubs2(text, "ssa"),
    "sbv": _sbv,
    "sub": lambda text: read_pysubs2(text, None),
}
