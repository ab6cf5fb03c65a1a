"""TTML and EBU-TT-D share a grammar, so they share these tests; what differs is tested below."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.formats import Context, render
from captioner.model import Cue, Line
from tests.formats import hostile, readers

BOTH = ["ttml", "ebu-tt-d"]
NAMES = {"0": "Anna & <Co>", "1": "Bo"}
TT, TTS, TTM = (
    "{http://www.w3.org/ns/ttml}",
    "{http://www.w3.org/ns/ttml#styling}",
    "{http://www.w3.org/ns/ttml#metadata}",
)
TTP, XML, EBUTTS = (
    "{http://www.w3.org/ns/ttml#parameter}",
    "{http://www.w3.org/XML/1998/namespace}",
    "{urn:ebu:tt:style}",
)


def tree(format_, *cues, **context):
    return ElementTree.fromstring(render(cues, format_, Context(**context)))


def cue(*texts, start=0, end=1000, speaker=None):
    return Cue(start, end, tuple(Line(text) for text in texts), speaker)


@pytest.mark.parametrize("format_", BOTH)
@given(cues=hostile.cues(), language=st.sampled_from(["", "en", "ar", "zh-Hant"]))
def test_ttconv_reads_back_every_text_and_millisecond(format_, cues, language):
    read = readers.ttconv_ttml(render(cues, format_, Context(names=NAMES, language=language)))
    assert [(shown.start_ms, shown.end_ms, shown.lines) for shown in read] == hostile.wanted(
        cues, lambda line: line.printed
    )


@pytest.mark.parametrize("format_", BOTH)
@given(cues=hostile.cues(), names=st.dictionaries(st.sampled_from(["0", "1", "2"]), hostile.names))
def test_every_reference_has_its_target_and_every_id_is_one_xml_allows(format_, cues, names):
    root = tree(format_, *cues, names=names)
    ids = [element.get(f"{XML}id") for element in root.iter() if element.get(f"{XML}id")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name, re.ASCII) for name in ids)
    for element in root.iter():
        for attribute in ("style", "region", f"{TTM}agent"):
            assert set(element.get(attribute, "").split()) <= set(ids)


@pytest.mark.parametrize("format_", BOTH)
def test_a_right_to_left_cue_says_so_in_the_markup_and_has_no_marks_in_its_text(format_):
    data = render([cue("مرحبا."), cue("Hello", start=1000, end=2000)], format_, Context()).decode("utf-8")
    assert "\u200f" not in data
    first, second = re.findall(r"<(?:tt:)?p [^>]*>", data)
    assert "rtl" in first
    assert "rtl" not in second


@pytest.mark.parametrize(
    ("width", "height", "origin", "extent"), [(1920, 1080, "10% 5%", "80% 90%"), (1080, 1920, "5% 12.5%", "90% 75%")]
)
@pytest.mark.parametrize("format_", BOTH)
def test_the_region_keeps_to_the_safe_part_of_the_picture(format_, width, height, origin, extent):
    (region,) = tree(format_, cue("x"), width=width, height=height).iter(f"{TT}region")
    assert (region.get(f"{TTS}origin"), region.get(f"{TTS}extent")) == (origin, extent)


@pytest.mark.parametrize(("format_", "rows"), [("ttml", 15), ("ebu-tt-d", 24)])
@pytest.mark.parametrize(("width", "height", "least", "most"), [(1920, 1080, 0.07, 0.08), (1080, 1920, 0.039, 0.045)])
def test_a_line_is_as_high_as_the_bbc_asks(format_, rows, width, height, least, most):
    root = tree(format_, cue("x"), width=width, height=height)
    assert root.get(f"{TTP}cellResolution").split()[1] == str(rows)
    (style,) = (style for style in root.iter(f"{TT}style") if style.get(f"{XML}id") == "paragraph")
    size, line = (float(style.get(f"{TTS}{name}").rstrip("%")) / 100 for name in ("fontSize", "lineHeight"))
    assert least <= size * line / rows <= most


def test_ttml_declares_the_imsc_text_profile_its_language_and_its_speakers():
    root = tree("ttml", cue("a", speaker="0"), cue("b", start=1, end=2, speaker="1"), names=NAMES, language="en-GB")
    assert root.get(f"{TTP}contentProfiles") == "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
    assert root.get(f"{XML}lang") == "en-GB"
    assert [name.text for name in root.iter(f"{TTM}name")] == ["Anna & <Co>", "Bo"]
    assert [span.get(f"{TTM}agent") for span in root.iter(f"{TT}span")] == ["agent1", "agent2"]


# EBU Tech 3380, tables of section 3: what each element may carry.
EBU_TT_D = {
    "tt": {f"{TTP}timeBase", f"{TTP}cellResolution", f"{XML}space", f"{XML}lang"},
    "style": {f"{XML}id", *(f"{TTS}{name}" for name in (
        "direction", "fontFamily", "fontSize", "lineHeight", "textAlign", "color", "backgroundColor", "fontStyle",
        "fontWeight", "textDecoration", "unicodeBidi", "wrapOption")),
        f"{EBUTTS}multiRowAlign", f"{EBUTTS}linePadding"},
    "region": {f"{XML}id", "style", *(f"{TTS}{name}" for name in (
        "origin", "extent", "displayAlign", "padding", "writingMode", "showBackground", "overflow"))},
    "div": {f"{XML}id", "region", "style"},
    "p": {f"{XML}id", "begin", "end", "region", "style"},
    "span": {f"{XML}id", "style"},
}  # fmt: skip


@given(hostile.cues(), st.sampled_from(["", "he"]))
def test_ebu_tt_d_uses_nothing_outside_its_subset(cues, language):
    root = tree("ebu-tt-d", *cues, names=NAMES, language=language)
    for element in root.iter():
        name = element.tag.removeprefix(TT)
        assert set(element.attrib) <= EBU_TT_D.get(name, set())
    for style in root.iter(f"{TT}style"):
        assert re.fullmatch(r"#[0-9A-F]{6}", style.get(f"{TTS}color", "#000000"))
    for paragraph in root.iter(f"{TT}p"):
        assert not (paragraph.text or "").strip()
        assert {child.tag for child in paragraph} <= {f"{TT}span", f"{TT}br"}
    assert all(len(div) for div in root.iter(f"{TT}div"))


def test_ebu_tt_d_gives_speakers_the_broadcasters_four_colours_in_turn():
    cues = [cue("x", start=at, end=at + 1, speaker=str(at)) for at in range(5)]
    root = tree("ebu-tt-d", *cues)
    colours = {style.get(f"{XML}id"): style.get(f"{TTS}color") for style in root.iter(f"{TT}style")}
    assert [colours[span.get("style")] for span in root.iter(f"{TT}span")] == [
        "#FFFFFF", "#FFFF00", "#00FFFF", "#00FF00", "#FFFFFF",
    ]  # fmt: skip


def test_ebu_tt_d_without_captions_has_no_body():
    assert [child.tag for child in tree("ebu-tt-d")] == [f"{TT}head"]
