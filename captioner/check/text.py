"""Rules about the words: against the transcript, against each other, against the language of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from captioner.check.rules import Finding
from captioner.check.spoken import letters, said_in
from captioner.check.subject import Subject
from captioner.languages import language_of

__all__ = ["empty", "is_empty", "language", "repeat", "speaker_jump", "text_loss"]

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


def repeat(subject: Subject) -> Iterator[Finding]:
    """X02: the same text twice in a row, or a phrase three times in one caption."""
    for one, other in subject.pairs():
        if letters(other.text) and letters(one.text) == letters(other.text):
            yield Finding(other.index, 2, 1, "the same text as the caption before")
    for each in subject.cues:
        text = each.text.replace("\n", " ")
        if (match := _PHRASE.search(text) or _PHRASE_CJK.search(text)) is not None:
            yield Finding(each.index, _PHRASE_TIMES, _PHRASE_TIMES - 1, f"“{match[1]}” three times or more")


def text_loss(subject: Subject) -> Iterator[Finding]:
    """X03: letters that the transcript has and the captions have not, or the other way round."""
    if subject.transcript is None:
        return
    for each, said in zip(subject.cues, subject.said, strict=True):
        own = letters(said_in(each.text))
        if said is None and own:
            message = "reads differently from the transcript, or stands elsewhere in it"
            yield Finding(each.index, len(own), 0, message)
        elif said is not None and said.skipped:
            lost = said.skipped[:_SHOWN] + ("…" if len(said.skipped) > _SHOWN else "")
            yield Finding(each.index, len(said.skipped), 0, f"before it the transcript has “{lost}”, no caption has it")
    yield from _tail(subject)


def _tail(subject: Subject) -> Iterator[Finding]:
    """What the transcript has after the last caption."""
    whole = "".join(letters(each.text) for each in subject.transcript.sentences) if subject.transcript else ""
    own = sum(len(letters(said_in(each.text))) for each in subject.cues)
    skipped = sum(len(said.skipped) for said in subject.said if said)
    if None not in subject.said and len(whole) > own + skipped:
        count = len(whole) - own - skipped
        yield Finding(None, count, 0, f"{count} letters at the end of the transcript are in no caption")


def is_empty(text: str) -> bool:
    """Whether there is nothing to read: no letter, digit or note."""
    return not letters(text) and not _NOTE.search(text)


def empty(subject: Subject) -> Iterator[Finding]:
    """X04: nothing to read."""
    for each in subject.cues:
        if is_empty(each.text):
            yield Finding(each.index, 0, 1, "no letter, digit or note in it")


def speaker_jump(subject: Subject) -> Iterator[Finding]:
    """X05: two speakers by the transcript, and nothing in the caption says so."""
    for each, said in zip(subject.cues, subject.said, strict=True):
        if said is not None and len(said.speakers) > 1 and not each.shared:
            count = len(said.speakers)
            yield Finding(
                each.index, count, 1, f"{count} speakers by the transcript, and no dash or label between them"
            )


def language(subject: Subject) -> Iterator[Finding]:
    """X06: most letters are of a script the file's language is not written in."""
    home = _SCRIPT_NAMES.get(language_of(subject.language).script, "latin")
    for each in subject.cues:
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
