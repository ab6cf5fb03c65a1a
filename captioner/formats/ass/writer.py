r"""Advanced SubStation Alpha, `.ass`: one style for every speaker, sizes from the picture, every break a hard one.

Written by hand, because pysubs2 1.8 leaves a comma in a speaker's name, a newline and a brace as they are, rounds
centiseconds up and clamps at ten hours. Nothing in ASS can be escaped for every renderer, so braces in the text become
`｛ ｝` and a backslash is followed by U+2060, which has no width and keeps `\N` from being a break; mpv does the same.

Times are cut to centiseconds, both ends alike, so that cues that did not overlap still do not; a cue that would get
no length gets one centisecond.

Source: the Aegisub manual (ASS override tags), libass (ass.c, ass_types.h), BBC Subtitle Guidelines (sizes, colours).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from captioner.formats.ass import vertical
from captioner.formats.ass.karaoke import with_karaoke
from captioner.formats.ass.letters import BRACES, ESCAPES, Letters, letters_of, line_writer
from captioner.formats.ass.look_events import Scene, events_of, scene_of
from captioner.formats.ass.look_style import look_styles
from captioner.formats.ass.override_tags import placement_tags, unsupported_in, with_override_tags
from captioner.formats.capabilities import ALL_PLACES, ALL_STYLING, SPEAKERS
from captioner.formats.palette import speaker_colour
from captioner.formats.render_context import Context
from captioner.formats.safe_area import safe_area_of
from captioner.formats.text.charset import Charset, contains_all, substitutions_of
from captioner.formats.text.cue_text import clean, spoken_lines
from captioner.formats.text.letter_case import with_case
from captioner.formats.text.speaker_names import names_field, printed_names, speaker_ids
from captioner.formats.text.styled_runs import has_styling
from captioner.model import Cue
from captioner.timecode import ms_to_ass

__all__ = [
    "ESCAPES",
    "SUPPORTS",
    "centiseconds",
    "charset",
    "event_row",
    "event_section",
    "render",
    "sample_of",
    "script_info",
    "style_section",
    "unsupported_in",
]

SUPPORTS = ALL_STYLING | ALL_PLACES | {SPEAKERS}

_STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, "
    "Encoding"
)
_EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_DEFAULT = "Default"

_OUTLINE, _SHADOW = 3.0, 1.0  # pixels, of a picture whose shorter side has 1080
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
    sample = sample_of(shown)
    letters = letters_of(context, sample)
    if context.vertical:
        vertical.refuse_what_columns_cannot_hold(shown, context, letters.em)
    if context.look is None:
        parts = [_styles(styles, context, letters), _events(shown, names, styles, context, letters)]
    else:
        scene = scene_of(context, styles, sample)
        cased = [with_case(cue, scene.look.case, context.language) for cue in shown]
        parts = [_look_styles(cased, scene), _look_events(cased, names, scene)]
    return "\n".join([script_info(context), *parts]).encode("utf-8")


def sample_of(cues: Sequence[Cue]) -> str:
    """Text by which a script is told where no language is known."""
    return "".join(cue.text for cue in cues[:50])


def charset(texts: Sequence[str]) -> Charset:
    """ASS lacks no character; braces, which cannot be escaped, are replaced."""
    return Charset("ASS", contains_all, substitutions_of(BRACES))


def script_info(context: Context) -> str:
    """The first section of a file."""
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


def style_section(rows: Sequence[str]) -> str:
    """The section of styles."""
    return f"[V4+ Styles]\nFormat: {_STYLE_FIELDS}\n" + "".join(rows)


def event_row(layer: int, start_cs: int, end_cs: int, style: str, name: str, text: str) -> str:
    """One row of the section of events."""
    return f"Dialogue: {layer},{ms_to_ass(start_cs * 10)},{ms_to_ass(end_cs * 10)},{style},{name},0,0,0,,{text}\n"


def event_section(rows: Sequence[str]) -> str:
    """The section of events."""
    return "".join([f"[Events]\nFormat: {_EVENT_FIELDS}\n", *rows])


def _look_styles(cues: Sequence[Cue], scene: Scene) -> str:
    """The styles of a look; those with the renderer's own boxes only where it draws some."""
    measured = scene.context.measured
    boxed = measured is None or any((number, 0, -1) not in measured.boxes for number in range(len(cues)))
    look = scene.look
    rows = look_styles(
        scene.styles,
        look,
        scene.letters,
        scene.context,
        boxed=boxed and look.box != "none",
        active=boxed and bool(look.active_box_colour),
    )
    return style_section(rows)


