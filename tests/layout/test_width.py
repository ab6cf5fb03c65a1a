"""Columns and the characters a reader sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.layout.width import clusters, columns


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("plain text", 10), ("人工智能", 8), ("ひらがな", 8), ("한국어", 6), ("é", 1), ("e\u0301", 1), ("Ｃ", 2),
        ("\u200fשלום\u200e", 4), ("ที่", 1), ("…", 1), ("“”", 2), ("⋯", 2), ("👍", 2), ("", 0),
    ],
)  # fmt: skip
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


@pytest.mark.parametrize(("text", "width"), [("“好”", 6), ("……", 4), ("—", 2), ("abc", 3)])
def test_quotes_and_dashes_are_full_in_chinese_and_japanese(text: str, width: int) -> None:
    assert columns(text, wide_ambiguous=True) == width


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("abc", ["a", "b", "c"]), ("e\u0301x", ["e\u0301", "x"]), ("👩‍👧x", ["👩‍👧", "x"]), ("👍🏽👍", ["👍🏽", "👍"]),
        ("🇫🇷🇩🇪", ["🇫🇷", "🇩🇪"]), ("กำ", ["กำ"]),
    ],
)  # fmt: skip
def test_clusters(text: str, seen: list[str]) -> None:
    assert clusters(text) == seen


@given(st.text(max_size=30))
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text
