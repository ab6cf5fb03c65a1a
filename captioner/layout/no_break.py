"""What holds two neighbouring pieces together, and where a sentence ends.

The one rule: a tie is hard. Here are only pairs no captioner would part (a number from its unit, a title from its
name, a particle from its word); what merely reads badly is a cost elsewhere, from the lists of the language profile.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from captioner.layout.lexicon import Profile
from captioner.layout.width import columns
from captioner.layout.words import CLOSING, OPENING, unspaced

__all__ = ["LATIN", "NUMBER", "PART", "PUNCT", "TITLE", "WORD", "Facts", "FactsOf", "ends_sentence", "surname", "tied"]

WORD, NUMBER, LATIN, PUNCT, PART = "word", "number", "latin", "punct", "part"

# Facts about one piece, as bits.
(
    ENDS,
    OPENS,
    CLOSES,
    DIGITS_LAST,
    DIGITS_FIRST,
    TITLE,
    INITIAL,
    UNIT,
    CAPITAL,
    NUMBERED,
    MONTH,
    LEANS,
    JOINS,
    PAIRS,
    BALD,
    LEANS_ON,
    CONNECTS,
    ASIDE,
) = (1 << n for n in range(18))
#: A pair whose first has none of `FORWARD` and whose second has none of `BACKWARD` is never tied and ends no sentence.
FORWARD = ENDS | OPENS | DIGITS_LAST | TITLE | INITIAL | NUMBERED | MONTH | JOINS | PAIRS | LEANS_ON | CONNECTS
BACKWARD = CLOSES | INITIAL | LEANS | JOINS | ASIDE
SPECIAL = FORWARD | BACKWARD | BALD

_EDGES = "".join(sorted(CLOSING | OPENING | set("\"'“”‘’«»‹›*_~–—-…¡¿。"))).replace("%", "").replace("％", "")
_TERMINAL = re.compile(r"[.!?…‥⋯。．！？｡؟।॥‼⁇⁈⁉][\"'”’»›)\]}）］｝」』》〉】\s]*$")
_CLOSERS = "\"'”’»›)]}）］｝」』》〉】 \u00a0\u202f"
_INITIAL = re.compile(r"^[^\W\d_]\.$|^[^\W\d_]\.-[^\W\d_]\.$")
_DOTTED = re.compile(r"^(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}\.?$")
_JOINING = frozenset(("/", "&", "+", "×", "=", "·", "÷", "*"))
_CURRENCY = frozenset(("$", "€", "£", "¥", "₽", "₹", "us$", "r$", "usd", "eur", "chf", "¥", "rs."))
_NUMERALS = "零〇一二两兩三四五六七八九十百千万萬亿億几幾"
# Numerals in characters, alone or with the commonest counters: 三点, 两个, 第三.
_COUNT = re.compile(f"^[{_NUMERALS}]+[个個点點时時分秒年月日号號岁歲块塊元倍名位次天]?$|^第[{_NUMERALS}0-9]+$")
_ORDINAL = re.compile(r"^\d{1,2}\.$")
_GROUP = re.compile(r"^\d{3}(?!\d)")
_ENDS_IN_DIGITS = re.compile(r"\d(?:st|nd|rd|th|er|re|e|º|ª|o|a)?[.,]?$", re.IGNORECASE)
_AFTER_MEASURE = frozenset(
    "月级級线線前后後半多来來内內间間的"
)  # 年级, 号线, 天前: a measure word and what completes it
_BEFORE_DIGITS = "\"'“‘«»([$€£¥#-−+"
_SHORT = 2  # characters of a Korean or Japanese unit after which particles may follow


class Facts(NamedTuple):
    """What a piece shows without its neighbours.

    Attributes:
        text: As printed.
        columns: Its width.
        key: Lower case, without the marks around it: what the profile's lists are asked for.
        bits: The facts above.
        kind: "word", "number", "latin" (in writing without spaces), or "punct".
        size: Characters that are not white space.
    """

    text: str
    columns: int
    key: str
    bits: int
    kind: str
    size: int


class FactsOf(dict[str, Facts]):
    """Facts by piece, each found once; words repeat."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        self._pair_words = frozenset(pair.partition(" ")[0] for pair in profile.fixed)

    def __missing__(self, piece: str) -> Facts:
        facts = self[piece] = self._facts(piece)
        return facts

    def _facts(self, piece: str) -> Facts:
        profile, text = self._profile, piece.strip(" ")
        size = len("".join(text.split()))
        if text.isalpha():
            key = text.lower()
            bits = self._listed(key, key) | CAPITAL * (not text[0].islower()) | LEANS_ON * (key in profile.leaning)
            return Facts(text, _columns(text, profile), key, bits, _kind(text, key, profile), size)
        key = text.lower().replace("’", "'").strip(_EDGES)
        dotted = key + "." if text.rstrip(_CLOSERS + ",;:").endswith(".") else key
        bits = self._listed(key, dotted) | self._seen(text, key)
        lowered = text.lower().replace("’", "'")
        bits |= LEANS_ON * (lowered in profile.leaning or (key in profile.leaning and lowered.endswith(key)))
        return Facts(text, _columns(text, profile), key or text, bits, _kind(text, key, profile), size)

    def _listed(self, key: str, dotted: str) -> int:
        """Facts told by the profile's lists."""
        profile = self._profile
        return (
            TITLE * (key in profile.titles or dotted in profile.titles)
            | UNIT * _is_unit(key, profile)
            | NUMBERED * (key in profile.numbered or dotted in profile.numbered)
            | MONTH * (key in profile.months)
            | LEANS * (key in profile.tied)
            | CONNECTS * (key in profile.connectives)
            | ASIDE * (key in profile.asides)
            | PAIRS * (key in self._pair_words)
            | DIGITS_LAST * _number(key, profile)
            | DIGITS_FIRST * (not profile.spaces and _COUNT.match(key) is not None)
        )

    def _seen(self, text: str, key: str) -> int:
        """Facts told by the signs in the text."""
        profile, bare = self._profile, text.rstrip(_CLOSERS)
        return (
            ENDS * (_TERMINAL.search(text) is not None or (profile.language == "el" and bare.endswith(";")))
            | OPENS * (text[-1] in OPENING)
            | CLOSES * (not key and text[0] in CLOSING)
            | PAIRS * (text[-1] in "—–" and "—" in self._pair_words)
            | DIGITS_LAST * (_ENDS_IN_DIGITS.search(bare) is not None)
            | DIGITS_FIRST * text.lstrip(_BEFORE_DIGITS)[:1].isdigit()
            | INITIAL * (_INITIAL.match(text) is not None and text[0].isupper())
            | UNIT * (text.lower().rstrip(",;:!?") in profile.units)
            | CAPITAL * _may_name(text)
            | NUMBERED * (text.lower() in _CURRENCY)
            | BALD * (not any(character.isalnum() for character in text))
            | JOINS * (text in _JOINING)
            | PAIRS * (profile.elision and text[-1] in "'’" and len(key) > 0)
        )


