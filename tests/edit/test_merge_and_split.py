"""Joining files and parting them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.edit import CUT_RULES, Part, merge, split
from captioner.errors import ConfigError
from captioner.model import Cue, Line, Word
from tests.formats.hostile import cues


def cue(start: int, end: int, text: str = "text") -> Cue:
    return Cue(start, end, (Line(text),))


def timed(start: int, text: str, step: int) -> Cue:
    words = text.split(" ")
    spans = [(start + number * step, start + (number + 1) * step) for number in range(len(words))]
    line = Line(text, tuple(Word(w, "", a, b) for w, (a, b) in zip(words, spans, strict=True)), label="Anna:")
    return Cue(start, spans[-1][1], (line,))


def spans(part: tuple[Cue, ...]) -> list[tuple[int, int, str]]:
    return [(each.start_ms, each.end_ms, each.text) for each in part]


def test_parts_follow_one_another_at_their_offsets() -> None:
    merged = merge([Part("a", [cue(0, 900, "one")]), Part("b", [cue(100, 500, "two")], 1000)])
    assert spans(merged.cues) == [(0, 900, "one"), (1100, 1500, "two")]
    assert merged.issues == ()


def test_captions_of_two_files_that_overlap_are_told_and_those_of_one_file_are_not() -> None:
    merged = merge([Part("a", [cue(0, 900), cue(500, 800)]), Part("b.srt", [cue(0, 500)], 700)])
    assert len(merged.cues) == 3
    assert len(merged.issues) == 1
    assert merged.issues[0].value == 100
    assert "b.srt" in merged.issues[0].message


def test_a_part_that_begins_before_zero_says_what_it_lost() -> None:
    merged = merge([Part("late.srt", [cue(0, 900)], -1000)])
    assert merged.cues == ()
    assert merged.issues[0].message.startswith("late.srt: caption 1")


def test_words_decide_on_which_side_of_a_cut_they_are() -> None:
    before, after = split([timed(1000, "one two three four", 500)], [2100])
    assert spans(before) == [(1000, 2100, "one two")]
    assert spans(after) == [(0, 900, "three four")]
    assert [word.text for word in after[0].lines[0].words] == ["three", "four"]
    assert (before[0].lines[0].label, after[0].lines[0].label) == ("Anna:", "")


def test_a_cut_between_the_last_word_and_the_end_leaves_nothing_behind_it() -> None:
    words = timed(0, "one two", 500)
    lingering = Cue(0, 3000, words.lines)
    before, after = split([lingering], [2000])
    assert spans(before) == [(0, 2000, "one two")]
    assert after == ()


def test_chinese_words_are_parted_without_spaces() -> None:
    words = (Word("大家", "，", 0, 400), Word("你们", "", 400, 800), Word("好", "。", 800, 1000))
    before, after = split([Cue(0, 1000, (Line("大家，你们好。", words),))], [450])
    assert (before[0].text, after[0].text) == ("大家，", "你们好。")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("words", ([(0, 1000, "x")], [(500, 600, "y")])),
        ("whole", ([(0, 1000, "x")], [(500, 600, "y")])),
        ("both", ([(0, 1000, "x")], [(0, 400, "x"), (500, 600, "y")])),
    ],
)
def test_without_words_the_rule_decides(rule: str, expected: tuple[list[object], list[object]]) -> None:
    parts = split([cue(0, 1400, "x"), cue(1500, 1600, "y")], [1000], rule=rule)
    assert (spans(parts[0]), spans(parts[1])) == expected


def test_times_may_be_kept() -> None:
    assert spans(split([cue(1500, 1600)], [1000], rebase=False)[1]) == [(1500, 1600, "text")]


@given(
    cues(), st.lists(st.integers(1, 35_100_000), min_size=1, max_size=4, unique=True), st.sampled_from(list(CUT_RULES))
)
def test_every_caption_is_in_a_part_and_in_its_bounds(given_cues: list[Cue], cuts: list[int], rule: str) -> None:
    parts = split(given_cues, cuts, rule=rule, rebase=False)
    assert len(parts) == len(cuts) + 1
    bounds = [0, *sorted(cuts), 36_000_000]
    for number, part in enumerate(parts):
        for each in part:
            assert bounds[number] <= each.start_ms < each.end_ms <= bounds[number + 1]
    texts = [each.text for part in parts for each in part]
    assert all(one.text in texts for one in given_cues)


@given(st.integers(1, 2999))
def test_no_word_is_lost_or_doubled_by_a_cut(at: int) -> None:
    text = "one two three four five six"
    parts = split([timed(0, text, 500)], [at])
    assert " ".join(each.text for part in parts for each in part) == text


@pytest.mark.parametrize("cuts", [[], [0], [-5], [10, 10]])
def test_cuts_that_cannot_be_are_refused(cuts: list[int]) -> None:
    with pytest.raises(ConfigError, match="split"):
        split([cue(0, 10)], cuts)
