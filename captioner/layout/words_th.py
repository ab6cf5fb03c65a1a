"""Thai words, by maximal matching: the text is read as the fewest words of a dictionary.

The dictionary is PyThaiNLP's list of Thai words (`corpus/words_th.txt`, CC0 1.0), words of 2 to 16 characters. Chosen
by measurement: importing PyThaiNLP and cutting with it takes 0.6 s to its first word, more than captioning a short clip
should; its list, read as a file of the installed package without importing it, takes 0.03 s and gives the same words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["split_words"]

_LONGEST = 16  # characters; longer entries are phrases
_THAI = re.compile("([\u0e01-\u0e3a\u0e40-\u0e4e]+)")
_DEPENDENT = frozenset(
    "\u0e30\u0e31\u0e32\u0e33\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39\u0e3a\u0e45\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e"
)
_LEADING = frozenset("เแโใไ")  # vowels written before the consonant they belong to
_UNKNOWN = 4  # a character outside any word costs as much as four words: only where nothing else fits


@cache
def _words() -> frozenset[str]:
    spec = find_spec("pythainlp")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    listed = (Path(folder) / "corpus" / "words_th.txt" for folder in folders)
    path = next((path for path in listed if path.is_file()), None)
    words = path.read_text(encoding="utf-8").split("\n") if path else _library_words()
    return frozenset(word for word in words if 2 <= len(word) <= _LONGEST and _THAI.fullmatch(word))


def _library_words() -> Collection[str]:
    """The same list from the library itself, in case a release keeps it elsewhere."""
    from pythainlp.corpus import thai_words

    return list(thai_words())


def split_words(text: str, edges: bytes | None = None) -> Iterator[str]:
    """Cut a text into dictionary words; joined, they are the text. `edges` has no effect."""
    for part in _THAI.split(text):
        if _THAI.fullmatch(part):
            yield from _match_words(part)
        elif part:
            yield part


def _match_words(text: str) -> list[str]:
    """The fewest words that a run of Thai can be read as; of two readings the one with longer words at the end."""
    words, count = _words(), len(text)
    free = [0 < i < count and text[i] not in _DEPENDENT and text[i - 1] not in _LEADING for i in range(count)] + [True]
    free[0] = True
    best, cut_at = [0] + [_UNKNOWN * (count + 1)] * count, [0] * (count + 1)
    for start in range(count):
        if not free[start]:
            continue
        base = best[start]
        for stop in range(start + 1, min(start + _LONGEST, count) + 1):
            if not free[stop]:
                continue
            known = text[start:stop] in words
            cost = base + (1 if known else _UNKNOWN * (stop - start))
            if cost < best[stop]:
                best[stop], cut_at[stop] = cost, start
    return _pieces(text, cut_at)


def _pieces(text: str, cut_at: list[int]) -> list[str]:
    pieces, stop = [], len(text)
    while stop:
        pieces.append(text[cut_at[stop] : stop])
        stop = cut_at[stop]
    return pieces[::-1]
