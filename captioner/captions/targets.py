"""Targets: the format, encoding, line ends, frames, gaps and time code that a program or platform takes.

Data in `targets.toml`, each value with its source. The one rule: a target chooses among what the formats can do, and
what the user says in a flag comes before it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TypeVar

from captioner.errors import ConfigError
from captioner.formats import ENCODINGS, FORMATS, NEWLINES, Context, Encoding, Format, Newline, encode
from captioner.formats.frame_grid import frame_spans
from captioner.languages import language_of
from captioner.model import Cue, Issue
from captioner.timecode import Rounding, frames_to_ms, ms_to_frames, supports_drop_frame

__all__ = [
    "Target",
    "encode_for",
    "find_target",
    "fit_times",
    "target_names",
    "unknown_rate_notes",
    "with_gaps",
    "with_target_defaults",
    "with_times_on_frames",
]

Name = TypeVar("Name", bound=str)

#: Frame rates that the writers of formats take where none is known: EBU Tech 3264 has 25 and 30.
_ASSUMED_RATES = {"stl": 25, "stl-teletext": 25}


@dataclass(frozen=True, slots=True)
class Target:
    """One program or platform.

    Attributes:
        name: What `--target` takes.
        title: Its full name.
        format: The format it is given unless another is asked for.
        formats: Formats it takes; the one above among them.
        encoding: Encoding of its text files.
        newline: Line ends of its text files.
        on_frames: Whether times have to lie on frames of the picture, also in formats that count milliseconds.
        gap_frames: Least frames between two captions, 0 without a rule.
        start_timecode: Time code of the first frame where the media tells none; only formats with time code use it.
        colours: Whether speakers get colours where the format leaves it open.
        by_language: Primary language tag to the format it is given instead.
        sources: Who says so, by the name of the value.
    """

    name: str
    title: str
    format: str
    formats: tuple[str, ...]
    encoding: Encoding
    newline: Newline
    on_frames: bool
    gap_frames: int
    start_timecode: str
    colours: bool
    by_language: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)

    def format_for(self, language: str) -> str:
        """The format it is given unless another is asked for, for captions in a language; "" when it is not known."""
        return self.by_language.get(language_of(language).code, self.format)


def target_names() -> tuple[str, ...]:
    """Names of all targets, as in the table."""
    return tuple(_table())


def find_target(name: str) -> Target:
    """A target by name.

    Raises:
        ConfigError: No such target.
    """
    if name not in _table():
        raise ConfigError(f"target {name!r} is unknown; choose one of {', '.join(target_names())}")
    return _table()[name]


@cache
def _table() -> dict[str, Target]:
    text = resources.files("captioner.captions").joinpath("targets.toml").read_text(encoding="utf-8")
    return {
        name: Target(name=name, **{**table, "formats": tuple(table["formats"])})
        for name, table in tomllib.loads(text).items()
    }


def with_target_defaults(context: Context, target: Target | None) -> Context:
    """The context with what the target adds: colours, a style sheet, and a start time code where there is none.

    A start time code is drop-frame where the frame rate has drop-frame, because broadcast counts so.
    """
    if target is None:
        return context
    start = context.start_timecode
    if not start and target.start_timecode:
        drop = context.frame_rate is not None and supports_drop_frame(context.frame_rate)
        start = f"{target.start_timecode[:8]};{target.start_timecode[9:]}" if drop else target.start_timecode
    colours = context.colours or target.colours
    return replace(context, start_timecode=start, colours=colours, style_sheet="always" if target.colours else "never")


def fit_times(
    cues: Sequence[Cue], target: Target | None, rate: Fraction | None, format: Format
) -> tuple[tuple[Cue, ...], tuple[Issue, ...]]:
    """Captions that exist with the times a target takes: on frames, with its gap between them.

    Args:
        cues: In order of time.
        target: None and targets without rules change nothing.
        rate: Frame rate of the picture, or None.
        format: What is written. A format that counts frames puts times on its own.

    Returns:
        The captions, and a note for what was moved or could not be, or for a frame rate that is assumed.
    """
    notes = list(unknown_rate_notes(cues, target, rate, format))
    if target is None:
        return tuple(cues), tuple(notes)
    moved = tuple(cues)
    if target.on_frames and not format.counts_frames:
        moved = with_times_on_frames(cues, rate) if rate else moved
        notes += _told_frames(cues, moved, rate) if rate else ()
    spread = with_gaps(moved, target, rate)
    if ended := sum(one.end_ms != other.end_ms for one, other in zip(moved, spread, strict=True)):
        which = "1 caption ends" if ended == 1 else f"{ended} captions end"
        message = f"{which} earlier, for the {target.gap_frames} frames {target.name} wants before the next"
        notes.append(Issue("gap", "note", None, ended, 0, message))
    return spread, tuple(notes)


def unknown_rate_notes(
    cues: Sequence[Cue], target: Target | None, rate: Fraction | None, format: Format
) -> Iterator[Issue]:
    """A note where the frame rate is not known: the format has to assume one, or times stay off frames."""
    if rate is not None or not cues:
        return
    if assumed := _ASSUMED_RATES.get(format.name):
        message = f"{format.name} counts frames and the frame rate is not known; {assumed} is taken. Give --fps"
        yield Issue("frames", "note", None, len(cues), 0, message)
    elif target is not None and target.on_frames and not format.counts_frames and not format.is_prose:
        message = f"{target.name} takes times on frames and the frame rate is not known; they stay. Give --fps"
        yield Issue("frames", "note", None, len(cues), 0, message)


def _told_frames(before: Sequence[Cue], after: Sequence[Cue], rate: Fraction) -> Iterator[Issue]:
    """A note about times that were put on frames."""
    pairs = list(zip(before, after, strict=True))
    off = [abs(getattr(one, name) - getattr(other, name)) for one, other in pairs for name in ("start_ms", "end_ms")]
    if any(off):
        count = sum(map(bool, off))
        times = "1 time is" if count == 1 else f"{count} times are"
        message = f"{times} put on a frame at {float(rate):g} a second, which moves them by {max(off)} ms at most"
        yield Issue("frames", "note", None, count, 0, message)


def with_times_on_frames(cues: Sequence[Cue], rate: Fraction) -> tuple[Cue, ...]:
    """Captions with both times on the nearest frame, each with one frame at least.

    A frame's time is rounded down to milliseconds; one that is rounded in another way already stays.
    """

    def put(ms: int, frame: int) -> int:
        known = any(frames_to_ms(frame, rate, rounding) == ms for rounding in _ROUNDINGS)
        return ms if known else frames_to_ms(frame, rate)

    spans = frame_spans(cues, rate)
    return tuple(
        replace(cue, start_ms=put(cue.start_ms, start), end_ms=put(cue.end_ms, end))
        for cue, (start, end) in zip(cues, spans, strict=True)
    )


def with_gaps(cues: Sequence[Cue], target: Target | None, rate: Fraction | None) -> tuple[Cue, ...]:
    """Captions with the target's gap between them: where one is too close to the next, it ends earlier.

    Args:
        cues: In order of time.
        target: None and targets without a rule change nothing.
        rate: Frame rate of the picture; 25 when it is not known, because its frames are longer than most.

    Returns:
        The captions. One that would get less than half of its time keeps half: a gap never eats a caption.
    """
    if target is None or not target.gap_frames or not cues:
        return tuple(cues)
    moved = [_ended(cue, after.start_ms, target.gap_frames, rate or Fraction(25)) for cue, after in pairwise(cues)]
    return (*moved, cues[-1])


def _ended(cue: Cue, next_ms: int, gap_frames: int, rate: Fraction) -> Cue:
    """A caption that ends some frames before the next, and on a frame if the next begins on one."""
    rounding = next((each for each in _ROUNDINGS if _on_frame(next_ms, rate, each) == next_ms), None)
    latest_ms = next_ms - -(-gap_frames * 1000 // rate)
    half_ms = cue.start_ms + max(1, (cue.end_ms - cue.start_ms) // 2)
    if rounding is not None:
        latest_ms = frames_to_ms(ms_to_frames(next_ms, rate) - gap_frames, rate, rounding)
        first = ms_to_frames(cue.start_ms, rate) + 1
        half_ms = frames_to_ms(max(first, ms_to_frames(half_ms, rate)), rate, rounding)
    if cue.end_ms <= latest_ms:
        return cue
    return replace(cue, end_ms=min(cue.end_ms, max(latest_ms, half_ms)))


_ROUNDINGS: tuple[Rounding, ...] = ("floor", "nearest", "ceil")


def _on_frame(ms: int, rate: Fraction, rounding: Rounding) -> int:
    return frames_to_ms(ms_to_frames(ms, rate), rate, rounding)


def encode_for(
    data: bytes,
    format: str,
    target: Target | None = None,
    *,
    encoding: str | None = None,
    newline: str | None = None,
) -> bytes:
    """Give a written file the encoding and line ends that were asked for.

    Args:
        data: What the format's writer gave.
        format: Its name.
        target: Whose habits count where no flag is given and the format allows them.
        encoding: A name of `ENCODINGS`, from a flag.
        newline: A name of `NEWLINES`, from a flag.

    Raises:
        ConfigError: An unknown name, or a flag that the format rules out.
    """
    row = FORMATS[format]
    return encode(data, row, encoding=_encoding(row, target, encoding), newline=_newline(row, target, newline))


def _encoding(row: Format, target: Target | None, given: str | None) -> Encoding:
    if given is not None:
        return _one_of(given, "encoding", list(ENCODINGS))
    return target.encoding if target is not None and target.encoding in row.encodings else "utf-8"


def _newline(row: Format, target: Target | None, given: str | None) -> Newline:
    if given is not None:
        return _one_of(given, "line end", list(NEWLINES))
    return target.newline if target is not None and row.line_ends else "lf"


def _one_of(given: str, what: str, allowed: Sequence[Name]) -> Name:
    found = next((each for each in allowed if each == given.lower()), None)
    if found is None:
        raise ConfigError(f"{what} {given!r} is unknown; choose one of {', '.join(allowed)}")
    return found
