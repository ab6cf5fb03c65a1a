"""Decides whether a recogniser misheard what a script says, or the speaker said something else. Pure.

What is heard wrongly sounds like what was said: a name or a rare word becomes ordinary words, a number one that rhymes
with it. What a speaker says instead does not. The more sounds agree, the less they do so by chance; names are the words
that recognisers know least, so less is asked of them; a negation, a weekday or a scale of a number that differs changes
what is said and is never taken for an error.

The shares are our own, set on pairs of words in English, German, French and Chinese, which the tests hold them against.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from captioner.alignment import likeness, number_words
from captioner.alignment.sounds import sounds_of
from captioner.alignment.spelling import keys_for, primary

__all__ = ["is_misheard", "names_in"]

_NAME = 0.45  # of a name
_NOUN = 0.6  # of a German noun, which is written like a name
_NUMBER = 0.8  # of a number
_HAN = 0.75  # of Chinese characters: a syllable of two that is right is half
_OTHER = ((5, 0.8), (9, 0.77), (10_000, 0.66))  # of other words, up to so many sounds
_LONGEST = 14  # words, or characters of writing without spaces: beyond that it is a sentence of its own

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_HAN_CHARACTER = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SENTENCE_END = ".!?…:。！？"
_NEGATION_WORDS = (
    "not no never none nothing nowhere neither nor without cannot kein keine keinen keiner keinem "
    "keines nicht nichts nie niemals niemand ohne weder ne pas jamais rien aucun aucune sans non nunca "
    "nada nadie ningún sin não niet geen nooit не нет никогда без "
)
_NEGATIONS = frozenset(_NEGATION_WORDS.split())
_HAN_NEGATIONS = frozenset("不没没无無未非别莫")
_DAY_WORDS = (
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday january february "
    "march april june july august september october november december montag dienstag mittwoch donnerstag "
    "freitag samstag sonnabend sonntag heute morgen gestern januar februar märz juni juli oktober "
    "dezember lundi mardi mercredi jeudi vendredi samedi dimanche demain hier janvier février mars avril "
    "juin juillet août septembre octobre novembre décembre lunes martes miércoles jueves viernes sábado "
    "domingo hoy mañana ayer "
)
_DAYS = frozenset(_DAY_WORDS.split())
_TITLES = frozenset(
    ("Dr", "Mr", "Mrs", "Ms", "Prof", "St", "Sen", "Gov", "Rep", "Gen", "Col", "Lt", "Sgt", "Rev", "Hr", "Fr")
)
_LARGE = 1000  # values from here on are scales


def is_misheard(known: str, heard: str, language: str, names: Collection[str] = ()) -> bool:
    """Whether what was recognised is what is written, heard wrongly.

    Args:
        known: What is written.
        heard: What was recognised in its place.
        language: BCP 47 tag, or "".
        names: Words of the script that are written like names, from `names_in`.
    """
    ours, theirs = _words(known), _words(heard)
    if not ours or not theirs or max(len(ours), len(theirs)) > _LONGEST:
        return False
    alike = likeness(known, heard, language)
    if _contradict(ours, theirs, language):
        return alike == 1.0  # 部 and 不: only the script can tell them apart
    return alike >= _needed(known, ours, theirs, language, names)


def _needed(known: str, ours: list[str], theirs: list[str], language: str, names: Collection[str]) -> float:
    """Least similarity of sound that is needed."""
    if any(map(_is_number, (*ours, *theirs))) or _numbers(ours, language) or _numbers(theirs, language):
        return _NUMBER
    if _HAN_CHARACTER.search(known):
        return _HAN
    key_of = keys_for(primary(language))
    sounds = max(len("".join([sounds_of(key_of(word)) for word in words])) for words in (ours, theirs))
    usual = next(share for most, share in _OTHER if sounds <= most)
    written = _WORD.findall(known)
    named = sum(len(word) for word in written if word in names) / max(1, sum(map(len, written)))
    return usual + named * ((_NOUN if primary(language) == "de" else _NAME) - usual)


def _words(text: str) -> list[str]:
    """Words in lower case, Chinese characters one by one."""
    found: list[str] = []
    for word in _WORD.findall(text.lower().replace("’", "'")):
        found += list(word) if _HAN_CHARACTER.search(word) else [word]
    return found


def _is_number(word: str) -> bool:
    return any(map(str.isdigit, word))


def _contradict(ours: list[str], theirs: list[str], language: str) -> bool:
    """Whether one denies what the other does not, or both name days or scales of numbers, and others."""
    if _is_denied(ours) != _is_denied(theirs):
        return True
    days = [sorted(word for word in words if word in _DAYS) for words in (ours, theirs)]
    scales = [sorted(value for value in _numbers(words, language) if value >= _LARGE) for words in (ours, theirs)]
    return any(one != other and one and other for one, other in (days, scales))


def _is_denied(words: list[str]) -> bool:
    return any(word in _NEGATIONS or word.endswith("n't") or word in _HAN_NEGATIONS for word in words)


def _numbers(words: list[str], language: str) -> list[int]:
    """Values of number words from two on; one is also an article."""
    table = number_words.values_of(primary(language))
    return [value for word in words if (value := table.get(word, 0)) > 1]


def names_in(text: str) -> frozenset[str]:
    """Words of a text that are written like names: with a capital inside a sentence, and never with a small letter.

    In German nouns are among them.
    """
    capitals, small = set[str](), set[str]()
    at, last = 0, ""
    for match in _WORD.finditer(text):
        word = match[0]
        before = text[at : match.start()].strip()
        is_title = last in _TITLES and before == "."
        is_end = before[-1:] in _SENTENCE_END and bool(before) and not is_title
        begins = at == 0 or is_end or "\n" in text[at : match.start()]
        at, last = match.end(), word
        if word[:1].islower():
            small.add(word)
        elif word[:1].isupper() and not begins:
            capitals.add(word)
    return frozenset(word for word in capitals if word.lower() not in small)
