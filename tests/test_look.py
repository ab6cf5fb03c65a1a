"""Looks: every preset is complete and has its reasons, and what is wrong with a file is said with its key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from captioner.errors import StyleError
from captioner.look import (
    ASPECTS,
    Look,
    load_look,
    look_from_dict,
    look_names,
    look_reasons,
    look_title,
    nearest_aspect,
    parse_look,
    with_colours,
)
from captioner.style import load_style, parse_style

PRESETS = (
    "broadcast-box",
    "documentary",
    "high-contrast",
    "karaoke",
    "minimal",
    "news-lower",
    "shorts-bold",
    "shorts-box-word",
    "streaming",
)


def test_the_presets_are_there() -> None:
    assert look_names() == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_every_value_of_a_preset_has_its_reason(name: str) -> None:
    look, plain = load_look(name).as_dict(), Look().as_dict()
    given = {key for key, value in look.items() if key not in ("name", "aspects") and plain.get(key) != value}
    given |= {f"{aspect}.{key}" for aspect, values in look["aspects"].items() for key in values}
    assert given <= set(look_reasons(name))
    assert look_title(name)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_its_size_and_margins_in_every_aspect(name: str) -> None:
    look = load_look(name)
    for aspect in set(ASPECTS) - {"16:9"}:
        assert {"size", "margin", "side_margin"} <= set(look.aspects[aspect])


@pytest.mark.parametrize("name", PRESETS)
def test_letters_of_a_preset_stand_out_from_white_and_black(name: str) -> None:
    look = load_look(name)
    against = look.box_colour if look.box != "none" else look.outline_colour if look.outline else look.shadow_colour
    for background in ("#FFFFFF", "#000000"):
        assert contrast(look.colour, over(against, background)) >= 4.5  # WCAG 2.2, 1.4.3


def over(colour: str, background: str) -> str:
    share = int(colour[7:9] or "FF", 16) / 255
    mixed = (
        round(int(colour[at : at + 2], 16) * share + int(background[at : at + 2], 16) * (1 - share)) for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("width", "height", "aspect"),
    [
        (1920, 1080, "16:9"),
        (1080, 1920, "9:16"),
        (1080, 1080, "1:1"),
        (1080, 1350, "4:5"),
        (2048, 858, "16:9"),
        (720, 576, "1:1"),
        (606, 1080, "9:16"),
        (0, 0, "16:9"),
    ],
)
def test_a_picture_takes_the_values_of_the_nearest_aspect(width: int, height: int, aspect: str) -> None:
    assert nearest_aspect(width, height) == aspect
    look = Look(size=5, aspects={"9:16": {"size": 3.0}})
    assert look.for_picture(width, height).size == (3.0 if aspect == "9:16" else 5)


def test_a_value_of_ones_own_counts_in_every_aspect() -> None:
    look = parse_look({"extends": "shorts-bold", "size": 4}, "brand", "brand.toml")
    assert look.for_picture(1080, 1920).size == 4
    assert look.for_picture(1080, 1920).margin == load_look("shorts-bold").for_picture(1080, 1920).margin
    again = parse_look({"extends": "shorts-bold", "size": 4, "aspect": {"9:16": {"size": 3}}}, "brand", "brand.toml")
    assert (again.for_picture(1080, 1920).size, again.for_picture(1920, 1080).size) == (3, 4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sise = 5", "unknown key 'sise'; choose one of"),
        ("size = 0", "size is 0; give a number from 1 to 40"),
        ("size = true", "size is True; give a number from 1 to 40"),
        ("size = nan", "size is nan; give a number from 1 to 40"),
        ('size = "5%"', "size is '5%'; give a number from 1 to 40"),
        ("weight = 450.5", "weight is 450.5; give a whole number from 100 to 900"),
        ('colour = "red"', "colour is 'red'; give a colour as #RRGGBB or #RRGGBBAA"),
        ('colour = ""', "colour is ''; give a colour as #RRGGBB or #RRGGBBAA"),
        ('speaker_colours = "#FFFFFF"', "speaker_colours is '#FFFFFF'; give a list of colours"),
        ('box = "round"', "box is 'round'; give one of none, line, caption"),
        ("italic = 1", "italic is 1; give true or false"),
        ("font = []", "font is []; give a name of a font, or a list of names"),
        (r'font = "A,B{\\r}"', "give a name of a font, or a list of names"),
        ("fonts = { Arabic = 'X' }", "give a table of fonts by script"),
        ("aspect = 3", 'aspect is not a table; write [aspect."9:16"]'),
        ('[aspect."2:1"]\nsize = 3', "unknown aspect '2:1'; choose one of 16:9, 9:16, 1:1, 4:5"),
        ('[aspect."9:16"]\nfont = "X"', "aspect 9:16: unknown key 'font'"),
        ('extends = "none-such"', "look none-such: no such look"),
        ("size =", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "brand.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StyleError) as raised:
        load_look(str(path))
    assert said in str(raised.value)
    assert "brand.toml" in str(raised.value) or "none-such" in text
    assert "\n" not in str(raised.value).partition("not valid")[0]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match=r"cannot be read \(No such file"):
        load_look(str(tmp_path / "none.toml"))


def test_looks_do_not_extend_each_other(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(f'extends = "{two}"', encoding="utf-8")
    two.write_text(f'extends = "{one}"', encoding="utf-8")
    with pytest.raises(StyleError, match="which extends it"):
        load_look(str(one))


@pytest.mark.parametrize("name", PRESETS)
def test_a_look_comes_back_from_json(name: str) -> None:
    look = load_look(name)
    assert look_from_dict(json.loads(json.dumps(look.as_dict()))).as_dict() == look.as_dict()


def test_colours_are_changed_everywhere_and_nothing_else() -> None:
    look = Look(speaker_colours=("#FFFFFF",), aspects={"9:16": {"colour": "#FFFFFF", "size": 3}})
    dark = with_colours(look, lambda colour: "#101010" + colour[7:])
    assert (dark.colour, dark.speaker_colours, dark.shadow_colour) == ("#101010", ("#101010",), "#10101080")
    assert dark.active_colour == ""
    assert dark.aspects == {"9:16": {"colour": "#101010", "size": 3}}


def test_a_style_has_a_look_by_table_and_by_name() -> None:
    style = parse_style('extends = "web-default"\n[look]\nextends = "minimal"\nsize = 6\n', "house")
    assert style.look is not None
    assert (style.look.size, style.look.box) == (6, "caption")
    named = parse_style('extends = "web-default"\nlook = "shorts-bold"\n', "house")
    assert named.look == load_look("shorts-bold")
    inherited = parse_style('extends = "web-default"\n', "house")
    assert inherited.look is None


def test_a_wrong_look_in_a_style_is_said_with_the_style() -> None:
    with pytest.raises(StyleError, match=r"style house, look: size is 99"):
        parse_style("[look]\nsize = 99\n", "house")
    with pytest.raises(StyleError, match=r"style house: look is 3"):
        parse_style("look = 3\n", "house")


def test_a_style_file_is_a_look_too(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text("max_columns = 30\n[look]\nsize = 6\n", encoding="utf-8")
    assert load_look(str(path)).size == 6


def test_a_style_without_a_look_keeps_its_digest() -> None:
    assert "look" not in load_style("netflix").as_dict()
    with_look = parse_style('extends = "netflix"\n[look]\nsize = 6\n', "netflix")
    assert with_look.digest != load_style("netflix").digest
