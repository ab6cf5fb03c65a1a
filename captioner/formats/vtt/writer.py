"""WebVTT, `.vtt`: a voice span for every speaker, references for `& < >`, and colours by class.

A speaker is in `<v Name>`, not in the text; a cue that two share has one span a line. No cue carries an id, because
nothing needs one. Direction is left to the reader, which takes it from the first strong character of a line; only a
line with right-to-left letters that begins with Latin in a right-to-left language gets a mark. Marks and no-break
spaces are written as they are, because several players show their references.

Colours need a style sheet in a browser; FFmpeg 5.1 and mpv 0.35 read nothing of a file that has one. So it goes by
the target: the web has one, others have none. Without a target it is written for colours that have no class with a
name, and the others are white in a browser.

Words have their times (`<00:00:01.000>`) where they are asked for, as for karaoke in ASS: a browser lights them up with
`::cue(:past)` and `::cue(:future)`.

Source: W3C WebVTT, sections 3.3 (syntax), 4.2.2 (cue text), 6.4 (parsing).
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from captioner.formats.capabilities import ALL_PLACES, ALL_STYLING, SPEAKERS
from captioner.formats.palette import speaker_colour
from captioner.formats.render_context import Context
from captioner.formats.text.bidi import RLM, is_rtl_language, needs_rtl_mark
from captioner.formats.text.cue_text import clean, spoken_lines, visible_lines
from captioner.formats.text.speaker_names import printed_names
from captioner.formats.text.styled_runs import StyledRun, colours, has_styling, spoken_runs
from captioner.formats.text.time_line import TimeLine, parse_time_line
from captioner.formats.text.word_offsets import timed_offsets
from captioner.formats.vtt.cue_settings import settings_for
from captioner.formats.vtt.look_sheet import look_sheet
from captioner.model import Cue, TextStyle
from captioner.timecode import ms_to_vtt

__all__ = ["SUPPORTS", "patch_block", "render"]

SUPPORTS = ALL_STYLING | ALL_PLACES | {SPEAKERS}

_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL = re.compile("[&<>]")
# Players that know no references in a voice show them, so its name has look-alikes instead.
_NAME_LOOK_ALIKES = str.maketrans("&<>{}", "＆‹›｛｝")
_CSS_SPECIAL = re.compile(r'["\\<>&{}]')

_WORD_TIME = re.compile(r"<(?:(\d{2,4}):)?(\d\d):(\d\d)\.(\d{3})>")
_USUAL_TIMES = re.compile(r"^\s*(?:\d+:)?\d\d?:\d\d?\.\d{3}\s*-->\s*(?:\d+:)?\d\d?:\d\d?\.\d{3}(.*)$")

# Classes with a name of their own (WebVTT 5, default text colours); browsers give them no colour by themselves.
_CLASSES = {
    "#FFFFFF": "white", "#00FF00": "lime", "#00FFFF": "cyan", "#FF0000": "red", "#FFFF00": "yellow",
    "#FF00FF": "magenta", "#0000FF": "blue", "#000000": "black",
}  # fmt: skip

# Columns grow to the left, and begin at a tenth of the height; the first column stays free, as a margin.
_VERTICAL = " vertical:rl line:1 position:10% align:start size:80%"


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write WebVTT; a cue without text is left out.

    Raises:
        FormatError: A time before zero.
    """
    rtl = is_rtl_language(context.language) and not context.is_visual_order
    spoken_by = printed_names(cues, context)
    names = {key: name.translate(_NAME_LOOK_ALIKES) for key, name in spoken_by.items()}
    blocks = ["WEBVTT\n"]
    if context.look is not None and context.style_sheet != "never":
        blocks.append(look_sheet(context.look, {name: _css(name) for name in names.values()}))
    elif context.colours and names:
        blocks.append(_style(names))
    if classes := "".join(_class_rule(each) for each in colours(cues) if _has_rule(each, context)):
        blocks.append(f"STYLE\n{classes}")
    for cue in cues:
        if text := _text(_lines(cue, rtl=rtl, timed=bool(context.karaoke)), names):
            place = _VERTICAL if context.vertical else settings_for(cue.placement)
            blocks.append(f"{ms_to_vtt(cue.start_ms)} --> {ms_to_vtt(cue.end_ms)}{place}\n{text}\n")
    return "\n".join(blocks).encode("utf-8")


def _has_rule(colour: str, context: Context) -> bool:
    """Whether a colour of text is in the style sheet."""
    if context.colours or context.style_sheet == "always":
        return True
    return context.style_sheet == "own" and colour.upper() not in _CLASSES


def _style(names: Mapping[str, str]) -> str:
    """A STYLE block, which must stand before the first cue; two speakers of one name share the first one's colour."""
    colours = {name: speaker_colour(index) for index, name in reversed(list(enumerate(names.values())))}
    rules = (f'::cue(v[voice="{_css(name)}"]) {{ color: {colours[name]} }}' for name in dict.fromkeys(names.values()))
    return "STYLE\n" + "\n".join(rules) + "\n"


