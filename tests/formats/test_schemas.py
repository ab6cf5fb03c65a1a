"""Every XML writer against a grammar: ours in `schemas/`, and the published ones where somebody has them."""

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from captioner.errors import FormatError
from captioner.formats import Context, render
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle
from tests.formats import hostile

HERE = Path(__file__).parent / "schemas"
PUBLISHED = os.environ.get("CAPTIONER_SCHEMAS", "")
OURS = {
    "ttml1": "ttml1.rng",
    "itt": "itt.rng",
    "ttml": "imsc.rng",
    "ebu-tt-d": "ebu-tt-d.rng",
    "fcpxml": "fcpxml-1.8.dtd",
}
THEIRS = {
    "ttml1": "ttml1.xsd",
    "itt": "ttml1.xsd",
    "ttml": "ttml2.xsd",
    "ebu-tt-d": "ebutt_d.xsd",
    "fcpxml": "FCPXMLv1_8.dtd",
}
RATES = [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001)]
LOOKS = [
    TextStyle(italic=True),
    TextStyle(bold=True, underline=True),
    TextStyle(colour="#FFFF00"),
    TextStyle(True, True, True, "#00FF00"),
]
PLACES = [
    None,
    Placement("top", "left"),
    Placement("middle"),
    Placement("bottom", "right"),
    Placement("top", "centre", 20.0, 10.0),
]


def grammar(path):
    kinds = {".rng": etree.RelaxNG, ".xsd": etree.XMLSchema}
    return etree.DTD(str(path)) if path.suffix == ".dtd" else kinds[path.suffix](etree.parse(path))


def faults(schema, data):
    schema.validate(etree.fromstring(data))
    return [error.message for error in schema.error_log]


@st.composite
def captions(draw):
    """Hostile captions, some with looks and places."""
    shown = []
    for cue in draw(hostile.cues(within_ms=1_000_000)):
        place = draw(st.sampled_from(PLACES))
        lines = []
        for line in cue.lines:
            end = draw(st.integers(0, len(line.text)))
            spans = (StyledSpan(end // 2, end, draw(st.sampled_from(LOOKS))),) if end > end // 2 else ()
            lines.append(Line(line.text, speaker=line.speaker, label=line.label, spans=spans))
        shown.append(Cue(cue.start_ms, cue.end_ms, tuple(lines), placement=place))
    return shown


def written(name, cues, rate, language):
    context = Context(language=language, names={"0": "A & B", "1": "Bo"}, frame_rate=rate, title="T <1>")
    try:
        return render(cues, name, context)
    except FormatError:
        return None  # told elsewhere; here is only what was written


@pytest.mark.parametrize("name", OURS)
def test_every_file_holds_the_grammar_of_its_format(name):
    schema = grammar(HERE / OURS[name])

    @given(captions(), st.sampled_from(RATES), st.sampled_from(["en", "ar", "zh-Hant"]))
    def holds(cues, rate, language):
        data = written(name, cues, rate, language)
        assert data is None or not faults(schema, data)

    holds()
    assert not faults(schema, written(name, [], RATES[0], "en"))


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize(
    ("was", "becomes"),
    [("end=", "until="), ("xml:lang=", "lang="), ("<head>", "<headless>"), ('offset="', 'at="'), ('id="', 'it="')],
)
def test_the_grammars_notice_what_is_wrong(name, was, becomes):
    schema = grammar(HERE / OURS[name])
    good = written(name, [Cue(40, 1000, (Line("x"),))], RATES[0], "en").decode()
    bad = good.replace(was, becomes).replace("</head>", f"</{becomes[1:-1]}>" if was == "<head>" else "</head>")
    assert bad == good or faults(schema, bad.encode())


@pytest.mark.skipif(not PUBLISHED, reason="CAPTIONER_SCHEMAS names no folder with the published grammars")
@pytest.mark.parametrize("name", THEIRS)
def test_every_file_holds_the_published_grammar(name):
    schema = grammar(Path(PUBLISHED) / THEIRS[name])

    @given(captions(), st.sampled_from(RATES), st.sampled_from(["en", "ar", "zh-Hant"]))
    def holds(cues, rate, language):
        data = written(name, cues, rate, language)
        assert data is None or not faults(schema, data)

    holds()
    assert not faults(schema, written(name, [], RATES[0], "en"))
