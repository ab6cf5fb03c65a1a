"""Turns laid-out captions into final ones: word by word, typography, end of the media, frames.

The one rule is the order. Words come first, because the other steps work on captions as shown; then typography, because
no later step changes texts; frames come last, because all other steps change times.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from captioner.layout.frames import clip_to_media, snap_to_frames
from captioner.layout.typography import apply_typography
from captioner.layout.word_by_word import to_word_cues
from captioner.model import Cue
from captioner.style import Style
from captioner.timecode import Rounding

__all__ = ["postprocess"]


def postprocess(
    cues: Sequence[Cue],
    style: Style,
    *,
    language: str = "",
    duration_ms: int = 0,
    frame_rate: Fraction | None = None,
    on_frames: bool | None = None,
    shots: Sequence[int] = (),
    rounding: Rounding = "floor",
) -> tuple[Cue, ...]:
    """Apply the final steps to captions from `compose`.

    Args:
        cues: By start, not overlapping.
        style: The whole profile.
        language: Tag of the captions.
        duration_ms: Length of the media, 0 when unknown.
        frame_rate: Rate of the picture, or the rate given; None puts no times on frames.
        on_frames: Whether to put times on frames; None follows the style. Shot changes always need it.
        shots: Shot changes in milliseconds.
        rounding: How frame times are rounded to milliseconds, see `frames.snap_to_frames`.

    Returns:
        As many captions, or more where the style counts words, in the same order, not overlapping.
    """
    finished = clip_to_media(apply_typography(to_word_cues(cues, style, language), style, language), duration_ms)
    wanted = style.snap_frames if on_frames is None else on_frames
    if frame_rate is None or not (wanted or shots):
        return finished
    resolved = style.for_language(language) if language else style
    return clip_to_media(snap_to_frames(finished, resolved, frame_rate, shots=shots, rounding=rounding), duration_ms)
