"""The breaks chosen are those on which all likely ways of cutting agree most."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.layout import segment
from captioner.layout.chunks import split_turns
from captioner.layout.costs import load_costs
from captioner.layout.lexicon import language_profile
from captioner.layout.scoring import BreakScorer
from captioner.layout.segment import Breaks, Candidate, choose_breaks, find_break_points
from captioner.model import Sentence, Transcript, Word
from captioner.style import Style

SAID = (
    "so what we want to look at today is how the whole thing fits together and because nobody knows what the next "
    "version will look like we keep the two apart in every room of the house that we have"
)


@st.composite
def graphs(draw: st.DrawFn) -> list[list[Candidate]]:
    """For each of up to seven places some cues that may end there, with shares that add up to one."""
    found: list[list[Candidate]] = []
    for here in range(1, draw(st.integers(2, 7)) + 1):
        sources = draw(st.sets(st.integers(0, here - 1), min_size=1, max_size=3))
        weights = [draw(st.integers(1, 9)) for _ in sources]
        splits = [draw(st.sampled_from([(), (10 * there + 1,), (10 * there + 2,)])) for there in sources]
        shares = [weight / sum(weights) for weight in weights]
        found.append(list(zip(sorted(sources), shares, splits, strict=True)))
    return found


def paths(ways: list[list[Candidate]], here: int) -> Iterator[list[tuple[int, Candidate]]]:
    """Every way from the beginning to a place, as the cues on it with where they end."""
    if not here:
        yield []
        return
    for way in ways[here - 1]:
        for before in paths(ways, way[0]):
            yield [*before, (here, way)]


def likeliness(path: list[tuple[int, Candidate]]) -> float:
    return prod(way[1] for _, way in path)


@given(graphs())
def test_a_break_is_as_likely_as_all_ways_that_have_it(ways: list[list[Candidate]]) -> None:
    chance, broken = segment._probabilities(ways, 0)
    every = list(paths(ways, len(ways)))
    for place in range(1, len(ways) + 1):
        assert chance[place] == pytest.approx(sum(likeliness(p) for p in every if place in [here for here, _ in p]))
    for line in {line for some in ways for _, _, at in some for line in at}:
        wanted = sum(likeliness(p) for p in every if any(line in way[2] for _, way in p))
        assert broken.get(line, 0.0) == pytest.approx(wanted)


@given(graphs(), st.sampled_from([0.2, 0.45, 0.7]))
def test_the_way_chosen_has_the_surest_breaks_of_all(ways: list[list[Candidate]], sure: float) -> None:
    chance, broken = segment._probabilities(ways, 0)

    def worth(path: list[tuple[int, Candidate]]) -> float:
        return sum(
            chance[here] - sure + segment.TIE_WEIGHT * way[1] + sum(broken[line] - sure for line in way[2])
            for here, way in path
        )

    came_from, split_at = segment._consensus(ways, 0, sure)
    here, chosen = len(ways), list[tuple[int, Candidate]]()
    while here:
        share = max(way[1] for way in ways[here - 1] if (way[0], way[2]) == (came_from[here], split_at[here]))
        chosen.append((here, (came_from[here], share, split_at[here])))
        here = came_from[here]
    assert worth(chosen) == pytest.approx(max((worth(path) for path in paths(ways, len(ways))), default=-inf))


def cuts(count: int, style: Style) -> list[list[tuple[int, int]]]:
    said = SAID.split()
    words = tuple(
        Word(f" {said[number % len(said)]}", "" if number % 17 else ".", 400 * number, 400 * number + 350)
        for number in range(count)
    )
    text = "".join(word.text + word.punctuation for word in words).strip()
    chunks = split_turns(Transcript((Sentence(text, 0, 400 * count, words, "0"),), "en"))[0].chunks
    cue, line = BreakScorer(language_profile("en"), load_costs("en")).score(chunks)
    return choose_breaks(
        find_break_points(chunks, cue, line, style, label=0, next_ms=400 * count + 9000), load_costs("en"), style
    )


@pytest.mark.parametrize("style", [Style("s"), Style("s", max_lines=1), Style("s", max_lines=3, max_columns=30)])
def test_a_turn_laid_out_in_blocks_is_cut_as_in_one(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "BLOCK_PLACES", 10**9)
    whole = cuts(900, style)
    for length in (1, 7, 100):
        monkeypatch.setattr(segment, "BLOCK_PLACES", length)
        assert cuts(900, style) == whole


def test_blocks_are_bounded_for_every_length(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    agreed = segment._consensus

    def noted(candidates: list[list[Candidate]], begun: int, sure: float) -> tuple[list[int], list[Breaks]]:
        lengths.append(len(candidates))
        return agreed(candidates, begun, sure)

    monkeypatch.setattr(segment, "_consensus", noted)
    cuts(5000, Style("s"))
    assert len(lengths) > 3
    assert max(lengths) < 2 * segment.BLOCK_PLACES
