"""Places between two neighbouring pieces where no break is allowed, and the ends of sentences.

The one rule: these rules are hard. Here are only pairs that no captioner would separate (a number and its unit, a title
and its name, a particle and its word); breaks that merely read badly have costs, from the lists of the language
profile.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from captioner.layout.lexicon import LanguageProfile
from captioner.layout.width import columns
from captioner.layout.words import CLOSING, OPENING, has_unspaced

__all__ = [
    "BACKWARD",
    "BINDS_BACK",
    "BINDS_NEXT",
    "CLEAR_STOP",
    "CLOSES",
    "COMMA_LAST",
    "ENDS_PHRASE",
    "FORWARD",
    "HAS_NO_LETTER",
    "LATIN",
    "LETTER_LAST",
    "LOOKS_AHEAD",
    "LOOKS_BACK",
    "MAY_BIND_NEXT",
    "NUMBER",
    "OPENS",
    "OPENS_BRACKET",
    "PART",
    "PUNCT",
    "SMALL",
    "TITLE",
    "WORD",
    "FeatureCache",
    "Features",
    "is_bound_pair",
    "is_sentence_end",
    "is_surname",
    "is_trailing",
    "is_unbreakable",
    "open_bracket",
]

WORD, NUMBER, LATIN, PUNCT, PART = "word", "number", "latin", "punct", "part"

# Features of one piece, as bits.
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
    BINDS_BACK,
    JOINS,
    PAIRS,
    PUNCT_ONLY,
    BINDS_FORWARD,
    CONNECTS,
    ASIDE,
    ENCLOSES,
    TRAILS,
    ACRONYM,
    FOLLOWS_VERB,
    COMMA_LAST,
    LETTER_LAST,
    SMALL,
    CLEAR_STOP,
) = (1 << n for n in range(26))
#: Between a piece without any of `FORWARD` and one without any of `BACKWARD` a break is allowed, and no sentence ends.
FORWARD = (
    ENDS | OPENS | DIGITS_LAST | TITLE | INITIAL | NUMBERED | MONTH | JOINS | PAIRS | BINDS_FORWARD | CONNECTS | ACRONYM
)
BACKWARD = CLOSES | INITIAL | BINDS_BACK | JOINS | ASIDE | FOLLOWS_VERB
COMMAS = ",;，；、،"  # after these a break is allowed, whatever the words are

# What the features of a piece may have an effect on, as bits of `Features.effects`.
(
    BINDS_NEXT,  # the next piece belongs to it, but where it says the same again
    MAY_BIND_NEXT,  # the next piece belongs to it if the two are a pair
    LOOKS_AHEAD,  # any rule about it and the next piece
    LOOKS_BACK,  # any rule about it and the piece before
    ENDS_PHRASE,  # it may belong to the piece before, by the pieces around it
    OPENS_BRACKET,  # it opens a bracket or quotation
    HAS_NO_LETTER,  # it is punctuation alone
) = (1 << n for n in range(7))

_EDGES = "".join(sorted(CLOSING | OPENING | set("\"'“”‘’«»‹›*_~–—-…¡¿。"))).replace("%", "").replace("％", "")
_EDGE_SIGNS = frozenset(_EDGES)
_TERMINAL = re.compile(r"[.!?…‥⋯。．！？｡؟।॥‼⁇⁈⁉][\"'”“’»›)\]}）］｝」』》〉】\s]*$")
_CLOSERS = "\"'”“’»›)]}）］｝」』》〉】 \u00a0\u202f"
_INITIAL = re.compile(r"^[^\W\d_]\.$|^[^\W\d_]\.-[^\W\d_]\.$")
_DOTTED = re.compile(r"^(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}\.?$")
_ACRONYM = re.compile(r"^(?:[^\W\d_a-zß-öø-ÿ]\.){2,}$")
_JOINING = frozenset(("/", "&", "+", "×", "=", "·", "÷", "*"))
_CURRENCY = frozenset(("$", "€", "£", "¥", "₽", "₹", "us$", "r$", "usd", "eur", "chf", "¥", "rs."))
_NUMERALS = "零〇一二两兩三四五六七八九十百千万萬亿億几幾"
# Numerals in characters, alone or with the most common counters: 三点, 两个, 第三.
_COUNT = re.compile(f"^[{_NUMERALS}]+[个個点點时時分秒年月日号號岁歲块塊元倍名位次天]?$|^第[{_NUMERALS}0-9]+$")
_FULL_WIDTH_STOPS = "。．！？｡؟।॥"
_ORDINAL = re.compile(r"^\d{1,2}\.$")
_GROUP = re.compile(r"^\d{3}(?!\d)")
_ENDS_IN_DIGITS = re.compile(r"\d(?:st|nd|rd|th|er|re|e|º|ª|o|a)?[.,]?$", re.IGNORECASE)
_AFTER_MEASURE = frozenset("月级級线線前后後半多来來内內间間的")  # 年级, 号线, 天前: a measure word and its complement
_BEFORE_DIGITS = "\"'“‘«»([$€£¥#-−+"
_MAX_PARTICLES = 2  # characters of particles that may follow a Korean or Japanese unit


class Features(NamedTuple):
    """Features of a piece by itself.

    Attributes:
        text: The text as printed.
        columns: Its width.
        lookup_key: Lower case without outer punctuation, for look-ups in the profile's lists.
        bits: The bits above.
        kind: "word", "number", "latin" (in writing without spaces), or "punct".
        size: Characters that are not white space.
        effects: What the bits may have an effect on: bits from `BINDS_NEXT` on.
    """

    text: str
    columns: int
    lookup_key: str
    bits: int
    kind: str
    size: int
    effects: int = 0


class _Effects(dict[int, int]):
    """`Features.effects` by the bits of a piece, each computed once."""

    def __init__(self, profile: LanguageProfile) -> None:
        super().__init__()
        self._spaces, self._has_particles = profile.spaces, bool(profile.particles)

    def __missing__(self, bits: int) -> int:
        forward, effects = bits & FORWARD, 0
        if forward & BINDS_FORWARD and self._spaces:
            effects |= BINDS_NEXT
        elif forward in (PAIRS, BINDS_FORWARD):
            effects |= MAY_BIND_NEXT
        elif forward:
            effects |= LOOKS_AHEAD
        effects |= LOOKS_BACK * (bits & BACKWARD > 0) | ENDS_PHRASE * (bits & TRAILS > 0 and self._has_particles)
        effects |= OPENS_BRACKET * (bits & ENCLOSES > 0) | HAS_NO_LETTER * (bits & PUNCT_ONLY > 0)
        self[bits] = effects
        return effects


class FeatureCache(dict[str, Features]):
    """Features by piece, with or without a space before it, each computed once; words repeat."""

    def __init__(self, profile: LanguageProfile) -> None:
        super().__init__()
        self._profile = profile
        self._listed = _listed_bits(profile)
        self._wide = profile.wide_ambiguous
        self._has_dash_pairs = "—" in partners(profile)
        self._effects = _Effects(profile)

    def __missing__(self, piece: str) -> Features:
        text = piece.strip(" ")
        facts = self[piece] = self._features(text) if text == piece else self[text]
        return facts

    def _features(self, text: str) -> Features:
        if text.isalpha():
            return self._of_letters(text, text, LETTER_LAST)
        core = text[:-1]
        if text[-1] in ",.?!" and core.isalpha() and core[0] not in _EDGE_SIGNS and core[-1] not in _EDGE_SIGNS:
            return self._of_letters(text, core, self._mark_bits(text))
        return self._of_signs(text)

    def _of_letters(self, text: str, letters: str, bits: int) -> Features:
        """Features of a piece that is letters with at most one mark behind them."""
        profile = self._profile
        key = letters.lower()
        bits |= self._key_bits(key)
        bits |= SMALL if letters[0].islower() else CAPITAL
        if key in profile.binds_forward and text is letters:
            bits |= BINDS_FORWARD
        kind = WORD if profile.spaces or has_unspaced(text) else LATIN
        return self._finished(text, key, bits, kind, len(text))

    def _of_signs(self, text: str) -> Features:
        """Features of any piece."""
        profile = self._profile
        lowered = text.lower().replace("’", "'")
        key = lowered.strip(_EDGES)
        bits = self._key_bits(key) | self._sign_bits(text, key)
        if text.rstrip(_CLOSERS + ",;:").endswith("."):
            bits |= self._dotted_bits(key)
        bits |= BINDS_FORWARD * (
            lowered in profile.binds_forward or (key in profile.binds_forward and lowered.endswith(key))
        )
        bits |= LETTER_LAST * text[-1].isalnum() | SMALL * _first(text).islower()
        return self._finished(text, key or text, bits, _kind(text, key, profile), len("".join(text.split())))

    def _finished(self, text: str, key: str, bits: int, kind: str, size: int) -> Features:
        """The features, with the bits that follow from others."""
        if text[-1] in COMMAS:
            bits |= COMMA_LAST
        if bits & CONNECTS and text[-1] not in ",，、،":  # a connective has an effect with a comma only
            bits ^= CONNECTS
        if bits & ENDS and _is_clear_stop(text, key, bits, self._profile):
            bits |= CLEAR_STOP
        return Features(text, columns(text, wide_ambiguous=self._wide), key, bits, kind, size, self._effects[bits])

    def _dotted_bits(self, key: str) -> int:
        """Bits of words that the lists have with their full stop."""
        return self._listed.get(key + ".", 0) & (TITLE | NUMBERED)

    def _key_bits(self, key: str) -> int:
        """Bits from the profile's lists."""
        profile, bits = self._profile, self._listed.get(key, 0)
        if profile.binds_back_stems and _has_bound_stem(key, profile):
            bits |= BINDS_BACK
        if not bits & UNIT and _is_counter(key, profile):
            bits |= UNIT
        if not profile.spaces and _COUNT.match(key) is not None:
            bits |= DIGITS_LAST | DIGITS_FIRST
        return bits

    def _mark_bits(self, text: str) -> int:
        """Bits from the mark behind letters: those of `_sign_bits` and of the lists."""
        bits = ENDS * (text[-1] != ",")
        lowered = text.lower()
        if lowered.rstrip(",;:!?") in self._profile.units:
            bits |= UNIT
        if text[-1] == "." and len(text) == 2 and text[0].isupper():
            bits |= INITIAL
        bits |= NUMBERED * (lowered in _CURRENCY) | BINDS_FORWARD * (lowered in self._profile.binds_forward)
        return bits | self._dotted_bits(lowered[:-1]) if text[-1] == "." else bits

    def _sign_bits(self, text: str, key: str) -> int:
        """Bits from the punctuation and digits of the text."""
        profile, bare, opened = self._profile, text.rstrip(_CLOSERS), _unopened(text)
        return (
            ENDS * (_TERMINAL.search(text) is not None or (profile.language == "el" and bare.endswith(";")))
            | OPENS * (text[-1] in OPENING and (text[-1] not in "“‘" or not key))  # „German quotes“ close with “
            | ENCLOSES * (open_bracket(text) != "")
            | CLOSES * (not key and text[0] in CLOSING)
            | PAIRS * (text[-1] in "—–" and self._has_dash_pairs)
            | DIGITS_LAST * (_ENDS_IN_DIGITS.search(bare) is not None)
            | DIGITS_FIRST * text.lstrip(_BEFORE_DIGITS)[:1].isdigit()
            | INITIAL * (_INITIAL.match(opened) is not None and opened[0].isupper())
            | ACRONYM * (_ACRONYM.match(opened) is not None)
            | UNIT * (text.lower().rstrip(",;:!?") in profile.units)
            | CAPITAL * _may_begin_name(text)
            | NUMBERED * (text.lower() in _CURRENCY)
            | PUNCT_ONLY * (not any(character.isalnum() for character in text))
            | JOINS * (text in _JOINING)
            | PAIRS * (profile.elision and text[-1] in "'’" and len(key) > 0)
        )


