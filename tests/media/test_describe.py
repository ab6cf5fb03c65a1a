from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from captioner.errors import MediaError
from captioner.media import describe
from captioner.model import AudioStream
from tests.media.making import Picture, Sound, silence, tone, write

pytestmark = pytest.mark.integration

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


def test_a_broadcast_file_is_described_in_full() -> None:
    path = FIXTURES / "interview-en.mp4"
    media = describe(path)
    assert media.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert media.size_bytes == path.stat().st_size
    assert (media.width, media.height, media.frame_rate) == (640, 360, Fraction(30000, 1001))
    assert media.start_timecode == "10:00:00;00"
    assert abs(media.duration_ms - 63344) < 50
    assert media.audio == (AudioStream(0, "aac", 2, 48000, "eng", 0, media.audio[0].duration_ms),)
    assert "mp4" in media.container.split(",")


def test_audio_alone_has_no_picture() -> None:
    media = describe(FIXTURES / "stereo-two-tracks.wav")
    assert (media.width, media.height, media.frame_rate, media.start_timecode) == (0, 0, None, "")
    assert media.audio == (AudioStream(0, "pcm_s16le", 2, 8000, "", 0, 16019),)


RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
@pytest.mark.parametrize("rate", [*RATES, Fraction(60000, 1001)])
def test_the_frame_rate_is_exact_even_where_the_container_rounds_times(
    tmp_path: Path, suffix: str, rate: Fraction
) -> None:
    path = write(tmp_path / f"a{suffix}", Sound((silence(2),)), picture=Picture(2, rate))
    assert describe(path).frame_rate == rate


@pytest.mark.parametrize(
    ("suffix", "rate", "timecode"),
    [
        (".mov", Fraction(25), "09:59:50:12"),
        (".mov", Fraction(30000, 1001), "01:00:00;02"),
        (".mp4", Fraction(25), "23:59:59:24"),
    ],
)
def test_the_start_timecode_is_found_with_its_drop_frame_mark(
    tmp_path: Path, suffix: str, rate: Fraction, timecode: str
) -> None:
    path = write(tmp_path / f"a{suffix}", Sound((silence(1),)), picture=Picture(1, rate, timecode=timecode))
    assert describe(path).start_timecode == timecode


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (Picture(), (64, 48)),
        (Picture(rotation=90), (48, 64)),
        (Picture(rotation=180), (64, 48)),
        (Picture(aspect=Fraction(16, 11)), (93, 48)),
    ],
)
def test_the_size_is_what_a_player_shows(tmp_path: Path, picture: Picture, size: tuple[int, int]) -> None:
    media = describe(write(tmp_path / "a.mp4", Sound((silence(1),)), picture=picture))
    assert (media.width, media.height) == size


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
@pytest.mark.parametrize(("audio_s", "video_s", "start_ms"), [(0, 0, 0), (1.5, 0, 1500), (0, 1.5, 0), (3, 2, 1000)])
def test_the_start_of_the_audio_counts_from_the_earliest_stream(
    tmp_path: Path, suffix: str, audio_s: float, video_s: float, start_ms: int
) -> None:
    sound = Sound((tone(1, rate=48000),), rate=48000, start_s=audio_s)
    media = describe(write(tmp_path / f"a{suffix}", sound, picture=Picture(3, start_s=video_s)))
    # AAC may be heard one run-up of 1024 samples early; MPEG-TS stamps each frame of the picture and of the sound.
    assert abs(media.audio[0].start_ms - start_ms) <= 45


@pytest.mark.parametrize(("suffix", "codec"), [(".ts", "aac"), (".flv", "aac"), (".mpg", "mp2")])
def test_sound_that_begins_late_in_a_broadcast_is_found(tmp_path: Path, suffix: str, codec: str) -> None:
    sound = Sound(
        (tone(2, rate=48000 if suffix != ".flv" else 44100),), 48000 if suffix != ".flv" else 44100, codec, 18
    )
    media = describe(write(tmp_path / f"late{suffix}", sound, picture=Picture(20)))
    assert abs(media.audio[0].start_ms - 18_000) < 100
    assert abs(media.duration_ms - 20_000) < 200


