"""Captions in the picture: fonts are looked for first, and the frames show what they should."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from captioner.cli import main
from captioner.errors import ConfigError, MediaError
from captioner.formats import Context, render
from captioner.media import burn as room
from captioner.model import Cue, Line, Word

pytestmark = pytest.mark.process

WIDTH, HEIGHT, RATE = 640, 360, 10
NOBODY_HAS = "\U0010fffd"  # private use, in no font that comes with a system


@pytest.fixture(scope="module")
def ffmpeg() -> str:
    found = room.find_ffmpeg()
    plain = render([Cue(0, 1000, (Line("A"),))], "ass", Context(width=WIDTH, height=HEIGHT))
    if room.check_fonts(plain, found).missing:
        pytest.skip("no font on this machine has even an A")
    return found


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of black with silence, in a folder whose name wants to break a filter."""
    return black(tmp_path_factory.mktemp("it's [a] dir; x=1, 字幕") / "the film: 'one' %d.mkv")


def black(path: Path, pixel: Fraction = Fraction(1)) -> Path:
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=RATE)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.codec_context.sample_aspect_ratio = pixel
        sound = container.add_stream("aac", rate=16000)
        for number in range(3 * RATE):
            frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane, value in zip(frame.planes, (16, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(picture.encode(frame))
        quiet = av.AudioFrame(format="s16", layout="stereo", samples=3 * 16000)
        quiet.sample_rate = 16000
        quiet.planes[0].update(bytes(quiet.planes[0].buffer_size))
        container.mux(sound.encode(quiet))
        container.mux(picture.encode(None))
        container.mux(sound.encode(None))
    return path


def lit(path: Path, from_column: float = 0.0, to_column: float = 1.0) -> list[int]:
    """For every tenth of a second, how many pixels of the lower half are white, in a strip of columns."""
    with av.open(str(path)) as container:
        counts = []
        for frame in container.decode(video=0):
            plane = frame.reformat(format="gray").planes[0]
            data, size = bytes(plane), plane.line_size
            rows = range(frame.height // 2, frame.height)
            first, last = round(frame.width * from_column), round(frame.width * to_column)
            counts.append(sum(value > 150 for row in rows for value in data[row * size + first : row * size + last]))
        return counts


def captions(*cues: Cue, **facts: object) -> bytes:
    return render(cues, "ass", Context(width=WIDTH, height=HEIGHT, **facts))


def burnt(film: Path, ass: bytes, target: Path, ffmpeg: str) -> Path:
    room.burn(film, ass, target, ffmpeg=ffmpeg, preset="ultrafast")
    return target


@pytest.mark.parametrize(
    "text",
    ["Hello there", "大家好，欢迎收看", "مرحبا بكم جميعا", "สวัสดีครับ", "नमस्ते"],
    ids=["latin", "chinese", "arabic", "thai", "hindi"],
)
def test_a_caption_is_seen_from_its_first_to_its_last_frame(film: Path, tmp_path: Path, ffmpeg: str, text: str) -> None:
    ass = captions(Cue(1000, 2000, (Line(text),)))
    if room.check_fonts(ass, ffmpeg).missing:
        pytest.skip(f"no font on this machine for {text}")
    seen = lit(burnt(film, ass, tmp_path / "out.mp4", ffmpeg))
    assert len(seen) == 3 * RATE
    assert [count > 20 for count in seen] == [10 <= number < 20 for number in range(3 * RATE)]


def test_karaoke_fills_from_left_to_right(film: Path, tmp_path: Path, ffmpeg: str) -> None:
    words = (Word("left ", "", 0, 1000), Word("right", "", 1000, 2000))
    ass = captions(Cue(0, 3000, (Line("left right", words),)), karaoke="kf")
    path = burnt(film, ass, tmp_path / "out.mp4", ffmpeg)
    left, right = lit(path, 0, 0.5), lit(path, 0.5, 1)
    assert left[9] > 3 * max(1, left[0])
    assert right[9] < right[19] / 3


def test_sound_is_copied_and_the_picture_keeps_its_size_and_rate(film: Path, tmp_path: Path, ffmpeg: str) -> None:
    path = burnt(film, captions(Cue(0, 1000, (Line("x"),))), tmp_path / "out.mkv", ffmpeg)
    sounds = []
    for each in (film, path):
        with av.open(str(each)) as container:
            assert (container.streams.video[0].width, container.streams.video[0].height) == (WIDTH, HEIGHT)
            assert container.streams.video[0].average_rate == RATE
            sounds.append([bytes(packet) for packet in container.demux(audio=0) if packet.size])
    assert sounds[0] == sounds[1]


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, ffmpeg: str) -> None:
    wide = black(tmp_path / "wide.mp4", Fraction(4, 3))
    path = burnt(wide, captions(Cue(0, 3000, (Line("x"),))), tmp_path / "out.mp4", ffmpeg)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (WIDTH * 4 // 3 // 2 * 2, HEIGHT)
        assert stream.sample_aspect_ratio in (1, None)


def test_progress_grows_to_the_end(film: Path, tmp_path: Path, ffmpeg: str) -> None:
    heard: list[int] = []
    ass = captions(Cue(0, 1000, (Line("x"),)))
    room.burn(film, ass, tmp_path / "out.mp4", ffmpeg=ffmpeg, preset="ultrafast", progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] >= 2500


def test_every_character_without_a_font_is_named(ffmpeg: str) -> None:
    found = room.check_fonts(
        captions(Cue(0, 1, (Line(f"fine {NOBODY_HAS}"),)), Cue(1, 2, (Line("\U0010fffc"),))), ffmpeg
    )
    assert found.missing == (NOBODY_HAS, "\U0010fffc")


def test_a_font_that_is_not_installed_is_told(ffmpeg: str) -> None:
    ass = captions(Cue(0, 1000, (Line("word"),))).replace(b"Noto Sans", b"No Such Font")
    (replaced,) = room.check_fonts(ass, ffmpeg).replaced
    assert replaced[0] == "No Such Font"
    assert replaced[1]


def test_many_characters_are_checked_at_once(ffmpeg: str) -> None:
    text = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 3000)) + NOBODY_HAS
    cues = [Cue(at, at + 1, (Line(text[at : at + 20]),)) for at in range(0, len(text), 20)]
    assert NOBODY_HAS in room.check_fonts(captions(*cues), ffmpeg).missing


def test_what_is_no_film_is_one_line(tmp_path: Path, ffmpeg: str) -> None:
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"no film" * 100)
    with pytest.raises(MediaError, match="FFmpeg cannot make the film") as refused:
        burnt(noise, captions(Cue(0, 1000, (Line("x"),))), tmp_path / "out.mp4", ffmpeg)
    assert "\n" not in refused.value.message


