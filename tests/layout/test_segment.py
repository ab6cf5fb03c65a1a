"""Cuts of one turn: the whole is weighed, limits hold, what is tied stays together."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest

from captioner.layout import compose
from captioner.layout.chunks import Chunk, split_turns
from captioner.layout.costs import cost_tables, load_costs
from captioner.layout.lexicon import language_profile
from captioner.layout.overflow import split_overflow
from captioner.layout.scoring import BreakScorer
from captioner.layout.segment import choose_breaks, columns_per_second, find_break_points
from captioner.model import Sentence, Transcript, Word
from captioner.style import Style

ENGLISH = language_profile("en")
COSTS = load_costs("en")


def transcript(text: str, *, ms: int = 350) -> Transcript:
    words = tuple(
        Word((" " if number else "") + token, "", number * ms, number * ms + ms)
        for number, token in enumerate(text.split())
    )
    return Transcript((Sentence(text, 0, len(words) * ms, words, "0"),), "en")


def spoken(text: str, *, ms: int = 350) -> list[Chunk]:
    return split_turns(transcript(text, ms=ms))[0].chunks


def cut_text(text: str, style: Style, *, ms: int = 350, label: int = 0) -> list[list[str]]:
    chunks, _ = split_overflow(spoken(text, ms=ms), style.max_columns)
    cue, line = BreakScorer(ENGLISH, COSTS).score(chunks)
    found = find_break_points(chunks, cue, line, style, label=label, next_ms=chunks[-1].end_ms + 10_000)
    return [
        [" ".join(chunk.text for chunk in chunks[first:last]) for first, last in spans]
        for spans in choose_breaks(found, COSTS, style)
    ]


FILLS: tuple[Literal["balanced", "full"], ...] = ("balanced", "full")
LECTURE = (
    "And because nobody knows what the next version will look like, we keep the two apart. "
    "It turns out that if you separate use from representation then both of them become simpler."
)


def test_a_sentence_that_fits_is_one_cue_on_one_line() -> None:
    assert cut_text("We keep the two apart.", Style("s")) == [["We keep the two apart."]]


def test_a_cue_of_two_lines_breaks_before_its_clause() -> None:
    assert cut_text("We keep the two apart because nobody knows what comes next.", Style("s")) == [
        ["We keep the two apart", "because nobody knows what comes next."]
    ]


def test_cues_end_where_sentences_end() -> None:
    cues = cut_text(LECTURE, Style("s"))
    assert any(lines[-1].endswith("apart.") for lines in cues)
    assert not any("apart. It" in line for lines in cues for line in lines)


def test_a_style_may_ask_for_full_lines() -> None:
    said = transcript(LECTURE + " That is what people do on television, where every line of the screen is used.")
    balanced, full = (
        [[line.text for line in cue.lines] for cue in compose(said, Style("s", max_columns=32, line_fill=fill))]
        for fill in FILLS
    )
    assert " ".join(itertools.chain(*full)) == " ".join(itertools.chain(*balanced))
    assert max(map(len, itertools.chain(*full))) <= 32

    def mean_upper(cues: list[list[str]]) -> float:
        upper = [len(lines[0]) for lines in cues if len(lines) > 1]
        return sum(upper) / len(upper)

    assert mean_upper(full) > mean_upper(balanced) + 2


@pytest.mark.parametrize("width", [16, 24, 37, 42, 64])
@pytest.mark.parametrize("height", [1, 2, 3, 4])
def test_limits_hold_and_text_is_whole(width: int, height: int) -> None:
    cues = cut_text(LECTURE, Style("s", max_columns=width, max_lines=height))
    assert all(len(line) <= width for lines in cues for line in lines)
    assert all(len(lines) <= height for lines in cues)
    assert "".join("".join(itertools.chain(*cues)).split()) == "".join(LECTURE.split())


def test_slow_speech_is_cut_before_seven_seconds() -> None:
    cues = cut_text("one two three four five six seven eight", Style("s"), ms=1_500)
    assert all(len(" ".join(lines).split()) <= 4 for lines in cues)


def test_a_label_takes_its_columns_from_the_first_line() -> None:
    with_label = cut_text("We keep the two apart as long as we can.", Style("s"), label=20)
    assert len(with_label[0][0]) + 20 <= 42


def test_the_search_finds_the_cheapest_of_all_ways_to_cut() -> None:
    style = Style("s", max_columns=24, max_lines=1)
    chunks = spoken("so the people who use them do not care, but we do")
    cue, line = BreakScorer(ENGLISH, COSTS).score(chunks)
    found = find_break_points(chunks, cue, line, style, label=0, next_ms=60_000)
    chosen = [index for spans in choose_breaks(found, COSTS, style) for index in spans[-1][1:]]

    def price(ends: tuple[int, ...]) -> float:
        edges = [0, *ends, len(found.index) - 1]
        return sum(_cost(found, a, b, style) for a, b in itertools.pairwise(edges))

    inner = range(1, len(found.index) - 1)
    ways = [ends for size in range(len(found.index) - 1) for ends in itertools.combinations(inner, size)]
    cheapest = min((ends for ends in ways if _fits(found, ends, style)), key=price)
    assert chosen == [found.index[end] for end in (*cheapest, len(found.index) - 1)]


def _fits(found, ends, style) -> bool:  # type: ignore[no-untyped-def]
    edges = [0, *ends, len(found.index) - 1]
    return all(found.end[b] - found.start[a] <= style.max_columns for a, b in itertools.pairwise(edges))


def _cost(found, one, other, style) -> float:  # type: ignore[no-untyped-def]
    """Cost of a cue on one line inside a sentence, worked out by itself."""
    table = cost_tables(COSTS, style)
    width = found.end[other] - found.start[one]
    lone = COSTS.words[0] if found.index[other] - found.index[one] == 1 else 0.0
    return table.fill[width] + table.one_line[width] + lone + found.cue[other] + _rush(found, one, other, style)


def _rush(found, one, other, style) -> float:  # type: ignore[no-untyped-def]
    left = found.begin_ms[other] - found.begin_ms[one]
    width = found.end[other] - found.start[one]
    lack_ms = max(0.0, width * 1000 / columns_per_second(style) - left)
    deficit = COSTS.manual["reading_deficit_per_s"] * lack_ms / 1000
    if left >= style.min_duration_ms + style.min_gap_ms:
        return deficit
    return deficit + cost_tables(COSTS, style).too_short[left // 100]
