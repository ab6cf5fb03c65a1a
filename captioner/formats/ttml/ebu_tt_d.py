"""EBU-TT-D, `.xml`: the subset of TTML that broadcasters hand to players (HbbTV, iPlayer, Mediathek).

Everything is by reference and in percent, every text stands in a span, every paragraph has an id and its region. The
names have no prefix, and an element refers to one style: more programs read that. A speaker has a
colour, and a label where the layout set one; after the fourth speaker the colours begin again, as broadcasters use
only four.

Source: EBU Tech 3380, EBU-TT-D Subtitling Distribution Format, version 1.0.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from captioner.formats.capabilities import ALL_PLACES, ALL_STYLING
from captioner.formats.palette import COLOURS
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.cue_text import clean, printed_lines, spoken_lines
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.styled_runs import StyledRun, printed_runs
from captioner.formats.text.xml import escape, styling
from captioner.formats.ttml.direction import LTR, RTL, line_directions
from captioner.formats.ttml.regions import Region, percent, regions_for
from captioner.model import PLAIN, Cue, Placement, TextStyle
from captioner.timecode import ms_to_vtt

__all__ = ["SUPPORTS", "render"]

SUPPORTS = ALL_STYLING | ALL_PLACES

_CELL_ROWS = 24  # declared below; a teletext-like grid, on which 0.5c of line padding is half a character
_BROADCAST_COLOURS = 4

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" \
xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ebuttm="urn:ebu:tt:metadata" \
xmlns:ebutts="urn:ebu:tt:style" ttp:timeBase="media" ttp:cellResolution="40 24" xml:space="preserve" \
xml:lang="{language}">
<head>
<metadata><ebuttm:documentMetadata><ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04\
</ebuttm:conformsToStandard></ebuttm:documentMetadata></metadata>
<styling>
<style xml:id="paragraph" tts:fontFamily="proportionalSansSerif" tts:fontSize="{size}" tts:lineHeight="125%" \
tts:textAlign="center" ebutts:linePadding="0.5c"/>
{paragraphs}{spans}</styling>
<layout>
{regions}</layout>
</head>
"""


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write EBU-TT-D; a cue without text is left out, and without any there is no body.

    Raises:
        FormatError: A time before zero.
    """
    speakers = {key: 1 + index % _BROADCAST_COLOURS for index, key in enumerate(printed_names(cues, context))}
    frame = safe_area_of(context)
    shown = [cue for cue in cues if printed_lines(cue)]
    places = regions_for(shown, frame)
    styles = {f"colour{number}": _SpanStyle(number) for number in range(1, _BROADCAST_COLOURS + 1)}
    body = "".join(_paragraph(number, cue, speakers, places, styles, context) for number, cue in enumerate(shown, 1))
    head = _HEAD.format(
        language=escape(clean(context.language)),
        size=percent(frame.line_height / 1.25 * _CELL_ROWS),
        paragraphs="".join(map(_paragraph_style, dict.fromkeys(_paragraph_styles(shown, context)))),
        spans="".join(f'<style xml:id="{name}"{style.attributes}/>\n' for name, style in styles.items()),
        regions="".join(map(_region, dict.fromkeys(places.values()))),
    )
    if body:
        body = f'<body><div style="paragraph">\n{body}</div></body>\n'
    return f"{head}{body}</tt>\n".encode()


@dataclass(frozen=True, slots=True)
class _SpanStyle:
    """The one style of a span: several names in a reference are more than many programs read.

    Attributes:
        speaker: Number of the speaker's colour, from 1.
        look: What differs from it.
        is_ltr: Whether the span is embedded from left to right.
    """

    speaker: int
    look: TextStyle = PLAIN
    is_ltr: bool = False

    @property
    def name(self) -> str:
        """Its id, such as `colour1-italic`."""
        look = self.look
        said = {"italic": look.italic, "bold": look.bold, "underline": look.underline, "ltr": self.is_ltr}
        parts = [f"colour{self.speaker}", *([f"letters{look.colour[1:]}"] if look.colour else [])]
        return "-".join([*parts, *(name for name, on in said.items() if on)])

    @property
    def attributes(self) -> str:
        """Its attributes, each with a space before it."""
        look = replace(self.look, colour=self.look.colour or COLOURS[self.speaker - 1])
        return f'{styling(look)} tts:backgroundColor="#000000"{LTR if self.is_ltr else ""}'


def _paragraph_styles(cues: Sequence[Cue], context: Context) -> Iterator[str]:
    for cue in cues:
        if name := _paragraph_style_of(cue, is_rtl=line_directions(printed_runs(cue), context)[0]):
            yield name


def _paragraph_style_of(cue: Cue, *, is_rtl: bool) -> str:
    """Name of the one style of a paragraph, "" where that of its division is enough."""
    side = cue.placement.side if cue.placement is not None and cue.placement.side != "centre" else ""
    return "-".join(filter(None, ("rtl" if is_rtl else "", side)))


def _paragraph_style(name: str) -> str:
    parts = name.split("-")
    side = next((part for part in parts if part != "rtl"), "")
    align = f' tts:textAlign="{side}"' if side else ""
    return f'<style xml:id="{name}"{align}{RTL if "rtl" in parts else ""}/>\n'


def _region(region: Region) -> str:
    return (
        f'<region xml:id="{region.name}" tts:origin="{region.origin}" tts:extent="{region.extent}" '
        f'tts:displayAlign="{region.display_align}"/>\n'
    )


def _paragraph(
    number: int,
    cue: Cue,
    speakers: Mapping[str, int],
    places: Mapping[Placement | None, Region],
    styles: dict[str, _SpanStyle],
    context: Context,
) -> str:
    lines = printed_runs(cue)
    is_rtl, embedded = line_directions(lines, context)
    spans = "<br/>".join(
        "".join(_span(run, _SpanStyle(speakers.get(speaker or "", 1), run.look, ltr), styles) for run in line)
        for line, (speaker, _), ltr in zip(lines, spoken_lines(cue), embedded, strict=True)
    )
    name = _paragraph_style_of(cue, is_rtl=is_rtl)
    style = f' style="{name}"' if name else ""
    times = f'begin="{ms_to_vtt(cue.start_ms)}" end="{ms_to_vtt(cue.end_ms)}"'
    return f'<p xml:id="sub{number}" {times} region="{places[cue.placement].name}"{style}>{spans}</p>\n'


def _span(run: StyledRun, style: _SpanStyle, styles: dict[str, _SpanStyle]) -> str:
    """A run in a span of its own: EBU-TT-D has no spans inside spans."""
    styles[style.name] = style
    return f'<span style="{style.name}">{escape(run.text)}</span>'
