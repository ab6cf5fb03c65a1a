"""Finds the encoding of text that is not UTF-8, by what its bytes are letters of.

Bytes above 127 that stand alone between ASCII letters are letters of a language written in Latin; which encoding they
are in shows in the letters and words they make, which charset-normalizer tells poorly (see the figures in
`docs/formats.md`). Everything else, Chinese, Japanese, Korean, Cyrillic, Greek, Hebrew, Arabic and Thai, is told by
charset-normalizer among the encodings of these, with what cannot be text of a script taken out first.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = ["TITLES", "detect_encoding", "is_same_in_all"]

#: What the encodings are called by people.
TITLES: Mapping[str, str] = {
    "cp1250": "Windows-1250 (Central European)", "cp1251": "Windows-1251 (Cyrillic)",
    "cp1252": "Windows-1252 (Western European)", "cp1253": "Windows-1253 (Greek)", "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)", "cp1256": "Windows-1256 (Arabic)", "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)", "cp874": "Windows-874 (Thai)", "iso8859_2": "ISO 8859-2 (Central European)",
    "koi8_r": "KOI8-R (Cyrillic)", "koi8_u": "KOI8-U (Cyrillic)", "cp866": "DOS 866 (Cyrillic)",
    "iso8859_5": "ISO 8859-5 (Cyrillic)", "mac_cyrillic": "Mac Cyrillic", "mac_roman": "Mac Roman",
    "cp850": "DOS 850 (Western European)", "cp852": "DOS 852 (Central European)",
    "gb18030": "GB18030 (Chinese; GBK and GB2312 are parts of it)", "big5hkscs": "Big5 (Traditional Chinese)",
    "cp932": "Shift-JIS (Japanese)", "euc_jis_2004": "EUC-JP (Japanese)", "iso2022_jp_2": "ISO-2022-JP (Japanese)",
    "cp949": "CP949 (Korean; EUC-KR is a part of it)", "utf_16_le": "UTF-16 (little endian)",
    "utf_16_be": "UTF-16 (big endian)", "utf_32_le": "UTF-32 (little endian)", "utf_32_be": "UTF-32 (big endian)",
}  # fmt: skip

#: Encodings of scripts that are not Latin, by the name charset-normalizer has for them, and the one that is read.
_READ_AS = {
    "gb18030": "gb18030", "big5": "big5hkscs", "cp932": "cp932", "euc_jp": "euc_jis_2004", "cp949": "cp949",
    "cp1251": "cp1251", "koi8_r": "koi8_r", "cp866": "cp866", "iso8859_5": "iso8859_5", "mac_cyrillic": "mac_cyrillic",
    "cp1253": "cp1253", "cp1255": "cp1255", "cp1256": "cp1256", "tis_620": "cp874",
}  # fmt: skip
#: Encodings a language is written in, by its primary subtag; the first one is the most common.
_BY_LANGUAGE = {
    "zh": ("gb18030", "big5"), "ja": ("cp932", "euc_jp"), "ko": ("cp949",), "ru": ("cp1251", "koi8_r", "cp866"),
    "uk": ("cp1251", "koi8_r"), "be": ("cp1251",), "bg": ("cp1251",), "mk": ("cp1251",), "sr": ("cp1251",),
    "el": ("cp1253",), "he": ("cp1255",), "iw": ("cp1255",), "yi": ("cp1255",), "ar": ("cp1256",), "fa": ("cp1256",),
    "ur": ("cp1256",), "th": ("tis_620",),
}  # fmt: skip
# Kept away from the first choice: only older computers wrote these.
_OLD = {"mac_roman": ("cp1252",), "cp850": ("cp1252",), "cp852": ("cp1250",)}
_LATIN = ("cp1250", "cp1252", "cp1254", "cp1257", "iso8859_2")
_OLD_COSTS, _LANGUAGE_GIVES = 12.0, 12.0
_RARER = {"iso8859_2": 2.0}  # caption files of these languages are Windows-1250 far more often
# What of a tag says which Chinese it is; the group is traditional.
_SCRIPT = re.compile(r"(?i)[-_](?:(Hant|TW|HK|MO)|Hans|CN|SG)\b")
_HEAD = 20_000  # bytes that are looked at; a script shows in far fewer
_RUN = re.compile(rb"[\x80-\xff]+")
_ASCII_LETTERS = re.compile(rb"[A-Za-z]")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_POINT_FIRST = re.compile("(?<![\u05b0-\u05ea])[\u05b0-\u05c7]")  # a Hebrew point stands behind a letter
# A Thai vowel or tone above or below stands behind a consonant, one that is written first stands before one.
_ODD_THAI = re.compile(
    "(?<![\u0e01-\u0e2e\u0e30-\u0e3a\u0e47-\u0e4e])[\u0e30-\u0e3a\u0e47-\u0e4e]|[\u0e40-\u0e44](?![\u0e01-\u0e2e])|[\u0e4f\u0e5a\u0e5b]"
)
# Signs that letters of another encoding become: they stand inside words.
_SIGN_IN_WORD = re.compile(r"(?<=[^\W\d_])(?:[„‚]|[“”«»‹›†‡•§£¥€©®™`¨](?=[^\W\d_]))")
_LATIN_SHARE = 0.35  # of high bytes among all letters, up to which a language is written in Latin; Czech has 0.21
_ALONE_SHARE = 0.3
_CEDILLAS = str.maketrans("șț", "şţ")  # Romanian in an encoding older than its letters with commas
_UNKNOWN = math.log(1e-4)
_WORD = 1.5  # what a frequent word of a language is worth, in the logarithm of odds
_NEUTRAL = frozenset("“”„‘’‚‛«»‹›…–—•·°§€£¥©®™†‡\u00a0\u00ad´`¨ªº×÷½¼¾¹²³♪¿¡")


def detect_encoding(data: bytes, language: str = "") -> str:
    """Name of the encoding, as Python reads it, that a text most probably is in.

    Args:
        data: Bytes that are not UTF-8, without a byte order mark.
        language: BCP 47 tag of the text, or "".
    """
    if b"\x1b$" in data or b"\x1b(J" in data:
        return "iso2022_jp_2"
    sample = _sample(data)
    primary = language.replace("_", "-").partition("-")[0].lower()
    if _is_latin(sample) and primary not in _BY_LANGUAGE:
        return _latin_encoding(sample, primary)
    return _other_encoding(sample, primary, language) or _latin_encoding(sample, primary)


def is_same_in_all(data: bytes, text: str) -> bool:
    """Whether bytes are one text in every encoding of Latin letters, as “café” is, so that nothing is guessed."""
    return _is_latin(data) and all(_decodes_to(data, name, text) for name in _LATIN)


def _decodes_to(data: bytes, name: str, text: str) -> bool:
    try:
        return data.decode(name) == text
    except UnicodeDecodeError:
        return False


def _sample(data: bytes) -> bytes:
    """The beginning of a text up to the end of a line: a character may be cut at the end of a file."""
    head = data[:_HEAD]
    return head[: head.rfind(b"\n") + 1] or head


def _is_latin(data: bytes) -> bool:
    """Whether the high bytes are single letters among ASCII ones."""
    runs = [(match.start(), match.end()) for match in _RUN.finditer(data)]
    high = sum(end - start for start, end in runs)
    if high > _LATIN_SHARE * (high + len(_ASCII_LETTERS.findall(data))):
        return False
    alone = sum(end - start == 1 for start, end in runs)
    if alone >= _ALONE_SHARE * high:
        return True
    # Two letters in a row, as in “ção”, stand beside others; a Chinese character is two bytes, and has more around it.
    return all(end - start <= 3 for start, end in runs)


# Languages in Latin letters


@dataclass(frozen=True, slots=True)
class _Language:
    """One language in Latin letters.

    Attributes:
        name: Primary language subtag.
        encodings: That it is written in.
        letters: Logarithm of the share of each letter among the letters beside a-z.
        words: Its most frequent ones.
    """

    name: str
    encodings: tuple[str, ...]
    letters: Mapping[str, float]
    words: frozenset[str]


@cache
def _languages() -> tuple[_Language, ...]:
    text = resources.files("captioner.formats.text").joinpath("latin_languages.toml").read_text(encoding="utf-8")
    return tuple(_language(name, table) for name, table in tomllib.loads(text).items())


def _language(name: str, table: Mapping[str, object]) -> _Language:
    common, rare, words = (str(table[key]) for key in ("letters", "rare", "words"))
    letters = {char: math.log(0.05 / len(rare)) for char in rare} | {
        char: math.log(0.95 / len(common)) for char in common
    }
    encodings = table["encodings"]
    own = tuple(map(str, encodings)) if isinstance(encodings, list) else ()
    old = tuple(name for name, like in _OLD.items() if like[0] in own)
    return _Language(name, (*own, *old), letters, frozenset(f"{words} {words.translate(_CEDILLAS)}".split()))


def _latin_encoding(data: bytes, language: str) -> str:
    """The encoding whose letters and words make the most of some language."""
    best, found = -math.inf, "cp1252"
    for encoding in dict.fromkeys(name for each in _languages() for name in each.encodings):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters, words = _letters(text), _words(text)
        for each in _languages():
            if encoding not in each.encodings:
                continue
            score = sum(count * each.letters.get(char, _UNKNOWN) for char, count in letters.items())
            score += _WORD * sum(count for word, count in words.items() if word in each.words)
            score += (
                _LANGUAGE_GIVES * (each.name == language) - _OLD_COSTS * (encoding in _OLD) - _RARER.get(encoding, 0)
            )
            if score > best:
                best, found = score, encoding
    return found


def _letters(text: str) -> Counter[str]:
    """Letters the high bytes stand for; signs that every encoding has do not count."""
    counts = Counter(char for char in text if char > "\x7f")
    letters: Counter[str] = Counter()
    for char, count in counts.items():
        if char in _NEUTRAL:
            continue
        folded = char if char == "İ" else char.lower()
        letters[folded] += count
    for char in ("¿", "¡", "³", "¹", "ª", "º", "·", "¼", "¾", "½", "²"):
        if char in counts:
            letters[char] += _inside_words(text, char)
    letters["\0"] = len(_SIGN_IN_WORD.findall(text))
    return letters


def _inside_words(text: str, sign: str) -> int:
    """Number of times a sign stands right behind a letter, which only another letter does."""
    return len(re.findall(rf"(?<=[^\W\d_]){re.escape(sign)}", text))


def _words(text: str) -> Counter[str]:
    return Counter(match[0].lower() for match in _TOKEN.finditer(text))


# Other scripts


def _other_encoding(data: bytes, primary: str, language: str) -> str:
    """The encoding of a text in another script, or "" when it is none of these."""
    import charset_normalizer

    candidates = [name for name in _READ_AS if _is_plausible(_decoded(data, name), name)]
    if not candidates:
        return ""
    certain = [name for name in candidates if _is_certain(data, name)]
    candidates = [name for name in certain if name in ("cp932", "euc_jp")] or certain or candidates
    preferred = [name for name in _preferred(primary, language) if name in candidates]
    if preferred and (len(preferred) == 1 or _SCRIPT.search(language)):
        return _READ_AS[preferred[0]]
    pool = preferred or candidates
    if len(pool) == 1:
        return _READ_AS[pool[0]]
    found = charset_normalizer.from_bytes(data, cp_isolation=pool).best()
    name = found.encoding if found is not None and found.encoding in pool else pool[0]
    return _READ_AS[name]


def _preferred(primary: str, language: str) -> Sequence[str]:
    """Encodings of a language, the one of its script first."""
    own = _BY_LANGUAGE.get(primary, ())
    script = _SCRIPT.search(language)
    return tuple(reversed(own)) if primary == "zh" and script and script[1] else own


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode(_READ_AS[name])
    except UnicodeDecodeError:
        return ""


def _is_plausible(text: str, name: str) -> bool:
    """Whether a text can be one of the script its encoding is for."""
    high = [char for char in text if char > "\x7f"]
    if not high:
        return False
    kinds = Counter(map(_kind, high))
    share = {kind: count / len(high) for kind, count in kinds.items()}
    get = share.get
    if get("strange", 0) > 0.02 or get("private", 0) > 0.01:
        return False
    if name in ("gb18030", "big5"):
        return get("han", 0) > 0.5 and get("kana", 0) < 0.2
    if name in ("cp932", "euc_jp"):
        return get("kana", 0) > 0.15 and get("narrow kana", 0) < 0.1
    if name == "cp949":
        return get("hangul", 0) > 0.5 and get("jamo", 0) < 0.1
    if name == "tis_620":
        return get("thai", 0) > 0.4 and len(_ODD_THAI.findall(text)) < 0.02 * len(high)
    if name == "cp1255" and _POINT_FIRST.search(text):
        return False
    if name == "mac_cyrillic" and not _has_capitals_of_mac(text):
        return False
    wanted = {"cp1253": "greek", "cp1255": "hebrew", "cp1256": "arabic"}.get(name, "cyrillic")
    return get(wanted, 0) > 0.6 and get("latin", 0) < 0.2 and not _has_odd_capitals(text, wanted)


def _is_certain(data: bytes, name: str) -> bool:
    """Whether a plausible text has what no other encoding gives by chance."""
    high = Counter(byte for byte in data if byte > 0x7F)
    if name == "cp1255":  # Cyrillic has capitals, or the last letters of its alphabet
        return not any(high[byte] for byte in (*range(0xC0, 0xE0), *range(0xFB, 0x100)))
    if name not in ("cp932", "euc_jp", "cp949"):
        return False
    kinds = Counter(_kind(char) for char in _decoded(data, name) if char > "\x7f")
    if name == "cp949":  # what is Hangul by chance, Chinese read so, is mixed with Hanja
        return kinds["hangul"] > 0.92 * (kinds["hangul"] + kinds["han"] + kinds["jamo"] + kinds["kana"])
    return kinds["kana"] > 0.3 * sum(kinds.values())


def _has_odd_capitals(text: str, script: str) -> bool:
    """Whether capitals stand inside words, as in Cyrillic read in another Cyrillic encoding."""
    if script not in ("cyrillic", "greek"):
        return False
    odd = len(re.findall(r"(?<=[а-яёґєіїα-ωά-ώ])[А-ЯЁΑ-Ω]", text))
    return odd > 0.1 * len(re.findall(r"[а-яёА-ЯЁα-ωΑ-Ω]{2,}", text))


def _has_capitals_of_mac(text: str) -> bool:
    """Whether the capitals are where Mac Cyrillic has them; else it is Windows-1251, whose small letters it has."""
    capitals = sum("А" <= char <= "Я" for char in text)
    signs = sum(char > "\x7f" and not char.isalpha() for char in text)
    return capitals > signs


def _kind(char: str) -> str:
    for low, high, kind in _RANGES:
        if low <= char <= high:
            return kind
    return "sign"


def _ranges() -> Iterator[tuple[str, str, str]]:
    yield from (
        ("\u0080", "\u009f", "strange"),
        ("\u00c0", "\u024f", "latin"),
        ("\u0370", "\u03ff", "greek"),
        ("\u0400", "\u04ff", "cyrillic"),
        ("\u0590", "\u05ff", "hebrew"),
        ("\u0600", "\u06ff", "arabic"),
        ("\u0e01", "\u0e2e", "thai"),
        ("\u1100", "\u11ff", "jamo"),
        ("\u2500", "\u259f", "strange"),
        ("\u3040", "\u30ff", "kana"),
        ("\u3130", "\u318f", "jamo"),
        ("\u3400", "\u9fff", "han"),
        ("\uac00", "\ud7a3", "hangul"),
        ("\ue000", "\uf8ff", "private"),
        ("\uff61", "\uff9f", "narrow kana"),
        ("\U00020000", "\U0003ffff", "han"),
    )


_RANGES: Sequence[tuple[str, str, str]] = tuple(_ranges())
