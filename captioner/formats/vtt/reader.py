"""Reader of WebVTT: cues with their settings, voices, classes and references; notes, styles and regions are skipped.

Read as found: times with commas or without spaces, empty lines that are missing or inside a style sheet, old line ends,
and the pieces of a stream joined in one file.

Source: W3C WebVTT, sections 4 (syntax) and 6 (parsing).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions, SourceBlock
from captioner.formats.text.css_colours import css_colour
from captioner.formats.text.markup import parse_markup
from captioner.formats.text.time_line import TimeLine, looks_like_times, parse_time_line
from captioner.formats.text.time_line_notes import odd_times_note, unreadable_times_notes
from captioner.formats.vtt.cue_settings import placement_of_settings
from captioner.formats.vtt.stream_pieces import StreamPiece, begins_piece, is_header, stream_pieces
from captioner.formats.vtt.text_outside import notes_of_text_outside

__all__ = ["detect", "markup_fault", "markup_faults_in_file", "read"]

_TIMES = re.compile(
    r"^\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})\.(\d{3})\s*-->\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})\.(\d{3})"
    r"(?![0-9])(?P<settings>.*)$",
    re.ASCII,
)
_THIN_ARROW = re.compile(r"->|-- >")
_ONLY_TIMES = re.compile(r"\s*(?:[\d\s]+[:：]){2}[\d\s.,，]+-(?:- )?>\s*(?:[\d\s]+[:：]){2}[\d\s.,，]+$")
_SETTINGS = re.compile(r"(?:\s+[A-Za-z]{1,12}\s?:\s?\S+)*")
_CLASS_COLOUR = re.compile(
    r"::cue\(\s*(?:c)?\.([\w-]{1,60})\s*\)\s*\{[^{}]{0,500}?(?<![\w-])color\s*:\s*([^;{}]{1,40})"
)
_TAG = re.compile(r"</?(?:[bicuv]|ruby|rt|lang)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|&(?:amp|lt|gt|nbsp|lrm|rlm|#\d+);")
_SKIPPED = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t:].*)?$")
_NOT_TEXT = ("NOTE", "STYLE", "REGION", "::", "WEBVTT")


def detect(content: FileContent) -> bool:
    """Whether the first line with text is the header of WebVTT."""
    return is_header(content.head.lstrip("\ufeff \t\n").partition("\n")[0])


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read WebVTT.

    Raises:
        ReplyError: There is text and the header is missing.
    """
    lines = content.lines
    if not detect(content):
        raise ReplyError("is not WebVTT: the first line is not WEBVTT")
    found = list(_blocks(lines, options))
    blocks = [(block, times) for block, times in found if times is not None]
    classes = _class_colours("\n".join(_outside_cues(lines, [block for block, _ in found])))
    raw = [_cue(lines, block, times, classes) for block, times in blocks]
    notes = list(_notes(lines, found))
    left_out = [block for block, times in found if times is None]
    pieces = stream_pieces(lines)
    if len(pieces) > 1:
        raw, left_out = _on_one_clock(raw, pieces, notes), []
    return assemble(raw, options, notes=notes, left_out=left_out, may_roll=True, is_in_order=True)


# Blocks


@dataclass(frozen=True, slots=True)
class _CueTimes:
    """The times of a cue, and its settings."""

    start_ms: int
    end_ms: int
    settings: str = ""
    text: str = ""
    is_usual: bool = True


def _blocks(lines: Sequence[str], options: ReadOptions) -> Iterator[tuple[SourceBlock, _CueTimes | None]]:
    """Position of each cue, with its times, or None where they cannot be read.

    A cue ends at an empty line, where the next one's times stand, or where another file begins.
    """
    opened: tuple[int, int, _CueTimes | None] | None = None
    is_skipped = is_note = False
    expected = 1
    for number, line in enumerate(lines):
        is_start = not number or not lines[number - 1].strip()
        is_skipped = bool(line.strip()) and (is_skipped or (is_start and _SKIPPED.match(line) is not None))
        is_note = is_skipped and (is_note or line.startswith("NOTE"))
        is_times, times = False, None
        is_free = is_start or opened is None
        if is_header(line):
            pass  # which may hold anything behind its first word
        elif "-->" in line or (_THIN_ARROW.search(line) and not is_skipped and (is_free or _ONLY_TIMES.match(line))):
            is_times, times = _times(line, options, is_note=is_note, is_alone=is_free)
        if not is_times and line and not begins_piece(lines, number):
            continue
        is_below_times = opened is not None and opened[1] == number - 1  # a line of times is no identifier
        first = _identifier_line(lines, number, expected) if is_times and not is_below_times else number
        if first < number:
            expected = int(lines[first]) + 1 if lines[first].isdecimal() else 0
        if opened is not None:
            yield SourceBlock(opened[0], opened[1], max(opened[1] + 1, first)), opened[2]
        opened = (first, number, times) if is_times else None
    if opened is not None:
        yield SourceBlock(opened[0], opened[1], len(lines)), opened[2]


def _times(line: str, options: ReadOptions, *, is_note: bool, is_alone: bool) -> tuple[bool, _CueTimes | None]:
    """Whether a line is one of times, and what it says; in a note only where they can be read."""
    if (match := _TIMES.match(line)) is not None:
        settings, text = _behind(match["settings"] or "")
        return True, _CueTimes(_ms(match, 1), _ms(match, 5), settings, text, is_usual=not text)
    found: TimeLine | None = parse_time_line(line, options.frame_rate, is_alone=is_alone, may_be_short=is_alone)
    if found is not None:
        return True, _CueTimes(found.start_ms, found.end_ms, found.settings, found.text, is_usual=False)
    return not is_note and looks_like_times(line), None


