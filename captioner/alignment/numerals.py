"""Numbers as digits and as words: "2,000" is "two thousand", "21st" is "twenty-first", 20 is 二十.

The one rule: a number written in words is only compared with one in digits; two in words are compared as words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from captioner.alignment.number_words import (
    CHINESE_DIGITS,
    CHINESE_SCALES,
    KOREAN_NATIVE,
    KOREAN_SINO,
    NUMBER_WORDS,
)

__all__ = ["Number", "has_digit", "numbers", "same_number"]

_DIGITS = re.compile(r"([$€£¥₽]?)(\d{1,30}(?:\.\d{1,30})?)([%°$€£¥₽]?)(.*)", re.DOTALL)
_MOST_PARTS = 8  # numbers said one after another that may be written as one: a telephone number in pairs
_SIGN_WORDS = {
    "元": "¥",
    "円": "¥",
    "美元": "$",
    "ドル": "$",
    "どる": "$",
    "ゆろ": "€",
    "欧元": "€",
    "英镑": "£",
    "度": "°",
}
_SIGN_WORDS |= {"퍼센트": "%", "프로": "%", "달러": "$", "유로": "€", "원": "₩", "엔": "¥", "ぱせんと": "%"}
_LONGEST_SIGN = 5  # units: パーセント
_PERCENT_OF = "百分之"
_CHINESE_POINT = "点"
_CHINESE = re.compile(f"[{''.join([*CHINESE_DIGITS, *CHINESE_SCALES])}]+")
_KOREAN = re.compile(f"(?:{'|'.join(sorted([*KOREAN_NATIVE, *KOREAN_SINO], key=len, reverse=True))})+")
_KOREAN_PART = re.compile("|".join(sorted([*KOREAN_NATIVE, *KOREAN_SINO], key=len, reverse=True)))


class Number(NamedTuple):
    """A number in a sequence of units.

    Attributes:
        first: First unit.
        last: The unit after its last.
        value: Digits with a full stop for decimals, a sign after them, and letters that were written on to them.
        ordinal: Whether it is written as an ordinal.
        digits: Whether it is written in digits.
    """

    first: int
    last: int
    value: str
    ordinal: bool
    digits: bool


def has_digit(keys: Sequence[str]) -> bool:
    """Whether a number is written in digits in any of the keys."""
    return any(not key.isalpha() and any(map(str.isdigit, key)) for key in keys)


def same_number(one: Number, other: Number) -> bool:
    """Whether two numbers are the same written in two ways; the digits of an ordinal may go without its ending."""
    if one.value != other.value or not (one.digits or other.digits):
        return False
    return one.ordinal == other.ordinal or (one.digits and not one.ordinal) or (other.digits and not other.ordinal)


def numbers(keys: Sequence[str], language: str) -> list[Number]:
    """All ways to read numbers in a sequence of keys.

    Args:
        keys: Keys of the units.
        language: Language subtag; in one without a table only digits, Chinese and Korean numerals are read.
    """
    single = [*_in_digits(keys, language), *_in_words(keys, language), *_in_chinese(keys), *_in_korean(keys)]
    single += [found for number in single if (found := _with_scale(number, keys, language))]
    single += [found for number in single for found in _with_sign(number, keys, language)]
    return [*single, *_in_a_row(single)]


def _in_digits(keys: Sequence[str], language: str) -> Iterator[Number]:
    for at, key in enumerate(keys):
        match = None if key.isalpha() else _DIGITS.fullmatch(key)
        if match:
            rest = match[4]
            ordinal = bool(rest) and _bare(rest) in _table(language).ordinal
            yield Number(at, at + 1, match[2] + (match[1] or match[3]) + ("" if ordinal else rest), ordinal, True)


class _Table(NamedTuple):
    """Words of one language, ready to be looked up."""

    values: dict[str, tuple[int, bool]]
    joins: frozenset[str]
    points: frozenset[str]
    signs: dict[tuple[str, ...], str]
    ordinal: tuple[str, ...]
    part: re.Pattern[str]
    inflected: int


@cache
def _table(language: str) -> _Table:
    words = NUMBER_WORDS.get(language, NUMBER_WORDS["en"]._replace(values="", joins="", point="", signs=""))
    items = words.values.split()
    values = {word: (int(value.rstrip(".")), "." in value) for word, value in zip(items[::2], items[1::2], strict=True)}
    signs = words.signs.split()
    parts = sorted([*values, *words.joins.split()], key=len, reverse=True)
    return _Table(
        values,
        frozenset(words.joins.split()),
        frozenset(words.point.split()),
        {tuple(word.split("_")): sign for word, sign in zip(signs[::2], signs[1::2], strict=True)},
        tuple(words.ordinal.split()),
        re.compile("|".join(parts) or "(?!)"),
        words.inflected,
    )


def _bare(key: str) -> str:
    """A key without accents."""
    if key.isascii():
        return key
    return "".join([char for char in unicodedata.normalize("NFD", key) if not unicodedata.combining(char)])


@cache
def _parts(key: str, language: str) -> tuple[tuple[str, ...], bool]:
    """The words of number a key is made of, and whether its ending makes it an ordinal; none if it is no number."""
    table = _table(language)
    key = _bare(key)
    for ending in ("", *(table.ordinal if not table.inflected else ())):
        stem = key.removesuffix(ending) if key.endswith(ending) else ""
        found = _split(stem, table) if stem else ()
        if any(part in table.values for part in found):
            return found, bool(ending)
    if table.inflected and (match := table.part.match(key)) and len(key) - match.end() <= table.inflected:
        return (match[0],), False
    return (), False


def _split(text: str, table: _Table) -> tuple[str, ...]:
    """A word as words of number, longest first; none if it is not made of them."""
    longest = table.part.match(text)
    for length in range(longest.end() if longest else 0, 0, -1):
        if text[:length] in table.values or text[:length] in table.joins:
            rest = _split(text[length:], table)
            if rest or length == len(text):
                return (text[:length], *rest)
    return ()


class _Sum:
    """A number while it is read word by word."""

    def __init__(self, language: str) -> None:
        self._french = language == "fr"
        self._whole = 0
        self._group = 0
        self._scale = 10**15
        self._empty = True
        self._joined = False
        self.ordinal = False

    @property
    def value(self) -> int:
        return self._whole + self._group

    @property
    def begun(self) -> bool:
        return not self._empty

    def join(self) -> bool:
        """Take a joining word; False where none can stand."""
        if self._empty or self._joined:
            return False
        self._joined = True
        return True

    def add(self, value: int, ordinal: bool) -> bool:
        """Take a word of number; False where it cannot go on this number."""
        if self.ordinal or not self._fits(value):
            return False
        if value >= 1000:
            self._whole += max(self._group, 1) * value
            self._group, self._scale = 0, value
        elif value == 100 and 0 < self._group < 100:
            self._group *= 100
        elif self._french and value == 20 and self._group % 100 == 4:
            self._group += 76
        else:
            self._group += value
        self._empty, self._joined, self.ordinal = False, False, ordinal
        return True

    def _fits(self, value: int) -> bool:
        if self._empty or not self.value:
            return self._empty
        tens = self._group % 100
        if value >= 1000:
            return value < self._scale and self._group > 0
        if value == 100:
            return self._group < 100
        if value > 100:
            return self._group == 0
        if value >= 20:
            return tens == 0 or (self._joined and tens < 10) or (self._french and value == 20 and tens == 4)
        if value >= 10:
            return tens == 0 or (self._french and tens in (60, 80))
        return value > 0 and tens % 10 == 0 and tens != 10


def _in_words(keys: Sequence[str], language: str) -> Iterator[Number]:
    """Numbers in words, each as long as it can be."""
    at = 0
    while at < len(keys):
        found = _read_words(keys, at, language)
        if found:
            yield found
            if at and keys[at - 1] == "a" and language == "en" and len(found.value) > 2:
                yield found._replace(first=at - 1)
        at = found.last if found else at + 1


def _read_words(keys: Sequence[str], first: int, language: str) -> Number | None:
    table = _table(language)
    total, last = _Sum(language), first
    for at in range(first, len(keys)):
        parts, ordinal = _parts(keys[at], language)
        if not parts and _bare(keys[at]) in table.joins:
            parts = (_bare(keys[at]),)
        if not parts or not _take(total, parts, ordinal, table):
            break
        if parts[-1] in table.values:
            last = at + 1
    if last == first:
        return None
    return _with_decimals(Number(first, last, str(total.value), total.ordinal, False), keys, language)


def _take(total: _Sum, parts: Sequence[str], ordinal: bool, table: _Table) -> bool:
    """Take the words of one unit; False where one of them cannot go on."""
    for index, part in enumerate(parts):
        if part in table.joins and part not in table.values:
            if not total.join():
                return False
            continue
        value, is_ordinal = table.values[part]
        if not total.add(value, is_ordinal or (ordinal and index == len(parts) - 1)):
            return False
    return True


def _with_decimals(number: Number, keys: Sequence[str], language: str) -> Number:
    """A number with the digits after the word for the decimal sign."""
    table, digits, at = _table(language), "", number.last + 1
    if number.last >= len(keys) or _bare(keys[number.last]) not in table.points:
        return number
    while at < len(keys):
        parts, _ = _parts(keys[at], language)
        value = table.values.get(parts[0], (100, False))[0] if len(parts) == 1 else 100
        if value >= 100 or (digits and value > 9):
            break
        digits, at = digits + str(value), at + 1
    return number._replace(last=at, value=f"{number.value}.{digits}") if digits else number


def _with_scale(number: Number, keys: Sequence[str], language: str) -> Number | None:
    """Digits with the scale after them: 5 million, 2.5 Milliarden, 3万."""
    if not number.digits or number.last >= len(keys):
        return None
    key = keys[number.last]
    scale = CHINESE_SCALES.get(key) or _table(language).values.get(_bare(key), (0, False))[0]
    parts, _ = _parts(key, language) if not scale else ((), False)
    scale = _table(language).values[parts[0]][0] if len(parts) == 1 and parts[0] in _table(language).values else scale
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([%°$€£¥₽]?)", number.value)
    if scale < 100 or not match:
        return None
    decimals = match[2] or ""
    value, rest = divmod(int(match[1] + decimals) * scale, 10 ** len(decimals))
    return None if rest else number._replace(last=number.last + 1, value=f"{value}{match[3]}")


def _with_sign(number: Number, keys: Sequence[str], language: str) -> Iterator[Number]:
    """A number with the sign or its word that stands after it, or 百分之 before it."""
    if number.value[-1:].isdigit():
        table = _table(language)
        for count in range(1, _LONGEST_SIGN + 1):
            words = tuple(_bare(key) for key in keys[number.last : number.last + count])
            sign = table.signs.get(words) or _SIGN_WORDS.get("".join(keys[number.last : number.last + count]))
            sign = sign or (words[0] if words and words[0] in ("%", "$", "€", "£", "¥", "₽", "°") else None)
            if sign and len(words) == count:
                yield number._replace(last=number.last + count, value=number.value + sign)
                return
        before = len(_PERCENT_OF)
        if number.first >= before and "".join(keys[number.first - before : number.first]) == _PERCENT_OF:
            yield number._replace(first=number.first - before, value=number.value + "%")


def _in_a_row(single: Sequence[Number]) -> Iterator[Number]:
    """Numbers right after one another read as one: nineteen eighty-four, ten thirty."""
    at: dict[int, list[Number]] = {}
    for number in single:
        if number.value.isdigit():
            at.setdefault(number.first, []).append(number)
    for number in single:
        row = number if number.value.isdigit() else None
        for _ in range(_MOST_PARTS - 1):
            following = at.get(row.last) if row else None
            if not row or not following:
                break
            longest = max(following, key=lambda n: n.last)
            row = row._replace(last=longest.last, value=row.value + longest.value, digits=row.digits and longest.digits)
            yield row


def _in_chinese(keys: Sequence[str]) -> Iterator[Number]:
    """Chinese and Japanese numerals: 二十, 二千零五, 二零二四, 三点五."""
    at = 0
    while at < len(keys):
        end = at
        while end < len(keys) and len(keys[end]) == 1 and (keys[end] in CHINESE_DIGITS or keys[end] in CHINESE_SCALES):
            end += 1
        if end > at:
            yield from _chinese_at(keys, at, end)
        at = end + 1


def _chinese_at(keys: Sequence[str], first: int, last: int) -> Iterator[Number]:
    value = str(_chinese_value("".join(keys[first:last])))
    yield Number(first, last, value, False, False)
    decimals, at = "", last + 1
    if last < len(keys) and keys[last] == _CHINESE_POINT:
        while at < len(keys) and keys[at] in CHINESE_DIGITS:
            decimals, at = decimals + CHINESE_DIGITS[keys[at]], at + 1
    if decimals:
        yield Number(first, at, f"{value}.{decimals}", False, False)


def _chinese_value(text: str) -> int | str:
    if not any(char in CHINESE_SCALES for char in text):
        return "".join([CHINESE_DIGITS[char] for char in text])
    return _by_myriads([CHINESE_SCALES.get(c) or int(CHINESE_DIGITS[c]) for c in text])


def _by_myriads(values: Sequence[int]) -> int:
    """Value of numerals where ten thousand closes a group."""
    whole = group = digit = 0
    for value in values:
        if value >= 10**4:
            whole = (whole + group + digit or 1) * value if value > 10**4 else whole + (group + digit or 1) * value
            group = digit = 0
        elif value >= 10:
            group += (digit or 1) * value
            digit = 0
        else:
            digit = value
    return whole + group + digit


def _in_korean(keys: Sequence[str]) -> Iterator[Number]:
    """Korean numerals at the beginning of a word, what is counted after them: 이십일, 스무명."""
    for at, key in enumerate(keys):
        match = _KOREAN.match(key) if "가" <= key[:1] <= "힣" else None
        if match:
            parts = _KOREAN_PART.findall(match[0])
            for count in range(1, len(parts) + 1):
                rest, value = key[len("".join(parts[:count])) :], _korean_value(parts[:count])
                yield Number(at, at + 1, f"{value}{rest}", False, False)
                if not rest and at + 1 < len(keys):
                    yield Number(at, at + 2, f"{value}{keys[at + 1]}", False, False)


def _korean_value(parts: Sequence[str]) -> int:
    values = [KOREAN_NATIVE.get(part) or KOREAN_SINO.get(part, 0) for part in parts]
    return sum(values) if all(part in KOREAN_NATIVE for part in parts) else _by_myriads(values)
