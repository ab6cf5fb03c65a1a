"""Reader of EBU STL: open subtitles and teletext, Latin, Cyrillic, Greek, Arabic and Hebrew tables.

Read here: ttconv drops spaces beside italics, and captions that overlap. Times count from the start of programme in the
head. A subtitle before it, as subtitle zero with the name of the programme is, is left out and told; only where most
come before it the head is wrong, and times count from zero. The file does not say whether 29.97 labels are drop-frame:
they are, unless one of them is a label that drop-frame leaves out.

Source: EBU Tech 3264-E, sections 3-5; ETSI EN 300 706, 12.2 (teletext attributes stand in the place of a space).
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble, without_design
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions
from captioner.formats.stl.writer import ACCENTS, CODECS, ISO_6937
from captioner.formats.text.styled_text import LineBuilder, StyledText, trimmed_lines
from captioner.model import PLAIN, HorizontalAlign, Placement, TextStyle, VerticalAlign
from captioner.timecode import frames_to_ms, nominal_rate, supports_drop_frame

__all__ = ["detect", "read"]

_HEAD, _BLOCK = 1024, 128
_FORMAT_CODE = re.compile(rb"STL(\d\d)\.\d\d")
_LAST, _USER_DATA = 0xFF, range(0xF0, 0xFF)
_RATES = {23: Fraction(24000, 1001), 29: Fraction(30000, 1001), 30: Fraction(30000, 1001), 59: Fraction(60000, 1001)}
# What a file written in plain ASCII means by 24 is the dollar, which the table has at A4.
_CHARACTERS = {0x24: "$"} | {code: char for char, code in reversed(ISO_6937.items())}
_COMBINING = {code: accent for accent, (code, _) in reversed(ACCENTS.items())}
_OTHER_TABLES = {"02": "iso8859_6", "04": "iso8859_8"}
_NEW_LINE, _PAD = 0x8A, 0x8F
_TELETEXT_COLOURS = ("#000000", "#FF0000", "#00FF00", "#FFFF00", "#0000FF", "#FF00FF", "#00FFFF", "#FFFFFF")
_SIDES: dict[int, HorizontalAlign] = {1: "left", 3: "right"}


@dataclass(frozen=True, slots=True)
class _Title:
    """One subtitle: labels in frames counted without dropping, and its text field."""

    labels: tuple[tuple[int, int, int, int], tuple[int, int, int, int]]
    row: int
    justification: int
    text: bytes


def detect(content: FileContent) -> bool:
    """Whether the head has a disk format code such as STL25.01."""
    return len(content.data) >= _HEAD and _FORMAT_CODE.fullmatch(content.data[3:11]) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read EBU STL.

    Raises:
        ReplyError: Not STL.
    """
    data = content.data
    code = _FORMAT_CODE.fullmatch(data[3:11])
    if len(data) < _HEAD or code is None:
        raise ReplyError("is not EBU STL: no head with a disk format code such as STL25.01")
    rate = _RATES.get(int(code[1]), Fraction(int(code[1])))
    if not rate:
        raise ReplyError("counts no frames a second in its disk format code")
    titles = list(_titles(data))
    drop = supports_drop_frame(rate) and not any(_never_dropped(label) for each in titles for label in each.labels)
    start = _start(data, rate, drop=drop)
    labels = list(_after_midnight([_span(each, rate, drop=drop) for each in titles], start, rate, drop=drop))
    notes: list[ReadNote] = []
    if sum(first < start for first, _ in labels) * 2 > len(labels):
        notes.append(
            ReadNote(
                "guessed",
                f"its captions begin before start of programme {_timecode(data, drop=drop)}; "
                "their times are counted from zero",
            )
        )
        start = 0
    decode = _decoder(data[12:14].decode("ascii", "replace"))
    teletext = data[11:12] in (b"1", b"2")
    rows = int(data[253:255]) if data[253:255].isdigit() else 23
    raw = [
        _raw_cue(each, (first - start, last - start), rate, _lines(each.text, decode, teletext=teletext), rows)
        for each, (first, last) in zip(titles, labels, strict=True)
    ]
    notes += _before_programme([cue for cue in raw if cue.end_ms <= 0])
    raw = [cue for cue in raw if cue.end_ms > 0]
    start_timecode = _timecode(data, drop=drop) if start else ""
    return assemble(without_design(raw), options, notes=notes, frame_rate=rate, start_timecode=start_timecode)


def _before_programme(cues: Sequence[RawCue]) -> Iterator[ReadNote]:
    """A note about subtitles that are over before the programme starts."""
    if cues:
        noun = "subtitle is" if len(cues) == 1 else "subtitles are"
        text = " ".join(cues[0].text.split())
        yield ReadNote(
            "left out", f"{len(cues)} {noun} over before start of programme and left out, the first “{text}”"
        )


def _span(title: _Title, rate: Fraction, *, drop: bool) -> tuple[int, int]:
    first, last = (_frames(label, rate, drop=drop) for label in title.labels)
    return first, last


