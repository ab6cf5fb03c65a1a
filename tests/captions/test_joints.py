"""Captions conformed to random cuts: every word that is heard is shown once where it is heard, and no other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from captioner import style as styles
from captioner.captions.joints import as_wide_as, with_joints
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import lay_out
from captioner.edit import Conformed, ConformSource, Segment, conform
from captioner.formats import Context
from captioner.model import Cue, Line, Sentence, Transcript, Word
from tests.examples import examples

STYLE = styles.load_style("web-default")
OPTIONS = CaptionOptions(style=STYLE)
RATE = Fraction(25)
FRAME_MS = 40


def spoken(prefix: str, count: int) -> Transcript:
    """Numbered words with times, in sentences of seven, spoken by two in turn."""
    sentences, words, at = [], [], 400
    for number in range(count):
        last = number % 7 == 6 or number == count - 1
        length = 180 + 37 * (number % 5)
        words.append(Word(f"{prefix}{number}", "." if last else " ", at, at + length))
        at += length + (430 if last else 20)
        if last:
            text = "".join(word.text + word.punctuation for word in words).strip()
            speaker = str(len(sentences) // 2 % 2)
            sentences.append(Sentence(text, words[0].start_ms, words[-1].end_ms, tuple(words), speaker))
            words = []
    return Transcript(tuple(sentences), "en", at + 1000)


def source(prefix: str, count: int) -> ConformSource:
    transcript = spoken(prefix, count)
    context = Context(duration_ms=transcript.duration_ms, transcript=transcript, language="en")
    return ConformSource(f"{prefix}.json", lay_out(transcript, STYLE, context, OPTIONS), transcript)


SOURCES = (source("a", 90), source("b", 60))
SPEEDS = (Fraction(1), Fraction(1), Fraction(1), Fraction(5, 4), Fraction(2), Fraction(-1), Fraction(0))


@st.composite
def cuts(draw: st.DrawFn) -> tuple[Segment, ...]:
    """One to seven clips on frames, one behind the other."""
    made, at = [], 0
    for number in range(draw(st.integers(1, 7))):
        which = draw(st.integers(0, 1))
        start = draw(st.integers(0, 600))
        length = draw(st.integers(1, 250))
        at += draw(st.sampled_from([0, 0, 30]))
        speed = draw(st.sampled_from(SPEEDS))
        made.append(
            Segment(
                which,
                Fraction(start * FRAME_MS),
                Fraction(at * FRAME_MS),
                Fraction(length * FRAME_MS),
                speed,
                f"event {number}",
            )
        )
        at += length
    return tuple(made)


def heard_in(segments: tuple[Segment, ...]) -> list[tuple[str, Fraction, Segment]]:
    """Every word whose larger part is heard, with the middle of it in the cut."""
    found = []
    for segment in segments:
        if segment.speed <= 0:
            continue
        transcript = SOURCES[segment.source].transcript
        assert transcript is not None
        for word in (word for sentence in transcript.sentences for word in sentence.words):
            middle = Fraction(word.start_ms + word.end_ms, 2)
            if segment.start_ms <= middle < segment.end_ms:
                found.append((word.text, segment.at_ms + (middle - segment.start_ms) / segment.speed, segment))
    return found


def captions_of(segments: tuple[Segment, ...]) -> tuple[Conformed, tuple[Cue, ...]]:
    made = conform(SOURCES, segments, RATE)
    context = Context(transcript=made.transcript, language="en", frame_rate=RATE)
    borders = sorted({each for segment in segments for each in (segment.at_ms, segment.until_ms)})
    return made, with_joints(made, borders, STYLE, context, OPTIONS)


@settings(max_examples=examples(100), deadline=None)
@given(cuts())
def test_every_word_that_is_heard_is_shown_once_where_it_is_heard(segments: tuple[Segment, ...]) -> None:
    made, cues = captions_of(segments)
    expected = heard_in(segments)
    shown = [word.strip(".") for cue in cues for line in cue.lines for word in line.text.split()]
    assert shown == [word for word, _, _ in expected]
    holders = [cue for cue in cues for line in cue.lines for _ in line.text.split()]
    for (_, middle, segment), cue in zip(expected, holders, strict=True):
        assert segment.at_ms - 1 <= cue.start_ms < cue.end_ms <= segment.until_ms + 1
        assert cue.start_ms - FRAME_MS <= middle <= cue.end_ms + STYLE.min_gap_ms + FRAME_MS
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(cues))
    assert made.shown <= sum(len(each.cues) for each in SOURCES)


@settings(max_examples=examples(50), deadline=None)
@given(cuts())
def test_the_transcript_of_the_cut_has_the_words_at_their_times(segments: tuple[Segment, ...]) -> None:
    made, _ = captions_of(segments)
    expected = heard_in(segments)
    words = [word for sentence in made.transcript.sentences for word in sentence.words] if made.transcript else []
    assert [word.text for word in words] == [word for word, _, _ in expected]
    for word, (_, middle, segment) in zip(words, expected, strict=True):
        assert word.start_ms - 1 <= middle <= word.end_ms + 1
        assert segment.at_ms - 1 <= word.start_ms <= word.end_ms <= segment.until_ms + 1


def test_captions_inside_a_clip_keep_their_lines_and_look() -> None:
    first = SOURCES[0].cues[3]
    segment = Segment(
        0, Fraction(first.start_ms - 200), Fraction(10_000), Fraction(first.end_ms - first.start_ms + 400)
    )
    _, cues = captions_of((segment,))
    assert first.lines[0].text in [line.text for cue in cues for line in cue.lines]
    moved = next(cue for cue in cues if cue.text == first.text)
    assert moved.start_ms == 10_200
    assert [replace(line, label="") for line in moved.lines] == [
        _moved(line, 10_200 - first.start_ms) for line in first.lines
    ]


def _moved(line: Line, by_ms: int) -> Line:
    words = tuple(replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms) for word in line.words)
    return replace(line, words=words, label="")


def test_what_begins_and_ends_in_mid_sentence_is_listed_once() -> None:
    transcript = SOURCES[0].transcript
    assert transcript is not None
    third = transcript.sentences[2]
    segment = Segment(
        0, Fraction(third.words[2].start_ms), Fraction(0), Fraction(third.words[5].end_ms - third.words[2].start_ms)
    )
    made, _ = captions_of((segment,))
    assert [loss.kind for loss in made.losses] == ["begins", "ends"]
    whole = Segment(0, Fraction(third.start_ms - 100), Fraction(0), Fraction(third.end_ms - third.start_ms + 200))
    made, _ = captions_of((whole,))
    assert made.losses == ()


def test_captions_without_times_of_words_are_cut_and_told() -> None:
    cue = Cue(1000, 5000, (Line("one two three four five six"),))
    plain = ConformSource("talk.srt", (cue,))
    made = conform([plain], [Segment(0, Fraction(0), Fraction(0), Fraction(3000))])
    assert made.estimated == ("talk.srt",)
    assert made.transcript is None
    assert [sentence.text for sentence in made.joints[0].transcript.sentences] == ["one two three"]


def test_captions_beside_cuts_are_as_wide_as_the_others() -> None:
    cue = Cue(0, 1000, (Line("a" * 30), Line("b" * 20), Line("c")))
    assert as_wide_as(STYLE, [cue]).max_columns == 30
    assert as_wide_as(STYLE, [cue]).max_lines == 3
