"""Looks and places stay with their words, whatever is done to captions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.edit import add_speaker_labels, move_to_top, shift, split, strip_styling, to_transcript, transfer_styling
from captioner.layout import compose
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle, Word
from captioner.style import load_style

ITALIC = TextStyle(italic=True)
BOLD = TextStyle(bold=True)


def slanted(text: str, words: str, look: TextStyle = ITALIC) -> Line:
    """A line with some of its words in a look."""
    start = text.index(words)
    return Line(text, spans=(StyledSpan(start, start + len(words), look),))


def on(cue: Cue) -> list[str]:
    """The words that look different."""
    return [line.text[span.start : span.end] for line in cue.lines for span in line.spans]


def test_looks_are_found_again_on_the_same_words_in_other_captions() -> None:
    before = (
        Cue(0, 4000, (Line("Nobody in the whole house had ever"), slanted("read the Figaro at breakfast.", "Figaro"))),
        Cue(4000, 8000, (slanted("“Never,” she said, and went out.", "“Never,”", BOLD),)),
    )
    laid_out = compose(to_transcript(before, "en"), load_style("social-vertical"))
    after, lost = transfer_styling(before, laid_out)
    assert len(after) != len(before)
    assert [text for cue in after for text in on(cue)] == ["Figaro", "“Never,”"]
    assert [cue.text for cue in after] == [cue.text for cue in laid_out]
    assert lost == {}


def test_a_full_stop_that_was_upright_stays_upright() -> None:
    before = (Cue(0, 2000, (slanted("Read it.", "it"),)),)
    after, _ = transfer_styling(before, (Cue(0, 2000, (Line("Read it."),)),))
    assert on(after[0]) == ["it"]


def test_looks_on_words_that_are_gone_are_told_by_caption() -> None:
    before = (Cue(0, 2000, (Line("Here."),)), Cue(2000, 4000, (slanted("gone away", "away"),)))
    after, lost = transfer_styling(before, (Cue(0, 2000, (Line("Here."),)), Cue(2000, 4000, (Line("otherwise"),))))
    assert on(after[1]) == []
    assert lost == {"italics": (1,)}


def test_chinese_keeps_its_looks_when_its_marks_become_spaces() -> None:
    before = (Cue(0, 3000, (slanted("我们今天，讨论系统。", "讨论系统。"),)),)
    after, lost = transfer_styling(before, (Cue(0, 3000, (Line("我们今天 讨论系统"),)),))
    assert on(after[0]) == ["讨论系统"]
    assert lost == {}


def test_a_new_caption_stands_where_the_old_one_stood_that_shares_most_of_its_time() -> None:
    before = (Cue(0, 1000, (Line("a"),)), Cue(1000, 4000, (Line("b"),), None, Placement("top")))
    after, _ = transfer_styling(
        before, (Cue(0, 1400, (Line("a"),)), Cue(1400, 4000, (Line("b"),)), Cue(9000, 9500, (Line("c"),)))
    )
    assert [cue.placement for cue in after] == [None, Placement("top"), None]


words = st.lists(st.text("abcdé ", min_size=1, max_size=6), min_size=1, max_size=8)


@given(words, st.data())
def test_laid_out_as_it_was_every_look_is_on_the_same_letters(texts: list[str], data: st.DataObject) -> None:
    before = []
    for number, text in enumerate(texts):
        start = data.draw(st.integers(0, len(text) - 1))
        span = StyledSpan(
            start, data.draw(st.integers(start + 1, len(text))), data.draw(st.sampled_from([ITALIC, BOLD]))
        )
        before.append(Cue(number * 1000, number * 1000 + 900, (Line(text, spans=(span,)),)))
    after, lost = transfer_styling(before, strip_styling(before))
    assert lost == {}

    def seen(cue: Cue) -> list[tuple[int, TextStyle]]:
        spans = [span for line in cue.lines for span in line.spans]
        return [(at, s.look) for s in spans for at in range(s.start, s.end) if cue.text[at].isalnum()]

    assert list(map(seen, after)) == list(map(seen, before))


def test_moving_and_parting_keep_looks_and_places() -> None:
    line = Line(
        "one two three",
        (Word("one ", "", 0, 1000), Word("two ", "", 1000, 2000), Word("three", "", 2000, 3000)),
        spans=(StyledSpan(4, 13, ITALIC),),
    )
    cue = Cue(0, 3000, (line,), None, Placement("top"))
    assert shift([cue], 500).cues[0].placement == Placement("top")
    assert on(shift([cue], 500).cues[0]) == ["two three"]
    first, second = split([cue], [2000])
    assert [on(first[0]), on(second[0])] == [["two"], ["three"]]
    assert [part[0].placement for part in (first, second)] == [Placement("top")] * 2


def test_captions_go_to_the_top_while_the_bottom_is_taken_and_only_then() -> None:
    cues = [Cue(start, start + 1000, (Line("x"),)) for start in (0, 1000, 2000, 3000)]
    placed = move_to_top(cues, [(1500, 2001)])
    assert [cue.placement for cue in placed] == [None, Placement("top"), Placement("top"), None]


def test_names_are_printed_where_a_turn_begins_and_nowhere_else() -> None:
    cues = [
        Cue(0, 1, (Line("Good evening,", speaker="0"), Line("all.", speaker="0"))),
        Cue(1, 2, (Line("Welcome.", speaker="0"),)),
        Cue(2, 3, (Line("Yes.", speaker="1", dash="- "), Line("No.", speaker="0", dash="- "))),
        Cue(3, 4, (Line("Hm.", speaker="1", label="B:"), Line("(music)"))),
    ]
    printed = [line.printed for cue in add_speaker_labels(cues, {"0": "Anna", "1": "Bo"}) for line in cue.lines]
    assert printed == ["Anna: Good evening,", "all.", "Welcome.", "- Bo: Yes.", "- Anna: No.", "B: Hm.", "(music)"]


def test_text_only_leaves_words_times_and_speakers() -> None:
    cue = Cue(0, 1, (slanted("a b", "b"),), "0", Placement("middle"))
    assert strip_styling([cue]) == (Cue(0, 1, (Line("a b"),), "0"),)


@pytest.mark.parametrize(
    ("placement", "near"),
    [
        (Placement("top", "centre", None, 85), Placement("bottom")),  # WebVTT files with line:85% mean the bottom
        (Placement("bottom", "centre", None, 95), Placement("bottom")),
        (Placement("bottom", "left", 10, 20), Placement("top", "left")),
        (Placement("middle", "centre", 20, 50), Placement("middle", "left")),
        (Placement("top", "left", 60, 5), Placement("top", "right")),
        (Placement("top", "right", 90), Placement("top", "right")),
    ],
)
def test_the_nearest_of_nine_places_is_where_the_text_is_seen(placement: Placement, near: Placement) -> None:
    assert placement.nearest == near


@pytest.mark.parametrize("key", range(1, 10))
def test_keys_of_the_number_pad_are_places_and_back(key: int) -> None:
    assert Placement.of_numpad(key).numpad == key
