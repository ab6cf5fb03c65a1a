"""Fonts for captions: the Noto family of a language, and the height of its lines."""

from __future__ import annotations

import re

from captioner.languages import LATIN_FONT, find_language, fonts_of_rtl_scripts

__all__ = ["LATIN_FONT", "font_for", "is_rtl_font", "lacks_latin", "line_height", "script_for"]

# Ascent and descent over units per em, from the OS/2 tables of the Noto fonts (version 2.0 and later); ASS sizes count
# them, so that the same number would draw Arabic at two thirds of the size of Latin.
_LINE_HEIGHT = 1.362
_LINE_HEIGHTS = {
    "Arial": 1.117,  # as Liberation Sans, which has its measures
    "Atkinson Hyperlegible": 1.24,
    "DejaVu Sans": 1.164,
    "Inter": 1.43,
    "Liberation Sans": 1.117,
    "Montserrat": 1.562,
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
    "Poppins": 1.762,
    "Roboto": 1.2,
    "Source Sans 3": 1.222,
    "Source Serif 4": 1.333,
}

# When no language is known, the first of these that occurs in the text; kana before Han, which Japanese also has.
_BY_SCRIPT = (
    (re.compile("[\u3040-\u30ff]"), "Noto Sans CJK JP", "jpan"),
    (re.compile("[\u1100-\u11ff\uac00-\ud7af]"), "Noto Sans CJK KR", "kore"),
    (re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"), "Noto Sans CJK SC", "hans"),
    (re.compile("[\u0600-\u06ff]"), "Noto Sans Arabic", "arab"),
    (re.compile("[\u0590-\u05ff]"), "Noto Sans Hebrew", "hebr"),
    (re.compile("[\u0e00-\u0e7f]"), "Noto Sans Thai", "thai"),
    (re.compile("[\u0900-\u097f]"), "Noto Sans Devanagari", "deva"),
)


def font_for(language: str, sample: str = "") -> str:
    """Font family for a language tag; without a tag, for the script of a sample."""
    if language:
        found = find_language(language)
        return found.font if found else LATIN_FONT
    return next((font for pattern, font, _ in _BY_SCRIPT if pattern.search(sample)), LATIN_FONT)


def script_for(language: str, sample: str = "") -> str:
    """ISO 15924 code, in lower case, of a language tag; without a tag, of a sample; "latn" where neither says."""
    if language:
        found = find_language(language)
        return found.script.lower() if found and found.script else "latn"
    return next((script for pattern, _, script in _BY_SCRIPT if pattern.search(sample)), "latn")


def line_height(font: str) -> float:
    """Height of a line of the family for letters of height 1: what an ASS font size is measured by."""
    return _LINE_HEIGHTS.get(font, _LINE_HEIGHT)


def lacks_latin(font: str) -> bool:
    """Whether the family has no Latin letters of its own; of those here, only Noto Sans and the CJK families do."""
    return font != LATIN_FONT and "CJK" not in font


def is_rtl_font(font: str) -> bool:
    """Whether the family is of a script written from right to left."""
    return font in fonts_of_rtl_scripts()
