"""Captions as they are drawn into a picture: the look with the fonts that are installed, in places that were measured.

Does no I/O of its own but through the renderer, which is asked before anything is encoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from captioner.captions.look_fit import fit_to_look
from captioner.formats import Context, render
from captioner.formats.ass.fonts import script_for
from captioner.formats.ass.letters import families_for
from captioner.formats.ass.probe import measured_scales, probe
from captioner.formats.ass.writer import sample_of
from captioner.formats.render_context import Box, BoxKey, Measured
from captioner.formats.safe_area import look_in
from captioner.formats.text.cue_text import spoken_lines
from captioner.formats.text.width_estimate import estimated_ems
from captioner.look import Look
from captioner.media.burn import missing_families
from captioner.media.pieces import find_pieces
from captioner.model import Cue

__all__ = ["DrawnCaptions", "Renderer", "draw_captions"]

# A caption that is too wide is measured again in the size that should fit, because what lies beyond the picture is not
# seen at first; each round is a fifth smaller at the least.
_ROUNDS = 5
_CLOSE = 1.005
_SAMPLE, _SMALL = 40, 0.4


@dataclass(frozen=True, slots=True)
class Renderer:
    """The program that draws captions.

    Attributes:
        ffmpeg: Path of an FFmpeg with libass.
        fonts: Folder of fonts beside the installed ones, or None.
    """

    ffmpeg: str
    fonts: Path | None = None


@dataclass(frozen=True, slots=True)
class DrawnCaptions:
    """ASS ready to be drawn.

    Attributes:
        ass: UTF-8.
        notes: What was done so that it fits, and what the look asks for that is not there.
    """

    ass: bytes
    notes: tuple[str, ...] = ()


def draw_captions(
    cues: Sequence[Cue], context: Context, renderer: Renderer, *, at_ms: int | None = None
) -> DrawnCaptions:
    """Write captions in a look as they are drawn, with measured boxes and no letter outside the margins.

    Args:
        cues: The captions.
        context: Of the file, with a look and the size of the picture.
        renderer: What will draw them.
        at_ms: Draw only what is shown at this time.

    Raises:
        FormatError: They cannot be written as ASS.
        MediaError: The renderer cannot be run.
    """
    look = context.look or Look()
    cues = sorted(cues, key=lambda cue: cue.start_ms)
    look, notes = _with_installed_fonts(look, cues, context, renderer)
    context = replace(context, look=look)
    cues, issues = fit_to_look(cues, context, stretch=_stretch(cues, context, renderer))
    if at_ms is not None:
        cues = [cue for cue in cues if cue.start_ms <= at_ms < cue.end_ms]
    context = replace(context, measured=_measured(cues, context, renderer))
    notes += [issue.message for issue in issues]
    notes += _notes(cues, context, look)
    return DrawnCaptions(render(cues, "ass", context), tuple(notes))


def _with_installed_fonts(
    look: Look, cues: Sequence[Cue], context: Context, renderer: Renderer
) -> tuple[Look, list[str]]:
    """The look with the first family of each list that is installed; the first of all where none is."""
    sample = sample_of(cues)
    script = script_for(context.language, sample)
    own = families_for(look, context.language, sample)
    missing = missing_families(tuple(dict.fromkeys((*own, *look.font))), renderer.ffmpeg, renderer.fonts)

    def first(families: Sequence[str]) -> str:
        return next((family for family in families if family not in missing), families[0])

    chosen, latin = first(own), first((*look.font, *own))
    notes = [
        f"look {look.name}: {', '.join(families[: families.index(used)])} is not installed; {used} is used"
        for families, used in ((own, chosen),)
        if used != families[0]
    ]
    return replace(look, font=(latin,), fonts={**look.fonts, script: (chosen,)}), notes


def _stretch(cues: Sequence[Cue], context: Context, renderer: Renderer) -> float:
    """Width of the renderer's letters over the estimated width, in some of the captions."""
    frame_look = look_in(context) or Look()
    shown = [cue for cue in cues if spoken_lines(cue)][:_SAMPLE]
    small = dict.fromkeys(range(len(shown)), _SMALL)  # so that nothing lies beyond the picture
    lines_only = replace(context, look=replace(frame_look, active_box_colour=""))
    boxes = _boxes(shown, lines_only, renderer, small)
    em = frame_look.size * context.height / 100 * _SMALL
    seen = estimated = 0.0
    for (number, line, _), box in boxes.items():
        seen += box[2] - box[0]
        estimated += estimated_ems(spoken_lines(shown[number])[line][1], frame_look) * em
    return seen / estimated if seen and estimated and not context.vertical else 1.0


def _measured(cues: Sequence[Cue], context: Context, renderer: Renderer) -> Measured:
    shown = [cue for cue in cues if spoken_lines(cue)]
    boxes, scales = _boxes(shown, context, renderer, {}), dict[int, float]()
    for _ in range(_ROUNDS):
        found = measured_scales(boxes, shown, context)
        if not any(share < 1 / _CLOSE for share in found.values()):
            break
        scales |= {number: share * scales.get(number, 1.0) for number, share in found.items()}
        boxes = _boxes(shown, context, renderer, scales)
    return Measured(boxes, scales)


def _boxes(cues: Sequence[Cue], context: Context, renderer: Renderer, scales: Mapping[int, float]) -> dict[BoxKey, Box]:
    pieces = probe(cues, context, scales)
    seen = find_pieces(pieces.script, len(pieces.keys), context.width, context.height, renderer.ffmpeg, renderer.fonts)
    return pieces.boxes(seen)


def _notes(cues: Sequence[Cue], context: Context, look: Look) -> Iterator[str]:
    smaller = len(context.measured.scales) if context.measured is not None else 0
    if smaller:
        some = f"{smaller} captions are" if smaller > 1 else "1 caption is"
        yield f"look {look.name}: {some} too wide for the picture and drawn smaller"
    if look.for_picture(context.width, context.height).lights_words and not any(
        line.words for cue in cues for line in cue.lines
    ):
        yield (
            f"look {look.name}: the captions have no times of words, so no word is marked as spoken; "
            "captioner's JSON and the service's reply have them"
        )
