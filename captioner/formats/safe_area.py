"""Safe area and letter size, as shares of the picture, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass

from captioner.formats.render_context import Context
from captioner.look import Look

__all__ = ["SafeArea", "look_in", "safe_area_of"]


@dataclass(frozen=True, slots=True)
class SafeArea:
    """The part of a picture that captions may use.

    Attributes:
        width: Pixels.
        height: Pixels.
        side_margin: Left and right, as a share of the width.
        end_margin: Top and bottom, as a share of the height.
        line_height: Of one line of text, as a share of the height.
    """

    width: int
    height: int
    side_margin: float
    end_margin: float
    line_height: float

    @property
    def upright(self) -> bool:
        """Whether the picture is higher than wide."""
        return self.height > self.width


def safe_area_of(context: Context) -> SafeArea:
    """The safe area of the captions' picture, 1920x1080 without one.

    Source: BBC Subtitle Guidelines: text in the central 75 % of the width and 90 % of the height, the other way round
    for upright video; a line is 7-8 % of the height, or 3.9-4.5 % when upright.
    """
    width, height = (context.width, context.height) if context.width > 0 and context.height > 0 else (1920, 1080)
    if height > width:
        return SafeArea(width, height, side_margin=0.05, end_margin=0.125, line_height=0.042)
    return SafeArea(width, height, side_margin=0.125, end_margin=0.05, line_height=0.072)


def look_in(context: Context) -> Look | None:
    """The look in the picture of a file, None for the format's own."""
    frame = safe_area_of(context)
    return context.look.for_picture(frame.width, frame.height) if context.look is not None else None
