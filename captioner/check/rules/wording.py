"""Rules about the words: against the transcript, against each other, against the language of the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from captioner.check.context import CheckContext
from captioner.check.definitions import Finding
from captioner.check.transcript_alignment import letters, spoken_text
from captioner.languages import language_of
from captioner.script_report import ScriptPlace, place_message
from captioner.timecode import ms_to_clock

__all__ = ["empty", "is_empty", "language", "repeat", "script", "script_places", "speaker_jump", "text_loss"]

_NOTE = re.compile(r"[♩♪♫♬]")
_PHRASE_TIMES = 3
_PHRASE = re.compile(r"(?<!\w)(\w[\w'’ ]{1,40}?)(?:[\s,，、.。!！]+\1){2,}(?!\w)", re.IGNORECASE)
_PHRASE_CJK = re.compile(r"([\u3040-\u30ff\u3400-\u9fff]{2,8})(?:[，、。\s]?\1){2,}")
_SHOWN = 40  # letters of a difference that are quoted
_SCRIPTS = (
    ("han", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
    ("kana", re.compile("[\u3041-\u30fa\u30fc-\u30ff]")),
    ("hangul", re.compile("[\u1100-\u11ff\uac00-\ud7a3]")),
    ("thai", re.compile("[\u0e01-\u0e5b]")),
    ("arabic", re.compile("[\u0620-\u06ff\u0750-\u077f]")),
    ("devanagari", re.compile("[\u0900-\u097f]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("greek", re.compile("[\u0370-\u03ff]")),
)
_SCRIPT_NAMES = {
    "Hans": "han", "Hant": "han", "Jpan": "kana", "Kore": "hangul", "Thai": "thai", "Arab": "arabic",
    "Deva": "devanagari", "Cyrl": "cyrillic", "Grek": "greek",
}  # fmt: skip


def repeat(context: CheckContext) -> Iterator[Finding]:
    """X02: the same text twice in a row, or a phrase three times in one caption."""
    for one, other in context.pairs():
        if letters(other.text) and letters(one.text) == letters(other.text):
            yield Finding(other.index, 2, 1, "the same text as the caption before")
    for each in context.cues:
        text = each.text.replace("\n", " ")
        if (match := _PHRASE.search(text) or _PHRASE_CJK.search(text)) is not None:
            yield Finding(each.index, _PHRASE_TIMES, _PHRASE_TIMES - 1, f"“{match[1]}” three times or more")


def text_loss(context: CheckContext) -> Iterator[Finding]:
    """X03: letters that are in the transcript and not in the captions, or the other way round."""
    if context.transcript is None:
        return
    for each, match in zip(context.cues, context.matches, strict=True):
        own = letters(spoken_text(each.text))
        if match is None and own:
            message = "reads differently from the transcript, or stands elsewhere in it"
            yield Finding(each.index, len(own), 0, message)
        elif match is not None and match.skipped:
            lost = match.skipped[:_SHOWN] + ("…" if len(match.skipped) > _SHOWN else "")
            yield Finding(
                each.index, len(match.skipped), 0, f"before it the transcript has “{lost}”, no caption has it"
            )
    yield from _tail(context)


def _tail(context: CheckContext) -> Iterator[Finding]:
    """Text of the transcript after the last caption."""
    whole = "".join(letters(each.text) for each in context.transcript.sentences) if context.transcript else ""
    own = sum(len(letters(spoken_text(each.text))) for each in context.cues)
    skipped = sum(len(match.skipped) for match in context.matches if match)
    if None not in context.matches and len(whole) > own + skipped:
        count = len(whole) - own - skipped
        yield Finding(None, count, 0, f"{count} letters at the end of the transcript are in no caption")


def is_empty(text: str) -> bool:
    """Whether there is nothing to read: no letter, digit or note."""
    return not letters(text) and not _NOTE.search(text)


def empty(context: CheckContext) -> Iterator[Finding]:
    """X04: nothing to read."""
    for each in context.cues:
        if is_empty(each.text):
            yield Finding(each.index, 0, 1, "no letter, digit or note in it")


def speaker_jump(context: CheckContext) -> Iterator[Finding]:
    """X05: two speakers by the transcript, and no dash or label in the caption."""
    for each, match in zip(context.cues, context.matches, strict=True):
        if match is not None and len(match.speakers) > 1 and not each.is_shared:
            count = len(match.speakers)
            yield Finding(
                each.index, count, 1, f"{count} speakers by the transcript, and no dash or label between them"
            )


def language(context: CheckContext) -> Iterator[Finding]:
    """X06: most letters are of a script that is not that of the file's language."""
    home = _SCRIPT_NAMES.get(language_of(context.language).script, "latin")
    for each in context.cues:
        text = letters(each.text)
        foreign = _foreign(text, home)
        if len(text) > 3 and foreign * 2 > len(text):
            share = round(100 * foreign / len(text))
            yield Finding(each.index, share, 50, f"{share} % of its letters are not of the file's script ({home})")


def _foreign(text: str, home: str) -> int:
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    if home == "latin":
        return sum(counts.values())
    allowed = {home, "han"} if home == "kana" else {home}
    # Latin names stand in every language's captions, so only other scripts and long Latin runs tell.
    latin = sum(character.isascii() and character.isalpha() for character in text)
    others = sum(count for name, count in counts.items() if name not in allowed)
    return others + (latin if latin > 24 else 0)


def script(context: CheckContext) -> Iterator[Finding]:
    """X07: what was said is not what the script says, or a name or number is shown by the script alone."""
    for cue, place in script_places(context):
        yield Finding(cue, place.words, 0, f"{ms_to_clock(place.start_ms)} {place_message(place)}")


def script_places(context: CheckContext) -> Iterator[tuple[int, ScriptPlace]]:
    """The places where speech and script differ, each with the caption that is shown there, or the one before it."""
    if context.script is None or not context.cues:
        return
    starts = [each.cue.start_ms for each in context.cues]
    for place in context.script.places:
        yield max(0, bisect_right(starts, (place.start_ms + place.end_ms) // 2) - 1), place
