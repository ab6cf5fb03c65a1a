from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import ConfigError
from captioner.formats import FORMATS, Context, encode, render
from captioner.formats.output_encoding import ENCODINGS
from captioner.model import Cue, Line
from tests.formats import hostile, readers

CUES = [Cue(2000, 4000, (Line("Hello"), Line("there")))]
CONTEXT = Context(language="en", frame_rate=Fraction(25))
CODECS = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "utf-16le": "utf-16", "gb18030": "gb18030"}


@given(hostile.cues(), st.sampled_from(list(CODECS)), st.sampled_from(["lf", "crlf"]))
def test_srt_in_any_encoding_reads_back_by_its_codec_to_the_same_text(cues, encoding, newline):
    plain = render(cues, "srt")
    changed = encode(plain, FORMATS["srt"], encoding=encoding, newline=newline)
    text = changed.decode(CODECS[encoding])
    assert text.replace("\r\n", "\n") == plain.decode("utf-8")
    assert ("\r" in text) == (newline == "crlf" and plain != b"")
    assert readers.pysubs2_srt(text.replace("\r\n", "\n").encode()) == readers.pysubs2_srt(plain)


def test_the_marks_at_the_start_are_the_ones_programs_look_for():
    starts = {name: encode(b"1\n", FORMATS["srt"], encoding=name) for name in ENCODINGS}
    assert starts == {
        "utf-8": b"1\n",
        "utf-8-sig": b"\xef\xbb\xbf1\n",
        "utf-16le": b"\xff\xfe1\0\n\0",
        "gb18030": b"1\n",
    }


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_had_as_its_writer_gives_it(name):
    data = render(CUES, name, CONTEXT)
    assert encode(data, FORMATS[name]) == data
    for encoding in FORMATS[name].encodings:
        assert encode(data, FORMATS[name], encoding=encoding)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("vtt", "gb18030"), ("json", "utf-8-sig"), ("itt", "utf-8-sig"), ("ttml", "utf-16le"), ("stl", "gb18030")],
)
def test_an_encoding_the_format_rules_out_is_refused(name, encoding):
    with pytest.raises(ConfigError, match=f"{name} cannot be written in {encoding}"):
        encode(b"", FORMATS[name], encoding=encoding)


@pytest.mark.parametrize("name", ["stl", "csv"])
def test_line_ends_that_are_part_of_the_format_are_left_alone(name):
    with pytest.raises(ConfigError, match="line ends of its own"):
        encode(b"\n", FORMATS[name], newline="crlf")
