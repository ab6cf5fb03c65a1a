"""Scenarist closed captions, `.scc`: CEA-608 pop-on captions at 29.97, two bytes a frame.

A caption is sent before it shows: the file says when the sending begins, and it is as late as it can be. A caption that
cannot be sent in time, a line of more than 32 columns, a fifth row, or a character without a code is refused, never
bent. Typographic signs with a plain spelling (`…`, `–`, `„`) are spelled plainly. Labels are drop-frame unless the
picture's start time code says otherwise.

Source: 47 CFR 15.119; the file layout as Scenarist writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from captioner.errors import FormatError
from captioner.formats.capabilities import TOP
from captioner.formats.frame_grid import FrameTimeline, frame_spans, frame_timeline, refuse_overlap
from captioner.formats.render_context import Context
from captioner.formats.scc import cea608
from captioner.formats.scc.cea608 import Unit
from captioner.formats.text.charset import TYPOGRAPHY, Charset, missing_characters_error, substitutions_of
from captioner.formats.text.cue_text import clean, printed_lines
from captioner.model import Cue
from captioner.timecode import frames_to_ms, ms_to_clock

__all__ = ["RATE", "SUPPORTS", "charset", "first_frame", "render", "sending_frames"]

#: See `capabilities`.
SUPPORTS = frozenset({TOP})

_NAME = "SCC"
#: Frames a second of line 21.
RATE = Fraction(30000, 1001)
_COMMAND = 2  # frames a doubled command takes
_TOP_ROW, _BOTTOM_ROW = 1, 15


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write SCC; a cue without text is left out.

    Raises:
        FormatError: An overlap, a line or a cue too large, a character without a code, a caption that cannot be sent
            before it shows, or a time without a label.
    """
    shown = [cue for cue in cues if printed_lines(cue)]
    refuse_overlap(shown, _NAME)
    timeline = frame_timeline(context, RATE, drop_by_default=True, name=_NAME)
    loads = [_load(number, cue) for number, cue in enumerate(shown, 1)]
    rows = _transmissions(loads, list(frame_spans(shown, RATE)), timeline)
    body = "".join(f"\n{timeline.label(frame)}\t{' '.join(f'{word:04x}' for word in words)}\n" for frame, words in rows)
    return f"Scenarist_SCC V1.0\n{body}".encode("ascii")


def charset(texts: Sequence[str]) -> Charset:
    """The characters of CEA-608; the same for every text."""
    return Charset(_NAME, _holds, substitutions_of(TYPOGRAPHY))


def sending_frames(cue: Cue) -> int:
    """Number of frames it takes to send a cue, up to the command that shows it.

    Raises:
        FormatError: A line or a cue too large, or a character without a code.
    """
    return sum(map(len, _load(1, cue)))


def first_frame(context: Context) -> int:
    """Number of the frame that media zero is: what a first caption has for being sent."""
    return frame_timeline(context, RATE, drop_by_default=True, name=_NAME).start


def _holds(char: str) -> bool:
    return not cea608.missing_characters(char.translate(TYPOGRAPHY))


def _load(number: int, cue: Cue) -> list[Unit]:
    """Everything that fills the hidden screen with a cue: its lines centred on the lowest rows, or on the highest."""
    lines = [clean(line.translate(TYPOGRAPHY)) for line in printed_lines(cue)]
    if len(lines) > cea608.ROWS:
        raise FormatError(f"caption {number} has {len(lines)} lines, {_NAME} takes {cea608.ROWS}; lay out again")
    units = [cea608.LOAD, cea608.CLEAR]
    top = cue.placement is not None and cue.placement.row == "top"
    for row, line in enumerate(lines, _TOP_ROW if top else _BOTTOM_ROW + 1 - len(lines)):
        if unknown := cea608.missing_characters(line):
            raise missing_characters_error(number, unknown, _NAME, "choose ttml, srt or vtt")
        if len(line) > cea608.COLUMNS:
            raise FormatError(
                f"caption {number} has a line of {len(line)} columns, {_NAME} takes {cea608.COLUMNS}; "
                f"lay out again with --max-columns {cea608.COLUMNS}"
            )
        units += [*cea608.address_units(row, (cea608.COLUMNS - len(line)) // 2), *cea608.text_units(line)]
    return units


def _transmissions(
    loads: Sequence[list[Unit]], shown: Sequence[tuple[int, int]], timeline: FrameTimeline
) -> Iterator[tuple[int, list[int]]]:
    """First frame and words of everything sent, in order, no two at once.

    A caption is erased at its end, in the middle of the next one's sending if need be (only the hidden screen is being
    written then); where the next one follows at once it is not erased but replaced.
    """
    free, erase_at = -timeline.start, None
    for number, (units, (start, end)) in enumerate(zip(loads, shown, strict=True), 1):
        sent = list(units)
        begin = start - sum(map(len, sent))
        if erase_at is not None and start - erase_at >= _COMMAND:
            if erase_at + _COMMAND <= begin:
                yield erase_at, list(cea608.ERASE)
                free = erase_at + _COMMAND
            else:
                begin -= _COMMAND
                sent.insert(_boundary(sent, erase_at - begin), cea608.ERASE)
        if begin < free:
            raise _too_late(number, start - begin, start - free, start)
        yield begin, [word for unit in (*sent, cea608.SHOW) for word in unit]
        free = start + _COMMAND
        erase_at = max(end, free)
    if erase_at is not None:
        yield erase_at, list(cea608.ERASE)


def _boundary(units: Sequence[Unit], offset: int) -> int:
    """Index of the first unit that begins at or after a number of frames; the end when none does."""
    begins = accumulate(map(len, units), initial=0)
    return next(index for index, frame in enumerate(begins) if frame >= offset or index == len(units))


def _too_late(number: int, needed: int, available: int, start: int) -> FormatError:
    where = ms_to_clock(frames_to_ms(start, RATE))
    if number == 1:
        remedy = "give the programme a start time code such as 01:00:00;00, or let the first caption begin later"
    else:
        remedy = "lay out with fewer, longer captions"
    return FormatError(
        f"caption {number} at {where} takes {needed} frames to send in {_NAME} and has {available}; {remedy}"
    )
