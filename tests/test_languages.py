"""The table of languages: tags as they occur, held against langcodes, and what follows from a script."""

from __future__ import annotations

import subprocess
import sys

import langcodes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import languages
from captioner.languages import UNKNOWN, canonical_tag, find_language, language_of, tag_in_file_name
from tests.waiting import PATIENCE_S

CODES = sorted({row.split()[0] for row in languages._rows()})
NOT_BY_CLDR = {"azb": "Arab", "nan": "Hant"}
"""Written in Arabic letters in Iran, and in traditional characters in Taiwan; CLDR says Latin and simplified."""


@pytest.mark.parametrize("code", CODES)
def test_the_table_agrees_with_langcodes(code: str) -> None:
    own, other = language_of(code), langcodes.Language.get(code, normalize=False)
    assert (own.tag, own.code) == (code, code)
    assert own.terminological == other.to_alpha3(variant="T")
    assert own.bibliographic == other.to_alpha3(variant="B")
    assert own.script == NOT_BY_CLDR.get(code, other.maximize().script)
    assert own.name


@pytest.mark.parametrize(("code", "region"), sorted(languages._SCRIPT_BY_REGION))
def test_regions_with_another_script_agree_with_langcodes(code: str, region: str) -> None:
    script = langcodes.Language.get(f"{code}-{region}").maximize().script
    assert language_of(f"{code}-{region}").script == script != language_of(code).script


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("zh-Hans", "zh-Hans"),
        ("ZH_tw", "zh-TW"),
        ("zh-Hant-HK", "zh-Hant-HK"),
        ("zho", "zh"),
        ("chi", "zh"),
        ("cmn-Hans-CN", "zh-Hans-CN"),
        ("zh-cmn", "zh"),
        ("zh-yue-HK", "yue-HK"),
        ("zh-CHT", "zh-Hant"),
        ("chs", "zh-Hans"),
        ("zh-min-nan", "nan"),
        ("ger", "de"),
        ("deu", "de"),
        ("fre-CA", "fr-CA"),
        ("fra", "fr"),
        ("pt-br", "pt-BR"),
        ("por", "pt"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
        ("en_US.UTF-8", "en-US"),
        ("sr_RS@latin", "sr-RS"),
        ("iw", "he"),
        ("in-ID", "id-ID"),
        ("mo", "ro"),
        ("jp", "ja"),
        ("nob", "nb"),
        ("tgl", "tl"),
        ("arb", "ar"),
        ("prs", "fa-AF"),
        ("sh", "sr-Latn"),
        ("gsw-CH", "gsw-CH"),
        ("German", "de"),
        ("ENGLISH", "en"),
        ("Simplified Chinese", "zh-Hans"),
        ("Chinese (Traditional)", "zh-Hant"),
        ("Chinese (Hong Kong)", "zh-HK"),
        ("Brazilian Portuguese", "pt-BR"),
        ("Portuguese (Brazil)", "pt-BR"),
        ("European Spanish", "es-ES"),
        ("Latin American Spanish", "es-419"),
        ("English (United Kingdom)", "en-GB"),
        ("Norwegian Bokmål", "nb"),
        ("Haitian Creole", "ht"),
        ("Farsi", "fa"),
        ("Serbian (Latin)", "sr-Latn"),
    ],
)
def test_tags_as_they_occur_are_understood(text: str, tag: str) -> None:
    assert canonical_tag(text) == tag
    assert canonical_tag(tag) == tag


@pytest.mark.parametrize(
    "text", ["", " ", "und", "zxx", "xx", "xyz", "klingon", "German shepherd", "zh,en", "en-yue", "12", "x-foo", "…"]
)
def test_what_names_no_language_is_unknown(text: str) -> None:
    assert find_language(text) is None
    assert language_of(text) == UNKNOWN
    assert canonical_tag(text) == ""


