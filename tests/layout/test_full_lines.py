"""Cues whose lines are filled: as line-21 captions are, but for words that belong to the next one."""

from __future__ import annotations

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.layout import compose, explain
from captioner.model import Sentence, Transcript, Word
from captioner.style import Style
from tests.layout.test_golden import spoken

HOUSE = (
    "The reason for this is that nobody has ever found a good way of keeping the two parts of the house together. "
    "We looked at the results of the first test and then at the cost of building a second one in the same town."
)
HAUS = (
    "Wir haben lange darüber nachgedacht, wie man die beiden Teile des Hauses so verbinden kann, dass niemand mehr "
    "durch den Regen gehen muss."
)
MAISON = (
    "Nous avons longtemps cherché comment relier les deux parties de la maison pour que personne ne doive plus "
    "marcher sous la pluie."
)
FANGZI = "我们花了很长时间研究怎样把房子的两个部分连接起来，让大家不用再冒着雨走过去。"


def full(width: int = 32, lines: int = 2) -> Style:
    return Style("s", max_columns=width, max_lines=lines, line_fill="full")


def cut(said: Transcript, style: Style) -> list[str]:
    return [" / ".join(line.text for line in cue.lines) for cue in compose(said, style)]


@pytest.mark.parametrize(
    ("text", "language", "width", "cues"),
    [
        (
            HOUSE,
            "en",
            32,
            [
                "The reason for this is that / nobody has ever found a good way",
                "of keeping the two parts / of the house together.",
                "We looked at the results / of the first test and then",
                "at the cost of building a second / one in the same town.",
            ],
        ),
        (
            HOUSE,
            "en",
            37,
            [
                "The reason for this is that nobody / has ever found a good way of keeping",
                "the two parts of the house together.",
                "We looked at the results of the first / test and then at the cost",
                "of building a second one / in the same town.",
            ],
        ),
        (
            HOUSE,
            "en",
            42,
            [
                "The reason for this is that nobody has / ever found a good way of keeping",
                "the two parts of the house together.",
                "We looked at the results of the first test / and then at the cost of building",
                "a second one in the same town.",
            ],
        ),
        (
            HAUS,
            "de",
            37,
            [
                "Wir haben lange darüber nachgedacht, / wie man die beiden Teile des Hauses",
                "so verbinden kann, dass niemand mehr / durch den Regen gehen muss.",
            ],
        ),
        (
            MAISON,
            "fr",
            42,
            [
                "Nous avons longtemps cherché comment / relier les deux parties de la maison",
                "pour que personne ne doive plus marcher / sous la pluie.",
            ],
        ),
        (FANGZI, "zh", 32, ["我们花了很长时间研究怎样把房子的 / 两个部分连接起来，让大家不用", "再冒着雨走过去。"]),
    ],
)
def test_cues_are_filled_and_what_is_left_is_the_last(text: str, language: str, width: int, cues: list[str]) -> None:
    assert cut(spoken(text, language), full(width)) == cues


@pytest.mark.parametrize("width", [30, 32, 34, 37, 42])
def test_no_line_ends_on_an_article_preposition_or_conjunction(width: int) -> None:
    lines = [line.text for cue in compose(spoken(HOUSE, "en"), full(width)) for line in cue.lines]
    leaning = {"the", "of", "a", "for", "and", "in", "at"}
    assert [line for line in lines[:-1] if line.split()[-1].lower() in leaning] == []


def test_a_line_breaks_at_the_first_place_at_or_after_the_middle() -> None:
    assert cut(spoken("These four numbers multiply nicely today.", "en"), full()) == [
        "These four numbers multiply / nicely today."
    ]


def test_a_line_ends_earlier_to_keep_a_word_with_the_next_one() -> None:
    assert cut(spoken("Nobody could carry boxes from inside houses.", "en"), full()) == [
        "Nobody could carry boxes / from inside houses."
    ]


def test_few_words_are_not_left_alone_for_the_last_cue() -> None:
    said = spoken("Seven large houses stand around seven small gardens growing tall trees.", "en")
    filled = "Seven large houses stand around seven small gardens growing"
    assert len(filled) < 2 * 32 - 4  # so much would fit
    assert cut(said, full()) == ["Seven large houses stand / around seven small gardens", "growing tall trees."]


def test_every_sentence_begins_a_cue_unless_it_is_too_short_to_be_read() -> None:
    words = [("Now", 0, 900), (" go.", 900, 1800), (" Please", 1800, 2700), (" stay.", 2700, 3600)]
    slow = tuple(Word(text, "", start, end) for text, start, end in words)
    fast = tuple(Word(text, "", start // 6, end // 6) for text, start, end in words)
    for said, expected in ((slow, ["Now go.", "Please stay."]), (fast, ["Now go. Please stay."])):
        sentences = (
            Sentence("Now go.", said[0].start_ms, said[1].end_ms, said[:2], "0"),
            Sentence("Please stay.", said[2].start_ms, said[3].end_ms, said[2:], "0"),
        )
        assert cut(Transcript(sentences, "en"), full()) == expected


def test_a_dash_with_which_speech_breaks_off_ends_a_cue_and_is_told() -> None:
    said = spoken("I would like to begin with-- well, let me begin with something else.", "en")
    assert cut(said, full())[0] == "I would like to begin with--"
    assert explain(said, full()).reasons[0] == "ends at the dash"


def test_a_long_pause_ends_a_cue_and_is_told() -> None:
    words = [
        Word("we", "", 0, 300),
        Word(" wait", "", 300, 900),
        Word(" for", "", 2200, 2500),
        Word(" it", "", 2500, 3000),
    ]
    said = Transcript((Sentence("we wait for it", 0, 3000, tuple(words), "0"),), "en")
    assert cut(said, full()) == ["we wait", "for it"]
    assert explain(said, full()).reasons[0] == "ends where the speaker pauses; a pause of 1.3 s follows"


def test_the_reason_inside_a_sentence_is_that_lines_are_full() -> None:
    reasons = explain(spoken(HOUSE, "en"), full()).reasons
    assert reasons[0] == "ends between “way” and “of”, where its lines are full"
    said = spoken("Seven large houses stand beside seven small gardens behind tall walls.", "en")
    assert explain(said, full(35)).reasons[0].endswith(", so that the caption after it is not too short")


def test_no_cue_is_longer_than_the_style_allows() -> None:
    said = spoken(HOUSE, "en")
    slow = Transcript(
        tuple(
            Sentence(
                one.text,
                one.start_ms * 5,
                one.end_ms * 5,
                tuple(Word(word.text, word.punctuation, word.start_ms * 5, word.end_ms * 5) for word in one.words),
                one.speaker,
            )
            for one in said.sentences
        ),
        "en",
    )
    assert max(cue.end_ms - cue.start_ms for cue in compose(slow, full())) <= full().max_duration_ms


@given(
    words=st.lists(st.text(string.ascii_lowercase + ".,-", min_size=1, max_size=14), min_size=1, max_size=60),
    width=st.integers(16, 64),
    lines=st.integers(1, 4),
)
def test_limits_hold_and_text_is_whole(words: list[str], width: int, lines: int) -> None:
    said = spoken(" ".join(words), "en")
    cues = compose(said, full(width, lines))
    assert all(len(line.text) <= width for cue in cues for line in cue.lines)
    assert all(len(cue.lines) <= lines for cue in cues)
    shown = "".join(itertools.chain.from_iterable(line.text for cue in cues for line in cue.lines))
    assert "".join(shown.split()) == "".join("".join(words).split())
