"""Word by word: every word is shown once, in order, in the time of the caption it comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.layout.postprocess import postprocess
from captioner.layout.word_by_word import to_word_cues
from captioner.model import Cue, Line, Word
from captioner.style import load_style

STYLE = load_style("word-by-word")


def spoken(words: str, start_ms: int, each_ms: int, gap: str = " ") -> Cue:
    """A caption whose words are spoken evenly."""
    parts = words.split("|")
    timed = tuple(
        Word(part + gap, "", start_ms + at * each_ms, start_ms + (at + 1) * each_ms) for at, part in enumerate(parts)
    )
    return Cue(start_ms, start_ms + len(parts) * each_ms, (Line(gap.join(parts), timed, "0", label="Anna:"),), "0")


def test_each_word_is_shown_from_when_it_is_spoken_until_the_next() -> None:
    shown = to_word_cues([spoken("So|what|now?", 1000, 400)], STYLE, "en")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in shown] == [
        (1000, 1400, "So"),
        (1400, 1800, "what"),
        (1800, 2200, "now?"),
    ]
    assert [cue.lines[0].label for cue in shown] == ["Anna:", "", ""]


def test_chinese_is_parted_at_words_and_keeps_its_marks() -> None:
    shown = to_word_cues([spoken("晚上|好，|欢迎|收看。", 0, 500, "")], STYLE, "zh")
    assert [cue.text for cue in shown] == ["晚上", "好，", "欢迎", "收看。"]


def test_a_word_too_short_to_be_seen_shares_its_caption() -> None:
    shown = to_word_cues([spoken("I|am|here", 0, 80)], STYLE, "en")
    assert [(cue.start_ms, cue.end_ms, cue.text) for cue in shown] == [(0, 240, "I am here")]


def test_other_styles_do_not_count_words() -> None:
    cues = [spoken("So|what|now?", 1000, 400)]
    assert to_word_cues(cues, load_style("web-default"), "en") == tuple(cues)
    assert len(postprocess(cues, STYLE, language="en")) == 3


@given(
    st.lists(st.sampled_from(["a", "word", "Dr.", "$90", "evening,", "know."]), min_size=1, max_size=9),
    st.integers(1, 900),
)
def test_nothing_is_lost_and_no_time_is_added(parts: list[str], each_ms: int) -> None:
    cue = spoken("|".join(parts), 0, each_ms)
    shown = to_word_cues([cue], STYLE, "en")
    assert " ".join(part.text for part in shown) == " ".join(parts)
    assert [part.start_ms for part in shown] == [0, *(part.end_ms for part in shown[:-1])]
    assert shown[-1].end_ms == cue.end_ms
    assert len(shown) == 1 or min(part.end_ms - part.start_ms for part in shown) >= STYLE.min_duration_ms


@pytest.mark.parametrize("text", ["", "…", "（笑）"])
def test_a_caption_without_words_stays(text: str) -> None:
    assert [cue.text for cue in to_word_cues([Cue(0, 900, (Line(text),))], STYLE, "zh")] == [text]
