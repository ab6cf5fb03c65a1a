"""EBU STL for teletext, `.stl` (Tech 3264, DSC 1): the file of `stl` with the control codes of a level 1 decoder.

Every line is a row in double height, boxed, in the speaker's colour, and takes two rows: two lines stand on rows 20 and
22. A row has 40 columns and every code takes one, so a line has room for 37 characters, and for 36 in a colour; the
codes that end the box are left out where they find no room, because a box ends with its row.

Source: EBU Tech 3264-E, section 5.3 and appendix 2 (text field, teletext codes); ETSI EN 300 706, sections 12.2 and
15.1 (spacing attributes of level 1: a code takes a column, start box and end box are sent twice).
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.errors import FormatError
from captioner.formats.capabilities import NINE_PLACES
from captioner.formats.render_context import Context
from captioner.formats.stl.writer import Display, charset, render_for
from captioner.formats.text.speaker_names import printed_names
from captioner.model import Cue

__all__ = ["SUPPORTS", "charset", "render"]

#: See `capabilities`.
SUPPORTS = NINE_PLACES

_COLUMNS = 40
_ROWS_A_LINE = 2  # double height
_DOUBLE_HEIGHT, _START_BOX, _END_BOX = b"\x0d", b"\x0b\x0b", b"\x0a\x0a"
# White needs no code, a row begins with it; yellow, cyan and green in the order of `palette`, then white again.
_COLOURS = (b"", b"\x03", b"\x06", b"\x02")


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write EBU STL for level 1 teletext; a cue without text is left out.

    Raises:
        FormatError: As for open subtitles; a line wider than a row, or more lines than a page has room for.
    """
    colours = {key: _COLOURS[index % len(_COLOURS)] for index, key in enumerate(printed_names(cues, context))}

    def row(number: int, speaker: str | None, columns: int, text: bytes) -> bytes:
        before = _DOUBLE_HEIGHT + colours.get(speaker or "", b"") + _START_BOX
        room = _COLUMNS - len(before)
        if columns > room:
            raise FormatError(
                f"caption {number} has a line of {columns} columns, a teletext row has room for {room}; "
                f"lay out again with --max-columns 36"
            )
        return before + text + (_END_BOX if columns + len(_END_BOX) <= room else b"")

    return render_for(cues, context, Display("1", _COLUMNS, _ROWS_A_LINE, row, looks=False))
