"""Approximate sounds of words: enough to tell which of two words is more likely to have been heard as a third.

Letters of one class sound alike in most languages that use them: vowels fall into three classes, voiced consonants to
their voiceless ones, and Chinese characters are read in pinyin. Two words are compared by the pairs of neighbouring
sounds they share (Dice's coefficient), which is a few operations on integers.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from captioner.alignment.pinyin import syllable
from captioner.alignment.spelling import UNSPOKEN

__all__ = ["Sound", "sound", "sounds_of", "spoken_length"]

_LETTERS = str.maketrans(
    {"b": "p", "d": "t", "g": "k", "q": "k", "c": "k", "j": "i", "y": "i", "e": "i", "u": "o", "w": "f", "v": "f"}
    | {"z": "s", "x": "ks", "ł": "l", "đ": "t", "ð": "t", "þ": "t", "n": "m"}
)
_CYRILLIC = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэ", "apfktisiiklmmoprstofkii", strict=True))
    | {"ж": "s", "ц": "ts", "ч": "s", "ш": "s", "щ": "s", "ъ": "", "ь": "", "ю": "io", "я": "ia", "є": "i", "і": "i"}
    | {"ї": "i", "ґ": "k", "ў": "o", "ј": "i", "љ": "l", "њ": "m", "ћ": "s", "ђ": "t", "џ": "s"}
)
_GREEK = str.maketrans("αβγδεζηθικλμνξοπρστυφχψως", "apktisitiklmmsoprstifkpos")
_GROUPS = (
    (re.compile("tion|ssion|sion|cion"), "som"),
    (re.compile("tsch|sch|sh|ch(?=[ei])"), "s"),
    (re.compile("^[kg](?=n)|^w(?=r)"), ""),
    (re.compile("ph"), "f"),
    (re.compile("c(?=[eiy])"), "s"),
    (re.compile("gh(?=t|$)"), ""),
    (re.compile("h"), ""),
    (re.compile("ck"), "k"),
)
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"))
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = re.compile("[aeiouyаеиоуыэюяіїєαεηιουω]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_UNSPACED_KEY = re.compile("[\u0e01-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")
# Syllables of a digit when a number is read out: twenty is two for "2" of "20"; our own count over five languages.
_DIGIT_SYLLABLES = 1.5


class Sound:
    """The sounds of a word.

    Attributes:
        pairs: A bit for every pair of neighbouring sounds in it, the beginning counted as a sound.
        count: Number of bits.
        length: Number of sounds and one.
    """

    __slots__ = ("count", "length", "pairs")

    def __init__(self, pairs: int, length: int) -> None:
        self.pairs = pairs
        self.count = pairs.bit_count()
        self.length = length


@lru_cache(maxsize=65536)
def sound(key: str) -> Sound:
    """The sounds of a word's key; none for text that is not spoken."""
    sounds = sounds_of(key)
    pairs, before = 0, 0
    for char in sounds:
        code = ord(char)
        pairs |= 1 << ((before * 31 + code) & 255)
        before = code
    return Sound(pairs, len(sounds) + 1)


def sounds_of(key: str) -> str:
    """The sounds of a word's key, a character each; Chinese in capitals."""
    return "" if key.startswith(UNSPOKEN) else _folded(key) or key


def _folded(key: str) -> str:
    if not key.isascii():
        key = _HAN.sub(_pinyin, key)
        key = "".join([c for c in unicodedata.normalize("NFD", key) if not unicodedata.combining(c)])
        key = key.translate(_CYRILLIC).translate(_GREEK)
    for group, letter in _GROUPS:
        key = group.sub(letter, key)
    return _DOUBLED.sub(r"\1", key.translate(_LETTERS))


def _pinyin(match: re.Match[str]) -> str:
    """Pinyin of a character, in capitals: sounds of their own; what southern speakers do not tell apart is one."""
    name = syllable(match[0])
    for sound, other in _CONFUSED:
        name = name.replace(sound, other)
    return name.upper() or match[0]


@lru_cache(maxsize=65536)
def spoken_length(key: str) -> float:
    """Spoken length of a word, in letters of a language with an alphabet.

    A syllable takes about as long as two and a half letters, as long as they do in speech of English, German, Spanish
    and Russian on average; half of the estimate is letters, half syllables.
    """
    unspaced = len(_UNSPACED_KEY.findall(key))
    digits = sum(char.isdigit() for char in key)
    letters = len(key) - unspaced - digits
    syllables = len(_VOWELS.findall(key)) or (letters + 1) // 2
    spelled = letters / 2 + 1.25 * min(syllables, letters) if letters > 0 else 0.0
    return max(1.0, spelled + 2.5 * (unspaced + _DIGIT_SYLLABLES * digits))
