"""What we write reads back: the same times, texts and speakers, in every format that holds them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.formats import ALL_FORMATS, FORMATS, Context, ReadOptions, read, render
from captioner.formats.text.cue_text import printed_lines
from captioner.model import Cue, Line
from tests.examples import examples

NAMES = ("Anna", "Bo", "Dr. Chen", "Speaker 1", "MARÍA", "von Berg")
TEXTS = (
    "Good evening, and welcome.",
    "We leave at 10:30, not later.",
    "I said: leave it alone.",
    "[laughs] Not again!",
    "Why?",
    "It costs 1,200 francs.",
    "Così è la vita.",
    "Remember: the door.",
)
SPEECH = (
    "- and then it rained",
    "\u2018Yes,\u2019 she said.",
    "5 < 6 & 7 > 3",
    "press <Enter> {now}",
    "太郎は来た。",
    "مرحبا بالجميع.",
    "Été à Noël\u00a0!",
)
SHORT = ("Good evening.", "At 10:30, then.", "I said: leave.", "Why?", "Così è la vita.")  # SCC has 32 columns
LABELS = ("{name}:", "[{name}]", ">> {name}:")
#: Formats that print who speaks, and those with a field for it; the others are transcripts or are only read.
PRINTED = ("srt", "ttml1", "ebu-tt-d", "itt", "stl", "sbv")
FIELDS = ("vtt", "ass", "csv", "json", "ttml")
#: Times are whole seconds, which every one of these formats has at 25 frames a second.
CONTEXT = Context(language="en", frame_rate=Fraction(25), names={name: name for name in NAMES})


@st.composite
def conversations(draw: st.DrawFn, texts: tuple[str, ...]) -> list[Cue]:
    """Turns of two or three speakers as our layout writes them: a label where the speaker changes, dashes in pairs."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(2, 3))]
    label = draw(st.sampled_from(LABELS))
    turns = [*names, *draw(st.lists(st.sampled_from(names), min_size=4, max_size=8)), *names]
    cues: list[Cue] = []
    before = None
    for number, name in enumerate(turns):
        text = st.sampled_from(texts)
        lines = [Line(draw(text), speaker=name, label=label.format(name=name) if name != before else "")]
        before = name
        if draw(st.booleans()):
            lines.append(Line(draw(text).lstrip("- "), speaker=name))
        cues.append(Cue(8000 + number * 8000, 15000 + number * 8000, tuple(lines), name))
    return cues


def seen(cues: tuple[Cue, ...] | list[Cue], grid_ms: int) -> list[tuple[int, int, list[tuple[str | None, str]]]]:
    return [
        (
            round(cue.start_ms / grid_ms),
            round(cue.end_ms / grid_ms),
            [(line.speaker, f"{line.dash}{line.text}") for line in cue.lines],
        )
        for cue in cues
    ]


@pytest.mark.parametrize("name", [*PRINTED, *FIELDS])
@given(conversations(TEXTS))
@settings(max_examples=examples(15))
def test_conversations_come_back_with_their_speakers(name: str, cues: list[Cue]) -> None:
    file = read(render(cues, name, CONTEXT), f"talk.{FORMATS[name].extension}")
    assert file.format.removesuffix("-teletext") in (name, "ttml")
    assert seen(file.cues, 10) == seen(cues, 10)


@given(conversations(SHORT))
@settings(max_examples=examples(15))
def test_conversations_come_back_from_line_21_with_their_speakers(cues: list[Cue]) -> None:
    file = read(render(cues, "scc", CONTEXT), "talk.scc")
    assert seen(file.cues, 1000) == seen(cues, 1000)


@pytest.mark.parametrize("name", ["vtt", "csv", "json", "ttml"])
@given(conversations(TEXTS + SPEECH))
@settings(max_examples=examples(15))
def test_any_text_comes_back_where_the_format_can_hold_it(name: str, cues: list[Cue]) -> None:
    file = read(render(cues, name, CONTEXT), f"talk.{FORMATS[name].extension}")
    assert seen(file.cues, 1) == seen(cues, 1)


@given(conversations(TEXTS))
@settings(max_examples=examples(10))
def test_a_table_of_forty_captions_comes_back_whole(cues: list[Cue]) -> None:
    many = [Cue(at * 2000, at * 2000 + 1500, cues[at % len(cues)].lines) for at in range(41)]
    file = read(render(many, "csv", CONTEXT), "talk.csv")
    assert seen(file.cues, 1) == seen(many, 1)


@given(conversations(TEXTS))
@settings(max_examples=15)
def test_conversations_come_back_from_lyrics_with_a_line_for_each_caption(cues: list[Cue]) -> None:
    file = read(render(cues, "lrc", CONTEXT), "talk.lrc", ReadOptions(labels="text"))
    assert [cue.start_ms // 10 for cue in file.cues] == [cue.start_ms // 10 for cue in cues]
    shown = ["".join(f"{line.dash}{line.text}" for line in cue.lines).split() for cue in file.cues]
    assert shown == [" ".join(printed_lines(cue)).split() for cue in cues]


def test_every_format_that_is_written_and_read_is_held_here() -> None:
    both = {name for name, row in ALL_FORMATS.items() if row.reader and row.writer}
    assert both == {*PRINTED, *FIELDS, "scc", "stl-teletext", "lrc"}
