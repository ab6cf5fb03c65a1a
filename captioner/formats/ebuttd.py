"""EBU-TT-D, `.xml`: the subset of TTML that broadcasters hand to players (HbbTV, iPlayer, Mediathek).

Everything is by reference and in percent, every text stands in a span, every paragraph has an id. A speaker has a
colour, and a label where the layout set one; after the fourth speaker the colours begin again, as broadcasters use
only four.

Source: EBU Tech 3380, EBU-TT-D Subtitling Distribution Format, version 1.0.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captioner.formats.bidi import first_strong, is_rtl_language
from captioner.formats.context import Context
from captioner.formats.frame import frame_of
from captioner.formats.palette import COLOURS
from captioner.formats.text import clean, printed_lines, spoken_lines
from captioner.formats.ttml import percent, region_size
from captioner.formats.voices import voices
from captioner.formats.xml import escape
from captioner.model import Cue
from captioner.timecode import ms_to_vtt

__all__ = ["render"]

_CELL_ROWS = 24  # declared below; a teletext-like grid, on which 0.5c of line padding is half a character
_BROADCAST_COLOURS = 4

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" \
xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ebuttm="urn:ebu:tt:metadata" \
xmlns:ebutts="urn:ebu:tt:style" ttp:timeBase="media" ttp:cellResolution="40 24" xml:space="preserve" \
xml:lang="{language}">
<tt:head>
<tt:metadata><ebuttm:documentMetadata><ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04\
</ebuttm:conformsToStandard></ebuttm:documentMetadata></tt:metadata>
<tt:styling>
<tt:style xml:id="paragraph" tts:fontFamily="proportionalSansSerif" tts:fontSize="{size}" tts:lineHeight="125%" \
tts:textAlign="center" ebutts:linePadding="0.5c"/>
<tt:style xml:id="rtl" tts:direction="rtl" tts:unicodeBidi="embed"/>
{colours}</tt:styling>
<tt:layout>
<tt:region xml:id="bottom" tts:origin="{origin}" tts:extent="{extent}" tts:displayAlign="after"/>
</tt:layout>
</tt:head>
"""


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write EBU-TT-D; a cue without text is left out, and without any there is no body.

    Raises:
        FormatError: A time before zero.
    """
    colours = {key: f"colour{1 + index % _BROADCAST_COLOURS}" for index, key in enumerate(voices(cues, context))}
    frame = frame_of(context)
    origin, extent = region_size(frame)
    head = _HEAD.format(
        language=escape(clean(context.language)),
        size=percent(frame.line_height / 1.25 * _CELL_ROWS),
        colours="".join(map(_colour_style, range(_BROADCAST_COLOURS))),
        origin=origin,
        extent=extent,
    )
    rtl = is_rtl_language(context.language)
    shown = (cue for cue in cues if printed_lines(cue))
    body = "".join(_paragraph(number, cue, colours, rtl=rtl) for number, cue in enumerate(shown, 1))
    if body:
        body = f'<tt:body><tt:div region="bottom" style="paragraph">\n{body}</tt:div></tt:body>\n'
    return f"{head}{body}</tt:tt>\n".encode()


def _colour_style(index: int) -> str:
    return f'<tt:style xml:id="colour{index + 1}" tts:color="{COLOURS[index]}" tts:backgroundColor="#000000"/>\n'


def _paragraph(number: int, cue: Cue, colours: Mapping[str, str], *, rtl: bool) -> str:
    lines = printed_lines(cue)
    style = ' style="rtl"' if rtl or any(first_strong(line) == "rtl" for line in lines) else ""
    spans = "<tt:br/>".join(
        f'<tt:span style="{colours.get(speaker or "", "colour1")}">{escape(line)}</tt:span>'
        for line, (speaker, _) in zip(lines, spoken_lines(cue), strict=True)
    )
    times = f'begin="{ms_to_vtt(cue.start_ms)}" end="{ms_to_vtt(cue.end_ms)}"'
    return f'<tt:p xml:id="sub{number}" {times}{style}>{spans}</tt:p>\n'
