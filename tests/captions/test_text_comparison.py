"""Two texts are compared by their words, however they are cut into captions."""

from __future__ import annotations

import random

import pytest

from captioner.captions.text_comparison import Compared, Row, compare, new_names, rows_of_cues
from captioner.model import Cue, Line

TEXT = "Good evening and welcome to the report. The harbour is open again tonight. Rain is moving in from the west."


VOCABULARY = ("the", "of", "a", "and", "rain", "harbour", "evening", "report", "open", "west", "tonight", "news")


def rows(*texts: str, speaker: str = "") -> list[Row]:
    return [Row(1000 * at, 1000 * at + 900, speaker, text, text) for at, text in enumerate(texts)]


def cut(text: str, sizes: list[int]) -> list[Row]:
    """The words of a text in rows of several sizes; a word takes 100 ms."""
    words, found, at = text.split(), [], 0
    for size in sizes:
        part = words[at : at + size]
        if part:
            found.append(Row(at * 100, (at + len(part)) * 100, "", " ".join(part), " ".join(part)))
        at += size
    return found


def marked(found: list[Compared]) -> list[tuple[str, str]]:
    """What only one side has, of every place."""
    return [
        tuple("".join(text for text, differs in side.parts if differs).strip() if side else "" for side in sides)
        for each in found
        if each.is_text
        for sides in [(each.before, each.after)]
    ]  # type: ignore[misc]


def test_other_cuts_are_no_other_words() -> None:
    one, other = cut(TEXT, [5, 5, 5, 8]), cut(TEXT, [3, 8, 4, 4, 4])
    found = compare(one, other)
    assert not any(each.differs for each in found)
    assert sum(each.cuts for each in found) == 5
    assert [each.cuts for each in compare(one, one)] == [0, 0, 0, 0]


@pytest.mark.parametrize("seed", range(20))
def test_a_changed_word_is_the_only_difference_whatever_the_cuts(seed: int) -> None:
    rng = random.Random(seed)
    words = [rng.choice(VOCABULARY) for _ in range(120)]
    at = rng.randrange(len(words))
    changed = [*words[:at], "CHANGED", *words[at + 1 :]]
    sizes = [[rng.randint(2, 9) for _ in range(60)] for _ in range(2)]
    found = compare(cut(" ".join(words), sizes[0]), cut(" ".join(changed), sizes[1]))
    assert marked(found) == [(words[at], "CHANGED")]
    assert not any(each.is_time for each in found)
    for side in ("before", "after"):
        shown = [getattr(each, side) for each in found if getattr(each, side)]
        text = " ".join(each.row.text for each in shown).split()
        assert text == (words if side == "before" else changed)


def test_added_and_removed_captions_stand_alone() -> None:
    found = compare(rows("One and two.", "Three and four."), rows("One and two.", "New text here.", "Three and four."))
    assert marked(found) == [("", "New text here.")]


def test_line_breaks_are_counted_and_no_words() -> None:
    def cue(*lines: str) -> Cue:
        return Cue(0, 1000, tuple(map(Line, lines)))

    found = compare(
        rows_of_cues([cue("Good evening", "and welcome")]), rows_of_cues([cue("Good", "evening and welcome")])
    )
    assert [(each.differs, each.cuts) for each in found] == [(False, 1)]


def test_chinese_is_compared_by_characters() -> None:
    found = compare(rows("今天晚上我们在", "曼谷访问了李明。"), rows("今天晚上", "我们在曼谷访问了黎明。"))
    assert marked(found) == [("李", "黎")]


def test_a_speaker_with_another_name_everywhere_has_a_new_name() -> None:
    one = [*rows("One.", "Two.", speaker="Speaker 1"), *rows("Three.", speaker="Speaker 2")]
    other = [*rows("One.", "Two.", speaker="Anna"), *rows("Three.", speaker="Ben")]
    assert new_names(one, other) == {"Speaker 1": "Anna", "Speaker 2": "Ben"}
    assert new_names(one, one) == {}
    assert new_names(one, [*other[:1], *rows("Two.", speaker="Ben"), *other[2:]]) == {}
