"""Reads a glossary from TOML, and the three formats that it replaces: replacement list, hotword list, speaker names.

The one rule: every message names the file and the entry, and says what to do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from captioner.errors import ConfigError
from captioner.glossary.entries import USUAL_WEIGHT, Glossary, NamedSpeaker, Rejected, Term, is_exact
from captioner.glossary.phrase_matcher import tokens_of

__all__ = ["parse_glossary"]

_TABLES = ("terms", "mask", "speakers", "speaker_label", "rejected", "replace", "words")
_TERM = ("text", "heard", "sounds_like", "weight", "language", "note")
_SPEAKER = ("name", "role", "label", "also", "number", "heard", "sounds_like", "weight", "language", "note")
_MAX_WEIGHT = 5


def parse_glossary(text: str, name: str) -> Glossary:
    """Read a glossary.

    Args:
        text: TOML.
        name: Name of the file, for messages.

    Raises:
        ConfigError: Not TOML, or an entry is wrong or contradicts another.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not valid TOML ({error})") from error
    return _Reader(name, document).read()


class _Reader:
    def __init__(self, name: str, document: Mapping[str, Any]) -> None:
        self._name, self._document = name, document

    def read(self) -> Glossary:
        for key in self._document:
            if key not in _TABLES:
                raise self._wrong(
                    "", f"unknown key {key!r}; choose one of [[terms]], mask, [[speakers]], speaker_label"
                )
        speakers, people = self._speakers()
        found = Glossary(
            terms=_merged([*self._terms(), *self._words(), *people], self._name),
            masked=self._texts("mask", self._document, "mask"),
            speakers=speakers,
            speaker_label=self._text("speaker_label", self._document, "speaker_label") or "{name}",
            rejected=tuple(
                Rejected(self._needed(place, item, "heard"), self._needed(place, item, "text"))
                for place, item in self._tables("rejected")
            ),
            listed=self._listed(),
        )
        _check_conflicts(found, self._name)
        return found

    def _wrong(self, place: str, why: str) -> ConfigError:
        return ConfigError(f"{self._name}: {place}{': ' if place else ''}{why}")

    def _tables(self, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The tables of a list, with what messages call each."""
        listed = self._document.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise self._wrong(key, f"write one [[{key}]] table for each entry")
        for number, item in enumerate(listed, 1):
            named = item.get("text") or item.get("name") or item.get("heard")
            yield f"{key} {number}" + (f" (“{named}”)" if isinstance(named, str) else ""), item

    def _only(self, place: str, item: Mapping[str, Any], known: Sequence[str]) -> None:
        if unknown := next((key for key in item if key not in known), None):
            raise self._wrong(place, f"unknown key {unknown!r}; choose one of {', '.join(known)}")

    def _text(self, place: str, item: Mapping[str, Any], key: str) -> str:
        value = item.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(place, f"{key} is text in quotes")
        return value.strip()

    def _needed(self, place: str, item: Mapping[str, Any], key: str) -> str:
        if not (value := self._text(place, item, key)):
            raise self._wrong(place, f"{key} is missing; give it, or delete the entry")
        return value

    def _texts(self, place: str, item: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = item.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise self._wrong(place, f'{key} takes a list of words, such as ["fun asr"]')
        if not all(map(tokens_of, listed)):
            raise self._wrong(place, f"{key} holds an empty word; delete it")
        return tuple(dict.fromkeys(each.strip() for each in listed))

    def _weight(self, place: str, item: Mapping[str, Any]) -> int:
        weight = item.get("weight", USUAL_WEIGHT)
        if not isinstance(weight, int) or isinstance(weight, bool) or not 0 <= weight <= _MAX_WEIGHT:
            raise self._wrong(place, f"weight {weight!r} is not 1 to {_MAX_WEIGHT}, or 0 for no hotword")
        return weight

    def _terms(self) -> Iterator[Term]:
        for place, item in self._tables("terms"):
            self._only(place, item, _TERM)
            yield self._term(place, item, "text")

    def _term(self, place: str, item: Mapping[str, Any], key: str) -> Term:
        return Term(
            self._needed(place, item, key),
            self._texts(place, item, "heard"),
            self._texts(place, item, "sounds_like"),
            self._weight(place, item),
            self._text(place, item, "language").lower().partition("-")[0],
            place,
        )

    def _speakers(self) -> tuple[tuple[NamedSpeaker, ...], list[Term]]:
        """Speakers, and the terms that their names are."""
        if isinstance(self._document.get("speakers"), dict):
            return self._numbered(self._document["speakers"]), []
        speakers, terms, known = [], [], dict[str, str]()
        for place, item in self._tables("speakers"):
            self._only(place, item, _SPEAKER)
            terms.append(self._term(place, item, "name"))
            number = item.get("number")
            if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
                raise self._wrong(place, f"number {number!r}: speakers are counted from 1, as captions show them")
            speaker = NamedSpeaker(
                terms[-1].text,
                self._text(place, item, "role"),
                self._text(place, item, "label"),
                self._texts(place, item, "also"),
                number,
            )
            named = [each.casefold() for each in (speaker.name, *speaker.also)]
            for each in (*named, *([f"number {number}"] if number else [])):
                if known.setdefault(each, place) != place:
                    raise self._wrong(place, f"{each!r} is {known[each]} already; delete one of them")
            speakers.append(speaker)
        return tuple(speakers), terms

    def _numbered(self, table: Mapping[str, Any]) -> tuple[NamedSpeaker, ...]:
        """Speakers of a table of names by number, the earlier format."""
        speakers = []
        for key, name in table.items():
            if not key.isdecimal() or int(key) < 1 or not isinstance(name, str) or not name.strip():
                raise self._wrong(f"speakers {key}", 'write a number from 1 and a name, such as 1 = "Anna"')
            speakers.append(NamedSpeaker(name.strip(), number=int(key)))
        return tuple(speakers)

    def _words(self) -> Iterator[Term]:
        """Terms of a hotword list, the earlier format."""
        words = self._document.get("words", [])
        if not isinstance(words, list):
            raise self._wrong("words", 'write words = ["…"] or [[words]] tables')
        for number, item in enumerate(words, 1):
            table = {"text": item} if isinstance(item, str) else item
            place = f"words {number}"
            if not isinstance(table, dict):
                raise self._wrong(place, "use text in quotes, or a table of text, weight and lang")
            self._only(place, table, ("text", "weight", "lang"))
            yield Term(
                self._needed(place, table, "text"),
                weight=self._weight(place, table),
                language=self._text(place, table, "lang").lower(),
                place=place,
            )

    def _listed(self) -> tuple[tuple[str, str], ...]:
        """Replacements of a [replace] table, the earlier format."""
        table = self._document.get("replace", {})
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise self._wrong("[replace]", 'write lines such as "fun asr" = "Fun-ASR"')
        if not all(map(tokens_of, table)):
            raise self._wrong("[replace]", "an empty word cannot be replaced; delete the line")
        return tuple((heard.strip(), written) for heard, written in table.items())


def _merged(terms: Sequence[Term], name: str) -> tuple[Term, ...]:
    """The terms, with several entries of one spelling made one: rules that are added later stand at the end."""
    found: dict[tuple[str, str], Term] = {}
    for term in terms:
        key = term.text, term.language
        first = found.get(key)
        if first is None:
            found[key] = term
            continue
        weights = {each.weight for each in (first, term) if each.weight != USUAL_WEIGHT} or {USUAL_WEIGHT}
        if len(weights) > 1:
            raise ConfigError(f"{name}: {term.place}: {first.place} gives another weight; delete one of them")
        found[key] = Term(
            term.text,
            tuple(dict.fromkeys((*first.heard, *term.heard))),
            tuple(dict.fromkeys((*first.sounds_like, *term.sounds_like))),
            weights.pop(),
            term.language,
            first.place,
        )
    return tuple(found.values())


def _check_conflicts(glossary: Glossary, name: str) -> None:
    """Refuse what two entries would write differently, and what would change a right spelling.

    Raises:
        ConfigError: The first such pair, with what to do.
    """
    written: dict[str, list[tuple[str, str, str, str]]] = {}
    rows = [("[replace]", heard, text, "") for heard, text in glossary.listed]
    rows += [(term.place, heard, term.text, term.language) for term in glossary.terms for heard in term.heard]
    for place, heard, text, language in rows:
        same = written.setdefault(_key(heard), [])
        for other, own, shown, tongue in same:
            overlaps = is_exact(own) == is_exact(heard) and (own == heard or not is_exact(heard))
            if overlaps and shown != text and (tongue == language or not (tongue and language)):
                raise ConfigError(
                    f"{name}: {place}: “{heard}” is heard for “{shown}” too ({other}); delete it from one of them"
                )
        same.append((place, heard, text, language))
    for term in glossary.terms:
        for place, heard, text, language in written.get(_key(term.text), []):
            matches = heard == term.text or not is_exact(heard)
            meets = term.language == language or not (term.language and language)
            if place != "[replace]" and text != term.text and matches and meets:
                raise ConfigError(
                    f"{name}: {place}: hears “{heard}”, which is the spelling of {term.place}; each run would undo the"
                    " other: delete it from one of them"
                )


def _key(text: str) -> str:
    return " ".join(token.key for token in tokens_of(text))
