"""Breaks the text of one existing caption into lines, by the same costs as layout.

The one rule: the text stays one caption; a text that does not fit has no result.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from captioner.layout.chunks import Chunk, split_turns
from captioner.layout.costs import load_costs
from captioner.layout.scoring import BreakScorer
from captioner.layout.width import columns
from captioner.model import Cue, Line, Sentence, Transcript
from captioner.style import Style

__all__ = ["rebreak", "speaker_runs"]

# Cost of a difference of a full line between the longest and the shortest line, added to the learned costs of the
# breaks, which lie between about 0 (after a full stop) and 5 (inside a phrase).
_UNEVEN = 3.0
_MAX_CHUNKS = 60  # a caption of two lines has about twenty words; a longer text does not fit


def rebreak(text: str, style: Style, language: str, *, taken: int = 0) -> tuple[str, ...] | None:
    """Break a text into as few lines as possible.

    Args:
        text: Text on one line.
        style: Resolved for the language; `max_columns` and `max_lines` are used.
        language: Tag of the text.
        taken: Columns taken by label and dash on the first line.

    Returns:
        The lines, top first; None when the text does not fit, or is a single word that is too wide.
    """
    found = split_turns(Transcript((Sentence(text, 0, 1000 * max(1, len(text))),), language))
    chunks = [chunk for turn in found for chunk in turn.chunks]
    if not chunks or len(chunks) > _MAX_CHUNKS:
        return None
    _, line = BreakScorer(found[0].profile, load_costs(found[0].profile.language)).score(chunks, pauses=False)
    wide = found[0].profile.wide_ambiguous
    free = [index for index, chunk in enumerate(chunks) if index and not chunk.no_break_before]
    for count in range(style.max_lines):
        choices = [_score(chunks, cuts, line, style, taken, wide=wide) for cuts in combinations(free, count)]
        fitting = [choice for choice in choices if choice is not None]
        if fitting:
            return min(fitting)[1]
    return None


def speaker_runs(cue: Cue) -> list[list[Line]]:
    """Lines of one speaker in a row, which can be broken again together; a dash or a label begins a new run."""
    runs: list[list[Line]] = []
    for line in cue.lines:
        if runs and not line.dash and not line.label and line.speaker == runs[-1][0].speaker:
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _score(
    chunks: Sequence[Chunk], cuts: tuple[int, ...], line: Sequence[float], style: Style, taken: int, *, wide: bool
) -> tuple[float, tuple[str, ...]] | None:
    """Cost and lines of one choice of breaks, None when a line is too wide."""
    texts = tuple(_text(chunks[first:last]) for first, last in pairwise((0, *cuts, len(chunks))))
    widths = [columns(text, wide_ambiguous=wide) for text in texts]
    widths[0] += taken
    if max(widths) > style.max_columns:
        return None
    uneven = (max(widths) - min(widths)) / style.max_columns
    return sum(line[cut - 1] for cut in cuts) + _UNEVEN * uneven, texts


def _text(chunks: Sequence[Chunk]) -> str:
    return "".join(f" {chunk.text}" if chunk.space else chunk.text for chunk in chunks).removeprefix(" ")
