"""A word thrown into another's sentence is shown when it is heard, and nothing is lost over it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.layout import compose
from captioner.model import Cue, Sentence, Transcript, Word
from captioner.style import load_style
from tests.examples import examples

STYLE = load_style("web-default")
LONG = (
    "You have, on the one hand, the people who write the programs, and on the other hand the people who use them, "
    "and because nobody knows what the next version will look like, we keep the two apart."
)


def said(text: str, start_ms: int, voice: str, *, ms_per_word: int = 330) -> Sentence:
    """A sentence at an even rate on a channel of its own."""
    words, now = [], start_ms
    for number, token in enumerate(text.split()):
        words.append(Word(" " * bool(number) + token, "", now, now + ms_per_word))
        now += ms_per_word
    return Sentence(text, start_ms, now, tuple(words), voice, int(voice))


def laid_out(*sentences: Sentence) -> tuple[Cue, ...]:
    return compose(Transcript(sentences, "en", by_channel=True), STYLE)


def letters(text: str) -> str:
    return "".join(text.split())


def by_voice(cues: tuple[Cue, ...], voice: str) -> str:
    return letters("".join(line.text for cue in cues for line in cue.lines if line.speaker == voice))


def test_a_word_thrown_in_stands_inside_the_sentence_and_near_its_time() -> None:
    cues = laid_out(said(LONG, 1_000, "0"), said("Right.", 5_200, "1"))
    [place] = [number for number, cue in enumerate(cues) if cue.speaker == "1"]
    assert 0 < place < len(cues) - 1
    assert 5_160 <= cues[place].start_ms <= 6_200
    assert cues[place].lines[0].label == "Channel 2:"
    assert cues[place + 1].lines[0].label == "Channel 1:"


def test_every_caption_around_it_can_be_read() -> None:
    cues = laid_out(said(LONG, 1_000, "0"), said("Right.", 5_200, "1"), said("Yes, of course.", 9_500, "1"))
    assert [cue.speaker for cue in cues].count("1") == 2
    assert all(cue.end_ms - cue.start_ms >= STYLE.min_duration_ms for cue in cues)


def test_a_long_reply_over_a_sentence_follows_it() -> None:
    cues = laid_out(said(LONG, 1_000, "0"), said(LONG, 3_000, "1"))
    voices = [cue.speaker for cue in cues]
    assert voices == sorted(voices, key=str)
    assert all(cue.end_ms - cue.start_ms >= STYLE.min_duration_ms for cue in cues)


def test_what_comes_late_can_be_read_and_so_can_what_it_follows() -> None:
    cues = laid_out(said(LONG, 1_000, "0"), said("No, that is not at all what I said yesterday.", 5_000, "1"))
    assert cues[-1].speaker == "1"
    assert all(cue.end_ms - cue.start_ms >= STYLE.min_duration_ms for cue in cues)


def test_a_word_over_the_last_second_follows_the_sentence() -> None:
    long = said(LONG, 1_000, "0")
    cues = laid_out(long, said("Right.", long.end_ms - 900, "1"))
    assert cues[-1].speaker == "1"


@st.composite
def calls(draw: st.DrawFn) -> list[Sentence]:
    """A long sentence on one channel, short ones thrown in on the other, and more speech after it."""
    long = said(LONG, 1_000, "0", ms_per_word=draw(st.sampled_from([200, 330, 600])))
    starts = draw(st.lists(st.integers(0, long.end_ms + 2_000), min_size=1, max_size=6))
    thrown, now = [], 0
    for start in sorted(starts):
        sentence = said(draw(st.sampled_from(["Right.", "Yes, of course.", "I see", LONG])), max(now, start), "1")
        thrown.append(sentence)
        now = sentence.end_ms
    return [long, said("So that is the plan.", long.end_ms + draw(st.integers(0, 900)), "0"), *thrown]


@settings(max_examples=examples(60), deadline=None)
@given(calls())
def test_whatever_is_thrown_in_each_voice_keeps_its_words_in_order(sentences: list[Sentence]) -> None:
    cues = laid_out(*sentences)
    for voice in ("0", "1"):
        assert by_voice(cues, voice) == letters("".join(s.text for s in sentences if s.speaker == voice))
    assert all(one.end_ms <= other.start_ms for one, other in pairwise(cues))
    assert all(len({line.speaker for line in cue.lines}) == 1 or all(line.dash for line in cue.lines) for cue in cues)
    before = None
    for cue in cues:
        for line in cue.lines:
            assert bool(line.label) == (line.speaker != before)
            before = line.speaker


@settings(max_examples=examples(30), deadline=None)
@given(calls(), st.integers(1, 100_000))
def test_a_call_moved_in_time_is_cut_alike(sentences: list[Sentence], by: int) -> None:
    base = [moved(sentence, 1_000) for sentence in sentences]  # away from zero, where nothing can begin earlier
    plain, late = laid_out(*base), laid_out(*[moved(sentence, by) for sentence in base])
    assert [(c.start_ms + by, c.end_ms + by, c.text) for c in plain] == [(c.start_ms, c.end_ms, c.text) for c in late]


def moved(sentence: Sentence, by: int) -> Sentence:
    words = tuple(Word(w.text, w.punctuation, w.start_ms + by, w.end_ms + by) for w in sentence.words)
    return Sentence(
        sentence.text, sentence.start_ms + by, sentence.end_ms + by, words, sentence.speaker, sentence.channel
    )
