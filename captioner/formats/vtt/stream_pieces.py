"""Pieces of an HLS stream joined in one file: each with a header and a clock of its own, put on one clock.

Source: RFC 8216 (HTTP Live Streaming), 3.5: X-TIMESTAMP-MAP says which MPEG time a local time is; MPEG counts 90,000 a
second in 33 bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["StreamPiece", "begins_piece", "is_header", "stream_pieces"]

_HEADER = re.compile(r"WEBVTT(?:[ \t].*)?$")
_MAP = re.compile(r"X-TIMESTAMP-MAP\s*=\s*(.*)$", re.IGNORECASE)
_MPEG = re.compile(r"MPEGTS\s*:\s*(\d{1,12})", re.IGNORECASE)
_LOCAL = re.compile(r"LOCAL\s*:\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})", re.IGNORECASE)
_TICKS_A_MS, _TURN = 90, 2**33


@dataclass(frozen=True, slots=True)
class StreamPiece:
    """One piece of a stream.

    Attributes:
        line: Where its header stands, counted from 0.
        offset_ms: Added to its times to put them on the clock of the first piece.
        has_map: Whether it says its clock.
    """

    line: int
    offset_ms: int = 0
    has_map: bool = False


def is_header(line: str) -> bool:
    """Whether a line is the header of WebVTT."""
    return (
        line.lstrip("\ufeff \t").startswith("WEBVTT") and _HEADER.match(line.lstrip("\ufeff \t").rstrip()) is not None
    )


def begins_piece(lines: Sequence[str], number: int) -> bool:
    """Whether a piece of a stream begins at a line: with a header that is no text of a caption."""
    if not is_header(lines[number]):
        return False
    is_apart = not any(line.strip() for line in lines[:number]) if number < 3 else not lines[number - 1].strip()
    return is_apart or (number + 1 < len(lines) and _MAP.match(lines[number + 1].strip()) is not None)


def stream_pieces(lines: Sequence[str]) -> list[StreamPiece]:
    """The pieces of a file, the first at its beginning."""
    heads = [number for number in range(len(lines)) if begins_piece(lines, number)] or [0]
    clocks = [_clock_ticks(lines[head + 1 : end]) for head, end in zip(heads, [*heads[1:], len(lines)], strict=True)]
    known = [clock for clock in clocks if clock is not None]
    return [
        StreamPiece(head, 0 if clock is None else _difference(clock, known[0]), clock is not None)
        for head, clock in zip(heads, clocks, strict=True)
    ]


def _difference(clock: int, first: int) -> int:
    """Milliseconds from one clock to another, which may have begun anew between them."""
    return round(((clock - first + _TURN // 2) % _TURN - _TURN // 2) / _TICKS_A_MS)


def _clock_ticks(lines: Sequence[str]) -> int | None:
    """The MPEG time of a piece's zero; None where its header does not say it."""
    for line in _header_lines(lines):
        match = _MAP.match(line.strip())
        mpeg, local = (_MPEG.search(match[1]), _LOCAL.search(match[1])) if match else (None, None)
        if mpeg is not None:
            return int(mpeg[1]) - (_local_ms(local) * _TICKS_A_MS if local else 0)
    return None


def _header_lines(lines: Sequence[str]) -> Iterator[str]:
    """Lines of a header: up to the first times; some write an empty line before the map."""
    for line in lines:
        if "-->" in line:
            return
        yield line


def _local_ms(match: re.Match[str]) -> int:
    hours, minutes, seconds, fraction = match.groups(default="0")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
