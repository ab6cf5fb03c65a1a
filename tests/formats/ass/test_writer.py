import re
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from captioner.errors import FormatError
from captioner.formats import Context, render
from captioner.formats.palette import COLOURS, speaker_colour
from captioner.model import Cue, Line, Word
from tests.formats import frames, hostile, readers

NAMES = {"0": "Anna", "1": "Bo"}
HOUR = 3_600_000


def ass(*cues, **context):
    return render(cues, "ass", Context(**context)).decode("utf-8")


def cue(*texts, start=0, end=1000, speaker=None):
    return Cue(start, end, tuple(Line(text) for text in texts), speaker)


def dialogues(text):
    return [line.removeprefix("Dialogue: ").split(",", 9) for line in text.splitlines() if line.startswith("Dialogue")]


def styles(text):
    rows = [line.removeprefix("Style: ").split(",") for line in text.splitlines() if line.startswith("Style: ")]
    return {row[0]: row for row in rows}


def undo(text):
    """The documented replacements taken back."""
    text = text.replace("｛", "{").replace("｝", "}").replace("\\\u2060", "\\")
    return re.sub("[\u200f\u202b\u202c]", "", text)


def spoken(line):
    return line.dash + line.text


def test_the_picture_sets_the_script_size_and_every_break_is_ours():
    head = ass(width=1280, height=720, title="News, 1\n2").split("[V4+ Styles]")[0].splitlines()
    for row in ("ScriptType: v4.00+", "PlayResX: 1280", "PlayResY: 720", "WrapStyle: 2", "Title: News, 1 2"):
        assert row in head
    assert "PlayResX: 1920" in ass(width=0, height=0)


def test_every_speaker_has_a_style_a_colour_and_a_name():
    text = ass(cue("a", speaker="0"), cue("b", start=1000, end=2000, speaker="1"), names=NAMES)
    assert [(row[3], row[4], row[9]) for row in dialogues(text)] == [("Spk1", "Anna", "a"), ("Spk2", "Bo", "b")]
    assert [row[3] for row in styles(text).values()] == ["&H00FFFFFF", "&H00FFFFFF", "&H0000FFFF"]


def test_two_speakers_in_a_cue_change_style_at_the_break():
    lines = (Line("Hi?", speaker="0", dash="- ", label="Anna:"), Line("Oh!", speaker="1", dash="- "))
    (row,) = dialogues(ass(Cue(0, 1000, lines), names=NAMES))
    assert (row[3], row[4], row[9]) == ("Spk1", "Anna / Bo", r"- Hi?\N{\rSpk2}- Oh!")


def test_one_unnamed_speaker_needs_no_style_of_their_own():
    text = ass(cue("a", speaker="0"))
    assert list(styles(text)) == ["Default"]
    assert dialogues(text)[0][3:5] == ["Default", ""]


@pytest.mark.parametrize(
    ("language", "text", "font"),
    [
        ("en", "Hello", "Noto Sans"),
        ("zh", "你好", "Noto Sans CJK SC"),
        ("zh-Hant-TW", "你好", "Noto Sans CJK TC"),
        ("zh_TW", "你好", "Noto Sans CJK TC"),
        ("ja", "日本", "Noto Sans CJK JP"),
        ("ko-KR", "한국", "Noto Sans CJK KR"),
        ("ar", "مرحبا", "Noto Sans Arabic"),
        ("", "こんにちは世界", "Noto Sans CJK JP"),
        ("", "你好", "Noto Sans CJK SC"),
        ("", "Hello", "Noto Sans"),
    ],
)
def test_the_font_follows_the_language_else_the_script(language, text, font):
    assert styles(ass(cue(text), language=language))["Default"][1] == font


@pytest.mark.parametrize(
    ("width", "height", "size", "margin", "margin_v"),
    [(1920, 1080, 60, 240, 54), (1280, 720, 40, 160, 36), (3840, 2160, 120, 480, 108), (1080, 1920, 60, 54, 240)],
)
def test_sizes_and_margins_are_shares_of_the_picture(width, height, size, margin, margin_v):
    row = styles(ass(cue("x"), language="en", width=width, height=height))["Default"]
    assert (int(row[2]), int(row[19]), int(row[20]), int(row[21])) == (size, margin, margin, margin_v)


