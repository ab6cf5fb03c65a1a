"""Japanese phrases (bunsetsu), from BudouX: a word with the particles and auxiliaries that lean on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

__all__ = ["cut"]


@cache
def _parser() -> Any:
    import budoux  # 10 ms with its model

    return budoux.load_default_japanese_parser()


def cut(text: str) -> Sequence[str]:
    """Cut a text into phrases; joined they are the text."""
    phrases: Sequence[str] = _parser().parse(text)
    return phrases
