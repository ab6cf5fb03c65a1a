r"""Events of ASS in a look: boxes, captions, and the words that are spoken.

A caption is one event where ASS can show it so. Boxes that were measured are drawings of their own, in layers below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from captioner.formats.ass import vertical
from captioner.formats.ass.boxes import caption_boxes, draw, word_box
from captioner.formats.ass.karaoke import with_karaoke, word_pieces
from captioner.formats.ass.letters import Letters, letters_of, line_writer, marked_pieces
from captioner.formats.ass.lit_words import LitWord, lit_text, lit_times, word_events
from captioner.formats.ass.look_style import (
    BOXED,
    DEFAULT,
    Frame,
    colour_tags,
    face_tags,
    fade_tag,
    frame_of,
    movement_tags,
    shown_colour,
    speaker_colour_of,
)
from captioner.formats.ass.override_tags import placement_tags, with_override_tags
from captioner.formats.render_context import Context, Measured
from captioner.formats.safe_area import look_in
from captioner.formats.text.bidi import is_rtl_language, is_rtl_line
from captioner.formats.text.cue_text import clean, spoken_lines, visible_lines
from captioner.formats.text.styled_runs import has_styling
from captioner.formats.text.width_estimate import estimated_ems
from captioner.look import Look
from captioner.model import Cue, Line, Word

__all__ = ["Event", "Scene", "events_of", "lit_words", "overlapping", "scale_of", "scene_of", "written_lines"]

_BOX_LAYER, _WORD_LAYER, _TEXT_LAYER = 0, 1, 2
_SMALLEST = 0.1  # of the look's size: a word of two hundred letters on an upright picture


@dataclass(frozen=True, slots=True)
class Scene:
    """Facts that all captions of a file share.

    Attributes:
        context: Of the file.
        look: In its picture.
        frame: Sizes of the look in pixels.
        letters: Families and sizes.
        styles: Name of the style of each speaker id.
    """

    context: Context
    look: Look
    frame: Frame
    letters: Letters
    styles: Mapping[str, str]

    def base_colour(self, speaker: str) -> str:
        """Colour of a speaker's words."""
        if speaker not in self.styles:
            return self.look.colour
        return speaker_colour_of(self.look, list(self.styles).index(speaker))


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a file.

    Attributes:
        layer: Higher ones are drawn over lower ones.
        start_cs, end_cs: Centiseconds.
        style: Name.
        text: With its tags.
    """

    layer: int
    start_cs: int
    end_cs: int
    style: str
    text: str


def scene_of(context: Context, styles: Mapping[str, str], sample: str) -> Scene:
    """The scene of a file with a look."""
    look = look_in(context) or Look()
    return Scene(context, look, frame_of(look, context), letters_of(context, sample), styles)


def overlapping(cues: Sequence[Cue]) -> frozenset[int]:
    """Numbers of captions that are shown while another is, which the renderer moves apart."""
    found: set[int] = set()
    last_end, last = 0, -1
    for number, cue in enumerate(cues):
        if cue.start_ms < last_end:
            found |= {number, last}
        if cue.end_ms > last_end:
            last_end, last = cue.end_ms, number
    return frozenset(found)


def scale_of(cue: Cue, number: int, scene: Scene) -> float:
    """Scale at which a caption stays within its margins, at most 1; measured, else estimated."""
    measured = scene.context.measured
    if measured is not None:
        return max(_SMALLEST, measured.scales.get(number, 1.0))
    if scene.context.vertical:
        return 1.0
    widest = max(estimated_ems(text, scene.look) for _, text in spoken_lines(cue)) * scene.frame.em
    room = scene.frame.width - 2 * scene.frame.side
    return max(_SMALLEST, min(1.0, room / widest))


def place_of(cue: Cue, scene: Scene) -> str:
    """Tags of a caption's place, "" for that of the style."""
    if scene.context.vertical:
        return vertical.position_tag(cue, scene.letters.size, scene.context)
    return placement_tags(cue.placement, scene.context)


def written_lines(cue: Cue, scene: Scene) -> list[tuple[str, str]]:
    """Speaker and text of every line, with the tags of its styling."""
    written = line_writer(scene.context, scene.letters)
    lines = [(speaker or "", written(text)) for speaker, text in spoken_lines(cue)]
    return with_override_tags(cue, lines, written, scene.context) if has_styling(cue) else lines


def lit_words(cue: Cue, scene: Scene, span_cs: tuple[int, int]) -> list[LitWord]:
    """The words of a caption, where every line has its words with times and they can be lit; else none."""
    pieces: list[tuple[int, str, Word, str]] = []
    for at, line in enumerate(visible_lines(cue)):
        cut = _pieces(line, scene)
        if not cut:
            return []
        speaker = (cue.speaker if line.speaker is None else line.speaker) or ""
        pieces += [(at, text, word, scene.base_colour(speaker)) for text, word in cut]
    times = lit_times([(word.start_ms, word.end_ms) for _, _, word, _ in pieces], span_cs[0] * 10, span_cs[1] * 10)
    return [
        LitWord(at, text, start, end, base) for (at, text, _, base), (start, end) in zip(pieces, times, strict=True)
    ]


