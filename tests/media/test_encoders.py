"""Encoders: one flag for people, each encoder's own words for FFmpeg; what cannot be is said before encoding."""

from __future__ import annotations

from fractions import Fraction

import pytest

from captioner.errors import ConfigError
from captioner.media.burn import Framing, find_ffmpeg
from captioner.media.encoders import ENCODERS, Encoding, check_encoder, plan_encoding
from captioner.media.picture import Crop, Picture, crop_to

FLAT = Picture(1920, 1080, 1000, Fraction(25))
DEEP = Picture(1920, 1080, 1000, Fraction(25), bits=10)
PQ = Picture(3840, 2160, 1000, Fraction(25), bits=10, hdr="pq", colour=(9, 16, 9))


def arguments(picture: Picture, ending: str = ".mp4", **wanted: object) -> str:
    return " ".join(plan_encoding(Encoding(**wanted), picture, ending).arguments)


def test_the_usual_picture_is_h264_as_before() -> None:
    assert arguments(FLAT) == "-c:v libx264 -crf 18"
    assert arguments(FLAT, quality=23, preset="fast") == "-c:v libx264 -crf 23 -preset fast"
    assert plan_encoding(Encoding(), FLAT, ".mp4").notes == ()


def test_ten_bits_and_hdr_are_kept_and_told() -> None:
    assert arguments(DEEP) == "-c:v libx265 -crf 20 -pix_fmt yuv420p10le -tag:v hvc1"
    plan = plan_encoding(Encoding(), PQ, ".mkv")
    assert "-color_primaries 9 -color_trc 16 -colorspace 9" in " ".join(plan.arguments)
    assert "hvc1" not in plan.arguments
    assert plan.notes == ("HDR (PQ) is kept: libx265, 10 bits; captions are as bright as paper",)


def test_what_is_lost_is_told_or_refused() -> None:
    assert plan_encoding(Encoding("libx264"), DEEP, ".mp4").notes == (
        "10 bits become 8: libx264 has no more; --encoder libx265 keeps 10",
    )
    with pytest.raises(ConfigError, match="the picture is HDR, and this encoder has 8 bits"):
        plan_encoding(Encoding("h264_nvenc"), PQ, ".mp4")
    dolby = Picture(3840, 2160, bits=10, hdr="pq", dynamic_metadata="Dolby Vision")
    assert "Dolby Vision is left out; the picture stays PQ" in plan_encoding(Encoding(), dolby, ".mp4").notes


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"encoder": "h264_nvenc", "quality": 21, "preset": "p5"}, "-c:v h264_nvenc -rc vbr -cq 21 -b:v 0 -preset p5"),
        ({"encoder": "hevc_qsv"}, "-c:v hevc_qsv -global_quality 22 -pix_fmt nv12 -tag:v hvc1"),
        ({"encoder": "h264_amf", "preset": "speed"}, "-rc cqp -qp_i 20 -qp_p 20 -quality speed"),
        ({"encoder": "h264_videotoolbox"}, "-c:v h264_videotoolbox -q:v 65"),
        ({"encoder": "h264_videotoolbox", "bitrate": "8M"}, "-c:v h264_videotoolbox -b:v 8M"),
        ({"encoder": "h264_vaapi"}, "-c:v h264_vaapi -rc_mode CQP -qp 20"),
        ({"bitrate": "2.5M"}, "-c:v libx264 -b:v 2.5M"),
    ],
)
def test_each_encoder_has_its_words(wanted: dict[str, object], said: str) -> None:
    assert said in arguments(FLAT, **wanted)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"encoder": "h266"}, "--encoder h266: unknown; choose one of libx264, libx265"),
        ({"preset": "p5"}, "--preset p5: unknown to libx264; choose one of ultrafast"),
        ({"encoder": "h264_videotoolbox", "preset": "fast"}, "it has none; leave it out"),
        ({"bitrate": "fast"}, "write a number with k or M, such as 8M"),
        ({"bitrate": "0M"}, "write a number with k or M, such as 8M"),
        ({"bitrate": "8M", "quality": 18}, "a file has one of both"),
        ({"encoder": "prores_ks"}, "is written to .mov or .mkv only"),
    ],
)
def test_what_an_encoder_does_not_have_is_refused(wanted: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace(".", r"\.")):
        plan_encoding(Encoding(**wanted), FLAT, ".mp4")


@pytest.mark.process
def test_an_encoder_that_does_not_work_here_is_found_before_encoding() -> None:
    ffmpeg = find_ffmpeg()
    check_encoder(plan_encoding(Encoding("libx265", preset="ultrafast"), DEEP, ".mp4"), ffmpeg)
    absent = "h264_videotoolbox" if "linux" in ffmpeg else "h264_vaapi"
    with pytest.raises(ConfigError, match="does not work on this machine"):
        check_encoder(plan_encoding(Encoding(absent), FLAT, ".mp4"), ffmpeg)


@pytest.mark.parametrize(
    ("size", "ratio", "x", "crop"),
    [
        ((1920, 1080), 9 / 16, None, Crop(608, 1080, 656, 0)),
        ((1920, 1080), 9 / 16, 0, Crop(608, 1080, 0, 0)),
        ((1920, 1080), 9 / 16, 1900, Crop(608, 1080, 1312, 0)),
        ((1920, 1080), 9 / 16, 0.25, Crop(608, 1080, 176, 0)),
        ((1920, 1080), 9 / 16, 1.0, Crop(608, 1080, 1312, 0)),
        ((1080, 1920), 16 / 9, None, Crop(1080, 608, 0, 656)),
        ((641, 361), 1.0, None, Crop(360, 360, 140, 0)),
        ((1920, 1080), 16 / 9, None, Crop(1920, 1080, 0, 0)),
        ((3, 3), 9 / 16, None, Crop(2, 2, 0, 0)),
    ],
)
def test_a_crop_is_the_largest_part_and_lies_in_the_picture(
    size: tuple[int, int], ratio: float, x: float | None, crop: Crop
) -> None:
    assert crop_to(Picture(*size), ratio, x) == crop


def test_a_film_has_even_sizes() -> None:
    assert Framing(641, 361).final == (640, 360)
    assert Framing(641, 361).filters == "scale=641:361,setsar=1,crop=640:360:0:0"
    assert Framing(1920, 1080, Crop(608, 1080, 656, 0), (1080, 1920)).final == (1080, 1920)
    assert all(row.quality is not None or name == "prores_ks" for name, row in ENCODERS.items())
