"""Decoder of CEA-608 captions: from the words of line 21 to the content of the screen and its times.

Pop-on captions are built on a hidden screen and shown at once; paint-on captions are written on the screen; roll-up
captions are written on its lowest row, which moves up. A command that is repeated in the next frame is meant once.

Source: 47 CFR 15.119 (f) to (i); ANSI/CTA-608-E, annex C (paint-on and roll-up behaviour).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from captioner.formats.scc.cea608 import (
    CHARACTERS,
    COLOURS,
    COLUMNS,
    EXTENDED_CHARACTERS,
    ROW_OF_CODE,
    SPECIAL_CHARACTERS,
)
from captioner.model import PLAIN, TextStyle

__all__ = ["CaptionDecoder", "Cell", "ScreenState"]

_Mode = Literal["", "pop-on", "paint-on", "roll-up"]
_LAST_ROW = 15
# The standard ends a row with its 32nd column; files have longer ones, whose text is not to be lost.
_MOST_COLUMNS = 4 * COLUMNS
_SECOND_CHANNEL = 0x08  # bit of the first byte of a command


class Cell(NamedTuple):
    """One character on screen."""

    char: str
    look: TextStyle


Screen = dict[int, list[Cell | None]]


@dataclass(frozen=True, slots=True)
class ScreenState:
    """Content of the screen between two changes.

    Attributes:
        start_frame: Frame in which it appears.
        end_frame: Frame in which it disappears, or None where the data ends before.
        rows: Cells of each row that has text, by row from 1 to 15; None is an empty cell.
    """

    start_frame: int
    end_frame: int | None
    rows: Mapping[int, tuple[Cell | None, ...]]


class CaptionDecoder:
    """Decodes the captions of one channel.

    Args:
        channel: 1 or 2 of the field.
        keep_rolling: Show every state of roll-up and paint-on captions, with the rows that were there before. Else each
            row of a roll-up caption is shown once, and a paint-on caption from its first character on.
    """

    def __init__(self, channel: int = 1, *, keep_rolling: bool = False) -> None:
        self.shown: list[ScreenState] = []
        self._channel, self._keep_rolling = channel, keep_rolling
        self._is_own, self._is_other_service, self._is_new_load = False, False, False
        self._mode: _Mode = ""
        self._screen: Screen = {}
        self._hidden: Screen = {}
        self._row, self._column, self._look = _LAST_ROW, 0, PLAIN
        self._depth = 2
        self._since: int | None = None
        self._fresh: set[int] | None = None  # rows written since then, None for all
        self._before: tuple[int, int, int] | None = None

    def feed(self, frame: int, first: int, second: int) -> None:
        """Decode the two bytes of a frame, without their parity."""
        is_command = 0x10 <= first < 0x20
        if is_command and self._before == (frame - 1, first, second):
            self._before = None  # the repetition; a third is meant again
            return
        self._before = (frame, first, second) if is_command else None
        if is_command:
            self._is_own = (first & _SECOND_CHANNEL > 0) == (self._channel == 2)
            self._is_other_service = False
            if self._is_own and second >= 0x20:
                self._command(frame, first & ~_SECOND_CHANNEL, second)
        elif 0 < first < 0x10:
            self._is_other_service = first != 0x0F  # data about the programme, up to its check sum
        elif self._is_own and not self._is_other_service:
            for code in (first, second):
                if code >= 0x20:
                    self._write(frame, CHARACTERS[code])

    def finish(self) -> None:
        """End of the data: record the content of the screen without an end."""
        if self._since is not None:
            self.shown.append(ScreenState(self._since, None, self._rows()))
            self._since = None

    def _command(self, frame: int, first: int, second: int) -> None:
        if second >= 0x40:
            self._address(frame, ROW_OF_CODE.get((first, second & 0x60)), second & 0x1F)
        elif first in (0x14, 0x15) and second < 0x30:
            if (action := _ACTIONS.get(second)) is not None:
                action(self, frame)
        elif first == 0x17 and 0x21 <= second <= 0x23:
            self._column = min(_MOST_COLUMNS - 1, self._column + second - 0x20)
        elif first == 0x11 and second < 0x30:
            self._mid_row(frame, second - 0x20)
        elif first == 0x11:
            self._write(frame, SPECIAL_CHARACTERS[second])
        elif (first, second) in EXTENDED_CHARACTERS:
            self._backspace(frame)
            self._write(frame, EXTENDED_CHARACTERS[first, second])

    # Where the next character goes

    def _address(self, frame: int, row: int | None, attributes: int) -> None:
        """A preamble address code: row, column or colour, italics and underline."""
        if row is None:
            return
        if self._mode == "roll-up" and row != self._row:
            self._move_window(frame, row)
        if self._mode == "paint-on" and (self._keep_rolling or row in self._screen):
            self._is_new_load = True
        self._row, self._column = row, 0
        self._look = TextStyle(underline=bool(attributes & 1))
        if attributes >= 0x10:
            self._column = (attributes - 0x10) // 2 * 4
        else:
            self._look = _with_colour(self._look, attributes // 2)

    def _move_window(self, frame: int, base: int) -> None:
        """Move the rows of a roll-up caption to another lowest row; one with text goes up, so that none is lost."""
        if self._since is not None:
            self._carriage_return(frame)
        moved = {row + base - self._row: cells for row, cells in self._screen.items()}
        self._screen = {row: cells for row, cells in moved.items() if 1 <= row <= _LAST_ROW}

    def _mid_row(self, frame: int, attributes: int) -> None:
        """A mid-row code: another style from here on; the code takes a column, which is shown empty."""
        self._write(frame, " ")
        self._look = _with_colour(replace(self._look, underline=bool(attributes & 1)), attributes // 2)

    # Characters

    def _memory(self) -> Screen:
        return self._hidden if self._mode == "pop-on" else self._screen

    def _write(self, frame: int, char: str) -> None:
        if not self._mode:
            return
        if self._mode != "pop-on":
            self._begin_writing(frame, is_visible=not char.isspace())
        cells = self._memory().setdefault(self._row, [])
        cells += [None] * (self._column + 1 - len(cells))
        cells[self._column] = Cell(char, self._look)
        self._column = min(_MOST_COLUMNS - 1, self._column + 1)

    def _begin_writing(self, frame: int, *, is_visible: bool) -> None:
        self._start_load(frame)
        if self._since is None and is_visible:
            self._since = frame
            self._fresh = None if self._keep_rolling else set()
        if self._fresh is not None:
            self._fresh.add(self._row)

    def _backspace(self, frame: int) -> None:
        self._column = max(0, self._column - 1)
        self._start_load(frame)
        cells = self._memory().get(self._row, [])
        if self._column < len(cells):
            cells[self._column] = None

    def _delete_to_end(self, frame: int) -> None:
        self._start_load(frame)
        del self._memory().get(self._row, [])[self._column :]

    def _start_load(self, frame: int) -> None:
        """The first change of the screen after a command to paint: what was shown until now is a caption.

        A row that is painted over is painted anew: files do not delete what is left of a longer one.
        """
        if self._is_new_load and self._mode == "paint-on":
            self._is_new_load = False
            self._change(frame)
            del self._screen.get(self._row, [])[self._column if self._keep_rolling else 0 :]

    # Modes

    def _resume_loading(self, frame: int) -> None:
        self._mode = "pop-on"

    def _resume_painting(self, frame: int) -> None:
        self._mode, self._is_new_load = "paint-on", True

    def _roll_up(self, frame: int, depth: int) -> None:
        if self._mode != "roll-up":
            self._erase(frame)
            self._hidden.clear()
            self._row, self._column, self._look = _LAST_ROW, 0, PLAIN
        self._mode, self._depth = "roll-up", depth

    def _carriage_return(self, frame: int) -> None:
        """Move the rows of a roll-up caption up by one; the highest one leaves the screen."""
        if self._mode != "roll-up":
            return
        self._end(frame)
        rolled = {row - 1: cells for row, cells in self._screen.items()}
        self._screen = {row: cells for row, cells in rolled.items() if row > max(0, self._row - self._depth)}
        self._column, self._look = 0, PLAIN
        if self._keep_rolling and self._rows():
            self._since, self._fresh = frame, None

    def _text_mode(self, frame: int) -> None:
        self._mode = ""

    # Screens

    def _erase(self, frame: int) -> None:
        self._end(frame)
        self._screen.clear()

    def _erase_hidden(self, frame: int) -> None:
        self._hidden.clear()

    def _swap(self, frame: int) -> None:
        self._end(frame)
        self._screen, self._hidden = self._hidden, self._screen
        self._mode = "pop-on"
        if self._rows():
            self._since, self._fresh = frame, None

    def _change(self, frame: int) -> None:
        """The screen is about to change: record its content and begin a new one."""
        if self._since is not None:
            self._end(frame)
            self._since = frame
            self._fresh = None if self._keep_rolling else set()

    def _end(self, frame: int) -> None:
        """Record the content of the screen, shown up to this frame."""
        if self._since is not None and self._since < frame and (rows := self._rows()):
            self.shown.append(ScreenState(self._since, frame, rows))
        self._since, self._fresh = None, None

    def _rows(self) -> dict[int, tuple[Cell | None, ...]]:
        """The rows with text that are shown: all, or those that were written since the last change."""
        return {
            row: tuple(cells)
            for row, cells in sorted(self._screen.items())
            if (self._fresh is None or row in self._fresh)
            and any(cell is not None and not cell.char.isspace() for cell in cells)
        }


def _with_colour(look: TextStyle, number: int) -> TextStyle:
    """A style with one of the colours, which end italics, or with italics."""
    if number >= len(COLOURS):
        return replace(look, italic=True)
    return TextStyle(underline=look.underline, colour="" if number == 0 else COLOURS[number])


_ACTIONS: Mapping[int, Callable[[CaptionDecoder, int], None]] = {
    0x20: CaptionDecoder._resume_loading,
    0x21: CaptionDecoder._backspace,
    0x24: CaptionDecoder._delete_to_end,
    0x25: lambda decoder, frame: decoder._roll_up(frame, 2),
    0x26: lambda decoder, frame: decoder._roll_up(frame, 3),
    0x27: lambda decoder, frame: decoder._roll_up(frame, 4),
    0x29: CaptionDecoder._resume_painting,
    0x2A: CaptionDecoder._text_mode,
    0x2B: CaptionDecoder._text_mode,
    0x2C: CaptionDecoder._erase,
    0x2D: CaptionDecoder._carriage_return,
    0x2E: CaptionDecoder._erase_hidden,
    0x2F: CaptionDecoder._swap,
}