@lru_cache(maxsize=64)
def partners(profile: LanguageProfile) -> dict[str, frozenset[str]]:
    """The second words of the profile's pairs by their first word."""
    found: dict[str, set[str]] = {}
    for pair in profile.fixed_pairs:
        first, _, second = pair.partition(" ")
        found.setdefault(first, set()).add(second)
    return {first: frozenset(seconds) for first, seconds in found.items()}


@lru_cache(maxsize=64)
def _listed_bits(profile: LanguageProfile) -> dict[str, int]:
    """Bits of each word that is in any of the profile's lists."""
    lists = (
        (TITLE, profile.titles),
        (UNIT, profile.units),
        (NUMBERED, profile.number_labels),
        (MONTH, profile.months),
        (BINDS_BACK, profile.binds_back),
        (TRAILS, profile.particles),
        (TRAILS, profile.prepositions if profile.stranding else ()),
        (FOLLOWS_VERB, profile.verb_pronouns),
        (CONNECTS, profile.connectives),
        (ASIDE, profile.asides),
        (PAIRS, {*partners(profile), *profile.noun_prepositions}),
        (DIGITS_LAST, profile.multiples if profile.spaces else ()),
    )
    found: dict[str, int] = {}
    for bit, words in lists:
        for word in words:
            found[word] = found.get(word, 0) | bit
    return found


