"""Chinese words, from jieba's dictionary in its Rust edition.

Chosen by measurement: it answers as jieba does, loads in 0.1 s where jieba needs 1.1 s, cuts 60,000 characters in
0.02 s, and comes as wheels for Linux, macOS and Windows, which jieba does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

__all__ = ["inner_bounds", "split_words"]

# Function characters that jieba's guess at unknown words joins to a neighbour between unpunctuated clauses
# (数|是按, 过程体|来将); hardly any name contains them.
_LOOSE = frozenset("的了是在把被将將而用由来來才所就即当當也都和与與或但我你他她它这這那该該不叫令下")


def split_words(text: str, edges: bytes | None = None) -> Sequence[str]:
    """Cut a text into dictionary words; joined, they are the text. Unknown names are guessed.

    Args:
        text: Any text.
        edges: For each character 1 where it is the last of a token of the recogniser; a guess gives way to the end of
            a token at a function character.
    """
    import rjieba  # loads its dictionary at the first cut

    words: list[str] = rjieba.cut(text)
    if edges is None:
        return words
    loose = {word for word in set(words).difference(_WHOLE) if _is_loose_guess(word)}
    places = [number for number, word in enumerate(words) if word in loose] if loose else []
    if not places:
        return words
    found, done, at = list[str](), 0, 0
    for place in places:
        found += words[done:place]
        at += sum(map(len, words[done:place]))
        word, done = words[place], place + 1
        split = _split_guess(word, at, edges)
        at += len(word)
        found += (word[:split], word[split:]) if split else (word,)
    return found + words[done:]


def _is_loose_guess(word: str) -> bool:
    """Whether a word is a guess, not in the dictionary, that begins or ends with a function character."""
    import rjieba

    loose = len(word) > 1 and "\u4e00" <= word[0] <= "\u9fff" and (word[-1] in _LOOSE or word[0] in _LOOSE)
    if loose and not rjieba.has_word(word):
        return True
    if len(_WHOLE) >= _CACHE_SIZE:
        _WHOLE.clear()
    _WHOLE.add(word)
    return False


_WHOLE: set[str] = set()  # words that are known to be no such guess; words repeat
_CACHE_SIZE = 65536


@lru_cache(maxsize=_CACHE_SIZE)
def inner_bounds(token: str) -> tuple[int, ...]:
    """Offsets where a token of the recogniser divides into words when it is read alone; none in a dictionary word."""
    import rjieba

    if rjieba.has_word(token):
        return ()
    offsets, at = [], 0
    for word in rjieba.cut(token):
        at += len(word)
        offsets.append(at)
    return tuple(offsets[:-1])


def _split_guess(word: str, at: int, edges: bytes) -> int:
    """The offset at which a guessed word gives way to the end of a token, or 0."""
    if word[-1] in _LOOSE and edges[at + len(word) - 2]:
        return len(word) - 1
    if word[0] in _LOOSE and edges[at]:
        return 1
    return 0
