"""Lines that are too wide for a look: broken again with words, spans and speakers, never a word lost."""

from __future__ import annotations

import pytest

from captioner.captions.look_fit import fit_to_look, look_losses
from captioner.formats import Context
from captioner.formats.look_support import HOLDS
from captioner.look import Look, load_look, look_names
from captioner.model import Cue, Line, StyledSpan, TextStyle, Word

TALL = Context(language="en", width=1080, height=1920, look=load_look("shorts-bold"))
TEXT = "Most people scroll past thin captions"


def spoken(text: str, **facts: object) -> Line:
    words = tuple(Word(f"{word} ", "", 100 * at, 100 * at + 100) for at, word in enumerate(text.split()))
    return Line(text, words, **facts)


def test_every_word_goes_with_its_line() -> None:
    (cue,), (note,) = fit_to_look([Cue(0, 1000, (spoken(TEXT),))], TALL)
    assert 2 <= len(cue.lines) <= 3
    assert " ".join(line.text for line in cue.lines) == TEXT
    assert ["".join(word.text for word in line.words).strip() for line in cue.lines] == [
        each.text for each in cue.lines
    ]
    assert "1 caption is too wide for 1080x1920" in note.message


def test_spans_are_cut_with_their_line() -> None:
    at = TEXT.index("scroll")
    italic = StyledSpan(at, at + len("scroll past thin"), TextStyle(italic=True))
    (cue,), _ = fit_to_look([Cue(0, 1000, (spoken(TEXT, spans=(italic,)),))], TALL)
    pieces = [line.text[span.start : span.end] for line in cue.lines for span in line.spans]
    assert " ".join(piece.strip() for piece in pieces) == "scroll past thin"


def test_two_speakers_stay_apart() -> None:
    lines = (spoken("Where were you all this time?", speaker="0", dash="- "), spoken("Here.", speaker="1", dash="- "))
    (cue,), _ = fit_to_look([Cue(0, 1000, lines)], TALL)
    assert [line.speaker for line in cue.lines] == ["0"] * (len(cue.lines) - 1) + ["1"]
    assert [bool(line.dash) for line in cue.lines].count(True) == 2


def test_chinese_is_broken_without_spaces() -> None:
    text = "欢迎收看今天的晚间新闻节目我是主持人"
    context = Context(language="zh", width=1080, height=1920, look=load_look("shorts-bold"))
    (cue,), _ = fit_to_look([Cue(0, 1000, (Line(text),))], context)
    assert "".join(line.text for line in cue.lines) == text
    assert len(cue.lines) > 1


@pytest.mark.parametrize("context", [Context(), Context(width=1920, height=1080, look=load_look("streaming"))])
def test_what_fits_stays_as_it_is(context: Context) -> None:
    cue = Cue(0, 1000, (spoken(TEXT),))
    assert fit_to_look([cue], context) == ((cue,), ())


def test_a_word_that_never_fits_stays_whole() -> None:
    cue = Cue(0, 1000, (Line("x" * 200),))
    assert fit_to_look([cue], TALL)[0] == (cue,)


@pytest.mark.parametrize("name", look_names())
def test_what_a_format_leaves_out_is_one_line(name: str) -> None:
    look = load_look(name)
    for format in HOLDS:
        losses = look_losses(look, format)
        assert len(losses) <= 1
        assert all(name in issue.message and "\n" not in issue.message for issue in losses)
    assert look_losses(look, "srt") == ()
    assert bool(look_losses(look, "itt"))


def test_nothing_is_named_that_a_look_does_not_have() -> None:
    (loss,) = look_losses(Look(name="plain"), "vtt")
    assert loss.message == "vtt holds the look plain without its margins"
    assert look_losses(Look(name="plain"), "ass") == ()
