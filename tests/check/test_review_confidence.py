"""What the recogniser is unsure of leads the ranking of places to hear."""

from __future__ import annotations

from dataclasses import replace

from captioner.check import check
from captioner.check.context import measure_cues
from captioner.check.review_priority import DOUBTFUL, review_items
from captioner.model import Cue, Line, Sentence, Transcript, Word
from captioner.style import load_style

STYLE = load_style("netflix")
NUMBERS = "Paid 4,711 to Hermann Obermeier in 1987, 1992 and 2004 ABC4."


def sentence(text: str, start_ms: int, *sure: float | None) -> Sentence:
    words = tuple(
        Word(f" {word}", "", start_ms + 100 * at, start_ms + 100 * at + 90, confidence)
        for at, (word, confidence) in enumerate(zip(text.split(), sure, strict=False))
    )
    return Sentence(text, start_ms, start_ms + 2000, words)


def cue(text: str, start_ms: int, words: tuple[Word, ...] = ()) -> Cue:
    return Cue(start_ms, start_ms + 2000, (Line(text, words),))


def test_a_doubtful_word_comes_before_names_and_numbers() -> None:
    talk = Transcript((sentence("plain words here", 0, 1.0, 0.4, 1.0), sentence(NUMBERS, 5000)))
    cues = (cue("plain words here", 0), cue(NUMBERS, 5000))
    context = measure_cues(cues, STYLE, transcript=talk)
    first, second = review_items(context, check(cues, STYLE, transcript=talk))
    assert (first.cue, first.reasons[0]) == (0, "the recogniser is unsure: words (40%)")
    assert second.cue == 1


def test_the_least_certain_word_leads_among_them() -> None:
    talk = Transcript(tuple(sentence("two words", at * 5000, 1.0, 0.2 + at / 10) for at in range(4)))
    cues = tuple(cue("two words", at * 5000) for at in (0, 1, 2, 3))
    context = measure_cues(tuple(reversed(cues)), STYLE, transcript=talk)
    assert [context.cues[item.cue].cue.start_ms for item in review_items(context, ())] == [0, 5000, 10000, 15000]


def test_captions_with_words_of_their_own_need_no_transcript() -> None:
    words = sentence("two words", 0, 0.5, 0.7).words
    context = measure_cues((cue("two words", 0, words),), STYLE)
    (item,) = review_items(context, ())
    assert item.reasons == ("the recogniser is unsure: two (50%), words (70%)",)


def test_certain_words_and_models_that_say_nothing_change_nothing() -> None:
    for sure in (1.0, DOUBTFUL, None):
        words = tuple(replace(word, confidence=sure) for word in sentence("two words", 0, 1.0, 1.0).words)
        assert review_items(measure_cues((cue("two words", 0, words),), STYLE), ()) == ()
