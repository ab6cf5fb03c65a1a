"""Markers as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from captioner.errors import ConfigError
from captioner.timecode import frames_to_timecode, ms_to_frames, supports_drop_frame, timecode_to_frames

__all__ = ["Marker", "MarkerFacts", "chapters_of"]

_CHAPTER = re.compile(r"\s*[(\[]?(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?[)\]]?\s*[-–—:|]?\s*(\S.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker.

    Attributes:
        at_ms: Where it begins.
        end_ms: Where it ends; a point lasts a frame.
        kind: "error", "warning", "note", "hear" or "chapter"; it decides the colour.
        name: A few words.
        text: What a person should read.
    """

    at_ms: int
    end_ms: int
    kind: Literal["error", "warning", "note", "hear", "chapter"]
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class MarkerFacts:
    """Frame rate and begin of the programme that markers lie in.

    Attributes:
        title: Name of the programme.
        rate: Exact frame rate.
        start: Time code of its first frame, `HH:MM:SS:FF`, with `;` before FF where it drops.
        duration_ms: Length of the programme, 0 when unknown.
    """

    title: str
    rate: Fraction
    start: str = "01:00:00:00"
    duration_ms: int = 0

    @property
    def drops(self) -> bool:
        """Whether time code is counted drop-frame."""
        return ";" in self.start and supports_drop_frame(self.rate)

    def frame(self, ms: int) -> int:
        """Frame of the programme, from 0, that is shown at a time."""
        return ms_to_frames(ms + 1, self.rate, "ceil") - 1

    def timecode(self, frame: int) -> str:
        """Time code of a frame of the programme."""
        return frames_to_timecode(timecode_to_frames(self.start, self.rate, self.drops) + frame, self.rate, self.drops)


def left_out_of_chapters(text: str) -> tuple[str, ...]:
    """The lines of a list of chapters that have no time or no title."""
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not _CHAPTER.match(line))


def chapters_of(text: str, name: str) -> tuple[Marker, ...]:
    """Chapters from lines such as `0:00 Opening`, as under a video.

    Raises:
        ConfigError: No line has a time and a title, or a time is none.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := _CHAPTER.match(line):
            hours, minutes, seconds = int(match[1] or 0), int(match[2]), int(match[3])
            if seconds > 59 or (match[1] and minutes > 59):
                raise ConfigError(f"chapters {name}: line {number} has a time that is none; write it as 1:02:03")
            ms = round(Fraction(f"0.{match[4] or 0}") * 1000)
            at = ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
            found.append(Marker(at, at, "chapter", match[5]))
    if not found:
        raise ConfigError(f"chapters {name}: no line has a time and a title, such as 0:00 Opening")
    return tuple(sorted(found, key=lambda marker: marker.at_ms))
