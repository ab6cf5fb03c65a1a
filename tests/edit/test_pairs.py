"""From every format that is read to every one that is written: text, times, speakers, looks and places survive, or
their loss is told."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from captioner.formats import FORMATS, CaptionFile, Context, read, render
from captioner.formats.capabilities import EXACT, PLACES, SPEAKERS, features_of, unsupported, unsupported_by
from captioner.formats.text.speaker_names import own_names
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle

ITALIC, BOLD = TextStyle(italic=True), TextStyle(bold=True)
UNDERLINE, YELLOW = TextStyle(underline=True), TextStyle(colour="#FFFF00")
# Times on frames of 25 a second; SCC needs a second and more to send each.
MASTER = (
    Cue(2000, 4000, (Line("Good evening, and", speaker="ANNA"), Line("welcome.", speaker="ANNA")), "ANNA"),
    Cue(6000, 8000, (Line("It was Le Monde again.", speaker="BO", spans=(StyledSpan(7, 15, ITALIC),)),), "BO"),
    Cue(10_000, 12_000, (Line("At the top.", speaker="ANNA"),), "ANNA", Placement("top")),
    Cue(14_000, 16_000, (Line("To the left.", speaker="ANNA"),), "ANNA", Placement("bottom", "left")),
    Cue(
        18_000,
        20_000,
        (Line("Heavy, lined", speaker="BO", spans=(StyledSpan(0, 5, BOLD), StyledSpan(7, 12, UNDERLINE))),),
        "BO",
    ),
    Cue(22_000, 24_000, (Line("Yellow", speaker="BO", spans=(StyledSpan(0, 6, YELLOW),)),), "BO", Placement("middle")),
    Cue(26_000, 28_000, (Line("Exactly here.", speaker="BO"),), "BO", Placement("top", "centre", 30, 25)),
    Cue(30_000, 32_000, (Line("Yes.", speaker="ANNA", dash="- "), Line("No.", speaker="BO", dash="- "))),
)
CONTEXT = Context(frame_rate=Fraction(25), language="en", names=own_names(MASTER), title="talk")
READ_BACK = ("srt", "vtt", "ass", "ttml", "ttml1", "ebu-tt-d", "itt", "stl", "stl-teletext", "scc", "json")
OTHERS = {
    "sbv": b"0:00:02.000,0:00:04.000\nGood evening, and\nwelcome.\n\n0:00:06.000,0:00:08.000\nIt was Le Monde again.\n",
    "sub": b"{1}{1}25\n{50}{100}Good evening, and|welcome.\n{150}{200}{y:i}It was Le Monde again.\n",
    "ssa": render(MASTER, "ass", CONTEXT).replace(b"v4.00+", b"v4.00").replace(b"V4+", b"V4"),
    "xml": render(MASTER, "ttml", CONTEXT),
}


def source(name: str) -> CaptionFile:
    """A file of a format with as much of the master as it can hold, read."""
    if name in OTHERS:
        return read(OTHERS[name], f"talk.{name}")
    return read(render(MASTER, name, CONTEXT), f"talk.{FORMATS[name].extension}")


def context_of(captions: CaptionFile) -> Context:
    return replace(CONTEXT, names=captions_names(captions))


def captions_names(captions: CaptionFile) -> dict[str, str]:
    return dict(own_names(captions.cues))


def said(cue: Cue) -> list[str]:
    return [line.text for line in cue.lines]


def looks(cue: Cue) -> set[tuple[str, str]]:
    """Every kind of look with the words it is on."""
    return {
        (kind, line.text[span.start : span.end].strip(" .,"))
        for line in cue.lines
        for span in line.spans
        for kind in features_of(span.look)
    }


def near(cue: Cue) -> Placement | None:
    placement = cue.placement.nearest if cue.placement else None
    return None if placement == Placement() else placement


@pytest.mark.parametrize("after", FORMATS)
@pytest.mark.parametrize("before", [*READ_BACK, *OTHERS])
def test_nothing_is_lost_in_silence(before: str, after: str) -> None:
    given = source(before)
    context = context_of(given)
    lost = unsupported(given.cues, FORMATS[after], context)
    data = render(given.cues, after, context)
    if after not in READ_BACK:
        for kind, places in unsupported_by(given.cues, frozenset(), context).items():
            held = kind not in lost
            assert held or lost[kind] == places or kind in (PLACES, EXACT)
        return
    back = read(data, f"talk.{FORMATS[after].extension}").cues
    assert list(map(said, back)) == list(map(said, given.cues))
    grid_ms = 170 if after == "scc" else 40  # five frames of 29.97, one of 25
    for index, (old, new) in enumerate(zip(given.cues, back, strict=True)):
        assert abs(old.start_ms - new.start_ms) < grid_ms
        assert abs(old.end_ms - new.end_ms) < grid_ms
        for kind, words in looks(old) - looks(new):
            assert index in lost[kind], (kind, words)
        if near(old) != near(new):
            assert any(index in places for kind, places in lost.items() if "place" in kind)
        if old.placement is not None and new.placement is not None and old.placement != new.placement:
            exact = old.placement != old.placement.nearest
            assert not exact or index in lost.get(EXACT, lost.get(PLACES, ())) or after in ("ttml", "ebu-tt-d", "ass")
        if old.speaker is not None and new.speaker != old.speaker:
            assert SPEAKERS in lost


@pytest.mark.parametrize("name", ["vtt", "ass", "ttml", "json"])
def test_the_formats_that_hold_everything_give_it_all_back(name: str) -> None:
    back = source(name).cues
    assert unsupported(MASTER, FORMATS[name], CONTEXT) == {}
    painted = {("colours", "")} if name == "ass" else set()  # by the style of a speaker, which is then what is read
    for old, new in zip(MASTER, back, strict=True):
        assert looks(old) <= looks(new)
        assert painted or looks(old) == looks(new)
        assert {kind for kind, _ in looks(new) - looks(old)} <= {kind for kind, _ in painted}
    assert list(map(near, back)) == list(map(near, MASTER))
    assert [cue.speaker for cue in back] == [cue.speaker for cue in MASTER]
    assert [[line.speaker for line in cue.lines] for cue in back[-1:]] == [["ANNA", "BO"]]
    exact = back[6].placement
    assert exact is not None
    assert exact.x == pytest.approx(30, abs=0.1)
    assert exact.y == pytest.approx(25, abs=0.1)


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("srt", [b"It was <i>Le Monde</i> again.", b"{\\an8}At the top.", b'<font color="#FFFF00">Yellow</font>']),
        (
            "vtt",
            [
                b"<i>Le Monde</i>",
                b"10.000 --> 00:00:12.000 line:0\n",
                b"<c.yellow>Yellow</c>",
                b"line:25% position:30%",
            ],
        ),
        (
            "ass",
            [b"{\\i1}Le Monde{\\i0}", b"{\\an8}At the top.", b"{\\c&H00FFFF&}Yellow{\\c}", b"{\\an8\\pos(576,270)}"],
        ),
        ("ttml", [b'<span tts:fontStyle="italic">Le Monde</span>', b'region="top"', b'tts:textAlign="left"']),
        ("ebu-tt-d", [b'-italic">Le Monde<', b'region="top"', b'lettersFFFF00">Yellow<']),
        ("itt", [b'<span tts:fontStyle="italic">Le Monde</span>', b'region="top">At the top.']),
        ("fcpxml", [b'italic="1"', b'placement="top"', b'underline="1"', b'fontColor="1 1 0 1"']),
    ],
)
def test_looks_and_places_are_spelled_as_the_format_has_them(name: str, shows: list[bytes]) -> None:
    written = render(MASTER, name, CONTEXT)
    assert [text for text in shows if text not in written] == []


def test_speakers_without_a_field_are_told_where_a_turn_begins_unnamed() -> None:
    assert unsupported(MASTER, FORMATS["srt"], CONTEXT)[SPEAKERS] == (0, 1, 2, 4, 7)
    named = [replace(cue, lines=tuple(replace(line, label=f"{line.speaker}:") for line in cue.lines)) for cue in MASTER]
    assert SPEAKERS not in unsupported(named, FORMATS["srt"], CONTEXT)