def _behind(rest: str) -> tuple[str, str]:
    """The settings behind the times, and the text behind them on the same line."""
    end = _SETTINGS.match(rest).end()  # type: ignore[union-attr]  # it matches nothing, too
    return (rest, "") if not rest[end:].strip() else (rest[:end], rest[end:].strip())


def _ms(match: re.Match[str], first: int) -> int:
    hours, minutes, seconds, fraction = match.group(first, first + 1, first + 2, first + 3)
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction)


def _identifier_line(lines: Sequence[str], times: int, expected: int) -> int:
    """The line above the times where it holds the cue's identifier, else the line of the times.

    Args:
        lines: Of the file.
        times: Which of them holds the times.
        expected: Number that follows that of the cue before; it is an identifier without an empty line above it, too.
    """
    above = lines[times - 1].strip() if times else ""
    if not above or is_header(lines[times - 1]):
        return times
    is_start = times < 2 or not lines[times - 2].strip()
    return times - 1 if times > 1 and (is_start or above == str(expected)) else times


def _outside_cues(lines: Sequence[str], cues: Sequence[SourceBlock]) -> Iterator[str]:
    """The lines of headers, notes and style sheets."""
    at = 0
    for block in cues:
        yield from lines[at : block.first]
        at = block.end
    yield from lines[at:]


def _class_colours(sheet: str) -> Mapping[str, str]:
    """Colours of `::cue(.name) { color: … }`; other rules of a style sheet are the player's affair."""
    found = ((name.lower(), css_colour(colour)) for name, colour in _CLASS_COLOUR.findall(sheet[:100_000]))
    return {name: colour for name, colour in found if colour}


def _cue(lines: Sequence[str], block: SourceBlock, times: _CueTimes, classes: Mapping[str, str]) -> RawCue:
    raw = "\n".join([*filter(None, [times.text]), *lines[block.times + 1 : block.end]])
    placement, unsupported = placement_of_settings(times.settings)
    styled = parse_markup(raw, references=True, classes=classes, placement=placement)
    if unsupported:
        styled = replace(styled, unsupported=styled.unsupported | unsupported)
    written = html.unescape(_without_references(raw)) if "&" in raw else raw
    return RawCue(times.start_ms, times.end_ms, written, styled=styled, block=block)


def _without_references(text: str) -> str:
    """Text whose `&lt;` and `&gt;` are not taken for markup once references are read."""
    return text.replace("&lt;", "‹").replace("&gt;", "›")


# Joined pieces


def _on_one_clock(raw: Sequence[RawCue], pieces: Sequence[StreamPiece], notes: list[ReadNote]) -> list[RawCue]:
    """Cues of several pieces on the clock of the first; what a piece repeats of the one before is left out."""
    moved: list[RawCue] = []
    seen = dict[tuple[int, int, str], int]()
    last = 0
    repeated = cut = 0
    for cue in raw:
        number = max(at for at, piece in enumerate(pieces) if at == 0 or (cue.block and piece.line <= cue.block.times))
        offset = pieces[number].offset_ms
        new = cue._replace(start_ms=cue.start_ms + offset, end_ms=cue.end_ms + offset, block=None)
        key = new.start_ms, new.end_ms, new.text.strip()
        if seen.get(key, number) != number:
            repeated += 1
        elif moved and _goes_on(moved[-1], new) and number != last:
            cut += 1
            moved[-1] = moved[-1]._replace(end_ms=new.end_ms)
        else:
            moved.append(new)
        seen[key] = last = number
    notes.append(_pieces_note(pieces))
    if repeated:
        noun = "caption that a piece repeats is" if repeated == 1 else "captions that a piece repeats are"
        notes.append(ReadNote("left out", f"{repeated} {noun} left out once"))
    if cut:
        noun = "caption that was cut between pieces is" if cut == 1 else "captions that were cut between pieces are"
        notes.append(ReadNote("mended", f"{cut} {noun} whole again"))
    return moved


def _goes_on(before: RawCue, after: RawCue) -> bool:
    """Whether a cue is the rest of the one before, which the end of a piece cut off."""
    return before.end_ms == after.start_ms and before.text.strip() == after.text.strip()


def _pieces_note(pieces: Sequence[StreamPiece]) -> ReadNote:
    if all(piece.has_map for piece in pieces):
        message = f"{len(pieces)} pieces of a stream are put on one clock, that of the first"
        return ReadNote("mended", message, pieces[1].line + 1, is_fault=True)
    message = (
        f"it is {len(pieces)} files in one, and not every one says its clock (X-TIMESTAMP-MAP); times stay as written"
    )
    return ReadNote("guessed", message, pieces[1].line + 1)


# Notes


def _notes(lines: Sequence[str], found: Sequence[tuple[SourceBlock, _CueTimes | None]]) -> Iterator[ReadNote]:
    mended = [block.times for block, times in found if times is not None and not times.is_usual]
    if mended:
        yield odd_times_note(lines, mended, "not written as WebVTT writes times; read as meant")
    yield from unreadable_times_notes(lines, [block.times for block, times in found if times is None])
    yield from notes_of_text_outside(lines, [block for block, _ in found])


def markup_fault(written: str) -> str:
    """A fault in the text of a caption that players take for structure, or ""."""
    return "an arrow “-->” in the text" if "-->" in written else ""


def markup_faults_in_file(text: str) -> Iterator[tuple[int, str]]:
    """Bare `&` and `<`, with their number: readers drop what follows them."""
    body = "\n".join(line for line in text.splitlines() if "-->" not in line and not line.startswith(_NOT_TEXT))
    if bare := len(re.findall(r"[&<]", _TAG.sub("", body))):
        yield bare, f"{bare} times “&” or “<” unescaped: write &amp; and &lt;"
