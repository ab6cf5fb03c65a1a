"""What is mended is mended safely: no word lost, no begin moved, every change said, the file kept as it was."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import style
from captioner.check import FixResult, check, fix
from captioner.check.fix_scope import has_encoding_issues, italicised, with_markup
from captioner.check.transcript_alignment import letters
from captioner.errors import FormatError
from captioner.formats import CaptionFile, read
from captioner.formats.text.patch import patch
from captioner.model import Cue
from tests.check.cases import CASES, SHORT, cue, dashed, one

PLAIN = style.load_style("web-default")
NETFLIX = style.load_style("netflix")


@pytest.mark.parametrize(
    ("cues", "house", "fixed"),
    [
        ((cue(3000, 4000, "Two."), cue(0, 2000, "One.")), PLAIN, (cue(0, 2000, "One."), cue(3000, 4000, "Two."))),
        ((cue(0, 2000, "One."), cue(1500, 4000, "Two.")), PLAIN, (cue(0, 1500, "One."), cue(1500, 4000, "Two."))),
        ((cue(0, 2000, "One."), cue(2300, 4000, "Two.")), PLAIN, (cue(0, 2220, "One."), cue(2300, 4000, "Two."))),
        ((cue(0, 400, "One."), cue(5000, 7000, "Two.")), PLAIN, (cue(0, 833, "One."), cue(5000, 7000, "Two."))),
        ((cue(0, 2000, "…"), cue(2500, 4000, "Two.")), PLAIN, (cue(2500, 4000, "Two."),)),
        (one("Good  evening ."), PLAIN, one("Good evening.")),
        (one("Good evening", "everyone."), PLAIN, one("Good evening everyone.")),
        (one("Well... no."), NETFLIX, one("Well… no.")),
        (one("晚上好，欢迎收看。"), NETFLIX, one("晚上好 欢迎收看")),
        (one("用ＡＰＩ完成工作"), PLAIN, one("用API完成工作")),
        (one("Cafe\u0301 time"), PLAIN, one("Café time")),
        (dashed("– ", "– "), NETFLIX, dashed("-", "-")),
        (one("(door slams)"), NETFLIX, one("[door slams]")),
    ],
)
def test_what_can_be_mended_is(cues: tuple[Cue, ...], house: style.Style, fixed: tuple[Cue, ...]) -> None:
    found = fix(cues, house, language="zh" if "晚" in cues[0].text else "en")
    assert found.cues == fixed
    assert found.changes


def test_a_line_too_wide_is_broken_again_by_the_layout() -> None:
    text = "In a test of 1,200 clips, 96% of the words were right, I am told."
    result = fix(one(text), PLAIN, language="en")
    (mended,) = result.cues
    assert len(mended.lines) == 2
    assert " ".join(line.text for line in mended.lines) == text
    assert "is now" in result.changes[0]


def test_what_fits_in_no_caption_is_left_for_a_person() -> None:
    captions = one("x" * 200, lasts=7000)
    assert fix(captions, PLAIN, language="en") == FixResult(captions, (0,), ())


def test_times_are_put_on_frames_when_the_house_works_in_frames() -> None:
    rate = Fraction(25)
    mended = fix((cue(1010, 3010, SHORT), cue(3200, 5005, "Welcome.")), NETFLIX, frame_rate=rate)
    assert [(each.start_ms, each.end_ms) for each in mended.cues] == [(1000, 3120), (3200, 5000)]
    assert "frames" in mended.changes[-1]
    assert [i.rule for i in check(mended.cues, NETFLIX, frame_rate=rate) if i.rule in ("off_frame", "min_gap")] == []


def test_a_caption_that_hangs_over_the_end_ends_with_the_media() -> None:
    mended = fix((cue(1000, 3500, SHORT),), PLAIN, duration_ms=3000)
    assert mended.cues[0].end_ms == 3000


def patched(found: CaptionFile, result: FixResult, upright: Collection[int] = ()) -> bytes:
    return patch(found, result.cues, result.origins, upright)


CAPTIONS = st.lists(
    st.tuples(
        st.integers(0, 3000), st.integers(1, 8000), st.sampled_from(["One two three.", "晚上好，欢迎。", "A  b ."])
    ),
    min_size=1,
    max_size=8,
)


@given(CAPTIONS, st.sampled_from(["web-default", "netflix", "bbc-online", "social-vertical"]))
def test_no_letter_is_lost_no_begin_moved_and_twice_is_once(made: list[tuple[int, int, str]], name: str) -> None:
    at, cues = 0, []
    for gap, length, text in made:
        cues.append(cue(at + gap, at + gap + length, text))
        at += gap + length
    house = style.load_style(name)
    fixed = fix(cues, house).cues
    assert [letters(each.text) for each in fixed] == [letters(each.text) for each in cues]
    assert [each.start_ms for each in fixed] == [each.start_ms for each in cues]
    again = fix(fixed, house)
    assert (again.cues, again.changes) == (fixed, ())


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.style != "numbers-on"])
def test_mending_never_makes_an_error_that_was_not_there(name: str) -> None:
    case = CASES[name]
    house = style.load_style(case.style)
    before = {issue.rule for issue in check(case.bad, house) if issue.severity == "error"}
    fixed = fix(case.bad, house).cues
    assert {issue.rule for issue in check(fixed, house) if issue.severity == "error"} <= before


SRT = """1
00:00:01,000 --> 00:00:01,500
<i>Kept as written</i>

