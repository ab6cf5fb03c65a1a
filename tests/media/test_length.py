"""Whole files that look cut off, cut files that look whole, and headers that are wrong."""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from captioner.errors import MediaError
from captioner.media import AudioPolicy, describe, prepare
from tests.media.making import Picture, Sound, beeps, ffmpeg, onsets_ms, silence, tone, write

pytestmark = pytest.mark.integration

JUNK = random.Random(1).randbytes(200_000)
ID3V1 = b"TAG" + b"x" * 125
APE_HEAD = b"APETAGEX" + struct.pack("<IIII8x", 2000, 4096, 1, 0xA0000000)
APE = APE_HEAD + b"k" * 4064 + APE_HEAD
ZEROS = bytes(400_000)
BEEPS_S = (1, 10.5)


@cache
def noisy_beeps(rate: int) -> array[int]:
    noise = random.Random(2).randbytes(12 * rate)
    return array("h", (sample + 3 * (noise[i] - 128) for i, sample in enumerate(beeps(12, *BEEPS_S, rate=rate))))


def whole(path: Path, *, codec: str = "aac", picture: bool = False) -> bytes:
    """Twelve seconds with two beeps in a bed of noise, so that bytes and seconds go together."""
    data = _made(path.suffix, codec, picture)
    path.write_bytes(data)
    return data


@cache
def _made(suffix: str, codec: str, picture: bool) -> bytes:
    rate = 44100 if codec == "libmp3lame" else 48000
    samples = noisy_beeps(rate)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        if suffix in (".wmv", ".mxf"):
            wave = write(path.with_suffix(".wav"), Sound((samples,), rate, "pcm_s16le"))
            flat = ["-f", "lavfi", "-i", "color=size=64x64:rate=25:duration=12", "-c:v", "mpeg2video"]
            ffmpeg("-i", wave, *(flat if picture else ()), "-c:a", codec, path)
        else:
            write(path, Sound((samples,), rate, codec), picture=Picture(12) if picture else None)
        return path.read_bytes()


def check_sound(path: Path, folder: Path, seconds: float, *at_s: float) -> tuple[str, ...]:
    """The length, and the beeps of what is sent; returns what is told about the file."""
    media = describe(path)
    assert abs(media.duration_ms - seconds * 1000) < 500
    prepared = prepare(media, AudioPolicy(), folder)
    assert abs(prepared.duration_ms - seconds * 1000) < 500
    heard = onsets_ms(prepared.path)
    assert len(heard) == len(at_s)
    assert all(abs(ms - at * 1000) < 80 for ms, at in zip(heard, at_s, strict=True)), heard
    return media.notes


def vbr_aac(path: Path) -> float:
    """Silence takes a few bytes a second, so a length guessed from the first seconds is a multiple."""
    write(path, Sound((silence(20, rate=48000) + beeps(20, *BEEPS_S),), 48000))
    return 20


def vbr_mp3(path: Path) -> float:
    samples = silence(20, rate=44100) + beeps(20, *BEEPS_S, rate=44100)
    write(path.with_suffix(".wav"), Sound((samples,), 44100, "pcm_s16le"))
    ffmpeg("-i", path.with_suffix(".wav"), "-q:a", 4, "-write_xing", 0, "-id3v2_version", 0, path)
    return 20


@pytest.mark.process
@pytest.mark.parametrize(("name", "make"), [("vbr.aac", vbr_aac), ("vbr.mp3", vbr_mp3)])
def test_a_length_guessed_from_the_bit_rate_proves_nothing(
    tmp_path: Path, name: str, make: Callable[[Path], float]
) -> None:
    later_s = make(tmp_path / name)
    assert check_sound(tmp_path / name, tmp_path, later_s + 20, *(later_s + at for at in BEEPS_S)) == ()


