"""Shot changes are found where the picture changes, on the player's clock."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from captioner.errors import MediaError
from captioner.media.clips import cut_clips
from captioner.media.shots import detect_shots

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parents[2] / "fixtures"


def film(path: Path, shots: list[tuple[int, int, int]], frames: int = 25) -> Path:
    """Plain pictures of one colour each, 25 frames a second."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for colour in shots:
            for _ in range(frames):
                frame = av.VideoFrame(320, 180, "rgb24")
                frame.planes[0].update(bytes(colour) * (frame.planes[0].line_size // 3) * 180)
                output.mux(stream.encode(frame.reformat(format="yuv420p")))
        output.mux(stream.encode(None))
    return path


def test_cuts_are_found_to_the_frame(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", [(200, 30, 30), (20, 20, 220), (240, 240, 240)])
    assert detect_shots(path) == (1000, 2000)


def test_one_shot_has_no_change_and_sound_alone_none_either(tmp_path: Path) -> None:
    assert detect_shots(film(tmp_path / "film.mp4", [(200, 30, 30)])) == ()
    assert detect_shots(FIXTURES / "stereo-two-tracks.wav") == ()


def test_a_threshold_that_means_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="between 0 and 1"):
        detect_shots(tmp_path / "film.mp4", threshold=3)


def test_snippets_last_three_seconds_or_to_the_end() -> None:
    found = cut_clips(FIXTURES / "interview-en.mp4", [0, 20_000, 62_000, 90_000])
    assert set(found) == {0, 20_000, 62_000}
    assert 9_000 < len(found[20_000]) < 16_000
    assert len(found[62_000]) < len(found[20_000])
    assert found[20_000][:3] == b"ID3" or found[20_000][0] == 0xFF


def test_a_snippet_before_late_sound_begins_with_it() -> None:
    assert set(cut_clips(FIXTURES / "late-audio.mp4", [0, 4000])) == {0, 4000}
