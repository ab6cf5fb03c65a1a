import pytest
import webvtt
from hypothesis import assume, given
from hypothesis import strategies as st

from captioner.formats import Context, read, render
from captioner.model import Cue, Line, Sentence, StyledSpan, TextStyle, Transcript
from tests.formats import hostile, readers

NAMES = {"0": "Anna", "1": "Bo"}
YELLOW, ORANGE = TextStyle(colour="#FFFF00"), TextStyle(colour="#FF8800")


def vtt(*cues, **context):
    return render(cues, "vtt", Context(**context)).decode("utf-8")


def cue(*texts, start=0, end=1000, speaker=None):
    return Cue(start, end, tuple(Line(text) for text in texts), speaker)


def spoken(line):
    return line.dash + line.text


def test_a_file_without_cues_is_still_webvtt():
    assert vtt() == "WEBVTT\n"


def test_every_speaker_is_a_voice_and_the_label_is_not_printed_twice():
    lines = (Line("Hi", speaker="0", label="Anna:"), Line("there", speaker="0"))
    assert vtt(Cue(0, 1000, lines, "0"), cue("Oh", start=1000, end=2000, speaker="1"), names=NAMES) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Anna>Hi\nthere</v>\n\n"
        "00:00:01.000 --> 00:00:02.000\n<v Bo>Oh</v>\n"
    )


def test_two_speakers_in_a_cue_have_a_voice_a_line_and_keep_their_dashes():
    lines = (Line("Hi?", speaker="0", dash="- "), Line("Oh!", speaker="1", dash="- "))
    assert vtt(Cue(0, 1000, lines), names=NAMES).splitlines()[3:] == ["<v Anna>- Hi?</v>", "<v Bo>- Oh!</v>"]


def test_one_unnamed_speaker_has_no_voice_but_a_named_one_has():
    assert vtt(cue("Hi", speaker="0")).splitlines()[3] == "Hi"
    assert vtt(cue("Hi", speaker="0"), names={"0": "Speaker 1"}).splitlines()[3] == "Hi"
    assert vtt(cue("Hi", speaker="0"), names={"0": "Anna"}).splitlines()[3] == "<v Anna>Hi</v>"


def test_unnamed_speakers_are_numbered_and_channels_are_called_channels():
    cues = (cue("a", speaker="0"), cue("b", start=1000, end=2000, speaker="1"))
    assert "<v Speaker 1>a" in vtt(*cues)
    heard = Transcript((Sentence("a", 0, 1, speaker="0"), Sentence("b", 1, 2, speaker="1")), by_channel=True)
    assert "<v Channel 2>b" in vtt(*cues, transcript=heard)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("-->", "--&gt;"),
        ("&amp;", "&amp;amp;"),
        ("<00:00:01.000>", "&lt;00:00:01.000&gt;"),
        ("{x}\\N", "{x}\\N"),
        ("a\u00a0b\u200ec", "a\u00a0b\u200ec"),
        ("NOTE x", "NOTE x"),
        ("a\n\nb", "a  b"),
    ],
)
def test_text_is_escaped_by_reference_and_otherwise_left_alone(text, written):
    assert vtt(cue(text)).splitlines()[3:] == [written]


@pytest.mark.parametrize(
    ("text", "language", "written"),
    [
        ("مرحبا.", "ar", "مرحبا."),
        ("NASA قالت", "ar", "\u200fNASA قالت"),
        ("NASA قالت", "en", "NASA قالت"),
        ("OK, let us go.", "ar", "OK, let us go."),
        ("好的，走吧。", "ar", "好的，走吧。"),
    ],
)
def test_direction_is_left_to_the_reader_unless_it_would_guess_wrong(text, language, written):
    assert vtt(cue(text), language=language).splitlines()[3] == written


def test_a_hundred_hours_are_no_limit():
    assert "100:00:00.000 --> 100:00:01.000" in vtt(cue("x", start=360_000_000, end=360_001_000))


def test_voices_may_have_colours_and_a_name_cannot_break_the_style_block():
    cues = (cue("a", speaker="0"), cue("b", start=1000, end=2000, speaker="1"))
    text = vtt(*cues, names={"0": "Anna", "1": 'B"o --> {x}'}, colours=True)
    assert text.split("\n\n")[1].splitlines() == [
        "STYLE",
        '::cue(v[voice="Anna"]) { color: #FFFFFF }',
        r'::cue(v[voice="B\22 o --› ｛x｝"]) { color: #FFFF00 }',
    ]
    (style,) = webvtt.from_string(text).styles
    assert "#FFFF00" in style.text
    assert "STYLE" not in vtt(cue("a", speaker="0"), colours=True)


LOOK_ALIKES = str.maketrans("&<>{}", "＆‹›｛｝")


def test_signs_that_players_show_as_references_have_look_alikes_in_a_voice_and_are_read_back():
    text = vtt(cue("a", speaker="0"), names={"0": "O'Neil & <Sons> {x}"})
    assert "<v O'Neil ＆ ‹Sons› ｛x｝>a</v>" in text
    assert read(text.encode(), "a.vtt").cues[0].speaker == "O'Neil & <Sons> {x}"


def test_a_style_sheet_goes_by_the_target():
    lines = (Line("yellow, own", spans=(StyledSpan(0, 6, YELLOW), StyledSpan(8, 11, ORANGE))),)
    shown = Cue(0, 1000, lines)
    text = "00:00:00.000 --> 00:00:01.000\n<c.yellow>yellow</c>, <c.cff8800>own</c>\n"
    yellow, own = "::cue(.yellow) { color: #FFFF00 }\n", "::cue(.cff8800) { color: #FF8800 }\n"
    assert vtt(shown) == f"WEBVTT\n\nSTYLE\n{own}\n{text}"
    for context in (Context(colours=True), Context(style_sheet="always")):
        assert render([shown], "vtt", context).decode() == f"WEBVTT\n\nSTYLE\n{yellow}{own}\n{text}"
    assert vtt(shown, style_sheet="never") == f"WEBVTT\n\n{text}"


@given(hostile.cues(), st.dictionaries(st.sampled_from(["0", "1", "2"]), hostile.names))
def test_webvtt_py_reads_back_every_text_voice_and_millisecond(cues, names):
    expected = hostile.wanted(cues, spoken)
    found = readers.webvtt_py(render(cues, "vtt", Context(names=names)))
    assert [(shown.start_ms, shown.end_ms, shown.lines) for shown in found] == expected
    voices = (hostile.one_line(name).translate(LOOK_ALIKES) for name in names.values())
    assert {shown.voice for shown in found} <= {"", "Speaker 1", "Speaker 2", "Speaker 3", *voices}


@given(hostile.cues(texts=hostile.texts))
def test_ffmpeg_reads_back_the_text_and_the_millisecond(cues):
    expected = hostile.wanted(cues, spoken)
    assume(expected)
    found = readers.ffmpeg(render(cues, "vtt", Context(names=NAMES)), "webvtt")
    assert [(shown.start_ms, shown.end_ms) for shown in found] == [(start, end) for start, end, _ in expected]
    for shown, (_, _, lines) in zip(found, expected, strict=True):
        assert hostile.squeezed(as_text(shown.lines[0])) == hostile.squeezed("".join(lines).replace("\u00a0", " "))


def as_text(ass):
    """FFmpeg's ASS taken back to text: its own guards around braces and backslashes are known and exact."""
    breaks = ass.replace("\\\u2060", "\0").replace("\\{{}", "{").replace("\\N", "").replace("\\h", " ")
    return breaks.replace("\0", "\\")
