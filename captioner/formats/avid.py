"""Avid DS captions, `.txt`, for the SubCap effect of Media Composer: time codes and text, nothing else.

The time codes are those of the sequence, so media zero is the start time code of the picture. At 23.976 and 24 an out
point on frame 2, 7, 12, 17 or 22 is moved one frame earlier: Media Composer skips such captions (as Subtitle Edit's
writer knows). The effect stops at the first overlap, so overlaps are refused.

Source: the file as the Avid Caption plug-in writes it; there is no published specification.
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.frame_grid import FrameTimeline, frame_spans, frame_timeline, refuse_overlap
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import printed_lines
from captioner.model import Cue
from captioner.timecode import nominal_rate

__all__ = ["SUPPORTS", "render"]

#: See `capabilities`.
SUPPORTS: frozenset[str] = frozenset()

_HEAD = "@ This file written with the Avid Caption plugin, version 1\n\n<begin subtitles>\n"
_END = "<end subtitles>"


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write Avid DS captions; a cue without text is left out.

    Raises:
        FormatError: No frame rate, an overlap, or a time without a label.
    """
    shown = [cue for cue in cues if printed_lines(cue)]
    refuse_overlap(shown, "the Avid caption file")
    timeline = frame_timeline(context, context.frame_rate, drop_by_default=False, name="the Avid caption file")
    blocks = []
    for cue, (start, end) in zip(shown, frame_spans(shown, timeline.rate), strict=True):
        text = "\n".join(printed_lines(cue)).replace(_END, "‹end subtitles›")
        blocks.append(f"{timeline.label(start)} {timeline.label(_out(start, end, timeline))}\n{text}\n\n")
    return f"{_HEAD}{''.join(blocks)}{_END}\n".encode()


def _out(start: int, end: int, timeline: FrameTimeline) -> int:
    """The out point, off the frames that are skipped, as long as a frame is left to show."""
    skipped = nominal_rate(timeline.rate) == 24 and int(timeline.label(end)[-2:]) % 5 == 2
    return end - 1 if skipped and end - start > 1 else end
