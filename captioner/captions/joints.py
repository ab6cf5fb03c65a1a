"""Captions beside cuts: their words laid out anew, between the captions that were only moved. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import lay_out
from captioner.edit import Conformed, transfer_styling
from captioner.edit.conforming import Joint
from captioner.formats import Context
from captioner.model import Cue
from captioner.style import Style
from captioner.timecode import frames_to_ms, ms_to_frames

__all__ = ["as_wide_as", "with_joints"]


def as_wide_as(style: Style, cues: Sequence[Cue]) -> Style:
    """The style with the width and the lines that captions of another hand have, so that all look alike."""
    from captioner.layout.width import columns

    printed = [columns(line.printed) for cue in cues for line in cue.lines]
    if not printed:
        return style
    return style.override(
        max_columns=max(max(printed), style.max_columns // 2), max_lines=max(len(cue.lines) for cue in cues)
    )


def with_joints(
    conformed: Conformed, cuts: Sequence[Fraction], style: Style, context: Context, options: CaptionOptions
) -> tuple[Cue, ...]:
    """All captions of a cut by time.

    Args:
        conformed: From `edit.conform`.
        cuts: Where clips begin and end, in ms, in order; captions beside them keep the style's gap.
        style: How the words beside cuts are laid out.
        context: Facts about the cut.
        options: What the captions shall be.
    """
    anew = [cue for joint in conformed.joints for cue in _laid_out(joint, style, context, options)]
    cues = sorted([*conformed.cues, *anew], key=lambda cue: cue.start_ms)
    beside = {id(cue) for cue in anew}
    spaced = []
    for cue, after in pairwise(cues):
        is_beside = id(cue) in beside or id(after) in beside or _has_cut(cuts, cue, after)
        is_beside = is_beside and cue.placement == after.placement
        spaced.append(_ended_before(cue, after, style, context.frame_rate) if is_beside else cue)
    spaced += cues[-1:]
    return _labelled(spaced, conformed.labels)


def _labelled(cues: Sequence[Cue], labels: Mapping[str, str]) -> tuple[Cue, ...]:
    """Captions with the printed names of their speakers where turns begin now."""
    before: str | None = None
    made = []
    for cue in cues:
        lines = []
        for line in cue.lines:
            opens = line.speaker is not None and line.speaker != before
            lines.append(replace(line, label=labels.get(line.speaker or "", "") if opens else ""))
            before = line.speaker
        made.append(replace(cue, lines=tuple(lines)))
    return tuple(made)


def _laid_out(joint: Joint, style: Style, context: Context, options: CaptionOptions) -> list[Cue]:
    """The captions of one side of a cut, within its bounds."""
    made = []
    for cue in lay_out(joint.transcript, style, replace(context, duration_ms=0), options):
        start = min(max(cue.start_ms, joint.start_ms), joint.end_ms - 1)
        made.append(replace(cue, start_ms=start, end_ms=max(start + 1, min(cue.end_ms, joint.end_ms))))
    return list(transfer_styling(joint.cues, made)[0])


def _has_cut(cuts: Sequence[Fraction], cue: Cue, after: Cue) -> bool:
    """Whether a cut lies between two captions, within the millisecond that rounding moves them."""
    place = bisect_left(cuts, cue.end_ms - 1)
    return place < len(cuts) and cuts[place] <= after.start_ms + 1


def _ended_before(cue: Cue, after: Cue, style: Style, rate: Fraction | None) -> Cue:
    """A caption that ends the style's gap before the next, if that leaves half of it."""
    if rate is not None and style.min_gap_frames:
        latest = frames_to_ms(ms_to_frames(after.start_ms, rate) - style.min_gap_frames, rate)
    else:
        latest = after.start_ms - style.min_gap_ms
        latest = latest if rate is None else frames_to_ms(ms_to_frames(latest, rate, "floor"), rate)
    if cue.end_ms <= latest or latest - cue.start_ms < (cue.end_ms - cue.start_ms) // 2:
        return cue
    return replace(cue, end_ms=latest)
