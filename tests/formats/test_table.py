from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import ConfigError, FormatError
from captioner.formats import FORMATS, Context, render
from captioner.model import Cue, Line, Transcript
from tests.formats import hostile


def cue(start, end, text="x"):
    return Cue(start, end, (Line(text),))


def test_the_table_names_every_format_once():
    assert {"srt", "vtt", "ass", "txt", "json"} <= set(FORMATS)
    for name, format_ in FORMATS.items():
        assert name == format_.name
        assert format_.extension == format_.extension.lower().strip(".")
        assert "/" in format_.media_type


def test_an_unknown_format_is_refused_with_the_list_of_known_ones():
    with pytest.raises(ConfigError, match=r"'doc' is unknown; there are srt, vtt, ass, ttml, "):
        render([], "doc", Context())


@pytest.mark.parametrize("span", [(5, 5), (6, 5), (-1, 5)])
@pytest.mark.parametrize("name", FORMATS)
def test_a_cue_that_lasts_no_time_is_refused_by_every_format(name, span):
    with pytest.raises(FormatError, match="caption 2 lasts"):
        render([cue(0, 1), cue(*span)], name, Context())


@pytest.mark.parametrize("name", ["srt", "vtt", "ass"])
def test_cues_are_written_by_start_whatever_order_they_come_in(name):
    late_first = render([cue(5000, 6000, "b"), cue(0, 1000, "a")], name, Context())
    assert late_first == render([cue(0, 1000, "a"), cue(5000, 6000, "b")], name, Context())


@pytest.mark.parametrize("name", FORMATS)
def test_no_cues_make_a_whole_file_of_every_format(name):
    context = Context(transcript=Transcript(()), language="en", frame_rate=Fraction(25))
    assert render([], name, context).count(b"-->") == 0


@given(hostile.cues(), st.sampled_from(sorted(FORMATS)))
def test_the_same_cues_are_always_the_same_bytes(cues, name):
    context = Context(names={"0": "Anna"}, language="ar", frame_rate=Fraction(25))
    assert _outcome(cues, name, context) == _outcome(tuple(cues), name, context)


def _outcome(cues, name, context):
    """The bytes, or the words of the refusal."""
    try:
        return render(cues, name, context)
    except FormatError as error:
        return str(error)


@given(hostile.cues(), st.sampled_from(sorted(FORMATS)))
def test_a_refusal_is_one_line_and_names_the_caption(cues, name):
    outcome = _outcome(cues, name, Context(language="en", frame_rate=Fraction(25)))
    assert isinstance(outcome, bytes) or ("caption" in outcome and "\n" not in outcome and len(outcome) < 250)
