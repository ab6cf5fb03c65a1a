from __future__ import annotations

from array import array
from fractions import Fraction

import av
from hypothesis import given, settings
from hypothesis import strategies as st

from captioner.media.gap_fill import GapFiller
from captioner.media.resample import AudioSpec
from tests.examples import examples

RATE = 16000
FRAME = 320  # 20 ms


def frame(at: int | None, value: int, *, samples: int = FRAME, rate: int = RATE) -> av.AudioFrame:
    """Samples of one value at a position in samples."""
    made = av.AudioFrame("s16", "mono", samples)
    made.planes[0].update((array("h", [value]) * samples).tobytes().ljust(made.planes[0].buffer_size, b"\0"))
    made.sample_rate, made.pts, made.time_base = rate, at, Fraction(1, rate)
    return made


def laid(frames: list[av.AudioFrame], *, zero: Fraction = Fraction(0), end: int = 3600) -> array[int]:
    timeline = GapFiller(AudioSpec(RATE), zero, Fraction(end))
    samples = array("h")
    for one in frames:
        for block in timeline.feed(one):
            samples.frombytes(block)
    for block in timeline.finish():
        samples.frombytes(block)
    assert len(samples) == timeline.written
    return samples


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=25), st.integers(0, 40_000))
def test_every_frame_lands_where_its_time_stamp_says(gaps: list[int], late: int) -> None:
    wanted, frames = array("h", bytes(2 * late)), []
    for number, gap in enumerate(gaps):
        wanted.extend([0] * (gap * 2000))  # 0, or more than the tolerance
        frames.append(frame(len(wanted), number + 1))
        wanted.extend([number + 1] * FRAME)
    assert laid(frames) == wanted


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.integers(-40, 40), min_size=2, max_size=60))
def test_jitter_below_the_tolerance_changes_nothing(jitter_ms: list[int]) -> None:
    at = [max(0, i * FRAME + (ms * 16 if i else 0)) for i, ms in enumerate(jitter_ms)]
    assert len(laid([frame(a, 7) for a in at])) == len(jitter_ms) * FRAME


def test_sound_before_the_zero_is_cut_off() -> None:
    samples = laid([frame(i * FRAME, i + 1) for i in range(10)], zero=Fraction(3 * FRAME + 100, RATE))
    assert samples == array("h", [v for v in range(4, 11) for _ in range(FRAME)])[100:]


def test_an_overlap_is_heard_once() -> None:
    frames = [frame(i * FRAME, 1) for i in range(20)] + [frame(10 * FRAME + i * FRAME, 2) for i in range(20)]
    assert laid(frames) == array("h", [1] * 20 * FRAME + [2] * 10 * FRAME)


def test_a_clock_that_starts_again_goes_on_without_a_hole() -> None:
    minute = [frame(i * RATE, 1, samples=RATE) for i in range(30)]
    assert len(laid([*minute, *[frame(i * RATE, 2, samples=RATE) for i in range(30)]])) == 60 * RATE


def test_a_time_stamp_far_behind_the_end_is_not_believed() -> None:
    assert len(laid([frame(0, 1), frame(9 * 3600 * RATE, 2), frame(9 * 3600 * RATE + FRAME, 3)], end=10)) == 3 * FRAME


def test_frames_without_a_time_follow_each_other() -> None:
    assert laid([frame(None, 1), frame(None, 2)]) == array("h", [1] * FRAME + [2] * FRAME)


def test_a_slow_clock_never_drifts_more_than_the_tolerance() -> None:
    """The stamps run 1 % faster than the samples, as in captures from a camera with a clock of its own."""
    at = [i * FRAME * 101 // 100 for i in range(3000)]
    assert abs(len(laid([frame(a, 1) for a in at])) - at[-1] - FRAME) <= RATE // 10


def test_the_rate_may_change_midway() -> None:
    first = [frame(i * FRAME, 100) for i in range(50)]
    second = [frame(48000 + i * 960, 100, samples=960, rate=48000) for i in range(50)]
    assert abs(len(laid(first + second)) - 2 * RATE) <= 2


def test_channels_may_come_and_go_midway() -> None:
    timeline = GapFiller(AudioSpec(RATE, (0, 1)), Fraction(0), Fraction(60))
    stereo = av.AudioFrame("s16", "stereo", FRAME)
    stereo.planes[0].update((array("h", [5, 6]) * FRAME).tobytes().ljust(stereo.planes[0].buffer_size, b"\0"))
    stereo.sample_rate, stereo.pts, stereo.time_base = RATE, FRAME, Fraction(1, RATE)
    blocks = [*timeline.feed(frame(0, 4)), *timeline.feed(stereo), *timeline.finish()]
    assert array("h", b"".join(blocks)) == array("h", [4, 0] * FRAME + [5, 6] * FRAME)


def test_what_comes_too_late_is_dropped_and_the_rest_stays_in_place() -> None:
    timeline = GapFiller(AudioSpec(RATE), Fraction(0), Fraction(60))
    blocks = [*timeline.feed(frame(0, 1, samples=RATE)), *timeline.abandon_until(3 * RATE)]
    for second in range(1, 5):
        blocks += timeline.feed(frame(second * RATE, second + 1, samples=RATE))
    blocks += timeline.finish()
    samples = array("h", b"".join(blocks))
    assert samples[RATE - 1] == 1
    assert set(samples[2 * RATE : 3 * RATE]) == {0}
    assert set(samples[3 * RATE : 4 * RATE]) == {4}
    assert set(samples[4 * RATE :]) == {5}
