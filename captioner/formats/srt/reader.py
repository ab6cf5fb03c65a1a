"""Reader of SubRip as it is found: times in any spelling, numbers missing or translated, lines doubled or run together.

A caption begins with the line of its times. The line above it is its number where the file numbers its captions. A line
that looks like times and cannot be read is left out with the text under it and named, so that it is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions, SourceBlock
from captioner.formats.text.markup import has_html_breaks
from captioner.formats.text.time_line import TimeLine, looks_like_times, parse_time_line, plain_text
from captioner.formats.text.time_line_notes import odd_times_note, quoted_line, unreadable_times_notes

__all__ = ["detect", "markup_fault", "read"]

_WEBVTT = re.compile(r"\s*WEBVTT(?:\s|$)")
_TAG = re.compile(r"</?(?:[biu]|font)(?:\s[^<>]*)?>|\{\\an?\d+\}", re.IGNORECASE)
# What may be a line of times, to look at closely: two digits and a colon or a dot, and an arrow of some kind.
_MAYBE_TIMES = re.compile(r"(?=.{0,8}[\doOlI].{0,4}[:.;,：．；，]).*(?:[>＞›»→⇒⟶]|&gt;|[-–—−].*[:：]|\d\s\d+[:：])")
_NUMBER = re.compile(r"[#№(\[]{0,2}\s?(\d{1,6})\s?[.)\]:,-]?(?:\s?\D{0,2})?")
_SENTENCE = re.compile(r"[.!?…,;。！？，、][\"'”’»)]*$|[.!?]\s")
_MOST_QUOTED = 3  # lines in one note, those in words first
_LONGEST_NUMBER = 24  # characters of a number in words, such as “twenty-seven” or “número veintisiete”


def detect(content: FileContent) -> bool:
    """Whether there are lines of times with an arrow, and no header of WebVTT above them."""
    head = content.head
    if _WEBVTT.match(head.lstrip("\ufeff")):
        return False
    return any(found is not None and _has_arrow(line) for line, found in _time_lines(head.split("\n")))


def _time_lines(lines: Sequence[str]) -> Iterator[tuple[str, TimeLine | None]]:
    for number, line in enumerate(lines):
        if _MAYBE_TIMES.match(line):
            yield line, parse_time_line(line, may_be_short=_begins_block(lines, number))


def _has_arrow(line: str) -> bool:
    return ">" in plain_text(line)


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read SRT.

    Raises:
        ReplyError: There is text and no line of times in it.
    """
    notes: list[ReadNote] = []
    lines = content.lines
    single = _without_doubled_ends(lines)
    if single is not lines:
        notes.append(ReadNote("mended", "every line has an empty one behind it; they are left out", 1, is_fault=True))
    found = list(_find_times(single, options))
    if not any(each.times for each in found) and content.text.strip():
        raise ReplyError(_why_none(found))
    raw, left_out = _captions(single, found)
    if single is not lines:
        raw, left_out = [cue._replace(block=None) for cue in raw], []
    notes += _notes(single, found)
    return assemble(raw, options, notes=notes, left_out=left_out, may_roll=True, is_in_order=True)


@dataclass(frozen=True, slots=True)
class _FoundTimes:
    """A line of times, or one that looks like it and cannot be read.

    Attributes:
        line: Where it stands, counted from 0.
        times: What it says, or None.
    """

    line: int
    times: TimeLine | None


def _find_times(lines: Sequence[str], options: ReadOptions) -> Iterator[_FoundTimes]:
    for number, line in enumerate(lines):
        if not _MAYBE_TIMES.match(line):
            continue
        begins = _begins_block(lines, number)
        is_alone = begins or _NUMBER.fullmatch(plain_text(lines[number - 1].strip())) is not None
        times = parse_time_line(line, options.frame_rate, is_alone=is_alone, may_be_short=begins)
        if times is not None or (begins and looks_like_times(line)):
            yield _FoundTimes(number, times)


