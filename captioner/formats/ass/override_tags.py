r"""Override tags of ASS for the styling and placement of captions.

Source: the Aegisub manual, ASS override tags: `\i`, `\b`, `\u`, `\c`, `\an`, `\pos`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from captioner.formats.ass.fonts import font_for, is_rtl_font
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.bidi import is_rtl_language, is_rtl_line, with_direction_marks
from captioner.formats.text.styled_runs import StyledRun, spoken_runs
from captioner.model import PLAIN, Cue, Placement, TextStyle

__all__ = ["placement_tags", "unsupported_in", "with_override_tags"]

_MARKS = dict.fromkeys(map(ord, "\u200f\u202b\u202c"))


def placement_tags(placement: Placement | None, context: Context) -> str:
    r"""`\an` for one of nine places, and `\pos` beside it for an exact one; what that leaves open is at our margins."""
    if placement is None or placement == Placement():
        return ""
    align = f"\\an{placement.numpad}"
    if placement.x is None and placement.y is None:
        return f"{{{align}}}"
    frame = safe_area_of(context)
    side, end = 100 * frame.side_margin, 100 * frame.end_margin
    x = {"left": side, "centre": 50.0, "right": 100 - side}[placement.side] if placement.x is None else placement.x
    y = {"top": end, "middle": 50.0, "bottom": 100 - end}[placement.row] if placement.y is None else placement.y
    return f"{{{align}\\pos({round(x * frame.width / 100)},{round(y * frame.height / 100)})}}"


def with_override_tags(
    cue: Cue, lines: Sequence[tuple[str, str]], written: Callable[[str], str], context: Context
) -> list[tuple[str, str]]:
    """The lines with tags for their styling.

    A tag inside a sung line would spoil its timing, and one inside a right-to-left line would turn its parts round,
    unless the style lays out whole lines; such a line gets a look only as a whole, that of most of its letters.
    """
    tagged = []
    for (speaker, text), (_, runs) in zip(lines, spoken_runs(cue), strict=True):
        if _whole_only(runs, context):
            tagged.append((speaker, _tagged(text, max(runs, key=lambda run: len(run.text)).look)))
        else:
            tagged.append((speaker, _in_parts(runs, written, context)))
    return tagged


def _in_parts(runs: Sequence[StyledRun], written: Callable[[str], str], context: Context) -> str:
    """A line with tags for each part; the marks of its direction stand around the whole of it."""
    text, rtl = "".join(run.text for run in runs), is_rtl_language(context.language)
    if not is_rtl_line(text, rtl=rtl):
        return "".join(_tagged(written(run.text), run.look) for run in runs)
    before, after = with_direction_marks(text, rtl=rtl, marks=context.rtl_marks).split(text)
    parts = (_tagged(written(run.text).translate(_MARKS), run.look) for run in runs)
    return f"{before}{''.join(parts)}{after}"


def unsupported_in(cue: Cue, context: Context) -> Iterator[str]:
    """Features that `with_override_tags` cannot write in a cue."""
    if any(len(runs) > 1 and _whole_only(runs, context) for _, runs in spoken_runs(cue)):
        yield "looks of parts of a line that is sung or runs from right to left"


def _whole_only(runs: Sequence[StyledRun], context: Context) -> bool:
    text = "".join(run.text for run in runs)
    if context.karaoke:
        return True
    in_parts = is_rtl_font(font_for(context.language))
    return not in_parts and is_rtl_line(text, rtl=is_rtl_language(context.language))


def _tagged(text: str, look: TextStyle) -> str:
    if look == PLAIN:
        return text
    on = {"i": look.italic, "b": look.bold, "u": look.underline}
    colour = f"\\c&H{look.colour[5:7]}{look.colour[3:5]}{look.colour[1:3]}&" if look.colour else ""
    begin = "".join(f"\\{tag}1" for tag, wanted in on.items() if wanted) + colour
    end = "".join(f"\\{tag}0" for tag, wanted in on.items() if wanted) + ("\\c" if colour else "")
    return f"{{{begin}}}{text}{{{end}}}"
