"""The text of one caption in new lines: as few as fit, broken where layout would break, or no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import style
from captioner.layout.rebreak import rebreak
from captioner.layout.width import columns

PLAIN = style.load_style("web-default")


@pytest.mark.parametrize(
    ("language", "text", "lines"),
    [
        ("en", "Good evening.", ("Good evening.",)),
        (
            "en",
            "In a test of 1,200 clips, 96% of the words were right, I am told.",
            ("In a test of 1,200 clips,", "96% of the words were right, I am told."),
        ),
        (
            "zh",
            "我是主持人李梅，今晚请到的是海港研究院的王志远博士。",
            ("我是主持人李梅，今晚请到的", "是海港研究院的王志远博士。"),
        ),
        ("en", "x" * 90, None),
        ("en", "one two three four five six seven eight nine ten " * 3, None),
    ],
)
def test_a_text_is_broken_where_layout_would_break_it(language: str, text: str, lines: tuple[str, ...] | None) -> None:
    assert rebreak(text, PLAIN.for_language(language), language) == lines


def test_a_label_takes_its_room_on_the_first_line() -> None:
    text = "Good evening, and welcome to the report."
    assert rebreak(text, PLAIN, "en") == (text,)
    assert len(rebreak(text, PLAIN, "en", taken=11) or ()) == 2


@given(
    st.lists(
        st.sampled_from(("the", "a", "of", "report", "evening", "welcome,", "25", "km", "and", "to.", "96%")),
        min_size=1,
        max_size=16,
    )
)
def test_lines_are_the_text_and_fit(words: list[str]) -> None:
    text = " ".join(words)
    lines = rebreak(text, PLAIN, "en")
    if lines is not None:
        assert " ".join(lines) == text
        assert max(map(columns, lines)) <= PLAIN.max_columns
        assert len(lines) <= PLAIN.max_lines
