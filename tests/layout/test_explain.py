"""Reasons are sentences an editor understands."""

from __future__ import annotations

import pytest

from captioner.layout.atoms import Atom, turns
from captioner.layout.explain import reason
from captioner.layout.lexicon import profile
from captioner.model import Sentence, Transcript, Word


def two(text: str, *, gap_ms: int = 0) -> tuple[Atom, Atom]:
    """The first two words of a sentence, with a silence between."""
    now, words = 0, []
    for number, token in enumerate(text.split()):
        words.append(Word((" " if number else "") + token, "", now, now + 300))
        now += 300 + (gap_ms if not number else 0)
    atoms = turns(Transcript((Sentence(text, 0, now, tuple(words), "0"),), "en"))[0].atoms
    return atoms[0], atoms[1]


LOOSE = "no mark is near: ends between words where the phrase is loosest and the cue is full enough"


@pytest.mark.parametrize(
    ("text", "gap", "said"),
    [
        ("Stop. Then go on.", 600, "ends at the full stop; a pause of 0.6 s follows"),
        ("Really? Then go on.", 0, "ends at the question mark"),
        ("Well, then go on.", 0, "ends after a comma"),
        ("Well; then go on.", 0, "ends at the end of a clause"),
        ("late because it rained.", 0, "ends before “because”, which opens a clause"),
        ("late from work today.", 0, "ends before “from”, which opens a phrase"),
        ("green grass grows.", 0, LOOSE),
    ],
)  # fmt: skip
def test_reasons(text: str, gap: int, said: str) -> None:
    last, following = two(text, gap_ms=gap)
    assert reason(last, following, profile("en"), new_speaker=False) == said


def test_a_new_speaker_is_named() -> None:
    last, following = two("Stop. Then go on.")
    assert reason(last, following, profile("en"), new_speaker=True) == "ends at the full stop; another speaker follows"
    last, following = two("well then go on.")
    assert reason(last, following, profile("en"), new_speaker=True) == "ends where another speaker begins"


def test_the_end_of_speech_and_a_torn_word_are_named() -> None:
    last, following = two("well then go on.")
    assert reason(last, None, profile("en"), new_speaker=False) == "ends where the speech ends"
    assert "wider than the line" in reason(last, following, profile("en"), new_speaker=False, torn=True)