def test_a_folder_without_fonts_is_refused(tmp_path: Path, ffmpeg: str) -> None:
    with pytest.raises(ConfigError, match="no fonts in it"):
        room.check_fonts(captions(Cue(0, 1, (Line("x"),))), ffmpeg, tmp_path)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def srt(tmp_path: Path) -> Path:
    path = tmp_path / "it's [mine]; 字.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n", encoding="utf-8")
    return path


def test_the_command_burns_whatever_the_names_are(film: Path, srt: Path, ffmpeg: str) -> None:
    out = srt.with_name("out, [it's] 'q'.mp4")
    assert run("burn", film, srt, "-o", out, "--preset", "ultrafast") == 0
    assert max(lit(out)) > 20
    assert not list(srt.parent.glob(".part*"))


def test_the_command_stops_before_encoding_when_a_font_is_missing(
    film: Path, srt: Path, ffmpeg: str, capsys: pytest.CaptureFixture
) -> None:
    srt.write_text(f"1\n00:00:01,000 --> 00:00:02,000\nHello {NOBODY_HAS}\n", encoding="utf-8")
    out = srt.with_name("out.mp4")
    assert run("burn", film, srt, "-o", out) == 2
    complaint = capsys.readouterr().err
    assert "U+10FFFD" in complaint
    assert "--missing-fonts-ok" in complaint
    assert not out.exists()
    assert run("burn", film, srt, "-o", out, "--missing-fonts-ok", "--preset", "ultrafast", "-q") == 0
    assert out.exists()


def test_the_command_refuses_what_it_cannot_do(film: Path, srt: Path, capsys: pytest.CaptureFixture) -> None:
    sound = Path(__file__).resolve().parents[2] / "fixtures" / "silence.m4a"
    for arguments, code, message in [
        ((film, srt, "-o", srt.with_name("out.avi")), 2, "choose one of"),
        ((film, srt, "-o", srt), 1, "input and output are the same file"),
        ((sound, srt, "-o", srt.with_name("out.mp4")), 1, "no picture"),
    ]:
        assert run("burn", *arguments) == code
        assert message in capsys.readouterr().err
