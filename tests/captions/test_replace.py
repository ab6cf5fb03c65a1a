"""Replacement lists: exact, whole words, case kept, over several tokens, everything listed."""

from __future__ import annotations

import pytest

from captioner.captions.replace import Replacements, apply, parse
from captioner.errors import ConfigError
from captioner.model import Sentence, Transcript, Word


def said(text: str, *tokens: str, space: str = " ") -> Transcript:
    words = []
    for number, token in enumerate(tokens):
        bare = token.rstrip(",.!?，。")
        words.append(Word(bare + space, token[len(bare) :], number * 100, number * 100 + 100))
    return Transcript((Sentence(text, 0, len(tokens) * 100, tuple(words), "0"),))


@pytest.mark.parametrize(
    ("text", "heard", "written", "shown"),
    [
        ("we use fun asr here", "fun asr", "Fun-ASR", "we use Fun-ASR here"),
        ("Fun ASR, he said", "fun asr", "Fun-ASR", "Fun-ASR, he said"),
        ("a funny asrama", "fun", "joy", "a funny asrama"),
        ("Colour and COLOUR and colour", "colour", "color", "Color and COLOR and color"),
        ("Polish polish", "Polish", "Finnish", "Finnish polish"),
        ("C++ and C", "C++", "C plus plus", "C plus plus and C"),
        ("用方ASR完成", "asr", "语音识别", "用方语音识别完成"),
        ("李梅和李梅花", "李梅", "李玫", "李玫和李玫花"),
        ("new  york", "new york", "New York", "New York"),
        ("don't stop", "don", "Don", "Don't stop"),
    ],
)
def test_a_word_is_replaced_where_it_stands_alone(text: str, heard: str, written: str, shown: str) -> None:
    changed, _ = apply(said(text), Replacements({heard: written}))
    assert changed.sentences[0].text == shown


def test_several_tokens_become_one_with_their_time_and_their_last_mark() -> None:
    transcript = said("we use fun asr, too.", "we", "use", "fun", "asr,", "too.")
    changed, listed = apply(transcript, Replacements({"fun asr": "Fun-ASR"}))
    words = changed.sentences[0].words
    assert [word.text.strip() + word.punctuation for word in words] == ["we", "use", "Fun-ASR,", "too."]
    assert (words[2].start_ms, words[2].end_ms) == (200, 400)
    assert listed == ("at 0.0 s “fun asr” is shown as “Fun-ASR”",)


def test_characters_around_a_match_inside_a_chinese_token_stay() -> None:
    changed, _ = apply(said("请李梅女士来", "请李", "梅女士", "来", space=""), Replacements({"李梅": "李玫"}))
    assert [word.text for word in changed.sentences[0].words] == ["请李玫女士", "来"]


def test_the_longest_match_wins() -> None:
    changed, listed = apply(said("new york times"), Replacements({"new york": "NY", "new york times": "the Times"}))
    assert changed.sentences[0].text == "the Times"
    assert len(listed) == 1


def test_masking_keeps_the_first_letter_and_is_listed() -> None:
    changed, listed = apply(
        said("what the heck, Heckler", "what", "the", "heck,", "Heckler"), parse('mask = ["heck"]', "n")
    )
    assert changed.sentences[0].text == "what the h***, Heckler"
    assert [word.text.strip() for word in changed.sentences[0].words] == ["what", "the", "h***", "Heckler"]
    assert listed == ("at 0.0 s “heck” is shown as “h***”",)


def test_tokens_that_do_not_spell_the_sentence_are_left_alone() -> None:
    transcript = Transcript((Sentence("about 90 dollars", 0, 900, (Word("ninety", "", 0, 400),), "0"),))
    changed, _ = apply(transcript, Replacements({"dollars": "USD"}))
    assert changed.sentences[0].text == "about 90 USD"
    assert changed.sentences[0].words == transcript.sentences[0].words


def test_nothing_to_replace_is_the_same_transcript() -> None:
    transcript = said("hello")
    assert apply(transcript, Replacements({"world": "earth"})) == (transcript, ())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("= 3", "not valid TOML"),
        ("[replac]\na = 'b'", "unknown key 'replac'"),
        ("[replace]\na = 3", "takes lines"),
        ("mask = 'x'", "list of words"),
        ('[replace]\n" " = "b"', "empty word"),
    ],
)
def test_a_list_that_cannot_be_understood_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(text, "names.toml")