def _first(text: str) -> str:
    """The first character that is a letter or a digit."""
    return next((character for character in text if character.isalnum()), "")


def _may_name(text: str) -> bool:
    """Whether a piece could begin a name: with a capital, or in a script that has none."""
    first = _first(text)
    return first.isalpha() and not first.islower()


def _columns(text: str, profile: Profile) -> int:
    return columns(text, wide_ambiguous=profile.wide_ambiguous)


def _kind(text: str, key: str, profile: Profile) -> str:
    if not any(character.isalnum() for character in text):
        return PUNCT
    if key[:1].isdigit():
        return NUMBER
    return LATIN if not profile.spaces and not unspaced(text) else WORD


def _number(key: str, profile: Profile) -> bool:
    """A number in words that a unit may follow: million in English, numerals in Chinese and Japanese."""
    if profile.spaces:
        return key in profile.multiples
    return _COUNT.match(key) is not None


def _is_unit(key: str, profile: Profile) -> bool:
    if key in profile.units:
        return True
    if profile.language == "ko":  # a counter with its particles: 개를, 년에
        return any(key.startswith(unit) and len(key) - len(unit) <= _SHORT for unit in _starts(profile, key))
    if profile.language in ("zh", "yue"):  # 年级, 号线, 天前
        return key[:1] in profile.units and key[1:] in _AFTER_MEASURE
    return False


def _starts(profile: Profile, key: str) -> list[str]:
    return [key[:n] for n in range(1, len(key) + 1) if key[:n] in profile.units]


def tied(a: Facts, b: Facts, profile: Profile, *, ended: bool, opening: bool = False) -> bool:
    """Whether no break is allowed between two pieces.

    Args:
        a: The first.
        b: The second.
        profile: Of their language.
        ended: Whether a sentence ends after the first.
        opening: Whether one ended before it.
    """
    if a.bits & OPENS or b.bits & CLOSES:
        return True
    if ended:
        return False
    if opening and a.bits & CONNECTS and a.text[-1:] in ",，、،":
        return True
    if a.text[-1:] in ",;，；、،":
        return bool(b.bits & ASIDE) and a.text[-1:] == b.text[-1:] == ","
    return _numbers(a, b, profile) or _named(a, b, profile) or _words(a, b, profile)


