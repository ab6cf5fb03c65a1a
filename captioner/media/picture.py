"""Facts about a picture for the encoder of a film with captions: size as shown, depth, dynamic range."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from captioner.media.demux import is_moving_picture, open_media

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["Crop", "Picture", "crop_to", "describe_picture"]

# ITU-T H.273, transfer characteristics: SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG).
_HDR: dict[int, Literal["pq", "hlg"]] = {16: "pq", 18: "hlg"}
_UNSPECIFIED = 2  # of every table of H.273


@dataclass(frozen=True, slots=True)
class Picture:
    """The first moving picture of a file.

    Attributes:
        width, height: As a player shows it, turned upright and with square pixels; 0 without a picture.
        duration_ms: Length, 0 where the container says none.
        frame_rate: Frames a second, or None.
        is_square: Whether the stored pixels are square.
        bits: Of each component.
        hdr: Its transfer function, "" for standard dynamic range.
        colour: Primaries, transfer function and matrix as H.273 numbers, 2 where the file does not say.
        full_range: Whether black is 0 and not 16.
        dynamic_metadata: Name of metadata of single frames that encoders here do not write, or "".
    """

    width: int = 0
    height: int = 0
    duration_ms: int = 0
    frame_rate: Fraction | None = None
    is_square: bool = True
    bits: int = 8
    hdr: Literal["", "pq", "hlg"] = ""
    colour: tuple[int, int, int] = (_UNSPECIFIED, _UNSPECIFIED, _UNSPECIFIED)
    full_range: bool = False
    dynamic_metadata: str = ""


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a picture: size, and left upper corner, in pixels; sizes are even."""

    width: int
    height: int
    x: int
    y: int


def describe_picture(path: Path) -> Picture:
    """Read what is known of the picture of a media file; one without audio is fine.

    Raises:
        MediaError: It cannot be opened.
    """
    with open_media(path) as container:
        stream = next((s for s in container.streams.video if is_moving_picture(s)), None)
        length_ms = round(container.duration / 1000) if container.duration else 0
        if stream is None:
            return Picture(duration_ms=length_ms)
        return _described(container, stream, length_ms)


def _described(container: InputContainer, stream: VideoStream, length_ms: int) -> Picture:
    coder = stream.codec_context
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = round(coder.width * aspect), coder.height
    first = _first_frame(container, stream)
    if first is not None and first.rotation % 180:
        width, height = height, width
    transfer = int(coder.color_trc or _UNSPECIFIED)
    form = coder.format
    return Picture(
        width,
        height,
        length_ms,
        stream.guessed_rate or stream.average_rate,
        is_square=aspect == 1,
        bits=max((part.bits for part in form.components), default=8) if form else 8,
        hdr=_HDR.get(transfer, ""),
        colour=(int(coder.color_primaries or _UNSPECIFIED), transfer, int(coder.colorspace or _UNSPECIFIED)),
        full_range=int(coder.color_range or 0) == 2,
        dynamic_metadata=_dynamic_metadata(first),
    )


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    import av

    try:
        return next(container.decode(stream), None)
    except av.FFmpegError:
        return None


def _dynamic_metadata(frame: VideoFrame | None) -> str:
    kinds = {str(getattr(data, "type", data)) for data in frame.side_data} if frame is not None else set()
    if any("DOVI" in kind for kind in kinds):
        return "Dolby Vision"
    return "HDR10+" if any("DYNAMIC_HDR_PLUS" in kind for kind in kinds) else ""


def crop_to(picture: Picture, ratio: float, x: int | float | None = None) -> Crop:
    """The largest part of a picture in another aspect.

    Args:
        picture: The picture.
        ratio: Width over height.
        x: Left edge in pixels (int), or where the middle is as a share of the width (float); None for the centre. It is
            moved so far that the crop lies in the picture.
    """
    if picture.width >= picture.height * ratio:
        width, height = round(picture.height * ratio), picture.height
    else:
        width, height = picture.width, round(picture.width / ratio)
    width, height = max(2, width // 2 * 2), max(2, height // 2 * 2)
    left = round(x * picture.width - width / 2) if isinstance(x, float) else x
    left = (picture.width - width) // 2 if left is None else left
    return Crop(width, height, max(0, min(left, picture.width - width)), (picture.height - height) // 2)