@pytest.mark.parametrize(("language", "size"), [("en", 60), ("zh", 64), ("ja", 64), ("ar", 93), ("he", 60), ("th", 66)])
def test_letters_are_of_one_size_in_every_script_although_fonts_differ_in_leading(language, size):
    assert int(styles(ass(cue("x"), language=language))["Default"][2]) == size


def test_latin_in_a_font_without_latin_has_the_size_of_latin():
    text = ass(cue("ดู NASA ที่ C: Ünal 42 ครับ"), language="th")
    assert dialogues(text)[0][9] == r"ดู {\fs60}NASA{\fs} ที่ {\fs60}C{\fs}: {\fs60}Ünal 42{\fs} ครับ"
    for language in ("en", "zh", "ja", "he"):
        assert r"\fs" not in ass(cue("NASA 你好 שלום"), language=language)


@pytest.mark.parametrize("language", ["ar", "fa", ""])
def test_latin_in_an_arabic_line_has_its_size_and_the_style_lays_out_whole_lines(language):
    text = ass(cue("قالت NASA Inc. (إن) 25"), language=language)
    shown = dialogues(text)[0][9].translate(dict.fromkeys(map(ord, "\u200f\u202b\u202c")))
    assert shown == r"قالت {\fs60}NASA Inc{\fs}. {\fs60}({\fs}إن{\fs60}){\fs} 25"
    assert styles(text)["Default"][-1] == "-1"


@pytest.mark.parametrize(("language", "encoding"), [("en", "1"), ("zh", "1"), ("th", "1"), ("he", "-1"), ("ur", "-1")])
def test_only_right_to_left_scripts_need_the_encoding_of_whole_lines(language, encoding):
    assert styles(ass(cue("x"), language=language))["Default"][-1] == encoding


@pytest.mark.process
def test_libass_draws_latin_in_arabic_no_higher_than_latin():
    heights = {}
    for name, text, language in (("mixed", "قالت NASA إن", "ar"), ("latin", "NASA", "en")):
        frame = frames.drawn(ass(cue(text), language=language).encode(), 500)
        top, bottom = frame.span(0, frame.width - 1)
        heights[name] = bottom - top
    assert (
        heights["mixed"] < heights["latin"] * 1.9
    )  # the bowls of Arabic hang lower; borrowed NASA alone was 1.5 times


@pytest.mark.process
def test_libass_keeps_a_line_with_sizes_in_the_order_of_its_script():
    """The first word stands rightmost: it alone is lit at first, whatever tags lie behind it."""
    words = tuple(Word(word, "", at * 1000, at * 1000 + 1000) for at, word in enumerate(["قالت", "NASA", "شكرا"]))
    line = Cue(0, 3000, (Line("قالت NASA شكرا", words),))
    data = render([line], "ass", Context(language="ar", karaoke="kf"))
    left = [min(edge for edge, _ in frames.drawn(data, at).columns()) for at in (500, 1500, 2500)]
    right = [max(edge for _, edge in frames.drawn(data, at).columns()) for at in (500, 1500, 2500)]
    assert left[0] > left[1] > left[2]
    assert max(right) - min(right) < 4


