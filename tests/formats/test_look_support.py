"""Looks in the formats that hold a part: what is written, against the grammars, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from lxml import etree

from captioner.formats import Context, render
from captioner.look import Look, load_look, look_names
from captioner.model import Cue, Line, Placement

SCHEMAS = Path(__file__).parent / "schemas"
CUES = [
    Cue(0, 1000, (Line("Hello", speaker="0"),), speaker="0"),
    Cue(2000, 3000, (Line("there", speaker="1"),), speaker="1"),
]
FACTS = Context(language="en", names={"0": "Anna", "1": "Bo"}, frame_rate=Fraction(25))


def written(format: str, look: Look | None, **facts: object) -> str:
    return render(CUES, format, replace(FACTS, look=look, **facts)).decode()


@pytest.mark.parametrize("name", look_names())
@pytest.mark.parametrize(("format", "schema"), [("ttml", "imsc.rng"), ("itt", "itt.rng")])
def test_every_look_is_valid(name: str, format: str, schema: str) -> None:
    grammar = etree.RelaxNG(etree.parse(str(SCHEMAS / schema)))
    document = etree.fromstring(written(format, load_look(name)).encode())
    assert grammar.validate(document), grammar.error_log


@pytest.mark.parametrize("name", look_names())
def test_every_look_is_a_valid_project(name: str) -> None:
    grammar = etree.DTD(str(SCHEMAS / "fcpxml-1.8.dtd"))
    assert grammar.validate(etree.fromstring(written("fcpxml", load_look(name)).encode())), grammar.error_log


def test_speakers_have_the_colours_of_the_look() -> None:
    look = Look(name="brand", speaker_colours=("#112233", "#445566"))
    assert '::cue(v[voice="Bo"]) { color: #445566 }' in written("vtt", look)
    assert 'ttm:agent="agent2" tts:color="#445566"' in written("ttml", look)
    assert 'fontColor="0.2667 0.3333 0.4 1"' in written("fcpxml", look)


def test_a_sheet_says_the_face_and_its_edges() -> None:
    look = Look(
        font=("A B", 'Q"}'), weight=700, italic=True, size=6, outline=5, shadow=4, box="line", box_colour="#00000080"
    )
    text = written("vtt", look)
    assert 'font: italic 700 6vh "A B", "Q", sans-serif' in text
    assert "background: #00000080" in text
    assert text.count("em #000000,") == 8
    assert "background: transparent" in written("vtt", Look())


def test_a_sheet_is_left_out_where_players_do_not_read_it() -> None:
    assert "STYLE" not in written("vtt", Look(), style_sheet="never")


def test_a_place_of_the_look_is_that_of_captions_without_their_own() -> None:
    top = Look(position="top", align="left")
    assert "position:10% align:left" in written("vtt", top)
    assert 'region="top"' in written("itt", top)
    assert 'placement="top"' in written("fcpxml", top)
    own = [Cue(0, 1000, (Line("x"),), placement=Placement("middle"))]
    text = render(own, "ttml", Context(language="en", look=top)).decode()
    assert 'region="middle"' in text


@pytest.mark.parametrize("format", ["srt", "stl", "scc", "csv", "txt"])
def test_other_formats_are_as_they_were(format: str) -> None:
    facts = Context(language="en", frame_rate=Fraction(30000, 1001) if format == "scc" else Fraction(25))
    cues = [Cue(2000, 4000, (Line("Hello"),))]
    looked = replace(facts, look=load_look("news-lower"))
    assert render(cues, format, looked) == render(cues, format, facts)