@pytest.mark.parametrize("behind", [ZEROS, ID3V1, APE, JUNK], ids=["zeros", "id3v1", "ape", "junk"])
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp3", "libmp3lame"),
        ("a.aac", "aac"),
        ("a.ac3", "ac3"),
        ("a.wv", "wavpack"),
        ("a.m4a", "aac"),
        ("a.mka", "libopus"),
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.ogg", "libopus"),
        ("a.ts", "mp2"),
    ],
)
def test_bytes_behind_the_sound_change_nothing(tmp_path: Path, name: str, codec: str, behind: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(whole(path, codec=codec) + behind)
    media = describe(path)
    assert media.notes == () or name in ("a.aac", "a.ac3", "a.ogg", "a.ts")  # these announce no length
    assert abs(media.duration_ms - 12_000) < 1500  # noise holds what looks like frames
    prepared = prepare(media, AudioPolicy(), tmp_path / "out")
    assert abs(prepared.duration_ms - 12_000) < 500
    assert [round(ms, -2) for ms in onsets_ms(prepared.path)][:2] == [1000, 10500]


@pytest.mark.parametrize("inserted", [bytes(300_000), JUNK[:100_003]], ids=["zeros", "junk"])
def test_what_comes_behind_a_damaged_stretch_of_a_broadcast_is_read(tmp_path: Path, inserted: bytes) -> None:
    """FFmpeg gives up for once where 64 kB hold no packet, and packets behind junk are shifted."""
    path = tmp_path / "a.ts"
    data = whole(path, codec="mp2", picture=True)
    at = len(data) // 5
    path.write_bytes(data[:at] + inserted + data[at:])
    prepared = prepare(describe(path), AudioPolicy(), tmp_path / "out")
    assert abs(prepared.duration_ms - 12_000) < 500
    assert [round(ms, -2) for ms in onsets_ms(prepared.path)] == [1000, 10500]


def test_sound_behind_which_nothing_can_be_decoded_is_sent(tmp_path: Path) -> None:
    """Two Matroska files joined whose codecs differ: the header of the first holds for both."""
    path = tmp_path / "a.mkv"
    first = whole(path, codec="flac")
    path.write_bytes(first + whole(tmp_path / "b.mkv", codec="ac3"))
    prepared = prepare(describe(path), AudioPolicy(), tmp_path / "out")
    assert [round(ms, -2) for ms in onsets_ms(prepared.path)][:2] == [1000, 10500]
    assert "behind its last sound were left out" in " ".join(prepared.notes)


@pytest.mark.process
def test_subtitles_may_go_on_longer_than_the_film(tmp_path: Path) -> None:
    film, subtitles, both = tmp_path / "film.mkv", tmp_path / "s.srt", tmp_path / "both.mkv"
    whole(film, picture=True)
    subtitles.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n13:00:00,000 --> 13:00:03,000\nthe end\n")
    ffmpeg("-i", film, "-i", subtitles, "-map", 0, "-map", 1, "-c", "copy", both)
    assert check_sound(both, tmp_path / "out", 12, *BEEPS_S) == ()


def promise_in_matroska(data: bytes) -> bytes:
    at = data.index(b"\x44\x89\x88") + 3
    return data[:at] + struct.pack(">d", 86_400_000) + data[at + 8 :]


def promise_in_mp4(data: bytes) -> bytes:
    for box in (b"mvhd", b"mdhd"):
        at = data.index(box) + 16
        (scale,) = struct.unpack(">I", data[at : at + 4])
        data = data[: at + 4] + struct.pack(">I", 86_400 * scale % (1 << 32)) + data[at + 8 :]
    return data


def promise_in_flv(data: bytes) -> bytes:
    at = data.index(b"duration\0") + 9
    return data[:at] + struct.pack(">d", 86_400) + data[at + 8 :]


def promise_an_hour_in_flv(data: bytes) -> bytes:
    """The size beside it shows that the file is whole."""
    at = data.index(b"duration\0") + 9
    return data[:at] + struct.pack(">d", 3600) + data[at + 8 :]


def promise_in_wav(data: bytes) -> bytes:
    at = data.index(b"data") + 4
    return data[:4] + b"\xff" * 4 + data[8:at] + b"\xff" * 4 + data[at + 4 :]


def promise_in_flac(data: bytes) -> bytes:
    packed = int.from_bytes(data[18:26]) & ~((1 << 36) - 1) | 86_400 * 48_000
    return data[:18] + packed.to_bytes(8) + data[26:]


@pytest.mark.parametrize(
    ("name", "codec", "promise"),
    [
        ("a.mkv", "aac", promise_in_matroska),
        ("a.mp4", "aac", promise_in_mp4),
        ("a.flv", "libmp3lame", promise_in_flv),
        ("a.flv", "libmp3lame", promise_an_hour_in_flv),
        ("a.wav", "pcm_s16le", promise_in_wav),
        ("a.flac", "flac", promise_in_flac),
    ],
)
def test_a_header_that_promises_a_day_is_not_believed(
    tmp_path: Path, name: str, codec: str, promise: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(promise(whole(path, codec=codec)))
    check_sound(path, tmp_path / "out", 12, *BEEPS_S)


CUT = [
    ("a.wav", "pcm_s16le", False),
    ("a.w64", "pcm_s16le", False),
    ("a.aiff", "pcm_s16be", False),
    ("a.au", "pcm_s16be", False),
    ("a.caf", "pcm_s16be", False),
    ("a.avi", "pcm_s16le", True),
    ("a.avi", "libmp3lame", True),
    ("a.wmv", "wmav2", False),
    ("a.mxf", "pcm_s16le", True),
    ("a.mkv", "aac", True),
    ("a.flv", "aac", False),
    ("a.flac", "flac", False),
    ("a.mp3", "libmp3lame", False),
    ("a.wv", "wavpack", False),
    ("a.tta", "tta", False),
]


@pytest.mark.process
@pytest.mark.parametrize(("name", "codec", "with_picture"), CUT)
def test_a_half_copied_file_is_cut_off_and_taken_only_as_partial(
    tmp_path: Path, name: str, codec: str, with_picture: bool
) -> None:
    path = tmp_path / name
    data = whole(path, codec=codec, picture=with_picture)
    path.write_bytes(data[: len(data) * 6 // 10])
    with pytest.raises(MediaError, match=r"cut off, its last part \(up to 0:00:1[123]\) is missing;.*--partial$"):
        describe(path)
    media = describe(path, partial=True)
    (note,) = media.notes
    assert note.startswith("cut off after 0:00:0")
    assert 5000 < media.duration_ms < 9000
    prepared = prepare(media, AudioPolicy(), tmp_path / "out")
    assert abs(prepared.duration_ms - media.duration_ms) < 1100  # a frame of TTA lasts 1.04 s


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "codec", "with_picture"), [*CUT, ("a.mp4", "aac", True), ("a.mov", "pcm_s16le", True)]
)
def test_a_whole_file_is_not_cut_off(tmp_path: Path, name: str, codec: str, with_picture: bool) -> None:
    path = tmp_path / name
    whole(path, codec=codec, picture=with_picture)
    media = describe(path)
    assert abs(media.duration_ms - 12_000) < 200
    assert media.notes == ()


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.mka"])
@pytest.mark.parametrize("pieces", [2, 3, 6])
def test_every_piece_of_joined_matroska_is_measured_and_sent(tmp_path: Path, name: str, pieces: int) -> None:
    picture = Picture(2.0) if name == "a.mkv" else None
    clip = write(tmp_path / name, Sound((tone(2, rate=48000),), codec="libopus", rate=48000), picture=picture)
    joined = tmp_path / f"joined{clip.suffix}"
    joined.write_bytes(clip.read_bytes() * pieces)
    media = describe(joined)
    assert media.duration_ms == pytest.approx(2000 * pieces, abs=30 * pieces)
    prepared = prepare(media, AudioPolicy(audio="flac"), tmp_path)
    assert prepared.duration_ms == pytest.approx(2000 * pieces, abs=30 * pieces)
    assert any("the pieces follow each other" in note for note in prepared.notes)
