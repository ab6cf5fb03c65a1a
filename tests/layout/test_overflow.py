"""What is wider than a line is broken at its weakest points, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.layout import compose, explain
from captioner.layout.chunks import Chunk, split_turns
from captioner.layout.overflow import no_break_runs, split_overflow
from captioner.layout.width import clusters, columns
from captioner.model import Sentence, Transcript, Word
from captioner.style import load_style

URL = "https://example.org/a/very/long/path/that/goes/on?with=query&and=more"


def atoms_of(text: str) -> list[Chunk]:
    words = tuple(Word((" " if n else "") + t, "", n * 100, n * 100 + 100) for n, t in enumerate(text.split()))
    return split_turns(Transcript((Sentence(text, 0, len(words) * 100, words, "0"),), "en"))[0].chunks


def test_what_fits_is_left_as_it_is() -> None:
    chunks = atoms_of("nothing here is wide at all")
    assert split_overflow(chunks, 42) == (chunks, [])


def test_an_address_is_cut_after_its_signs() -> None:
    pieces, torn = split_overflow(atoms_of(f"see {URL} now"), 30)
    shown = [chunk.text for chunk in pieces]
    assert "".join(shown) == f"see{URL}now"
    assert all(len(text) <= 30 for text in shown)
    assert all(text[-1] in "/.?&=-_:" for text in shown[1:-2])
    assert torn


@pytest.mark.parametrize("word", ["x" * 300, "好" * 50, "👩‍👩‍👧‍👦" * 30, "e\u0301" * 90])
def test_a_word_without_weak_points_is_cut_between_characters(word: str) -> None:
    pieces, _ = split_overflow(atoms_of(word), 20)
    assert "".join(chunk.text for chunk in pieces) == word
    assert all(columns(chunk.text) <= 20 for chunk in pieces)
    assert [cluster for chunk in pieces for cluster in clusters(chunk.text)] == clusters(word)


def test_the_pieces_share_the_time() -> None:
    pieces, _ = split_overflow(atoms_of("x" * 100), 25)
    assert [(chunk.start_ms, chunk.end_ms) for chunk in pieces] == [(0, 25), (25, 50), (50, 75), (75, 100)]
    assert [len(chunk.words) for chunk in pieces] == [1, 0, 0, 0]


@given(st.lists(st.text("abc-/.é好👍", min_size=1, max_size=60), min_size=1, max_size=8), st.integers(4, 30))
def test_every_run_of_tied_atoms_fits(words: list[str], width: int) -> None:
    chunks = [
        Chunk(word, bool(n), bool(n % 2), n * 10, n * 10 + 10, (), columns(word), False, "word", word, False)
        for n, word in enumerate(words)
    ]
    found, _ = split_overflow(chunks, width)
    assert "".join(chunk.text for chunk in found) == "".join(words)
    for run in no_break_runs(found):
        assert sum(chunk.columns + chunk.space for chunk in run) - run[0].space <= width


def test_a_broken_address_is_listed() -> None:
    issues = explain(
        Transcript((Sentence(f"see {URL} now", 0, 9_000, (), "0"),), "en"), load_style("web-default")
    ).issues
    assert "wide_word" in {issue.rule for issue in issues}


def test_a_word_cut_in_japanese_counts_its_ambiguous_characters_as_wide() -> None:
    text = "…" + "x" * 70 + "今日は。"
    cues = compose(Transcript((Sentence(text, 0, 9_000, (), "0"),), "ja"), load_style("web-default"))
    lines = [line.text for cue in cues for line in cue.lines]
    assert "".join(lines) == text
    assert max(columns(line, wide_ambiguous=True) for line in lines) <= 32
