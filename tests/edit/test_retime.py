"""Shifting and stretching: nothing disappears without being told."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from captioner.edit import Linear, retime, retime_transcript, shift
from captioner.model import Cue, Line, Sentence, Transcript, Word
from tests.formats.hostile import cues

WORDS = (Word("Hello ", "", 1000, 1400), Word("there", ".", 1400, 1900))
CUE = Cue(1000, 2000, (Line("Hello there.", WORDS, speaker="0"),), "0")


def test_words_move_with_their_caption() -> None:
    (moved,) = shift([CUE], 500).cues
    assert (moved.start_ms, moved.end_ms) == (1500, 2500)
    assert [(word.start_ms, word.end_ms) for word in moved.lines[0].words] == [(1500, 1900), (1900, 2400)]
    assert moved.text == CUE.text
    assert moved.speaker == "0"


def test_a_caption_before_zero_is_cut_or_left_out_and_told() -> None:
    cut = shift([CUE], -1500)
    assert [(cue.start_ms, cue.end_ms) for cue in cut.cues] == [(0, 500)]
    assert [issue.rule for issue in cut.issues] == ["cut-at-zero"]
    gone = shift([CUE], -2000)
    assert gone.cues == ()
    assert [(issue.rule, issue.cue_index) for issue in gone.issues] == [("left-out", 0)]


@given(cues(), st.integers(0, 10_000_000))
def test_shifting_there_and_back_changes_nothing(given_cues: list[Cue], offset: int) -> None:
    there = shift(given_cues, offset)
    back = shift(there.cues, -offset)
    assert list(back.cues) == given_cues
    assert not there.issues
    assert not back.issues


@given(cues(shortest_ms=9), st.fractions(Fraction(1, 3), 3), st.integers(-10_000, 10_000))
def test_captions_that_did_not_overlap_still_do_not(given_cues: list[Cue], factor: Fraction, offset: int) -> None:
    edited = retime(given_cues, Linear(factor, Fraction(offset)))
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(edited.cues))
    assert all(0 <= cue.start_ms < cue.end_ms for cue in edited.cues)
    assert len(edited.cues) + sum(issue.rule == "left-out" for issue in edited.issues) == len(given_cues)


def test_a_transcript_moves_like_its_captions() -> None:
    transcript = Transcript((Sentence("Hello there.", 1000, 1900, WORDS, "0"),), "en", 3000)
    moved = retime_transcript(transcript, Linear(Fraction(2)))
    assert (moved.sentences[0].start_ms, moved.sentences[0].end_ms, moved.duration_ms) == (2000, 3800, 6000)
    assert [word.start_ms for word in moved.sentences[0].words] == [2000, 2800]