def luminance(rgb):
    """Relative luminance, WCAG 2.2."""
    parts = [int(rgb[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_colours_are_the_bbcs_first_and_all_are_readable_on_black():
    assert COLOURS[:4] == ("#FFFFFF", "#FFFF00", "#00FFFF", "#00FF00")
    assert len(set(COLOURS)) == len(COLOURS)
    assert min((luminance(rgb) + 0.05) / 0.05 for rgb in COLOURS) >= 7
    assert speaker_colour(len(COLOURS)) == COLOURS[0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{\\an8}x", "｛\\\u2060an8｝x"),
        ("C:\\new", "C:\\\u2060new"),
        ("end\\", "end\\\u2060"),
        ("a, b", "a, b"),
        ("a\nb", "a b"),
        ("<b> & -->", "<b> & -->"),
    ],
)
def test_text_cannot_become_an_override_or_a_break(text, written):
    assert dialogues(ass(cue(text)))[0][9] == written


def test_a_comma_or_a_newline_in_a_name_shifts_no_column():
    row = dialogues(ass(cue("x", speaker="0"), names={"0": "Smith,\nJohn"}))[0]
    assert (row[4], row[9]) == ("Smith， John", "x")


def test_ten_hours_are_refused_and_not_clamped():
    assert "9:59:59.99" in ass(cue("x", start=10 * HOUR - 1000, end=10 * HOUR - 1))
    with pytest.raises(FormatError, match="10:00:00"):
        ass(cue("x", start=10 * HOUR - 1000, end=10 * HOUR))


@pytest.mark.parametrize(
    ("spans", "written"),
    [
        ([(1001, 1999)], [(1000, 1990)]),
        ([(1001, 1009)], [(1000, 1010)]),
        ([(1001, 1003), (1003, 1005), (1005, 3000)], [(1000, 1010), (1010, 1020), (1020, 3000)]),
        ([(1000, 3000), (2000, 4000)], [(1000, 3000), (2000, 4000)]),
    ],
)
def test_times_are_cut_and_nothing_gets_no_length_or_a_new_overlap(spans, written):
    cues = [cue("x", start=start, end=end) for start, end in spans]
    assert [(s.start_ms, s.end_ms) for s in readers.pysubs2_ass(ass(*cues).encode())] == written


@given(
    hostile.cues(),
    st.dictionaries(st.sampled_from(["0", "1", "2"]), hostile.names),
    st.sampled_from(["", "en", "ar", "zh"]),
)
def test_pysubs2_reads_back_every_text_and_name(cues, names, language):
    expected = hostile.wanted(cues, spoken)
    read = readers.pysubs2_ass(render(cues, "ass", Context(names=names, language=language)))
    # pysubs2's fault: it strips a text, full-width spaces and all.
    assert [tuple(map(str.strip, map(undo, shown.lines))) for shown in read] == [
        tuple(map(str.strip, map(undo, lines))) for _, _, lines in expected
    ]
    assert {shown.style for shown in read} <= {"Default", "Spk1", "Spk2", "Spk3"}
    given_names = {hostile.one_line(name).replace(",", "，") for name in names.values()}
    for shown in read:
        assert set(filter(None, shown.voice.split(" / "))) <= given_names | {"Speaker 1", "Speaker 2", "Speaker 3"}


@given(hostile.cues(shortest_ms=20))
def test_every_cue_long_enough_to_be_seen_keeps_its_times_to_the_centisecond(cues):
    expected = [(start // 10 * 10, end // 10 * 10) for start, end, _ in hostile.wanted(cues, spoken)]
    read = readers.pysubs2_ass(render(cues, "ass", Context()))
    assert [(shown.start_ms, shown.end_ms) for shown in read] == expected


@given(hostile.cues())
def test_no_cue_is_without_length_and_none_overlap(cues):
    read = readers.pysubs2_ass(render(cues, "ass", Context()))
    assert all(shown.start_ms < shown.end_ms for shown in read)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(read))


@given(hostile.cues(shortest_ms=20))
def test_ffmpeg_reads_back_the_text_and_the_centisecond(cues):
    expected = hostile.wanted(cues, spoken)
    assume(expected)
    read = readers.ffmpeg(render(cues, "ass", Context(names=NAMES)), "ass")
    assert [(shown.start_ms, shown.end_ms) for shown in read] == [
        (start // 10 * 10, end // 10 * 10) for start, end, _ in expected
    ]
    for shown, (_, _, lines) in zip(read, expected, strict=True):
        text = re.sub(r"\{\\(r|fs)\w*\}", "", shown.lines[0])
        assert hostile.squeezed(undo(text)) == hostile.squeezed(undo("\\N".join(lines)))
