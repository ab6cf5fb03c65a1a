"""Names, shared cues, and flicker between speakers."""

from __future__ import annotations

import pytest

from captioner.layout import compose, explain
from captioner.layout.speakers import fit_label, merge_speaker_islands
from captioner.model import Sentence, Transcript, Word
from captioner.style import load_style

STYLE = load_style("web-default")


def sentence(speaker: str | None, text: str, start: int, end: int) -> Sentence:
    tokens = text.split()
    step = (end - start) // len(tokens)
    words = tuple(
        Word((" " if n else "") + token, "", start + n * step, start + (n + 1) * step) for n, token in enumerate(tokens)
    )
    return Sentence(text, start, end, words, speaker)


TALK = Transcript(
    (
        sentence("0", "Good evening and welcome to the programme.", 1_000, 3_500),
        sentence("1", "Thank you for having me.", 4_000, 5_500),
        sentence("1", "It is a pleasure.", 5_600, 6_900),
        sentence("0", "Let us begin.", 7_500, 8_600),
    ),
    "en",
)


def test_a_label_stands_at_the_beginning_of_each_turn() -> None:
    printed = [line.printed for cue in compose(TALK, STYLE, {"0": "Anna", "1": "Bo"}) for line in cue.lines]
    assert [line for line in printed if ":" in line] == [
        "Anna: Good evening", "Bo: Thank you for having me.", "Anna: Let us begin."
    ]  # fmt: skip


def test_unnamed_speakers_are_numbered_and_channels_say_so() -> None:
    assert compose(TALK, STYLE)[0].lines[0].label == "Speaker 1:"


def test_a_single_speaker_has_no_label_unless_named() -> None:
    alone = Transcript(TALK.sentences[:1], "en")
    assert compose(alone, STYLE)[0].lines[0].label == ""
    assert compose(alone, STYLE, {"0": "Anna"})[0].lines[0].label == "Anna:"


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [
        ("Anna", 20, "Anna:"),
        ("Anna", 5, "Anna:"),
        ("Annabelle", 6, "Anna…:"),
        ("Anna", 2, ""),
        ("李雷", 5, "李雷:"),
        ("李雷雷", 5, "李…:"),
    ],
)
def test_a_name_is_shortened_to_its_room(name: str, room: int, shown: str) -> None:
    assert fit_label("{name}:", name, room) == shown


def test_a_very_long_name_never_widens_a_line() -> None:
    cues = compose(TALK, STYLE, {"0": "The Right Honourable Member for Somewhere-upon-Water", "1": "Bo"})
    assert max(len(line.printed) for cue in cues for line in cue.lines) <= 42
    assert "…:" in cues[0].lines[0].label


def quick(gap: int) -> Transcript:
    return Transcript(
        (
            sentence("0", "Are you sure?", 1_000, 1_000 + gap),
            sentence("1", "Yes.", 1_000 + gap, 1_000 + 2 * gap),
            sentence("0", "Then let us begin with the first question of the evening.", 1_000 + 2 * gap, 6_000),
        ),
        "en",
    )


def test_two_turns_too_short_to_stand_alone_share_a_cue_with_dashes() -> None:
    first = compose(quick(400), STYLE)[0]
    assert [line.printed for line in first.lines] == ["-Speaker 1: Are you sure?", "-Speaker 2: Yes."]
    assert first.speaker is None


def test_turns_with_time_to_be_read_stand_alone() -> None:
    assert all(len({line.speaker for line in cue.lines}) == 1 for cue in compose(quick(1_500), STYLE))


def test_a_shared_cue_counts_dash_and_label() -> None:
    wide = compose(quick(400), STYLE, {"0": "Professor Emeritus Anna", "1": "Bo"})
    assert max(len(line.printed) for cue in wide for line in cue.lines) <= 42


def test_an_island_is_given_away_only_when_asked_and_is_reported() -> None:
    talk = Transcript(
        (
            sentence("0", "So what we did was this.", 0, 2_000),
            sentence("1", "Right.", 2_000, 2_300),
            sentence("0", "And then we stopped.", 2_300, 4_000),
        ),
        "en",
    )
    calm, issues = merge_speaker_islands(talk, 500, 2)
    assert [s.speaker for s in calm.sentences] == ["0", "0", "0"]
    assert [issue.rule for issue in issues] == ["speaker_smoothed"]
    assert "2.0 s" in issues[0].message
    assert merge_speaker_islands(talk, 200, 2) == (talk, [])


def test_every_cue_has_its_reason() -> None:
    story = explain(TALK, STYLE)
    assert story.reasons[-1] == "ends at the full stop"
    assert any("another speaker follows" in reason and "a pause of" in reason for reason in story.reasons)