def test_every_audio_stream_is_listed_with_its_language(tmp_path: Path) -> None:
    sounds = [Sound((silence(1),), language="deu"), Sound((silence(1), silence(1)), rate=44100), Sound((silence(1),))]
    media = describe(write(tmp_path / "a.mkv", *sounds, picture=Picture()))
    assert [(s.index, s.channels, s.sample_rate, s.language) for s in media.audio] == [
        (0, 1, 16000, "deu"),
        (1, 2, 44100, ""),
        (2, 1, 16000, ""),
    ]


def test_a_cover_is_not_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as output:
        audio = output.add_stream("aac", rate=16000, layout="mono")
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame(64, 48, "yuvj420p")))
        output.mux(cover.encode(None))
        frame = av.AudioFrame("s16", "mono", 16000)
        frame.sample_rate = 16000
        output.mux(audio.encode(frame))
        output.mux(audio.encode(None))
    assert describe(path).width == 0


def missing(path: Path) -> None:
    """Nothing is there."""


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("Good evening, and welcome to the programme.\n" * 200)


def noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 400)


def folder(path: Path) -> None:
    path.mkdir()


def playlist(path: Path) -> None:
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{FIXTURES / 'silence.m4a'}\n#EXT-X-ENDLIST\n")


def picture_only(path: Path) -> None:
    write(path, picture=Picture())


def without_its_index(path: Path) -> None:
    write(path, Sound((tone(2),)))
    path.write_bytes(path.read_bytes()[:-1500])


def half(path: Path) -> None:
    whole = (FIXTURES / "interview-en.mp4").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def half_a_matroska(path: Path) -> None:
    write(path.with_suffix(".mkv"), Sound((tone(12),), codec="pcm_s16le"), picture=Picture(12))
    whole = path.with_suffix(".mkv").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def thirteen_hours(path: Path) -> None:
    """Two packets of sound, thirteen hours apart."""
    with av.open(str(FIXTURES / "silence.m4a")) as source, av.open(str(path), "w", format="matroska") as output:
        copy = output.add_stream_from_template(source.streams.audio[0])
        for index, packet in enumerate([p for p in source.demux(audio=0) if p.dts is not None][:2]):
            packet.pts = packet.dts = index * 13 * 3600 * 16000
            packet.stream = copy
            output.mux(packet)


REFUSED = [
    (missing, "No such file"),
    (empty, "empty"),
    (text, "not readable as media"),
    (noise, "not readable as media"),
    (folder, "not a file"),
    (playlist, "media"),
    (picture_only, "no audio"),
    (without_its_index, "not readable as media"),
    (half, "cut off"),
    (half_a_matroska, "cut off"),
    (thirteen_hours, "13:00:01 long, the service takes 12:00:00"),
]


@pytest.mark.parametrize(("make", "said"), REFUSED)
def test_what_cannot_be_sent_is_refused_in_one_line_that_names_it(
    tmp_path: Path, make: Callable[[Path], None], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "clip.mp4"
    make(path)
    with pytest.raises(MediaError) as caught:
        describe(path)
    message = caught.value.message
    assert message.startswith(f"{path.name}: ")
    assert said in message
    assert "; " in message, "what to do"
    assert "\n" not in message
    assert capfd.readouterr().err == "", "FFmpeg must not talk to the terminal"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", Sound((silence(1),)))
    path.chmod(0)
    with pytest.raises(MediaError, match=r"^a\.m4a: "):
        describe(path)


def test_a_name_with_colons_percent_signs_and_chinese_is_only_a_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", Sound((silence(1),)))
    odd = path.rename(tmp_path / "http: 100%d 新闻?x=1#2.m4a")
    assert describe(odd).audio
