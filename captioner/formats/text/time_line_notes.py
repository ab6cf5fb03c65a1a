"""Notes about the lines of a file that were mended, and about those that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from captioner.formats.caption_file import ReadNote

__all__ = ["left_out_notes", "odd_times_note", "quoted_line", "unreadable_times_notes"]

_SHOWN = 60
_MOST_NOTES = 20


def odd_times_note(
    lines: Sequence[str], numbers: Sequence[int], what: str, kind: Literal["mended", "guessed"] = "mended"
) -> ReadNote:
    """One note about lines of times that were read in spite of how they are written.

    Args:
        lines: Of the file.
        numbers: Of the lines it is about, counted from 0; at least one.
        what: What is said behind “is” or “are”.
        kind: Whether there was one way to read them.
    """
    others = "1 more line" if len(numbers) == 2 else f"{len(numbers) - 1} more lines"
    more = f" and {others} are" if len(numbers) > 1 else " is"
    return ReadNote(kind, f"{quoted_line(lines[numbers[0]])}{more} {what}", numbers[0] + 1, is_fault=True)


def unreadable_times_notes(lines: Sequence[str], numbers: Sequence[int]) -> Iterator[ReadNote]:
    """A note about each line that looks like times and cannot be read, up to 20 of them."""
    yield from left_out_notes(lines, numbers, "looks like times and cannot be read; its caption is left out")


def left_out_notes(lines: Sequence[str], numbers: Sequence[int], why: str) -> Iterator[ReadNote]:
    """A note about each line that is left out, up to 20 of them.

    Args:
        lines: Of the file.
        numbers: Of the lines it is about, counted from 0.
        why: What is said behind the line.
    """
    for number in numbers[:_MOST_NOTES]:
        line = lines[min(number, len(lines) - 1)]
        yield ReadNote("left out", f"{quoted_line(line)} {why}", number + 1, is_fault=True)
    if len(numbers) > _MOST_NOTES:
        yield ReadNote("left out", f"{len(numbers) - _MOST_NOTES} more lines like these are left out", is_fault=True)


def quoted_line(line: str) -> str:
    """A line of a file as it is quoted in a note."""
    text = line.strip()
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"
