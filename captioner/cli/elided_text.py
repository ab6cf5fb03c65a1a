"""Text of a live view that is shortened in its middle: a name of a file ends with what tells it from others.

Loads rich, so it is imported where something is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.text import Text

__all__ = ["Elided", "elide"]

_ELLIPSIS = "…"
# Share of the beginning in what is kept: the step and a little of the folder. The end has the file and its progress.
_BEGINNING = 0.3
_FEWEST_COLUMNS = 8


class Elided:
    """A line of text that takes the columns it is given.

    Args:
        text: The line, without control characters.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        yield Text(elide(self._text, options.max_width), no_wrap=True, overflow="crop")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        most = cell_len(self._text)
        return Measurement(min(most, _FEWEST_COLUMNS), most).with_maximum(options.max_width)


def elide(text: str, columns: int) -> str:
    """The text, without some of its middle where it is wider than `columns`."""
    if cell_len(text) <= columns:
        return text
    left = max(columns - 1, 0)
    beginning = _fitting(text, int(left * _BEGINNING))
    end = _fitting(reversed(text), left - cell_len(beginning))
    return f"{beginning}{_ELLIPSIS}{end[::-1]}" if columns else ""


def _fitting(characters: Iterable[str], columns: int) -> str:
    """The first of the characters, as many as fit."""
    kept = []
    for character in characters:
        columns -= get_character_cell_size(character)
        if columns < 0:
            break
        kept.append(character)
    return "".join(kept)
