"""Puts captions on a grid of frames, for the formats that count frames and not milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from captioner.errors import FormatError
from captioner.formats.render_context import Context
from captioner.model import Cue
from captioner.timecode import frames_to_timecode, ms_to_frames, nominal_rate, supports_drop_frame, timecode_to_frames

__all__ = ["FrameTimeline", "frame_spans", "frame_timeline", "refuse_overlap"]


@dataclass(frozen=True, slots=True)
class FrameTimeline:
    """A rate, and the label of the media's first frame.

    Attributes:
        rate: Exact frame rate.
        start: Frame number of media zero on the timeline.
        drop: Whether labels are drop-frame.
    """

    rate: Fraction
    start: int
    drop: bool

    def label(self, frame: int) -> str:
        """Time code of a frame counted from media zero.

        Raises:
            FormatError: Before 00:00:00:00, or a day and later.
        """
        return frames_to_timecode(self.start + frame, self.rate, self.drop)


def frame_timeline(context: Context, rate: Fraction | None, *, drop_by_default: bool, name: str) -> FrameTimeline:
    """The timeline of the captions at the format's rate; media zero is the picture's own start time code, else zero.

    Args:
        context: Gives the start time code, spelled at the picture's rate.
        rate: The format's rate; None when it needs one and the media has no picture.
        drop_by_default: Count drop-frame where the rate has it and no start time code says otherwise.
        name: Of the format, for the message.

    Raises:
        FormatError: There is no rate.
        ConfigError: The start time code does not exist at the picture's rate.
    """
    if rate is None:
        raise FormatError(f"{name} counts frames and the frame rate is not known; give --fps, or choose srt or vtt")
    drop = supports_drop_frame(rate) and drop_by_default
    if not context.start_timecode:
        return FrameTimeline(rate, 0, drop)
    picture_rate = context.frame_rate or rate
    start = timecode_to_frames(context.start_timecode, picture_rate)
    if supports_drop_frame(picture_rate):
        drop = supports_drop_frame(rate) and ":" not in context.start_timecode[-3:]
    if picture_rate == rate:
        return FrameTimeline(rate, start, drop)
    return FrameTimeline(rate, _relabelled(context.start_timecode, picture_rate, rate, drop=drop), drop)


def _relabelled(label: str, picture_rate: Fraction, rate: Fraction, *, drop: bool) -> int:
    """Frame of a time code of the picture in a count at another rate: the same hour, minute, second, part of a second.

    A frame number is not carried over: at 29.97 ten hours of labels last 36 seconds longer than at 25.
    """
    clock, frame = label[:8].replace(";", ":"), int(label[9:])
    frame = frame * nominal_rate(rate) // nominal_rate(picture_rate)
    if drop and frame < 2 and clock.endswith(":00") and clock[4] != "0":
        frame = 2  # drop-frame has no labels 0 and 1 there
    return timecode_to_frames(f"{clock}{';' if drop else ':'}{frame:02d}", rate)


def frame_spans(cues: Sequence[Cue], rate: Fraction) -> Iterator[tuple[int, int]]:
    """First frame shown and first frame no longer shown of every cue, counted from media zero.

    Both are the nearest frame. Each cue has at least one frame, and begins no earlier than the one before ends unless
    they overlapped already.
    """
    before_ms = before_frame = 0
    for cue in cues:
        start, end = ms_to_frames(cue.start_ms, rate), ms_to_frames(cue.end_ms, rate)
        if cue.start_ms >= before_ms:
            start = max(start, before_frame)
        end = max(end, start + 1)
        yield start, end
        before_ms, before_frame = cue.end_ms, end


def refuse_overlap(cues: Sequence[Cue], name: str) -> None:
    """Refuse cues that overlap, for formats that show one at a time.

    Raises:
        FormatError: Naming the first two.
    """
    for number, (before, after) in enumerate(pairwise(cues), 1):
        if after.start_ms < before.end_ms:
            raise FormatError(
                f"captions {number} and {number + 1} overlap by {before.end_ms - after.start_ms} ms, which {name} "
                "cannot hold; lay the captions out again or choose srt, vtt or ass"
            )