def _pieces(line: Line, scene: Scene) -> list[tuple[str, Word]]:
    """A line in pieces of one word, escaped; none where the style would turn them round."""
    shown = clean(line.dash + line.text)
    if is_rtl_line(shown, rtl=is_rtl_language(scene.context.language)) and not scene.letters.is_rtl:
        return []
    cut = word_pieces(shown, line.words)
    texts = marked_pieces(shown, [text for text, _ in cut], scene.context, scene.letters)
    return [(text, word) for text, (_, word) in zip(texts, cut, strict=True)]


def events_of(cue: Cue, number: int, span_cs: tuple[int, int], scene: Scene) -> Iterator[Event]:
    """The events of a caption, its boxes first.

    Args:
        cue: With its letters in the look's case.
        number: Of the caption, in order of time.
        span_cs: Begin and end on the grid of ASS.
        scene: Of the file.
    """
    look, measured = scene.look, scene.context.measured
    lines = range(len(spoken_lines(cue)))
    drawn = measured is not None and all((number, line, -1) in measured.boxes for line in lines)
    span_ms = 10 * (span_cs[1] - span_cs[0])
    scale = scale_of(cue, number, scene)
    face = face_tags(look, scene.frame, scale=scale, boxed=not drawn)
    fills = look.word_fill or bool(scene.context.karaoke)
    words = lit_words(cue, scene, span_cs) if look.lights_words and not fills else []
    if drawn and measured is not None:
        yield from _boxes(number, len(lines), words, span_cs, scene, measured)
    styles = _styles_of_lines(cue, scene, boxed=not drawn)
    place = place_of(cue, scene)
    if words and look.active_box_colour and not drawn:
        yield from _word_by_word(words, span_cs, scene, styles, place, face)
        return
    tags = face + movement_tags(look, span_ms, scale=scale)
    if words:
        texts = _joined_words(words, [lit_text(word, look, span_ms, scale) for word in words])
    elif fills and any(line.words for line in cue.lines):
        # In columns libass fills sideways.
        tag = scene.context.karaoke or ("k" if scene.context.vertical else "kf")
        plain = written_lines(cue, scene)
        texts = [text for _, text in with_karaoke(cue, span_cs, plain, scene.context, scene.letters, tag=tag)]
    else:
        texts = [text for _, text in written_lines(cue, scene)]
        if fills:  # nothing is sung, so all is as it is before
            tags += f"{{{colour_tags(1, shown_colour(look, 'future', look.colour))}}}"
    yield Event(_TEXT_LAYER, *span_cs, styles[0], place + tags + _with_styles(texts, styles, tags))


def _styles_of_lines(cue: Cue, scene: Scene, *, boxed: bool) -> list[str]:
    suffix = BOXED if boxed and scene.look.box != "none" else ""
    return [scene.styles.get(speaker or "", DEFAULT) + suffix for speaker, _ in spoken_lines(cue)]


def _with_styles(texts: Sequence[str], styles: Sequence[str], tags: str) -> str:
    r"""Lines joined by `\N`; where the speaker changes, `{\r…}` puts on the next one's style, and the tags again."""
    text = texts[0]
    for (before, style), line in zip(pairwise(styles), texts[1:], strict=True):
        change = "" if style == before else f"{{\\r{style}}}{tags}"
        text += f"\\N{change}{line}"
    return text


def _joined_words(words: Sequence[LitWord], texts: Sequence[str]) -> list[str]:
    """The texts of words as lines."""
    lines = [""] * (words[-1].line + 1)
    for word, text in zip(words, texts, strict=True):
        lines[word.line] += text
    return lines


def _word_by_word(
    words: Sequence[LitWord],
    span_cs: tuple[int, int],
    scene: Scene,
    styles: Sequence[str],
    place: str,
    face: str,
) -> Iterator[Event]:
    """Events for each word; they do not move, because only the first would."""
    span_ms = 10 * (span_cs[1] - span_cs[0])
    named = [styles[word.line] for word in words]
    for begin, end, texts in word_events(words, scene.look, span_ms, named, face):
        start_cs, end_cs = span_cs[0] + begin // 10, span_cs[0] + end // 10
        if start_cs < end_cs:
            text = _with_styles(_joined_words(words, texts), styles, face)
            yield Event(_TEXT_LAYER, start_cs, end_cs, styles[0], place + face + text)


def _boxes(
    number: int, lines: int, words: Sequence[LitWord], span_cs: tuple[int, int], scene: Scene, measured: Measured
) -> Iterator[Event]:
    look, frame = scene.look, scene.frame
    if look.box != "none":
        places = [measured.boxes[number, line, -1] for line in range(lines)]
        fade = fade_tag(look, 10 * (span_cs[1] - span_cs[0]))
        text = draw(caption_boxes(places, look, frame), look.box_colour, frame.radius, fade)
        yield Event(_BOX_LAYER, *span_cs, DEFAULT, text)
    if not look.active_box_colour:
        return
    counts: dict[int, int] = {}
    for word in words:
        at = counts.get(word.line, 0)
        counts[word.line] = at + 1
        place = measured.boxes.get((number, word.line, at))
        start_cs, end_cs = span_cs[0] + word.start_ms // 10, span_cs[0] + word.end_ms // 10
        if place is not None and start_cs < end_cs:
            text = draw([word_box(place, frame)], look.active_box_colour, frame.radius)
            yield Event(_WORD_LAYER, start_cs, end_cs, DEFAULT, text)
