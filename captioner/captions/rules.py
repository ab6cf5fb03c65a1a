"""Corrections that rules of the options make, as records over the recognised words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from captioner.captions.options import CaptionOptions
from captioner.corrections import Correction, Edits, shown
from captioner.model import Sentence, Transcript, Word

__all__ = ["merged_corrections", "rule_corrections", "with_cut_corrections"]


def rule_corrections(recognised: Transcript, ruled: Transcript, options: CaptionOptions) -> tuple[Correction, ...]:
    """Corrections of rules, sentence by sentence.

    Args:
        recognised: Before the rules.
        ruled: After them: the same sentences, with words replaced and other speakers.
        options: Their replacement list gives its name.
    """
    sentences = recognised.sentences
    firsts = [0, *accumulate(len(sentence.words) or 1 for sentence in sentences)]
    order = list(range(len(sentences)))
    if options.smooth_speakers:  # which puts them in order of time
        order.sort(key=lambda index: sentences[index].start_ms)
    found: list[Correction] = []
    left = list(reversed(ruled.sentences))
    for place, index in enumerate(order):
        before, first = sentences[index], firsts[index]
        spare = len(order) - place - len(left)  # sentences that were left out whole
        if left and (not spare or _is_part(left[-1], before)):
            after = left.pop()
            found += _of_sentence(before, after, first, options) if after is not before else ()
        else:
            found.append(Correction(first, firsts[index + 1], "", source=_source(options), kind="rule"))
    return tuple(sorted(found, key=lambda each: each.first))


def with_cut_corrections(edits: Edits) -> Edits:
    """The edits with the corrections that the cuts of a person were made over."""
    return edits if edits.cut_with or not edits.cues else replace(edits, cut_with=edits.corrections)


def _is_part(after: Sentence, before: Sentence) -> bool:
    """Whether a sentence is what is left of another."""
    within = before.start_ms <= after.start_ms and after.end_ms <= before.end_ms
    return after is before or (within and after.channel == before.channel)


def _source(options: CaptionOptions) -> str:
    return options.replacements_name or options.glossary_name or "options"


def _of_sentence(before: Sentence, after: Sentence, first: int, options: CaptionOptions) -> Iterator[Correction]:
    """The changes of one sentence, whose first word has a number; all of it where smaller ones do not give it."""
    speaker = after.speaker if after.speaker != before.speaker else None
    count = len(before.words) or 1
    if before.text == after.text:
        yield Correction(0, count, None, speaker=speaker, source="speaker smoothing", kind="rule").shifted(first)
        return
    made = [
        Correction(start, end, _text(words), words, speaker, source=_source(options), kind="rule")
        for start, end, words in _replaced(before.words, after.words)
    ]
    texts = [each.text for each in shown(Transcript((before,)), made).sentences]
    if texts != [after.text]:
        whole = after.words or (Word(after.text, "", before.start_ms, before.end_ms),)
        made = [Correction(0, count, after.text, whole, speaker, source=_source(options), kind="rule")]
    yield from (each.shifted(first) for each in made)


def _text(words: Sequence[Word]) -> str:
    return "".join(word.text + word.punctuation for word in words).strip()


def _replaced(before: Sequence[Word], after: Sequence[Word]) -> Iterator[tuple[int, int, tuple[Word, ...]]]:
    """First word and the one after the last of each stretch that changed, and what stands there now."""
    at = 0
    for word in after:
        start = at
        while at < len(before) and before[at].end_ms <= word.start_ms and word != before[at]:
            at += 1
        if start < at:
            yield start, at, ()
        if at < len(before) and word == before[at]:
            at += 1
            continue
        start = at
        while at < len(before) and before[at].start_ms < word.end_ms:
            at += 1
        at = min(len(before), max(at, start + 1))
        if start < at:
            yield start, at, (word,)
    if at < len(before):
        yield at, len(before), ()


def merged_corrections(first: Sequence[Correction], rules: Sequence[Correction]) -> tuple[Correction, ...]:
    """Corrections in order of the words: those that are there, and of the rules those that touch none of their words.

    Where only the speaker of some words was corrected, a rule still changes the words.
    """
    if not first or not rules:
        return tuple(first or rules)
    worded = [each for each in first if each.text is not None]
    voiced = [each for each in first if each.text is None]
    free = [each for each in rules if not _touched(each, worded) and not (each.text is None and _touched(each, voiced))]
    made = [part for each in voiced for part in _without(each, free)]
    spoken = [replace(each, speaker=each.speaker or _speaker_of(each, voiced)) for each in free]
    return tuple(sorted([*worded, *made, *spoken], key=lambda each: (each.first, each.last)))


def _touched(rule: Correction, corrections: Sequence[Correction]) -> bool:
    """Whether some of its words are in one of several corrections in order."""
    at = bisect_right(corrections, rule.first, key=lambda each: max(each.last, each.first + 1))
    return at < len(corrections) and corrections[at].first < rule.last


def _speaker_of(rule: Correction, voiced: Sequence[Correction]) -> str | None:
    """The speaker of the words of a rule, where a correction of speakers has all of them."""
    if rule.text is None:
        return None
    return next((each.speaker for each in voiced if each.first <= rule.first and rule.last <= each.last), None)


def _without(correction: Correction, rules: Sequence[Correction]) -> Iterator[Correction]:
    """A correction of speakers, in the parts between rules that change some of its words."""
    at = correction.first
    for rule in rules:
        if rule.text is None or rule.last <= at or rule.first >= correction.last:
            continue
        if at < rule.first:
            yield replace(correction, first=at, last=rule.first)
        at = max(at, rule.last)
    if at < correction.last:
        yield replace(correction, first=at)