2
00:00:05,000 --> 00:00:07,000
Two  spaces

"""
VTT = """WEBVTT - a talk

STYLE
::cue { color: yellow }

NOTE kept

intro
00:01.000 --> 00:01.500 line:10% align:start
<v Anna>Kept &amp; written</v>

00:05.000 --> 00:07.000
Two  spaces &amp; more
"""
ASS = """[Script Info]
; kept
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,a note, kept
Dialogue: 0,0:00:01.00,0:00:01.50,Default,Anna,0,0,0,,{\\i1}Kept{\\i0}, as written
Dialogue: 0,0:00:05.00,0:00:07.00,Default,,0,0,0,,Two  spaces
"""


@pytest.mark.parametrize(("text", "name"), [(SRT, "a.srt"), (VTT, "a.vtt"), (ASS, "a.ass")])
def test_the_file_keeps_everything_that_was_not_mended(text: str, name: str) -> None:
    found = read(text.encode(), name)
    mended = fix(found.cues, PLAIN, language="en", with_markup=with_markup(found))
    data = patched(found, mended).decode()
    again = read(data.encode(), name)
    assert again.cues[0].end_ms - again.cues[0].start_ms >= 830  # ASS keeps hundredths
    assert again.cues[1].text.startswith("Two spaces")
    for kept in (
        "<i>Kept as written</i>",
        "::cue { color",
        "NOTE kept",
        "intro\n",
        "line:10% align:start",
        "<v Anna>Kept &amp;",
    ):
        assert (kept in data) == (kept in text)
    for kept in ("; kept", "a note, kept", "{\\i1}Kept{\\i0}, as written", "Two spaces &amp; more"):
        assert (kept in data) == (kept.replace("Two s", "Two  s") in text or kept in text)


def test_a_mended_ass_file_is_read_by_pysubs2() -> None:
    found = read(ASS.encode(), "a.ass")
    data = patched(found, fix(found.cues, PLAIN, with_markup=with_markup(found)))
    assert len(pysubs2.SSAFile.from_string(data.decode())) == 3


def test_formats_that_are_only_read_are_not_written() -> None:
    found = read(b"{1}{1}25\n{25}{26}Hello\n", "a.sub")
    with pytest.raises(FormatError, match="read, not written"):
        patched(found, fix(found.cues, PLAIN))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1\n00:00:01,000 --> 00:00:03,000\n<i>晚上好</i> <b>大家</b>\n", "a.srt"),
        ("WEBVTT\n\n00:01.000 --> 00:03.000\n<i>晚上好</i> <b>大家</b>\n", "a.vtt"),
        (
            ASS.partition("Dialogue")[0]
            + "Dialogue: 0,0:00:01.00,0:00:03.00,D,,0,0,0,,{\\i1}晚上好{\\i0} {\\b1}大家\n",
            "a.ass",
        ),
    ],
)
def test_italics_go_where_the_language_has_none_and_other_markup_stays(text: str, name: str) -> None:
    found = read(text.encode(), name)
    upright = italicised(found, NETFLIX, "zh")
    assert upright == {0}
    data = patched(found, fix(found.cues, NETFLIX, with_markup=with_markup(found)), upright).decode()
    assert "i>" not in data
    assert "\\i" not in data
    assert "<b>" in data or "{\\b1}" in data
    assert italicised(found, PLAIN, "zh") == frozenset()


@pytest.mark.parametrize(
    ("data", "untidy_now"),
    [("Café\n".encode(), False), (b"a\r\nb\r\n", False), (b"a\r\nb\n", True), ("Café".encode("cp1252"), True)],
)
def test_a_file_that_is_not_plain_utf_8_is_told(data: bytes, untidy_now: bool) -> None:
    assert has_encoding_issues(data) is untidy_now