def _numbers(a: Facts, b: Facts, profile: Profile) -> bool:
    if a.bits & DIGITS_LAST:
        if b.bits & UNIT or b.bits & MONTH:
            return True
        if profile.spaces and a.text[-1:].isdigit() and _GROUP.match(b.text) and len(a.key) <= 3:
            return True  # 12 000
        if profile.ordinal_dot and _ORDINAL.match(a.text) and b.kind == WORD:
            return True  # 3. Oktober
    if b.bits & DIGITS_FIRST and (a.bits & (NUMBERED | MONTH)):
        return True
    return bool(a.bits & JOINS and (b.bits & DIGITS_FIRST or b.bits & CAPITAL)) or bool(
        b.bits & JOINS and (a.bits & DIGITS_LAST or a.bits & CAPITAL)
    )


def _named(a: Facts, b: Facts, profile: Profile) -> bool:
    if not b.bits & CAPITAL or b.key in profile.no_break_after:  # in general I think
        return False
    return bool(a.bits & (TITLE | INITIAL)) or bool(b.bits & INITIAL and a.bits & CAPITAL)


def surname(first: Facts, following: Facts, profile: Profile) -> bool:
    """Whether the word after a title and a name is the rest of the name: Dr. David Chen."""
    if profile.capital_nouns or not profile.spaces or not (first.text.isalpha() or first.bits & INITIAL):
        return False
    named = following.text[:1].isupper() and not following.bits & INITIAL
    return named and following.key not in profile.no_break_after and following.key not in profile.break_before


def _words(a: Facts, b: Facts, profile: Profile) -> bool:
    if b.bits & LEANS:
        return True
    if a.bits & LEANS_ON and a.key != b.key and (profile.spaces or not _opens(b.key, profile)):
        return True
    if not a.bits & PAIRS:
        return False
    if profile.elision and a.text[-1:] in "'’":
        return True
    return f"{'—' if a.text[-1:] in '—–' else a.key} {b.key}" in profile.fixed


def _opens(key: str, profile: Profile) -> bool:
    """Whether a word starts something new and does not itself lean forward, as 然后 does and 在 or 我 does not."""
    return key in profile.break_before and key not in profile.no_break_after


def ends_sentence(a: Facts, b: Facts | None, profile: Profile, *, lower_case: bool, cut: bool, named: bool) -> bool:
    """Whether a sentence ends after a piece that has a final mark.

    Args:
        a: The piece.
        b: The one after it in the same turn, or None.
        profile: Of their language.
        lower_case: Whether the whole text is in lower case, so that a small letter says nothing.
        cut: Whether the recogniser ended a sentence here.
        named: Whether the piece before `a` could be part of a name.
    """
    if not a.bits & ENDS:
        return False
    mark = a.text.rstrip(_CLOSERS)[-1:]
    if b is None:
        return not (mark == "." and a.bits & TITLE)
    if mark in "。．！？｡؟।॥":
        return not (b.key.startswith(_QUOTING) and a.text[-1:] in "」』")
    if not lower_case and _first(b.text).islower():
        return False
    if mark in "…‥⋯" or a.text.rstrip(_CLOSERS).endswith(".."):
        return profile.spaces and (cut or not lower_case)
    return mark != "." or _stops(a, b, profile, cut=cut, named=named)


_QUOTING = ("と", "って")  # what a Japanese quotation is taken up with


def _stops(a: Facts, b: Facts, profile: Profile, *, cut: bool, named: bool) -> bool:
    """Whether a full stop ends the sentence and not an abbreviation, an initial or an ordinal."""
    if a.bits & TITLE and b.bits & CAPITAL:
        return False
    opens = b.key in profile.no_break_after or b.key in profile.break_before  # He, The, But: what sentences begin with
    if a.bits & INITIAL:
        return a.key == "i" or opens or (cut and not named)
    if _INITIAL.match(a.text) and _INITIAL.match(b.text):  # z. B., т. е.
        return False
    if a.key in profile.abbreviations or _DOTTED.match(a.text.rstrip(_CLOSERS)):
        return opens and bool(b.bits & CAPITAL)
    if a.bits & NUMBERED and b.bits & DIGITS_FIRST and not a.key.isdigit():
        return False
    if profile.ordinal_dot and _ORDINAL.match(a.text):
        return cut or (opens and bool(b.bits & CAPITAL))
    return True
