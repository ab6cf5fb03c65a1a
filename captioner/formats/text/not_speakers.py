"""Words in the place of a speaker's name that are none: sounds, notices, beginnings of clauses; from a table."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

__all__ = ["begins_a_clause", "is_notice", "is_numbered_role", "is_particle", "is_sound"]

_SURNAME = re.compile(r"[a-zà-ÿ']+ [A-ZÀ-Þ]")  # a small word before a name, as in “von Berg”
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMBER = re.compile(r"^(?P<base>.*?)[ _#-]*(?P<number>\d{1,3})$")
_LETTERED = re.compile(r"^(?P<base>.+?)[ _]+(?P<number>[A-Za-zА-Яа-я])$")
# What inflects a word of a sound: endings of English, and the few of any language that make no name of a short stem.
_ENGLISH = re.compile(r"(?:[a-z]{0,2}(?:ing|ed|es|s|ter|er|ers)|e|y|ly)?")
_ENDINGS = frozenset(("", "s", "t", "en", "nd", "end"))
_LONG = 5  # letters from which on a stem tells the word, whatever its ending


@cache
def _table() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    text = resources.files("captioner.formats.text").joinpath("not_speakers.toml").read_text(encoding="utf-8")
    return {kind: {name: tuple(words) for name, words in lists.items()} for kind, lists in tomllib.loads(text).items()}


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(word for words in _table()[kind].values() for word in words)


@cache
def is_sound(name: str) -> bool:
    """Whether a text in brackets describes a sound or how something is said."""
    folded = name.casefold().strip()
    if not any(char.upper() != char.lower() for char in folded):
        return any(stem in folded for stem in _caseless_sounds())
    if any(folded.startswith(stem) for stem in _sound_phrases()):
        return True
    return any(_is_sound_word(word) for word in _WORD.findall(folded))


def _is_sound_word(word: str) -> bool:
    if any(word.startswith(stem) and _ENGLISH.fullmatch(word, len(stem)) for stem in _english_sounds()):
        return True
    return any(
        word.startswith(stem) and (len(stem) >= _LONG or word[len(stem) :] in _ENDINGS) for stem in _cased_sounds()
    )


@cache
def _english_sounds() -> tuple[str, ...]:
    return tuple(stem for stem in _table()["sounds"]["en"] if " " not in stem)


@cache
def _cased_sounds() -> tuple[str, ...]:
    return tuple(
        stem
        for name, stems in _table()["sounds"].items()
        if name != "en"
        for stem in stems
        if " " not in stem and stem.upper() != stem
    )


@cache
def _sound_phrases() -> tuple[str, ...]:
    return tuple(stem for stem in _words("sounds") if " " in stem and stem.upper() != stem)


@cache
def _caseless_sounds() -> tuple[str, ...]:
    return tuple(stem for stem in _words("sounds") if stem.upper() == stem)


@cache
def is_notice(name: str) -> bool:
    """Whether a label as a whole announces a notice, a question, a place in a book, and no speaker."""
    folded = name.casefold().strip(" .")
    if folded in _words("notices"):
        return True
    match = _NUMBER.match(folded)
    return match is not None and match["base"].strip(" .") in _words("numbered")


@cache
def is_numbered_role(name: str) -> bool:
    """Whether a label is a role with a number or a letter, as Speaker 1, SPEAKER_00, Channel 2, 话者1."""
    folded = name.casefold()
    match = _NUMBER.match(folded) or _LETTERED.match(folded)
    return match is not None and match["base"].strip(" _#-") in _words("generic")


@cache
def begins_a_clause(name: str) -> bool:
    """Whether a text before a colon is the beginning of an ordinary clause, as “I said” or 他说."""
    folded = name.casefold()
    first = folded.split(maxsplit=1)[0] if folded.split() else ""
    if _SURNAME.match(name) and is_particle(first):
        return False
    if first.upper() != first:
        return first.strip(",.") in _words("clauses")
    if first in _words("clauses"):
        return True
    unspaced = _table()["clauses"]["zh"] + _table()["clauses"]["ja"]
    return folded.startswith(unspaced) or (len(folded) > 1 and folded.endswith(tuple(_words("speech"))))


def is_particle(word: str) -> bool:
    """Whether a word of a name is one that names write small, as “de” and “van”."""
    return word.casefold() in _words("particles")
