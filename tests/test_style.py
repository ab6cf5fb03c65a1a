"""A profile is data: read, checked, laid over by language, known by its digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner import style
from captioner.errors import StyleError


@pytest.mark.parametrize("name", style.style_names())
def test_every_profile_that_comes_along_loads_for_every_language_it_names(name: str) -> None:
    loaded = style.load_style(name)
    for language in loaded.languages:
        assert loaded.for_language(language).max_columns >= 4


def test_the_default_is_42_columns_and_16_full_width_characters_for_chinese() -> None:
    default = style.load_style(style.DEFAULT_STYLE)
    assert (default.for_language("en").max_columns, default.for_language("en").max_lines) == (42, 2)
    assert default.for_language("zh-Hant").max_columns == 32


def test_an_override_holds_in_every_language() -> None:
    narrow = style.load_style(style.DEFAULT_STYLE).override(max_columns=24, max_lines=None)
    assert narrow.for_language("zh").max_columns == narrow.for_language("en").max_columns == 24
    assert narrow.max_lines == 2


def test_a_desks_own_file_extends_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text('extends = "web-default"\nmax_columns = 37\n[language.zh]\nmax_lines = 1\n', encoding="utf-8")
    desk = style.load_style(str(path))
    assert (desk.name, desk.max_columns) == ("desk", 37)
    assert (desk.for_language("zh").max_lines, desk.for_language("zh").max_columns) == (1, 32)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("max_colums = 3", "unknown key 'max_colums'"),
        ("max_columns = 3", "at least 4"),
        ("min_duration_ms = 9000", "not above max_duration_ms"),
        ("cps = 30.0", "not above cps_hard"),
        ("max_lines = 0", "at least 1"),
        ("min_gap_ms = -1", "negative"),
        ("= 3", "not valid TOML"),
        ('extends = "nobody"', "no such profile"),
        ("[language.zh]\nmax_columns = 2", "language zh"),
    ],
)
def test_a_profile_that_does_not_hold_together_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(StyleError, match=complaint):
        style.parse_style(text, "desk")


def test_the_digest_changes_with_a_number_and_not_otherwise() -> None:
    default = style.load_style(style.DEFAULT_STYLE)
    assert default.digest == style.load_style(style.DEFAULT_STYLE).digest
    assert default.digest != default.override(max_columns=41).digest


@pytest.mark.parametrize("name", style.style_names())
def test_every_number_of_a_profile_has_a_source_and_the_date_it_was_checked(name: str) -> None:
    found = style.style_sources(name)
    assert len(found) >= 3
    assert [each for each in found if not each.source or len(each.checked) != 10] == []


@pytest.mark.parametrize("name", style.style_names())
def test_every_profile_says_what_it_is_for_and_its_version(name: str) -> None:
    assert style.style_title(name)
    assert style.load_style(name).version >= 1


@pytest.mark.parametrize(
    ("name", "language", "columns", "cps"),
    [
        # figures of the guides, written down a second time
        ("netflix", "en", 42, 20.0),
        ("netflix", "zh-Hant", 32, 11.0),
        ("netflix", "ja", 32, 7.0),
        ("netflix", "ko", 32, 14.0),
        ("netflix", "th", 35, 20.0),
        ("netflix", "ar", 42, 23.0),
        ("netflix", "hi", 42, 25.0),
        ("netflix", "ru", 39, 20.0),
        ("netflix-children", "en", 42, 17.0),
        ("netflix-children", "zh", 32, 9.0),
        ("netflix-children", "ko", 32, 11.0),
        ("amazon", "ar", 42, 20.0),
        ("amazon", "en", 42, 17.0),
        ("bbc-vertical", "en", 25, 15.0),
        ("de-oer", "de", 37, 15.0),
        ("fcc-608", "en", 32, 20.0),
        ("ted", "zh", 42, 10.0),
        ("sdi", "nl", 37, 18.75),
    ],
)
def test_the_profiles_hold_the_figures_of_the_guides(name: str, language: str, columns: int, cps: float) -> None:
    resolved = style.load_style(name).for_language(language)
    assert (resolved.max_columns, resolved.cps) == (columns, cps)


def test_a_childrens_profile_keeps_what_it_does_not_name() -> None:
    children = style.load_style("netflix-children").for_language("zh")
    assert (children.punctuation, children.min_gap_frames, children.italics) == ("streaming", 2, False)


def test_an_exact_tag_is_laid_over_its_primary_part() -> None:
    own = style.parse_style("[language.zh]\nmax_columns = 32\n[language.zh-hant]\nmax_lines = 1\n", "desk")
    assert (own.for_language("zh-Hant").max_columns, own.for_language("zh-Hant").max_lines) == (32, 1)
    assert own.for_language("zh-Hans").max_lines == 2


def test_severities_of_a_desk_are_laid_over_those_it_extends() -> None:
    desk = style.parse_style('extends = "netflix"\n[severity]\none_line = "off"\n', "desk")
    assert (desk.severity["one_line"], desk.severity["min_gap"]) == ("off", "error")


def test_profiles_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(f'extends = "{other}"\n', encoding="utf-8")
    other.write_text(f'extends = "{one}"\n', encoding="utf-8")
    with pytest.raises(StyleError, match="extends"):
        style.load_style(str(one))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('punctuation = "loud"', "faithful, streaming"),
        ('[severity]\ncps = "fatal"', "severity of cps"),
        ('colours = ["red"]', "#RRGGBB"),
        ('max_columns = "wide"', "wrong kind"),
        ("[language.zh]\ncjk_latin_space = 3", "language zh"),
    ],
)
def test_a_taste_that_does_not_exist_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(StyleError, match=complaint):
        style.parse_style(text, "desk")


def test_a_tag_finds_its_table_by_script_region_and_related_language() -> None:
    text = "\n".join(
        [
            *("[language.zh]", "max_columns = 32", "max_lines = 1"),
            *("[language.zh-hant]", "max_columns = 28"),
            *("[language.pt-BR]", "max_columns = 40"),
            *("[language.no]", "max_columns = 37"),
        ]
    )
    own = style.parse_style(text, "desk")
    assert (own.for_language("zh-TW").max_columns, own.for_language("zh-TW").max_lines) == (28, 1)
    assert own.for_language("Traditional Chinese").max_columns == 28
    assert own.for_language("zh-Hans-CN").max_columns == 32
    assert own.for_language("chi").max_columns == 32
    assert own.for_language("yue").max_columns == 32
    assert own.for_language("Brazilian Portuguese").max_columns == 40
    assert own.for_language("pt-PT").max_columns == 42
    assert own.for_language("nb-NO").max_columns == 37
    assert own.for_language("").max_columns == 42
