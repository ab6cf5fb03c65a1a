"""Positions of words in a sentence: patterns that find whole words, and the positions of tokens. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from captioner.glossary.phrase_matcher import MARKS
from captioner.model import Sentence

__all__ = ["spans_of_tokens", "word_pattern"]

_WIDE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# A letter or digit beside it makes it part of a word; a Chinese, Japanese or Thai one does not.
_NOT_AFTER = rf"(?<![^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])(?<![{MARKS}])"
_NOT_BEFORE = rf"(?![^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[{MARKS}])"


def word_pattern(heard: str, *, exact: bool = False) -> re.Pattern[str]:
    """A pattern for a whole word or phrase; between Chinese, Japanese and Thai characters the exact characters.

    Args:
        heard: The word or phrase, not empty.
        exact: Letters match in their own case only.
    """
    heard = heard.strip()
    parts = heard.split()
    body = re.escape(parts[0])
    for before, after in pairwise(parts):
        is_optional = _WIDE.match(before[-1]) or _WIDE.match(after[0])  # a recogniser may leave that space out
        body += (r"\s*" if is_optional else r"\s+") + re.escape(after)
    before = "" if _WIDE.match(heard[0]) else _NOT_AFTER
    after = "" if _WIDE.match(heard[-1]) else _NOT_BEFORE
    return re.compile(before + body + after, 0 if exact else re.IGNORECASE)


def spans_of_tokens(sentence: Sentence) -> list[tuple[int, int]] | None:
    """Positions of the tokens, with their punctuation, in the sentence's text; None when one is missing."""
    spans, at = [], 0
    for word in sentence.words:
        spelled = word.text.strip() + word.punctuation.strip()
        place = sentence.text.find(spelled, at)
        if place < 0 or not spelled:
            return None
        spans.append((place, place + len(spelled)))
        at = place + len(spelled)
    return spans
