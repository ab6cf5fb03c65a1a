"""Sentences with the breaks an experienced captioner would choose, one file a language in `tests/golden`.

Each is spoken without pauses at an ordinary rate, so that only the words and the marks decide.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from captioner import style
from captioner.layout import compose
from captioner.layout.lexicon import language_profile
from captioner.model import Sentence, Transcript, Word

FOLDER = Path(__file__).parent.parent / "golden"
# Milliseconds a character takes in ordinary speech: 15 letters, 4.5 Chinese characters, 7.5 kana, 6 syllables a second.
RATES = {"zh": 220, "yue": 220, "ja": 130, "ko": 120}
LATIN_RATE = 66


def cases() -> Iterator[Any]:
    for path in sorted(set(FOLDER.glob("*.toml")) - {FOLDER / "held.toml"}):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, case in enumerate(table["sentence"], 1):
            columns = case.get("columns", table["columns"])
            yield pytest.param(table["language"], columns, case, id=f"{path.stem}-{number}")


def shown(text: str) -> str:
    """A layout as the files write it: lines as lines, cues parted by an empty line."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def agrees(layout: str, wanted: str) -> bool:
    """Whether a layout is the wanted one, where a lone `~` may be a new line or a new cue."""
    return re.fullmatch(re.escape(wanted).replace(re.escape("\n~\n"), "\n{1,2}"), layout) is not None


def plain(case: dict[str, Any], language: str) -> str:
    """The text of a case: as given, or its lines joined as the language does."""
    glue = " " if language_profile(language).spaces else ""
    text: str = case.get("text") or glue.join(shown(case["expect"]).replace("\n~\n", "\n").split("\n"))
    return " ".join(text.split())


def spoken(text: str, language: str) -> Transcript:
    """A transcript of one sentence: words with even times; a character is a word where there are no spaces."""
    spaces = language_profile(language).spaces
    tokens = text.split(" ") if spaces else [character for character in text if character != " "]
    rate, at, words = RATES.get(language, LATIN_RATE), 1000, []
    for number, token in enumerate(tokens):
        length = rate * (len(token) + spaces)
        words.append(Word(token if not spaces or not number else f" {token}", "", at, at + length))
        at += length
    return Transcript((Sentence(text, 1000, at, tuple(words), "0"),), language, at + 5000)


@pytest.mark.parametrize(("language", "columns", "case"), list(cases()))
def test_breaks_are_where_a_captioner_puts_them(language: str, columns: int, case: dict[str, Any]) -> None:
    wanted = [shown(layout) for layout in (case["expect"], *case.get("or", ()))]
    limits = style.load_style("web-default").override(max_columns=columns)
    cues = compose(spoken(plain(case, language), language), limits)
    layout = "\n\n".join(cue.text for cue in cues)
    assert any(agrees(layout, each) for each in wanted), f"\n{layout}\n\nis none of\n\n" + "\n\nor\n\n".join(wanted)


def test_twenty_sentences_hold_in_every_language_in_depth() -> None:
    counts = {}
    for path in set(FOLDER.glob("*.toml")) - {FOLDER / "held.toml"}:
        sentences = tomllib.loads(path.read_text(encoding="utf-8"))["sentence"]
        counts[path.stem] = len(sentences)
    wanted = {"en", "zh", "ja", "ko", "de", "fr", "ru", "th", "ar", "hi", "vi"}
    assert wanted <= counts.keys()
    assert {language: count for language, count in counts.items() if count < 20} == {}


HELD = tomllib.loads((Path(__file__).parent.parent / "golden" / "held.toml").read_text(encoding="utf-8"))["sentence"]


@pytest.mark.parametrize("wider", [-4, 0, 4])
@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case['language']} {case['kind']}") for case in HELD])
def test_what_an_editor_would_not_separate_stays_together(case: dict[str, Any], wider: int) -> None:
    language = case["language"]
    limits = style.load_style("web-default").override(max_columns=case["columns"] + wider)
    cues = compose(spoken(case["text"], language), limits)
    glue = " " if language_profile(language).spaces else ""
    lines = [line.text for cue in cues for line in cue.lines]
    layout, text = " | ".join(lines), glue.join(lines)
    for part in case.get("held", ()):
        assert layout.count(part) == text.count(part) > 0, f"{part} is cut in {layout}"
    for place in case.get("apart", ()):
        assert place in layout, f"no break at {place} in {layout}"


def test_every_kind_of_what_stays_together_has_sentences_in_some_languages() -> None:
    kinds = {case["kind"] for case in HELD}
    assert len(kinds) >= 19
    assert len({case["language"] for case in HELD}) >= 18
