r"""Pictures in which a renderer shows where it puts each piece of a caption.

Each piece, a line or a word, has a second of its own. The whole caption is there as it will be drawn, but everything is
transparent, and only the piece stands in an opaque box of its line's height: so breaks, kerning, direction and places
are those of the finished picture, and the box is found by looking for what is not black.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from captioner.formats.ass.look_events import Scene, lit_words, overlapping, place_of, scale_of, scene_of, written_lines
from captioner.formats.ass.look_style import DEFAULT, face_tags, look_styles
from captioner.formats.ass.writer import centiseconds, event_row, event_section, sample_of, script_info, style_section
from captioner.formats.render_context import Box, BoxKey, Context, Measured
from captioner.formats.text.cue_text import spoken_lines
from captioner.formats.text.letter_case import with_case
from captioner.model import Cue

__all__ = ["Probe", "estimated_scales", "measured_scales", "probe"]

_HIDDEN, _SEEN = f"{DEFAULT}", "Seen"
_BORDER = 1.0  # the renderer draws no box without a border; it is taken off again


@dataclass(frozen=True, slots=True)
class Probe:
    """A file to be drawn on black.

    Attributes:
        script: ASS, UTF-8; piece number n is shown in the second that begins at n.
        keys: Of the pieces, in order.
        border: Pixels around each piece that are not its own.
    """

    script: bytes
    keys: tuple[BoxKey, ...]
    border: float = _BORDER

    def boxes(self, seen: Sequence[Box | None]) -> dict[BoxKey, Box]:
        """The boxes of the pieces, from what was seen of each, in pixels of the picture."""
        return {
            key: (box[0] + self.border, box[1] + self.border, box[2] - self.border, box[3] - self.border)
            for key, box in zip(self.keys, seen, strict=True)
            if box is not None
        }


def probe(
    cues: Sequence[Cue],
    context: Context,
    scales: Mapping[int, float] | None = None,
    only: Collection[int] | None = None,
) -> Probe:
    """The pieces of captions for a look: every line, and every word if the spoken word is in a box.

    Captions that are shown at the same time are left out, because the renderer moves them apart.

    Args:
        cues: In order of time, as they are rendered.
        context: Of the file, with a look.
        scales: Of captions that are too wide, once that is known.
        only: Numbers of the captions that are wanted; None for all.
    """
    shown = [cue for cue in cues if spoken_lines(cue)]
    context = replace(context, measured=Measured({}, scales or {}))
    scene = scene_of(context, {}, sample_of(shown))
    beside = overlapping(shown)
    rows: list[str] = []
    keys: list[BoxKey] = []
    for number, (cue, span_cs) in enumerate(zip(shown, centiseconds(shown), strict=True)):
        if number in beside or (only is not None and number not in only):
            continue
        cased = with_case(cue, scene.look.case, context.language)
        for key, text in _pieces(cased, number, span_cs, scene):
            at_cs = len(keys) * 100
            keys.append(key)
            rows.append(event_row(0, at_cs, at_cs + 100, _HIDDEN, "", text))
    script = "\n".join([script_info(context), style_section(_styles(scene)), event_section(rows)])
    return Probe(script.encode(), tuple(keys))


def _styles(scene: Scene) -> list[str]:
    (row,) = look_styles({}, replace(scene.look, outline=0, shadow=0), scene.letters, scene.context, boxed=False,
                         active=False)  # fmt: skip
    fields = row.removeprefix("Style: ").rstrip("\n").split(",")
    hidden = [*fields[:3], *["&HFFFFFFFF"] * 4, *fields[7:]]
    seen = [_SEEN, *fields[1:3], *["&H00FFFFFF"] * 4, *fields[7:15], "3", f"{_BORDER:g}", "0", *fields[18:]]
    return [f"Style: {','.join(each)}\n" for each in (hidden, seen)]


def _pieces(cue: Cue, number: int, span_cs: tuple[int, int], scene: Scene) -> Iterator[tuple[BoxKey, str]]:
    look = scene.look
    scale = (scene.context.measured or Measured()).scales.get(number, 1.0)
    face = face_tags(replace(look, blur=0), replace(scene.frame, blur=0), scale=scale, boxed=False)
    begin, end = f"{{\\r{_SEEN}}}{face}", f"{{\\r}}{face}"
    lines = [text for _, text in written_lines(cue, scene)]
    place = place_of(cue, scene) + face
    for at, line in enumerate(lines):
        marked = [*lines[:at], f"{begin}{line}{end}", *lines[at + 1 :]]
        yield (number, at, -1), place + "\\N".join(marked)
    if not look.active_box_colour:
        return
    words = lit_words(cue, scene, span_cs)
    size = rf"{{\fscx{look.active_size * scale:.0f}\fscy{look.active_size * scale:.0f}}}"
    counts: dict[int, int] = {}
    for place_in_cue, word in enumerate(words):
        texts = [""] * len(lines)
        for other, each in enumerate(words):
            bare = each.text.rstrip(" ")
            own = f"{begin}{size}{bare}{end}{each.text[len(bare) :]}" if other == place_in_cue else each.text
            texts[each.line] += own
        at = counts.get(word.line, 0)
        counts[word.line] = at + 1
        yield (number, word.line, at), place + "\\N".join(texts)


def measured_scales(
    boxes: Mapping[BoxKey, Box], cues: Sequence[Cue], context: Context, scales: Mapping[int, float]
) -> dict[int, float]:
    """Captions that are wider than the look's margins allow, by number, with the scale at which they fit.

    Args:
        boxes: As seen in some scales.
        cues: The captions.
        context: Of the file.
        scales: Those of the captions that were scaled already; they become larger again where there is room.
    """
    if context.vertical:
        return {}
    frame = scene_of(context, {}, sample_of(cues)).frame
    room = max(1, frame.width - 2 * frame.side)
    widest: dict[int, float] = {}
    for (number, _, word), box in boxes.items():
        if word < 0:
            widest[number] = max(widest.get(number, 0), box[2] - box[0])
    fitting = {number: scales.get(number, 1.0) * room / max(1, width) for number, width in widest.items()}
    return {number: scale for number, scale in fitting.items() if scale < 1}


def estimated_scales(cues: Sequence[Cue], context: Context) -> dict[int, float]:
    """Captions that are probably too wide, by number, with a scale at which they probably fit."""
    scene = scene_of(replace(context, measured=None), {}, sample_of(cues))
    found = {number: scale_of(cue, number, scene) for number, cue in enumerate(cues)}
    return {number: scale for number, scale in found.items() if scale < 1}
