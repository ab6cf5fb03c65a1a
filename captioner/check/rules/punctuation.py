"""Rules about punctuation: dashes, marks by language, characters that cannot be displayed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from captioner.check.context import CheckContext, MeasuredCue
from captioner.check.definitions import Finding
from captioner.formats.table import ALL_FORMATS
from captioner.layout.width import clusters

__all__ = [
    "ar_punct",
    "bidi",
    "brackets",
    "dash_style",
    "dual_speakers",
    "ellipsis",
    "glyphs",
    "italics_lang",
    "ja_punct",
    "mixed_width",
    "nfc",
    "numbers",
    "quotes_pairs",
    "th_punct",
    "whitespace",
    "zh_punct",
]

_SPACE_BEFORE = re.compile(r"[^\s] [!?).,…](?:\s|$)")
_SPACES = re.compile(r"  +|\t")
_DIGITS = re.compile(r"(?<![\w.,:/%$€£-])(\d{1,2})(?![\w.,:/%-]\d|[\w:/%°])")
_OPENS_IN_DIGITS = re.compile(r"^\d")
_ITALICS = re.compile(r"<i[ .>]|\{\\i1\}", re.IGNORECASE)
_ROUND_LINE = re.compile(r"^[({（｛][^(){}（）]+[)}）｝]$")
_FULLWIDTH_LATIN = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_HALFWIDTH_KANA = re.compile("[\uff66-\uff9f]")
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\ufeff\u2060\ufffe\uffff\ud800-\udfff]")
_PAIRS = {"(": ")", "[": "]", "（": "）", "「": "」", "『": "』", "《": "》", "“": "”", "«": "»", "【": "】"}
_OPENERS = {"\u202a", "\u202b", "\u202d", "\u202e"}
_ISOLATES = {"\u2066", "\u2067", "\u2068"}
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_HOLDING = "\u200f\u202b\u2067"
_NEUTRAL_END = re.compile(r"[.!?:…\"')\]]$")

# CEA-608: basic set (ASCII with ten replacements), special, and extended Western European characters.
_C608 = frozenset(
    " !\"#$%&'(),-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]abcdefghijklmnopqrstuvwxyz+áéíóúçÑñ÷█®°½¿™¢£♪àèâêîôû"
    "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘"
)


def dash_style(context: CheckContext) -> Iterator[Finding]:
    """P01: the dashes of a shared caption are not those of the style.

    A dash on the first line alone opens a turn that goes on in the second, and shares nothing.
    """
    for each in context.cues:
        dashes = [line.dash for line in each.cue.lines]
        if len(dashes) != 2 or not dashes[1]:
            continue
        wanted = [each.style.dash_first, each.style.dash_second]
        if dashes != wanted:
            message = f"dashes {_quoted(dashes)}, the style writes {_quoted(wanted)}"
            yield Finding(each.index, 1, 0, message)


def _quoted(dashes: list[str]) -> str:
    return " and ".join(f"“{dash}”" if dash else "none" for dash in dashes)


def dual_speakers(context: CheckContext) -> Iterator[Finding]:
    """P02: more than two speakers in a caption, or two in a line."""
    for each in context.cues:
        speakers = {line.speaker for line in each.cue.lines if line.speaker is not None}
        dashed = sum(bool(line.dash) for line in each.cue.lines)
        count = max(len(speakers), dashed)
        if count > 2:
            yield Finding(each.index, count, 2, f"{count} speakers in one caption")
        elif any(re.search(r"[.!?…] [-–—] ?[^\W\d_]", line.text) and line.dash for line in each.cue.lines):
            yield Finding(each.index, 2, 1, "a second dash inside a line: two speakers on one line")


def ellipsis(context: CheckContext) -> Iterator[Finding]:
    """P03: three full stops for an ellipsis, where the style wants the character."""
    for each in context.cues:
        if each.style.ellipsis == "single" and "..." in each.text:
            yield Finding(each.index, 1, 0, "“...” where the style writes “…”")


def whitespace(context: CheckContext) -> Iterator[Finding]:
    """P04: spaces where none belong."""
    for each in context.cues:
        for line in each.cue.lines:
            fault = _space_fault(line.text, each)
            if fault:
                yield Finding(each.index, 1, 0, fault)
                break


def _space_fault(text: str, each: MeasuredCue) -> str:
    if text != text.strip(" \t"):
        return "a space at the end of a line"
    if _SPACES.search(text):
        return "a doubled space"
    french = each.profile.language == "fr"
    if (match := _SPACE_BEFORE.search(text)) is not None and not (french and match[0][2] in "!?"):
        return f"a space before “{match[0][2]}”"
    return ""


def zh_punct(context: CheckContext) -> Iterator[Finding]:
    """P05: marks that Chinese captions of the style do not have."""
    for each in context.cues:
        if each.profile.counting != "zh":
            continue
        if each.style.punctuation == "streaming" and (match := re.search("[，。]", each.text)) is not None:
            yield Finding(each.index, 1, 0, f"“{match[0]}” in the streaming style: a space, or nothing at a line's end")
        elif re.search("、$", each.text, re.MULTILINE):
            yield Finding(each.index, 1, 0, "a line ends with “、”", "note")
        elif re.search("？！|！？", each.text):
            yield Finding(each.index, 1, 0, "question and exclamation mark combined")


def ja_punct(context: CheckContext) -> Iterator[Finding]:
    """P06: comma and full stop in Japanese captions of the subtitle style."""
    for each in context.cues:
        streaming = each.style.punctuation == "streaming" and each.profile.counting == "ja"
        if streaming and (match := re.search("[、。]", each.text)) is not None:
            yield Finding(each.index, 1, 0, f"“{match[0]}” in the subtitle style: a space, or nothing at a line's end")


def th_punct(context: CheckContext) -> Iterator[Finding]:
    """P07: full stop or question mark in Thai."""
    for each in context.cues:
        if each.profile.counting != "thai":
            continue
        if (match := re.search(r"(?<=[\u0e00-\u0e7f ])[.?](?!\w)", each.text)) is not None:
            yield Finding(each.index, 1, 0, f"“{match[0]}” is not written in Thai captions")


def ar_punct(context: CheckContext) -> Iterator[Finding]:
    """P08: Latin marks, the lengthening stroke, or doubled marks in Arabic."""
    for each in context.cues:
        if each.profile.counting != "arabic":
            continue
        if (match := re.search("(?<=[\u0600-\u06ff ])[,;?]|\u0640|[?؟]!|![?؟]", each.text)) is not None:
            yield Finding(each.index, 1, 0, f"“{match[0]}” is not written in Arabic captions")


def numbers(context: CheckContext) -> Iterator[Finding]:
    """P09: digits up to ten, or at the start of a sentence."""
    for each in context.cues:
        if each.profile.counting in ("ja", "arabic", "zh"):
            continue
        text = each.text.replace("\n", " ")
        small = next((match[1] for match in _DIGITS.finditer(text) if 0 < int(match[1]) <= 10), "")
        if small:
            yield Finding(each.index, int(small), 10, f"“{small}” in digits: in words up to ten")
        elif _OPENS_IN_DIGITS.match(text):
            yield Finding(each.index, 1, 0, "opens with digits")


def italics_lang(context: CheckContext) -> Iterator[Finding]:
    """P10: italics in a language that has none."""
    for each, written in zip(context.cues, context.written, strict=False):
        if not each.style.italics and _ITALICS.search(written):
            yield Finding(each.index, 1, 0, "italics, which are not used in this language")


def brackets(context: CheckContext) -> Iterator[Finding]:
    """P11: a sound label in round brackets where speakers and sounds are labelled in square ones."""
    for each in context.cues:
        if "[" in each.style.label and any(_ROUND_LINE.match(line.text) for line in each.cue.lines):
            yield Finding(each.index, 1, 0, "a label in round brackets; the style writes square ones")


def quotes_pairs(context: CheckContext) -> Iterator[Finding]:
    """P12: quotes and brackets that do not pair, over the running text: a quote may span captions."""
    waiting: list[tuple[str, int]] = []
    for each in context.cues:
        for character in each.text:
            if character in _PAIRS and not (each.profile.language == "de" and character == "“"):
                waiting.append((character, each.index))
            elif character in _PAIRS.values() and waiting and _PAIRS[waiting[-1][0]] == character:
                waiting.pop()
            elif character in _PAIRS.values() and character not in "”»":
                yield Finding(each.index, 1, 0, f"“{character}” closes a pair that was not opened")
    for character, index in waiting:
        yield Finding(index, 1, 0, f"“{character}” is not closed")


def glyphs(context: CheckContext) -> Iterator[Finding]:
    """P13: characters that the target, or any font, cannot show."""
    for each in context.cues:
        bad = [character for character in each.text if character != "\n" and not _showable(character, each)]
        if bad:
            shown = " ".join(dict.fromkeys(f"“{c}” U+{ord(c):04X}" for c in bad[:3]))
            yield Finding(each.index, len(bad), 0, f"cannot be shown: {shown}")


def _showable(character: str, each: MeasuredCue) -> bool:
    if each.style.severity.get("load_608", "off") != "off":
        return character in _C608 or character == "’"
    if each.style.name.endswith("teletext") and unicodedata.east_asian_width(character) in "WF":
        return False
    return character != "\ufffd" and unicodedata.category(character) not in ("Co", "Cn", "Cs")


def mixed_width(context: CheckContext) -> Iterator[Finding]:
    """P14: full-width Latin or digits in Chinese, half-width kana in Japanese."""
    for each in context.cues:
        if each.profile.counting == "zh" and (match := _FULLWIDTH_LATIN.search(each.text)) is not None:
            yield Finding(each.index, 1, 0, f"“{match[0]}” is full-width")
        elif each.profile.counting == "ja" and (match := _HALFWIDTH_KANA.search(each.text)) is not None:
            yield Finding(each.index, 1, 0, f"“{match[0]}” is half-width")


def bidi(context: CheckContext) -> Iterator[Finding]:
    """P15: direction marks that are not closed, or missing where a player needs them."""
    needs_marks = context.format in ALL_FORMATS and ALL_FORMATS[context.format].needs_direction_marks
    for each in context.cues:
        written = context.written[each.index] if context.written else ""  # readers take the marks out
        for line in each.cue.lines:
            if _unclosed(line.text):
                yield Finding(each.index, 1, 0, "a direction is opened on the line and not closed", "warning")
                break
            held = line.printed[:1] in _HOLDING or any(mark in written for mark in _HOLDING)
            if needs_marks and _RTL.search(line.text) and _NEUTRAL_END.search(line.text) and not held:
                yield Finding(
                    each.index,
                    1,
                    0,
                    "a right-to-left line without a direction mark: its last character may be shown on the wrong side",
                )
                break


def _unclosed(text: str) -> bool:
    opened = sum(character in _OPENERS for character in text) - text.count("\u202c")
    return opened != 0 or sum(character in _ISOLATES for character in text) != text.count("\u2069")


def nfc(context: CheckContext) -> Iterator[Finding]:
    """P16: text that is not composed, or holds what cannot be seen."""
    for each in context.cues:
        if (match := _UNCLEAN.search(each.text)) is not None:
            yield Finding(each.index, 1, 0, f"an invisible character, U+{ord(match[0]):04X}")
        elif not unicodedata.is_normalized("NFC", each.text):
            loose = (c for c in clusters(each.text) if not unicodedata.is_normalized("NFC", c))
            shown = unicodedata.normalize("NFC", next(loose, each.text))
            yield Finding(each.index, 1, 0, f"“{shown}” is not in composed form")