def _look_events(cues: Sequence[Cue], names: Mapping[str, str], scene: Scene) -> str:
    rows = []
    for number, (cue, span_cs) in enumerate(zip(cues, centiseconds(cues), strict=True)):
        name = _name_field([speaker or "" for speaker, _ in spoken_lines(cue)], names)
        rows += [
            event_row(event.layer, event.start_cs, event.end_cs, event.style, name, event.text)
            for event in events_of(cue, number, span_cs, scene)
        ]
    return event_section(rows)


def _styles(styles: Mapping[str, str], context: Context, letters: Letters) -> str:
    rows = [_style(_DEFAULT, speaker_colour(0), context, letters)]
    rows += [_style(name, speaker_colour(index), context, letters) for index, name in enumerate(styles.values())]
    return style_section(rows)


def _style(name: str, rgb: str, context: Context, letters: Letters) -> str:
    frame = safe_area_of(context)
    scale = min(frame.width, frame.height) / 1080
    margin, margin_v = round(frame.width * frame.side_margin), round(frame.height * frame.end_margin)
    font, angle, alignment = letters.family, 0, 2
    encoding = _ENCODING_OF_WHOLE_LINES if letters.is_rtl else _ENCODING
    if context.vertical:
        font, angle, alignment = vertical.vertical_family(font), vertical.ANGLE, 7
    primary = f"&H00{rgb[5:7]}{rgb[3:5]}{rgb[1:3]}"
    return (
        f"Style: {name},{font},{letters.size},{primary},&H00808080,&H00000000,&H80000000,0,0,0,0,100,100,0,{angle},1,"
        f"{_OUTLINE * scale:.1f},{_SHADOW * scale:.1f},{alignment},{margin},{margin},{margin_v},{encoding}\n"
    )


def _events(
    cues: Sequence[Cue], names: Mapping[str, str], styles: Mapping[str, str], context: Context, letters: Letters
) -> str:
    rows = []
    written = line_writer(context, letters)
    for cue, span_cs in zip(cues, centiseconds(cues), strict=True):
        lines = [(speaker or "", written(text)) for speaker, text in spoken_lines(cue)]
        if context.karaoke:
            lines = with_karaoke(cue, span_cs, lines, context, letters, tag=context.karaoke)
        if has_styling(cue):
            lines = with_override_tags(cue, lines, written, context)
        place = (
            vertical.position_tag(cue, letters.size, context)
            if context.vertical
            else placement_tags(cue.placement, context)
        )
        name = _name_field([speaker for speaker, _ in lines], names)
        text = f"{place}{_text(lines, styles)}"
        rows.append(event_row(0, *span_cs, styles.get(lines[0][0], _DEFAULT), name, text))
    return event_section(rows)


def _text(lines: Sequence[tuple[str, str]], styles: Mapping[str, str]) -> str:
    r"""Lines joined by `\N`; where the speaker changes, `{\r…}` puts on the next one's style."""
    text = lines[0][1]
    for (before, _), (speaker, line) in pairwise(lines):
        change = "" if speaker == before else f"{{\\r{styles.get(speaker, _DEFAULT)}}}"
        text += f"\\N{change}{line}"
    return text


def _name_field(speakers: Sequence[str], names: Mapping[str, str]) -> str:
    """Speakers of a cue for the editor's column; a comma would shift the columns after it, so it is widened."""
    return names_field([names.get(speaker, "") for speaker in speakers]).replace(",", "，")


def centiseconds(cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
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
