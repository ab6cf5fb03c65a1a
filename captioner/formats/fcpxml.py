"""Final Cut Pro XML, `.fcpxml`: a project of one gap with every caption attached to it, in the iTT role.

Version 1.8, the first with captions, so that every later Final Cut Pro reads it. All times are whole frames in rational
seconds, as the program demands. A speaker has a colour, and a label where the layout set one.

Source: Apple, Final Cut Pro XML Reference: caption, gap, text-style-def, and the DTD.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from captioner.formats.capabilities import ALL_STYLING, TOP
from captioner.formats.frame_grid import FrameTimeline, frame_spans, frame_timeline
from captioner.formats.palette import speaker_colour
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.bidi import RLM, is_rtl_language, needs_rtl_mark
from captioner.formats.text.cue_text import clean, printed_lines, spoken_lines
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.styled_runs import StyledRun, printed_runs
from captioner.formats.text.xml import escape
from captioner.formats.ttml.itt import refuse_what_itt_cannot_hold
from captioner.look import Look
from captioner.model import Cue
from captioner.timecode import ms_to_frames

__all__ = ["SUPPORTS", "render"]

SUPPORTS = ALL_STYLING | {TOP}

_BOLD_FROM = 600  # captions know two weights
_NAME = "the Final Cut Pro project"


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write FCPXML; a cue without text is left out.

    Raises:
        FormatError: No frame rate, no language, an overlap, or more lines than iTT takes.
    """
    shown = [cue for cue in cues if printed_lines(cue)]
    refuse_what_itt_cannot_hold(shown, context, _NAME)
    timeline = frame_timeline(context, context.frame_rate, drop_by_default=False, name=_NAME)
    framed = list(zip(shown, frame_spans(shown, timeline.rate), strict=True))
    last = max((end for _, (_, end) in framed), default=1)
    length = max(last, ms_to_frames(context.duration_ms, timeline.rate, "ceil"))
    colours = {key: _speaker_colour(index, context.look) for index, key in enumerate(printed_names(shown, context))}
    captions = "".join(
        _caption(number, cue, span, timeline, colours, context) for number, (cue, span) in enumerate(framed, 1)
    )
    return _project(captions, length, timeline, context).encode("utf-8")


def _project(captions: str, length: int, timeline: FrameTimeline, context: Context) -> str:
    frame = safe_area_of(context)
    title = escape(clean(context.title) or "captions")
    start, duration = _seconds(timeline.start, timeline.rate), _seconds(length, timeline.rate)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.8">\n'
        f'<resources><format id="r1" frameDuration="{_seconds(1, timeline.rate)}" width="{frame.width}" '
        f'height="{frame.height}"/></resources>\n'
        f'<library><event name="{title}"><project name="{title}">\n'
        f'<sequence format="r1" duration="{duration}" tcStart="{start}" tcFormat="{"DF" if timeline.drop else "NDF"}">'
        f'<spine>\n<gap name="Gap" offset="{start}" start="0s" duration="{duration}">\n{captions}</gap>\n'
        "</spine></sequence>\n</project></event></library>\n</fcpxml>\n"
    )


def _caption(
    number: int, cue: Cue, span: tuple[int, int], timeline: FrameTimeline, colours: Mapping[str, str], context: Context
) -> str:
    """One caption; its offset is in the time of the gap, which begins at zero."""
    start, end = span
    lines = [_directed(line, context) for line in printed_runs(cue)]
    speakers = [speaker for speaker, _ in spoken_lines(cue)]
    rows = ["\n"] * (len(lines) - 1) + [""]
    runs = [
        (run, colours.get(speaker or "", _speaker_colour(None, context.look)), row if at == len(line) - 1 else "")
        for line, speaker, row in zip(lines, speakers, rows, strict=True)
        for at, run in enumerate(line)
    ]
    texts, definitions = [], []
    for part, (run, rgb, newline) in enumerate(runs, 1):
        texts.append(f'<text-style ref="ts{number}-{part}">{escape(run.text)}{newline}</text-style>')
        definitions.append(f'<text-style-def id="ts{number}-{part}">{_style(run, rgb, context.look)}</text-style-def>')
    top = cue.placement is not None and cue.placement.nearest.row == "top"
    return (
        f'<caption lane="1" offset="{_seconds(start, timeline.rate)}" name="{escape(printed_lines(cue)[0][:60])}" '
        f'duration="{_seconds(end - start, timeline.rate)}" '
        f'role="iTT?captionFormat=ITT.{escape(clean(context.language))}">'
        f'<text placement="{"top" if top else "bottom"}">{"".join(texts)}</text>{"".join(definitions)}</caption>\n'
    )


def _directed(line: list[StyledRun], context: Context) -> list[StyledRun]:
    """A line with a mark before it where its first letters would give it the wrong direction.

    The format has no attribute for a direction; the program takes it from the first strong character of a line.
    """
    text = "".join(run.text for run in line)
    if context.is_visual_order or not needs_rtl_mark(text, rtl=is_rtl_language(context.language)):
        return line
    return [replace(line[0], text=f"{RLM}{line[0].text}"), *line[1:]]


def _speaker_colour(index: int | None, look: Look | None) -> str:
    """Colour of the nth speaker, or of text without one."""
    if look is None:
        return "#FFFFFF" if index is None else speaker_colour(index)
    if index is None or not look.speaker_colours:
        return look.colour
    return look.speaker_colours[index % len(look.speaker_colours)]


def _style(run: StyledRun, rgb: str, wanted: Look | None) -> str:
    """One run's style: its own over that of the look."""
    look, behind = run.look, "#000000"
    if wanted is not None:
        look = replace(look, bold=look.bold or wanted.weight >= _BOLD_FROM, italic=look.italic or wanted.italic)
        behind = wanted.box_colour if wanted.box != "none" else "#00000000"
    face = " ".join(name for name, on in (("Bold", look.bold), ("Italic", look.italic)) if on) or "Regular"
    said = {"bold": look.bold, "italic": look.italic, "underline": look.underline}
    return (
        f'<text-style font=".AppleSystemUIFont" fontSize="13" fontFace="{face}" '
        f'fontColor="{_fraction_colour(look.colour or rgb)}" backgroundColor="{_fraction_colour(behind)}"'
        + "".join(f' {name}="1"' for name, on in said.items() if on)
        + "/>"
    )


def _seconds(frames: int, rate: Fraction) -> str:
    """A whole number of frames in rational seconds, over the rate's own denominator: `1001/30000s`."""
    return f"{frames * rate.denominator}/{rate.numerator}s" if frames else "0s"


def _fraction_colour(rgb: str) -> str:
    red, green, blue = (int(rgb[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return f"{red:.4g} {green:.4g} {blue:.4g} {int(rgb[7:9] or 'FF', 16) / 255:.4g}"
