from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from captioner.media import AudioPolicy, Uplink, describe, prepare
from captioner.media.audio_choice import SLOW_BYTES_PER_S
from captioner.model import Prepared
from tests.media.making import Picture, Sound, hear, level, onset_ms, silence, tone, write

pytestmark = pytest.mark.integration

AUTO = AudioPolicy("auto", track="")
SLOW = Uplink(SLOW_BYTES_PER_S - 1)


def sent(path: Path, folder: Path, policy: AudioPolicy = AUTO, uplink: Uplink | None = None) -> Prepared:
    return prepare(describe(path), policy, folder, uplink=uplink)


VOICE = silence(0.3, rate=48000) + tone(2, rate=48000)


@pytest.mark.parametrize(
    ("name", "codec", "suffix"),
    [
        ("a.m4a", "aac", ".m4a"),
        ("a.mp4", "aac", ".m4a"),
        ("a.aac", "aac", ".m4a"),
        ("a.mp3", "libmp3lame", ".mp3"),
        ("a.mkv", "libopus", ".ogg"),
    ],
)
def test_a_compact_mono_stream_is_sent_as_it_is_with_the_reason(
    tmp_path: Path, name: str, codec: str, suffix: str
) -> None:
    picture = Picture(3) if name == "a.mp4" else None
    path = write(tmp_path / name, Sound((VOICE,), 48000, codec, start_s=1.5 if picture else 0), picture=picture)
    prepared = sent(path, tmp_path / "out")
    assert prepared.path.suffix == suffix
    assert prepared.path.stat().st_size < path.stat().st_size + 1000
    assert "as it is, which is compact already; --audio flac" in prepared.notes[0]
    assert abs(prepared.offset_ms + onset_ms(prepared.path) - (1800 if picture else 300)) <= 30


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("stereo.m4a", Sound((VOICE, VOICE), 48000)),
        ("pcm.wav", Sound((VOICE,), 48000, "pcm_s16le")),
        ("hole.mkv", Sound((VOICE,), 48000, hole_s=(0.5, 1.0))),
    ],
)
def test_other_sound_is_sent_as_flac_and_over_a_slow_connection_as_opus(
    tmp_path: Path, name: str, sound: Sound
) -> None:
    path = write(tmp_path / name, sound)
    assert sent(path, tmp_path / "out").path.suffix == ".flac"
    slow = sent(path, tmp_path / "out", uplink=SLOW)
    assert slow.path.suffix == ".ogg"
    assert slow.notes[0].startswith("sending Opus, because the connection uploads 0.25 MB/s")


def test_joined_clips_are_not_copied(tmp_path: Path) -> None:
    part = write(tmp_path / "p.ogg", Sound((VOICE,), 48000, "libopus")).read_bytes()
    path = tmp_path / "joined.ogg"
    path.write_bytes(part * 2)
    assert sent(path, tmp_path / "out").path.suffix == ".flac"


def test_lossless_is_one_flag_away(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", Sound((VOICE,), 48000))
    assert sent(path, tmp_path / "out", AudioPolicy("flac", track=""), SLOW).path.suffix == ".flac"


def test_channels_and_narrow_band_models_get_what_they_need(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", Sound((VOICE,), 48000))
    assert sent(path, tmp_path / "out", replace(AUTO, channels=(0,))).path.suffix == ".flac"
    assert sent(path, tmp_path / "out", replace(AUTO, sample_rate=8000)).path.suffix == ".flac"


def test_a_silent_compact_track_gives_way_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", Sound((silence(2),)), Sound((tone(2),)))
    assert level(hear(sent(path, tmp_path / "out").path)[0]) > 8000


def test_what_lossless_audio_gave_is_taken_and_not_the_other_way_round() -> None:
    assert AUTO.accepted == (AudioPolicy().digest,)
    assert AUTO.digest not in (AudioPolicy().digest, AudioPolicy("opus").digest)
    assert AudioPolicy().accepted == AudioPolicy("copy").accepted == ()


def test_the_speed_of_a_line_is_that_of_larger_uploads() -> None:
    line = Uplink()
    line.add(10_000, 1.0)
    assert line.bytes_per_s is None
    assert not line.is_slow
    line.add(1_000_000, 10.0)
    assert line.is_slow
    line.add(1_000_000, 0.5)
    assert not line.is_slow