def _begins_block(lines: Sequence[str], number: int) -> bool:
    """Whether a caption can begin with a line: it is one of the first two below an empty one."""
    return _is_block_start(lines, number) or _is_block_start(lines, number - 1)


def _is_block_start(lines: Sequence[str], number: int) -> bool:
    return number <= 0 or not lines[number - 1].strip("\ufeff \t")


def _without_doubled_ends(lines: list[str]) -> list[str]:
    """Lines of a file whose line ends are doubled, without the empty one behind each; others as they are."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    if len(full) < 4 or any(after == before + 1 for before, after in pairwise(full)):
        return lines
    kept: list[str] = []
    is_after_text = False
    for line in lines:
        if line.strip():
            kept.append(line)
            is_after_text = True
        elif is_after_text:
            is_after_text = False
        else:
            kept.append(line)
    return kept


def _captions(lines: Sequence[str], found: Sequence[_FoundTimes]) -> tuple[list[RawCue], list[SourceBlock]]:
    """The captions, and the blocks of those whose times cannot be read."""
    firsts = list(_first_lines(lines, [each.line for each in found]))
    raw: list[RawCue] = []
    left_out: list[SourceBlock] = []
    for each, first, end in zip(found, firsts, [*firsts[1:], len(lines)], strict=False):
        block = SourceBlock(first, each.line, end)
        if each.times is None:
            left_out.append(block)
        else:
            raw.append(_cue(lines, each.times, block))
    return raw, left_out


def _cue(lines: Sequence[str], times: TimeLine, block: SourceBlock) -> RawCue:
    below = [times.text] if times.text else []
    text = "\n".join(map(str.rstrip, [*below, *lines[block.times + 1 : block.end]])).strip("\n")
    return RawCue(times.start_ms, times.end_ms, text, block=block)


# Numbers


def _first_lines(lines: Sequence[str], times: Sequence[int]) -> Iterator[int]:
    """First line of each caption: its number where there is one, else the line of its times."""
    is_numbered = _is_numbered(lines, times)
    before, expected = -1, None
    for line in times:
        place = _number_line(lines, line, before, expected, is_numbered=is_numbered)
        value = _value(lines[place]) if place is not None else None
        expected = value + 1 if value is not None else None if expected is None else expected + 1
        before = line
        yield line if place is None else place


def _is_numbered(lines: Sequence[str], times: Sequence[int]) -> bool:
    """Whether a file has a line above the times of its first caption, or numbers above half of the others."""
    if not times:
        return False
    above = [line for line in lines[: times[0]] if line.strip("\ufeff \t")]
    numbers = sum(line > 0 and _value(lines[line - 1]) is not None for line in times)
    return len(above) == 1 or 2 * numbers >= len(times)


def _number_line(
    lines: Sequence[str], times: int, before: int, expected: int | None, *, is_numbered: bool
) -> int | None:
    """The line above a line of times that holds the number of the caption, or None."""
    at = times - 1
    while at > before and not lines[at].strip("\ufeff \t"):
        at -= 1
    if at <= before:
        return None
    value, is_start = _value(lines[at]), at - 1 <= before or _is_block_start(lines, at)
    if at < times - 1:  # an empty line between a number and its times
        return at if value is not None and is_start and value == expected else None
    if value is not None:
        is_bare = lines[at].strip("\ufeff \t").isdecimal()  # in a file with numbers it is one, wherever it stands
        return at if value == expected or (is_numbered and (is_start or is_bare)) or (is_start and is_bare) else None
    return at if is_numbered and is_start and _is_number_in_words(lines[at]) else None


def _value(line: str) -> int | None:
    """The number a line holds and nothing else, such as `12`, `12.`, `#12`, `12个`; None for any other line."""
    match = _NUMBER.fullmatch(plain_text(line).strip("\ufeff \t"))
    return int(match[1]) if match else None


def _is_number_in_words(line: str) -> bool:
    """Whether a line can be a number that was translated, where a number belongs."""
    text = plain_text(line).strip("\ufeff \t")
    return len(text) <= _LONGEST_NUMBER and _SENTENCE.search(text) is None


# Notes


def _notes(lines: Sequence[str], found: Sequence[_FoundTimes]) -> Iterator[ReadNote]:
    """Notes about mended and unreadable lines of times, and about text before the first."""
    mended = [each.line for each in found if each.times and not each.times.is_usual and each.times.is_certain]
    if mended:
        yield odd_times_note(lines, mended, "not written as SRT writes times; read as meant")
    frames = [each.line for each in found if each.times and each.times.has_frames]
    if frames:
        yield odd_times_note(lines, frames, "in frames, read at 25 a second; --fps sets another rate", "guessed")
    begun = [each.line for each in found if each.times and not each.times.is_certain and not each.times.has_frames]
    if begun:
        yield odd_times_note(lines, begun, "without an end that can be read", "guessed")
    yield from unreadable_times_notes(lines, [each.line for each in found if each.times is None])
    firsts = list(_first_lines(lines, [each.line for each in found]))
    yield from _number_notes(lines, found, firsts)
    yield from _break_notes(lines)
    above = [number for number in range(firsts[0] if firsts else 0) if lines[number].strip("\ufeff \t")]
    if above and not lines[above[0]].startswith("WEBVTT"):
        yield _above_note(lines, above)


def _number_notes(lines: Sequence[str], found: Sequence[_FoundTimes], firsts: Sequence[int]) -> Iterator[ReadNote]:
    """A note about lines that are taken for numbers of captions and are no plain numbers."""
    places = [first for first, each in zip(firsts, found, strict=True) if first < each.line]
    odd = [place for place in places if not re.fullmatch(r"[0-9]+", lines[place].strip("\ufeff \t"))]
    words = [place for place in odd if _value(lines[place]) is None]
    if odd:
        shown = sorted(odd, key=lambda place: (_value(lines[place]) is not None, place))[:_MOST_QUOTED]
        more = f" and {len(odd) - len(shown)} more" if len(odd) > len(shown) else ""
        verb = "is taken for the number of a caption" if len(odd) == 1 else "are taken for numbers of captions"
        message = f"{', '.join(quoted_line(lines[place]) for place in shown)}{more} {verb}"
        yield ReadNote("guessed" if words else "mended", message, odd[0] + 1, is_fault=True)


def _break_notes(lines: Sequence[str]) -> Iterator[ReadNote]:
    """A note about tags of HTML that are read as line breaks."""
    places = [number for number, line in enumerate(lines) if has_html_breaks(line)]
    if places:
        yield odd_times_note(lines, places, "with tags of HTML, which SRT does not have; they are read as line breaks")


def _above_note(lines: Sequence[str], above: Sequence[int]) -> ReadNote:
    """A note about text before the first times, quoted by its first line that is no number."""
    told = next((number for number in above if _value(lines[number]) is None), above[0])
    verb = "stands before the first times and is left out"
    if len(above) > 1:
        others = "1 more line" if len(above) == 2 else f"{len(above) - 1} more lines"
        verb = f"and {others} stand before the first times and are left out"
    return ReadNote("left out", f"{quoted_line(lines[told])} {verb}", told + 1, is_fault=True)


def _why_none(found: Sequence[_FoundTimes]) -> str:
    message = "is not SRT: no line such as 00:00:01,000 --> 00:00:02,000"
    return f"{message}; line {found[0].line + 1} looks like one and cannot be read" if found else message


def markup_fault(written: str) -> str:
    """A fault in the text of a caption that players of SRT take for structure, or ""."""
    if "-->" in written:
        return "an arrow “-->” in the text"
    if re.search(r"<[A-Za-z/]|\{\\", _TAG.sub("", written)):
        return "markup that no player of SRT knows"
    if written.count("{") != written.count("}"):
        return "a brace that is opened and not closed"
    return ""
