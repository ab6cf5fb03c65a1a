"""Rules proposed from corrections: after two, in any script, and none that would change a sentence that stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captioner import glossary
from captioner.archive import Archive
from captioner.captions.hand_edits import with_hand_edits
from captioner.captions.learning import Learned, learn
from captioner.corrections import Revision
from captioner.model import Sentence, Transcript, Word
from tests.captions.newsroom_week import week
from tests.captions.week_measure import measure


def archive(*pairs: tuple[str, str], language: str = "en") -> Archive:
    """A file with what was recognised and what an editor made of it."""
    sentences, at = [], 0
    for heard, _ in pairs:
        pieces = heard.split() if " " in heard else list(heard)
        space = " " if " " in heard else ""
        words = [
            Word(piece.rstrip(".,?") + space, piece[len(piece.rstrip(".,?")) :], at + 200 * n, at + 200 * n + 200)
            for n, piece in enumerate(pieces)
        ]
        at += 200 * len(pieces)
        sentences.append(Sentence(heard, words[0].start_ms, at, tuple(words), "0"))
        at += 300
    edits = tuple((index, right) for index, (heard, right) in enumerate(pairs) if heard != right)
    kept = Archive(Transcript(tuple(sentences), language), language=language, hand_edits=edits)
    return replace(with_hand_edits(kept, Revision(1)), hand_edits=()) if edits else kept


def same(text: str) -> tuple[str, str]:
    return text, text


def rules(found: Learned) -> list[tuple[str, str]]:
    return [(each.heard, each.written) for each in found.proposals]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("Ask Mr Chen now", "Ask Mr Chan now"), ("It is Chen's car", "It is Chan's car")], ("Chen", "Chan")),
        ([("We like Al Massery here", "We like Al-Masri here")] * 2, ("Al Massery", "Al-Masri")),
        ([("we use fun asr here", "we use Fun-ASR here"), ("so Fun asr it is", "so Fun-ASR it is")],
         ("fun asr", "Fun-ASR")),
        ([("there sits Lee may today", "there sits Lee Mei today"), ("I saw Lee may, too", "I saw Lee Mei, too"),
          same("you may go now")], ("Lee may", "Lee Mei")),
        ([("ask Dr. Chen now please", "ask Dr. Chan now please"), ("so Dr. Chen it is", "so Dr. Chan it is"),
          same("this is David Chen speaking")], ("Dr. Chen", "Dr. Chan")),
        ([("今天李梅说话", "今天李玫说话"), ("我们请李梅来", "我们请李玫来"), same("梅花开了吗")], ("李梅", "李玫")),
        ([("오늘 김철쑤가 왔다", "오늘 김철수가 왔다"), ("어제 김철쑤는 갔다", "어제 김철수는 갔다")],
         ("김철쑤", "김철수")),
        ([("続いてソーニーの話", "続いてソニーの話"), ("今日はソーニーです", "今日はソニーです")],
         ("ソーニー", "ソニー")),
        ([("لم يجب نتانياهو اليوم", "لم يجب نتنياهو اليوم"), ("عن نتانياهو غدا", "عن نتنياهو غدا")],
         ("نتانياهو", "نتنياهو")),
    ],
)  # fmt: skip
def test_a_correction_made_twice_is_proposed(pairs: list[tuple[str, str]], expected: tuple[str, str]) -> None:
    found = learn([("a.json", archive(*pairs))])
    assert rules(found) == [expected]
    assert (found.proposals[0].count, found.proposals[0].files) == (2, 1)
    assert found.proposals[0].examples[0].file == "a.json"


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([("There plan is good", "Their plan is good"), ("for there use only", "for their use only")], "a common word"),
        ([("ask Chen now please", "ask Chan now please")] * 2 + [same("this is Chen speaking")],
         "stands 1 time uncorrected"),
        ([("they met in London yesterday", "they met in Paris yesterday")] * 2, "the two do not sound alike"),
        ([("ask Chen now please", "ask Chan now please")] * 2 + [("ask Chen now please", "ask Cheng now please")],
         "people wrote different things for it"),
        ([("一梅二", "一玫二"), ("三梅四", "三玫四")], "one character"),
    ],
)  # fmt: skip
def test_what_would_break_something_is_held_back_with_the_reason(pairs: list[tuple[str, str]], why: str) -> None:
    found = learn([("a.json", archive(*pairs))])
    assert rules(found) == []
    assert why in [each.held for each in found.held]


def test_what_stands_in_another_file_counts_also_where_nobody_corrected_anything() -> None:
    twice = archive(("ask Chen now please", "ask Chan now please"), ("it was Chen again", "it was Chan again"))
    other = archive(same("here is Chen again"))
    assert rules(learn([("a.json", twice)])) == [("Chen", "Chan")]
    (held,) = learn([("a.json", twice), ("b.json", other)]).held
    assert held.against[0].file == "b.json"


def test_edits_that_do_not_recur_and_figures_are_no_rules() -> None:
    once = archive(("ask Chen now please", "ask Chan now please"), ("it costs 30 pounds", "it costs 13 pounds"))
    again = archive(("it costs 30 pounds", "it costs 13 pounds"), ("so well it is fine", "it is fine"))
    found = learn([("a.json", once), ("b.json", again)])
    assert (found.proposals, found.held) == ((), ())
    assert (found.corrections, found.files) == (1, 1)


def test_rules_that_are_there_and_those_rejected_are_not_proposed() -> None:
    kept = archive(("ask Chen now please", "ask Chan now please"), ("it was Chen again", "it was Chan again"))
    assert rules(learn([("a.json", kept)], files=2)) == []
    known = glossary.parse('[[terms]]\ntext = "Chan"\nheard = ["Chen"]\n', "g")
    assert rules(learn([("a.json", kept)], known)) == []
    rejected = glossary.parse('[[rejected]]\nheard = "Chen"\ntext = "Chan"\n', "g")
    assert rules(learn([("a.json", kept)], rejected)) == []


def test_in_a_simulated_week_errors_are_proposed_after_two_corrections_and_no_right_sentence_breaks() -> None:
    files = week(7, sentences=25)[:25]
    made = measure(files)
    assert made.due >= 25
    assert made.prompt / made.due >= 0.95
    assert made.broken == []
    assert made.unforeseen == []
