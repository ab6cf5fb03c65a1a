"""TTML 1: what the ingest of Netflix says it wants; the grammar and the readers are tested with those of the others."""

import re
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from captioner.captions import targets
from captioner.cli import main
from captioner.errors import FormatError
from captioner.formats import Context, render
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle

TT, TTS, TTP = (
    "{http://www.w3.org/ns/ttml}",
    "{http://www.w3.org/ns/ttml#styling}",
    "{http://www.w3.org/ns/ttml#parameter}",
)
XML = "{http://www.w3.org/XML/1998/namespace}"


def cue(*texts, start=0, end=1000, placement=None):
    return Cue(start, end, tuple(Line(text) for text in texts), placement=placement)


def written(*cues, language="en", **context):
    return render(cues, "ttml1", Context(language=language, **context)).decode("utf-8")


def tree(*cues, **context):
    return ElementTree.fromstring(written(*cues, **context))


def test_no_place_is_said_in_numbers():
    root = tree(cue("a", placement=Placement("top", "left", 12.0, 30.0)), cue("b", start=2000, end=3000))
    assert not [name for element in root.iter() for name in element.attrib if name in (f"{TTS}origin", f"{TTS}extent")]
    assert [region.attrib for region in root.iter(f"{TT}region")] == [
        {f"{XML}id": "top", f"{TTS}displayAlign": "before", f"{TTS}textAlign": "center"},
        {f"{XML}id": "bottom", f"{TTS}displayAlign": "after", f"{TTS}textAlign": "center"},
    ]
    assert [p.get("region") for p in root.iter(f"{TT}p")] == ["top", "bottom"]


@pytest.mark.parametrize(("given", "said"), [("pt_BR", "pt-BR"), ("zh-Hant", "zh-Hant"), ("en", "en")])
def test_the_language_is_a_tag_with_dashes(given, said):
    assert tree(cue("a"), language=given).get(f"{XML}lang") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [("", "it is not known"), ("not a tag", "'not a tag' is not a language code"), ("e", "'e' is")],
)
def test_without_a_language_it_is_refused(language, said):
    with pytest.raises(FormatError, match=f"{said}.*; give --language"):
        written(cue("a"), language=language)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (None, (None, None)),
        (Fraction(25), ("25", None)),
        (Fraction(24000, 1001), ("24", "1000 1001")),
        (Fraction(60000, 1001), ("60", "1000 1001")),
    ],
)
def test_the_frame_rate_stands_where_it_is_known(rate, said):
    root = tree(cue("a"), frame_rate=rate)
    assert (root.get(f"{TTP}frameRate"), root.get(f"{TTP}frameRateMultiplier")) == said


def test_italics_are_kept_and_colours_are_not():
    line = Line(
        "an old tale", spans=(StyledSpan(3, 6, TextStyle(italic=True)), StyledSpan(7, 11, TextStyle(colour="#FF0000")))
    )
    assert 'an <span tts:fontStyle="italic">old</span> tale</p>' in written(Cue(0, 1000, (line,)))


def test_ids_are_unique_and_every_paragraph_has_one():
    names = re.findall(r'xml:id="([^"]+)"', written(cue("a"), cue("b", start=2000, end=3000)))
    assert names == ["text", "top", "bottom", "p1", "p2"]


def test_japanese_goes_to_netflix_as_imsc():
    netflix = targets.find_target("netflix")
    assert [netflix.format_for(language) for language in ("", "en", "ja", "ja-JP", "jav")] == [
        "ttml1", "ttml1", "ttml", "ttml", "ttml1",
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "begins"), [("en", b"<p xml:id="), ("ja", b"imsc1.1/text")])
def test_the_target_gives_what_the_ingest_wants(tmp_path, capfdbinary, language, begins):
    (tmp_path / "in.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nx\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["convert", str(tmp_path / "in.srt"), "-", "--target", "netflix", "--language", language])
    assert not left.value.code
    data = capfdbinary.readouterr().out
    assert begins in data
    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
