"""Captions as they are drawn into a picture: the look with the fonts that are installed, in places that were measured.

Does no I/O of its own but through the renderer, which is asked before anything is encoded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from captioner.captions.look_fit import fit_to_look
from captioner.formats import Context, render
from captioner.formats.ass.fonts import script_for
from captioner.formats.ass.letters import families_for
from captioner.formats.ass.probe import estimated_scales, measured_scales, probe
from captioner.formats.ass.writer import sample_of
from captioner.formats.render_context import Box, BoxKey, Measured
from captioner.formats.safe_area import look_in
from captioner.formats.text.cue_text import spoken_lines
from captioner.formats.text.width_estimate import estimated_ems
from captioner.look import Look
from captioner.media.burn import replaced_families
from captioner.media.pieces import find_pieces
from captioner.model import Cue

__all__ = ["DrawnCaptions", "Renderer", "draw_captions"]

# A caption that is too wide is measured again in the size that should fit, because what lies beyond the picture is not
# seen; two rounds settle it where the estimate was not far off.
_ROUNDS = 5
_CLOSE = 0.01
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
        at_ms: Measure only what is shown at this time; the rest is drawn as in a caption file.

    Raises:
        FormatError: They cannot be written as ASS.
        MediaError: The renderer cannot be run.
    """
    look = context.look or Look()
    cues = sorted(cues, key=lambda cue: cue.start_ms)
    look, notes = _with_installed_fonts(look, cues, context, renderer)
    context = replace(context, look=look)
    cues, issues = fit_to_look(cues, context, stretch=_stretch(cues, context, renderer))
    has_words = any(line.words for cue in cues for line in cue.lines)
    shown = [cue for cue in cues if spoken_lines(cue)]
    only = None if at_ms is None else [at for at, cue in enumerate(shown) if cue.start_ms <= at_ms < cue.end_ms]
    context = replace(context, measured=_measured(shown, context, renderer, only))
    notes += [issue.message for issue in issues]
    notes += _notes(context, look, has_words=has_words)
    return DrawnCaptions(render(cues, "ass", context), tuple(notes))


def _with_installed_fonts(
    look: Look, cues: Sequence[Cue], context: Context, renderer: Renderer
) -> tuple[Look, list[str]]:
    """The look with the first family of each list that is installed; the first of all where none is."""
    sample = sample_of(cues)
    script = script_for(context.language, sample)
    own = families_for(look, context.language, sample)
    replaced = replaced_families(tuple(dict.fromkeys((*own, *look.font))), renderer.ffmpeg, renderer.fonts)
    chosen, latin = _first_installed(own, replaced), _first_installed((*look.font, *own), replaced)
    notes = []
    if chosen != own[0]:
        some = ", ".join(own[: own.index(chosen)])
        notes = [f"look {look.name}: {some} {'are' if ', ' in some else 'is'} not installed; {chosen} is used"]
    return replace(look, font=(latin,), fonts={**look.fonts, script: (chosen,)}), notes


def _first_installed(families: Sequence[str], replaced: Mapping[str, str]) -> str:
    """The first family that is installed, else the first for which the system knows one that looks alike."""
    installed = [family for family in families if family not in replaced]
    alike = [family for family in families if replaced.get(family) != replaced[""]]
    return (*installed, *alike, families[0])[0]


def _stretch(cues: Sequence[Cue], context: Context, renderer: Renderer) -> float:
    """Width of the renderer's letters over the estimated width, in some of the captions."""
    frame_look = look_in(context) or Look()
    if context.vertical:
        return 1.0
    shown = [cue for cue in cues if spoken_lines(cue)]
    small = dict.fromkeys(range(_SAMPLE), _SMALL)  # so that nothing lies beyond the picture
    lines_only = replace(context, look=replace(frame_look, active_box_colour=""))
    boxes = _boxes(shown, lines_only, renderer, small, range(_SAMPLE))
    em = frame_look.size * context.height / 100 * _SMALL
    seen = estimated = 0.0
    for (number, line, _), box in boxes.items():
        seen += box[2] - box[0]
        estimated += estimated_ems(spoken_lines(shown[number])[line][1], frame_look) * em
    return seen / estimated if seen and estimated else 1.0


def _measured(
    shown: Sequence[Cue], context: Context, renderer: Renderer, only: Collection[int] | None = None
) -> Measured:
    scales = estimated_scales(shown, context)
    if only is not None:
        scales = {number: scale for number, scale in scales.items() if number in only}
    boxes = _boxes(shown, context, renderer, scales, only)
    for _ in range(_ROUNDS):
        seen = {number for number, _, _ in boxes}  # captions that overlap keep their estimate
        unseen = {number: scale for number, scale in scales.items() if number not in seen}
        fitting = {**unseen, **measured_scales(boxes, shown, context, scales)}
        if all(abs(fitting.get(each, 1.0) - scales.get(each, 1.0)) < _CLOSE for each in {*fitting, *scales}):
            break
        scales = fitting
        boxes = _boxes(shown, context, renderer, scales, only)
    return Measured(boxes, scales)


def _boxes(
    cues: Sequence[Cue],
    context: Context,
    renderer: Renderer,
    scales: Mapping[int, float],
    only: Collection[int] | None = None,
) -> dict[BoxKey, Box]:
    pieces = probe(cues, context, scales, only)
    seen = find_pieces(pieces.script, len(pieces.keys), context.width, context.height, renderer.ffmpeg, renderer.fonts)
    return pieces.boxes(seen)


def _notes(context: Context, look: Look, *, has_words: bool) -> Iterator[str]:
    smaller = len(context.measured.scales) if context.measured is not None else 0
    if smaller:
        some = f"{smaller} captions are" if smaller > 1 else "1 caption is"
        yield f"look {look.name}: {some} too wide for the picture and drawn smaller"
    if not has_words and look.for_picture(context.width, context.height).lights_words:
        yield (
            f"look {look.name}: the captions have no times of words, so no word is marked as spoken; "
            "captioner's JSON and the service's reply have them"
        )