_CLOSING_OF = {
    "(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "｛": "｝", "【": "】", "〈": "〉", "《": "》",
    "「": "」", "『": "』", "“": "”", "„": "“”", "«": "»", "‹": "›", "»": "«",
}  # fmt: skip


def open_bracket(text: str) -> str:
    """The marks that close the bracket or quotation which a piece opens and does not close, "" if it opens none."""
    for place, character in enumerate(text):
        if character == '"':
            return '"' if not text[:place].strip(_LEADING) and text.count('"') == 1 else ""
        closing = _CLOSING_OF.get(character, "")
        if closing and (character != "»" or not place):
            return "" if any(mark in text[place + 1 :] for mark in closing) else closing
    return ""


def _unopened(text: str) -> str:
    """A piece without the brackets and quotes before its first letter or digit."""
    return text.lstrip(_LEADING)


_LEADING = "\"'“”‘’«»‹›„‚([{（［｛「『【〈《¿¡"


def _has_bound_stem(key: str, profile: LanguageProfile) -> bool:
    return (
        key.startswith(profile.binds_back_stems) and key not in profile.break_before and key not in profile.connectives
    )


def is_trailing(word: Features, following: Features | None, profile: LanguageProfile) -> bool:
    """Whether a particle or preposition ends its phrase and so belongs to the word before it.

    A particle does at a mark and before a preposition or conjunction ("setting that up / before the others"), a
    preposition at a mark and before a conjunction that cannot follow one ("talk about / when we meet").

    Args:
        word: The particle or preposition.
        following: The piece after it in the same sentence, or None.
        profile: Profile of their language.
    """
    if following is None or not word.bits & LETTER_LAST:
        return True
    key = following.lookup_key
    if word.lookup_key not in profile.particles:
        return key in profile.stranding
    return key in profile.break_before or key in profile.prepositions


