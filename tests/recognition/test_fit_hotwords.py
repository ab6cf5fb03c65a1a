"""Hotwords of a glossary within the limits of the service, and what is left out of them."""

from __future__ import annotations

import pytest

from captioner.errors import ConfigError
from captioner.recognition.funasr.hotwords import Hotword, check_hotwords, fit_hotwords


def test_the_heaviest_of_many_are_taken_and_the_others_told() -> None:
    many = [Hotword(f"name{number}", 5 if number == 599 else 4) for number in range(600)]
    words, left_out = fit_hotwords(many, "fun-asr")
    assert (len(words), words[0].text, len(left_out)) == (500, "name599", 100)
    assert left_out[0].startswith("hotword 'name499': the service takes 500")
    check_hotwords(words, "fun-asr")


def test_what_the_service_does_not_take_is_left_out_with_its_reason() -> None:
    given = [
        Hotword("一二三四五六七八九十一二三四五六"),
        Hotword("one two three four five six seven eight"),
        Hotword("Weber", language="de"),
        Hotword("Chan"),
        Hotword("Chan"),
    ]
    words, left_out = fit_hotwords(given, "fun-asr")
    assert [word.text for word in words] == ["Chan"]
    assert len(left_out) == 3
    assert "16 characters, the service takes 15" in left_out[0]


def test_a_model_without_lists_is_refused() -> None:
    with pytest.raises(ConfigError, match="takes no hotword list"):
        fit_hotwords([Hotword("Chan")], "qwen-audio-3.1-asr-flash-filetrans")
