"""From laid-out captions to what goes on air: words one by one, the house's look, the end of the media, frames.

The one rule: the order. Words first, because the others are about captions as shown; then the look, because nothing
after it changes texts; frames last, because everything else changes times.
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
    """Finish captions as `compose` gives them.

    Args:
        cues: By start, not overlapping.
        style: The whole profile.
        language: Tag of the captions.
        duration_ms: Length of the media, 0 when unknown.
        frame_rate: Of the picture, or as given; None puts nothing on frames.
        on_frames: Put times on frames; None does where the house works in frames. Shots always need it.
        shots: Shot changes in milliseconds.
        rounding: How a frame is spelled in milliseconds, see `frames.snap`.

    Returns:
        As many captions, or more where the style counts words, in the same order, not overlapping.
    """
    finished = clip_to_media(apply_typography(to_word_cues(cues, style, language), style, language), duration_ms)
    wanted = style.snap_frames if on_frames is None else on_frames
    if frame_rate is None or not (wanted or shots):
        return finished
    resolved = style.for_language(language) if language else style
    return clip_to_media(snap_to_frames(finished, resolved, frame_rate, shots=shots, rounding=rounding), duration_ms)
