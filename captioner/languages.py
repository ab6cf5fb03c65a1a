"""The languages captioner knows: one table of codes, names and scripts, and what follows from a script.

Tags are taken as they occur in files and settings: BCP 47 in any case (`zh-hans`, `pt_BR`), three-letter codes of both
kinds (`deu`, `ger`), outdated codes (`iw`), and names in English (`Brazilian Portuguese`). Pure: nothing is read but
this module, and langcodes (20 ms to import) only for a tag that the table does not know.

Sources: ISO 639-2 (Library of Congress, code list) for codes; CLDR "likely subtags", by langcodes 3.5, for scripts; the
tests hold the table against langcodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Literal, NamedTuple

__all__ = [
    "LATIN_FONT",
    "UNKNOWN",
    "BreakUnit",
    "Language",
    "canonical_tag",
    "find_language",
    "flags_in_file_name",
    "fonts_of_rtl_scripts",
    "gap_between",
    "language_of",
    "script_title",
    "tag_in_file_name",
]

BreakUnit = Literal["space", "word", "phrase"]

LATIN_FONT = "Noto Sans"
"""Family for Latin, Cyrillic and Greek writing, and for scripts without a family here."""


class Language(NamedTuple):
    """One language as a tag names it: with its script and, where the tag has one, its region.

    Attributes:
        tag: Canonical BCP 47 tag, such as "zh-Hant-TW"; "" for an unknown language.
        code: Primary part of the tag, two letters where ISO 639-1 has them.
        name: English name of the language, "" for one outside the table.
        script: ISO 15924 code of its writing: the tag's own, else the likeliest one.
        region: Region of the tag, or "".
        terminological: ISO 639-2/T code, which MP4 asks for; "und" when there is none.
        bibliographic: ISO 639-2/B code, which Matroska asks for; differs for twenty languages.
        fallback: Code of the language whose settings serve where there are none for this one, or "".
    """

    tag: str
    code: str
    name: str
    script: str
    region: str = ""
    terminological: str = "und"
    bibliographic: str = "und"
    fallback: str = ""

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Direction of its writing."""
        return "rtl" if self.script in _RTL_SCRIPTS else "ltr"

    @property
    def break_unit(self) -> BreakUnit:
        """Between what its lines may break: what spaces part, words that only a dictionary finds, or phrases."""
        return _BREAK_UNITS.get(self.script, "space")

    @property
    def font(self) -> str:
        """Noto family that shows it: Noto covers every script, and may be shipped with a film.

        Chinese, Japanese and Korean share code points but not shapes: the wrong family shows another country's glyphs.
        """
        if self.script == "Hant" and (self.region in ("HK", "MO") or self.code == "yue"):
            return "Noto Sans CJK HK"
        return _FONTS_BY_CODE.get((self.code, self.script)) or _FONTS.get(self.script, LATIN_FONT)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names, in lower case, under which a table may hold it: the most exact first, its code last.

        The script is among them even if the tag does not name it: `zh-TW` is found under `zh-hant`. None for an
        unknown language.
        """
        if not self.code:
            return ()
        script, region = f"{self.code}-{self.script}".lower(), self.region.lower()
        exact = [self.tag.lower()] if self.tag != self.code else []
        by_region = [f"{script}-{region}", f"{self.code}-{region}"] if region else []
        return tuple(dict.fromkeys((*exact, *by_region, script, self.code)))


UNKNOWN = Language("", "", "", "")

# Code, ISO 639-2/T, script, English names; the first name is shown, the others are understood.
_TABLE = """
af afr Latn Afrikaans
am amh Ethi Amharic
ar ara Arab Arabic
arz arz Arab Egyptian Arabic
as asm Beng Assamese
az aze Latn Azerbaijani, Azeri
azb azb Arab South Azerbaijani
bal bal Arab Baluchi, Balochi
be bel Cyrl Belarusian
bg bul Cyrl Bulgarian
bn ben Beng Bengali, Bangla
bo bod Tibt Tibetan
br bre Latn Breton
bs bos Latn Bosnian
ca cat Latn Catalan, Valencian
ceb ceb Latn Cebuano
ckb ckb Arab Central Kurdish, Sorani
co cos Latn Corsican
cs ces Latn Czech
cy cym Latn Welsh
da dan Latn Danish
de deu Latn German
dv div Thaa Divehi, Dhivehi, Maldivian
el ell Grek Greek, Modern Greek
en eng Latn English
eo epo Latn Esperanto
es spa Latn Spanish, Castilian
et est Latn Estonian
eu eus Latn Basque
fa fas Arab Persian, Farsi
fi fin Latn Finnish
fil fil Latn Filipino
fo fao Latn Faroese
fr fra Latn French
fy fry Latn Western Frisian, Frisian
ga gle Latn Irish, Irish Gaelic
gan gan Hans Gan Chinese
gd gla Latn Scottish Gaelic
gl glg Latn Galician
glk glk Arab Gilaki
gu guj Gujr Gujarati
ha hau Latn Hausa
hak hak Hans Hakka Chinese, Hakka
haw haw Latn Hawaiian
he heb Hebr Hebrew
hi hin Deva Hindi
hr hrv Latn Croatian
hsn hsn Hans Xiang Chinese
ht hat Latn Haitian Creole, Haitian
hu hun Latn Hungarian
hy hye Armn Armenian
id ind Latn Indonesian
ig ibo Latn Igbo
is isl Latn Icelandic
it ita Latn Italian
ja jpn Jpan Japanese
jv jav Latn Javanese
ka kat Geor Georgian
kk kaz Cyrl Kazakh
km khm Khmr Khmer, Cambodian
kn kan Knda Kannada
ko kor Kore Korean
ks kas Arab Kashmiri
ku kur Latn Kurdish, Kurmanji
ky kir Cyrl Kyrgyz
la lat Latn Latin
lb ltz Latn Luxembourgish
lo lao Laoo Lao, Laotian
lrc lrc Arab Northern Luri
lt lit Latn Lithuanian
lv lav Latn Latvian
mg mlg Latn Malagasy
mi mri Latn Maori, Māori
mk mkd Cyrl Macedonian
ml mal Mlym Malayalam
mn mon Cyrl Mongolian
mr mar Deva Marathi
ms msa Latn Malay
mt mlt Latn Maltese
my mya Mymr Burmese, Myanmar
mzn mzn Arab Mazanderani
nan nan Hant Min Nan Chinese, Hokkien, Taiwanese, Min Nan
nb nob Latn Norwegian Bokmål, Bokmål, Norwegian Bokmal, Bokmal
ne nep Deva Nepali
nl nld Latn Dutch
nn nno Latn Norwegian Nynorsk, Nynorsk
no nor Latn Norwegian
nqo nqo Nkoo N'Ko, NKo
oc oci Latn Occitan
or ori Orya Odia, Oriya
pa pan Guru Punjabi, Panjabi
pl pol Latn Polish
pnb pnb Arab Western Punjabi
ps pus Arab Pashto
pt por Latn Portuguese
rm roh Latn Romansh
ro ron Latn Romanian, Moldovan
ru rus Cyrl Russian
rw kin Latn Kinyarwanda
sa san Deva Sanskrit
sd snd Arab Sindhi
se sme Latn Northern Sami
si sin Sinh Sinhala, Sinhalese
sk slk Latn Slovak
sl slv Latn Slovenian, Slovene
so som Latn Somali
sq sqi Latn Albanian
sr srp Cyrl Serbian
st sot Latn Southern Sotho, Sotho
su sun Latn Sundanese
sv swe Latn Swedish
sw swa Latn Swahili
syr syr Syrc Syriac
ta tam Taml Tamil
te tel Telu Telugu
tg tgk Cyrl Tajik
th tha Thai Thai
ti tir Ethi Tigrinya
tk tuk Latn Turkmen
tl tgl Latn Tagalog
tr tur Latn Turkish
tt tat Cyrl Tatar
ug uig Arab Uyghur, Uighur
uk ukr Cyrl Ukrainian
ur urd Arab Urdu
uz uzb Latn Uzbek
vi vie Latn Vietnamese
wa wln Latn Walloon
wuu wuu Hans Wu Chinese, Shanghainese
xh xho Latn Xhosa
yi yid Hebr Yiddish
yo yor Latn Yoruba
yue yue Hant Cantonese, Yue Chinese
zh zho Hans Chinese, Mandarin, Mandarin Chinese
zu zul Latn Zulu
"""

# The twenty languages with a second, older code (ISO 639-2/B); RFC 9559 (Matroska), 12, asks for it.
_BIBLIOGRAPHIC = {
    "bod": "tib", "ces": "cze", "cym": "wel", "deu": "ger", "ell": "gre", "eus": "baq", "fas": "per", "fra": "fre",
    "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac", "mri": "mao", "msa": "may", "mya": "bur", "nld": "dut",
    "ron": "rum", "slk": "slo", "sqi": "alb", "zho": "chi",
}  # fmt: skip

# Tags in use that are none of the table's codes: withdrawn ISO codes, Microsoft's and other players' names of the two
# Chinese scripts, and country codes that are written for languages and mean no other one.
_ALIASES = {
    "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "mol": "ro", "scc": "sr", "scr": "hr", "cmn": "zh",
    "chs": "zh-Hans", "cht": "zh-Hant",
    "cn": "zh", "jp": "ja", "cz": "cs", "dk": "da", "gr": "el", "ua": "uk",
}  # fmt: skip

_FALLBACKS = {
    "nb": "no", "nn": "no", "fil": "tl", "bs": "hr", "arz": "ar",
    "yue": "zh", "wuu": "zh", "hak": "zh", "nan": "zh", "gan": "zh", "hsn": "zh",
}  # fmt: skip

# Regions that write a language of the table in another script than most (CLDR likely subtags).
_SCRIPT_BY_REGION = {
    ("zh", "TW"): "Hant", ("zh", "HK"): "Hant", ("zh", "MO"): "Hant",
    ("az", "IR"): "Arab", ("kk", "CN"): "Arab", ("ky", "CN"): "Arab", ("mn", "CN"): "Mong", ("pa", "PK"): "Arab",
    ("ku", "LB"): "Arab", ("sr", "ME"): "Latn", ("sr", "RO"): "Latn", ("sr", "TR"): "Latn",
    ("tg", "PK"): "Arab", ("ug", "KZ"): "Cyrl", ("ug", "MN"): "Cyrl", ("uz", "AF"): "Arab", ("uz", "CN"): "Cyrl",
    ("yue", "CN"): "Hans",
}  # fmt: skip
# Scripts that stand for a part of another one, or for one of the mixed writings.
_SAME_SCRIPT = {"Hang": "Kore", "Hani": "Hans", "Hira": "Jpan", "Hrkt": "Jpan", "Kana": "Jpan"}

_RTL_SCRIPTS = frozenset(("Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"))
_BREAK_UNITS: Mapping[str, BreakUnit] = {
    "Hans": "word", "Hant": "word", "Jpan": "phrase", "Khmr": "word", "Laoo": "word", "Mymr": "word", "Thai": "word",
    "Tibt": "word",
}  # fmt: skip

_FONTS = {
    "Arab": "Noto Sans Arabic", "Aran": "Noto Nastaliq Urdu", "Armn": "Noto Sans Armenian", "Beng": "Noto Sans Bengali",
    "Deva": "Noto Sans Devanagari", "Ethi": "Noto Sans Ethiopic", "Geor": "Noto Sans Georgian",
    "Gujr": "Noto Sans Gujarati", "Guru": "Noto Sans Gurmukhi", "Hans": "Noto Sans CJK SC", "Hant": "Noto Sans CJK TC",
    "Hebr": "Noto Sans Hebrew", "Jpan": "Noto Sans CJK JP", "Khmr": "Noto Sans Khmer", "Knda": "Noto Sans Kannada",
    "Kore": "Noto Sans CJK KR", "Laoo": "Noto Sans Lao", "Mlym": "Noto Sans Malayalam", "Mong": "Noto Sans Mongolian",
    "Mymr": "Noto Sans Myanmar", "Nkoo": "Noto Sans NKo", "Orya": "Noto Sans Oriya", "Sinh": "Noto Sans Sinhala",
    "Syrc": "Noto Sans Syriac", "Taml": "Noto Sans Tamil", "Telu": "Noto Sans Telugu", "Thaa": "Noto Sans Thaana",
    "Thai": "Noto Sans Thai", "Tibt": "Noto Serif Tibetan",
}  # fmt: skip
_FONTS_BY_CODE = {("ur", "Arab"): "Noto Nastaliq Urdu"}  # Urdu is read in Nastaliq

# Words beside a language's name, and the part of a tag they stand for.
_QUALIFIERS = {
    "simplified": "Hans", "traditional": "Hant", "cyrillic": "Cyrl", "latin": "Latn", "arabic": "Arab",
    "america": "US", "american": "US", "usa": "US", "us": "US", "states": "US", "british": "GB", "britain": "GB",
    "uk": "GB", "kingdom": "GB", "australia": "AU", "australian": "AU", "canada": "CA", "canadian": "CA",
    "brazil": "BR", "brazilian": "BR", "portugal": "PT", "mexico": "MX", "mexican": "MX", "spain": "ES",
    "argentina": "AR", "france": "FR", "belgium": "BE", "belgian": "BE", "switzerland": "CH", "swiss": "CH",
    "austria": "AT", "austrian": "AT", "germany": "DE", "china": "CN", "mainland": "CN", "singapore": "SG",
    "taiwan": "TW", "hongkong": "HK", "macau": "MO", "macao": "MO", "latinamerica": "419", "latinamerican": "419",
}  # fmt: skip
_EUROPEAN = {"es": "ES", "fr": "FR", "nl": "NL", "pt": "PT"}  # "European Portuguese"
_FILLERS = frozenset(("and", "great", "of", "the", "united"))

_NO_LANGUAGE = frozenset(("und", "mis", "mul", "zxx", "root"))

# What players write between the language and the ending: `talk.en.forced.srt`. "hi" is "hearing impaired" after a
# language, and Hindi elsewhere.
_FILE_FLAGS = frozenset(("cc", "default", "forced", "hi", "sdh"))
_JOINED_FLAG = re.compile(
    r"([A-Za-z-]+?)[-_ ([]+(cc|forced|sdh)[])]*", re.IGNORECASE
)  # `talk.en-sdh.srt`, `talk.en[cc].srt`
_SCRIPT_NAMES = {"Hans": "Simplified", "Hant": "Traditional", "Cyrl": "Cyrillic", "Latn": "Latin", "Arab": "Arabic"}


# Characters beside which no space is written: Chinese, Japanese, Thai, Lao, Burmese, Khmer, and full-width marks.
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
_OPENING = "([{¿¡«“‘"
_CLOSING = re.compile(r"[,;:!?…)\]}”’'%、。।॥،؛؟]|\.(?!\d)")  # ' is one in "it" + "'s"


def gap_between(before: str, after: str) -> str:
    """The space that is written between two words that came without one: " " or "".

    None beside characters of writing without spaces, after an opening mark, and before a closing one.
    """
    if not before or before[-1] in _OPENING or _UNSPACED.match(before[-1]):
        return ""
    return "" if _UNSPACED.match(after) or _CLOSING.match(after) else " "


@lru_cache(maxsize=1024)
def find_language(text: str) -> Language | None:
    """The language that a tag, a code or an English name stands for; None when it stands for none.

    Args:
        text: Such as "zh-TW", "pt_BR", "ger", "cmn-Hans", "Traditional Chinese".
    """
    return _find_known(text) or _find_rare(_hyphenated(text))


def language_of(tag: str) -> Language:
    """The language of a tag; `UNKNOWN` for an empty tag and for one that names no language."""
    return (find_language(tag) if tag else None) or UNKNOWN


def canonical_tag(text: str) -> str:
    """The tag as BCP 47 writes it, "" when it names no language: `zh_tw` is `zh-TW`, `ger` is `de`."""
    return language_of(text).tag


@cache
def fonts_of_rtl_scripts() -> frozenset[str]:
    """Noto families of the scripts written from right to left."""
    return frozenset(font for script, font in _FONTS.items() if script in _RTL_SCRIPTS)


def tag_in_file_name(name: str) -> str:
    """The canonical tag that stands before the ending of a caption file's name, or "".

    Only languages of the table count, so that an ordinary word in a name is not taken for a rare language.

    Args:
        name: Such as "talk.zh-Hans.srt", "talk.English.srt", "talk.de.forced.vtt".
    """
    parts = _name_parts(name)
    while parts and parts[-1].lower() in _FILE_FLAGS and not _is_hindi(parts):
        parts.pop()
    found = _find_known(parts[-1]) if parts else None
    return found.tag if found else ""


def script_title(tag: str) -> str:
    """A title that tells the scripts of one language apart, as “Chinese (Traditional)”; "" where the tag names none.

    Containers name a language by three letters, which say no script.
    """
    found = language_of(tag)
    base = language_of(found.code)
    named = found.script in found.tag.split("-") or found.script != base.script
    return f"{found.name} ({_SCRIPT_NAMES[found.script]})" if named and found.script in _SCRIPT_NAMES else ""


def flags_in_file_name(name: str) -> frozenset[str]:
    """The flags before the ending of a caption file's name: "forced", "hearing impaired" (`.hi`, `.sdh`, `.cc`).

    Args:
        name: Such as "film.en.hi.srt", "film.forced.de.ass".
    """
    parts = _name_parts(name.lower())
    flags = set[str]()
    while parts and (parts[-1] in _FILE_FLAGS or _find_known(parts[-1]) is not None):
        last = parts[-1]
        if last == "forced":
            flags.add(last)
        elif last in ("cc", "sdh") or (last == "hi" and not _is_hindi(parts)):
            flags.add("hearing impaired")
        parts.pop()
    return frozenset(flags)


def _name_parts(name: str) -> list[str]:
    """The parts between the stem and the ending of a file's name, a flag written to a language apart from it."""
    found: list[str] = []
    for part in name.split(".")[1:-1]:
        match = _JOINED_FLAG.fullmatch(part)
        found += [match[1], match[2]] if match else [part]
    return found


