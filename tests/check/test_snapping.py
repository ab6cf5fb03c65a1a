"""What is put on frames and off the cuts passes the rules about frames, gaps and cuts."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioner import style
from captioner.check import check
from captioner.layout import compose
from captioner.layout.frames import snap_to_frames
from captioner.layout.postprocess import postprocess
from tests.check.cases import cue
from tests.check.peers import NAMES, transcript

NETFLIX = style.load_style("netflix").for_language("en")
RATES = [Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")]
ABOUT_TIME = {"overlap", "order", "duration", "min_gap", "bad_gap", "shot_in", "shot_out", "off_frame"}


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(2500, 6000)), min_size=1, max_size=8),
    st.lists(st.integers(4000, 9000), max_size=6),
    st.sampled_from(RATES),
)
def test_snapped_captions_have_no_finding_about_time(
    lengths: list[tuple[int, int]], takes: list[int], rate: Fraction
) -> None:
    ends = list(accumulate(gap + length for gap, length in lengths))
    cues = [cue(end - length, end, "Good evening.") for end, (_, length) in zip(ends, lengths, strict=True)]
    shots = list(accumulate(takes))
    snapped = snap_to_frames(cues, NETFLIX, rate, shots=shots)
    found = [i for i in check(snapped, NETFLIX, frame_rate=rate, shots=shots) if i.rule in ABOUT_TIME]
    chained = {index for index, (one, other) in enumerate(pairwise(snapped)) if other.start_ms - one.end_ms < 500}
    assert [i for i in found if not (i.rule == "shot_out" and i.cue_index in chained)] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("house", ["netflix", "web-default", "amazon", "ted"])
def test_finished_fixtures_have_no_finding_about_frames_marks_or_text(name: str, house: str) -> None:
    told, profile = transcript(name), style.load_style(house)
    cues = postprocess(
        compose(told, profile), profile, language=told.language, duration_ms=told.duration_ms, frame_rate=Fraction(25)
    )
    issues = check(cues, profile, transcript=told, duration_ms=told.duration_ms, frame_rate=Fraction(25))
    never = {
        "overlap",
        "order",
        "off_frame",
        "past_end",
        "text_loss",
        "cpl",
        "lines",
        "zh_punct",
        "ellipsis",
        "kinsoku",
    }
    assert [issue for issue in issues if issue.rule in never] == []
