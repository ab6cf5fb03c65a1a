"""Video encoders of FFmpeg: how each is told quality, speed and bit rate, and what depth it writes.

One flag has one meaning for people (`--crf`: less is better), and each encoder its own word for it.

Source: FFmpeg 7 and 8, `ffmpeg -h encoder=NAME` of each; FFmpeg wiki, H.264 (18 is visually lossless) and H.265.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from captioner.errors import ConfigError
from captioner.media.picture import Picture

__all__ = ["ENCODERS", "Encoding", "EncodingPlan", "check_encoder", "plan_encoding"]

_X264 = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
_NVENC = ("p1", "p2", "p3", "p4", "p5", "p6", "p7", "fast", "medium", "slow")
_QSV = _X264[2:]
_SVT = tuple(map(str, range(14)))
_AMF = ("speed", "balanced", "quality")
_BITRATE = re.compile(r"\d+(?:\.\d+)?[kKM]?")


@dataclass(frozen=True, slots=True)
class _Encoder:
    """One encoder.

    Attributes:
        deep: Pixel format of 10 bits, "" where it writes 8.
        flat: Pixel format of 8 bits, "" to leave the choice to FFmpeg.
        presets: Its presets, () for none.
        quality: Its arguments for a quality; None where it has none.
        default_quality: Without `--crf`.
        preset_flag: How a preset is given.
        hevc: Whether it writes H.265, which Apple's players know by another tag in MP4.
        containers: Endings it can be in, () for all.
        device: Arguments before the input.
        upload: Filters after all others.
    """

    deep: str = ""
    flat: str = ""
    presets: tuple[str, ...] = ()
    quality: Callable[[int], tuple[str, ...]] | None = None
    default_quality: int = 0
    preset_flag: str = "-preset"
    hevc: bool = False
    containers: tuple[str, ...] = ()
    device: tuple[str, ...] = ()
    upload: str = ""


def _crf(value: int) -> tuple[str, ...]:
    return "-crf", str(value)


def _cq(value: int) -> tuple[str, ...]:
    return "-rc", "vbr", "-cq", str(value), "-b:v", "0"


def _global_quality(value: int) -> tuple[str, ...]:
    return "-global_quality", str(value)


def _qp(value: int) -> tuple[str, ...]:
    return "-rc_mode", "CQP", "-qp", str(value)


def _amf_qp(value: int) -> tuple[str, ...]:
    return "-rc", "cqp", "-qp_i", str(value), "-qp_p", str(value)


def _videotoolbox_quality(value: int) -> tuple[str, ...]:
    """Its scale goes from 1 to 100, more is better; 18 becomes 65, which looks alike."""
    return "-q:v", str(max(1, min(100, round(100 - value * 1.95))))


_VAAPI = {"device": ("-vaapi_device", "/dev/dri/renderD128"), "quality": _qp, "default_quality": 20}
#: Encoders by FFmpeg's names.
ENCODERS: Mapping[str, _Encoder] = {
    "libx264": _Encoder(presets=_X264, quality=_crf, default_quality=18),
    "libx265": _Encoder("yuv420p10le", "yuv420p", _X264, _crf, 20, hevc=True),
    "libsvtav1": _Encoder("yuv420p10le", "yuv420p", _SVT, _crf, 24),
    "h264_nvenc": _Encoder("", "yuv420p", _NVENC, _cq, 20),
    "hevc_nvenc": _Encoder("p010le", "yuv420p", _NVENC, _cq, 22, hevc=True),
    "av1_nvenc": _Encoder("p010le", "yuv420p", _NVENC, _cq, 26),
    "h264_qsv": _Encoder("", "nv12", _QSV, _global_quality, 20),
    "hevc_qsv": _Encoder("p010le", "nv12", _QSV, _global_quality, 22, hevc=True),
    "h264_amf": _Encoder("", "yuv420p", _AMF, _amf_qp, 20, "-quality"),
    "hevc_amf": _Encoder("p010le", "yuv420p", _AMF, _amf_qp, 22, "-quality", hevc=True),
    "h264_videotoolbox": _Encoder("", "yuv420p", (), _videotoolbox_quality, 18),
    "hevc_videotoolbox": _Encoder("p010le", "yuv420p", (), _videotoolbox_quality, 18, hevc=True),
    "h264_vaapi": _Encoder(upload="format=nv12,hwupload", **_VAAPI),  # type: ignore[arg-type]  # a table shared by two
    "hevc_vaapi": _Encoder("p010le", upload="format=p010le|nv12,hwupload", hevc=True, **_VAAPI),  # type: ignore[arg-type]
    "prores_ks": _Encoder("yuv422p10le", "yuv422p10le", containers=(".mov", ".mkv")),
}
_FOR_FLAT, _FOR_DEEP = "libx264", "libx265"
# H.273 numbers as FFmpeg's options name them.
_NAMES = ("-color_primaries", "-color_trc", "-colorspace")


@dataclass(frozen=True, slots=True)
class Encoding:
    """Options of the encoder, as the user gives them.

    Attributes:
        encoder: Name, or "" to choose by the picture.
        quality: Less is better, as x264 counts; None for the encoder's default.
        preset: The encoder's, "" for its default.
        bitrate: Such as 8M, instead of a quality.
    """

    encoder: str = ""
    quality: int | None = None
    preset: str = ""
    bitrate: str = ""


@dataclass(frozen=True, slots=True)
class EncodingPlan:
    """Arguments for FFmpeg.

    Attributes:
        encoder: Name of the encoder.
        device: Before the input.
        arguments: Of the output.
        upload: Filters after all others, or "".
        notes: What is kept and what is not, a line each.
    """

    encoder: str
    device: tuple[str, ...]
    arguments: tuple[str, ...]
    upload: str
    notes: tuple[str, ...]


def plan_encoding(wanted: Encoding, picture: Picture, ending: str) -> EncodingPlan:
    """Choose the encoder and its arguments.

    Args:
        wanted: By the user.
        picture: Of the source.
        ending: Of the file to write, with its dot.

    Raises:
        ConfigError: A preset, quality or bit rate that the encoder does not have; an encoder of 8 bits for a picture of
            high dynamic range; a container that it cannot be in.
    """
    is_deep = picture.bits > 8 or bool(picture.hdr)
    name = wanted.encoder or (_FOR_DEEP if is_deep else _FOR_FLAT)
    if name not in ENCODERS:
        raise ConfigError(f"--encoder {name}: unknown; choose one of {', '.join(ENCODERS)}")
    encoder = ENCODERS[name]
    if encoder.containers and ending not in encoder.containers:
        raise ConfigError(f"--encoder {name}: is written to {' or '.join(encoder.containers)} only; name the file so")
    if picture.hdr and not encoder.deep:
        able = ", ".join(each for each, row in ENCODERS.items() if row.deep)
        raise ConfigError(f"--encoder {name}: the picture is HDR, and this encoder has 8 bits; choose one of {able}")
    pixels = (encoder.deep if is_deep else encoder.flat) or ("yuv420p" if is_deep else "")
    if encoder.upload:
        pixels = ""
    arguments = ["-c:v", name, *_rate(name, encoder, wanted), *_speed(name, encoder, wanted)]
    arguments += ["-pix_fmt", pixels] if pixels else []
    arguments += ["-profile:v", "3"] if name == "prores_ks" else []  # 422 HQ
    arguments += ["-tag:v", "hvc1"] if encoder.hevc and ending != ".mkv" else []
    arguments += _colour(picture)
    return EncodingPlan(name, encoder.device, tuple(arguments), encoder.upload, _notes(name, encoder, picture))


def _rate(name: str, encoder: _Encoder, wanted: Encoding) -> tuple[str, ...]:
    if wanted.bitrate and wanted.quality is not None:
        raise ConfigError("--bitrate and --crf: a file has one of both; leave one out")
    if wanted.bitrate:
        if not _BITRATE.fullmatch(wanted.bitrate) or float(wanted.bitrate.rstrip("kKM")) <= 0:
            raise ConfigError(f"--bitrate {wanted.bitrate}: write a number with k or M, such as 8M")
        return "-b:v", wanted.bitrate
    if encoder.quality is None:
        if wanted.quality is not None:
            raise ConfigError(f"--crf: {name} has no such quality; leave it out")
        return ()
    return encoder.quality(encoder.default_quality if wanted.quality is None else wanted.quality)


def _speed(name: str, encoder: _Encoder, wanted: Encoding) -> tuple[str, ...]:
    if not wanted.preset:
        return ()
    if wanted.preset not in encoder.presets:
        way = f"choose one of {', '.join(encoder.presets)}" if encoder.presets else "it has none; leave it out"
        raise ConfigError(f"--preset {wanted.preset}: unknown to {name}; {way}")
    return encoder.preset_flag, wanted.preset


def _colour(picture: Picture) -> list[str]:
    """Colour as the source names it, so that players show it alike; what it does not name stays unnamed."""
    said = [
        part for flag, value in zip(_NAMES, picture.colour, strict=True) if value != 2 for part in (flag, str(value))
    ]
    return [*said, *(["-color_range", "pc"] if picture.full_range else [])]


def _notes(name: str, encoder: _Encoder, picture: Picture) -> tuple[str, ...]:
    notes = []
    if picture.hdr:
        notes.append(f"HDR ({picture.hdr.upper()}) is kept: {name}, 10 bits; captions are as bright as paper")
    elif picture.bits > 8 and encoder.deep:
        notes.append(f"10 bits are kept: {name}")
    elif picture.bits > 8:
        notes.append(f"{picture.bits} bits become 8: {name} has no more; --encoder libx265 keeps 10")
    if picture.bits > 10 and encoder.deep:
        notes.append(f"{picture.bits} bits become 10")
    if picture.dynamic_metadata:
        notes.append(f"{picture.dynamic_metadata} is left out; the picture stays {picture.hdr.upper() or 'as it is'}")
    return tuple(notes)


def check_encoder(plan: EncodingPlan, ffmpeg: str) -> None:
    """Encode a frame, so that an encoder that does not work here is known before an hour of encoding.

    Raises:
        ConfigError: It does not work.
    """
    command = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", *plan.device]
    command += ["-f", "lavfi", "-i", "color=c=black:s=640x360:r=25:d=0.2"]
    command += ["-vf", plan.upload] if plan.upload else []
    ran = subprocess.run(
        [*command, *plan.arguments, "-frames:v", "1", "-f", "null", "-"],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ran.returncode:
        said = next((line.strip() for line in ran.stderr.splitlines() if line.strip()), "it said nothing")
        said = re.sub(r"^\[[^\]]*\] ?", "", said)[:200]
        raise ConfigError(f"--encoder {plan.encoder}: does not work on this machine ({said}); libx264 works everywhere")