def _is_hindi(parts: list[str]) -> bool:
    """Whether a last part "hi" is the language: it is, unless a language or another flag stands before it."""
    before = parts[-2].lower() if len(parts) > 1 else ""
    return parts[-1].lower() == "hi" and before not in _FILE_FLAGS and _find_known(before) is None


def _find_known(text: str) -> Language | None:
    """The language by the table alone."""
    code, *rest = _hyphenated(text).lower().split("-")
    return _from_tag(code, rest) if len(code) in (2, 3) and code.isalpha() else _from_name(text)


def _hyphenated(text: str) -> str:
    """A tag with hyphens between its parts, without the encoding of a locale (`en_US.UTF-8`)."""
    return text.strip().partition(".")[0].partition("@")[0].replace("_", "-")


def _from_tag(code: str, rest: list[str]) -> Language | None:
    """The language of a tag's parts in lower case; an extended language (`zh-yue`) stands for itself."""
    extended = rest.pop(0) if rest and len(rest[0]) == 3 and rest[0].isalpha() else ""
    base = _table().get(extended or code)
    if base is None or (extended and _table().get(code, base).code not in (base.code, base.fallback)):
        return None
    script = rest.pop(0).title() if rest and len(rest[0]) == 4 and rest[0].isalpha() else ""
    region = rest.pop(0).upper() if rest and _is_region(rest[0]) else ""
    if not all(part.isalnum() and part.isascii() for part in rest):
        return None
    return _located(base, script or _ALIASES.get(extended or code, "").partition("-")[2], region, rest)


