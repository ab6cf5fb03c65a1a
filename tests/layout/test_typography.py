"""The look of a house on finished lines: marks, spaces, digits, dashes, labels; never wider than allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import style
from captioner.layout.typography import apply_typography, typeset_text
from captioner.layout.width import columns
from captioner.model import Cue, Line, Word

PLAIN = style.load_style("web-default")
STREAMING = style.load_style("netflix")


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("zh", "晚上好，欢迎收看今天的晚间新闻。", "晚上好 欢迎收看今天的晚间新闻"),
        ("zh", "真的吗？！我不信。", "真的吗？我不信"),
        ("zh", "苹果、梨、桃子、", "苹果、梨、桃子"),
        ("zh", "他说“我走了。”然后走了。", "他说“我走了”然后走了"),
        ("zh", "等一下……好吧，", "等一下…好吧"),
        ("zh", "用语音识别 API 完成同样的工作，", "用语音识别API完成同样的工作"),
        ("zh", "Fun ASR 很快，真的。", "Fun ASR很快 真的"),
        ("ja", "今日は、とても天気がいいです。行きましょう。", "今日は とても天気がいいです\u3000行きましょう"),
        ("ja", "本当？そうですか。", "本当？\u3000そうですか"),
        ("ja", "「行こう。」と言った。", "「行こう」と言った"),
        ("ja", "3人と25人が来た", "３人と25人が来た"),
        ("ja", "１２時に来て", "12時に来て"),
        ("en", "Well... I don't know.", "Well… I don't know."),
        ("en", "Good evening, and welcome.", "Good evening, and welcome."),
    ],
)
def test_the_streaming_look(language: str, text: str, shown: str) -> None:
    assert typeset_text(text, STREAMING, language) == shown


@pytest.mark.parametrize(
    "text", ["晚上好，欢迎收看。", "今日は、いい天気です。", "Well... no.", "用 API 完成，", "３人"]
)
def test_the_faithful_look_changes_nothing(text: str) -> None:
    assert typeset_text(text, PLAIN) == text


def test_chinese_and_latin_can_be_parted_by_a_space() -> None:
    spaced = style.parse_style('extends = "web-default"\ncjk_latin_space = "space"\n', "desk")
    assert typeset_text("用API完成3次  test测试", spaced, "zh") == "用 API 完成 3 次 test 测试"


def test_what_would_make_a_line_too_wide_is_left_out_on_that_line() -> None:
    spaced = style.parse_style("cjk_latin_space = 'space'\nmax_columns = 12\n", "desk")
    (cue,) = apply_typography([Cue(0, 1000, (Line("用API完成三"), Line("用API")))], spaced, "zh")
    assert [line.text for line in cue.lines] == ["用API完成三", "用 API"]


def test_dashes_are_those_of_the_language_on_both_lines_or_none() -> None:
    shared = Cue(0, 1000, (Line("Yes.", dash="- ", speaker="0"), Line("No.", dash="- ", speaker="1")))
    (english,) = apply_typography([shared], STREAMING, "en")
    assert [line.dash for line in english.lines] == ["-", "-"]
    dutch = Cue(0, 1000, (Line("Ja, dat is goed.", dash="- "), Line("Nee, dat wil ik niet.", dash="- ")))
    (found,) = apply_typography([dutch], STREAMING, "nl")
    assert [line.dash for line in found.lines] == ["", "-"]


def test_labels_are_in_capitals_where_the_house_prints_them_so() -> None:
    (cue,) = apply_typography([Cue(0, 1000, (Line("Hello.", label="Anna:"),))], style.load_style("bbc-online"), "en")
    assert cue.lines[0].printed == "ANNA: Hello."


def test_tokens_and_times_stay() -> None:
    words = (Word("晚上好", "，", 0, 500),)
    (cue,) = apply_typography([Cue(0, 1000, (Line("晚上好，", words),))], STREAMING, "zh")
    assert (cue.lines[0].text, cue.lines[0].words, cue.end_ms) == ("晚上好", words, 1000)


def test_a_line_of_marks_alone_is_not_emptied() -> None:
    (cue,) = apply_typography([Cue(0, 1000, (Line("，"),))], STREAMING, "zh")
    assert cue.lines[0].text == "，"


TEXTS = st.text(alphabet="好的天气今日は。、，！？…. ABC 123１２「」“”ー", min_size=1, max_size=24)


@given(TEXTS, st.sampled_from(["netflix", "social-vertical", "bbc-online"]), st.sampled_from(["zh", "ja", "en"]))
def test_dressing_never_widens_a_line_beyond_the_limit_and_twice_is_once(text: str, name: str, language: str) -> None:
    house = style.load_style(name)
    cue = Cue(0, 1000, (Line(text),))
    once = apply_typography([cue], house, language)
    resolved = house.for_language(language)
    assert columns(once[0].lines[0].text) <= max(resolved.max_columns, columns(text))
    assert apply_typography(once, house, language, applied_before=True) == once


def test_a_pause_between_chinese_and_latin_is_kept_when_lines_may_be_dressed_already() -> None:
    once = apply_typography([Cue(0, 1000, (Line("用API，完成"),))], STREAMING, "zh")
    assert once[0].lines[0].text == "用API 完成"
    assert apply_typography(once, STREAMING, "zh", applied_before=True) == once
