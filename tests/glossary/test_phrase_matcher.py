"""Phrases are found as whole words in every script, in one pass whose work does not grow with their number."""

from __future__ import annotations

import pytest

from captioner.glossary.phrase_matcher import Phrase, PhraseMatcher, tokens_of, without_overlaps


def found(text: str, *phrases: str) -> list[str]:
    matcher = PhraseMatcher([Phrase(each, each != each.lower()) for each in phrases])
    return [text[match.start : match.end] for match in matcher.find(text)]


@pytest.mark.parametrize(
    ("text", "phrase", "places"),
    [
        ("we use fun  asr; FUN ASR!", "fun asr", ["fun  asr", "FUN ASR"]),
        ("a funny asrama", "fun", []),
        ("Chen’s car, the Chens, CHEN", "Chen", ["Chen"]),
        ("O’Brien and O'Brien", "O'Brien", ["O’Brien", "O'Brien"]),
        ("C++ and C++x and xC++", "C++", ["C++"]),
        ("the cat. (cat) cat-like", "cat", ["cat", "cat", "cat"]),
        (".* is no pattern", ".*", [".*"]),
        ("a(b)c [d] \\d", "(b)", []),
        ("用方ASR完成", "asr", ["ASR"]),
        ("李梅和李梅花", "李梅", ["李梅", "李梅"]),
        ("東京都アンナさん", "アンナ", ["アンナ"]),
        ("김철수가 김철수는 김철수대", "김철수", ["김철수", "김철수"]),
        ("서울에서 서울시", "서울", ["서울"]),
        ("कमा कम", "कम", ["कम"]),
        ("مُحَمَّد محمد", "م", []),
        ("مُحَمَّد رأى", "رأى", ["رأى"]),
        ("cafe\u0301 cafe", "caf\u00e9", ["cafe\u0301"]),
        ("İstanbul", "istanbul", []),
        ("กรุงเทพมหานคร", "กรุงเทพ", ["กรุงเทพ"]),
    ],
)
def test_a_phrase_is_found_where_it_stands_alone(text: str, phrase: str, places: list[str]) -> None:
    assert found(text, phrase) == places


def test_overlapping_names_are_all_found_and_the_longest_is_kept() -> None:
    phrases = ["new york", "new york times", "york times square"]
    matcher = PhraseMatcher([Phrase(each) for each in phrases])
    matches = list(matcher.find("the New York Times Square"))
    assert [phrases[match.phrase] for match in matches] == phrases
    (kept,) = without_overlaps(matches, [0, 1, 2])
    assert phrases[kept.phrase] == "york times square"


def test_the_work_for_a_text_does_not_grow_with_the_number_of_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted as looks into the tree of phrases."""
    from captioner.glossary import phrase_matcher

    looks = 0
    after = phrase_matcher._after

    def counted(*arguments: object) -> object:
        nonlocal looks
        looks += 1
        return after(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(phrase_matcher, "_after", counted)
    text = "nothing of this is in any of the lists name 7 word " * 20

    def work(phrases: int) -> int:
        nonlocal looks
        looks = 0
        list(PhraseMatcher([Phrase(f"name {number} word") for number in range(phrases)]).find(text))
        return looks

    assert work(5000) == work(10)


def test_tokens_cover_everything_but_space() -> None:
    text = "Dr. O'Hara, 李梅 ไทย 김철수 — déjà vu"
    assert "".join(text[token.start : token.end] for token in tokens_of(text)) == "".join(text.split())
