"""Columns and the characters a reader sees."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from captioner.layout.width import clusters, columns
from tests.waiting import PATIENCE_S


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("plain text", 10), ("人工智能", 8), ("ひらがな", 8), ("한국어", 6), ("é", 1), ("e\u0301", 1), ("Ｃ", 2),
        ("\u200fשלום\u200e", 4), ("ที่", 1), ("…", 1), ("“”", 2), ("⋯", 2), ("👍", 2), ("", 0),
    ],
)  # fmt: skip
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width


SEQUENCES = {
    "a family": "👨‍👩‍👧‍👦",
    "a couple with a kiss": "👩‍❤️‍💋‍👨",
    "an astronaut": "👩🏽‍🚀",
    "a skin tone": "👍🏽",
    "a flag": "🇩🇪",
    "half a flag": "🇩",
    "the flag of England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "a rainbow flag": "🏳️‍🌈",
    "a heart as an emoji": "❤️",
    "a trade mark as an emoji": "™️",
    "a keycap": "1️⃣",
    "a person with a ball": "⛹️‍♂️",
    "an emoji of Unicode 15": "🫨",
    "Hangul from three jamo": "\u1112\u1161\u11ab",
    "Hangul from two jamo": "\u1100\u1161",
    "old Hangul": "\ua960\u1161\ud7cb",
}


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("wide", [False, True])
def test_several_characters_that_are_one_sign_take_two_columns(name: str, wide: bool) -> None:
    sign = SEQUENCES[name]
    assert columns(sign, wide_ambiguous=wide) == 2
    assert clusters(sign) == [sign]
    assert columns(f"a{sign}好{sign}b", wide_ambiguous=wide) == 8


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("☺\ufe0e", 1), ("❤", 1), ("🇫🇷🇩🇪", 4), ("Z\u0334\u033b", 1), ("か\u3099", 2), ("ｶﾞ", 2),
        ("\u302e가", 2), ("\u1161", 0),
        ("क्षि", 3), ("नमस्ते", 4), ("می\u200cخواهم", 7), ("a\u00adb", 2), ("\u200d", 0), ("葛\U000e0100", 2), ("👍⋯", 4),
    ],
)  # fmt: skip
def test_marks_and_joiners_count_with_their_base(text: str, width: int) -> None:
    assert columns(text) == width


def test_an_ambiguous_character_is_wide_by_language_beside_an_emoji_too() -> None:
    assert columns("“👍”…") == 5
    assert columns("“👍”…", wide_ambiguous=True) == 8


NOT_LIKE_WCWIDTH = frozenset(
    "\u00ad\u22ef\u2028\u2029\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
)
"""Not printed, or full-width in some Chinese captions; terminals show them otherwise."""


@given(st.text(st.characters(exclude_categories=("Cc", "Cn", "Co", "Cs", "Mc")), max_size=8), st.booleans())
def test_any_other_text_is_as_wide_as_wcwidth_says(text: str, wide: bool) -> None:
    if NOT_LIKE_WCWIDTH & set(text):
        return
    clustered = [cluster for cluster in clusters(text) if len(cluster) > 1]
    if not clustered and not any("\u2630" <= c <= "\u4dff" or c > "\U00010000" for c in text):
        assert columns(text, wide_ambiguous=wide) == wcswidth(text, ambiguous_width=2 if wide else 1)


@pytest.mark.process
def test_wcwidth_is_not_loaded_for_ordinary_text() -> None:
    code = (
        "import sys\nfrom captioner.layout.width import columns\n"
        "columns('“人工智能” café, naïve — ที่ مُحَمَّد नमस्ते 한국어')\n"
        "assert 'wcwidth' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE_S)


@pytest.mark.parametrize(("text", "width"), [("“好”", 6), ("……", 4), ("—", 2), ("abc", 3)])
def test_quotes_and_dashes_are_full_in_chinese_and_japanese(text: str, width: int) -> None:
    assert columns(text, wide_ambiguous=True) == width


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("abc", ["a", "b", "c"]), ("e\u0301x", ["e\u0301", "x"]), ("👩‍👧x", ["👩‍👧", "x"]), ("👍🏽👍", ["👍🏽", "👍"]),
        ("🇫🇷🇩🇪", ["🇫🇷", "🇩🇪"]), ("กำ", ["กำ"]), ("မာ", ["မာ"]), ("क्षि", ["क्षि"]), ("\r\n", ["\r", "\n"]),
    ],
)  # fmt: skip
def test_clusters(text: str, seen: list[str]) -> None:
    assert clusters(text) == seen


@given(st.text(max_size=30))
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text
