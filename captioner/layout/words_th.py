"""Thai words, from PyThaiNLP's maximal matching over its dictionary."""

from __future__ import annotations

from collections.abc import Collection, Sequence

__all__ = ["cut"]


def cut(text: str, edges: Collection[int] | None = None) -> Sequence[str]:
    """Cut a text into dictionary words; joined they are the text."""
    from pythainlp.tokenize import word_tokenize  # a second to load: only when there is Thai

    words: Sequence[str] = word_tokenize(text, engine="newmm", keep_whitespace=True)
    return words
