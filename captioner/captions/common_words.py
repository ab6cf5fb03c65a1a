"""Common words of the languages: those by which the layout knows where no line ends, and everyday words. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

__all__ = ["is_common", "is_grammatical", "is_title"]

_LISTS = ("no_break_after", "break_before", "prepositions", "no_break_before", "connectives", "binds_back",
          "binds_forward", "titles", "units")  # fmt: skip


def is_common(word: str) -> bool:
    """Whether a word, in lower case, is a common one of any language, or a number."""
    return word in _words() or not any(char.isalpha() for char in word)


def is_grammatical(word: str) -> bool:
    """Whether a word, in lower case, is one of those that join others, in any language."""
    return word in _joining()


def is_title(word: str) -> bool:
    """Whether a word, in lower case, is a title before names, such as dr or professor."""
    return word.rstrip(".") in _titles()


@cache
def _titles() -> frozenset[str]:
    return frozenset(word.strip(".").lower() for listed in _listed(("titles",)) for word in listed.split())


@cache
def _joining() -> frozenset[str]:
    return frozenset(word.strip(".").lower() for listed in _listed() for word in listed.split())


@cache
def _words() -> frozenset[str]:
    everyday = tomllib.loads(files("captioner.captions").joinpath("everyday_words.toml").read_text(encoding="utf-8"))
    return _joining() | {word.lower() for listed in everyday.values() for word in listed.split()}


def _listed(names: Sequence[str] = _LISTS) -> Iterator[str]:
    """Lists of the languages of the layout, by their names."""
    for entry in files("captioner.layout").joinpath("languages").iterdir():
        if entry.name.endswith(".toml"):
            table = tomllib.loads(entry.read_text(encoding="utf-8"))
            yield from (table[name] for name in names if isinstance(table.get(name), str))
