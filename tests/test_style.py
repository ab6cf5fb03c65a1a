"""A profile is data: read, checked, laid over by language, known by its digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioner import style
from captioner.errors import StyleError


@pytest.mark.parametrize("name", style.names())
def test_every_profile_that_comes_along_loads_for_every_language_it_names(name: str) -> None:
    loaded = style.load(name)
    for language in loaded.languages:
        assert loaded.for_language(language).max_columns >= 4


def test_the_default_is_42_columns_and_16_full_width_characters_for_chinese() -> None:
    default = style.load(style.DEFAULT_STYLE)
    assert (default.for_language("en").max_columns, default.for_language("en").max_lines) == (42, 2)
    assert default.for_language("zh-Hant").max_columns == 32


def test_an_override_holds_in_every_language() -> None:
    narrow = style.load(style.DEFAULT_STYLE).override(max_columns=24, max_lines=None)
    assert narrow.for_language("zh").max_columns == narrow.for_language("en").max_columns == 24
    assert narrow.max_lines == 2


def test_a_desks_own_file_extends_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text('extends = "web-default"\nmax_columns = 37\n[language.zh]\nmax_lines = 1\n', encoding="utf-8")
    desk = style.load(str(path))
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
        style.parse(text, "desk")


def test_the_digest_changes_with_a_number_and_not_otherwise() -> None:
    default = style.load(style.DEFAULT_STYLE)
    assert default.digest == style.load(style.DEFAULT_STYLE).digest
    assert default.digest != default.override(max_columns=41).digest
