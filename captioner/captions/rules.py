"""Corrections that rules of the options make, as records over the recognised words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from captioner.captions.options import CaptionOptions
from captioner.corrections import Correction
from captioner.model import Sentence, Transcript, Word

__all__ = ["merged_corrections", "rule_corrections"]


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
    for index, after in zip(order, ruled.sentences, strict=True):
        if sentences[index] is not after:
            found += _of_sentence(sentences[index], after, firsts[index], options)
    return tuple(sorted(found, key=lambda each: each.first))


def _of_sentence(before: Sentence, after: Sentence, first: int, options: CaptionOptions) -> Iterator[Correction]:
    """The changes of one sentence, whose first word has a number."""
    speaker = after.speaker if after.speaker != before.speaker else None
    source = options.replacements_name or "replacements"
    if before.text == after.text:
        last = first + (len(before.words) or 1)
        yield Correction(first, last, None, speaker=speaker, source="speaker smoothing", kind="rule")
        return
    if before.words == after.words or not before.words:
        words = (Word(after.text, "", before.start_ms, before.end_ms),)
        last = first + (len(before.words) or 1)
        yield Correction(first, last, after.text, words, speaker, source=source, kind="rule")
        return
    for start, end, made in _replaced(before.words, after.words):
        text = "".join(word.text + word.punctuation for word in made).strip()
        yield Correction(first + start, first + end, text, made, speaker, source=source, kind="rule")


def _replaced(before: Sequence[Word], after: Sequence[Word]) -> Iterator[tuple[int, int, tuple[Word, ...]]]:
    """First word and the one after the last of each stretch that became one word, and that word."""
    at = 0
    for word in after:
        if at < len(before) and word == before[at]:
            at += 1
            continue
        start = at
        while at < len(before) and before[at].start_ms < word.end_ms:
            at += 1
        at = max(at, start + 1)
        yield start, at, (word,)


def merged_corrections(first: Sequence[Correction], rules: Sequence[Correction]) -> tuple[Correction, ...]:
    """Corrections in order of the words: those that are there, and of the rules those that touch none of them."""
    if not first:
        return tuple(rules)
    ends = [max(each.last, each.first + 1) for each in first]
    free = [
        each for each in rules if (at := bisect_right(ends, each.first)) == len(ends) or first[at].first >= each.last
    ]
    return tuple(sorted([*first, *free], key=lambda each: (each.first, each.last)))
