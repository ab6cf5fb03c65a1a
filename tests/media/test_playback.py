"""Media in browsers: what plays as it is, and copies of what does not, with the player's times."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import pytest

from captioner.errors import Interrupted, MediaError
from captioner.media.describe import describe
from captioner.media.peaks import peaks
from captioner.media.playback import make_proxy, playback_of

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def never(_: float) -> bool:
    return True


@pytest.mark.parametrize(
    ("name", "kind", "has_picture"),
    [
        ("interview-en.mp4", "video/mp4", True),
        ("silence.m4a", "audio/mp4", False),
        ("stereo-two-tracks.wav", "audio/wav", False),
    ],
)
def test_what_plays_as_it_is(name: str, kind: str, has_picture: bool) -> None:
    found = playback_of(FIXTURES / name)
    assert (found.media_type, found.has_picture) == (kind, has_picture)


def remade(target: Path, *, video: str = "", audio: str = "", format: str) -> Path:
    """The fixture's first seconds in another container and codec."""
    target.write_bytes(_remade(video, audio, format))
    return target


@cache
def _remade(video: str, audio: str, format: str) -> bytes:
    target = io.BytesIO()
    with av.open(str(FIXTURES / "interview-en.mp4")) as source, av.open(target, "w", format=format) as output:
        streams = {}
        if video:
            made = output.add_stream(video, rate=Fraction(30000, 1001))
            made.width, made.height, made.pix_fmt = 320, 180, "yuv420p"
            streams["video"] = made
        if audio:
            streams["audio"] = output.add_stream(audio, rate=48_000)
        for packet in source.demux([*source.streams.video, *source.streams.audio]):
            if packet.dts is not None and packet.dts * packet.time_base > 7:
                break
            for frame in packet.decode():
                stream = streams.get(packet.stream.type)
                if stream is None or frame.time is None or frame.time > 6:
                    continue
                if packet.stream.type == "video":
                    frame = frame.reformat(320, 180, "yuv420p")
                    frame.pts, frame.time_base = round(frame.time * 30000 / 1001), Fraction(1001, 30000)
                    frame.pict_type = av.video.frame.PictureType.NONE
                output.mux(stream.encode(frame))
        for stream in streams.values():
            output.mux(stream.encode(None))
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "video", "audio", "format"),
    [
        ("a.mkv", "mpeg2video", "mp2", "matroska"),
        ("a.avi", "mpeg4", "pcm_s16le", "avi"),
        ("a.ts", "mpeg2video", "mp2", "mpegts"),
    ],
)
def test_a_picture_that_does_not_play_is_copied(tmp_path: Path, name: str, video: str, audio: str, format: str) -> None:
    source = remade(tmp_path / name, video=video, audio=audio, format=format)
    assert playback_of(source).media_type == ""
    told: list[float] = []
    make_proxy(source, tmp_path / "copy.mp4", lambda share: told.append(share) is None)
    assert playback_of(tmp_path / "copy.mp4") == ("video/mp4", True)
    assert told[-1] == 1.0
    assert told == sorted(told)
    made, was = describe(tmp_path / "copy.mp4"), describe(source)
    assert abs(made.duration_ms - was.duration_ms) < 250
    assert _onset_ms(tmp_path / "copy.mp4") == pytest.approx(_onset_ms(source), abs=60)


def test_sound_that_does_not_play_is_copied_as_opus(tmp_path: Path) -> None:
    source = remade(tmp_path / "a.mka", audio="mp2", format="matroska")
    make_proxy(source, tmp_path / "copy.webm", never)
    assert playback_of(tmp_path / "copy.webm") == ("audio/webm", False)
    assert _onset_ms(tmp_path / "copy.webm") == pytest.approx(_onset_ms(source), abs=60)


def _onset_ms(path: Path) -> int:
    found = b"".join(peaks(path))
    return next(at for at, peak in enumerate(found) if peak > 20) * 10


def test_work_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    source = remade(tmp_path / "a.mkv", video="mpeg2video", audio="mp2", format="matroska")
    with pytest.raises(Interrupted):
        make_proxy(source, tmp_path / "out" / "copy.mp4", lambda _: False)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_is_no_media_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no media")
    with pytest.raises(MediaError):
        playback_of(tmp_path / "a.mp4")
