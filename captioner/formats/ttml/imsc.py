"""TTML, IMSC 1.1 text profile, `.ttml`: white on black, times on the media clock, a region for every place.

A label is printed, because a player does not show who `ttm:agent` is; the agent is written too, for machines. A
right-to-left cue says so on its paragraph, so no marks are put in the text.

Source: W3C TTML Profiles for Internet Media Subtitles and Captions 1.1, sections 6 and 8; TTML2, section 14 (agents).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from captioner.formats.capabilities import ALL_PLACES, ALL_STYLING, SPEAKERS
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.cue_text import clean, printed_lines, spoken_lines
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.styled_runs import StyledRun, printed_runs
from captioner.formats.text.xml import escape, styling
from captioner.formats.ttml.direction import LTR, RTL, line_directions
from captioner.formats.ttml.regions import Region, percent, regions_for
from captioner.look import Look
from captioner.model import Cue, Placement
from captioner.timecode import ms_to_vtt

__all__ = ["SUPPORTS", "render"]

SUPPORTS = ALL_STYLING | ALL_PLACES | {SPEAKERS}

_CELL_ROWS = 15  # ttp:cellResolution is 32 by 15 unless said otherwise; 100 % of a font size is one row of cells
_LINE_HEIGHT = 1.25
_BOLD_FROM = 600  # TTML knows two weights

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" \
xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" \
xmlns:itts="http://www.w3.org/ns/ttml/profile/imsc1#styling" \
ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" ttp:timeBase="media" \
ttp:cellResolution="32 15" xml:space="preserve" xml:lang="{language}">
<head>
<metadata>
{metadata}</metadata>
<styling>
<style xml:id="paragraph" tts:fontFamily="{family}" tts:fontSize="{size}" tts:lineHeight="125%" \
tts:textAlign="center" itts:fillLineGap="true"/>
<style xml:id="text" {text}/>
</styling>
<layout>
{regions}</layout>
</head>
"""


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write TTML; a cue without text is left out.

    Raises:
        FormatError: A time before zero.
    """
    names = printed_names(cues, context)
    agents = {key: f"agent{number}" for number, key in enumerate(names, 1)}
    frame, look = safe_area_of(context), context.look
    if look is not None:
        frame = replace(frame, side_margin=look.side_margin / 100, end_margin=look.margin / 100)
    shown = [cue for cue in cues if printed_lines(cue)]
    places = regions_for(shown, frame)
    head = _HEAD.format(
        language=escape(clean(context.language)),
        metadata=_metadata(clean(context.title), names, agents),
        family="proportionalSansSerif" if look is None else _families(look),
        size=percent((frame.line_height / _LINE_HEIGHT if look is None else look.size / 100) * _CELL_ROWS),
        text='tts:color="#FFFFFF" tts:backgroundColor="#000000CC"' if look is None else _text_style(look),
        regions="".join(map(_region, dict.fromkeys(places.values()))),
    )
    colours = _speaker_colours(names, look)
    body = "".join(_paragraph(cue, agents, places, colours, context) for cue in shown)
    return f'{head}<body><div style="paragraph">\n{body}</div></body>\n</tt>\n'.encode()


def _region(region: Region) -> str:
    return (
        f'<region xml:id="{region.name}" tts:origin="{region.origin}" tts:extent="{region.extent}" '
        f'tts:displayAlign="{region.display_align}" tts:showBackground="whenActive"/>\n'
    )


def _metadata(title: str, names: Mapping[str, str], agents: Mapping[str, str]) -> str:
    rows = [f"<ttm:title>{escape(title)}</ttm:title>\n"] if title else []
    rows += [
        f'<ttm:agent xml:id="{agents[key]}" type="person"><ttm:name type="full">{escape(name)}</ttm:name></ttm:agent>\n'
        for key, name in names.items()
    ]
    return "".join(rows)


def _families(look: Look) -> str:
    """The families of a look, for an attribute; a name with a space or a comma is quoted."""
    quoted = (f"'{family.replace(chr(39), '')}'" for family in look.font)
    return escape(", ".join([*quoted, "proportionalSansSerif"]))


def _text_style(look: Look) -> str:
    """Attributes of the letters of a look; lengths are in percent of the font size."""
    said = {
        "tts:color": look.colour.upper(),
        "tts:backgroundColor": look.box_colour.upper() if look.box != "none" else "#00000000",
        "tts:fontStyle": "italic" if look.italic else "",
        "tts:fontWeight": "bold" if look.weight >= _BOLD_FROM else "",
        "tts:textOutline": f"{look.outline_colour.upper()} {look.outline:g}%" if look.outline else "",
        "tts:textShadow": f"{look.shadow:g}% {look.shadow:g}% {look.blur:g}% {look.shadow_colour.upper()}"
        if look.shadow
        else "",
    }
    return " ".join(f'{key}="{value}"' for key, value in said.items() if value)


def _speaker_colours(names: Mapping[str, str], look: Look | None) -> dict[str, str]:
    if look is None or not look.speaker_colours:
        return {}
    return {key: look.speaker_colours[at % len(look.speaker_colours)].upper() for at, key in enumerate(names)}


def _paragraph(
    cue: Cue,
    agents: Mapping[str, str],
    places: Mapping[Placement | None, Region],
    colours: Mapping[str, str],
    context: Context,
) -> str:
    lines = printed_runs(cue)
    is_rtl, embedded = line_directions(lines, context)
    spans = "<br/>".join(
        f'<span style="text"{_agent(agents.get(speaker or ""))}{_colour(colours.get(speaker or ""))}'
        f"{LTR if ltr else ''}>{''.join(map(_run, line))}</span>"
        for line, (speaker, _), ltr in zip(lines, spoken_lines(cue), embedded, strict=True)
    )
    times = f'begin="{ms_to_vtt(cue.start_ms)}" end="{ms_to_vtt(cue.end_ms)}"'
    return f"<p {times}{_place(cue.placement, places)}{RTL if is_rtl else ''}>{spans}</p>\n"


def _place(placement: Placement | None, places: Mapping[Placement | None, Region]) -> str:
    """The region on the paragraph itself: one on an element around it hides the text of every other region."""
    region = f' region="{places[placement].name}"'
    if placement is None or placement.side == "centre":
        return region
    return f'{region} tts:textAlign="{placement.side}"'


def _run(run: StyledRun) -> str:
    said = styling(run.look)
    return f"<span{said}>{escape(run.text)}</span>" if said else escape(run.text)


def _colour(colour: str | None) -> str:
    return f' tts:color="{colour}"' if colour else ""


def _agent(agent: str | None) -> str:
    return f' ttm:agent="{agent}"' if agent else ""
