"""The figures are what a person counts."""

from __future__ import annotations

from captioner import style
from captioner.check import rates
from captioner.check.transcript_alignment import Speech, speech_during
from captioner.model import Sentence, Transcript, Word
from tests.check.cases import cue

PLAIN = style.load_style("web-default")


def test_shares_are_counted_over_captions_lines_and_gaps() -> None:
    cues = (
        cue(0, 2000, "x" * 50, "y" * 10),  # a line too wide, and 30 characters a second
        cue(2080, 4080, "We welcome everyone to the", "evening report."),  # a line break that parts a phrase
        cue(4380, 6380, "Good evening."),  # after a nervous gap
        cue(6000, 6400, "Yes, we do."),  # overlaps, flashes by, is fast
    )
    found = rates(cues, PLAIN, language="en")
    assert (found.captions, found.lines, found.overlaps) == (4, 6, 1)
    assert (found.length, found.line_count) == (0.8333, 1.0)
    assert found.speed == 0.25
    assert found.speed_hard == 0.5
    assert found.duration == 0.75
    assert found.gaps == 0.3333
    assert found.one_line == 0.5
    assert found.balance == 0.388
    assert found.bottom_heavy == 0.0
    assert found.line_breaks == 0.5
    assert (found.mean_cps, found.p95_cps) == (21.1, 30.0)
    assert found.per_minute == 37.5
    assert found.text is None


def test_sync_coverage_idle_time_and_text_need_the_transcript() -> None:
    words = (Word("Good ", "", 1000, 1500), Word("evening", ".", 1500, 2000), Word("Welcome", ".", 4000, 5000))
    told = Transcript(
        (Sentence("Good evening.", 1000, 2000, words[:2]), Sentence("Welcome.", 4000, 5000, words[2:])), "en"
    )
    found = rates((cue(900, 2900, "Good evening."),), PLAIN, told)
    assert (found.mean_sync_ms, found.p95_sync_ms) == (100, 100)
    assert found.coverage == 0.5
    assert found.idle == 0.5
    assert found.text == 0.6111  # 11 of 18 letters


def test_nothing_has_no_shares() -> None:
    found = rates((), PLAIN)
    assert (found.captions, found.length, found.speed, found.gaps, found.mean_cps) == (0, None, None, None, None)


def test_the_stretches_that_touch_a_span_are_found() -> None:
    speech = (Speech(0, 10), Speech(20, 30), Speech(40, 50))
    assert speech_during(speech, 10, 20) == ()
    assert speech_during(speech, 9, 21) == speech[:2]
    assert speech_during(speech, 25, 60) == speech[1:]
