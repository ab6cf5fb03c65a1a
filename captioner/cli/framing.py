"""Flags about the picture of a film with captions: its aspect, what is cut away, its size."""

from __future__ import annotations

import re

from captioner.cli.transcript_io import parse_size
from captioner.errors import ConfigError
from captioner.look import ASPECTS
from captioner.media.burn import Framing
from captioner.media.picture import Crop, Picture, crop_to

__all__ = ["parse_framing"]

_PLACE = re.compile(r"(\d{1,5})(%?)")
# An aspect that is this near is the same: 1080 by 1918 is 9:16 with even sizes.
_SAME = 0.02


def parse_framing(picture: Picture, aspect: str | None, crop_x: str, size: str) -> Framing:
    """Changes of a picture, from the flags.

    Args:
        picture: Of the media.
        aspect: Name of an aspect, or None to keep the picture's.
        crop_x: Left edge of the crop in pixels, or its middle as "30%"; "" for the centre.
        size: Width and height of the film, or "" for that of the crop.

    Raises:
        ConfigError: A place without a crop or outside the picture; a size that is odd or of another aspect.
    """
    if crop_x and not aspect:
        raise ConfigError("--crop-x: says where --aspect cuts; give --aspect too")
    crop = crop_to(picture, ASPECTS[aspect], _place(crop_x, picture)) if aspect else None
    if crop is not None and (crop.width, crop.height) == (picture.width, picture.height):
        crop = None
    wanted = parse_size(size)
    if wanted is not None:
        _check_size(wanted, picture, crop)
    return Framing(picture.width, picture.height, crop, wanted)


def _place(text: str, picture: Picture) -> int | float | None:
    if not text:
        return None
    match = _PLACE.fullmatch(text)
    if match is None or int(match[1]) > (100 if match[2] else picture.width):
        raise ConfigError(
            f"--crop-x {text}: write the left edge in pixels, 0 to {picture.width}, or the middle as 0% to 100%"
        )
    return int(match[1]) / 100 if match[2] else int(match[1])


def _check_size(size: tuple[int, int], picture: Picture, crop: Crop | None) -> None:
    width, height = (crop.width, crop.height) if crop else (picture.width, picture.height)
    if size[0] % 2 or size[1] % 2:
        raise ConfigError(f"--size {size[0]}x{size[1]}: encoders take even numbers only")
    if abs(size[0] / size[1] / (width / height) - 1) > _SAME:
        raise ConfigError(
            f"--size {size[0]}x{size[1]}: the picture is {width}x{height}, and would be squeezed; "
            f"cut it with --aspect first, one of {', '.join(ASPECTS)}"
        )
