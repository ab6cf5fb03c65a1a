r"""Boxes behind lines, captions and words, drawn around places that the renderer was asked for.

ASS has no box with round corners and none that follows a word, and only the renderer knows how wide letters are. So the
captions are drawn once beforehand, piece by piece, each in an otherwise empty picture (`probe`), and from the places
that were seen `draw` makes vector drawings (`\p`) behind the letters.
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.ass.look_style import Frame, colour_tags
from captioner.formats.render_context import Box
from captioner.look import Look

__all__ = ["caption_boxes", "draw", "word_box"]

# Ascenders and descenders of text faces fit into 1.3 em; taller lines have leading, or marks, of which little is cut.
_LINE, _MOST = 1.3, 0.1
_ROUND = 0.5523  # of the radius: where a Bézier curve nearest to a quarter of a circle has its control points


def caption_boxes(lines: Sequence[Box], look: Look, frame: Frame) -> list[Box]:
    """The boxes of a caption: one around each line, or one around all."""
    if look.box == "caption":
        lefts, tops, rights, bottoms = zip(*lines, strict=True)
        lines = [_tight((min(lefts), min(tops), max(rights), max(bottoms)), frame, len(lines))]
    return [_padded(line, frame) for line in lines]


def word_box(word: Box, frame: Frame) -> Box:
    """The box of a spoken word."""
    return _padded(_tight(word, frame, 1), frame)


def _tight(box: Box, frame: Frame, lines: int) -> Box:
    """A box without the leading above and below that some families have more of than others."""
    if frame.in_columns:
        return box
    height = (box[3] - box[1]) / lines
    over = min(max(0.0, height - _LINE * frame.em) / 2, _MOST * height)
    return box[0], box[1] + over, box[2], box[3] - over


def _padded(box: Box, frame: Frame) -> Box:
    x, y = (frame.pad_y, frame.pad_x) if frame.in_columns else (frame.pad_x, frame.pad_y)
    return box[0] - x, box[1] - y, box[2] + x, box[3] + y


def draw(boxes: Sequence[Box], colour: str, radius: float, tags: str = "") -> str:
    """The text of an event that draws boxes as one shape, so that where they overlap nothing is drawn twice.

    Args:
        boxes: In pixels of the picture.
        colour: Of the shape.
        radius: Of the corners.
        tags: More tags, such as a fade.
    """
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    paths = " ".join(_path((box[0] - left, box[1] - top, box[2] - left, box[3] - top), radius) for box in boxes)
    place = rf"\an7\pos({left:.1f},{top:.1f})\frz0\fscx100\fscy100\bord0\shad0\blur0"
    return f"{{{place}{colour_tags(1, colour)}{tags}\\p1}}{paths}{{\\p0}}"


def _path(box: Box, radius: float) -> str:
    left, top, right, bottom = map(round, box)
    r = round(min(radius, (right - left) / 2, (bottom - top) / 2))
    if r < 1:
        return f"m {left} {top} l {right} {top} {right} {bottom} {left} {bottom}"
    k = round(r * (1 - _ROUND))
    return (
        f"m {left + r} {top} l {right - r} {top} b {right - k} {top} {right} {top + k} {right} {top + r} "
        f"l {right} {bottom - r} b {right} {bottom - k} {right - k} {bottom} {right - r} {bottom} "
        f"l {left + r} {bottom} b {left + k} {bottom} {left} {bottom - k} {left} {bottom - r} "
        f"l {left} {top + r} b {left} {top + k} {left + k} {top} {left + r} {top}"
    )
