"""Avid DS, iTT and FCPXML: text and times on a grid of frames."""

import re
from fractions import Fraction
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.errors import FormatError
from captioner.formats import Context, render
from captioner.formats.frame_grid import frame_spans
from captioner.model import Cue, Line
from captioner.timecode import frames_to_ms, ms_to_frames, timecode_to_frames
from tests.formats import hostile, readers

NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)
RATES = [FILM, Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(50), Fraction(60000, 1001), Fraction(60)]
NAMES = {"0": "Anna", "1": "Bo"}


def cue(*texts, start=0, end=1000, speaker=None):
    return Cue(start, end, tuple(Line(text) for text in texts), speaker)


def printed(line):
    return line.printed


def framed(cues, rate):
    """What the frame formats owe: the nearest frames of every cue with something to read, and its lines."""
    shown = [(Cue(start, end, ()), lines) for start, end, lines in hostile.wanted(cues, printed)]
    return [(*span, lines) for span, (_, lines) in zip(frame_spans([c for c, _ in shown], rate), shown, strict=True)]


@given(hostile.cues(), st.sampled_from(RATES))
def test_on_the_grid_no_cue_is_without_a_frame_and_none_begin_to_overlap(cues, rate):
    grid = list(frame_spans(cues, rate))
    assert all(start < end for start, end in grid)
    assert all(before[1] <= after[0] for before, after in pairwise(grid))


@given(hostile.cues(shortest_ms=100), st.sampled_from(RATES))
def test_a_cue_of_a_tenth_of_a_second_is_never_moved_by_more_than_half_a_frame(cues, rate):
    for cue_, (start, end) in zip(cues, frame_spans(cues, rate), strict=True):
        for ms, frame in ((cue_.start_ms, start), (cue_.end_ms, end)):
            assert abs(Fraction(frame * 1000) / rate - ms) <= Fraction(500) / rate


def avid(*cues, rate=Fraction(25), **context):
    return render(cues, "avid", Context(frame_rate=rate, **context)).decode("utf-8")


def read_avid(text):
    """The plainest parser: blocks between the two markers, each a pair of time codes and its lines."""
    body = text.partition("<begin subtitles>\n")[2].rpartition("<end subtitles>")[0]
    blocks = [block.split("\n") for block in body.split("\n\n") if block]
    return [(*block[0].split(" "), tuple(block[1:])) for block in blocks]


def test_avid_writes_the_sequence_s_time_codes():
    assert avid(cue("Line one", "Line two", start=1000, end=3400), start_timecode="01:00:00:00") == (
        "@ This file written with the Avid Caption plugin, version 1\n\n<begin subtitles>\n"
        "01:00:01:00 01:00:03:10\nLine one\nLine two\n\n<end subtitles>\n"
    )


def test_avid_counts_drop_frame_when_the_picture_does():
    hour = cue("x", start=3_600_000, end=3_601_000)
    assert "01:00:00;00 01:00:01;00" in avid(hour, rate=NTSC, start_timecode="00:00:00;00")
    assert "00:59:56:12 00:59:57:12" in avid(hour, rate=NTSC)


@pytest.mark.parametrize(
    ("end_frame", "written"), [(26, "02"), (31, "07"), (36, "12"), (41, "17"), (46, "22"), (27, "03")]
)
@pytest.mark.parametrize("rate", [FILM, Fraction(24)])
def test_avid_moves_an_out_point_off_the_frames_that_media_composer_skips(rate, end_frame, written):
    text = avid(cue("x", start=0, end=frames_to_ms(end_frame, rate)), rate=rate)
    frame = read_avid(text)[0][1][-2:]
    assert frame == (written if written == "03" else f"{int(written) - 1:02d}")


@given(hostile.cues(), st.sampled_from(RATES))
def test_avid_reads_back_every_text_and_frame(cues, rate):
    read = [
        (timecode_to_frames(start, rate), timecode_to_frames(end, rate), lines)
        for start, end, lines in read_avid(avid(*cues, rate=rate))
    ]
    expected = framed(cues, rate)
    assert [(start, lines) for start, _, lines in read] == [(start, lines) for start, _, lines in expected]
    assert all(0 <= owed - got <= (rate <= 24) for (_, got, _), (_, owed, _) in zip(read, expected, strict=True))


def test_avid_text_cannot_end_the_file():
    assert avid(cue("<end subtitles>")).count("<end subtitles>") == 1


@given(hostile.cues(), st.sampled_from(RATES))
def test_ttconv_reads_back_every_text_and_frame_of_itt(cues, rate):
    read = readers.ttconv_ttml(render(cues, "itt", Context(frame_rate=rate, language="en")))
    expected = framed(cues, rate)
    assert [(ms_to_frames(s.start_ms, rate), ms_to_frames(s.end_ms, rate)) for s in read] == [
        (start, end) for start, end, _ in expected
    ]
    # Without xml:space, TTML runs spaces together, and iTT has no xml:space.
    assert [tuple(map(hostile.squeezed, s.lines)) for s in read] == [
        tuple(map(hostile.squeezed, lines)) for _, _, lines in expected
    ]


