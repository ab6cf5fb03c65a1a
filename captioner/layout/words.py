"""Cuts a text into pieces that are never broken: the positions between them are the possible breaks.

In writing with spaces, everything between spaces is a piece. Writing without spaces (Chinese, Japanese, Thai) is cut at
words, and only where a word of the language and a token of the recogniser both end. Latin words, numbers with their
signs, addresses and short titles in such writing are one piece, and marks that a line may not begin or end with stay
with their text.

Sources: W3C CLREQ and JLREQ (prohibition lists); Unicode Standard Annex 14.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import cache
from itertools import compress, pairwise

from captioner.layout import words_ja, words_th, words_zh
from captioner.layout.lexicon import LanguageProfile
from captioner.layout.token_timing import size_flags
from captioner.layout.width import clusters, columns

__all__ = [
    "CLOSING",
    "OPENING",
    "can_be_cut_together",
    "has_unspaced",
    "normalize_spaces",
    "size_flags",
    "split_pieces",
]

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
    r"《[^《》\n]{1,8}》|〈[^〈〉\n]{1,8}〉|「[^「」\n]{1,7}」|『[^『』\n]{1,7}』|“[^“”\n]{1,6}”|\([^()\n]{1,8}\)|（[^（）\n]{1,6}）"
)
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

_CUTTERS: dict[str, Callable[[str, bytes | None], Iterable[str]]] = {
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


def can_be_cut_together(profile: LanguageProfile) -> bool:
    """Whether `split_pieces` may be given several sentences in lines: whether the words of one depend on it alone."""
    return _cutter(profile) is words_zh.split_words


def split_pieces(text: str, profile: LanguageProfile, edges: bytes | None) -> list[str]:
    """Cut a normalised text into pieces; joined, they are the text again.

    Args:
        text: Normalised text, not empty; or several in lines where these `can_be_cut_together`.
        profile: Profile of the text's language.
        edges: For each character 1 where it is the last of a token of the recogniser; None without tokens.

    Returns:
        Pieces; one that follows a space begins with it. The end of a line is a piece.
    """
    if profile.spaces and not has_unspaced(text):
        head, *tail = text.split(" ")
        return [head, *(" " + piece for piece in tail)]
    return _cut(text, profile, edges)


def _cutter(profile: LanguageProfile) -> Callable[[str, bytes | None], Iterable[str]]:
    return _foreign_words if profile.spaces else _CUTTERS.get(profile.language, words_zh.split_words)


def _cut(text: str, profile: LanguageProfile, edges: bytes | None) -> list[str]:
    """`split_pieces` for writing without spaces."""
    ends = bytearray(size_flags(map(len, _cutter(profile)(text, edges))))
    for match in _pattern(_NEVER_BEHIND).finditer(text):
        ends[match.start() - 1] = 0  # for the first character the last one, where a piece ends in any case
    for match in _pattern(_NEVER_BEFORE).finditer(text):
        ends[match.end() - 1] = 0
    if edges is not None:
        ends = _ends_at_tokens(text, ends, edges, profile.language)
    for place in _places(text, " "):
        ends[place - 1] = 1
    _clear_clusters(text, ends)
    for pattern in (_UNIT, _TITLE):
        for match in pattern.finditer(text):
            first, last = match.span()
            if last - first > 1 and _is_kept_whole(match[0], pattern):
                ends[first : last - 1] = bytes(last - first - 1)
    for place in _places(text, "\n"):
        ends[place - 1 : place + 1] = b"\1\1"
    ends[-1] = 1
    return [text[a:b] for a, b in pairwise([0, *compress(range(1, len(ends) + 1), ends)])]


def _places(text: str, character: str) -> list[int]:
    """The offsets of a character."""
    found, place = [], text.find(character)
    while place >= 0:
        found.append(place)
        place = text.find(character, place + 1)
    return found


def _foreign_words(text: str, _: bytes | None) -> Iterable[str]:
    """Words of a sentence with spaces that contains text in writing without them."""
    for part in re.split("( )", text):
        yield from words_zh.split_words(part) if has_unspaced(part) else [part]


def _ends_at_tokens(text: str, ends: bytearray, edges: bytes, language: str) -> bytearray:
    """The ends of words that are ends of tokens, or inside a token that is a phrase."""
    size = len(ends)
    marked, at_edges = int.from_bytes(ends, "big"), int.from_bytes(edges, "big")
    found = bytearray((marked & at_edges).to_bytes(size, "big"))
    for place in compress(range(size - 1), (marked & ~at_edges).to_bytes(size, "big")):
        first = max(edges.rfind(1, 0, place) + 1, text.rfind("\n", 0, place) + 1)
        last = edges.find(1, place) + 1
        if last and place + 1 - first in _inner_bounds(text[first:last], language):
            found[place] = 1
    return found


def _inner_bounds(token: str, language: str) -> Collection[int]:
    """Offsets where a token of the recogniser may be cut."""
    if language in ("ja", "th"):
        letters = sum(character.isalnum() for character in token)
        phrase = letters > _LONGEST_TOKEN[language] or len(_MARKED.split(token)) > 1
        return range(1, len(token)) if phrase else ()
    return words_zh.inner_bounds(token) if len(token) > 1 else ()


def _is_kept_whole(unit: str, pattern: re.Pattern[str]) -> bool:
    """Whether a Latin word, number, name or short title is never cut; a wide one in other writing may be."""
    return pattern is _TITLE or len(unit) * 2 <= _WIDEST_UNIT or unit.isascii() or columns(unit) <= _WIDEST_UNIT


def _clear_clusters(text: str, ends: bytearray) -> None:
    """Clear the ends inside clusters, because a line never begins with a combining mark."""
    if _pattern(_COMBINING).search(text) is None:
        return
    at = 0
    for line in text.split("\n"):
        if _pattern(_COMBINING).search(line) is not None:
            inside = int.from_bytes(ends[at : at + len(line)], "big") & int.from_bytes(
                size_flags(map(len, clusters(line))), "big"
            )
            ends[at : at + len(line)] = inside.to_bytes(len(line), "big")
        at += len(line) + 1
