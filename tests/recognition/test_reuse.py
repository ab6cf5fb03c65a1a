"""Whether a reply serves another request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captioner.recognition.funasr.options import RecognitionOptions, WordFilter
from captioner.recognition.funasr.reply_reuse import (
    as_bought,
    describe_options,
    different_label,
    lacking,
    options_asked,
)

PLAIN = RecognitionOptions()
OTHERS = [
    PLAIN,
    RecognitionOptions(language_hints=("de",), speaker_count=3),
    RecognitionOptions(diarization=False, word_filter=WordFilter(("a",), ("b",), False)),
    RecognitionOptions(model="fun-asr-mtl", channels=(0, 1), vocabulary_id="vocab-1"),
]


@pytest.mark.parametrize(
    ("wanted", "had", "lacks"),
    [
        (PLAIN, PLAIN, ()),
        (replace(PLAIN, diarization=False), PLAIN, ()),
        (PLAIN, replace(PLAIN, diarization=False), ("--diarization",)),
        (replace(PLAIN, speaker_count=2), PLAIN, ("--speaker-count 2",)),
        (PLAIN, replace(PLAIN, speaker_count=2), ()),
        (replace(PLAIN, language_hints=("de",)), replace(PLAIN, language_hints=("en",)), ()),
        (replace(PLAIN, vocabulary_id="v"), PLAIN, ("--vocabulary v",)),
        (PLAIN, replace(PLAIN, vocabulary_id="v"), ()),
        (replace(PLAIN, word_filter=WordFilter(("a",), ("b",))), PLAIN, ()),
        (PLAIN, replace(PLAIN, word_filter=WordFilter(("a",))), ("the word a, which is masked in it",)),
        (replace(PLAIN, word_filter=WordFilter(("a", "b"))), replace(PLAIN, word_filter=WordFilter(("a",))), ()),
        (
            replace(PLAIN, word_filter=WordFilter((), ("a",))),
            replace(PLAIN, word_filter=WordFilter(("a",))),
            ("the word a, which is masked in it",),
        ),
        (replace(PLAIN, word_filter=WordFilter(system=False)), PLAIN, ("--no-system-filter",)),
        (replace(PLAIN, remove_fillers=True), PLAIN, ()),
        (PLAIN, replace(PLAIN, remove_fillers=True), ("filler words",)),
        (replace(PLAIN, model="fun-asr-mtl"), PLAIN, ("--model fun-asr-mtl",)),
        (replace(PLAIN, channels=(0, 1)), PLAIN, ("--channels 0,1",)),
    ],
)
def test_a_reply_lacks_what_it_cannot_give(
    wanted: RecognitionOptions, had: RecognitionOptions, lacks: tuple[str, ...]
) -> None:
    assert lacking(wanted, had) == lacks


@pytest.mark.parametrize("options", OTHERS)
def test_what_was_asked_is_read_back(options: RecognitionOptions) -> None:
    described = describe_options(options)
    assert options_asked(described, options.model, options.digest, options.channels, PLAIN) == options


def test_what_was_asked_before_it_was_described_is_found_by_its_digest() -> None:
    asked = RecognitionOptions(language_hints=("ja",), speaker_count=4, remove_fillers=True)
    assert options_asked("", asked.model, asked.digest, (), PLAIN) == asked
    assert options_asked("", asked.model, "0" * 64, (), PLAIN) is None
    assert options_asked("", "unheard-of", asked.digest, (), PLAIN) is None


def test_a_label_differs_only_where_one_is_wanted() -> None:
    german = replace(PLAIN, language_hints=("de",))
    assert different_label(PLAIN, german) == ""
    assert different_label(german, german) == ""
    assert different_label(german, PLAIN) == "recognised with the language detected, labelled de"


def test_a_reply_is_bought_with_every_word() -> None:
    assert as_bought(PLAIN) == PLAIN
    assert as_bought(replace(PLAIN, word_filter=WordFilter(("a",), ("b",)))) == PLAIN
    bare = replace(PLAIN, word_filter=WordFilter(("a",), system=False))
    assert as_bought(bare).word_filter == WordFilter(system=False)
