"""Direction of paragraphs and lines in TTML: written where a paragraph has a right-to-left line, and nowhere else.

A line of another direction inside such a paragraph, as an English sentence among Arabic ones, is embedded in its own.

Source: W3C TTML2, 10.2.11 (direction) and 10.2.43 (unicodeBidi).
"""

from __future__ import annotations

from collections.abc import Sequence

from captioner.formats.render_context import Context
from captioner.formats.text.bidi import first_strong, is_rtl_language, is_rtl_line
from captioner.formats.text.styled_runs import StyledRun

__all__ = ["LTR", "RTL", "line_directions"]

#: Attributes of a right-to-left paragraph, and of a left-to-right line in one.
RTL = ' tts:direction="rtl" tts:unicodeBidi="embed"'
LTR = ' tts:direction="ltr" tts:unicodeBidi="embed"'


def line_directions(lines: Sequence[Sequence[StyledRun]], context: Context) -> tuple[bool, list[bool]]:
    """Whether a paragraph runs from right to left, and which of its lines have to be embedded from left to right.

    Text in visual order has no direction: it is stored as it looks.
    """
    texts = ["".join(run.text for run in line) for line in lines]
    rtl = is_rtl_language(context.language)
    if context.is_visual_order or not any(is_rtl_line(text, rtl=rtl) for text in texts):
        return False, [False] * len(texts)
    return True, [not is_rtl_line(text, rtl=rtl) and first_strong(text) == "ltr" for text in texts]