def _first(text: str) -> str:
    """The first character that is a letter or a digit."""
    return next((character for character in text if character.isalnum()), "")


def _may_begin_name(text: str) -> bool:
    """Whether a piece could begin a name: with a capital, or in a script that has none."""
    first = _first(text)
    return first.isalpha() and not first.islower()


def _kind(text: str, key: str, profile: LanguageProfile) -> str:
    if not any(character.isalnum() for character in text):
        return PUNCT
    if key[:1].isdigit():
        return NUMBER
    return LATIN if not profile.spaces and not has_unspaced(text) else WORD


def _is_counter(key: str, profile: LanguageProfile) -> bool:
    """Whether it is a unit of the profile with something behind it."""
    if profile.language == "ko":  # a counter with its particles: 개를, 년에
        return any(key.startswith(unit) and len(key) - len(unit) <= _MAX_PARTICLES for unit in _starts(profile, key))
    if profile.language in ("zh", "yue"):  # 年级, 号线, 天前
        return key[:1] in profile.units and key[1:] in _AFTER_MEASURE
    return False


def _starts(profile: LanguageProfile, key: str) -> list[str]:
    return [key[:n] for n in range(1, len(key) + 1) if key[:n] in profile.units]


def is_unbreakable(a: Features, b: Features, profile: LanguageProfile, *, ended: bool, opening: bool = False) -> bool:
    """Whether no break is allowed between two pieces.

    Args:
        a: The first piece.
        b: The second piece.
        profile: Profile of their language.
        ended: Whether a sentence ends after the first.
        opening: Whether a sentence ended before the first.
    """
    if a.bits & OPENS or b.bits & CLOSES:
        return True
    if ended:
        return False
    if opening and a.bits & CONNECTS:
        return True
    if a.bits & COMMA_LAST:
        return bool(b.bits & ASIDE) and a.text[-1:] == b.text[-1:] == ","
    return _holds_number(a, b, profile) or _holds_name(a, b, profile) or _holds_words(a, b, profile)


