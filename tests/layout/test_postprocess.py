"""The last step before a file is written: look, end, frames, in this order."""

from __future__ import annotations

from fractions import Fraction

from captioner import style
from captioner.layout.postprocess import postprocess
from captioner.model import Cue, Line

NETFLIX = style.load_style("netflix")
PLAIN = style.load_style("web-default")
CUES = (Cue(1010, 2995, (Line("晚上好，欢迎收看。"),)), Cue(3080, 5500, (Line("谢谢大家。"),)))


def test_a_house_that_works_in_frames_gets_them_and_its_look() -> None:
    first, last = postprocess(CUES, NETFLIX, language="zh", duration_ms=5200, frame_rate=Fraction(25))
    assert (first.start_ms, first.end_ms, first.lines[0].text) == (1000, 3000, "晚上好 欢迎收看")
    assert (last.start_ms, last.end_ms) == (3080, 5200)


def test_the_default_house_changes_nothing_but_the_end() -> None:
    assert postprocess(CUES, PLAIN, language="zh", frame_rate=Fraction(25)) == CUES
    assert postprocess(CUES, PLAIN, duration_ms=5200)[1].end_ms == 5200


def test_frames_can_be_asked_for_or_refused() -> None:
    assert postprocess(CUES, PLAIN, frame_rate=Fraction(25), on_frames=True)[0].start_ms == 1000
    assert postprocess(CUES, NETFLIX, frame_rate=Fraction(25), on_frames=False)[0].start_ms == 1010
    assert postprocess(CUES, NETFLIX)[0].start_ms == 1010


def test_shots_are_followed() -> None:
    cues = postprocess(CUES, NETFLIX, language="zh", frame_rate=Fraction(25), shots=[2920])
    assert cues[1].start_ms == 2920
    assert cues[0].end_ms == 2840


def test_finishing_twice_is_finishing_once() -> None:
    once = postprocess(CUES, NETFLIX, language="zh", duration_ms=5200, frame_rate=Fraction(30_000, 1001))
    assert postprocess(once, NETFLIX, language="zh", duration_ms=5200, frame_rate=Fraction(30_000, 1001)) == once
