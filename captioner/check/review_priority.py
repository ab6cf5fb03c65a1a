"""Ranks the captions that are most worth listening to before air.

The one rule: a reason is something that recognisers are known to get wrong, and the list is short.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from captioner.check.context import CheckContext, MeasuredCue
from captioner.check.rules.wording import script_places
from captioner.model import Issue, Transcript, Word
from captioner.script_report import place_message

__all__ = ["DOUBTFUL", "MOST", "ReviewItem", "review_items"]

DOUBTFUL = 0.9
"""Confidence below which a word is worth hearing. No figures are published; in the observed replies of the models that
report it nearly every word has 1.0."""

MOST = 12  # as many as a duty editor hears in two minutes

_DIGITS = re.compile(r"\d(?:[\d.,:]*\d)?")
_CAPITAL = re.compile(r"(?<![.!?…:] )(?<!^)(?<!\n)\b[A-ZÀ-ÖØ-Þ][\w'’-]+(?: [A-ZÀ-ÖØ-Þ][\w'’-]+)*", re.MULTILINE)
_FOREIGN_RUN = re.compile(r"[A-Za-z][A-Za-z0-9.'’-]*")
_MIXED = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w+\b|\b[A-Z]{2,}\b|\b\w*[a-z][A-Z]\w*\b")
_WEIGHTS = {
    "text_loss": (9, "the text differs from the transcript"),
    "no_speech": (8, "the transcript has no speech here"),
    "missing": (8, "speech without a caption"),
    "repeat": (7, "a repeat"),
    "language": (6, "another script"),
    "speaker_jump": (5, "an unmarked speaker change"),
}


_LEADS = 100.0  # above the sum of all other weights
# Above those of every word that the recogniser is unsure of: what was said is not what was to be said.
_SCRIPT = {"changed": 900.0, "added": 800.0, "left out": 700.0, "corrected": 600.0}


class ReviewItem(NamedTuple):
    """One caption worth listening to.

    Attributes:
        cue: 0-based caption.
        score: The higher, the sooner.
        reasons: What to listen for, most important first.
    """

    cue: int
    score: float
    reasons: tuple[str, ...]


def review_items(context: CheckContext, issues: Sequence[Issue], most: int = MOST) -> tuple[ReviewItem, ...]:
    """The captions most worth hearing, best first, at most `most` of them.

    Where the speaker left the script comes first, then what the recogniser itself is unsure of, where it says so.
    Names, numbers and words that occur once in the programme are what recognisers miss most; speed, repeats and changes
    of speaker are where they miss it.
    """
    unsure = _Unsure(context.transcript)
    rare = _rare(context)
    told: dict[int, list[tuple[float, str]]] = {each.index: [] for each in context.cues}
    for issue in issues:
        if issue.cue_index is not None and issue.rule in _WEIGHTS:
            told[issue.cue_index].append(_WEIGHTS[issue.rule])
    for cue, place in script_places(context):
        told[cue].append((_SCRIPT[place.kind], place_message(place)))
    before: MeasuredCue | None = None
    for each in context.cues:
        told[each.index] += [*unsure.reasons(each), *_text(each, rare), *_speed(each), *_turn(before, each)]
        before = each
    found = [_place(index, reasons) for index, reasons in told.items() if reasons]
    best = sorted((place for place in found if place.score >= 3), key=lambda place: (-place.score, place.cue))
    return tuple(best[:most])


def _place(index: int, reasons: Sequence[tuple[float, str]]) -> ReviewItem:
    ordered = sorted(dict.fromkeys(reasons), key=lambda reason: -reason[0])
    return ReviewItem(index, sum(weight for weight, _ in ordered), tuple(text for _, text in ordered[:3]))


class _Unsure:
    """Words that the recogniser is unsure of, from the captions' own words or from the transcript at their time."""

    def __init__(self, transcript: Transcript | None) -> None:
        sentences = transcript.sentences if transcript else ()
        words = [word for one in sentences for word in one.words if word.confidence is not None]
        self._words = sorted(words, key=_middle_ms)
        self._at = [_middle_ms(word) for word in self._words]

    def reasons(self, each: MeasuredCue) -> Iterator[tuple[float, str]]:
        """The doubtful words of one caption; their weight is above that of everything else together."""
        own = [word for line in each.cue.lines for word in line.words if word.confidence is not None]
        first, last = bisect_left(self._at, each.cue.start_ms), bisect_left(self._at, each.cue.end_ms)
        doubtful = [(sure, word) for word in own or self._words[first:last] if (sure := _sure(word)) < DOUBTFUL]
        if doubtful:
            doubtful.sort(key=lambda one: one[0])
            lowest = doubtful[0][0]
            named = dict.fromkeys(f"{word.text.strip()} ({sure:.0%})" for sure, word in doubtful)
            yield _LEADS * (2 - lowest), f"the recogniser is unsure: {', '.join(list(named)[:3])}"


def _middle_ms(word: Word) -> int:
    return (word.start_ms + word.end_ms) // 2


def _sure(word: Word) -> float:
    return 1.0 if word.confidence is None else word.confidence


def _rare(context: CheckContext) -> frozenset[str]:
    """Names and Latin words that occur once: nothing else in the programme confirms their spelling."""
    counts = Counter(word for each in context.cues for word in _words(each))
    return frozenset(word for word, count in counts.items() if count == 1)


def _words(each: MeasuredCue) -> list[str]:
    """Names and foreign words by their letters: capitals inside a sentence, Latin letters in Chinese."""
    pattern = _CAPITAL if each.profile.spaces else _FOREIGN_RUN
    found = [match[0] for match in pattern.finditer(each.text.replace("\n", " "))]
    dull = each.profile.titles | each.profile.months | each.profile.no_break_after
    return [word for word in found if word.lower().rstrip(".") not in dull]


def _text(each: MeasuredCue, rare: frozenset[str]) -> Iterator[tuple[float, str]]:
    numbers = _DIGITS.findall(each.text)
    if numbers:
        yield 2 + min(len(numbers), 3), f"numbers: {', '.join(numbers[:3])}"
    names = list(dict.fromkeys(_words(each)))
    if names:
        weight = 2 + sum(name in rare for name in names)
        yield min(weight, 5), f"names: {', '.join(names[:3])}"
    odd = [word for word in dict.fromkeys(_MIXED.findall(each.text)) if word not in names]
    if odd:
        yield 2, f"not in a dictionary: {', '.join(odd[:3])}"


def _speed(each: MeasuredCue) -> Iterator[tuple[float, str]]:
    if round(each.cps, 1) > each.style.cps:
        yield 4 if each.cps > each.style.cps_hard else 1.5, f"fast: {each.cps:.1f} characters a second"


def _turn(before: MeasuredCue | None, each: MeasuredCue) -> Iterator[tuple[float, str]]:
    if each.is_shared:
        yield 2, "two speakers in one caption"
    elif before is not None and each.cue.speaker != before.cue.speaker and each.words in (1, 2):
        yield 3, "a short turn of another speaker"
    elif before is not None and each.cue.speaker != before.cue.speaker:
        yield 1, "another speaker"
