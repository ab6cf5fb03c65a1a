"""The language files hold together, and the script of a text decides with the transcript's language."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from importlib import resources

import pytest

from captioner.layout.lexicon import LanguageProfile, detect_language, known_languages, language_profile

# Every language Fun-ASR and Paraformer list (Model Studio, 2026-03), and Spanish and Italian of the newer lists.
SERVED = {
    *(
        "zh",
        "yue",
        "en",
        "ja",
        "ko",
        "vi",
        "th",
        "id",
        "ms",
        "tl",
        "hi",
        "ar",
        "fr",
        "de",
        "es",
        "pt",
        "ru",
        "it",
        "nl",
    ),
    *("sv", "da", "fi", "no", "el", "pl", "cs", "hu", "ro", "bg", "hr", "sk", "et", "lv", "lt", "sl", "ga", "mt"),
}


def test_every_language_of_the_service_has_a_profile_of_its_own() -> None:
    assert known_languages() >= SERVED
    assert {tag for tag in SERVED if language_profile(tag).language != tag} == set()


@pytest.mark.parametrize("tag", sorted(known_languages()))
def test_a_language_file_says_where_it_comes_from_and_uses_known_keys(tag: str) -> None:
    text = resources.files("captioner.layout").joinpath("languages", f"{tag}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    assert table["source"]
    assert set(table) <= {field.name for field in fields(LanguageProfile)} | {"source", "extends", "elided_prefixes"}


@pytest.mark.parametrize("tag", sorted(known_languages()))
def test_words_are_single_lower_case_words(tag: str) -> None:
    own = language_profile(tag)
    for name in ("no_break_after", "break_before", "no_break_before", "binds_back", "binds_forward", "titles", "units"):
        words = getattr(own, name)
        assert {word for word in words if word != word.lower() or re.search(r"\s", word)} == set(), name
    assert own.binds_forward <= own.no_break_after
    assert own.binds_back <= own.no_break_before
    assert own.prepositions <= own.no_break_after
    assert all(" " in pair or pair for pair in own.fixed_pairs)


@pytest.mark.parametrize("tag", sorted(SERVED - {"th", "zh", "yue", "ja"}))
def test_spaced_languages_know_what_leans_and_what_opens(tag: str) -> None:
    own = language_profile(tag)
    assert own.spaces
    assert own.binds_forward
    assert len(own.no_break_after) >= 20
    assert len(own.break_before) >= 10


def test_the_forms_of_a_tag_lead_to_one_profile() -> None:
    assert language_profile("pt-BR").language == language_profile("PT_br").language == "pt"
    assert language_profile("zh-Hant").language == "zh"
    assert language_profile("xyz").language == language_profile("").language == "default"


DETECTED = [
    ("Hello there, how are you?", "en", "en"),
    ("Bonjour à tous", "fr", "fr"),
    ("你好，世界", "en", "zh"),
    ("你好，世界", "zh", "zh"),
    ("這個問題很難", "", "zh-hant"),
    ("佢哋喺度食飯", "zh", "yue"),
    ("東京都庁", "ja", "ja"),
    ("今日は良い天気", "zh", "zh"),
    ("今日は良い天気", "en", "ja"),
    ("我们用 Docker 和 Kubernetes 部署", "zh", "zh"),
    ("OK.", "zh", "zh"),
    ("This is a whole sentence in English.", "zh", "en"),
    ("안녕하세요", "", "ko"),
    ("สวัสดีครับ", "en", "th"),
    ("مرحبا بكم", "", "ar"),
    ("नमस्ते दुनिया", "", "hi"),
    ("Καλημέρα σας", "", "el"),
    ("Мы знаем это", "", "ru"),
    ("Не знам какво искате да кажете, но ъгълът е тук", "", "bg"),
    ("Не знаем", "bg", "bg"),
    ("Das ist nicht das, was ich wollte", "", "de"),
    ("Je ne sais pas ce que vous voulez", "", "fr"),
    ("No sé qué es lo que quieres decir con eso", "", "es"),
    ("Tôi không biết bạn muốn nói gì với điều đó", "", "vi"),
    ("12:30", "de", "de"),
    ("12:30", "", "default"),
    ("The character 好 means good in Chinese.", "en", "en"),
]


@pytest.mark.parametrize(("text", "language", "wanted"), DETECTED)
def test_the_text_decides_with_the_transcripts_language(text: str, language: str, wanted: str) -> None:
    assert detect_language(text, language) == wanted


@pytest.mark.parametrize(
    ("tag", "language"),
    [("nb-NO", "no"), ("nn", "no"), ("fil", "tl"), ("wuu", "zh"), ("ger", "de"), ("fre", "fr"), ("German", "de")],
)
def test_a_language_without_words_of_its_own_has_those_of_its_relative(tag: str, language: str) -> None:
    assert language_profile(tag).language == language


def test_a_language_without_any_words_keeps_its_name_and_counts_by_its_script() -> None:
    pashto, georgian = language_profile("ps"), language_profile("ka")
    assert (pashto.language, pashto.counting, pashto.spaces) == ("ps", "arabic", True)
    assert (georgian.language, georgian.counting) == ("ka", "latin")
    assert georgian.no_break_after == language_profile("").no_break_after


@pytest.mark.parametrize("tag", ["tr", "ca", "uk", "fa", "he", "ur", "bn", "ta", "sr"])
def test_languages_that_people_caption_beside_those_of_the_service_have_words(tag: str) -> None:
    own = language_profile(tag)
    assert own.language == tag
    assert min(len(own.no_break_after), len(own.binds_forward), len(own.break_before)) >= 10
    assert own.units
    assert own.months


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("مرحبا، كيف حالك اليوم؟", "ar"),
        ("سلام، حال شما چطور است؟", "fa"),
        ("آپ کیسے ہیں؟ میں ٹھیک ہوں۔", "ur"),
        ("Привіт, як твої справи?", "uk"),
        ("Привет, как твои дела?", "ru"),
        ("Како сте? Ја сам добро.", "sr"),
        ("Како си? Ќе одиме заедно, љубов.", "mk"),
        ("שלום, מה שלומך היום?", "he"),
        ("আপনি কেমন আছেন?", "bn"),
        ("நீங்கள் எப்படி இருக்கிறீர்கள்?", "ta"),
    ],
)
def test_languages_that_share_a_script_are_told_by_their_letters(text: str, wanted: str) -> None:
    assert detect_language(text) == wanted


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Добар дан, како сте", "mk", "mk"),
        ("سلام، حال شما چطور است", "fa", "fa"),
        ("Dobar dan, kako ste", "sr-Latn", "sr-latn"),
        ("Dobar dan, kako ste", "sr", "sr"),
        ("Добар дан, како сте", "sr-Latn", "sr-latn"),
        ("Bugun havo juda yaxshi", "uz-Cyrl", "uz-cyrl"),
        ("Guten Tag, wie geht es", "ger", "de"),
        ("今天天氣很好", "zh_TW", "zh-tw"),
    ],
)
def test_a_transcripts_language_stays_where_its_script_does(text: str, language: str, wanted: str) -> None:
    assert detect_language(text, language) == wanted


ENGLISH_TALK = "Hello and welcome to the show. Today we talk about words that travel far. " * 4
CHINESE_TALK = "我们今天要讲的是这个城市的历史和它的未来，大家都知道这里曾经是一个很小的渔村。" * 4


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (ENGLISH_TALK + "かわいい", "en"),
        ("カワイイ. " + ENGLISH_TALK, "en"),
        (ENGLISH_TALK + "안녕하세요 привет שלום สวัสดี", "en"),
        (CHINESE_TALK + "かわいい", "zh"),
        (CHINESE_TALK + "OK, YouTube", "zh"),
        ("日本銀行総裁、金融政策決定会合後の記者会見で利上げ示唆", "ja"),
        ("今日は東京でYouTubeとNetflixの話をします。" * 5, "ja"),
        ("OK です", "ja"),
        ("東京タワー", "ja"),
        ("Привет всем, сегодня мы говорим о словах. " * 4 + "かわいい", "ru"),
    ],
)
def test_a_text_has_the_language_of_most_of_it(text: str, wanted: str) -> None:
    assert detect_language(text).split("-")[0] == wanted
