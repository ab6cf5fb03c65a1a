from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.model import Word
from captioner.recognition.funasr.token_alignment import align_tokens, normalize, text_of_tokens


def words(*tokens: str, marks: dict[int, str] | None = None) -> list[Word]:
    return [Word(text, (marks or {}).get(i, ""), i * 100, i * 100 + 100) for i, text in enumerate(tokens)]


def joined(fitted: tuple[Word, ...]) -> str:
    return "".join(word.text + word.punctuation for word in fitted)


TEXTS = st.text(
    st.sampled_from("abcXYZ09 .,!?-'\"“”()$#  \t\n\u3000\u00a0你好世界，。！日本ひら한국🙂éßİ\u0301\ud800<|>"),
    max_size=30,
)


@given(TEXTS)
def test_tidying_twice_is_tidying_once(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"], exclude_characters="<")))
def test_tidying_keeps_every_character_that_is_not_space(text: str) -> None:
    assert normalize(f"  {text} ") == text


@given(TEXTS, st.lists(TEXTS, max_size=8))
def test_whatever_the_tokens_the_words_concatenate_to_the_text(text: str, tokens: list[str]) -> None:
    said = normalize(text)
    if not said or not tokens:
        return
    fitted = align_tokens(said, words(*tokens))
    assert joined(fitted) == said
    assert all(word.text for word in fitted)


@given(TEXTS, st.data())
def test_tokens_that_spell_the_text_keep_their_times(text: str, data: st.DataObject) -> None:
    said = normalize(text.replace("\ud800", ""))
    pieces = said.split()
    if not pieces or not all(any(c.isalnum() for c in piece) for piece in pieces):
        return
    given_words = words(*pieces)
    fitted = align_tokens(said, given_words)
    assert joined(fitted) == said
    assert [(w.start_ms, w.end_ms) for w in fitted] == [(w.start_ms, w.end_ms) for w in given_words]


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=8))
def test_times_stay_in_order_and_inside(text: str, tokens: list[str]) -> None:
    said = normalize(text)
    if not said:
        return
    fitted = align_tokens(said, words(*tokens))
    edges = [ms for word in fitted for ms in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= len(tokens) * 100


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        # The translated examples: spaces are missing from the tokens.
        (
            "Hello World, this is Alibaba Speech Lab.",
            words("Hello", " World", "this is", "Alibaba", "Speech", "Lab", marks={1: ", ", 5: "."}),
            ["Hello", " World, ", "this is", " Alibaba", " Speech", " Lab."],
        ),
        # Tokens that end in a space, as Paraformer writes them, keep the space at the end.
        (
            "Hello word, this is it.",
            words("Hello ", "word", "this ", "is  ", "it", marks={1: ", ", 4: "."}),
            ["Hello ", "word, ", "this ", "is ", "it."],
        ),
        # A number written out by the recogniser and in figures in the text.
        ("I have 18 dogs", words("I", " have", " eighteen", " dogs"), ["I", " have", " 18", " dogs"]),
        # A word no token spells goes between its neighbours.
        ("one two three", words("one", " three"), ["one", " two", " three"]),
        # A token that the filter took out of the text.
        ("so we go", words("so", " um", " we", " go"), ["so", " we", " go"]),
        # Quotation marks and brackets open the next word.
        ('He said "no" (twice).', words("He", "said", "no", "twice"), ["He", " said", ' "no" ', "(twice)."]),
        ("他说“不行”。", words("他", "说", "不行"), ["他", "说", "“不行”。"]),
        # Nothing in common: the text, spread over the time of the tokens.
        ("好的", words("x", "y", "z"), ["好", "的"]),
        # Letters inside another word are no word.
        ("an apple a day", words("zz", "a", "day"), ["an", " apple", " a", " day"]),
        # Case does not matter.
        ("NASA says", words("nasa", " Says"), ["NASA", " says"]),
    ],
)
def test_tokens_take_their_text_from_the_sentence(text: str, tokens: list[Word], expected: list[str]) -> None:
    assert [word.text + word.punctuation for word in align_tokens(text, tokens)] == expected


def test_a_replaced_word_keeps_the_time_of_the_token_it_replaces() -> None:
    fitted = align_tokens("I have 18 dogs", words("I", " have", " eighteen", " dogs"))
    assert [(w.start_ms, w.end_ms) for w in fitted] == [(0, 100), (100, 200), (200, 300), (300, 400)]


def test_masked_words_keep_their_times() -> None:
    fitted = align_tokens("what the **** now", words("what", " the", " heck", " now"))
    assert joined(fitted) == "what the **** now"
    assert (fitted[-1].start_ms, fitted[-1].end_ms) == (300, 400)


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        (" fellow citizens. ", "fellow citizens."),
        ("the world.  fellow", "the world. fellow"),
        ("one\ntwo", "one two"),
        ("<|ANGRY|>no<|/Speech|> ", "no"),
        ("你好　世界", "你好　世界"),
        ("\ud800ok", "\ufffdok"),
        ("a < b | c", "a < b | c"),
    ],
)
def test_tidying(text: str, tidied: str) -> None:
    assert normalize(text) == tidied


def test_no_words_stay_no_words() -> None:
    assert align_tokens("text", []) == ()


@pytest.mark.parametrize(
    ("tokens", "marks", "text"),
    [
        (("this", "is", "Tom", "how"), {2: ","}, "this is Tom, how"),
        (("costs", "$48", "(", "each", ")"), {4: "."}, "costs $48 (each)."),
        (("on", " air"), {}, "on air"),  # the tokens have their spaces
        (("Para", "former ", "works"), {}, "Paraformer works"),
        (("今天", "用", "AI", "写"), {3: "。"}, "今天用AI写。"),
        (("สวัสดี", "ครับ"), {}, "สวัสดีครับ"),
        (("그것은", "아니다"), {1: "."}, "그것은 아니다."),
        (("हम", "यहाँ", "हैं"), {2: "।"}, "हम यहाँ हैं।"),
        (("said", '"Hello"', "–", "it", "'s", ".5"), {}, 'said "Hello" – it\'s .5'),
        ((), {}, ""),
    ],
)
def test_tokens_of_a_sentence_without_text_are_joined_as_they_are_written(
    tokens: tuple[str, ...], marks: dict[int, str], text: str
) -> None:
    assert text_of_tokens(words(*tokens, marks=marks)) == text
