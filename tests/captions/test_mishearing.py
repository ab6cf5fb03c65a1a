"""What is heard wrongly is told from what was said instead."""

from __future__ import annotations

import pytest

from captioner.alignment import likeness
from captioner.captions.mishearing import is_misheard, names_in

MISHEARD = [
    ("en", "Chan", "chen"),
    ("en", "Nguyen", "win"),
    ("en", "Siobhan", "Shivon"),
    ("en", "Jacinda Ardern", "just in the are turn"),
    ("en", "Zelenskyy", "the lens key"),
    ("en", "Xi Jinping", "she jin ping"),
    ("en", "recognise speech", "wreck a nice beach"),
    ("en", "their", "there"),
    ("en", "isn't", "is not"),
    ("en", "50", "fifteen"),
    ("en", "13", "30"),
    ("en", "announced", "announces"),
    ("de", "Merz", "März"),
    ("de", "Baerbock", "Bär Bock"),
    ("de", "Müller", "Mühler"),
    ("de", "70", "siebzehn"),
    ("de", "Ministerin", "Minister in"),
    ("zh", "曼谷", "慢股"),
    ("zh", "她", "他"),
    ("zh", "陈安娜", "陈安那"),
    ("zh", "黎明", "李明"),
    ("zh", "四", "十"),
    ("zh", "部", "不"),
    ("fr", "Macron", "ma crème"),
]
SAID_INSTEAD = [
    ("en", "big", "large"),
    ("en", "said", "told"),
    ("en", "the government", "the ministry"),
    ("en", "Monday", "Tuesday"),
    ("en", "today", "yesterday"),
    ("en", "increase", "decrease"),
    ("en", "can", "can't"),
    ("en", "million", "billion"),
    ("en", "in", "on"),
    ("en", "won", "lost"),
    ("en", "13", "15"),
    ("en", "Anna Meier", "Otto Schulz"),
    ("en", "we have decided to close the schools", "the mayor opened a new park today"),
    ("de", "Haus", "Gebäude"),
    ("de", "heute", "gestern"),
    ("de", "zwei", "drei"),
    ("de", "ein Erfolg", "kein Erfolg"),
    ("de", "der Kanzler hat zugestimmt", "die Opposition lehnt das ab"),
    ("zh", "今", "昨"),
    ("zh", "政府", "部门"),
    ("zh", "上海", "北京"),
    ("zh", "增加", "减少"),
    ("zh", "他会来", "他不会来"),
    ("fr", "lundi", "mardi"),
    ("en", "hello", ""),
    ("", "", "hello"),
]


def heard(language: str, known: str, other: str) -> bool:
    return is_misheard(known, other, language, names_in(f"then {known}"))


@pytest.mark.parametrize(("language", "known", "other"), MISHEARD)
def test_errors_of_recognisers_are_found(language: str, known: str, other: str) -> None:
    assert heard(language, known, other)


@pytest.mark.parametrize(("language", "known", "other"), SAID_INSTEAD)
def test_what_was_said_instead_is_no_error(language: str, known: str, other: str) -> None:
    assert not heard(language, known, other)


def test_names_have_a_capital_inside_a_sentence_and_never_a_small_letter() -> None:
    text = "Good evening. The Prime Minister met Chan. The prime example. chan is small"
    assert names_in(text) == {"Minister"}
    assert names_in("Then Dr. Chan spoke. He left.\nShe stayed.") == {"Dr", "Chan"}


def test_likeness_is_symmetric_and_whole_for_equal_sounds() -> None:
    for language, one, other in [*MISHEARD, *SAID_INSTEAD]:
        assert likeness(one, other, language) == likeness(other, one, language)
        assert likeness(one, one, language) == (1.0 if one else 0.0)
    assert likeness("2019", "two thousand nineteen", "en") > 0.9
