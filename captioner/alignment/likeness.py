"""Tells whether two stretches of words may be one stretch of speech that was heard in two ways.

The sounds of both are compared by their edit distance; digits sound as they are read out. What recognisers take for
something else sounds much like it, also over several words; what a speaker says instead of something does not.
"""

from __future__ import annotations

import re
from functools import cache

from captioner.alignment.number_words import values_of
from captioner.alignment.sounds import sounds_of
from captioner.alignment.spelling import keys_for, primary

__all__ = ["likeness"]

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"(\d+)")
_HAN_DIGITS = "零一二三四五六七八九"
_UNITS_FIRST = frozenset({"de", "nl"})
_LONGEST = 240  # sounds of half a minute; longer stretches are not misheard
_VOWELS = frozenset("aio")
_VOWEL_PRICE = 0.6  # of a vowel in place of another or of nothing: vowels are what recognisers hear wrongly most


def likeness(one: str, other: str, language: str = "") -> float:
    """Similarity of sound of two texts, from 0 to 1; 0 where one of them has no sound.

    Args:
        one: A text.
        other: Another.
        language: BCP 47 tag, for numbers and spellings; "" where it is not known.
    """
    ours, theirs = _sounds(one, primary(language)), _sounds(other, primary(language))
    longest = max(len(ours), len(theirs))
    if not ours or not theirs or longest > _LONGEST:
        return float(ours == theirs != "")
    return 1 - _distance(ours, theirs) / longest


@cache
def _sounds(text: str, language: str) -> str:
    key_of = keys_for(language)
    spelled = _NUMBER.sub(lambda match: f" {_spelled(match[0], language)} ", text)
    return "".join([sounds_of(key_of(word)) for word in _WORD.findall(spelled)])


def _distance(one: str, other: str) -> float:
    """The price of making one string of the other."""
    row = [0.0]
    for char in other:
        row.append(row[-1] + _price(char))
    for mine in one:
        left, diagonal = row[0] + _price(mine), row[0]
        cost = _price(mine)
        row[0] = left
        for at, char in enumerate(other, 1):
            above = row[at]
            changed = diagonal if mine == char else diagonal + max(cost, _price(char))
            left = min(changed, above + cost, left + _price(char))
            diagonal, row[at] = above, left
    return row[-1]


def _price(char: str) -> float:
    return _VOWEL_PRICE if char in _VOWELS else 1.0


@cache
def _spelled(digits: str, language: str) -> str:
    """A number as it is read out; its digits one by one where the words of the language are not known."""
    value = int(digits)
    if language in ("zh", "ja", "yue", "wuu"):
        return _in_chinese(value)
    words = _words(language)
    if not words or value >= 10**9 or (len(digits) > 1 and digits[0] == "0"):
        return " ".join(words.get(int(digit), digit) for digit in digits)
    return _in_words(value, words, language)


@cache
def _words(language: str) -> dict[int, str]:
    """The first word of each cardinal number of a language."""
    found: dict[int, str] = {}
    for word, value in values_of(language).items():
        found.setdefault(value, word)
    return found


def _in_words(value: int, words: dict[int, str], language: str) -> str:
    if value in words and value < 100:
        return words[value]
    for scale in (1_000_000, 1000, 100):
        if value >= scale and scale in words:
            many, rest = divmod(value, scale)
            said = [_in_words(many, words, language) if many > 1 or language == "en" else "", words[scale]]
            return " ".join([*said, _in_words(rest, words, language) if rest else ""])
    tens, unit = value // 10 * 10, value % 10
    if tens not in words or unit not in words:
        return " ".join(words.get(int(digit), digit) for digit in str(value))
    return f"{words[unit]} {words[tens]}" if language in _UNITS_FIRST else f"{words[tens]} {words[unit]}"


def _in_chinese(value: int) -> str:
    if value >= 10_000:
        many, rest = divmod(value, 10_000)
        return f"{_in_chinese(many)}万{_in_chinese(rest) if rest else ''}"
    said = ""
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // scale % 10
        if digit and not (scale == 10 and digit == 1 and not said):
            said += _HAN_DIGITS[digit] + name
        elif digit:
            said += name
    return said or "零"
