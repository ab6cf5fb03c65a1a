"""TTML, IMSC 1.1 text profile, `.ttml`: one region, white on black, times on the media clock.

A label is printed, because a player does not show who `ttm:agent` is; the agent is written too, for machines. A
right-to-left cue says so on its paragraph, so no marks are put in the text.

Source: W3C TTML Profiles for Internet Media Subtitles and Captions 1.1, sections 6 and 8; TTML2, section 14 (agents).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from captioner.formats.bidi import first_strong, is_rtl_language
from captioner.formats.context import Context
from captioner.formats.frame import Frame, frame_of
from captioner.formats.text import clean, printed_lines, spoken_lines
from captioner.formats.voices import voices
from captioner.formats.xml import escape
from captioner.model import Cue
from captioner.timecode import ms_to_vtt

__all__ = ["percent", "region_size", "render"]

_CELL_ROWS = 15  # ttp:cellResolution is 32 by 15 unless said otherwise; 100 % of a font size is one row of cells
_LINE_HEIGHT = 1.25

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
<style xml:id="paragraph" tts:fontFamily="proportionalSansSerif" tts:fontSize="{size}" tts:lineHeight="125%" \
tts:textAlign="center" itts:fillLineGap="true"/>
<style xml:id="text" tts:color="#FFFFFF" tts:backgroundColor="#000000CC"/>
</styling>
<layout>
<region xml:id="bottom" tts:origin="{origin}" tts:extent="{extent}" tts:displayAlign="after" \
tts:showBackground="whenActive"/>
</layout>
</head>
"""


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write TTML; a cue without text is left out.

    Raises:
        FormatError: A time before zero.
    """
    names = voices(cues, context)
    agents = {key: f"agent{number}" for number, key in enumerate(names, 1)}
    frame = frame_of(context)
    origin, extent = region_size(frame)
    head = _HEAD.format(
        language=escape(clean(context.language)),
        metadata=_metadata(clean(context.title), names, agents),
        size=percent(frame.line_height / _LINE_HEIGHT * _CELL_ROWS),
        origin=origin,
        extent=extent,
    )
    rtl = is_rtl_language(context.language)
    body = "".join(_paragraph(cue, agents, rtl=rtl) for cue in cues if printed_lines(cue))
    return f'{head}<body><div region="bottom" style="paragraph">\n{body}</div></body>\n</tt>\n'.encode()


def percent(share: float) -> str:
    """A share as a TTML percentage, without needless digits."""
    return f"{round(share * 100, 2):g}%"


def region_size(frame: Frame) -> tuple[str, str]:
    """Origin and extent of the region in the middle of the picture.

    A tenth is kept free at the sides of a 16:9 picture rather than the eighth of the frame, so that a full line of a
    wide font still fits.
    """
    side = min(frame.side_margin, 0.1)
    width, height = 1 - 2 * side, 1 - 2 * frame.end_margin
    return f"{percent(side)} {percent(frame.end_margin)}", f"{percent(width)} {percent(height)}"


def _metadata(title: str, names: Mapping[str, str], agents: Mapping[str, str]) -> str:
    rows = [f"<ttm:title>{escape(title)}</ttm:title>\n"] if title else []
    rows += [
        f'<ttm:agent xml:id="{agents[key]}" type="person"><ttm:name type="full">{escape(name)}</ttm:name></ttm:agent>\n'
        for key, name in names.items()
    ]
    return "".join(rows)


def _paragraph(cue: Cue, agents: Mapping[str, str], *, rtl: bool) -> str:
    lines = printed_lines(cue)
    is_rtl = rtl or any(first_strong(line) == "rtl" for line in lines)
    direction = ' tts:direction="rtl" tts:unicodeBidi="embed"' if is_rtl else ""
    spans = "<br/>".join(
        f'<span style="text"{_agent(agents.get(speaker or ""))}>{escape(line)}</span>'
        for line, (speaker, _) in zip(lines, spoken_lines(cue), strict=True)
    )
    return f'<p begin="{ms_to_vtt(cue.start_ms)}" end="{ms_to_vtt(cue.end_ms)}"{direction}>{spans}</p>\n'


def _agent(agent: str | None) -> str:
    return f' ttm:agent="{agent}"' if agent else ""
