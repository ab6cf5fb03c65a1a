"""Ordinary speech can be sent on line 21 in every style; what is moved is told, only the impossible refused."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from captioner.captions.channel import fit_to_channel
from captioner.check.transcript_alignment import letters
from captioner.errors import FormatError
from captioner.formats import Context, read, render
from captioner.layout import compose
from captioner.model import Cue, Line, Sentence, Transcript, Word
from captioner.style import load_style, style_names

CONTEXT = Context(language="en", frame_rate=Fraction(30000, 1001))
FRAME_MS = 34
SENTENCES = (
    "I thought we had said nine o'clock, at the corner by the bakery.",
    "No.",
    "You never listen, do you?",
    "The council will vote on the new bridge next Tuesday, unless it is postponed again.",
    "Well, that is what they told me.",
    "And who is going to pay for all of it in the end, if I may ask?",
    "Nobody knows.",
    "We have been waiting for this train for more than forty minutes now.",
    "Right.",
    "It rained, it snowed, and then the sun came out, all within a quarter of an hour.",
)


def talk(words_a_minute: int, seed: int, speakers: int = 2) -> Transcript:
    """Speech at a rate, with pauses of up to a second, and with turns that follow each other without one."""
    chance = random.Random(seed)
    at_ms, sentences = 700, []
    for text in chance.choices(SENTENCES, k=40):
        words, first_ms = [], at_ms
        for word in text.split():
            length_ms = 60_000 * (len(word) + 1) * 10 // (words_a_minute * 57)  # 4.7 letters a word, and the space
            words.append(Word(f"{word} ", "", at_ms, at_ms + length_ms))
            at_ms += length_ms
        sentences.append(Sentence(text, first_ms, at_ms, tuple(words), str(chance.randrange(speakers))))
        at_ms += chance.choice((0, 0, 60, 200, 950))
    return Transcript(tuple(sentences), "en")


@pytest.mark.parametrize("name", style_names())
@pytest.mark.parametrize("words_a_minute", [160, 220])
def test_ordinary_speech_is_sent_in_every_style(name: str, words_a_minute: int) -> None:
    cues = compose(talk(words_a_minute, 1), load_style(name))
    fitted, issues = fit_to_channel(cues, CONTEXT)
    file = read(render(fitted, "scc", CONTEXT), "talk.scc")
    said = letters(" ".join(map(printed, cues)))
    assert [letters(" ".join(map(printed, each))) == said for each in (fitted, file.cues)] == [True, True]
    assert all(len(line.printed) <= 32 for cue in fitted for line in cue.lines)
    late_ms = [one.start_ms - other.start_ms for one, other in zip(file.cues, fitted, strict=True)]
    assert max(map(abs, late_ms)) < FRAME_MS
    assert bool(issues) == (tuple(fitted) != tuple(cues))


def printed(cue: Cue) -> str:
    return " ".join(line.printed for line in cue.lines)


def cue(start_ms: int, end_ms: int, *lines: str) -> Cue:
    return Cue(start_ms, end_ms, tuple(map(Line, lines)))


LONG = ("The council will vote on the new", "bridge next Tuesday, they say.")


def test_a_caption_that_follows_too_closely_moves_its_neighbours_a_little_and_it_is_told() -> None:
    cues = (cue(3000, 4000, "No, not now."), cue(4000, 7000, *LONG))
    fitted, issues = fit_to_channel(cues, CONTEXT)
    moved = [one.start_ms - other.start_ms for one, other in zip(fitted, cues, strict=True)]
    assert -500 <= moved[0] < 0 < moved[1] < 500
    assert fitted[0].end_ms == fitted[1].start_ms
    messages = " ".join(issue.message for issue in issues)
    assert "begins earlier, so that the next is sent in time" in messages
    assert "begins later, to be sent in time" in messages
    render(fitted, "scc", CONTEXT)


def test_captions_that_can_be_sent_stay_as_they_are() -> None:
    cues = (cue(3000, 5000, "No, not now."), cue(6000, 9000, *LONG))
    assert fit_to_channel(cues, CONTEXT) == (cues, ())


def test_lines_that_are_too_wide_are_broken_again() -> None:
    (fitted,), (issue,) = fit_to_channel([cue(3000, 6000, " ".join(LONG))], CONTEXT)
    assert [line.text for line in fitted.lines] == list(LONG)
    assert issue.message == "SCC: lines broken again for 32 columns: caption 1"


def test_overlaps_end_or_are_shown_together() -> None:
    fitted, issues = fit_to_channel([cue(3000, 6000, "One."), cue(5000, 7000, "Two.")], CONTEXT)
    assert [(each.start_ms, each.end_ms) for each in fitted] == [(3000, 5000), (5000, 7000)]
    assert "ends where the next begins, by 1000 ms at most" in issues[0].message
    (together,), _ = fit_to_channel([cue(3000, 6000, "One."), cue(3000, 6000, "Two.")], CONTEXT)
    assert together.text == "One.\nTwo."


def test_what_cannot_be_sent_is_refused_with_its_figures() -> None:
    flood = [cue(3000 + 100 * at, 3100 + 100 * at, *LONG) for at in range(60)]
    fitted, _ = fit_to_channel(flood, CONTEXT)
    with pytest.raises(FormatError, match=r"caption \d+.* frames"):
        render(fitted, "scc", CONTEXT)
