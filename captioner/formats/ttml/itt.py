"""iTunes Timed Text, `.itt`: the TTML subset of Final Cut Pro and the Apple stores, timed in frames.

UTF-8 without BOM, two regions, at most two lines (four in Japanese), no overlap. Times count from media zero.

Source: Apple, iTunes Video and Audio Asset Guide (iTT); Final Cut Pro User Guide, caption validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from captioner.errors import FormatError
from captioner.formats.capabilities import ALL_STYLING, TOP
from captioner.formats.frame_grid import frame_spans, frame_timeline, refuse_overlap
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import clean, printed_lines
from captioner.formats.text.styled_runs import StyledRun, printed_runs
from captioner.formats.text.xml import escape, styling
from captioner.formats.ttml.direction import LTR, RTL, line_directions
from captioner.languages import language_of
from captioner.model import Cue
from captioner.timecode import nominal_rate

__all__ = ["SUPPORTS", "refuse_what_itt_cannot_hold", "render"]

SUPPORTS = ALL_STYLING | {TOP}

_BOLD_FROM = 600  # iTT knows two weights
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" \
xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" \
xml:lang="{language}" ttp:timeBase="smpte" ttp:frameRate="{nominal}" ttp:frameRateMultiplier="{multiplier}" \
ttp:dropMode="nonDrop">
<head>
<metadata><ttm:title>{title}</ttm:title></metadata>
<styling>
<style xml:id="normal" tts:fontFamily="sansSerif" tts:fontWeight="{weight}" tts:fontStyle="{slant}" \
tts:color="{colour}" tts:fontSize="100%"/>
</styling>
<layout>
<region xml:id="top" tts:origin="0% 0%" tts:extent="100% 15%" tts:textAlign="center" tts:displayAlign="before"/>
<region xml:id="bottom" tts:origin="0% 85%" tts:extent="100% 15%" tts:textAlign="center" tts:displayAlign="after"/>
</layout>
</head>
<body style="normal"><div>
"""


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write iTT; a cue without text is left out.

    Raises:
        FormatError: No frame rate, no language, an overlap, too many lines, or a time of a day and more.
    """
    shown = [cue for cue in cues if printed_lines(cue)]
    refuse_what_itt_cannot_hold(shown, context, "iTT")
    from_zero = replace(context, start_timecode="")
    timeline = frame_timeline(from_zero, context.frame_rate, drop_by_default=False, name="iTT")
    nominal = nominal_rate(timeline.rate)
    multiplier = timeline.rate / nominal
    head = _HEAD.format(
        language=escape(clean(context.language)),
        nominal=nominal,
        multiplier=_pair(multiplier),
        weight="bold" if context.look is not None and context.look.weight >= _BOLD_FROM else "normal",
        slant="italic" if context.look is not None and context.look.italic else "normal",
        colour="white" if context.look is None else context.look.colour[:7].upper(),
        title=escape(clean(context.title)),
    )
    body = "".join(
        f'<p begin="{timeline.label(start)}" end="{timeline.label(end)}" region="{_region(cue)}"'
        f"{_content(cue, context)}</p>\n"
        for cue, (start, end) in zip(shown, frame_spans(shown, timeline.rate), strict=True)
    )
    return f"{head}{body}</div></body>\n</tt>\n".encode()


def _region(cue: Cue) -> str:
    """The region of a paragraph; one on an element around it would hide the text of the other."""
    return "top" if cue.placement is not None and cue.placement.nearest.row == "top" else "bottom"


def _content(cue: Cue, context: Context) -> str:
    """The rest of a paragraph's tag, and its text."""
    lines = printed_runs(cue)
    is_rtl, embedded = line_directions(lines, context)
    written = ("".join(map(_run, line)) for line in lines)
    text = (f"<span{LTR}>{line}</span>" if ltr else line for line, ltr in zip(written, embedded, strict=True))
    return f"{RTL if is_rtl else ''}>{'<br/>'.join(text)}"


def _run(run: StyledRun) -> str:
    said = styling(run.look)
    return f"<span{said}>{escape(run.text)}</span>" if said else escape(run.text)


def refuse_what_itt_cannot_hold(cues: Sequence[Cue], context: Context, name: str) -> None:
    """Hold the captions against the rules Final Cut Pro validates iTT by.

    Raises:
        FormatError: Naming the first caption that breaks one.
    """
    if not context.language:
        raise FormatError(f"{name} names the language of its captions and it is not known; give --language")
    refuse_overlap(cues, name)
    most = 4 if language_of(context.language).code == "ja" else 2
    for number, cue in enumerate(cues, 1):
        if len(printed_lines(cue)) > most:
            raise FormatError(
                f"caption {number} has {len(printed_lines(cue))} lines, {name} takes {most}; "
                f"lay the captions out again with a --style of {most} lines or --max-lines {most}"
            )


def _pair(multiplier: Fraction) -> str:
    return f"{multiplier.numerator} {multiplier.denominator}"