def _holds_number(a: Features, b: Features, profile: LanguageProfile) -> bool:
    if a.bits & DIGITS_LAST:
        if b.bits & UNIT or b.bits & MONTH:
            return True
        if profile.spaces and a.text[-1:].isdigit() and _GROUP.match(b.text) and len(a.lookup_key) <= 3:
            return True  # 12 000
        if profile.ordinal_dot and _ORDINAL.match(_unopened(a.text)) and b.kind == WORD:
            return True  # 3. Oktober
    if b.bits & DIGITS_FIRST and (a.bits & (NUMBERED | MONTH)):
        return True
    return bool(a.bits & JOINS and (b.bits & DIGITS_FIRST or b.bits & CAPITAL)) or bool(
        b.bits & JOINS and (a.bits & DIGITS_LAST or a.bits & CAPITAL)
    )


def _holds_name(a: Features, b: Features, profile: LanguageProfile) -> bool:
    if not b.bits & CAPITAL or b.lookup_key in profile.no_break_after:  # in general I think
        return False
    return bool(a.bits & (TITLE | INITIAL | ACRONYM)) or bool(b.bits & INITIAL and a.bits & CAPITAL)


def is_surname(first: Features, following: Features, profile: LanguageProfile) -> bool:
    """Whether the word after a title and a name is the surname: Dr. David Chen."""
    if profile.capital_nouns or not profile.spaces or not (first.text.isalpha() or first.bits & INITIAL):
        return False
    named = following.text[:1].isupper() and not following.bits & INITIAL
    return (
        named
        and following.lookup_key not in profile.no_break_after
        and following.lookup_key not in profile.break_before
    )


def _holds_words(a: Features, b: Features, profile: LanguageProfile) -> bool:
    if b.bits & BINDS_BACK or (b.bits & FOLLOWS_VERB and _takes_pronoun(a, profile)):
        return True
    return is_bound_pair(a, b, profile)


def _takes_pronoun(a: Features, profile: LanguageProfile) -> bool:
    """Whether the pronoun after a word belongs to it: after another pronoun, and after a verb.

    A verb is known by its ending; it has small letters and is in no list of other words.
    """
    key = a.lookup_key
    if a.text != key:
        return False
    return key in profile.verb_pronouns or (
        key.endswith(profile.verb_endings)
        and key not in profile.break_before
        and key not in profile.prepositions
        and key not in profile.adverbs
    )


def is_bound_pair(a: Features, b: Features, profile: LanguageProfile) -> bool:
    """Whether the first of two words binds the second, by itself or as a pair of the profile."""
    if (
        a.bits & BINDS_FORWARD
        and a.lookup_key != b.lookup_key
        and (profile.spaces or not _is_opener(b.lookup_key, profile))
    ):
        return True
    if not a.bits & PAIRS:
        return False
    if a.lookup_key in profile.noun_prepositions and _begins_noun(b, profile):
        return True
    if profile.elision and a.text[-1:] in "'’":
        return True
    seconds = partners(profile).get("—" if a.text[-1:] in "—–" else a.lookup_key, ())
    if b.lookup_key in seconds:
        return True
    if not profile.elision:
        return False
    elided, mark, _ = b.lookup_key.partition("'")
    return mark == "'" and f"{elided}'" in seconds  # lors d'une


def _begins_noun(b: Features, profile: LanguageProfile) -> bool:
    """Whether a word is an article, or a noun by its capital."""
    key = b.lookup_key
    if b.text[0].islower():
        return key in profile.articles
    return (
        profile.capital_nouns
        and bool(b.bits & CAPITAL)
        and key not in profile.no_break_after
        and key not in profile.break_before
        and key not in profile.prepositions
    )