@given(st.text(max_size=20))
def test_any_text_has_an_answer(text: str) -> None:
    found = find_language(text)
    assert found is None or canonical_tag(found.tag) == found.tag


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("talk.zh-Hans.srt", "zh-Hans"),
        ("talk.pt_BR.srt", "pt-BR"),
        ("talk.ger.srt", "de"),
        ("talk.English.srt", "en"),
        ("talk.Brazilian Portuguese.vtt", "pt-BR"),
        ("talk.de.forced.vtt", "de"),
        ("talk.en.sdh.default.srt", "en"),
        ("talk.en.hi.srt", "en"),
        ("talk.hi.srt", "hi"),
        ("talk.mp4.en.srt", "en"),
        ("talk.srt", ""),
        ("en.srt", ""),
        ("talk.raw.srt", ""),
        ("talk.v2.srt", ""),
        ("the.end.srt", ""),
        ("talk.forced.srt", ""),
        ("talk", ""),
        ("", ""),
    ],
)
def test_a_file_name_tells_the_language(name: str, tag: str) -> None:
    assert tag_in_file_name(name) == tag


@pytest.mark.parametrize(
    "tag", ["ar", "arb", "ckb", "dv", "fa-IR", "he", "iw", "ps", "ug", "ur", "yi", "uz-AF", "pa-Arab"]
)
def test_languages_written_from_right_to_left(tag: str) -> None:
    assert language_of(tag).direction == "rtl"


@pytest.mark.parametrize("tag", ["", "en", "zh", "ar-Latn", "he-Latn", "ku", "pa", "uz", "az"])
def test_languages_written_from_left_to_right(tag: str) -> None:
    assert language_of(tag).direction == "ltr"


@pytest.mark.parametrize(
    ("tag", "font"),
    [
        ("zh", "Noto Sans CJK SC"),
        ("zh-Hant", "Noto Sans CJK TC"),
        ("zh-TW", "Noto Sans CJK TC"),
        ("zh-HK", "Noto Sans CJK HK"),
        ("zh-Hant-MO", "Noto Sans CJK HK"),
        ("yue", "Noto Sans CJK HK"),
        ("yue-Hans", "Noto Sans CJK SC"),
        ("nan", "Noto Sans CJK TC"),
        ("ja", "Noto Sans CJK JP"),
        ("ko-Hang", "Noto Sans CJK KR"),
        ("ur", "Noto Nastaliq Urdu"),
        ("fa", "Noto Sans Arabic"),
        ("iw", "Noto Sans Hebrew"),
        ("mr", "Noto Sans Devanagari"),
        ("gu", "Noto Sans Gujarati"),
        ("ru", "Noto Sans"),
        ("en", "Noto Sans"),
        ("", "Noto Sans"),
    ],
)
def test_a_script_has_its_font(tag: str, font: str) -> None:
    assert language_of(tag).font == font


@pytest.mark.parametrize(
    ("tag", "unit"),
    [("zh", "word"), ("yue", "word"), ("th", "word"), ("ja", "phrase"), ("ko", "space"), ("en", "space")],
)
def test_lines_break_by_the_units_of_the_script(tag: str, unit: str) -> None:
    assert language_of(tag).break_unit == unit


def test_the_names_in_tables_run_from_exact_to_general() -> None:
    assert language_of("zh-TW").keys == ("zh-tw", "zh-hant-tw", "zh-hant", "zh")
    assert language_of("pt").keys == ("pt-latn", "pt")
    assert language_of("").keys == ()
    assert language_of("nb-NO").fallback == "no"


@pytest.mark.process
@pytest.mark.parametrize("module", ["captioner.cli", "captioner.layout", "captioner.formats.srt", "captioner.style"])
def test_nothing_loads_the_data_of_langcodes_before_a_rare_tag_comes(module: str) -> None:
    code = (
        f"import sys, {module}\n"
        "from captioner.languages import find_language\n"
        "[find_language(tag) for tag in ('zh-TW', 'ger', 'Brazilian Portuguese', 'chs')]\n"
        "assert 'langcodes' not in sys.modules\n"
        "find_language('gsw')\n"
        "assert 'langcodes' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE_S)