@pytest.mark.parametrize(
    ("rate", "frame_rate", "multiplier"),
    [(FILM, "24", "1000 1001"), (Fraction(25), "25", "1 1"), (NTSC, "30", "1000 1001")],
)
def test_itt_declares_its_rate_and_counts_from_zero_whatever_the_time_code(rate, frame_rate, multiplier):
    context = Context(frame_rate=rate, language="en", start_timecode="10:00:00:00")
    data = render([cue("x")], "itt", context)
    assert not data.startswith(b"\xef\xbb\xbf")
    assert f'ttp:frameRate="{frame_rate}" ttp:frameRateMultiplier="{multiplier}"' in data.decode()
    assert 'begin="00:00:00:00"' in data.decode()


# Final Cut Pro XML DTD 1.8-1.10: attributes and children of the elements used.
FCPXML = {
    "fcpxml": ({"version"}, ["resources", "library"]),
    "resources": (set(), ["format"]),
    "format": ({"id", "frameDuration", "width", "height"}, []),
    "library": (set(), ["event"]),
    "event": ({"name"}, ["project"]),
    "project": ({"name"}, ["sequence"]),
    "sequence": ({"format", "duration", "tcStart", "tcFormat"}, ["spine"]),
    "spine": (set(), ["gap"]),
    "gap": ({"name", "offset", "start", "duration"}, ["caption"]),
    "caption": ({"lane", "offset", "name", "duration", "role"}, ["text", "text-style-def"]),
    "text": ({"placement"}, ["text-style"]),
    "text-style-def": ({"id"}, ["text-style"]),
    "text-style": ({"ref", "font", "fontSize", "fontFace", "fontColor", "backgroundColor"}, []),
}


def fcpxml(*cues, rate=Fraction(25), **context):
    return ElementTree.fromstring(render(cues, "fcpxml", Context(frame_rate=rate, **{"language": "en", **context})))


def seconds(text):
    return Fraction(re.fullmatch(r"(\d+(?:/\d+)?)s", text)[1])


@given(hostile.cues(), st.sampled_from(RATES))
def test_fcpxml_keeps_to_the_dtd_and_every_time_is_a_whole_frame(cues, rate):
    root = fcpxml(*cues, rate=rate, names=NAMES)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        attributes, children = FCPXML[element.tag]
        assert set(element.attrib) <= attributes
        order = [children.index(child.tag) for child in element]
        assert order == sorted(order)
        assert element.get("ref", ids[0]) in ids
        for name in {"offset", "start", "duration", "tcStart", "frameDuration"} & set(element.attrib):
            assert (seconds(element.get(name)) * rate).denominator == 1
    expected = framed(cues, rate)
    captions = list(root.iter("caption"))
    assert [seconds(c.get("offset")) * rate for c in captions] == [start for start, _, _ in expected]
    assert [seconds(c.get("duration")) * rate for c in captions] == [end - start for start, end, _ in expected]
    assert ["".join(c.find("text").itertext()).split("\n") for c in captions] == [
        list(lines) for _, _, lines in expected
    ]


def test_fcpxml_is_an_itt_project_of_the_picture_s_size_rate_and_start():
    root = fcpxml(cue("x", speaker="0"), rate=NTSC, width=1280, height=720, start_timecode="01:00:00;00",
                  duration_ms=10_000, language="zh-Hans", title="A & B")  # fmt: skip
    assert root.find("resources/format").attrib == {
        "id": "r1", "frameDuration": "1001/30000s", "width": "1280", "height": "720",
    }  # fmt: skip
    sequence = next(root.iter("sequence"))
    assert (sequence.get("tcFormat"), seconds(sequence.get("tcStart")) * NTSC) == ("DF", 107_892)
    assert seconds(sequence.get("duration")) >= 10
    assert next(root.iter("project")).get("name") == "A & B"
    assert next(root.iter("caption")).get("role") == "iTT?captionFormat=ITT.zh-Hans"


@pytest.mark.parametrize("format_", ["avid", "itt", "fcpxml"])
def test_what_the_frame_formats_cannot_hold_is_refused_in_words(format_):
    context = Context(frame_rate=Fraction(25), language="en")
    with pytest.raises(FormatError, match="captions 1 and 2 overlap by 500 ms"):
        render([cue("a"), cue("b", start=500, end=1500)], format_, context)
    with pytest.raises(FormatError, match="frame rate is not known; give --fps"):
        render([cue("a")], format_, Context(language="en"))


@pytest.mark.parametrize("format_", ["itt", "fcpxml"])
def test_itt_takes_two_lines_and_four_in_japanese_and_wants_a_language(format_):
    four = cue("a", "b", "c", "d")
    with pytest.raises(FormatError, match="caption 1 has 4 lines"):
        render([four], format_, Context(frame_rate=Fraction(25), language="en"))
    assert render([four], format_, Context(frame_rate=Fraction(25), language="ja"))
    with pytest.raises(FormatError, match="--language"):
        render([cue("a")], format_, Context(frame_rate=Fraction(25)))
