"""Films with a look: cut to another aspect, in other depths, from odd, silent and turned sources."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from captioner.cli import main
from captioner.media.burn import find_ffmpeg

pytestmark = pytest.mark.process

SRT = "1\n00:00:00,000 --> 00:00:01,000\nHello there\n"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def film(path: Path, source: str, *arguments: str) -> Path:
    made = [find_ffmpeg(), "-y", "-loglevel", "error", "-f", "lavfi", "-i", source, *arguments, str(path)]
    subprocess.run(made, check=True)
    return path


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    path = tmp_path / "c{a'p}s; [x].srt"
    path.write_text(SRT, encoding="utf-8")
    return path


def test_an_upright_cut_of_a_silent_film_in_the_size_asked_for(
    tmp_path: Path, captions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = film(tmp_path / "it's; [x]=1,%d.mp4", "testsrc2=s=320x180:r=10:d=1", "-c:v", "libx264")
    target = tmp_path / "o'; [y]%d.mp4"
    options = ["--look", "shorts-bold", "--aspect", "9:16", "--crop-x", "20%", "--size", "180x320", "-q"]
    assert run("burn", str(source), str(captions), *options, "--preset", "ultrafast", "-o", str(target)) == 0
    with av.open(str(target)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (180, 320)
    assert "no times of words" in capsys.readouterr().err


def test_odd_and_turned_pictures_become_films(tmp_path: Path, captions: Path) -> None:
    odd = film(tmp_path / "odd.mkv", "testsrc2=s=321x181:r=10:d=0.5", "-c:v", "ffv1")
    flat = film(tmp_path / "flat.mp4", "testsrc2=s=320x180:r=10:d=0.5", "-c:v", "libx264")
    turned = tmp_path / "turned.mp4"
    turn = [find_ffmpeg(), "-y", "-loglevel", "error", "-display_rotation", "90", "-i", str(flat), "-c", "copy"]
    subprocess.run([*turn, str(turned)], check=True)
    for source, size in ((odd, (320, 180)), (turned, (180, 320))):
        target = tmp_path / f"{source.stem}.out.mp4"
        assert run("burn", str(source), str(captions), "-q", "--look", "minimal", "-o", str(target)) == 0
        with av.open(str(target)) as container:
            assert (container.streams.video[0].width, container.streams.video[0].height) == size


def test_ten_bits_and_hdr_stay(tmp_path: Path, captions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tags = "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    source = film(tmp_path / "pq.mp4", "testsrc2=s=320x180:r=10:d=0.5", "-vf", tags, "-c:v", "libx265",
                  "-x265-params", "log-level=none")  # fmt: skip
    target = tmp_path / "out.mp4"
    assert run("burn", str(source), str(captions), "-q", "--preset", "ultrafast", "-o", str(target)) == 0
    assert "HDR (PQ) is kept: libx265, 10 bits" in capsys.readouterr().err
    with av.open(str(target)) as container:
        coder = container.streams.video[0].codec_context
        assert (coder.name, coder.pix_fmt, int(coder.color_trc)) == ("hevc", "yuv420p10le", 16)
    assert run("burn", str(source), str(captions), "--encoder", "libx264", "-o", str(tmp_path / "no.mp4")) == 2
    assert "the picture is HDR" in capsys.readouterr().err


@pytest.mark.short
def test_a_look_for_an_ass_file_is_refused(tmp_path: Path, captions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = film(tmp_path / "a.mp4", "testsrc2=s=320x180:r=10:d=0.5", "-c:v", "libx264")
    ass = tmp_path / "c.ass"
    assert run("convert", str(captions), str(ass), "--look", "minimal", "--size", "320x180") == 0
    assert "ass holds the look minimal without its round corners; captioner burn draws them" in capsys.readouterr().err
    assert run("burn", str(source), str(ass), "--look", "minimal", "-o", str(tmp_path / "o.mp4")) == 2
    assert "an ASS file is drawn as it is; leave --look out" in capsys.readouterr().err
    assert run("burn", str(source), str(ass), "-q", "-o", str(tmp_path / "o.mp4")) == 0
