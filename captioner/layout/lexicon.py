"""Linguistic data of each language, from `languages/<tag>.toml`, and detection of a text's language.

The one rule: the script of the text decides, together with the transcript's language; never the language alone.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from captioner.languages import Language, language_of

__all__ = ["LanguageProfile", "detect_language", "known_languages", "language_profile"]

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class LanguageProfile:
    """The words of one language that decide where a line may end; all sets are in lower case.

    Attributes:
        language: Tag, as in the file's name: "en", "zh"; "default" for an unknown language.
        spaces: Whether words are separated by spaces.
        counting: How characters count, by the script: "latin", "zh", "ja", "ko", "thai", "arabic" or "deva".
        dash: Speaker marks of a shared cue: "-", "- ", or "2:-" when only the second line has one.
        elision: Whether a word that ends in an apostrophe belongs to the next (French l', Italian dell').
        capital_nouns: Whether every noun has a capital (German), so that capitals do not indicate names.
        ordinal_dot: Whether "3." means "third" (German, Czech…) and so does not end a sentence.
        no_break_after: Words that belong to the next one: articles, prepositions, auxiliaries, negations.
        break_before: Words that begin a new part of the sentence: conjunctions, relatives.
        no_break_before: Words that belong to the one before: enclitics, postpositions, particles.
        binds_back: The part of `no_break_before` that is never separated from the word before.
        binds_forward: The part of `no_break_after` that is never separated from the next word: articles and the like.
        connectives: Words that begin a sentence and, even before a comma, are not left alone: however, しかし.
        asides: Words that stand between two commas and belong to the text before them: please, however.
        prepositions: Words that begin a phrase: a break before them is good, but less than before `break_before`.
        good_endings: Endings of a word after which a clause is complete (Korean -고, Japanese て).
        bad_endings: Endings that announce a noun and should not end a line (Japanese の, Korean -의).
        clause_endings: Endings that close a clause as a conjunction does: a good place without a comma (Japanese ば).
        binds_back_stems: Beginnings of words that are never separated from the word before (Korean 있다 in any form).
        particles: Words that belong to the verb before them where a phrase ends: up, zurück.
        objects: Pronouns between a verb and its particle: set that up.
        noun_prepositions: Prepositions that are never separated from an article, nor from a noun where nouns have
            capitals: "an einer". They may be particles of verbs elsewhere, and so are not in `binds_forward`.
        articles: Articles and other words before a noun that follow such a preposition.
        verb_pronouns: Pronouns that are never separated from a verb before them: "sehen wir".
        verb_endings: Endings of such verbs.
        adverbs: Words with such an ending that are no verbs: "damit".
        stranding: Words before which a preposition belongs to the word before it: the man I talked to / when I came.
        titles: Words that belong to the name after them.
        units: Words that belong to the number before them: units, currencies, measure words.
        multiples: Numbers in words that a unit may follow: million.
        number_labels: Words that belong to the number after them: chapter, page, No.
        abbreviations: Words written with a full stop that need not end a sentence; listed without that stop.
        months: Names of months.
        fixed_pairs: Pairs "a b" that are read as one word: of course, New York, Vietnamese compounds.
    """

    language: str
    spaces: bool = True
    counting: str = "latin"
    dash: str = "- "
    elision: bool = False
    capital_nouns: bool = False
    ordinal_dot: bool = False
    no_break_after: frozenset[str] = NONE
    break_before: frozenset[str] = NONE
    no_break_before: frozenset[str] = NONE
    binds_back: frozenset[str] = NONE
    binds_forward: frozenset[str] = NONE
    connectives: frozenset[str] = NONE
    asides: frozenset[str] = NONE
    prepositions: frozenset[str] = NONE
    good_endings: tuple[str, ...] = ()
    bad_endings: tuple[str, ...] = ()
    clause_endings: tuple[str, ...] = ()
    binds_back_stems: tuple[str, ...] = ()
    particles: frozenset[str] = NONE
    objects: frozenset[str] = NONE
    noun_prepositions: frozenset[str] = NONE
    articles: frozenset[str] = NONE
    verb_pronouns: frozenset[str] = NONE
    verb_endings: tuple[str, ...] = ()
    adverbs: frozenset[str] = NONE
    stranding: frozenset[str] = NONE
    titles: frozenset[str] = NONE
    units: frozenset[str] = NONE
    multiples: frozenset[str] = NONE
    number_labels: frozenset[str] = NONE
    abbreviations: frozenset[str] = NONE
    months: frozenset[str] = NONE
    fixed_pairs: frozenset[str] = NONE

    @property
    def wide_ambiguous(self) -> bool:
        """Whether quotes, dashes and ellipses take a full cell, as in Chinese and Japanese fonts."""
        return self.counting in ("zh", "ja")


_COUNTING = {"Hans": "zh", "Hant": "zh", "Jpan": "ja", "Kore": "ko", "Thai": "thai", "Arab": "arabic", "Deva": "deva"}
_PLAIN = ("language", "dash", "elision", "capital_nouns", "ordinal_dot")
_LISTS = ("good_endings", "bad_endings", "clause_endings", "binds_back_stems", "verb_endings")


@cache
def known_languages() -> frozenset[str]:
    """Tags that have a file of their own."""
    folder = resources.files("captioner.layout").joinpath("languages")
    return frozenset(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


@cache
def language_profile(tag: str) -> LanguageProfile:
    """The profile of a language tag.

    It is read from the file of the most exact of its names ("zh-TW" has "zh"), otherwise of its fallback language
    ("nb" has "no"). A language with neither has the default words, and the counting of its script.
    """
    language = language_of(tag)
    for name in (*language.keys, language.fallback):
        if name in known_languages():
            return _parse(name, _read(name))
    return replace(
        _parse("default", _read("default")), language=language.code or "default", counting=_counting(language)
    )


def _counting(language: Language) -> str:
    return _COUNTING.get(language.script, "latin")


def _read(name: str) -> dict[str, Any]:
    """A language's file applied over the one it extends: sets are united, plain values replaced."""
    text = resources.files("captioner.layout").joinpath("languages", f"{name}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    if "extends" not in table:
        return table
    base = _read(table.pop("extends"))
    for key, value in table.items():
        together = f"{base.get(key, '')}{';' if key == 'fixed_pairs' else ' '}{value}"
        base[key] = value if key in _PLAIN or key == "source" else together
    return base


def _parse(name: str, table: Mapping[str, Any]) -> LanguageProfile:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key in _PLAIN:
            values[key] = value
        elif key in _LISTS:
            values[key] = tuple(value.split())
        elif key == "fixed_pairs":
            values[key] = frozenset(_pair(pair) for pair in value.split(";") if pair.strip())
        elif key != "source":
            values[key] = frozenset(value.lower().split())
    language = language_of(name)
    values |= {"language": name, "counting": _counting(language), "spaces": language.break_unit == "space"}
    values["no_break_before"] = values.get("no_break_before", NONE) | values.get("binds_back", NONE)
    for key in ("prepositions", "binds_forward"):
        values["no_break_after"] = values.get("no_break_after", NONE) | values.get(key, NONE)
    if "elided_prefixes" in values:  # l'homme, s'était: looked up with the elided word before it
        prefixes = values.pop("elided_prefixes")
        values["no_break_after"] |= {
            prefix + word for prefix in prefixes for word in values["no_break_after"] if word[0] in _VOWELS
        }
    return LanguageProfile(**values)


_VOWELS = frozenset("aeiouyhéèêàâîôûœ")


def _pair(text: str) -> str:
    return " ".join(word.strip(".") for word in text.lower().split())


# Unicode blocks of scripts, compiled when first needed: a class takes up to 5 ms, and most talks use one script.
_SCRIPT_RANGES = {
    "kana": "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d",
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇",
    "hangul": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "thai": "\u0e01-\u0e5b",
    "arabic": "\u0620-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "deva": "\u0900-\u097f",
    "cyrillic": "\u0400-\u04ff",
    "hebrew": "\u05d0-\u05ea",
    "bengali": "\u0980-\u09ff",
    "tamil": "\u0b80-\u0bff",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "latin": "A-Za-zÀ-ɏ\u1e00-\u1eff",
    # Letters that no Latin-script language uses; Latin Extended Additional (U+1E00-1EFF) is Latin.
    "foreign": "\u0370-\u1dff\u1f00-\u1fff\u2e80-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\uffef\U00020000-\U0003ffff",
}


@cache
def _script_pattern(script: str) -> re.Pattern[str]:
    return re.compile(f"[{_SCRIPT_RANGES[script]}]")


_SCRIPT_WEIGHTS = {"han": 4, "kana": 2, "hangul": 3}  # a Chinese character carries about as much as four Latin letters
_SCRIPTS = {
    "Hans": "han", "Hant": "han", "Jpan": "kana", "Kore": "hangul", "Thai": "thai", "Arab": "arabic", "Aran": "arabic",
    "Deva": "deva", "Cyrl": "cyrillic", "Grek": "greek", "Hebr": "hebrew", "Beng": "bengali", "Taml": "tamil",
}  # fmt: skip
_DEFAULT_OF = {
    "han": "zh", "kana": "ja", "hangul": "ko", "thai": "th", "arabic": "ar", "deva": "hi", "cyrillic": "ru",
    "greek": "el", "hebrew": "he", "bengali": "bn", "tamil": "ta", "latin": "en",
}  # fmt: skip
_CANTONESE = re.compile("[嘅咗喺哋冇唔嚟嗰啲佢咁睇俾]")
_URDU = re.compile("[ٹڈڑےں]")  # letters that Persian has not
_PERSIAN = re.compile("[پچژگک\u06cc]")  # letters that Arabic has not
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_MACEDONIAN = re.compile("[ѓќѕЃЌЅ]")
_SERBIAN = re.compile("[ђјљњћџЂЈЉЊЋЏ]")  # but ђ and ћ, Macedonian has them too
_BOTH = ("latin", "cyrillic")
_LATIN_AND_CYRILLIC = ("az", "bs", "kk", "sr", "tk", "uz")  # CLDR, languages and scripts
_TRADITIONAL = re.compile("[們個這來說對時為會過還沒麼學國開關問題]")
_SIMPLIFIED = re.compile("[们个这来说对时为会过还没么学国开关问题]")
# Least share of kana among kana and ideographs in Japanese, in texts long enough to have one. Japanese prose has one
# half and more, headlines full of names a tenth; Chinese that quotes a Japanese word has less than a twentieth.
_LEAST_KANA = 0.05
_FEW_IDEOGRAPHS = 30
_MIN_LATIN = 12  # letters: a single "OK." in a Chinese talk does not change its language


def detect_language(text: str, language: str = "") -> str:
    """Detect the language that a text is laid out by.

    Args:
        text: A sentence, or a whole transcript.
        language: The transcript's language; it is kept when the text is in one of its scripts.
    """
    tag, home = _home(language)
    if home == "latin" and (text.isascii() or _script_pattern("foreign").search(text) is None):
        return tag
    script = _script(text, home)
    if not script:
        return tag or "default"
    if script == home or (script == "han" and home == "kana") or (script in _BOTH and _is_written_in_both(tag)):
        return _cantonese(text, tag) if script == "han" else tag
    if script == "latin":
        return _vote(text) if not home else "en"
    return _among(text, script)


@cache
def _home(language: str) -> tuple[str, str]:
    """A tag as the files are named, and the script it is written in ("" for an empty tag)."""
    found = language_of(language)
    tag = (found.tag or language).lower()
    return tag, _SCRIPTS.get(found.script, "latin" if tag else "")


@cache
def _is_written_in_both(tag: str) -> bool:
    """Whether a language is written in Latin and in Cyrillic letters."""
    return language_of(tag).code in _LATIN_AND_CYRILLIC


def _is_japanese(kana: int, han: int) -> bool:
    """Whether so many ideographs belong to the kana beside them: all Japanese has kana, Chinese has them in quotes."""
    return kana > 0 and (han < _FEW_IDEOGRAPHS or kana >= _LEAST_KANA * (kana + han))


def _script(text: str, home: str) -> str:
    """The dominant script, "" if there are no letters; the transcript's own script wins as soon as it occurs."""
    if (
        home
        and home != "latin"
        and (_script_pattern(home).search(text) or (home == "kana" and _script_pattern("han").search(text)))
    ):
        return home
    counts = {name: len(_script_pattern(name).findall(text)) for name in _SCRIPT_RANGES if name != "foreign"}
    weights = {name: count * _SCRIPT_WEIGHTS.get(name, 1) for name, count in counts.items()}
    if _is_japanese(counts["kana"], counts["han"]):
        weights["kana"] += weights.pop("han")
    best = max(weights, key=lambda name: weights[name])
    if best == "latin" and home != "latin" and home and weights["latin"] < _MIN_LATIN:
        return home
    return best if weights[best] else ""


def _among(text: str, script: str) -> str:
    if script == "han":
        return _cantonese(text, "zh")
    if script == "arabic":
        return "ur" if _URDU.search(text) else "fa" if _PERSIAN.search(text) else "ar"
    if script == "cyrillic" and _SERBIAN.search(text):
        return "mk" if _MACEDONIAN.search(text) else "sr"
    if script == "cyrillic" and _UKRAINIAN.search(text) and not re.search("[ыэёЫЭЁ]", text):
        return "uk"
    if script == "cyrillic" and not re.search("[ыэёЫЭЁ]", text) and len(re.findall("[ъЪ]", text)) * 100 > len(text):
        return "bg"  # Russian uses ъ about once in 3,000 letters, Bulgarian once in 60
    return _DEFAULT_OF[script]


def _cantonese(text: str, tag: str) -> str:
    """Cantonese when its own function characters occur; otherwise Chinese in the characters that the text uses."""
    if tag.startswith("yue") or (_CANTONESE.search(text) and len(_CANTONESE.findall(text)) * 20 > len(text)):
        return "yue"
    traditional = _TRADITIONAL.findall(text) if tag in ("", "zh") else ()
    if traditional and len(traditional) > len(_SIMPLIFIED.findall(text)):
        return "zh-hant"
    return tag or "zh"


@cache
def _votes() -> Mapping[str, frozenset[str]]:
    """Function words of every language in Latin letters."""
    latin = sorted(tag for tag in known_languages() - {"default"} if language_of(tag).script not in _SCRIPTS)
    return {tag: language_profile(tag).no_break_after | language_profile(tag).break_before for tag in latin}


def _vote(text: str) -> str:
    """The Latin-script language with the most function words in the text; English when none occur."""
    counts: Counter[str] = Counter()
    words = Counter(re.findall(r"[^\W\d_]+['’]?", text.lower()))
    for tag, function_words in _votes().items():
        counts[tag] = sum(count for word, count in words.items() if word in function_words)
    counts["en"] += 1  # breaks ties
    return counts.most_common(1)[0][0]
