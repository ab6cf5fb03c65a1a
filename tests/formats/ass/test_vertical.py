"""Chinese and Japanese in columns: what libass draws, what the file says, and who refuses."""

from dataclasses import replace

import pytest

from captioner.captions.options import CaptionOptions, validate
from captioner.cli import main
from captioner.errors import ConfigError, FormatError
from captioner.formats import FORMATS, Context, render
from captioner.formats.capabilities import unsupported
from captioner.model import Cue, Line, Placement, Word
from tests.formats import frames

CAN = ["vtt", "ass"]
LONG, SHORT = "今日は東京で会議を開いた", "３人だけ"


def cue(*texts, start=0, end=4000, **more):
    return Cue(start, end, tuple(Line(text) for text in texts), **more)


def ass(*cues, language="ja", **context):
    return render(cues, "ass", Context(language=language, vertical=True, **context))


def said(data):
    """Text of every event."""
    return [line.split(",", 9)[9] for line in data.decode().splitlines() if line.startswith("Dialogue:")]


@pytest.mark.process
@pytest.mark.parametrize(
    ("language", "long", "short"), [("ja", LONG, SHORT), ("zh-Hans", "今天我们在北京开了一个会", "只有三个人")]
)
def test_libass_draws_the_first_line_as_the_right_column_from_the_top(language, long, short):
    frame = frames.drawn(ass(cue(long, short), language=language), 1000)
    left, right = frame.columns()
    assert right[1] < 1920 * 0.96  # a margin is left
    assert right[0] > 1920 * 0.9
    assert right[0] - left[1] < 44  # columns side by side
    tops, bottoms = zip(*(frame.span(*column) for column in (right, left)), strict=True)
    assert all(abs(top - 108) < 20 for top in tops)
    for bottom, text in zip(bottoms, (long, short), strict=True):
        assert abs((bottom - 108) / 44 - len(text)) < 1.2  # every character stands on its own


@pytest.mark.process
def test_libass_draws_latin_on_its_side_and_a_lone_digit_upright():
    sideways = frames.drawn(ass(cue("会GitHub会")), 1000)
    upright = frames.drawn(ass(cue("会８会")), 1000)
    lone = frames.drawn(ass(cue("会8会")), 1000)
    assert lone == upright
    (column,) = sideways.columns()
    assert column[1] - column[0] < 60
    top, bottom = sideways.span(*column)
    assert 44 * 3.5 < bottom - top < 44 * 7


@pytest.mark.process
@pytest.mark.parametrize("text", ["一——二", "一…二…", "一–二"])
def test_no_dash_or_ellipsis_lies_across_the_column(text):
    (column,) = frames.drawn(ass(cue(text), language="zh"), 1000).columns()
    assert column[1] - column[0] < 50


@pytest.mark.process
def test_captions_that_stand_left_are_columns_on_the_left():
    frame = frames.drawn(ass(cue(LONG, SHORT, placement=Placement("bottom", "left"))), 1000)
    left, right = frame.columns()
    assert 1920 * 0.04 < left[0] < right[1] < 1920 * 0.15


@pytest.mark.process
def test_an_upright_picture_has_the_same_columns():
    frame = frames.drawn(ass(cue(LONG, SHORT), width=1080, height=1920), 1000, (1080, 1920))
    left, right = frame.columns()
    assert left[1] < right[0]
    assert 1080 * 0.88 < right[0] < right[1] < 1080 * 0.96
    assert abs(frame.span(*right)[0] - 192) < 20


@pytest.mark.process
def test_karaoke_lights_words_down_the_column_and_does_not_fill_them():
    words = tuple(Word(text, "", at * 1000, at * 1000 + 1000) for at, text in enumerate(["今日は", "東京で"]))
    line = Cue(0, 2000, (Line("今日は東京で", words),))
    data = ass(line, karaoke="k")
    assert said(data)[0].endswith(r"{\k100}今日は{\k100}東京で")
    half, whole = (frames.drawn(data, at) for at in (500, 1500))
    (column,) = half.columns()
    assert half.span(*column)[1] < 108 + 44 * 3.5 < whole.span(*column)[1]
    with pytest.raises(FormatError, match="kf fills words sideways"):
        ass(line, karaoke="kf")


def test_the_style_turns_an_at_font_and_every_event_has_its_place():
    data = ass(cue("会議", "A社——"), cue("いえ", start=4000, end=5000), width=1280, height=720)
    styles = [line.split(",") for line in data.decode().splitlines() if line.startswith("Style:")]
    assert {(style[1], style[14], style[18]) for style in styles} == {("@Noto Sans CJK JP", "270", "7")}
    assert said(data) == [r"{\pos(1216,72)}会議\NＡ社︱︱", r"{\pos(1216,72)}いえ"]


def test_two_speakers_of_one_cue_are_two_columns_in_their_styles():
    shown = Cue(0, 1000, (Line("はい", speaker="0"), Line("いえ", speaker="1")))
    assert r"はい\N{\rSpk2}いえ" in said(ass(shown, names={"0": "太郎", "1": "花子"}))[0]


def test_webvtt_says_vertical_in_every_cue_and_leaves_the_letters_alone():
    data = render([cue("会議", "A社——"), cue("x", start=5000, end=6000)], "vtt", Context(vertical=True)).decode()
    assert data.count(" vertical:rl line:1 position:10% align:start size:80%\n") == 2
    assert "A社——" in data


@pytest.mark.parametrize("name", sorted(set(FORMATS) - set(CAN)))
def test_the_other_formats_refuse(name):
    with pytest.raises(FormatError, match=f"{name} has no vertical writing; vtt and ass have it"):
        render([cue("会議")], name, Context(language="ja", vertical=True))


@pytest.mark.parametrize(
    ("cues", "context", "message"),
    [
        ([cue("Hello")], {"language": "en"}, "for Chinese, Japanese and Korean"),
        ([cue("会"), cue("議", start=3000, end=5000)], {}, "overlap by 1000 ms"),
        ([cue("会" * 20)], {}, "has a column of 20 characters, the picture has room for 19; .* --max-columns 38"),
    ],
)
def test_what_columns_cannot_show_is_refused(cues, context, message):
    with pytest.raises(FormatError, match=message):
        ass(*cues, **context)


def test_the_flag_reaches_the_file_from_every_command_that_writes_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.ja.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\n会議\n", encoding="utf-8")
    for command in (["convert", "in.ja.srt", "a.ass"], ["merge", "in.ja.srt", "-o", "b.ass"]):
        with pytest.raises(SystemExit) as left:
            main([*command, "--vertical"])
        assert not left.value.code
    assert all("@Noto Sans CJK JP" in (tmp_path / name).read_text("utf-8") for name in ("a.ass", "b.ass"))
    with pytest.raises(SystemExit) as left:
        main(["convert", "in.ja.srt", "c.srt", "--vertical"])
    assert left.value.code == 1
    assert "srt has no vertical writing" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["ass", "vtt"])
def test_places_that_columns_cannot_keep_are_told(name: str):
    placed = replace(cue("会議"), placement=Placement("top"))
    assert unsupported([placed], FORMATS[name], Context()) == {}
    assert unsupported([placed], FORMATS[name], Context(vertical=True)) == {"places": (0,)}


def test_captions_cannot_be_at_the_top_and_in_columns():
    with pytest.raises(ConfigError, match="leave out --top"):
        validate(CaptionOptions(formats=("ass",), language="ja", vertical=True, top=((0, 1000),)))
