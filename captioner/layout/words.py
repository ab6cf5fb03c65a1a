"""Cuts a text into pieces that are never broken: the positions between them are the possible breaks.

In writing with spaces, everything between spaces is a piece. Writing without spaces (Chinese, Japanese, Thai) is cut at
words, and only where a word of the language and a token of the recogniser both end. Latin words, numbers with their
signs, addresses and short titles in such writing are one piece, and marks that a line may not begin or end with stay
with their text.

Sources: W3C CLREQ and JLREQ (prohibition lists); Unicode Standard Annex 14.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from itertools import accumulate, pairwise

from captioner.layout import words_ja, words_th, words_zh
from captioner.layout.lexicon import LanguageProfile
from captioner.layout.width import clusters, columns

__all__ = ["CLOSING", "OPENING", "has_unspaced", "normalize_spaces", "split_pieces", "split_sentences"]

# A line never begins with these (JLREQ cl-02 to cl-07, cl-09 to cl-11, cl-13; CLREQ strict).
CLOSING = frozenset(
    "、。，．,.：；:;？！?!‼⁇⁈⁉・·‧•)）]］}｝〕〉》」』】〙〗〟’”｠»›‐‑–〜～゠…‥⋯—―％%‰℃°′″¢｡､･ｰﾞﾟ"
    "ヽヾゝゞ々〻ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯ"
    "،؛؟।॥ๆฯ"
)
# A line never ends with these (JLREQ cl-01, cl-12).
OPENING = frozenset("(（[［{｛〔〈《「『【〘〖〝‘“｟«‹„‚¿¡$＄¥￥£￡€#＃№＠@")

_BREAKING = "\t-\r\x1c-\x1f \x85\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
_HOLDING = "\u00a0\u2007\u202f"  # no-break spaces; without effect beside a breaking one
_SPACES = re.compile(f"[{_HOLDING}]{{0,9}}[{_BREAKING}][{_BREAKING}{_HOLDING}]*")
_ODD_SPACE = re.compile(f"[{_BREAKING.replace(' ', '')}]|  | [{_HOLDING}]|[{_HOLDING}] ")

# Characters of writing without spaces between words.
_UNSPACED = (
    "[\u0e01-\u0e5b\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)

_UNIT = re.compile(
    r"https?://[!-~]+|www\.[!-~]+|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|[#@$€£¥￥]?[A-Za-z0-9À-ɏ０-９Ａ-ｚ]+"
    r"(?:[.'’\-‑/&+_@:·~～%]+[A-Za-z0-9À-ɏ]+|(?<=\d),(?=\d{3})\d+)*(?:\+\+|[#%％‰℃°+])?"
    r"|[零〇一二两兩三四五六七八九十百千万萬亿億]{2,}"
    r"|[ァ-ヺー・ｦ-ﾟ]{2,}"
    r"|——|――|……|⋯⋯|‥‥",
)
_TITLE = re.compile(
    r"《[^《》]{1,8}》|〈[^〈〉]{1,8}〉|「[^「」]{1,7}」|『[^『』]{1,7}』|“[^“”]{1,6}”|\([^()]{1,8}\)|（[^（）]{1,6}）"
)
# What every unit and every title begins with: quick to search, and most sentences have neither.
_UNIT_START = r"[#@$€£¥￥A-Za-z0-9À-ɏ０-９Ａ-ｚ._+\-—―…⋯‥ァ-ヺー・ｦ-ﾟ]|[零〇一二两兩三四五六七八九十百千万萬亿億]{2}"
_TITLE_START = r"[《〈「『“(（]"
# Columns that fit beside other text on a line of 26 to 32; a wider unit may be cut at its words.
_WIDEST_UNIT = 20
# Characters that may be part of a cluster: all but Latin, general punctuation, ideographs, kana, wide forms.
_COMBINING = "[^\n -\u02ff\u2010-\u2027\u2030-\u205e\u2e80-\u3029\u3030-\u3098\u309b-\u9fff\uff01-\uff9d]"
_DOTS = frozenset("·‧•")  # between the parts of a foreign name
_WHITE = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | frozenset(
    map(chr, range(0x2000, 0x200B))
)
_NEVER_BEHIND = f"[{re.escape(''.join(sorted(CLOSING | _WHITE)))}]"  # a break is before the space, not after it
_NEVER_BEFORE = f"[{re.escape(''.join(sorted(OPENING | _DOTS | _WHITE)))}]"
_MARKED = re.compile(r"(?<=[、。！？「」])(?=\w)")  # a mark inside a token, which is then more than a word
# Letters of the longest word: a longer token of the recogniser is a phrase and may be cut. Long kana words exist.
_LONGEST_TOKEN = {"ja": 16, "th": 5}

_CUTTERS: dict[str, Callable[[str, Collection[int] | None], Iterable[str]]] = {
    "zh": words_zh.split_words,
    "yue": words_zh.split_words,
    "ja": words_ja.split_words,
    "th": words_th.split_words,
}


def normalize_spaces(text: str) -> str:
    """The text with every run of breaking white space as one space, and none at the ends."""
    if ("  " in text or not text.isprintable()) and _ODD_SPACE.search(text):  # odd spaces are not printable
        text = _SPACES.sub(" ", text)
    return text.strip()


def has_unspaced(text: str) -> bool:
    """Whether any part of a text is in writing without spaces between words."""
    return not text.isascii() and _pattern(_UNSPACED).search(text) is not None


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    """Compile a pattern on first use: such classes take 2 ms each, and Latin text needs none."""
    return re.compile(expression)


def split_sentences(
    texts: Sequence[str], profile: LanguageProfile, edges: Sequence[Collection[int] | None]
) -> list[list[str]]:
    """Cut several texts as `split_pieces` does."""
    return [split_pieces(text, profile, own) for text, own in zip(texts, edges, strict=True)]


def split_pieces(text: str, profile: LanguageProfile, edges: Collection[int] | None) -> list[str]:
    """Cut a normalised text into pieces; joined, they are the text again.

    Args:
        text: Normalised text, not empty.
        profile: Profile of the text's language.
        edges: Offsets in the text where tokens of the recogniser end, or None without tokens.

    Returns:
        Pieces; one that follows a space begins with it.
    """
    if profile.spaces and not has_unspaced(text):
        head, *tail = text.split(" ")
        return [head, *(" " + piece for piece in tail)]
    words = (
        _foreign_words(text) if profile.spaces else _CUTTERS.get(profile.language, words_zh.split_words)(text, edges)
    )
    bounds = set(accumulate(map(len, words)))
    bounds -= _illegal_bounds(text)
    if edges is not None:
        bounds -= _bounds_inside_tokens(text, bounds, edges, profile.language)
    if " " in text:
        bounds.update([place for place, character in enumerate(text) if character == " "])
    return _slices(text, _cluster_bounds(text, bounds) - _protected(text))


def _foreign_words(text: str) -> Iterable[str]:
    """Words of a sentence with spaces that contains text in writing without them."""
    for part in re.split("( )", text):
        yield from words_zh.split_words(part) if has_unspaced(part) else [part]


def _slices(text: str, bounds: Iterable[int]) -> list[str]:
    marks = sorted({0, *bounds, len(text)})
    return [text[a:b] for a, b in pairwise(marks)]


def _bounds_inside_tokens(text: str, bounds: Collection[int], edges: Collection[int], language: str) -> set[int]:
    """Ends of words that are not ends of tokens, but for those inside a token that is a phrase."""
    within = set(bounds).difference(edges)
    within.discard(len(text))
    if not within:
        return within
    stops = sorted({0, *edges, len(text)})
    for bound in list(within):
        place = bisect_left(stops, bound)
        first, last = stops[place - 1], stops[place]
        if last in edges and bound - first in _inner_bounds(text[first:last], language):
            within.discard(bound)
    return within


def _inner_bounds(token: str, language: str) -> Collection[int]:
    """Offsets where a token of the recogniser may be cut."""
    if language in ("ja", "th"):
        letters = sum(character.isalnum() for character in token)
        phrase = letters > _LONGEST_TOKEN[language] or len(_MARKED.split(token)) > 1
        return range(1, len(token)) if phrase else ()
    return words_zh.inner_bounds(token) if len(token) > 1 else ()


def _protected(text: str) -> set[int]:
    """Offsets inside Latin words, numbers, names and short titles."""
    kept: set[int] = set()
    for match in _UNIT.finditer(text) if _pattern(_UNIT_START).search(text) else ():
        unit = match.group()
        if len(unit) * 2 <= _WIDEST_UNIT or unit.isascii() or columns(unit) <= _WIDEST_UNIT:
            kept.update(range(match.start() + 1, match.end()))
    for match in _TITLE.finditer(text) if _pattern(_TITLE_START).search(text) else ():
        kept.update(range(match.start() + 1, match.end()))
    return kept


def _illegal_bounds(text: str) -> set[int]:
    """Places with a mark on the wrong side."""
    found = {match.start() for match in _pattern(_NEVER_BEHIND).finditer(text)}
    found.update([match.end() for match in _pattern(_NEVER_BEFORE).finditer(text)])
    return found


def _cluster_bounds(text: str, bounds: set[int]) -> set[int]:
    """Bounds between clusters, because a line never begins with a combining mark."""
    if _pattern(_COMBINING).search(text) is None:
        return bounds
    ends, at = set(), 0
    for cluster in clusters(text):
        at += len(cluster)
        ends.add(at)
    return {bound for bound in bounds if bound in ends}
