"""Words that are masked and left out of a reply that is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from captioner.captions.masking import drop_speakers, even_spaces, leave_out, leave_out_fillers, mask
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import correct_transcript
from captioner.model import Sentence, Transcript, Word
from captioner.style import Style, load_style


def said(*tokens: tuple[str, str], language: str = "") -> Transcript:
    """One sentence of tokens with their punctuation, a second each."""
    words = tuple(Word(text, mark, at * 1000, at * 1000 + 900) for at, (text, mark) in enumerate(tokens))
    text = " ".join("".join(f"{word.text}{word.punctuation}" for word in words).split())
    return Transcript((Sentence(text, 0, words[-1].end_ms, words, "0"),), language)


def shown(transcript: Transcript) -> list[str]:
    return [sentence.text for sentence in transcript.sentences]


def spelled(transcript: Transcript) -> list[str]:
    """The tokens put together, which has to give the same as the text."""
    return [
        "".join(f"{word.text}{word.punctuation}" for word in sentence.words).strip()
        for sentence in transcript.sentences
    ]


@pytest.mark.parametrize(
    ("tokens", "words", "text"),
    [
        ([("Damn ", ""), ("you", ".")], ("damn",), "**** you."),
        ([(" oh", ","), (" hell", ","), (" no", "")], ("hell",), "oh, ****, no"),
        ([("Hello", "")], ("hell",), "Hello"),
        ([("今天", ""), ("测试", "。")], ("测试",), "今天**。"),
        ([("New ", ""), ("York ", ""), ("City", "")], ("new york",), "*** **** City"),
    ],
)
def test_a_masked_word_becomes_as_many_asterisks(
    tokens: list[tuple[str, str]], words: tuple[str, ...], text: str
) -> None:
    made, _ = mask(said(*tokens), words)
    assert shown(made) == spelled(made) == [text]


@pytest.mark.parametrize(
    ("tokens", "words", "text"),
    [
        ([("Well", ","), (" I", ""), (" see", ".")], ("well",), "I see."),
        ([("I", ""), (" see", ","), (" actually", ".")], ("actually",), "I see."),
        ([("So ", ""), ("we ", ""), ("go", ".")], ("so",), "We go."),
        ([("开始", ""), ("今天", ","), ("测试", "。")], ("开始",), "今天,测试。"),
        ([("Actually", ".")], ("actually",), None),
    ],
)
def test_a_word_is_left_out_with_the_punctuation_that_was_its_own(
    tokens: list[tuple[str, str]], words: tuple[str, ...], text: str | None
) -> None:
    made, count = leave_out(said(*tokens), words)
    assert count == 1
    assert shown(made) == ([] if text is None else [text])


@pytest.mark.parametrize(
    ("language", "tokens", "text"),
    [
        ("en", [("Um", ","), (" so", ""), (" uh", ""), (" we", ""), (" go", ".")], "So we go."),
        ("zh", [("嗯", "，"), ("今天", ""), ("呃", ""), ("很好", "。")], "今天很好。"),
        ("zh", [("呃逆", ""), ("很", ""), ("常见", "。")], "呃逆很常见。"),
        ("de", [("Um", ""), (" acht", ""), (" äh", ""), (" Uhr", ".")], "Um acht Uhr."),
        ("de", [("er ", ""), ("kommt", ".")], "er kommt."),
        ("ja", [("えーと", "、"), ("今日", ""), ("は", "。")], "今日は。"),
        ("", [("uh ", ""), ("well", ".")], "well."),
    ],
)
def test_fillers_are_whole_tokens_of_their_language(language: str, tokens: list[tuple[str, str]], text: str) -> None:
    made, _ = leave_out_fillers(said(*tokens, language=language))
    assert shown(made) == [text]
    times = [word.start_ms for word in made.sentences[0].words]
    assert made.sentences[0].start_ms == times[0]


def test_dropped_speakers_leave_channels_apart() -> None:
    voices = said(("Hi", ""))
    assert drop_speakers(voices).speakers() == ()
    channels = Transcript(voices.sentences, by_channel=True)
    assert drop_speakers(channels) == channels


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ([("一共", ""), ("600", ""), ("元", "，"), ("也就是", ""), (" 600", ""), ("元", "")], "一共600元，也就是600元"),
        ([("用", ""), (" API ", ""), ("完成", "。")], "用API完成。"),
        ([("在", ""), (" iPhone", ""), (" ", ""), ("上", "")], "在iPhone上"),
        ([("好 ", ""), ("的", "")], "好 的"),
        ([("Fun ", ""), ("ASR", ""), (" 很快", "")], "Fun ASR很快"),
        ([("오늘 ", ""), ("3 ", ""), ("시", "")], "오늘 3 시"),
        ([("3 ", ""), ("pm", "")], "3 pm"),
    ],
)
def test_spaces_beside_latin_are_even_in_chinese_and_japanese_and_others_stay(
    tokens: list[tuple[str, str]], text: str
) -> None:
    made = even_spaces(said(*tokens))
    assert shown(made) == [text]
    assert [token.replace(" ", "") for token in spelled(made)] == [text.replace(" ", "")]


def test_web_default_has_even_spaces_and_no_captions_are_written_anew_for_it() -> None:
    style = load_style("web-default")
    assert style.cjk_latin_even
    assert "cjk_latin_even" not in style.as_dict()
    own = replace(style, name="house")
    assert own.as_dict()["cjk_latin_even"] is True
    assert "cjk_latin_even" not in replace(own, cjk_latin_even=False).as_dict()
    uneven = said(("一共", ""), (" 600", ""), ("元", ""))
    assert shown(correct_transcript(uneven, CaptionOptions(style=style))[0]) == ["一共600元"]
    assert shown(correct_transcript(uneven, CaptionOptions(style=Style("house")))[0]) == ["一共 600元"]


@pytest.mark.parametrize(
    ("text", "word", "masked"),
    [("कमा कम", "कम", "कमा **"), ("مُحَمَّد م", "م", "مُحَمَّد *"), ("cafe\u0301 cafe", "cafe", "cafe\u0301 ****")],
)
def test_a_word_is_not_found_in_one_that_goes_on_with_a_vowel_sign_or_accent(text: str, word: str, masked: str) -> None:
    changed, _ = mask(said(*((f"{token} ", "") for token in text.split())), [word])
    assert shown(changed) == [masked]
