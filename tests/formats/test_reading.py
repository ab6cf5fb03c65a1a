"""Files of every kind are read into captions, with their speakers, and what cannot be read is said in a line."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import archive, formats, style
from captioner.check import check
from captioner.errors import ReplyError
from captioner.formats import CaptionFile, Context, read
from captioner.model import Cue, Line, Sentence, Transcript
from tests.formats.hostile import FRAGMENTS

ENDINGS = ("srt", "vtt", "ass", "ssa", "sub", "sbv", "json", "ttml", "scc", "stl", "txt")
CUES = (
    Cue(1000, 3000, (Line("Good evening, and", speaker="0", label="Anna:"), Line("welcome.", speaker="0")), "0"),
    Cue(3080, 5000, (Line("Tom & Jerry < cheese", speaker="1", label="Bo:"),), "1"),
    Cue(6000, 8000, (Line("Yes.", speaker="0", dash="- "), Line("No.", speaker="1", dash="- "))),
)
CONTEXT = Context(
    frame_rate=Fraction(25), names={"0": "Anna", "1": "Bo"}, style=style.load_style("web-default"), language="en"
)


@pytest.mark.parametrize("name", ["srt", "vtt", "ass", "ttml", "ebu-tt-d", "itt", "stl"])
def test_what_we_write_reads_back_with_its_times_and_words(name: str) -> None:
    data = formats.render(CUES, name, CONTEXT)
    found = read(data, f"talk.{formats.FORMATS[name].extension}")
    assert [(cue.start_ms, cue.end_ms) for cue in found.cues] == [(1000, 3000), (3080, 5000), (6000, 8000)]
    assert [len(cue.lines) for cue in found.cues] == [2, 1, 2]
    assert found.cues[0].lines[1].text == "welcome."


def test_our_own_json_brings_its_transcript() -> None:
    transcript = Transcript((Sentence("Good evening, and welcome.", 1000, 3000, (), "0"),), "en")
    kept = archive.Archive(transcript, CUES, language="en")
    found = read(archive.dumps(kept).encode(), "talk.json")
    assert (found.cues, found.transcript, found.language) == (CUES, transcript, "en")


def test_speakers_are_told_from_labels_dashes_voices_and_names() -> None:
    srt = read(formats.render(CUES, "srt", CONTEXT), "talk.srt")
    assert [line.speaker for line in srt.cues[0].lines] == [None, None]  # “Anna:” once could be anything
    labelled = read(b"1\n00:00:01,000 --> 00:00:02,000\nANNA: Hello.\n", "a.srt")
    assert (labelled.cues[0].speaker, labelled.cues[0].lines[0].text) == ("ANNA", "Hello.")
    numbered = read(b"1\n00:00:01,000 --> 00:00:02,000\nSpeaker 1: Hello.\n", "a.srt")
    assert numbered.cues[0].speaker == "Speaker 1"
    vtt = read(formats.render(CUES, "vtt", CONTEXT), "talk.vtt")
    assert [line.speaker for line in vtt.cues[0].lines] == ["Anna", "Anna"]
    ass = read(formats.render(CUES[:2], "ass", CONTEXT), "talk.ass")
    assert [cue.speaker for cue in ass.cues] == ["Anna", "Bo"]
    dashes = srt.cues[2].lines
    assert [(line.dash, line.text) for line in dashes] == [("- ", "Yes."), ("- ", "No.")]


def test_a_colon_in_a_sentence_is_no_speaker() -> None:
    found = read(b"1\n00:00:01,000 --> 00:00:02,000\nRemember this: never again.\n", "a.srt")
    assert found.cues[0].lines[0].text == "Remember this: never again."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1\r\n00:00:01,000 --> 00:00:02,000\r\nTwo\r\nlines\r\n\r\n", ["Two\nlines"]),
        ("00:00:01.000 --> 00:00:02.000\nNo number, dots", ["No number, dots"]),
        ("1\n00:00:01,000 --> 00:00:02,000\n2024\n\n2\n00:00:03,000 --> 00:00:04,000\nNext", ["2024", "Next"]),
        ("1\n0:0:1,5 --> 0:0:2,0\nloose\n", ["loose"]),
        ("1\n00:00:01,000 --> 00:00:02,000 X1:10 X2:20\n<i>slanted</i> {\\an8}top\n", ["slanted top"]),
        ("1\n00:00:01,000 --> 00:00:02,000\n5 < 6 and 7 > 3\n", ["5 < 6 and 7 > 3"]),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n", [""]),
        ("", []),
    ],
)
def test_srt_is_read_with_the_liberties_of_the_wild(text: str, shown: list[str]) -> None:
    assert [cue.text for cue in read(text.encode(), "a.srt").cues] == shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_the_wild_are_read(encoding: str) -> None:
    found = read("1\n00:00:01,000 --> 00:00:02,000\nCafé\n".encode(encoding), "a.srt")
    assert found.cues[0].text == "Café"


def test_microdvd_and_sbv_are_read_by_their_libraries() -> None:
    assert read(b"{1}{1}25\n{25}{50}Hello|there\n", "a.sub").cues[0].text == "Hello\nthere"
    sbv = read(b"0:00:01.000,0:00:02.000\nHello\nthere\n", "a.sbv")
    assert (sbv.cues[0].start_ms, sbv.cues[0].text) == (1000, "Hello\nthere")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"hello", "a.srt"),
        (b"hello", "a.vtt"),
        (b"\0\1\2", "a.srt"),
        (b"hello", "a.xyz"),
        (b"{}", "a.json"),
        (b"<tt/", "a.ttml"),
        (b"short", "a.stl"),
    ],
)
def test_what_is_no_caption_file_is_refused_by_name(data: bytes, name: str) -> None:
    with pytest.raises(ReplyError, match=name.replace(".", r"\.")):
        read(data, name)


BROKEN = st.sampled_from(
    [
        "1\n00:00:01,000 --> 00:00:02,000\nHello <i>there</i>\n\n",
        "WEBVTT\n\n",
        "00:01.000 --> 00:02.000 line:0\n<v Anna>Hi &lt;\n\n",
        "[Script Info]\n",
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n",
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,Hi {\\i1}there\n",
        "{1}{1}25\n{25}{50}Hello|there\n",
        "-->",
        "\n\n",
        "\u2028",
        "9999999999:99:99,999 --> 0:0:0,0",
        '{"schema": "captioner.archive", "version": 1, "sentences": []}',
        "<tt xmlns='http://www.w3.org/ns/ttml'><body><div><p begin='1s' end='2s'>x</p></div></body></tt>",
    ]
)


def attempt(data: bytes, name: str) -> CaptionFile | str:
    """The captions, or the sentence they are refused with."""
    try:
        return read(data, name)
    except ReplyError as error:
        return error.message


@given(st.lists(BROKEN | st.text(max_size=12), max_size=6), st.sampled_from(ENDINGS))
def test_any_text_is_read_or_refused_in_one_line(parts: list[str], ending: str) -> None:
    found = attempt("".join(parts).encode("utf-8", "surrogatepass"), f"a.{ending}")
    if isinstance(found, str):
        assert "\n" not in found
        assert found.startswith(f"a.{ending}: ")
        return
    assert len(found.cues) == len(found.written)
    check(found.cues, style.load_style("netflix"), text=found.data, format=found.format, written=found.written)


@given(st.binary(max_size=64), st.sampled_from(ENDINGS))
def test_any_bytes_are_read_or_refused(data: bytes, ending: str) -> None:
    assert attempt(data, f"a.{ending}")


@pytest.mark.parametrize("name", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("text", [fragment for fragment in FRAGMENTS if any(map(str.isalnum, fragment))])
def test_what_our_writers_make_of_anything_is_read_alike_by_another_reader(name: str, text: str) -> None:
    data = formats.render((Cue(0, 3000, (Line(f"Then {text} and so on"),)),), name)
    found = read(data, f"a.{name}")
    issues = check(found.cues, style.load_style("ted"), text=data, format=name, written=found.written)
    assert [issue for issue in issues if issue.rule in ("reparse", "escapes", "encoding")] == []


def test_drawings_and_comments_in_ass_are_no_captions() -> None:
    head = "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    line = "{}: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{}\n"
    text = (
        head
        + line.format("Dialogue", "{\\p1}m 0 0 l 1 1{\\p0}")
        + line.format("Comment", "x")
        + line.format("Dialogue", "Hi there.")
    )
    found = read(text.encode(), "a.ass")
    assert [cue.text for cue in found.cues] == ["Hi there."]
    issues = check(found.cues, style.load_style("ted"), text=found.data, format="ass", written=found.written)
    assert [issue for issue in issues if issue.rule == "reparse"] == []
