"""Which of the languages with a table of numbers a text is in, where nothing says it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["guessed"]

# Frequent words that few of the others have, as keys.
_FREQUENT = {
    "en": "the and of that is it you was for are with this have not be they we",
    "de": "der die und das ist nicht ich wir zu den mit ein sie es auch auf dass",
    "nl": "de het een van ik je dat niet en zijn maar ook voor met wat hij dit",
    "fr": "le la les et des est une que pas vous nous dans pour qui ce je sur",
    "es": "el la los y que de en es una por con las para no lo se como",
    "it": "il che di e la per una non sono con del è gli le questo ho più",
    "pt": "o que de e não uma para com os do da em um as mais você isso",
    "ru": "и в не на что я с это как он мы вы но по все так у",
}
_SAMPLE = 2000  # words
_LEAST = 0.05  # share of frequent words that a text in a language has at least


def guessed(keys: Iterable[str]) -> str:
    """Language subtag of a text by its most frequent words, or "" when none of the known languages fits."""
    sample = [key for key, _ in zip(keys, range(_SAMPLE), strict=False)]
    counts = {language: _share(sample, set(words.split())) for language, words in _FREQUENT.items()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] > _LEAST else ""


def _share(sample: list[str], words: set[str]) -> float:
    return sum([key in words for key in sample]) / max(1, len(sample))
