"""Reader of Scenarist closed captions: pop-on, paint-on and roll-up captions of the first channel.

Each line is a time code and the words sent from that frame on; `;` before the frames says drop-frame. A caption that
is never erased ends by its length.

Source: the file layout as Scenarist writes it; 47 CFR 15.119 by `decoder`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from captioner.errors import ReplyError
from captioner.formats.assembly import assemble, without_design
from captioner.formats.caption_file import CaptionFile, FileContent, RawCue, ReadNote, ReadOptions
from captioner.formats.scc.cea608 import COLUMNS, has_odd_parity
from captioner.formats.scc.decoder import CaptionDecoder, Cell, ScreenState
from captioner.formats.text.styled_text import LineBuilder, StyledText, trimmed_lines
from captioner.model import PLAIN, Placement
from captioner.timecode import frames_to_ms

__all__ = ["detect", "read"]

_HEADER = re.compile(r"\s*Scenarist_SCC\b", re.IGNORECASE)
_LINE = re.compile(r"\s*(\d\d):(\d\d):(\d\d)([:;.,])(\d\d)\s+(.*)$")
_WORD = re.compile(r"[0-9A-Fa-f]{4}")
_LINE_IN_HEAD = re.compile(r"^[^\S\n]*\d\d:\d\d:\d\d[:;.,]\d\d[^\S\n]+[0-9A-Fa-f]{4}(?:\s|$)", re.MULTILINE)
_DROP_MARKS = ";.,"
_RATE = Fraction(30000, 1001)
# A day of line 21: two bytes a frame, five characters of the file for every two bytes.
_MOST_CHARACTERS = 24 * 3600 * 30 * 5
_ROWS = 15
_SAFE_SHARE = 0.8  # of the height and the width: line 21 has rows and columns in the safe title area only
_CENTRED = 3  # columns that two sides of a centred line may differ by: addresses go in steps of four
_MS_A_CHARACTER, _SHORTEST_MS, _LONGEST_MS = 67, 1500, 16_000  # 15 characters a second; a decoder erases after 16 s

_Word = tuple[int, int, int]  # frame and both bytes


def detect(content: FileContent) -> bool:
    """Whether the first line is the header of Scenarist, or there are lines of a time code and words."""
    return _HEADER.match(content.head) is not None or _LINE_IN_HEAD.search(content.head) is not None


def read(content: FileContent, options: ReadOptions) -> CaptionFile:
    """Read SCC.

    Raises:
        ReplyError: No line of it has a time code and words, or it holds more than a day.
    """
    if len(content.text) > _MOST_CHARACTERS:
        raise ReplyError("holds more than a day of captions; split it")
    notes: list[ReadNote] = []
    words = list(_words(content.lines, notes))
    if not words and content.text.strip():
        raise ReplyError("is not SCC: no line such as 00:00:01:00, a tab and words of four digits")
    sent = _without_parity(words, notes)
    shown = _decoded(sent, notes, keep_rolling=options.rolling == "keep")
    raw = [_raw_cue(each, notes) for each in shown]
    return assemble(without_design(raw), options, notes=tuple(notes), frame_rate=_RATE)


def _words(lines: Sequence[str], notes: list[ReadNote]) -> Iterator[_Word]:
    """Every word with the frame it is sent in."""
    for number, line in enumerate(lines, 1):
        if (match := _LINE.match(line)) is None:
            if line.strip() and not _HEADER.match(line):
                notes.append(ReadNote("left out", "a line without a time code is left out", number))
            continue
        frame, codes = _frame(match), match[6].split()
        if any(_WORD.fullmatch(code) is None for code in codes):
            notes.append(ReadNote("left out", "words that are not four digits are left out", number))
        for at, code in enumerate(codes):
            if _WORD.fullmatch(code):
                yield frame + at, int(code[:2], 16), int(code[2:], 16)


def _frame(match: re.Match[str]) -> int:
    """Number of the frame that a time code names; drop-frame leaves out two labels a minute but each tenth."""
    hours, minutes, seconds, frames = (int(part) for part in match.group(1, 2, 3, 5))
    minutes += hours * 60
    dropped = 2 * (minutes - minutes // 10) if match[4] in _DROP_MARKS else 0
    return (minutes * 60 + seconds) * 30 + frames - dropped


def _without_parity(words: Sequence[_Word], notes: list[ReadNote]) -> Iterable[_Word]:
    """Words without the parity bit; bytes with a wrong one are read all the same, with a note."""
    wrong = sum(not (has_odd_parity(first) and has_odd_parity(second)) for _, first, second in words)
    if wrong:
        count = f"{wrong} of {len(words)} words"
        notes.append(ReadNote("mended", f"{count} have a wrong parity bit; they are read without it"))
    return ((frame, first & 0x7F, second & 0x7F) for frame, first, second in words)


def _decoded(words: Iterable[_Word], notes: list[ReadNote], *, keep_rolling: bool) -> list[ScreenState]:
    """Captions of the first channel, or of the second where the first has none."""
    first, second = (CaptionDecoder(channel, keep_rolling=keep_rolling) for channel in (1, 2))
    for frame, one, two in words:
        first.feed(frame, one, two)
        second.feed(frame, one, two)
    first.finish()
    second.finish()
    if first.shown and second.shown:
        notes.append(ReadNote("left out", f"{len(second.shown)} captions of the second channel (CC2) are left out"))
    return first.shown or second.shown


def _raw_cue(shown: ScreenState, notes: list[ReadNote]) -> RawCue:
    builder = LineBuilder()
    for number, cells in enumerate(shown.rows.values()):
        if number:
            builder.end_line()
        _add_row(builder, cells)
    lines = trimmed_lines(builder.lines())
    text = "\n".join(line.text for line in lines)
    start_ms = frames_to_ms(shown.start_frame, _RATE)
    if shown.end_frame is None:
        end_ms = start_ms + min(_LONGEST_MS, max(_SHORTEST_MS, len(text) * _MS_A_CHARACTER))
        notes.append(ReadNote("guessed", "the last caption is never erased; it ends by its length"))
    else:
        end_ms = frames_to_ms(shown.end_frame, _RATE)
    return RawCue(start_ms, end_ms, text, styled=StyledText(lines, _placement(shown.rows)))


def _add_row(builder: LineBuilder, cells: Sequence[Cell | None]) -> None:
    """The text of a row; columns left free between words are one space."""
    is_spaced = True
    for cell in cells:
        is_space = cell is None or cell.char.isspace()
        if is_space and not is_spaced:
            builder.add(" ", PLAIN if cell is None else cell.look)
        elif cell is not None and not is_space:
            builder.add(cell.char, cell.look)
        is_spaced = is_space


def _placement(rows: Mapping[int, Sequence[Cell | None]]) -> Placement | None:
    """The nearest of the nine placements; the grid of columns is too coarse for more."""
    spans = [_span(cells) for cells in rows.values()]
    if all(abs(left - (COLUMNS - right)) <= _CENTRED for left, right in spans):
        middle = COLUMNS / 2
    else:
        middle = (min(left for left, _ in spans) + max(right for _, right in spans)) / 2
    numbers = list(rows)
    is_low = numbers[-1] > _ROWS / 2
    share = numbers[-1] / _ROWS if is_low else (numbers[0] - 1) / _ROWS
    y, x = (100 * ((1 - _SAFE_SHARE) / 2 + _SAFE_SHARE * part) for part in (share, middle / COLUMNS))
    placement = Placement("bottom" if is_low else "top", "centre", x, y).nearest
    return None if placement == Placement() else placement


def _span(cells: Sequence[Cell | None]) -> tuple[int, int]:
    """First column with text, and first column after it."""
    full = [column for column, cell in enumerate(cells) if cell is not None and not cell.char.isspace()]
    return full[0], full[-1] + 1
