"""What texts are cut into."""

from __future__ import annotations

import pytest

from captioner.alignment.outcome import Passage
from captioner.alignment.spelling import keys_for
from captioner.alignment.units import Alphabet, Known, divided, read_known, read_recognised, spaced
from captioner.model import Sentence, Transcript, Word
from tests.alignment.speech import transcript

# A text and its units, `|` between them; `_` is the space a unit begins with.
CUT = [
    ("Hello, “dear world”—said I", "Hello,|_“dear|_world”—|said|_I"),
    ("- Yes … no!", "- Yes …|_no!"),
    ("e-mail 10-20 1/2 and/or", "e-mail|_10-|20|_1/|2|_and/|or"),
    ("$5 (and) 20% C++", "$5|_(and)|_20%|_C++"),
    ("[0,0,-1] 2,000 2.5", "[0,0,-|1]|_2,000|_2.5"),
    ("wait...what", "wait...|what"),
    ("¿Qué? «oui» ?", "¿Qué?|_«oui» ?"),
    ("我们用AI技术，（很好）！", "我|们|用|AI|技|术，|（很|好）！"),
    ("コンピューター、", "コ|ン|ピ|ュー|ター、"),
    ("人々 は", "人々|_は"),
    ("สวัสดี", "ส|วั|ส|ดี"),
    ("हिन्दी है।", "हिन्दी|_है।"),
    ("한국어 문장", "한국어|_문장"),
    ("a\u00a0b", "a\u00a0|b"),
    ("天\u3000地", "天\u3000|地"),
    ("♪ ♪", "♪ ♪"),
    ("", ""),
]


def _shown(known: Known) -> str:
    pieces = (text.replace(" ", "_", 1) if text[:1] == " " else text for text in known.texts)
    return "|".join(text + mark for text, mark in zip(pieces, known.marks, strict=True))


@pytest.mark.parametrize(("text", "units"), CUT)
def test_units_of_a_text(text: str, units: str) -> None:
    assert _shown(read_known([Passage(text)], Alphabet(keys_for("en")))) == units


@pytest.mark.parametrize(
    ("passages", "units"),
    [
        (["one", "two"], "one|_two"),
        (["今天", "很好"], "今|天|很|好"),
        (["今天。", "很好"], "今|天。|很|好"),
        (["今天", "ok"], "今|天|_ok"),
        (["one", "", "two"], "one|_two"),
    ],
)
def test_a_space_stands_between_passages_where_the_writing_has_one(passages: list[str], units: str) -> None:
    assert _shown(read_known([Passage(text) for text in passages], Alphabet(keys_for("")))) == units


def _keys(given: Transcript) -> list[str]:
    alphabet = Alphabet(keys_for("en"))
    return [alphabet.key(symbol) for symbol in read_recognised(given, alphabet).symbols]


def test_parts_of_a_recognised_word_are_one_unit() -> None:
    words = (Word("to", "", 0, 9), Word(" tok", "", 9, 20), Word("en", "", 20, 30), Word("s", ".", 400, 500))
    assert _keys(Transcript((Sentence("to tokens.", 0, 500, words),))) == ["to", "token", "s"]


def test_words_that_came_without_spaces_are_not_put_together() -> None:
    words = (Word("to", "", 0, 9), Word("token", "", 9, 20))
    assert _keys(Transcript((Sentence("to token", 0, 20, words),))) == ["to", "token"]


def test_characters_share_the_time_of_their_word() -> None:
    recognised = read_recognised(transcript("今天 好", spaced=False), Alphabet(keys_for("zh")))
    assert (recognised.starts, recognised.ends) == ([0, 100, 200], [100, 200, 400])
    assert (recognised.first, recognised.last) == ([0, 0, 1], [1, 1, 2])


@pytest.mark.parametrize(
    ("lengths", "edges"), [([1.0], [10, 40]), ([1.0, 2.0], [10, 20, 40]), ([0.0, 0.0], [10, 10, 40])]
)
def test_division_by_length(lengths: list[float], edges: list[int]) -> None:
    assert divided(10, 40, lengths) == edges


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["one", " two", "three"], "one two three"),
        (["今天", "很好"], "今天很好"),
        (["今天", "ok"], "今天 ok"),
        ([], ""),
    ],
)
def test_pieces_in_a_row(pieces: list[str], text: str) -> None:
    assert spaced(pieces) == text
