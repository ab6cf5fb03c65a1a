"""Edit distance of two long sequences inside a band, a bit for each cell.

A row of the table of the edit distance is kept as two integers, one bit for each column: where the distance rises by
one from a column to the next, and where it falls. A row follows from the one before it in a dozen operations on
integers, however wide it is. The rows are kept, so that the path can be followed back.

Source: H. Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["matches"]

_WIDEST = 4096  # columns of the band
_MOST_BITS = 200_000_000  # of all rows: 25 MB for each of the two integers
_BLOCK = 256  # rows that share one window of columns


class _Block(NamedTuple):
    """Rows that share one window: the first column of it, and the two integers of each row."""

    left: int
    rising: list[int]
    falling: list[int]


def matches(a: str, b: str) -> tuple[list[tuple[int, int]], int]:
    """Positions that are equal on a path of least edit distance, and the number of cells computed.

    Args:
        a: A symbol for each unit; the rows.
        b: Likewise; the columns. The path is the best inside a band along the diagonal from corner to corner, and of
            least distance over all where the band is as wide as `b`.
    """
    if not a or not b:
        return [], 0
    width = max(64, min(len(b), _WIDEST, _MOST_BITS // len(a)))
    blocks = list(_blocks(a, b, width))
    return _path(a, b, blocks), len(a) * width


def _blocks(a: str, b: str, width: int) -> Iterator[_Block]:
    mask = (1 << width) - 1
    rising, falling, left = mask, 0, 0
    for top in range(0, len(a), _BLOCK):
        moved = _left_of(top, len(a), len(b), width) - left
        left += moved
        rising = ((rising >> moved) | (mask << (width - moved))) & mask
        falling >>= moved
        rows = _rows(a[top : top + _BLOCK], _places(b[left : left + width]), rising, falling, mask)
        yield _Block(left, *rows)
        rising, falling = rows[0][-1], rows[1][-1]


def _left_of(top: int, rows: int, columns: int, width: int) -> int:
    """First column of the window of the block that begins with a row."""
    middle = (top + _BLOCK // 2) * columns // rows
    return max(0, min(columns - width, middle - width // 2))


def _places(window: str) -> dict[str, int]:
    """For each symbol the columns where it stands, as bits."""
    places: dict[str, int] = {}
    bit = 1
    for symbol in window:
        places[symbol] = places.get(symbol, 0) | bit
        bit <<= 1
    return places


def _rows(rows: str, places: dict[str, int], rising: int, falling: int, mask: int) -> tuple[list[int], list[int]]:
    """The integers of each row, from those of the row before the first."""
    all_rising, all_falling = [], []
    for symbol in rows:
        equal = places.get(symbol, 0)
        diagonal = ((((equal & rising) + rising) ^ rising) | equal | falling) & mask
        up = ((falling | (mask & ~(diagonal | rising))) << 1 | 1) & mask
        down = ((diagonal & rising) << 1) & mask
        rising = down | (mask & ~(diagonal | up))
        falling = up & diagonal
        all_rising.append(rising)
        all_falling.append(falling)
    return all_rising, all_falling


def _path(a: str, b: str, blocks: list[_Block]) -> list[tuple[int, int]]:
    """Equal positions along the path back from the last corner."""
    found = []
    row, column = len(a) - 1, len(b) - 1
    while row >= 0 and column >= 0:
        block = blocks[row // _BLOCK]
        place = column - block.left
        if place < 0:
            row -= 1
        elif block.rising[row % _BLOCK] >> place & 1:
            column -= 1
        elif row and _falls(blocks, row - 1, column):
            row -= 1
        else:
            if a[row] == b[column]:
                found.append((row, column))
            row -= 1
            column -= 1
    return found[::-1]


def _falls(blocks: list[_Block], row: int, column: int) -> bool:
    block = blocks[row // _BLOCK]
    place = column - block.left
    return place >= 0 and bool(block.falling[row % _BLOCK] >> place & 1)
