"""Line breaks chosen anew where a language's captions have more even lines."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from captioner.layout import compose
from captioner.layout.chunks import Chunks, split_turns
from captioner.layout.costs import load_costs
from captioner.layout.even_lines import with_even_lines
from captioner.layout.lexicon import language_profile
from captioner.layout.scoring import BreakScorer
from captioner.layout.segment import ChunkRange, find_break_points
from captioner.style import Style
from tests.layout.test_golden import spoken

STYLE = Style("s", max_columns=42)
ADDED = "Die alten Leute wanderten gestern langsam hinunter zum Hafen."


def broken(text: str, cue: list[ChunkRange], uneven: float) -> list[str]:
    """The lines of a text that is one cue, after the break was chosen anew."""
    costs = load_costs("de")
    costs = replace(costs, manual={**costs.manual, "uneven": uneven})
    chunks = Chunks.of(split_turns(spoken(text, "de"))[0].chunks)
    cue_costs, line_costs = BreakScorer(language_profile("de"), costs).score(chunks)
    places = find_break_points(chunks, cue_costs, line_costs, STYLE, label=0, next_ms=90_000)
    (found,) = with_even_lines([cue], chunks, places, costs, STYLE)
    return [chunks.text(first, last) for first, last in found]


def test_lines_of_more_equal_width_are_chosen_where_unevenness_costs_more() -> None:
    count = len(ADDED.split())
    widths = []
    for uneven in (0.0, 100.0):
        lines = broken(ADDED, [(0, 2), (2, count)], uneven)
        assert " ".join(lines) == ADDED
        widths.append(abs(len(lines[0]) - len(lines[1])))
    assert widths[1] <= widths[0]
    assert widths[1] <= 8


def test_a_break_after_a_mark_stays() -> None:
    text = "Aber gut, die alten Leute wanderten langsam hinunter zum Hafen."
    at = text.split().index("gut,") + 1
    lines = broken(text, [(0, at), (at, len(text.split()))], 100.0)
    assert lines == ["Aber gut,", "die alten Leute wanderten langsam hinunter zum Hafen."]


@pytest.mark.parametrize("language", ["de", "es"])
def test_only_lines_change_and_no_cue(language: str) -> None:
    costs = load_costs(language)
    assert costs.manual["uneven"] > 0
    assert load_costs("en").manual["uneven"] == 0
    text = " ".join(itertools.islice(itertools.cycle(ADDED.split()), 60))
    cues = compose(spoken(text, language), STYLE)
    assert all(len(line.text) <= STYLE.max_columns for cue in cues for line in cue.lines)
    assert " ".join(line.text for cue in cues for line in cue.lines) == text
