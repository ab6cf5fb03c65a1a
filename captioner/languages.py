"""Languages by their codes."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CODES", "is_language"]

# Containers want three letters, and FFmpeg's MP4 and MOV muxers take a two-letter code for none.
# fmt: off
#: ISO 639-1 to 639-2/T.
CODES: Mapping[str, str] = {
    "af": "afr", "ar": "ara", "bg": "bul", "bn": "ben", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu",
    "el": "ell", "en": "eng", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "ga": "gle",
    "gl": "glg", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl", "it": "ita",
    "ja": "jpn", "ka": "kat", "kk": "kaz", "km": "khm", "ko": "kor", "lo": "lao", "lt": "lit", "lv": "lav", "mk": "mkd",
    "ml": "mal", "mr": "mar", "ms": "msa", "mt": "mlt", "my": "mya", "nb": "nob", "ne": "nep", "nl": "nld", "nn": "nno",
    "no": "nor", "pl": "pol", "ps": "pus", "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk", "sl": "slv", "sq": "sqi",
    "sr": "srp", "sv": "swe", "sw": "swa", "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl", "tr": "tur", "ug": "uig",
    "uk": "ukr", "ur": "urd", "uz": "uzb", "vi": "vie", "zh": "zho",
}
# fmt: on
_CHINESE_AND_OTHERS = ("fil", "hak", "nan", "wuu", "yue")


def is_language(tag: str) -> bool:
    """Whether a part of a file name is a language and not a word: one of the table, or a Chinese one beside them."""
    primary = tag.partition("-")[0].lower()
    return primary in CODES or primary in CODES.values() or primary in _CHINESE_AND_OTHERS