def _css(name: str) -> str:
    """A name in a CSS string; what could end the string or the block is written as a code point."""
    return _CSS_SPECIAL.sub(lambda match: f"\\{ord(match[0]):x} ", name)


def _class_rule(rgb: str) -> str:
    return f"::cue(.{_class(rgb)}) {{ color: {rgb} }}\n"


def _class(rgb: str) -> str:
    """Class of a colour: one of the eight with names, else one of our own that says it."""
    return _CLASSES.get(rgb.upper()) or f"c{rgb[1:].lower()}"


def _lines(cue: Cue, *, rtl: bool, timed: bool) -> list[tuple[str | None, str]]:
    """Speaker and text with markup of every line."""
    if timed:
        return _timed_lines(cue, rtl=rtl)
    if not has_styling(cue):
        return [(speaker, _line(text, rtl=rtl)) for speaker, text in spoken_lines(cue)]
    return [(speaker, _marked(runs, rtl=rtl)) for speaker, runs in spoken_runs(cue)]


def _timed_lines(cue: Cue, *, rtl: bool) -> list[tuple[str | None, str]]:
    """`_lines` with the time of every word before it, where it is later than the one before and within the cue."""
    lines, last = [], cue.start_ms
    for (speaker, runs), line in zip(spoken_runs(cue), visible_lines(cue), strict=True):
        shown = "".join(run.text for run in runs)
        pieces, at = [RLM if needs_rtl_mark(shown, rtl=rtl) else ""], 0
        times = dict(timed_offsets(line, line.dash)) if shown == clean(line.dash + line.text) else {}
        for run in runs:
            begin = 0
            for place in (*sorted(each - at for each in times if at < each < at + len(run.text)), len(run.text)):
                if last < (ms := times.get(at + begin, 0)) < cue.end_ms:
                    pieces.append(f"<{ms_to_vtt(ms)}>")
                    last = ms
                pieces.append(_tagged(_escape(run.text[begin:place]), run.look))
                begin = place
            at += len(run.text)
        lines.append((speaker, "".join(pieces)))
    return lines


def _marked(runs: Sequence[StyledRun], *, rtl: bool) -> str:
    text = "".join(run.text for run in runs)
    turned = RLM if needs_rtl_mark(text, rtl=rtl) else ""
    return turned + "".join(_tagged(_escape(run.text), run.look) for run in runs)


def _tagged(text: str, look: TextStyle) -> str:
    for on, tag in ((look.underline, "u"), (look.bold, "b"), (look.italic, "i")):
        text = f"<{tag}>{text}</{tag}>" if on else text
    return f"<c.{_class(look.colour)}>{text}</c>" if look.colour else text


def _text(lines: Sequence[tuple[str | None, str]], names: Mapping[str, str]) -> str:
    """Cue text; a span's end tag is written always, although it could be left out of one span over a whole cue."""
    spans: list[tuple[str | None, list[str]]] = []
    for speaker, line in lines:
        if not spans or spans[-1][0] != speaker:
            spans.append((speaker, []))
        spans[-1][1].append(line)
    return "\n".join(_span("\n".join(texts), names.get(speaker or "", "")) for speaker, texts in spans)


def _span(text: str, name: str) -> str:
    return f"<v {name}>{text}</v>" if name else text


def _line(text: str, *, rtl: bool) -> str:
    if needs_rtl_mark(text, rtl=rtl):
        text = RLM + text
    return _escape(text)


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: _REFERENCES[match[0]], text)


def patch_block(lines: Sequence[str], times: int, *, number: int, cue: Cue, keep_text: bool) -> list[str]:
    """The lines of one cue of a file with its new times, and with its text unless it stays as written.

    Times of words inside the text keep their place between the begin and the end of the cue.
    """
    usual, found = _USUAL_TIMES.match(lines[times]), parse_time_line(lines[times], is_alone=False)
    settings = usual[1].rstrip() if usual else found.settings.rstrip() if found else ""
    below = [found.text] if found and found.text and not usual else []
    text = [html.escape(line.printed, quote=False) for line in cue.lines]
    if keep_text:
        text = [*below, *lines[times + 1 :]]
        if found and (found.start_ms, found.end_ms) != (cue.start_ms, cue.end_ms):
            text = [_with_moved_words(line, found, cue) for line in text]
    return [*lines[:times], f"{ms_to_vtt(cue.start_ms)} --> {ms_to_vtt(cue.end_ms)}{settings}", *text]


def _with_moved_words(line: str, before: TimeLine, cue: Cue) -> str:
    whole = max(1, before.end_ms - before.start_ms)

    def moved(match: re.Match[str]) -> str:
        hours, minutes, seconds, ms = (int(part or 0) for part in match.groups())
        at = ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms
        share = (at - before.start_ms) * (cue.end_ms - cue.start_ms) // whole
        return f"<{ms_to_vtt(max(0, cue.start_ms + share))}>"

    return _WORD_TIME.sub(moved, line)
