"""Which font shows a language: Noto, because it covers every script and may be shipped with a film."""

from __future__ import annotations

import re

__all__ = ["LATIN_FONT", "font_for", "is_rtl_font", "lacks_latin", "line_height"]

# Chinese, Japanese and Korean share code points but not shapes: the wrong family shows another country's glyphs.
_BY_LANGUAGE = {
    "zh-hant-hk": "Noto Sans CJK HK",
    "zh-hk": "Noto Sans CJK HK",
    "zh-mo": "Noto Sans CJK HK",
    "zh-hant": "Noto Sans CJK TC",
    "zh-tw": "Noto Sans CJK TC",
    "yue-hant": "Noto Sans CJK HK",
    "zh": "Noto Sans CJK SC",
    "yue": "Noto Sans CJK HK",
    "wuu": "Noto Sans CJK SC",
    "nan": "Noto Sans CJK TC",
    "ja": "Noto Sans CJK JP",
    "ko": "Noto Sans CJK KR",
    "ar": "Noto Sans Arabic",
    "fa": "Noto Sans Arabic",
    "ur": "Noto Nastaliq Urdu",
    "ps": "Noto Sans Arabic",
    "ug": "Noto Sans Arabic",
    "he": "Noto Sans Hebrew",
    "iw": "Noto Sans Hebrew",
    "yi": "Noto Sans Hebrew",
    "th": "Noto Sans Thai",
    "lo": "Noto Sans Lao",
    "km": "Noto Sans Khmer",
    "my": "Noto Sans Myanmar",
    "hi": "Noto Sans Devanagari",
    "mr": "Noto Sans Devanagari",
    "ne": "Noto Sans Devanagari",
    "bn": "Noto Sans Bengali",
    "ta": "Noto Sans Tamil",
    "te": "Noto Sans Telugu",
    "ka": "Noto Sans Georgian",
    "hy": "Noto Sans Armenian",
}
LATIN_FONT = "Noto Sans"

# Ascent and descent over units per em, from the OS/2 tables of the Noto fonts (version 2.0 and later); ASS sizes count
# them, so that the same number would draw Arabic at two thirds of the size of Latin.
_LINE_HEIGHT = 1.362
_LINE_HEIGHTS = {
    "Noto Nastaliq Urdu": 2.5,
    "Noto Sans Arabic": 2.112,
    "Noto Sans Bengali": 1.325,
    "Noto Sans CJK HK": 1.448,
    "Noto Sans CJK JP": 1.448,
    "Noto Sans CJK KR": 1.448,
    "Noto Sans CJK SC": 1.448,
    "Noto Sans CJK TC": 1.448,
    "Noto Sans Devanagari": 1.304,
    "Noto Sans Lao": 1.645,
    "Noto Sans Myanmar": 2.184,
    "Noto Sans Tamil": 1.24,
    "Noto Sans Thai": 1.511,
}

# When no language is known, the first of these that occurs in the text; kana before Han, which Japanese also has.
_BY_SCRIPT = (
    (re.compile("[\u3040-\u30ff]"), "Noto Sans CJK JP"),
    (re.compile("[\u1100-\u11ff\uac00-\ud7af]"), "Noto Sans CJK KR"),
    (re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"), "Noto Sans CJK SC"),
    (re.compile("[\u0600-\u06ff]"), "Noto Sans Arabic"),
    (re.compile("[\u0590-\u05ff]"), "Noto Sans Hebrew"),
    (re.compile("[\u0e00-\u0e7f]"), "Noto Sans Thai"),
    (re.compile("[\u0900-\u097f]"), "Noto Sans Devanagari"),
)


def font_for(language: str, sample: str = "") -> str:
    """Font family for a BCP 47 tag, or for the script of a sample when there is no tag.

    The longest tag known is used: `zh-Hant-TW` is looked up as itself, then `zh-Hant`, then `zh`.
    """
    parts = language.replace("_", "-").lower().split("-")
    for length in range(len(parts), 0, -1):
        if font := _BY_LANGUAGE.get("-".join(parts[:length])):
            return font
    if language:
        return LATIN_FONT
    return next((font for pattern, font in _BY_SCRIPT if pattern.search(sample)), LATIN_FONT)


def line_height(font: str) -> float:
    """Height of a line of the family for letters of height 1: what an ASS font size is measured by."""
    return _LINE_HEIGHTS.get(font, _LINE_HEIGHT)


def lacks_latin(font: str) -> bool:
    """Whether the family has no Latin letters of its own; of those here, only Noto Sans and the CJK families do."""
    return font != LATIN_FONT and "CJK" not in font


def is_rtl_font(font: str) -> bool:
    """Whether the family is of a script written from right to left."""
    return font in ("Noto Sans Arabic", "Noto Nastaliq Urdu", "Noto Sans Hebrew")
