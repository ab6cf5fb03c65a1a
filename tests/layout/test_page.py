"""What the page about layout shows as captioner's work is captioner's work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from captioner import style
from captioner.layout import compose
from captioner.model import Sentence, Transcript
from tests.layout.test_golden import spoken

PAGE = Path(__file__).parents[2] / "docs" / "layout.md"
PAUSE_MS = 400


def shown() -> list[list[str]]:
    """The captions in captioner's rows, English and then Chinese; ` / ` is a line break."""
    rows = re.findall(r"^\| \*\*captioner\*\* \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [row.split("<br>") for row in rows]


def talk(text: str, language: str) -> Transcript:
    """The paragraph, sentence by sentence, with a breath after each."""
    now, sentences = 0, []
    for part in re.split(r"(?<=[.。])\s*", text):
        if part:
            sentence = spoken(part, language).sentences[0]
            length = sentence.end_ms - sentence.start_ms
            sentences.append(Sentence(part, now, now + length))
            now += length + PAUSE_MS
    return Transcript(tuple(sentences), language)


@pytest.mark.parametrize(("number", "language"), [(0, "en"), (1, "zh")])
def test_the_page_shows_what_captioner_makes(number: int, language: str) -> None:
    captions = shown()[number]
    glue = " " if language == "en" else ""
    text = glue.join(caption.replace(" / ", glue) for caption in captions)
    limits = style.load_style("web-default").override(max_columns=42 if language == "en" else 32, max_lines=2)
    assert [cue.text.replace("\n", " / ") for cue in compose(talk(text, language), limits)] == captions
