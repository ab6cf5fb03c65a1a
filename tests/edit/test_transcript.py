"""Captions read back as speech."""

from hypothesis import given

from captioner.edit import to_transcript
from captioner.formats.text.cue_text import join_sentences
from captioner.layout import compose
from captioner.model import Cue, Line, Word
from captioner.style import load_style
from tests.formats.hostile import cues


def cue(start: int, end: int, *lines: Line, speaker: str | None = None) -> Cue:
    return Cue(start, end, lines, speaker)


def test_a_sentence_over_two_captions_is_one() -> None:
    made = to_transcript(
        [cue(0, 2000, Line("We went to")), cue(2100, 4000, Line("the market.")), cue(4100, 5000, Line("No."))]
    )
    assert [sentence.text for sentence in made.sentences] == ["We went to the market.", "No."]
    assert (made.sentences[0].start_ms, made.sentences[0].end_ms) == (0, 4000)


def test_words_get_their_time_by_characters_inside_their_caption() -> None:
    (sentence,) = to_transcript([cue(1000, 2000, Line("ab cdefg"))]).sentences
    assert [(word.text, word.start_ms, word.end_ms) for word in sentence.words] == [
        ("ab ", 1000, 1375),
        ("cdefg", 1375, 2000),
    ]


def test_chinese_is_timed_by_the_character() -> None:
    (sentence,) = to_transcript([cue(0, 500, Line("大家好GPS。"))]).sentences
    assert [word.text for word in sentence.words] == ["大", "家", "好", "GPS。"]


def test_words_that_are_known_are_kept() -> None:
    words = (Word("Hello", "", 5, 70), Word(" you", ".", 300, 410))
    (sentence,) = to_transcript([cue(0, 500, Line("Hello you.", words))]).sentences
    assert sentence.words == words


def test_two_speakers_in_one_caption_are_two_sentences() -> None:
    made = to_transcript([cue(0, 1000, Line("Yes", dash="- ", speaker="Anna"), Line("No", dash="- ", speaker="Bo"))])
    assert [(sentence.speaker, sentence.text) for sentence in made.sentences] == [("Anna", "Yes"), ("Bo", "No")]


def test_a_dash_begins_a_sentence_even_when_nobody_is_named() -> None:
    made = to_transcript([cue(0, 1000, Line("Yes", dash="- "), Line("No", dash="- "))])
    assert [sentence.text for sentence in made.sentences] == ["Yes", "No"]


def test_a_long_pause_ends_a_sentence() -> None:
    assert len(to_transcript([cue(0, 900, Line("and then")), cue(2000, 3000, Line("he left"))]).sentences) == 2


@given(cues())
def test_text_survives_and_times_stay_inside(given_cues: list[Cue]) -> None:
    made = to_transcript(given_cues)
    wanted = "".join(join_sentences(line.text for line in each.lines) for each in given_cues)
    assert "".join("".join(s.text for s in made.sentences).split()) == "".join(wanted.split())
    for sentence in made.sentences:
        assert "".join("".join(w.text for w in sentence.words).split()) == "".join(sentence.text.split())
        assert all(sentence.start_ms <= w.start_ms <= w.end_ms <= sentence.end_ms for w in sentence.words)


def test_narrow_captions_can_be_laid_out_wide() -> None:
    narrow = [
        cue(0, 1500, Line("We went to the market")),
        cue(1500, 3000, Line("and bought three apples.")),
    ]
    (laid,) = compose(to_transcript(narrow, "en"), load_style("web-default"))
    assert laid.text.replace("\n", " ") == "We went to the market and bought three apples."
