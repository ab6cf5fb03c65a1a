"""Japanese phrases (bunsetsu), from BudouX: a word with its particles and auxiliaries.

BudouX learned from written text, where commas mark breaks that speech does not have; the recogniser's tokens add
these: a phrase also ends where a particle's token ends and kanji or katakana follow, and before a conjunction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

__all__ = ["split_words"]

_WORDY = 1.3  # least characters per token when tokens are words: tokens of single characters do not show phrases
_JOINT = re.compile("(?<=[はがをにでともへばて])(?=[\u4e00-\u9fff\u30a1-\u30fa「『（0-9０-９A-Za-z])")
_OPENER = re.compile(
    "(?=(?:そして|しかし|だから|ですから|つまり|それで|それから|けれども|ところが|もし|なぜ|こんにちは|ここで|例えば|また[、別]))"
)


@cache
def _parser() -> Any:
    import budoux  # 10 ms with its model

    return budoux.load_default_japanese_parser()


def split_words(text: str, edges: bytes | None = None) -> Iterator[str]:
    """Cut a text into phrases; joined, they are the text.

    Args:
        text: Any text.
        edges: For each character 1 where it is the last of a token of the recogniser; None without tokens.
    """
    at = 0
    bounds = set()
    for phrase in _parser().parse(text):
        at += len(phrase)
        bounds.add(at)
    if edges is not None and edges.count(1) * _WORDY < len(text):
        joints = {match.start() for pattern in (_JOINT, _OPENER) for match in pattern.finditer(text)}
        bounds |= {joint for joint in joints if joint and edges[joint - 1]}
    start = 0
    for bound in sorted(bounds - {0}):
        yield text[start:bound]
        start = bound
