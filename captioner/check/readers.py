"""Readers of caption files: the text formats here, the rest by pysubs2 and, where it is installed, ttconv.

`READERS` is the whole table; each reader turns text into cues as written and complains in one line.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from captioner import archive
from captioner.check.captions import Captions, Found, decoded, to_cues
from captioner.errors import ReplyError

__all__ = ["READERS", "read"]

_SRT_TIMES = re.compile(
    r"^\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})(?:\s.*)?$"
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]+)>")
# What the parsers of pysubs2 let through on text that is not theirs.
_FAULTS = (ValueError, LookupError, SyntaxError, AttributeError, TypeError, ArithmeticError, OSError, RecursionError)
_TTCONV = {"stl": "stl", "scc": "scc", "ttml": "imsc", "dfxp": "imsc", "itt": "imsc", "xml": "imsc"}


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
        if ending == "json":
            return _archived(data, name)
        if ending in READERS:
            found = READERS[ending](decoded(data))
        elif ending in _TTCONV:
            found = _ttconv(data, ending)
        else:
            found = _pysubs2(decoded(data), None)
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}") from error
    return Captions(name, ending, to_cues(found), tuple(each.text for each in found), data)


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
    return [_vtt_cue(caption) for caption in captions.captions]


def _vtt_cue(caption: Any) -> Found:
    lines: list[str] = caption.raw_text.split("\n")
    voices, voice = [], ""
    for line in lines:
        if (match := _VOICE.search(line)) is not None:
            voice = html.unescape(match[1]).strip()
        voices.append(voice)
        voice = "" if line.rstrip().endswith("</v>") else voice
    start, end = caption.start_time.in_milliseconds(), caption.end_time.in_milliseconds()
    return Found(start, end, "\n".join(html.unescape(_kept(line)) for line in lines), tuple(voices))


def _kept(line: str) -> str:
    """A line with its markup; what only looks like markup after unescaping is held apart from it."""
    return line.replace("&lt;", "‹").replace("&gt;", "›") if "&lt;" in line else line


def _ass(text: str) -> list[Found]:
    return _pysubs2(text, "ass")


def _pysubs2(text: str, format_: str | None) -> list[Found]:
    import pysubs2

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = pysubs2.SSAFile.from_string(text, format_=format_)
    except (pysubs2.exceptions.Pysubs2Error, *_FAULTS) as error:
        raise ReplyError(
            f"cannot be read as captions ({type(error).__name__}); give srt, vtt, ass or another known format"
        ) from error
    return [_event(event) for event in read.events if not event.is_comment and not _is_drawing(event)]


def _is_drawing(event: Any) -> bool:
    """pysubs2 looks for drawings with a pattern that is quadratic in open braces; few texts hold the tag at all."""
    return "\\p" in event.text and bool(event.is_drawing)


def _event(event: Any) -> Found:
    text = event.text.replace("\\N", "\n").replace("\\n", " ").replace("\\h", "\u00a0")
    return Found(event.start, event.end, text, (event.name,) * (text.count("\n") + 1) if event.name else ())


def _sbv(text: str) -> list[Found]:
    import webvtt
    from webvtt.errors import MalformedFileError

    try:
        captions = webvtt.from_buffer(io.StringIO(text), format="sbv")
    except (MalformedFileError, ValueError, StopIteration) as error:
        raise ReplyError(f"is not SBV ({error})") from error
    return [Found(c.start_time.in_milliseconds(), c.end_time.in_milliseconds(), c.raw_text) for c in captions.captions]


def _ttconv(data: bytes, ending: str) -> list[Found]:
    """Broadcast formats, by ttconv; without it TTML is left to pysubs2."""
    kind = _TTCONV[ending]
    try:
        reader = import_module(f"ttconv.{kind}.reader")
    except ImportError as error:
        if kind == "imsc":
            return _pysubs2(decoded(data), "ttml")
        raise ReplyError(f"{ending} files are read by ttconv; pip install ttconv") from error
    try:
        document = reader.to_model(_ttconv_input(data, kind))
        return list(_paragraphs(document))
    except Exception as error:  # struct, XML and ttconv's own: whatever its parsers meet in bytes that are not theirs
        raise ReplyError(f"cannot be read as {ending} ({type(error).__name__}: {str(error)[:80]})") from error


def _ttconv_input(data: bytes, kind: str) -> Any:
    if kind == "stl":
        return io.BytesIO(data)
    if kind == "scc":
        return decoded(data)
    from xml.etree import ElementTree

    return ElementTree.ElementTree(ElementTree.fromstring(data))


def _paragraphs(document: Any) -> Iterator[Found]:
    model = import_module("ttconv.model")
    for element in document.get_body().dfs_iterator() if document.get_body() is not None else ():
        if isinstance(element, model.P) and element.get_end() is not None:
            lines = "".join(_text_of(element, model)).split("\n")
            outer = _begin(element.parent())
            start, end = round((outer + (element.get_begin() or 0)) * 1000), round((outer + element.get_end()) * 1000)
            yield Found(start, end, "\n".join(line.strip() for line in lines).strip("\n"))


def _begin(element: Any) -> Any:
    """When an element begins: times in TTML count from the begin of what is around them."""
    if element is None or not hasattr(element, "get_begin"):
        return 0
    return _begin(element.parent()) + (element.get_begin() or 0)


def _text_of(element: Any, model: Any) -> Iterator[str]:
    for child in element.dfs_iterator():
        if isinstance(child, model.Text):
            yield child.get_text()
        elif isinstance(child, model.Br):
            yield "\n"


#: Ending to reader; anything else is offered to pysubs2, which tells formats apart by itself.
READERS: dict[str, Callable[[str], list[Found]]] = {
    "srt": _srt,
    "vtt": _vtt,
    "ass": _ass,
    "ssa": lambda text: _pysubs2(text, "ssa"),
    "sbv": _sbv,
    "sub": lambda text: _pysubs2(text, None),
}
