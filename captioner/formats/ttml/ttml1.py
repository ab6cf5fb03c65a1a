"""TTML 1, `.dfxp`: what Netflix takes, and everything else that reads the first version of timed text.

Places are said in generic terms, by where a region holds its text and never by numbers; no colours, no fonts of a name,
no metadata of ours, an id on every paragraph. Times are on the media clock; the frame rate stands beside them where it
is known. A label is printed, because there is no field for a speaker.

Source: W3C Timed Text Markup Language 1 (Third Edition); Netflix Partner Help Center, "Timed Text Style Guide: General
Requirements" (215758617: TTML in .dfxp or .xml, positions in generic terms, centred at the top or the bottom) and
"Additional TTML Schema Inspections" (115001869828: xml:lang with dashes, unique xml:id, no foreign attributes).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from captioner.errors import FormatError
from captioner.formats.capabilities import TOP
from captioner.formats.render_context import Context
from captioner.formats.text.cue_text import clean, printed_lines
from captioner.formats.text.styled_runs import StyledRun, printed_runs
from captioner.formats.text.xml import escape, styling
from captioner.formats.ttml.direction import LTR, RTL, line_directions
from captioner.model import PLAIN, Cue, TextStyle
from captioner.timecode import ms_to_vtt, nominal_rate

__all__ = ["SUPPORTS", "render"]

#: See `capabilities`.
SUPPORTS = frozenset({"italics", "bold", "underline", TOP})

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" \
xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" \
ttp:timeBase="media"{rate} xml:space="preserve" xml:lang="{language}">
<head>
<metadata><ttm:title>{title}</ttm:title></metadata>
<styling>
<style xml:id="text" tts:color="white" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" \
tts:fontStyle="normal" tts:fontWeight="normal"/>
</styling>
<layout>
<region xml:id="top" tts:displayAlign="before" tts:textAlign="center"/>
<region xml:id="bottom" tts:displayAlign="after" tts:textAlign="center"/>
</layout>
</head>
"""


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write TTML 1; a cue without text is left out.

    Raises:
        FormatError: The language is not known, or is no tag.
    """
    language = context.language.replace("_", "-")
    if not _TAG.fullmatch(language):
        said = f"{language!r} is not a language code" if language else "it is not known"
        raise FormatError(f"TTML 1 names the language of its captions and {said}; give --language")
    head = _HEAD.format(
        rate=_rate(context.frame_rate), language=language, title=escape(clean(context.title) or "captions")
    )
    shown = [cue for cue in cues if printed_lines(cue)]
    body = "".join(_paragraph(number, cue, context) for number, cue in enumerate(shown, 1))
    return f'{head}<body style="text"><div>\n{body}</div></body>\n</tt>\n'.encode()


def _rate(rate: Fraction | None) -> str:
    if rate is None:
        return ""
    nominal = nominal_rate(rate)
    times = rate / nominal
    multiplier = "" if times == 1 else f' ttp:frameRateMultiplier="{times.numerator} {times.denominator}"'
    return f' ttp:frameRate="{nominal}"{multiplier}'


def _paragraph(number: int, cue: Cue, context: Context) -> str:
    lines = printed_runs(cue)
    is_rtl, embedded = line_directions(lines, context)
    direction = RTL if is_rtl else ""
    text = "<br/>".join(
        f"<span{LTR}>{written}</span>" if ltr else written
        for written, ltr in zip(("".join(map(_run, line)) for line in lines), embedded, strict=True)
    )
    region = "top" if cue.placement is not None and cue.placement.row == "top" else "bottom"
    times = f'begin="{ms_to_vtt(cue.start_ms)}" end="{ms_to_vtt(cue.end_ms)}"'
    return f'<p xml:id="p{number}" {times} region="{region}"{direction}>{text}</p>\n'


def _run(run: StyledRun) -> str:
    look = TextStyle(italic=run.look.italic, bold=run.look.bold, underline=run.look.underline)
    return f"<span{styling(look)}>{escape(run.text)}</span>" if look != PLAIN else escape(run.text)
