"""Pairs of words that a programme repeats are found, each judged by its rarer word."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from captioner.layout.chunks import Chunk, split_turns
from captioner.layout.collocations import LEVELS, pair_levels
from captioner.model import Sentence, Transcript


def chunks(*sentences: str) -> list[Chunk]:
    said = tuple(Sentence(text, 4000 * n, 4000 * n + 3000, (), "0") for n, text in enumerate(sentences))
    return split_turns(Transcript(said, "en"))[0].chunks


def levels(*sentences: str) -> dict[str, int]:
    found = chunks(*sentences)
    pairs = pairwise(chunk.lookup_key for chunk in found)
    return {" ".join(pair): level for pair, level in zip(pairs, pair_levels([found])[0], strict=True)}


def test_a_pair_said_once_tells_nothing() -> None:
    assert set(levels("Every word stands here alone.").values()) == {0}


def test_a_term_said_again_and_again_is_held_firmly() -> None:
    found = levels("A learning rate is small.", "One learning rate.", "No learning rate fits.", "Learning rate, then.")
    assert found["learning rate"] == 4


def test_a_pair_said_twice_is_held_less() -> None:
    assert levels("The old mill stood.", "That old mill fell.")["old mill"] == 3


def test_common_words_that_meet_now_and_then_are_no_term() -> None:
    texts = ["We go.", "We see.", "We ask.", "We run.", "We sit.", "They go home.", "You go.", "I go.", "We go."]
    found = levels(*texts, "It may go.", "He may go.", "Let it go.")
    assert found["we go"] == 2
    assert levels(*texts, *["We stay.", "Who can go?"] * 4)["we go"] == 1


@given(st.lists(st.lists(st.sampled_from(["red", "green", "blue"]), min_size=1, max_size=9), min_size=1, max_size=5))
def test_turns_share_their_evidence_and_keep_their_lengths(turns: list[list[str]]) -> None:
    spoken = [chunks(" ".join(turn)) for turn in turns]
    found = pair_levels(spoken)
    assert [len(one) for one in found] == [len(turn) - 1 for turn in turns]
    assert all(level < LEVELS for one in found for level in one)
    known: dict[tuple[str, str], int] = {}
    for turn, one in zip(turns, found, strict=True):
        for pair, level in zip(pairwise(turn), one, strict=True):
            assert known.setdefault(pair, level) == level
