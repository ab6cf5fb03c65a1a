"""Joined recordings and clocks that jump: every second of sound is sent once, at its place on the time line."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import pytest

from captioner.errors import MediaError
from captioner.media import AudioPolicy, describe, prepare
from captioner.media.packet_clock import PacketClock
from tests.media.making import Picture, Sound, beeps, ffmpeg, hear, onsets_ms, silence, write

pytestmark = pytest.mark.integration

FORMATS = [
    ("ts", "mp2", False),
    ("ts", "aac", True),
    ("mpg", "mp2", False),
    ("ogg", "libopus", False),
    ("opus", "libopus", False),
    ("flac", "flac", False),
    ("webm", "libopus", False),
    ("mkv", "aac", True),
    ("mp3", "libmp3lame", False),
    ("aac", "aac", False),
]


def clip(path: Path, codec: str, number: int, *, start_s: float = 0.0, picture: bool = False) -> bytes:
    """Six seconds with a beep, which is later in every clip."""
    video = Picture(6, start_s=start_s) if picture else None
    write(path, Sound((beeps(6, 1 + number / 2),), 48000, codec, start_s=start_s), picture=video)
    return path.read_bytes()


def sent(path: Path, folder: Path) -> tuple[int, int, list[int], str]:
    """Length as described and as sent, where the beeps are, and what was told."""
    media = describe(path)
    prepared = prepare(media, AudioPolicy(), folder)
    told = "; ".join((*media.notes, *prepared.notes))
    return media.duration_ms, prepared.duration_ms, onsets_ms(prepared.path), told


def is_near(found_ms: list[int], wanted_s: list[float], *, slack_ms: int = 120) -> bool:
    return len(found_ms) == len(wanted_s) and all(
        abs(ms - s * 1000) <= slack_ms for ms, s in zip(found_ms, wanted_s, strict=True)
    )


@pytest.mark.parametrize(("suffix", "codec", "picture"), FORMATS)
def test_clips_joined_with_cat_follow_each_other(tmp_path: Path, suffix: str, codec: str, picture: bool) -> None:
    # FFmpeg reads the first two segments of joined Matroska files and no more.
    count = 2 if suffix in ("webm", "mkv") else 4
    path = tmp_path / f"joined.{suffix}"
    path.write_bytes(b"".join(clip(tmp_path / f"p.{suffix}", codec, n, picture=picture) for n in range(count)))
    described_ms, sent_ms, heard, _ = sent(path, tmp_path / "out")
    assert abs(described_ms - count * 6000) < 500
    assert abs(sent_ms - count * 6000) < 300
    assert is_near(heard, [6 * n + 1 + n / 2 for n in range(count)], slack_ms=50 + 50 * count), heard


@pytest.mark.parametrize("jump_s", [-5.0, -900.0, -3600.0, 280.0, 13 * 3600.0], ids=str)
@pytest.mark.parametrize(("suffix", "picture"), [("ts", False), ("ts", True), ("mpg", False)])
def test_a_clock_that_jumps_goes_on_and_is_told(tmp_path: Path, suffix: str, picture: bool, jump_s: float) -> None:
    first_s = 4000.0
    parts = [
        clip(tmp_path / f"p.{suffix}", "mp2", number, start_s=start_s, picture=picture)
        for number, start_s in enumerate((first_s, first_s + 6 + jump_s))
    ]
    path = tmp_path / f"jumps.{suffix}"
    path.write_bytes(b"".join(parts))
    described_ms, sent_ms, heard, told = sent(path, tmp_path / "out")
    assert abs(described_ms - 12_000) < 300
    assert abs(sent_ms - 12_000) < 300
    assert is_near(heard, [1, 7.5]), heard
    assert "its clock is restarted or jumps" in told
    assert "first at 0:00:0" in told


def test_a_counter_that_wraps_is_one_clock(tmp_path: Path) -> None:
    """MPEG counts 2^33 ticks of 90 kHz, 26.5 hours."""
    path = tmp_path / "wraps.ts"
    path.write_bytes(clip(path, "mp2", 0, start_s=(1 << 33) / 90_000 - 3, picture=True))
    described_ms, sent_ms, heard, _ = sent(path, tmp_path / "out")
    assert abs(described_ms - 6000) < 300
    assert abs(sent_ms - 6000) < 300
    assert is_near(heard, [1])


def test_sound_keeps_its_place_beside_a_longer_picture_in_joined_files(tmp_path: Path) -> None:
    part = write(tmp_path / "p.ts", Sound((beeps(4, 1),), 48000, "mp2"), picture=Picture(6)).read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(part * 3)
    _, _, heard, told = sent(path, tmp_path / "out")
    assert is_near(heard, [1, 7, 13], slack_ms=200), heard
    assert "gaps in its sound became silence" in told


def test_a_jump_of_thirteen_hours_is_closed_where_nothing_could_be_sent_else(tmp_path: Path) -> None:
    path = tmp_path / "jumps.mkv"
    parts = [tmp_path / "a.mkv", tmp_path / "b.mkv"]
    for number, part in enumerate(parts):
        clip(part, "aac", number, picture=True)
    append(path, parts, 13 * 3600)
    described_ms, sent_ms, heard, told = sent(path, tmp_path / "out")
    assert abs(described_ms - 12_000) < 300
    assert abs(sent_ms - 12_000) < 300
    assert is_near(heard, [1, 7.5]), heard
    assert "jumps once" in told


def append(path: Path, parts: list[Path], gap_s: int) -> None:
    """The packets of several files with the same streams, each file so much later."""
    with av.open(str(path), "w") as output:
        streams: list[av.stream.Stream] = []
        for number, part in enumerate(parts):
            with av.open(str(part)) as source:
                streams = streams or [output.add_stream_from_template(stream) for stream in source.streams]
                for packet in source.demux():
                    if packet.dts is None or packet.dts < 0:
                        continue
                    shift = round(number * (6 + gap_s) / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = streams[packet.stream.index]
                    output.mux(packet)


def test_a_hole_in_the_sound_is_told_with_its_length(tmp_path: Path) -> None:
    path = write(tmp_path / "hole.mkv", Sound((silence(6),), hole_s=(1, 4)))
    assert "gaps in its sound became silence (3.0 s)" in sent(path, tmp_path)[3]


def test_script_data_in_the_middle_of_an_flv_changes_nothing(tmp_path: Path) -> None:
    """Live recorders write onMetaData and onCuePoint anew; FFmpeg takes them for a stream that was not announced."""
    path = write(tmp_path / "a.flv", Sound((beeps(20, 2, 12, 17.5, rate=44100),), 44100, "aac"), picture=Picture(20))
    data, at = path.read_bytes(), 13
    while (stamp := int.from_bytes(data[at + 4 : at + 7])) < 10_000:
        at += 11 + int.from_bytes(data[at + 1 : at + 4]) + 4
    name, value = b"onMetaData", struct.pack(">d", 160.0)
    body = b"\x02\x00\x0a" + name + b"\x08\0\0\0\x01\0\x05width\0" + value + b"\0\0\x09"
    tag = b"\x12" + len(body).to_bytes(3) + stamp.to_bytes(3) + bytes(4) + body + struct.pack(">I", 11 + len(body))
    path.write_bytes(data[:at] + tag + data[at:])
    described_ms, sent_ms, heard, told = sent(path, tmp_path / "out")
    assert abs(described_ms - 20_000) < 300
    assert abs(sent_ms - 20_000) < 300
    assert is_near(heard, [2, 12, 17.5]), heard
    assert told == ""


@pytest.mark.process
@pytest.mark.parametrize("change", [{"rate": 32000}, {"frame_size": 1152}], ids=str)
def test_flac_whose_rate_or_block_size_changes_is_sent_as_ffmpeg_decodes_it(
    tmp_path: Path, change: dict[str, int]
) -> None:
    first, second, path = tmp_path / "1.flac", tmp_path / "2.flac", tmp_path / "joined.flac"
    source = write(tmp_path / "a.wav", Sound((beeps(6, 1, 5),), 48000, "pcm_s16le"))
    ffmpeg("-i", source, first)
    more = ["-ar", change["rate"]] if "rate" in change else ["-frame_size", change["frame_size"]]
    ffmpeg("-i", source, *more, second)
    path.write_bytes(first.read_bytes() + second.read_bytes() + first.read_bytes())
    ffmpeg("-i", path, "-af", "aformat=sample_fmts=s16:sample_rates=16000", tmp_path / "decoded.wav")
    _, sent_ms, heard, _ = sent(path, tmp_path / "out")
    wanted = hear(tmp_path / "decoded.wav")[0]
    assert abs(sent_ms - len(wanted) / 16) < 100
    assert is_near(heard, [ms / 1000 for ms in onsets_ms(tmp_path / "decoded.wav")]), heard


def test_avi_with_a_wrong_rate_is_placed_by_its_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", Sound((beeps(12, 1, 9, rate=44100),), 44100, "libmp3lame"), picture=Picture(12))
    data = path.read_bytes()
    at = data.index(b"auds") + 20  # scale and rate of the stream header, 44100 samples a second at first
    path.write_bytes(data[:at] + struct.pack("<II", 1, 1) + data[at + 8 :])
    described_ms, sent_ms, heard, _ = sent(path, tmp_path / "out")
    assert abs(sent_ms - 12_000) < 300
    assert abs(described_ms - 12_000) < 300
    assert is_near(heard, [1, 9]), heard


def test_a_clock_that_goes_straight_on_is_left_alone(tmp_path: Path) -> None:
    with av.open(str(write(tmp_path / "a.ts", Sound((silence(2),), codec="mp2")))) as container:
        clock = PacketClock(container.streams)
        for packet in container.demux():
            if packet.dts is not None:
                before = packet.pts
                clock.correct(packet)
                assert packet.pts == before
    assert clock.jumps == 0


def test_a_single_track_that_really_lasts_thirteen_hours_is_still_refused(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{n}.mka", Sound((silence(1),))) for n in range(2)]
    append(tmp_path / "long.mka", parts, 13 * 3600)
    with pytest.raises(MediaError, match="13:00:0"):
        describe(tmp_path / "long.mka")
