"""Spellings that are one word, and words that are not."""

from __future__ import annotations

import pytest

from captioner.alignment.numerals import numbers, same_number
from captioner.alignment.outcome import Passage
from captioner.alignment.spelling import keys_for, primary
from captioner.alignment.units import Alphabet, read_known

SAME = [
    ("en", "Colour", "color"),
    ("en", "organisation", "ORGANIZATION"),
    ("en", "analysed", "analyzed"),
    ("en", "theatre", "theater"),
    ("en", "travelled", "traveled"),
    ("en", "neighbours", "neighbors"),
    ("en", "grey", "gray"),
    ("en", "anaemia", "anemia"),
    ("en", "don’t", "don't"),
    ("en", "well-known", "wellknown"),
    ("en", "U.S.", "US"),
    ("en", "2,000", "2000"),
    ("en", "ＡＢＣ１２", "abc12"),
    ("de", "Straße", "STRASSE"),
    ("de", "schön", "schoen"),
    ("de", "1.000.000", "1000000"),
    ("de", "2,5", "2.5"),
    ("fr", "cœur", "coeur"),
    ("fr", "10\u202f000", "10000"),
    ("ru", "ёлка", "елка"),
    ("zh", "國語", "国语"),
    ("zh", "１２", "12"),
    ("ja", "ｶﾞｲﾄﾞ", "ガイド"),
    ("ja", "コンピューター", "コンピュータ"),
    ("ja", "キャンプ", "きやんぷ"),
    ("ar", "مُحَمَّد", "محمد"),
    ("ar", "أحمد", "احمد"),
    ("ar", "٢٠", "20"),
    ("he", "שָׁלוֹם", "שלום"),
    ("hi", "हिन्दी।", "हिन्दी"),
]
OTHER = [
    ("en", "hour", "hor"),
    ("en", "four", "for"),
    ("en", "your", "yor"),
    ("en", "filled", "filed"),
    ("en", "C++", "C"),
    ("en", "20%", "20"),
    ("de", "schon", "schön"),
    ("fr", "ou", "où"),
    ("es", "año", "ano"),
    ("zh", "权利", "权力"),
    ("ru", "мука", "мюка"),
]


@pytest.mark.parametrize(("language", "one", "other"), SAME)
def test_same_word(language: str, one: str, other: str) -> None:
    key = keys_for(language)
    assert key(one) == key(other) != ""


@pytest.mark.parametrize(("language", "one", "other"), OTHER)
def test_other_word(language: str, one: str, other: str) -> None:
    key = keys_for(language)
    assert key(one) != key(other)


@pytest.mark.parametrize(("tag", "language"), [("zh-Hant-TW", "zh"), ("pt_BR", "pt"), ("EN", "en"), ("", "")])
def test_language_subtag(tag: str, language: str) -> None:
    assert primary(tag) == language


NUMBERS = [
    ("en", "2,000", "two thousand"),
    ("en", "21st", "twenty-first"),
    ("en", "21", "twenty first"),
    ("en", "1984", "nineteen eighty-four"),
    ("en", "1905", "nineteen oh five"),
    ("en", "100", "a hundred"),
    ("en", "1,500", "fifteen hundred"),
    ("en", "120", "one hundred and twenty"),
    ("en", "2.5", "two point five"),
    ("en", "10:30", "ten thirty"),
    ("en", "20%", "twenty per cent"),
    ("en", "$5", "five dollars"),
    ("en", "$5 million", "five million dollars"),
    ("en", "2.5 million", "2,500,000"),
    ("de", "21", "einundzwanzig"),
    ("de", "2350", "zweitausenddreihundertfünfzig"),
    ("de", "1984", "neunzehnhundertvierundachtzig"),
    ("de", "21.", "einundzwanzigsten"),
    ("de", "2,5 Millionen", "2.500.000"),
    ("de", "20 %", "zwanzig Prozent"),
    ("fr", "97", "quatre-vingt-dix-sept"),
    ("fr", "97", "quatre vingt dix sept"),
    ("fr", "71", "soixante et onze"),
    ("fr", "1er", "premier"),
    ("fr", "1789", "mille sept cent quatre-vingt-neuf"),
    ("fr", "20 %", "vingt pour cent"),
    ("es", "35", "treinta y cinco"),
    ("es", "2.500", "dos mil quinientos"),
    ("es", "20%", "veinte por ciento"),
    ("it", "28", "ventotto"),
    ("it", "1985", "millenovecentottantacinque"),
    ("pt", "25", "vinte e cinco"),
    ("pt", "2.000.000", "dois milhões"),
    ("nl", "22", "tweeëntwintig"),
    ("nl", "350", "driehonderdvijftig"),
    ("ru", "25", "двадцати пяти"),
    ("ru", "2024", "две тысячи двадцать четыре"),
    ("ru", "1945", "тысяча девятьсот сорок пятого"),
    ("ru", "20%", "двадцать процентов"),
    ("zh", "20", "二十"),
    ("zh", "2024", "二零二四"),
    ("zh", "2024", "两千零二十四"),
    ("zh", "120000000", "一亿两千万"),
    ("zh", "3万", "三万"),
    ("zh", "3.5", "三点五"),
    ("zh", "20%", "百分之二十"),
    ("ja", "100円", "百円"),
    ("ja", "30%", "三十パーセント"),
    ("ko", "21일", "이십일일"),
    ("ko", "20명", "스무명"),
    ("ko", "50%", "오십 퍼센트"),
    ("ar", "٢٠", "20"),
    ("xx", "7", "٧"),
]
OTHER_NUMBERS = [
    ("en", "2,001", "two thousand"),
    ("en", "1st", "one"),
    ("en", "60", "sixteen"),
    ("en", "40", "twenty twenty"),
    ("de", "12", "einundzwanzig"),
    ("fr", "84", "quatre-vingts"),
    ("zh", "12", "二十"),
    ("en", "five", "fivefold"),
]


def _is_same_number(language: str, one: str, other: str) -> bool:
    alphabet = Alphabet(keys_for(language))
    keys = [[alphabet.key(s) for s in read_known([Passage(text)], alphabet).symbols] for text in (one, other)]
    return any(
        same_number(a, b)
        for a in numbers(keys[0], language)
        for b in numbers(keys[1], language)
        if (a.first, a.last) == (0, len(keys[0])) and (b.first, b.last) == (0, len(keys[1]))
    )


@pytest.mark.parametrize(("language", "digits", "words"), NUMBERS)
def test_a_number_is_the_same_in_digits_and_in_words(language: str, digits: str, words: str) -> None:
    assert _is_same_number(language, digits, words)
    assert _is_same_number(language, words, digits)


@pytest.mark.parametrize(("language", "digits", "words"), OTHER_NUMBERS)
def test_other_numbers_are_not_the_same(language: str, digits: str, words: str) -> None:
    assert not _is_same_number(language, digits, words)