def _after_midnight(
    spans: Iterable[tuple[int, int]], start: int, rate: Fraction, *, drop: bool
) -> Iterator[tuple[int, int]]:
    """Labels counted on past midnight, where a programme that has begun goes on after it."""
    day = _frames((24, 0, 0, 0), rate, drop=drop)
    has_begun, added = False, 0
    for first, last in spans:
        if has_begun and first + added < start and start - first > day // 2:
            added = day
        has_begun = has_begun or first >= start
        last += day if last < first - day // 2 else 0
        yield first + added, last + added


def _titles(data: bytes) -> Iterator[_Title]:
    """Subtitles put together from their blocks; comments and user data are none."""
    pieces: list[bytes] = []
    for at in range(_HEAD, len(data) - _BLOCK + 1, _BLOCK):
        _, _, extension, _, *times, row, side, comment = struct.unpack_from("<BHBB8BBBB", data, at)
        if extension in _USER_DATA:
            continue
        pieces.append(data[at + 16 : at + _BLOCK].rstrip(bytes([_PAD])))
        if extension == _LAST:
            if not comment:
                first, last = (times[0], times[1], times[2], times[3]), (times[4], times[5], times[6], times[7])
                yield _Title((first, last), row, side, b"".join(pieces))
            pieces = []


def _never_dropped(label: tuple[int, int, int, int]) -> bool:
    """Whether a label is one that drop-frame leaves out."""
    _, minute, second, frame = label
    return minute % 10 != 0 and second == 0 and frame < 2


def _frames(label: tuple[int, int, int, int], rate: Fraction, *, drop: bool) -> int:
    hour, minute, second, frame = label
    minutes = hour * 60 + minute
    return (minutes * 60 + second) * nominal_rate(rate) + frame - (2 * (minutes - minutes // 10) if drop else 0)


def _digits(data: bytes) -> tuple[int, int, int, int] | None:
    """The start of programme of the head."""
    text = data[256:264]
    if not re.fullmatch(rb"\d{8}", text):
        return None
    return int(text[0:2]), int(text[2:4]), int(text[4:6]), int(text[6:8])


def _start(data: bytes, rate: Fraction, *, drop: bool) -> int:
    digits = _digits(data)
    return _frames(digits, rate, drop=drop) if digits else 0


def _timecode(data: bytes, *, drop: bool) -> str:
    hour, minute, second, frame = _digits(data) or (0, 0, 0, 0)
    return f"{hour:02d}:{minute:02d}:{second:02d}{';' if drop else ':'}{frame:02d}"


def _raw_cue(title: _Title, span: tuple[int, int], rate: Fraction, builder: LineBuilder, most_rows: int) -> RawCue:
    lines = trimmed_lines(builder.lines())
    lines = tuple(line for line in lines if line.text) or lines  # double height leaves every second row empty
    middle = (title.row + len(lines) / 2) / max(1, most_rows)
    row: VerticalAlign = "top" if middle < 0.34 else "middle" if middle < 0.66 else "bottom"
    placement = Placement(row, _SIDES.get(title.justification, "centre"))
    styled = StyledText(lines, None if placement == Placement() else placement)
    start_ms, end_ms = (frames_to_ms(frame, rate) for frame in span)
    return RawCue(start_ms, end_ms, "\n".join(line.text for line in lines), styled=styled)


def _lines(text: bytes, decode: Callable[[bytes], str], *, teletext: bool) -> LineBuilder:
    """The text field as lines; control codes end a run, and in teletext stand where a space is."""
    builder, look, at = LineBuilder(), PLAIN, 0
    for place, code in enumerate(text):
        if 0x20 <= code < 0x80 or code >= 0xA0:
            continue
        builder.add(decode(text[at:place]), look)
        at = place + 1
        if code == _NEW_LINE:
            builder.end_line()
            look = PLAIN if teletext else look
        elif code < 0x20:
            builder.add_collapsed(" ")
        look = _look(code, look)
    builder.add(decode(text[at:]), look)
    return builder


def _look(code: int, look: TextStyle) -> TextStyle:
    if code in (0x80, 0x81):
        return replace(look, italic=code == 0x80)
    if code in (0x82, 0x83):
        return replace(look, underline=code == 0x82)
    return replace(look, colour=_TELETEXT_COLOURS[code]) if code < 8 else look


def _decoder(table: str) -> Callable[[bytes], str]:
    codec = CODECS.get(table) or _OTHER_TABLES.get(table)
    if codec:
        return lambda run: run.decode(codec, "replace")
    return _decode_6937


def _decode_6937(run: bytes) -> str:
    """ISO 6937, where an accent stands before its letter."""
    if run.isascii():
        return run.decode("ascii")
    out: list[str] = []
    accent = ""
    for code in run:
        if code in _COMBINING:
            accent = _COMBINING[code]
            continue
        out.append(_CHARACTERS.get(code, "\ufffd") + accent)
        accent = ""
    return unicodedata.normalize("NFC", "".join(out)).replace("\u01f5", "\u0123")  # the accent of ģ stands above
