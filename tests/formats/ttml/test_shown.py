"""Everything we write as timed text is shown by a conforming renderer, wherever it stands and however it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest
import ttconv.model
from ttconv.imsc import reader
from ttconv.isd import ISD

from captioner.formats import Context, render
from captioner.model import Cue, HorizontalAlign, Line, Placement, StyledSpan, TextStyle, VerticalAlign
from tests.formats.ttml.places import PLACES, TTML_FAMILY, cues_at_every_place

CONTEXT = Context(language="en", frame_rate=Fraction(25), names={"0": "Anna", "1": "Bo"})
TTS = "{http://www.w3.org/ns/ttml#styling}"


def shown_at(data: bytes, second: float) -> dict[str, str]:
    """The text in every region at a moment, by the W3C's model: what a renderer draws and nothing else."""
    document = reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(data)))
    isd = ISD.from_model(document, Fraction(second))
    if isd is None:
        return {}
    texts = {region.get_id(): "".join(texts_of(region)) for region in isd.iter_regions()}
    return {name: text for name, text in texts.items() if text.strip()}


def texts_of(element: Any) -> Iterator[str]:
    for child in element:
        if isinstance(child, ttconv.model.Text):
            yield child.get_text()
        else:
            yield from texts_of(child)


@pytest.mark.parametrize("name", TTML_FAMILY)
def test_a_caption_is_shown_at_every_place(name: str) -> None:
    data = render(cues_at_every_place(), name, CONTEXT)
    for number, place in enumerate(PLACES):
        shown = shown_at(data, 2 * number + 1.5)
        assert list(shown.values()) == [f"Place {number}"], place


@pytest.mark.parametrize("name", ["ttml", "ebu-tt-d"])
@pytest.mark.parametrize("row", ["bottom", "middle", "top"])
@pytest.mark.parametrize("side", ["left", "centre", "right"])
def test_places_with_numbers_are_shown_too(name: str, row: VerticalAlign, side: HorizontalAlign) -> None:
    data = render([Cue(1000, 2000, (Line("x"),), None, Placement(row, side, 30.0, 60.0))], name, CONTEXT)
    assert list(shown_at(data, 1.5).values()) == ["x"]


ARABIC, ENGLISH, CHINESE = 'قالت "نعم".', "OK, let us go.", "好的，走吧。"


def paragraph(name: str, *lines: str, language: str = "ar") -> str:
    context = Context(language=language, frame_rate=Fraction(25))
    data = render([Cue(1000, 2000, tuple(map(Line, lines)))], name, context).decode()
    return re.search(r"<p .*</p>", data)[0]  # type: ignore[index]


@pytest.mark.parametrize("name", ["ttml", "ttml1", "itt"])
def test_a_paragraph_says_its_direction(name: str) -> None:
    assert 'tts:direction="rtl" tts:unicodeBidi="embed"' in paragraph(name, ARABIC)
    assert 'tts:direction="rtl" tts:unicodeBidi="embed"' in paragraph(name, ARABIC, language="en")


@pytest.mark.parametrize("name", TTML_FAMILY)
@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_a_line_of_another_direction_is_not_turned(name: str, text: str) -> None:
    assert "rtl" not in paragraph(name, text)
    mixed = paragraph(name, ARABIC, text)
    assert "rtl" in mixed
    assert re.search(rf'<span[^>]*(?:direction="ltr"|-ltr")[^>]*>{re.escape(text)}</span>', mixed)


@pytest.mark.parametrize("name", TTML_FAMILY)
def test_text_in_visual_order_has_no_direction(name: str) -> None:
    context = Context(language="he", frame_rate=Fraction(25), is_visual_order=True)
    assert b"rtl" not in render([Cue(1000, 2000, (Line(".שלום"),))], name, context)


def test_ebu_tt_d_has_no_prefix_and_one_style_for_an_element() -> None:
    looks = [TextStyle(italic=True), TextStyle(bold=True, underline=True), TextStyle(colour="#FFFF00")]
    lines = tuple(Line("abcdef", speaker=str(at), spans=(StyledSpan(2, 4, look),)) for at, look in enumerate(looks))
    cue = Cue(0, 1000, (*lines, Line(ARABIC)), None, Placement("top", "left"))
    data = render([cue], "ebu-tt-d", CONTEXT).decode()
    assert "<tt:" not in data
    root = ElementTree.fromstring(data)
    names = {element.get("{http://www.w3.org/XML/1998/namespace}id") for element in root.iter()}
    references = [element.get("style") for element in root.iter() if element.get("style")]
    assert references
    assert set(references) <= names
    italic = next(element for element in root.iter() if element.text == "cd")
    style = next(
        each for each in root.iter() if each.get("{http://www.w3.org/XML/1998/namespace}id") == italic.get("style")
    )
    assert (style.get(f"{TTS}fontStyle"), style.get(f"{TTS}color")) == ("italic", "#FFFFFF")
