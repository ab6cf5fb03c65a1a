"""EBU-TT-D, `.xml`: the subset of TTML that broadcasters hand to players (HbbTV, iPlayer, Mediathek).

Everything is by reference and in percent, every text stands in a span, every paragraph has an id. A speaker has a
colour, and a label where the layout set one; after the fourth speaker the colours begin again, as broadcasters use
only four.

Source: EBU Tech 3380, EBU-TT-D Subtitling Distribution Format, version 1.0.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captioner.formats.capabilities import ALL_PLACES, ALL_STYLING
from captioner.formats.palette import COLOURS
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.bidi import first_strong, is_rtl_language
from captioner.formats.text.cue_text import clean, printed_lines, spoken_lines
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.styled_runs import StyledRun, colours, printed_runs
from captioner.formats.text.xml import escape
from captioner.formats.ttml.regions import BOTTOM, Region, percent, regions_for
from captioner.model import Cue, Placement, TextStyle
from captioner.timecode import ms_to_vtt

__all__ = ["SUPPORTS", "render"]

SUPPORTS = ALL_STYLING | ALL_PLACES

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
{colours}{looks}</tt:styling>
<tt:layout>
{regions}</tt:layout>
</tt:head>
"""


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write EBU-TT-D; a cue without text is left out, and without any there is no body.

    Raises:
        FormatError: A time before zero.
    """
    speakers = {
        key: f"colour{1 + index % _BROADCAST_COLOURS}" for index, key in enumerate(printed_names(cues, context))
    }
    frame = safe_area_of(context)
    shown = [cue for cue in cues if printed_lines(cue)]
    places = regions_for(shown, frame)
    head = _HEAD.format(
        language=escape(clean(context.language)),
        size=percent(frame.line_height / 1.25 * _CELL_ROWS),
        colours="".join(map(_colour_style, range(_BROADCAST_COLOURS))),
        looks=_look_styles(shown),
        regions="".join(map(_region, dict.fromkeys(places.values()))),
    )
    rtl = is_rtl_language(context.language)
    body = "".join(_paragraph(number, cue, speakers, places, rtl=rtl) for number, cue in enumerate(shown, 1))
    if body:
        body = f'<tt:body><tt:div region="bottom" style="paragraph">\n{body}</tt:div></tt:body>\n'
    return f"{head}{body}</tt:tt>\n".encode()


def _colour_style(index: int) -> str:
    return f'<tt:style xml:id="colour{index + 1}" tts:color="{COLOURS[index]}" tts:backgroundColor="#000000"/>\n'


def _look_styles(cues: Sequence[Cue]) -> str:
    """A style for every styling and alignment that occurs."""
    looks = {span.look for cue in cues for line in cue.lines for span in line.spans}
    rows = [
        ("italic", 'tts:fontStyle="italic"', any(look.italic for look in looks)),
        ("bold", 'tts:fontWeight="bold"', any(look.bold for look in looks)),
        ("underline", 'tts:textDecoration="underline"', any(look.underline for look in looks)),
        *((_colour_name(colour), f'tts:color="{colour}"', True) for colour in colours(cues)),
        *(
            (side, f'tts:textAlign="{side}"', any(cue.placement and cue.placement.side == side for cue in cues))
            for side in ("left", "right")
        ),
    ]
    return "".join(f'<tt:style xml:id="{name}" {said}/>\n' for name, said, occurs in rows if occurs)


def _colour_name(colour: str) -> str:
    return f"letters{colour[1:]}"


def _region(region: Region) -> str:
    return (
        f'<tt:region xml:id="{region.name}" tts:origin="{region.origin}" tts:extent="{region.extent}" '
        f'tts:displayAlign="{region.display_align}"/>\n'
    )


def _paragraph(
    number: int, cue: Cue, speakers: Mapping[str, str], places: Mapping[Placement | None, Region], *, rtl: bool
) -> str:
    lines = printed_runs(cue)
    styles = ["rtl"] if rtl or any(first_strong("".join(run.text for run in line)) == "rtl" for line in lines) else []
    if cue.placement is not None and cue.placement.side != "centre":
        styles.append(cue.placement.side)
    spans = "<tt:br/>".join(
        "".join(_span(run, speakers.get(speaker or "", "colour1")) for run in line)
        for line, (speaker, _) in zip(lines, spoken_lines(cue), strict=True)
    )
    name = places[cue.placement].name
    region = f' region="{name}"' if name != BOTTOM else ""
    style = f' style="{" ".join(styles)}"' if styles else ""
    times = f'begin="{ms_to_vtt(cue.start_ms)}" end="{ms_to_vtt(cue.end_ms)}"'
    return f'<tt:p xml:id="sub{number}" {times}{region}{style}>{spans}</tt:p>\n'


def _span(run: StyledRun, speaker: str) -> str:
    """A run in a span of its own: EBU-TT-D has no spans inside spans."""
    return f'<tt:span style="{" ".join([speaker, *_styles(run.look)])}">{escape(run.text)}</tt:span>'


def _styles(look: TextStyle) -> list[str]:
    said = {"italic": look.italic, "bold": look.bold, "underline": look.underline}
    return [name for name, on in said.items() if on] + ([_colour_name(look.colour)] if look.colour else [])