def _is_region(part: str) -> bool:
    return (len(part) == 2 and part.isalpha()) or (len(part) == 3 and part.isdigit())


def _located(base: Language, script: str, region: str, rest: Iterable[str] = ()) -> Language:
    """A language of the table with the script, the region and the further parts of a tag."""
    return base._replace(
        tag="-".join(filter(None, (base.code, script, region, *rest))),
        script=_SAME_SCRIPT.get(script, script) or _SCRIPT_BY_REGION.get((base.code, region)) or base.script,
        region=region,
    )


def _from_name(text: str) -> Language | None:
    """The language of an English name, with or without words for its script and region."""
    lowered = text.lower().replace("hong kong", "hongkong").replace("latin america", "latinamerica")
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", lowered)
    if code := _names().get(" ".join(words)):
        return _table()[code]
    for number, word in enumerate(words):
        if code := _names().get(word):
            return _qualified(_table()[code], [*words[:number], *words[number + 1 :]])
    return None


def _qualified(base: Language, words: Iterable[str]) -> Language | None:
    """A language with the script and region that some words say; None when a word says neither."""
    script = region = ""
    for word in words:
        part = _EUROPEAN.get(base.code) if word in ("europe", "european") else _QUALIFIERS.get(word)
        if part is None and word not in _FILLERS:
            return None
        if part is not None and len(part) == 4:
            script = part
        elif part is not None:
            region = part
    return _located(base, script, region)


