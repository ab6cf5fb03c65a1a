"""Rules about lines: width, number and breaks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from captioner.check.context import CheckContext, MeasuredCue
from captioner.check.definitions import Finding
from captioner.formats.text.bidi import has_rtl, is_in_visual_order
from captioner.layout.lexicon import LanguageProfile
from captioner.layout.width import columns
from captioner.layout.words import CLOSING, OPENING, has_unspaced, normalize_spaces, split_pieces

__all__ = [
    "balance",
    "cpl",
    "cue_syntax_break",
    "edge_word",
    "ends_mid_sentence",
    "joined_text",
    "kinsoku",
    "lines",
    "one_line",
    "orphan",
    "phrase_break",
    "split_token",
    "syntax_break",
]

UNEVEN = 0.3  # the shorter line by the longer: captioner's own measure
SHORT_COLUMNS = 4  # a word no wider than this is short: "to", "the", one or two Chinese characters
_MARK = re.compile(r"[.,;:!?…。，、；：！？؟،؛।॥\"'”’»)\]）」』》—–-]\s*$")
_SENTENCE = re.compile(r"[.!?…。！？؟।॥♪][\"'”’»)\]）」』》*\s]*$")
_EDGES = "\"'“”‘’«»()[]（）「」『』《》.,;:!?…。，、；：！？¿¡؟،؛।*♪"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*$")
# In writing with spaces only plain marks are meant: a dash or an ellipsis may open a line there, ’tis may open one too.
_LATIN_CLOSING = frozenset(",;:!?)]}%»”。，、？！")
_LATIN_OPENING = frozenset("([{«“¿¡„")
_MAY_OPEN_CUE = frozenset("—―…⋯‥-–")


def cpl(context: CheckContext) -> Iterator[Finding]:
    """L01: a line wider than the style allows; reported once for each caption, by its widest line."""
    for each in context.cues:
        limit, wide = each.style.max_columns, max(each.widths, default=0)
        if wide > limit:
            yield Finding(each.index, wide, limit, f"a line of {wide} columns, {limit} at the most")


def lines(context: CheckContext) -> Iterator[Finding]:
    """L02: more lines than the style allows."""
    for each in context.cues:
        count, limit = len(each.cue.lines), each.style.max_lines
        if count > limit:
            yield Finding(each.index, count, limit, f"{count} lines, {limit} at the most")


def joined_text(each: MeasuredCue) -> str:
    """The lines of a caption as one, with a space where the language or the break wants one."""
    text = ""
    for line in each.cue.lines:
        tight = text and has_unspaced(text[-1]) and has_unspaced(line.text[:1])
        text += line.text if not text or tight else f" {line.text}"
    return text


def one_line(context: CheckContext) -> Iterator[Finding]:
    """L03: several lines that fit on one."""
    for each in context.cues:
        if len(each.cue.lines) < 2 or each.is_shared:
            continue
        width = columns(each.cue.lines[0].label + joined_text(each), wide_ambiguous=each.profile.wide_ambiguous)
        width += 1 if each.cue.lines[0].label else 0
        if width <= each.style.max_columns:
            message = f"its lines fit on one of {width} columns"
            yield Finding(each.index, width, each.style.max_columns, message)


def balance(context: CheckContext) -> Iterator[Finding]:
    """L04: one line very short beside the other, and no mark at the break."""
    for each in context.cues:
        if len(each.widths) != 2 or each.is_shared or not max(each.widths):
            continue
        share = min(each.widths) / max(each.widths)
        if share < UNEVEN and not _MARK.search(each.cue.lines[0].text):
            yield Finding(
                each.index, round(share, 2), UNEVEN, f"lines of {each.widths[0]} and {each.widths[1]} columns"
            )


def orphan(context: CheckContext) -> Iterator[Finding]:
    """L05: a line, or a caption in mid-sentence, of one short word."""
    before: MeasuredCue | None = None
    for each in context.cues:
        short = [_short(line.text, each.profile) for line in each.cue.lines]
        if len(short) > 1 and any(short) and not each.is_shared:
            yield Finding(each.index, 1, 2, "a line of one short word")
        elif len(short) == 1 and short[0] and before is not None and _middle(before, each):
            yield Finding(each.index, 1, 2, "one short word in the middle of a sentence")
        before = each


def _short(text: str, own: LanguageProfile) -> bool:
    core = text.strip(_EDGES + " ")
    limit = SHORT_COLUMNS if own.spaces else 2
    return bool(core) and " " not in core and columns(core, wide_ambiguous=own.wide_ambiguous) <= limit


def _middle(before: MeasuredCue, each: MeasuredCue) -> bool:
    """Whether a caption continues the sentence of the one before."""
    return not _SENTENCE.search(before.text) and before.cue.speaker == each.cue.speaker and ends_mid_sentence(before)


def ends_mid_sentence(each: MeasuredCue) -> bool:
    """Whether a caption ends without a punctuation mark, so that its sentence continues."""
    return bool(each.cue.lines) and not _MARK.search(each.cue.lines[-1].text)


def edge_word(text: str, own: LanguageProfile, *, last: bool) -> str:
    """The last or the first word of a line, lower case, without marks around it."""
    text = normalize_spaces(text)
    words = text.split() if own.spaces else (split_pieces(text, own, None) if text else [])
    return words[-1 if last else 0].strip(_EDGES).lower() if words else ""


def phrase_break(above: str, below: str, own: LanguageProfile) -> str:
    """Description of a break inside a phrase, by the word at the break; "" for a good break."""
    if _MARK.search(above):
        return ""
    last, first = edge_word(above, own, last=True), edge_word(below, own, last=False)
    if last in own.no_break_after:
        return f"on “{last}”, which belongs with the next words"
    if first in own.no_break_before:
        return f"before “{first}”, which belongs with the words before it"
    return ""


def syntax_break(context: CheckContext) -> Iterator[Finding]:
    """L06: a line break inside a phrase."""
    for each in context.cues:
        if each.is_shared:
            continue
        for above, below in zip(each.cue.lines, each.cue.lines[1:], strict=False):
            if reason := phrase_break(above.text, below.text, each.profile):
                yield Finding(each.index, 1, 0, f"the line ends {reason}")
                break


def cue_syntax_break(context: CheckContext) -> Iterator[Finding]:
    """L07: a caption that ends inside a phrase."""
    for one, other in context.pairs():
        if not one.cue.lines or not other.cue.lines or one.cue.lines[-1].speaker != other.cue.lines[0].speaker:
            continue
        if other.cue.lines[0].dash or other.cue.lines[0].label:
            continue
        if other.cue.start_ms - one.cue.end_ms > one.style.chain_below_ms:
            continue  # the speaker paused there
        if reason := phrase_break(one.cue.lines[-1].text, other.cue.lines[0].text, one.profile):
            yield Finding(one.index, 1, 0, f"the caption ends {reason}")


def kinsoku(context: CheckContext) -> Iterator[Finding]:
    """L08: a line that begins or ends with a character that may not stand there."""
    is_visual = bool(is_in_visual_order([line.text for each in context.cues for line in each.cue.lines]))
    for each in context.cues:
        for number, line in enumerate(each.cue.lines):
            if is_visual and has_rtl(line.text):
                continue  # the mark at its beginning is the one that ends it
            if (character := _forbidden(line.text, each.profile, opens_cue=number == 0)) != "":
                yield Finding(each.index, 1, 0, f"“{character}” stands at the edge of a line")
                break


def _forbidden(text: str, own: LanguageProfile, *, opens_cue: bool) -> str:
    text = text.strip()
    if not text:
        return ""
    wide = own.counting in ("zh", "ja")
    closing = CLOSING if wide else _LATIN_CLOSING
    first, last = text[0], text[-1]
    if first in closing and not (first in _MAY_OPEN_CUE and (opens_cue or not wide)):
        return first if len(text) > 1 or not opens_cue else ""
    return last if last in (OPENING if wide else _LATIN_OPENING) and len(text) > 1 else ""


def split_token(context: CheckContext) -> Iterator[Finding]:
    """L09: a break through a word, a number and its unit, an address, a character and its marks."""
    texts = [(each, [line.text for line in each.cue.lines]) for each in context.cues]
    for number, (each, own) in enumerate(texts):
        following = texts[number + 1][1][:1] if number + 1 < len(texts) else []
        for above, below in zip(own, [*own[1:], *following], strict=False):
            if reason := _split_unit(above, below, each.profile):
                yield Finding(each.index, 1, 0, f"the break splits {reason}")
                break
    for each, match in zip(context.cues, context.matches, strict=True):
        if match is not None and match.breaks and each.profile.spaces:
            yield Finding(each.index, 1, 0, "the caption begins inside a word of the transcript")


def _split_unit(above: str, below: str, own: LanguageProfile) -> str:
    above, below = above.rstrip(), below.lstrip()
    if not above or not below:
        return ""
    if unicodedata.category(below[0])[0] == "M" or below[0] == "\u200d" or above[-1] == "\u200d":
        return "a character and its mark"
    if (match := _ADDRESS.search(above)) is not None and (match[0][-1] in "/.-_?&=" or below[0] in "/?&="):
        return "an address"
    first = edge_word(below, own, last=False)
    if above[-1].isdigit() and first in own.units and not first.isdigit():
        return f"a number and its unit “{first}”"
    return ""
