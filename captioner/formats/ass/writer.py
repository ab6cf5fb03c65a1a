r"""Advanced SubStation Alpha, `.ass`: one style for every speaker, sizes from the picture, every break a hard one.

Written by hand, because pysubs2 1.8 leaves a comma in a speaker's name, a newline and a brace as they are, rounds
centiseconds up and clamps at ten hours. Nothing in ASS can be escaped for every renderer, so braces in the text become
`｛ ｝` and a backslash is followed by U+2060, which has no width and keeps `\N` from being a break; mpv does the same.

Times are cut to centiseconds, both ends alike, so that cues that did not overlap still do not; a cue that would get
no length gets one centisecond.

Source: the Aegisub manual (ASS override tags), libass (ass.c, ass_types.h), BBC Subtitle Guidelines (sizes, colours).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from captioner.formats.ass import vertical
from captioner.formats.ass.fonts import LATIN_FONT, font_for, is_rtl_font, lacks_latin, line_height
from captioner.formats.ass.karaoke import karaoke_tags
from captioner.formats.ass.override_tags import placement_tags, unsupported_in, with_override_tags
from captioner.formats.capabilities import ALL_PLACES, ALL_STYLING, SPEAKERS
from captioner.formats.palette import speaker_colour
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.bidi import is_rtl_language, is_rtl_line, with_direction_marks
from captioner.formats.text.charset import Charset, contains_all, substitutions_of
from captioner.formats.text.cue_text import clean, spoken_lines, visible_lines
from captioner.formats.text.speaker_names import names_field, printed_names, speaker_ids
from captioner.formats.text.styled_runs import has_styling
from captioner.model import Cue
from captioner.timecode import ms_to_ass

__all__ = ["ESCAPES", "SUPPORTS", "charset", "render", "unsupported_in"]

SUPPORTS = ALL_STYLING | ALL_PLACES | {SPEAKERS}

_STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, "
    "Encoding"
)
_EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_DEFAULT = "Default"

# Per 1080 pixels of the picture's shorter side. BBC: a line is 7-8 % of the height of a 16:9 picture, 3.9-4.5 % of a
# 9:16 one, which is the same share of the shorter side; letters of 44 make a line of 60 in Noto Sans, of 64 in the CJK
# families, and the renderer's leading comes on top.
_LETTERS = 44
_OUTLINE, _SHADOW = 3.0, 1.0

_BRACES = str.maketrans({"{": "｛", "}": "｝"})
#: For text in an event.
ESCAPES = _BRACES | str.maketrans({"\\": "\\\u2060"})
_LATIN_RUN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:[ .,'’&/+-]*[A-Za-z\u00c0-\u024f0-9]+)*")
# What the Arabic families do not have; digits and stops are their own.
_LATIN_IN_RTL = re.compile(r"[A-Za-z\u00c0-\u024f()\[\]]+(?: +[A-Za-z\u00c0-\u024f()\[\]]+)*")
# Of a style: the usual one, and libass's own that lays out a line as a whole, tags and all, in the text's direction.
_ENCODING, _ENCODING_OF_WHOLE_LINES = 1, -1


def render(cues: Sequence[Cue], context: Context) -> bytes:
    """Write ASS; a cue without text is left out.

    Raises:
        FormatError: A time of ten hours or more, which ASS has no digit for.
    """
    names = printed_names(cues, context)
    styles = {key: f"Spk{number}" for number, key in enumerate(speaker_ids(cues, context), 1)} if names else {}
    shown = [cue for cue in cues if spoken_lines(cue)]
    if context.vertical:
        vertical.refuse_what_columns_cannot_hold(shown, context, _LETTERS * _scale(context))
    sample = "".join(cue.text for cue in shown[:50])
    sections = [
        _script_info(context),
        _styles(styles, context, sample),
        _events(shown, names, styles, context, sample),
    ]
    return "\n".join(sections).encode("utf-8")


def charset(texts: Sequence[str]) -> Charset:
    """ASS lacks no character; braces, which cannot be escaped, are replaced."""
    return Charset("ASS", contains_all, substitutions_of(_BRACES))


def _script_info(context: Context) -> str:
    frame = safe_area_of(context)
    return (
        "[Script Info]\n"
        "; Written by captioner\n"
        f"Title: {clean(context.title) or 'captions'}\n"
        "ScriptType: v4.00+\n"
        f"PlayResX: {frame.width}\n"
        f"PlayResY: {frame.height}\n"
        "WrapStyle: 2\n"  # break at \N only; the layout has broken the lines
        "ScaledBorderAndShadow: yes\n"
        "YCbCr Matrix: None\n"  # keeps renderers from shifting the colours as VSFilter did (libass, YCBCR_NONE)
    )


def _styles(styles: Mapping[str, str], context: Context, sample: str) -> str:
    rows = [_style(_DEFAULT, speaker_colour(0), context, sample)]
    rows += [_style(name, speaker_colour(index), context, sample) for index, name in enumerate(styles.values())]
    return f"[V4+ Styles]\nFormat: {_STYLE_FIELDS}\n" + "".join(rows)


def _scale(context: Context) -> float:
    frame = safe_area_of(context)
    return min(frame.width, frame.height) / 1080


def _size(font: str, context: Context) -> int:
    """Font size that draws letters of one size in every family: ASS counts the leading in."""
    return max(1, round(_LETTERS * line_height(font) * _scale(context)))


def _style(name: str, rgb: str, context: Context, sample: str) -> str:
    frame, scale = safe_area_of(context), _scale(context)
    font = font_for(context.language, sample)
    size = _size(font, context)
    margin, margin_v = round(frame.width * frame.side_margin), round(frame.height * frame.end_margin)
    angle, alignment = 0, 2
    encoding = _ENCODING_OF_WHOLE_LINES if is_rtl_font(font) else _ENCODING
    if context.vertical:
        font, angle, alignment = vertical.vertical_family(font), vertical.ANGLE, 7
    primary = f"&H00{rgb[5:7]}{rgb[3:5]}{rgb[1:3]}"
    return (
        f"Style: {name},{font},{size},{primary},&H00808080,&H00000000,&H80000000,0,0,0,0,100,100,0,{angle},1,"
        f"{_OUTLINE * scale:.1f},{_SHADOW * scale:.1f},{alignment},{margin},{margin},{margin_v},{encoding}\n"
    )


def _events(
    cues: Sequence[Cue], names: Mapping[str, str], styles: Mapping[str, str], context: Context, sample: str
) -> str:
    font = font_for(context.language, sample)
    rows = [f"[Events]\nFormat: {_EVENT_FIELDS}\n"]
    written = _writer_of_lines(context, font)
    for cue, (start_cs, end_cs) in zip(cues, _centiseconds(cues), strict=True):
        lines = [(speaker or "", written(text)) for speaker, text in spoken_lines(cue)]
        if context.karaoke:
            lines = _with_karaoke(cue, (start_cs, end_cs), lines, context, font)
        if has_styling(cue):
            lines = with_override_tags(cue, lines, written, context)
        place = (
            vertical.position_tag(cue, _size(font, context), context)
            if context.vertical
            else placement_tags(cue.placement, context)
        )
        rows.append(
            f"Dialogue: 0,{ms_to_ass(start_cs * 10)},{ms_to_ass(end_cs * 10)},{styles.get(lines[0][0], _DEFAULT)},"
            f"{_name_field(lines, names)},0,0,0,,{place}{_text(lines, styles)}\n"
        )
    return "".join(rows)


def _writer_of_lines(context: Context, font: str) -> Callable[[str], str]:
    """Function that turns a line into ASS text."""
    rtl = is_rtl_language(context.language)
    escaped = _writer_of_pieces(context, font)
    sized = _sizer_of_latin(context, font, _LATIN_IN_RTL) if is_rtl_font(font) else str

    def written(line: str) -> str:
        if is_rtl_line(line, rtl=rtl):
            return sized(with_direction_marks(line, rtl=rtl, marks=context.rtl_marks).translate(ESCAPES))
        return escaped(line)

    return written


def _writer_of_pieces(context: Context, font: str) -> Callable[[str], str]:
    """Function that escapes text that runs from left to right."""
    if context.vertical:
        return lambda text: vertical.vertical_forms(text).translate(ESCAPES)
    sized = _sizer_of_latin(context, font, _LATIN_RUN)
    return lambda text: sized(text.translate(ESCAPES))


def _sizer_of_latin(context: Context, font: str, latin: re.Pattern[str]) -> Callable[[str], str]:
    r"""Function that sets the size of Latin in a font without Latin.

    A renderer borrows the letters a font lacks from another and draws them at the same size number; beside Thai or
    Arabic, whose leading is larger, they would tower. `\fs` gives such a run the size it has in Noto Sans. In a line
    from right to left that needs the encoding of whole lines: without it libass puts what lies between tags from left
    to right (seen in 0.17).
    """
    borrowed = _size(LATIN_FONT, context)
    if not lacks_latin(font) or borrowed == _size(font, context):
        return str
    size = rf"{{\\fs{borrowed}}}\g<0>{{\\fs}}"
    return lambda text: latin.sub(size, text)


def _with_karaoke(
    cue: Cue, span_cs: tuple[int, int], plain: Sequence[tuple[str, str]], context: Context, font: str
) -> list[tuple[str, str]]:
    """The lines with karaoke tags; one whose words have no place in it is plain.

    A word in a right-to-left line is lit at once, as libass fills from left to right; where the style does not lay out
    whole lines, such a line is plain.
    """
    rtl, at_cs = is_rtl_language(context.language), span_cs[0]
    escaped, sized = _writer_of_pieces(context, font), _sizer_of_latin(context, font, _LATIN_IN_RTL)
    lines = []
    for line, (speaker, text) in zip(visible_lines(cue), plain, strict=True):
        shown, sung = clean(line.dash + line.text), None
        if not is_rtl_line(shown, rtl=rtl):
            sung = karaoke_tags(shown, line.words, tag=context.karaoke, at_cs=at_cs, span_cs=span_cs, written=escaped)
        elif is_rtl_font(font):
            before, after = with_direction_marks(shown, rtl=rtl, marks=context.rtl_marks).split(shown)
            sung = karaoke_tags(
                shown, line.words, tag="k", at_cs=at_cs, span_cs=span_cs, written=lambda t: sized(t.translate(ESCAPES))
            )
            sung = sung and (f"{before}{sung[0]}{after}", sung[1])
        tagged, at_cs = sung or (text, at_cs)
        lines.append((speaker, tagged))
    return lines


def _text(lines: Sequence[tuple[str, str]], styles: Mapping[str, str]) -> str:
    r"""Lines joined by `\N`; where the speaker changes, `{\r…}` puts on the next one's style."""
    text = lines[0][1]
    for (before, _), (speaker, line) in pairwise(lines):
        change = "" if speaker == before else f"{{\\r{styles.get(speaker, _DEFAULT)}}}"
        text += f"\\N{change}{line}"
    return text


def _name_field(lines: Sequence[tuple[str, str]], names: Mapping[str, str]) -> str:
    """Speakers of a cue for the editor's column; a comma would shift the columns after it, so it is widened."""
    return names_field([names.get(speaker, "") for speaker, _ in lines]).replace(",", "，")


def _centiseconds(cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
    """Start and end of every cue on the grid of 10 ms, in order.

    Each is at least one centisecond long, and begins no earlier than the one before ends unless they overlapped
    already. Only cues shorter than 20 ms are ever moved.
    """
    before_ms = before_cs = 0
    for cue in cues:
        start_cs, end_cs = cue.start_ms // 10, cue.end_ms // 10
        if cue.start_ms >= before_ms:
            start_cs = max(start_cs, before_cs)
        end_cs = max(end_cs, start_cs + 1)
        yield start_cs, end_cs
        before_ms, before_cs = cue.end_ms, end_cs