def _find_rare(tag: str) -> Language | None:
    """A language outside the table, by langcodes: rare ones, and codes that stand for others (`arb` for `ar`)."""
    primary = tag.partition("-")[0].lower()
    if not (len(primary) in (2, 3) and primary.isalpha() and primary.isascii()) or primary in _NO_LANGUAGE:
        return None
    import langcodes

    try:
        canonical = langcodes.standardize_tag(tag, macro=True)
    except ValueError:
        return None
    if not langcodes.tag_is_valid(canonical):
        return None
    found = langcodes.Language.get(canonical)
    if found.language in _table():
        return _find_known(canonical)
    script = found.maximize().script or ""
    return Language(
        tag=canonical,
        code=found.language or "",
        name="",
        script=_SAME_SCRIPT.get(script, script),
        region=found.territory or "",
        terminological=_alpha3(found.language or "", "T"),
        bibliographic=_alpha3(found.language or "", "B"),
    )


def _alpha3(code: str, variant: Literal["T", "B"]) -> str:
    import langcodes

    try:
        return langcodes.Language.get(code).to_alpha3(variant=variant)
    except LookupError:
        return "und"


@cache
def _table() -> dict[str, Language]:
    """The table by every code of its languages: two letters, and three of both kinds."""
    found: dict[str, Language] = {}
    for row in _rows():
        code, alpha3, script, _ = row.split(" ", 3)
        old = _BIBLIOGRAPHIC.get(alpha3, alpha3)
        name = row.split(" ", 3)[3].partition(",")[0]
        language = Language(code, code, name, script, "", alpha3, old, _FALLBACKS.get(code, ""))
        found |= dict.fromkeys((code, alpha3, old), language)
    return {alias: found[tag.partition("-")[0]] for alias, tag in _ALIASES.items()} | found


@cache
def _names() -> dict[str, str]:
    """Codes by English name in lower case."""
    rows = (row.split(" ", 3) for row in _rows())
    return {name.strip().lower(): code for code, _, _, names in rows for name in names.split(",")}


def _rows() -> list[str]:
    return _TABLE.strip().splitlines()
