"""A look in ASS: styles, tags of words, boxes of the renderer's own and boxes that were measured."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from captioner.formats import Context, render
from captioner.formats.ass.probe import measured_scales, probe
from captioner.formats.render_context import Measured
from captioner.look import Look, load_look, look_names
from captioner.model import Cue, Line, Placement, StyledSpan, TextStyle, Word

WORDS = (Word("Hello ", "", 0, 400), Word("new ", "", 500, 900), Word("world", "", 2000, 2400))
SPOKEN = Cue(0, 3000, (Line("Hello new world", WORDS),))
WIDE = Context(language="en", look=Look(name="brand"))


def written(cues: list[Cue], look: Look, **facts: object) -> str:
    return render(cues, "ass", replace(WIDE, look=look, **facts)).decode()


def rows(text: str, kind: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(kind)]


def texts(text: str) -> list[str]:
    return [row.split(",", 9)[9] for row in rows(text, "Dialogue:")]


def test_sizes_are_shares_of_the_picture() -> None:
    look = Look(font=("Arial",), size=5, outline=10, shadow=4, letter_spacing=2, margin=10, side_margin=20)
    (style,) = rows(written([SPOKEN], look, width=3840, height=2160), "Style:")
    fields = style.removeprefix("Style: ").split(",")
    assert fields[1:3] == ["Arial", "121"]  # 108 pixels of em, in a family whose lines are 1.117 em
    assert fields[13:14] == ["2.2"]
    assert fields[16:18] == ["10.8", "4.3"]
    assert fields[18:22] == ["2", "768", "768", "216"]


def test_an_upright_picture_takes_its_own_values() -> None:
    look = Look(size=5, aspects={"9:16": {"size": 3.0, "position": "top", "align": "left"}})
    style = rows(written([SPOKEN], look, width=1080, height=1920), "Style:")[0].split(",")
    assert (style[2], style[18]) == (str(round(1920 * 0.03 * 1.362)), "7")


@pytest.mark.parametrize(
    ("weight", "bold", "tag"), [(400, "0", ""), (700, "-1", ""), (500, "0", r"\b500"), (800, "-1", r"\b800")]
)
def test_weights_between_are_a_tag(weight: int, bold: str, tag: str) -> None:
    text = written([SPOKEN], Look(weight=weight))
    assert rows(text, "Style:")[0].split(",")[7] == bold
    assert texts(text)[0].count(r"\b") == bool(tag)
    assert tag in texts(text)[0]


def test_capitals_keep_places_in_the_text() -> None:
    italic = Line("straße ısı ﬁn", spans=(StyledSpan(7, 10, TextStyle(italic=True)),))
    assert texts(written([Cue(0, 1000, (italic,))], Look(case="upper")))[0] == r"STRAẞE {\i1}ISI{\i0} ﬁN"
    turkish = written([Cue(0, 1000, (Line("istanbul ılık"),))], Look(case="upper"), language="tr")
    assert texts(turkish)[0] == "İSTANBUL ILIK"
    greek = written([Cue(0, 1000, (Line("καλημέρα"),))], Look(case="upper"), language="el")
    assert texts(greek)[0] == "ΚΑΛΗΜΕΡΑ"


def test_a_word_is_lit_from_its_begin_to_the_next_and_in_a_pause_to_its_own_end() -> None:
    (text,) = texts(written([SPOKEN], Look(active_colour="#FFFF00", past_colour="#808080")))
    lit, past, plain = r"\1c&H00FFFF&\1a&H00&", r"\1c&H808080&\1a&H00&", r"\1c&HFFFFFF&\1a&H00&"
    assert text == (
        rf"{{{lit}\t(500,501,{past})}}Hello "
        rf"{{{plain}\t(500,501,{lit})\t(900,901,{past})}}new "
        rf"{{{plain}\t(2000,2001,{lit})\t(2400,2401,{past})}}world"
    )


def test_a_word_in_a_box_is_an_event_of_its_own_without_measured_places() -> None:
    text = written([SPOKEN], Look(active_box_colour="#112233"))
    assert [row.split(",")[1:3] for row in rows(text, "Dialogue:")] == [
        ["0:00:00.00", "0:00:00.50"],
        ["0:00:00.50", "0:00:00.90"],
        ["0:00:00.90", "0:00:02.00"],
        ["0:00:02.00", "0:00:02.40"],
        ["0:00:02.40", "0:00:03.00"],
    ]
    assert [r"\rDefaultWord" in line for line in texts(text)] == [True, True, False, True, False]
    assert r"{\rDefaultWord}new{\rDefault} " in texts(text)[1]
    assert any(row.startswith("Style: DefaultWord,") and ",&H00332211," in row for row in rows(text, "Style:"))


def test_measured_words_get_a_drawing_behind_one_event() -> None:
    boxes = {(0, 0, -1): (100.0, 900.0, 700.0, 970.0)}
    boxes |= {(0, 0, at): (100.0 + 200 * at, 900.0, 290.0 + 200 * at, 970.0) for at in range(3)}
    text = written([SPOKEN], Look(active_box_colour="#112233", box_radius=20), measured=Measured(boxes))
    layers = [row.partition(":")[2].split(",")[0].strip() for row in rows(text, "Dialogue:")]
    assert layers == ["1", "1", "1", "2"]
    assert all(line.startswith(r"{\an7\pos(") and r"\p1}m " in line for line in texts(text)[:3])
    assert "Word," not in "".join(rows(text, "Style:"))


@pytest.mark.parametrize("box", ["line", "caption"])
def test_boxes_of_the_renderer_and_measured_ones(box: str) -> None:
    two = Cue(0, 1000, (Line("one"), Line("two more")))
    look = Look(box=box, box_colour="#00000080", box_padding=20, box_radius=10)
    plain = written([two], look)
    style = next(row for row in rows(plain, "Style: DefaultBox")).split(",")
    assert style[15] == {"line": "3", "caption": "4"}[box]
    measured = Measured({(0, 0, -1): (800.0, 900.0, 1100.0, 960.0), (0, 1, -1): (700.0, 960.0, 1200.0, 1020.0)})
    drawn = written([two], look, measured=measured)
    assert len(rows(drawn, "Style:")) == 1
    drawing, letters = texts(drawn)
    assert letters == r"one\Ntwo more"
    assert drawing.count("m ") == {"line": 2, "caption": 1}[box]


def test_captions_at_the_same_time_are_left_to_the_renderer() -> None:
    cues = [Cue(0, 2000, (Line("one"),)), Cue(1000, 3000, (Line("two"),)), Cue(4000, 5000, (Line("three"),))]
    assert {key[0] for key in probe(cues, WIDE).keys} == {2}


def test_the_tags_of_a_caption_come_again_where_the_speaker_changes() -> None:
    lines = (Line("Hi.", speaker="0", dash="- "), Line("Ho.", speaker="1", dash="- "))
    look = Look(weight=800, speaker_colours=("#FFFFFF", "#FFFF00"))
    text = written([Cue(0, 1000, lines)], look, names={"0": "A", "1": "B"})
    assert texts(text) == [r"{\b800}- Hi.\N{\rSpk2}{\b800}- Ho."]
    assert rows(text, "Style: Spk2")[0].split(",")[3] == "&H0000FFFF"


def test_a_line_that_is_too_wide_is_drawn_smaller() -> None:
    long = Cue(0, 1000, (Line("Donaudampfschifffahrtsgesellschaftskapitänsmütze"),))
    (text,) = texts(written([long], Look(size=8), width=1080, height=1920))
    assert 20 <= int(re.match(r"\{\\fscx(\d+)", text)[1]) < 60
    assert r"\fscx" not in texts(written([SPOKEN], Look(size=5)))[0]


def test_movement_takes_a_third_of_a_short_caption_at_most() -> None:
    short = Cue(0, 150, (Line("Hi"),))
    assert texts(written([short], Look(animation="fade", animation_ms=200))) == [r"{\fad(50,50)}Hi"]
    assert texts(written([short], Look(animation="pop", box="line")))[0].startswith(r"{\ybord0}{\fad(")
    assert r"\t(0,80,\fscx104\fscy104)" in texts(written([SPOKEN], Look(animation="pop")))[0]


def test_fonts_by_script_and_latin_beside_them() -> None:
    look = Look(font=("Brand",), fonts={"arab": ("Brand Arabic",)})
    arabic = written([Cue(0, 1000, (Line("شاهد BBC الآن"),))], look, language="ar")
    assert rows(arabic, "Style:")[0].split(",")[1] == "Brand Arabic"
    assert r"{\fnBrand\fs" in texts(arabic)[0]
    assert r"BBC{\fn\fs}" in texts(arabic)[0]
    chinese = written([Cue(0, 1000, (Line("大家好"),))], look, language="zh")
    assert rows(chinese, "Style:")[0].split(",")[1] == "Noto Sans CJK SC"


def test_chinese_words_fill_in_their_time() -> None:
    words = (Word("大家", "", 0, 500), Word("好", "，", 500, 800), Word("欢迎", "", 900, 1500))
    cue = Cue(0, 2000, (Line("大家好，欢迎", words),))
    (text,) = texts(written([cue], load_look("karaoke"), language="zh"))
    assert text.endswith(r"{\kf50}大家{\kf30}好，{\kf10}{\kf60}欢迎")


def test_a_caption_with_a_place_of_its_own_keeps_it() -> None:
    top = replace(SPOKEN, placement=Placement("top"))
    assert texts(written([top], load_look("streaming")))[0].startswith(r"{\an8}")


@pytest.mark.parametrize("name", look_names())
@pytest.mark.parametrize("language", ["en", "zh", "ar", "ja"])
def test_every_preset_writes_every_script_in_columns_too(name: str, language: str) -> None:
    text = {"en": "Hello there", "zh": "大家好欢迎", "ar": "مرحبا بكم", "ja": "こんにちは"}[language]
    half = len(text) // 2
    words = (Word(text[:half], "", 0, 400), Word(text[half:], "", 400, 900))
    cue = Cue(0, 1000, (Line(text, words),))
    context = Context(language=language, look=load_look(name))
    shown = re.sub(r"\{[^}]*\}", "", "".join(texts(render([cue], "ass", context).decode())))
    assert load_look(name).case != "keep" or text in shown.replace("\u200f", "")
    if language in ("zh", "ja") and not context.look.word_fill:
        assert "Style: Default,@" in render([cue], "ass", replace(context, vertical=True)).decode()


def test_without_a_look_nothing_changes() -> None:
    plain = render([SPOKEN], "ass", Context(language="en")).decode()
    assert (
        "Style: Default,Noto Sans,60,&H00FFFFFF,&H00808080,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,3.0,1.0" in plain
    )


def test_pieces_are_asked_for_as_they_will_be_drawn() -> None:
    asked = probe([SPOKEN], replace(WIDE, look=load_look("shorts-box-word")))
    assert asked.keys == ((0, 0, -1), (0, 0, 0), (0, 0, 1), (0, 0, 2))
    seen = [(10.0, 20.0, 200.0, 60.0), None, (50.0, 20.0, 90.0, 60.0), None]
    assert asked.boxes(seen) == {(0, 0, -1): (11.0, 21.0, 199.0, 59.0), (0, 0, 1): (51.0, 21.0, 89.0, 59.0)}
    alone = probe([SPOKEN], replace(WIDE, look=load_look("streaming")))
    assert alone.keys == ((0, 0, -1),)


def test_a_caption_wider_than_its_margins_is_scaled_to_them() -> None:
    context = replace(WIDE, look=Look(side_margin=10))
    boxes = {(0, 0, -1): (0.0, 0.0, 1920.0, 60.0), (1, 0, -1): (500.0, 0.0, 900.0, 60.0)}
    assert measured_scales(boxes, [SPOKEN, SPOKEN], context, {}) == {0: 1536 / 1920}
    assert measured_scales(boxes, [SPOKEN, SPOKEN], context, {0: 0.5, 1: 0.25}) == {0: 0.4, 1: 0.25 * 1536 / 400}
