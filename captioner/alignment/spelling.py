"""Finds spellings of the same word: case, punctuation, width, accents that are optional, common variants.

The one rule: a key is only compared, never shown. Two words with one key match and the known one is shown.

Sources: Unicode Standard Annex 15 (NFKC); British and American spelling as in the Oxford and Merriam-Webster
dictionaries; Arabic variants as in the normalisation of Lucene's Arabic analyser.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

from captioner.alignment.simplified import simplified

__all__ = ["SPOKEN_SIGNS", "UNSPACED", "UNSPOKEN", "keys_for", "primary"]

#: Characters of writing without spaces between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese.
UNSPACED = (
    "\u0e01-\u0e2e\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eae\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u1000-\u102a\u103f"
    "\u1780-\u17b3\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fd-\u30ff"
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff6f\uff71-\uff9d"
    "\U00020000-\U0003ffff"
)
#: Signs that are read out.
SPOKEN_SIGNS = "%$€£¥₽&+@°"

#: Before the key of text without letters and digits, which stands for nothing that is said and only equals itself.
UNSPOKEN = "\0"

_NOT_SPOKEN = re.compile(f"[^a-z0-9.,{SPOKEN_SIGNS}]+")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,]\d{3})+(?![\d.,]?\d)")
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")
_SEPARATORS = re.compile(r"[.,]")
_OPERATOR = re.compile(r"(?<![a-z+])\++")  # a plus sign that is not part of a name, as in C++
_GROUP_SPACE = re.compile(r"(?<=\d)['’\u00a0\u202f\u2009](?=\d{3})")

# Arabic short vowels and the stretching line, Hebrew points: usually not written.
_OPTIONAL = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")

_LETTERS = {
    "ё": "е", "œ": "oe", "æ": "ae", "ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ı": "i",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي",
    "々": "", "ー": "", "〜": "", "~": "",
}  # fmt: skip
_HIRAGANA = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖぢづゔゐゑを", "あいうえおつやゆよわかけじずぶいえお", strict=True))
_KATAKANA = {chr(code): _HIRAGANA.get(chr(code - 0x60), chr(code - 0x60)) for code in range(0x30A1, 0x30F7)}
_VARIANTS = {ord(char): plain for char, plain in {**_LETTERS, **_HIRAGANA, **_KATAKANA}.items()}

_SAME_WORDS = {
    "okay": "ok",
    "mister": "mr",
    "doctor": "dr",
    "grey": "gray",
    "programme": "program",
    "programmes": "programs",
    "licence": "license",
    "defence": "defense",
    "offence": "offense",
    "practise": "practice",
    "practised": "practiced",
    "practising": "practicing",
    "aluminium": "aluminum",
    "sceptic": "skeptic",
    "sceptical": "skeptical",
    "judgement": "judgment",
    "ageing": "aging",
    "plough": "plow",
    "moustache": "mustache",
    "jewellery": "jewelry",
    "mum": "mom",
    "mums": "moms",
    "versus": "vs",
    "etcetera": "etc",
    "manoeuvre": "maneuver",
    "tonne": "ton",
    "tonnes": "tons",
    "cosy": "cozy",
    "pyjamas": "pajamas",
    "whilst": "while",
    "towards": "toward",
    "enrol": "enroll",
    "fulfil": "fulfill",
    "skilful": "skillful",
    "catalogue": "catalog",
    "dialogue": "dialog",
    "analogue": "analog",
}
# British ending, American ending; each word must keep two letters before what is replaced.
_HINT = re.compile("our|is|ys|re|ll|ae|oe")  # what any of the endings begins with: most words have none
_ENDINGS = (
    (
        re.compile(r"(?<=[a-z]{2}[bdlmnpvh])our(?=$|s$|ed$|ing$|ite$|ites$|able$|ful$|less$|ist$|er$|ers$|y$|hood$)"),
        "or",
    ),
    (re.compile(r"(?<=[a-z]{3}i)s(?=e$|es$|ed$|ing$|er$|ers$|ation$|ations$|ational$)"), "z"),
    (re.compile(r"(?<=[a-z]{2}ly)s(?=e$|es$|ed$|ing$|er$|ers$)"), "z"),
    (re.compile(r"(?<=[a-z]{2}[bt])re(?=$|s$)"), "er"),
    (re.compile(r"(?<=[a-z]{4}l)l(?=ed$|ing$|er$|ers$)"), ""),
    (re.compile(r"(?<=^)an?ae(?=[a-z]{3})"), "ane"),
    (re.compile(r"(?<=^p)ae(?=d)|(?<=op)ae(?=di)|(?<=h)ae(?=m)|(?<=^f)oe(?=t)|(?<=rrh)oe(?=a)"), "e"),
)


def primary(language: str) -> str:
    """Language subtag of a BCP 47 tag: "zh" of "zh-Hant-TW"."""
    return language.replace("_", "-").partition("-")[0].lower()


def keys_for(language: str) -> Callable[[str], str]:
    """The function from a word to its key for a language.

    Args:
        language: Language subtag, or "" when unknown. British and American spelling are one in English and where the
            language is not known.
    """
    return partial(_key, english=language in ("en", ""))


def _key(word: str, *, english: bool) -> str:
    if word.isascii() and word.isalpha():
        key = word.lower()
        return _american(key) if english else key
    key = _plain(word)
    return _american(key) if english and key.isascii() and key.isalpha() else key


def _plain(word: str) -> str:
    """Letters, digits and read-out signs of a word in their usual form."""
    word = unicodedata.normalize("NFKC", _GROUP_SPACE.sub("", word)).casefold()
    if not word.isascii():
        word = _OPTIONAL.sub("", word)
        word = simplified(unicodedata.normalize("NFC", word).translate(_VARIANTS))
    word = _OPERATOR.sub("", _spoken(word))
    return _number_form(word) if "." in word or "," in word else word


def _spoken(word: str) -> str:
    """The word without what is not read out; full stops and commas stay for numbers."""
    if word.isascii():
        return _NOT_SPOKEN.sub("", word)
    return "".join([_digit(char) for char in word if char in ".," or _is_spoken(char)])


def _is_spoken(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM" or char in SPOKEN_SIGNS


def _digit(char: str) -> str:
    """ASCII for a decimal digit of any script."""
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def _number_form(word: str) -> str:
    """The word without grouping of digits, decimals with a full stop, and no other full stop or comma."""
    word = _GROUPED.sub(lambda match: _SEPARATORS.sub("", match[0]), word)
    word = _DECIMAL.sub("\0", word)
    return _SEPARATORS.sub("", word).replace("\0", ".")


def _american(word: str) -> str:
    if word in _SAME_WORDS:
        return _SAME_WORDS[word]
    if len(word) < 5 or not _HINT.search(word):
        return word
    for ending, replacement in _ENDINGS:
        word = ending.sub(replacement, word)
    return word
