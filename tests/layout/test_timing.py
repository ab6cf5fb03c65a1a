"""When cues come and go: worked out from the speech alone, a gap is tiny or deliberate, nothing overlaps."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner.layout.timing import SpokenCue, place_cues
from captioner.style import Style

STYLE = Style("s")


def spoken(*spans: tuple[int, int], reading_ms: int = 0) -> list[SpokenCue]:
    return [SpokenCue(start, end, reading_ms, STYLE) for start, end in spans]


CASES = {
    "a lone cue leads in and lags out": ([(1_000, 3_000)], 0, [(960, 3_300)]),
    "a short cue stays for the minimum": ([(1_000, 1_200)], 0, [(960, 1_793)]),
    "a cue read slowly stays on, but not long after the speech": ([(1_000, 2_000)], 5_000, [(800, 3_000)]),
    "words that follow at once leave two frames between": (
        [(1_000, 3_000), (3_000, 5_000)],
        0,
        [(960, 2_920), (3_000, 5_300)],
    ),
    "a small gap is closed": ([(1_000, 3_000), (3_600, 5_000)], 0, [(960, 3_480), (3_560, 5_300)]),
    "a real pause is left": ([(1_000, 3_000), (4_500, 6_000)], 0, [(960, 3_300), (4_460, 6_300)]),
    "nothing stays longer than the style allows": ([(1_000, 9_500)], 0, [(960, 7_960)]),
    "what comes late in any case lets the cue before it be read": (
        [(1_000, 3_000), (3_000, 5_000), (1_500, 2_500)],
        0,
        [(960, 2_920), (3_000, 3_833), (3_913, 4_746)],
    ),
    "a late word cannot begin before zero": ([(10, 2_000)], 0, [(0, 2_300)]),
}


@pytest.mark.parametrize("name", CASES)
def test_times(name: str) -> None:
    spans, reading, placed = CASES[name]
    assert place_cues(spoken(*spans, reading_ms=reading)) == placed


def test_a_rushed_cue_borrows_the_silence_before_it() -> None:
    rushed = spoken((1_000, 3_000), (4_000, 4_300), (4_310, 6_000))
    assert place_cues(rushed)[1][0] < 3_960


def test_a_rushed_cue_borrows_nothing_from_speech() -> None:
    assert place_cues(spoken((1_000, 4_000), (4_000, 4_300), (4_310, 6_000)))[1][0] == 4_000


@st.composite
def speech(draw: st.DrawFn) -> list[SpokenCue]:
    now, found = 500, []
    for _ in range(draw(st.integers(1, 12))):
        now = max(0, now + draw(st.integers(-800, 3_000)))
        length = draw(st.integers(0, 8_000))
        found.append(SpokenCue(now, now + length, draw(st.integers(0, 9_000)), STYLE))
        now += length
    return sorted(found, key=lambda cue: cue.start_ms)


@given(speech())
def test_cues_last_and_never_overlap(said: list[SpokenCue]) -> None:
    placed = place_cues(said)
    assert all(0 < end - start <= STYLE.max_duration_ms for start, end in placed)
    assert all(end <= following for (_, end), (following, _) in pairwise(placed))


@given(speech(), st.integers(0, 10_000_000))
def test_later_speech_gives_later_cues(said: list[SpokenCue], shift: int) -> None:
    base = 1_000  # away from zero, where nothing can begin earlier
    plain = place_cues([cue._replace(start_ms=cue.start_ms + base, end_ms=cue.end_ms + base) for cue in said])
    late = place_cues(
        [cue._replace(start_ms=cue.start_ms + base + shift, end_ms=cue.end_ms + base + shift) for cue in said]
    )
    assert late == [(start + shift, end + shift) for start, end in plain]


@given(speech())
def test_a_gap_is_tiny_or_deliberate(said: list[SpokenCue]) -> None:
    for (start, end), (following, _) in pairwise(place_cues(said)):
        full = end - start == STYLE.max_duration_ms or following - start <= STYLE.min_gap_ms
        assert full or following - end <= STYLE.min_gap_ms or following - end >= STYLE.chain_below_ms


@st.composite
def unhurried(draw: st.DrawFn) -> list[SpokenCue]:
    """Speech in which every cue has its time."""
    now, found = 1_000, []
    for length, pause in draw(st.lists(st.tuples(st.integers(1_000, 9_000), st.integers(0, 3_000)), max_size=12)):
        found.append(SpokenCue(now, now + length, 0, STYLE))
        now += length + pause
    return found


@given(unhurried())
def test_timing_what_is_timed_already_changes_nothing(said: list[SpokenCue]) -> None:
    once = place_cues(said)
    tight = replace(STYLE, lead_in_ms=0, lag_out_ms=0)  # the speech is as long as the cues now
    assert place_cues([SpokenCue(start, end, 0, tight) for start, end in once]) == once
