"""The costs are readable, complete, and mean what their names say."""

from __future__ import annotations

import tomllib
from importlib import resources
from math import isinf

import pytest

from captioner.layout import breaks
from captioner.layout.chunks import Chunks, split_turns
from captioner.layout.costs import INNER, KNOTS, WORDS, cost_tables, inner_index, interpolate, load_costs
from captioner.layout.lexicon import known_languages, language_profile
from captioner.layout.scoring import BreakScorer
from captioner.layout.width import columns
from captioner.model import Sentence, Transcript, Word
from captioner.style import Style

FAMILIES = ("", "after=", "after~", "before=", "before~", "ends~")
WEIGHTS = resources.files("captioner.layout").joinpath("weights")


def test_interpolation_is_straight_between_corners_and_flat_outside() -> None:
    assert [interpolate((0, 10, 20), (1, 3, 2), x) for x in (-5, 0, 5, 10, 15, 20, 99)] == [1, 1, 2, 3, 2.5, 2, 2]


def test_kinds_of_cue_by_their_sentences() -> None:
    assert inner_index(0, starts_inside=True, ends_inside=True) == 0
    kinds = {inner_index(1, starts_inside=a, ends_inside=b) for a in (False, True) for b in (False, True)}
    assert kinds == set(range(1, INNER))


@pytest.mark.parametrize("language", sorted(known_languages()))
def test_every_language_has_costs_of_the_right_shape(language: str) -> None:
    costs = load_costs(language)
    assert {name: len(values) for name, values in costs.curves.items()} == {n: len(k) for n, k in KNOTS.items()}
    assert (len(costs.inner), len(costs.words)) == (INNER, WORDS)
    assert set(costs.cue) == set(costs.line)


@pytest.mark.parametrize("entry", [e.name for e in WEIGHTS.iterdir() if e.name.endswith(".toml")])
def test_weights_are_known_families_of_pairs(entry: str) -> None:
    families = tomllib.loads(WEIGHTS.joinpath(entry).read_text(encoding="utf-8"))
    assert set(families) <= set(FAMILIES)
    assert all(len(pair) == 2 for pairs in families.values() for pair in pairs.values())


@pytest.mark.parametrize(("columns", "lines"), [(16, 1), (32, 2), (42, 2), (64, 3)])
def test_tables_cover_the_limits(columns: int, lines: int) -> None:
    table = cost_tables(load_costs("en"), Style("s", max_columns=columns, max_lines=lines))
    assert len(table.fill) == len(table.one_line) == len(table.one_line_cost) == columns * lines + 1
    assert len(table.two_lines) == len(table.two_lines[0]) == columns + 1
    assert all((weight > 0) == (width <= columns) for width, weight in enumerate(table.one_line))
    assert all(isinf(cost) == (width > columns) for width, cost in enumerate(table.one_line_cost))
    assert table.too_short[-1] == 0.0


def weighed(text: str, language: str = "en", gap_after: int = -1) -> dict[str, float]:
    """Cost of ending a cue after each word."""
    now, words = 0, []
    for number, token in enumerate(text.split()):
        words.append(Word((" " if number else "") + token, "", now, now + 300))
        now += 300 + (1_000 if number == gap_after else 0)
    chunks = split_turns(Transcript((Sentence(text, 0, now, tuple(words), "0"),), language))[0].chunks
    cue, _ = BreakScorer(language_profile(language), load_costs(language)).score(chunks)
    return {chunk.text: cost for chunk, cost in zip(chunks, cue, strict=True)}


@pytest.mark.parametrize(
    ("text", "better", "worse"),
    [
        ("We left it there. Nobody came back later.", "there.", "it"),
        ("He waited for an hour, then he left again.", "hour,", "an"),
        ("They were late because of the bad weather today.", "late", "the"),
        ("We talked about it when we met them.", "it", "when"),
    ],
)
def test_a_good_place_is_cheaper_than_a_bad_one(text: str, better: str, worse: str) -> None:
    costs = weighed(text)
    assert costs[better] < costs[worse]


def test_a_pause_makes_a_place_cheaper() -> None:
    text = "one could say that many people went there"
    assert weighed(text, gap_after=4)["many"] < weighed(text)["many"]


def test_scraps_beside_a_mark_are_named_by_their_words() -> None:
    marks = ["plain", "plain", "comma", "plain", "plain", "plain", "plain", "sentence"]
    near = breaks.context_features(marks)
    assert near[0] == ("near.since.1", "near.until.2")
    assert near[2] == ()
    assert near[6] == ("near.until.1",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("U.S.", "plain"),
        ("etc.)", "close"),
        ("well...", "stop"),
        ("what?", "stop"),
        ("well,", "comma"),
        ("well", "plain"),
    ],
)
def test_an_abbreviation_is_a_word_like_any_other(text: str, kind: str) -> None:
    assert breaks.end_mark(text, sentence_end=False) == kind
    assert breaks.end_mark(text, sentence_end=True) == "sentence"


def test_a_first_name_and_a_surname_are_dear_to_part() -> None:
    assert (
        weighed("we saw young David Chen there again")["David"] > weighed("we saw young David sit there again")["David"]
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "well this is what we have to do, and so on."),
        ("en", "I (a. “we” Of 12 Mr. Old Mill; so 3rd up: he said “No!” OK… to a 2 it, of"),
        ("de", "dass Er es tut, „Ja“ Das 3. Haus; und es ist 12 km weit, wo wir 5"),
        ("fr", "l'on dit «oui» lors de la fête, qu'il y a 3 ans: Mais non"),
        ("ru", "что если он и 5 лет, «да» Я не тот, кто"),
        ("ko", "이것이 아니라 표현하고 있는지, 우리는 3개를 본다"),
    ],
)
def test_the_scale_adds_what_the_features_name(language: str, text: str) -> None:
    costs, profile = load_costs(language), language_profile(language)
    chunks = split_turns(Transcript((Sentence(text, 0, 4_000, (), "0"),), language))[0].chunks
    together = [4 if number == 2 else 0 for number in range(len(chunks) - 1)]
    cue, line = BreakScorer(profile, costs).score(chunks, together, widest=84, pauses=False)
    marks = [breaks.end_mark(chunk.text, sentence_end=chunk.sentence_end) for chunk in chunks]
    for number, names in enumerate(breaks.context_features(marks)[:-1]):
        left, right = chunks[number], chunks[number + 1]
        found = [*breaks.features_after(left, profile), *names, _fits(chunks, number)]
        if together[number] and marks[number] == "plain":
            found.append(breaks.together_feature(together[number]))
        if marks[number] != "sentence":
            found += breaks.features_before(right, profile)
            found += breaks.pair_features(breaks.left_class(left, profile), breaks.right_class(right, profile))
        assert cue[number] == pytest.approx(sum(costs.cue.get(name, 0.0) for name in found))
        assert line[number] == pytest.approx(sum(costs.line.get(name, 0.0) for name in found))


def _fits(chunks: Chunks, number: int) -> str:
    """The feature of the width of the sentence that a chunk is in."""
    ends = [place + 1 for place, chunk in enumerate(chunks) if chunk.sentence_end] + [len(chunks)]
    last = next(end for end in ends if end > number)
    first = max([0, *[end for end in ends if end <= number]])
    if last == number + 1:
        return ""
    return breaks.fits_feature(columns(chunks.text(first, last)), 84)