def _is_opener(key: str, profile: LanguageProfile) -> bool:
    """Whether a word begins something new and does not itself bind forward: 然后 does; 在 and 我 do not."""
    return key in profile.break_before and key not in profile.no_break_after


def is_sentence_end(
    a: Features, b: Features | None, profile: LanguageProfile, *, lower_case: bool, cut: bool, named: bool
) -> bool:
    """Whether a sentence ends after a piece with a final mark.

    Args:
        a: The piece.
        b: The one after it in the same turn, or None.
        profile: Profile of their language.
        lower_case: Whether the whole text is in lower case, so that a lower-case letter tells nothing.
        cut: Whether the recogniser ended a sentence here.
        named: Whether the piece before `a` could be part of a name.
    """
    if not a.bits & ENDS:
        return False
    mark = a.text.rstrip(_CLOSERS)[-1:]
    if b is None:
        return not (mark == "." and a.bits & TITLE)
    if mark in _FULL_WIDTH_STOPS:
        return not (b.lookup_key.startswith(_QUOTE_PARTICLES) and a.text[-1:] in "」』")
    if not lower_case and b.bits & SMALL:
        return mark == "." and _is_ended_word(a, profile)
    if mark in "…‥⋯" or a.text.rstrip(_CLOSERS).endswith(".."):
        return profile.spaces and (cut or not lower_case)
    return mark != "." or _is_full_stop(a, b, profile, cut=cut, named=named)


def _is_clear_stop(text: str, key: str, bits: int, profile: LanguageProfile) -> bool:
    """Whether a final mark ends a sentence before any piece that does not begin with a small letter."""
    bare = text.rstrip(_CLOSERS)
    mark = bare[-1:]
    if mark in _FULL_WIDTH_STOPS:
        return text[-1] not in "」』"
    if mark in "…‥⋯" or bare.endswith(".."):
        return False
    if mark != ".":
        return True
    opened = _unopened(text)
    return not (
        bits & (TITLE | INITIAL | NUMBERED)
        or _INITIAL.match(opened)
        or key in profile.abbreviations
        or _DOTTED.match(opened.rstrip(_CLOSERS))
        or (profile.ordinal_dot and _ORDINAL.match(opened))
    )


def _is_ended_word(a: Features, profile: LanguageProfile) -> bool:
    """Whether a full stop ends a sentence although a small letter follows: the word is never abbreviated."""
    key = a.lookup_key
    if not profile.spaces or not a.text.lower().endswith(key + ".") or not key.isalpha():
        return False
    if key in profile.abbreviations or a.bits & (TITLE | UNIT | NUMBERED | MONTH | INITIAL):
        return False
    return (
        len(key) >= _WHOLE_WORD or key[-1] >= "\uac00" or key in profile.no_break_after or key in profile.break_before
    )


_WHOLE_WORD = 6  # letters; shorter words with a full stop may be abbreviations that no list has


_QUOTE_PARTICLES = ("と", "って")  # particles after a Japanese quotation


def _is_full_stop(a: Features, b: Features, profile: LanguageProfile, *, cut: bool, named: bool) -> bool:
    """Whether a full stop ends the sentence and does not belong to an abbreviation, an initial or an ordinal."""
    if a.bits & TITLE and b.bits & CAPITAL:
        return False
    opens = (
        b.lookup_key in profile.no_break_after or b.lookup_key in profile.break_before
    )  # He, The, But: words that begin sentences
    if a.bits & INITIAL:
        return a.lookup_key == "i" or opens or (cut and not named)
    text = _unopened(a.text)
    if _INITIAL.match(text) and _INITIAL.match(b.text):  # z. B., т. е.
        return False
    if a.lookup_key in profile.abbreviations or _DOTTED.match(text.rstrip(_CLOSERS)):
        return opens and bool(b.bits & CAPITAL)
    if a.bits & NUMBERED and b.bits & DIGITS_FIRST and not a.lookup_key.isdigit():
        return False
    if profile.ordinal_dot and _ORDINAL.match(text):
        return cut or (opens and bool(b.bits & CAPITAL))
    return True
