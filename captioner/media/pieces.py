"""Looks where a renderer has drawn the pieces of captions: one frame a second, and in it what is not black."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from captioner.errors import MediaError
from captioner.media.burn import staging_folder

__all__ = ["find_pieces"]

# The frames are no larger than this: at 1080p a place is known to three quarters of a pixel, which the padding hides.
_WIDEST, _HIGHEST = 1280, 1280
_FRAME = re.compile(r"frame:\d+\s+pts:\s*(\d+)")
_BOX = re.compile(r"lavfi\.bbox\.([xy][12])=(\d+)")
_SEEN = 100  # of 255: what is less is the soft edge of something


def find_pieces(
    ass: bytes, count: int, width: int, height: int, ffmpeg: str, fonts: Path | None = None
) -> list[tuple[float, float, float, float] | None]:
    """Places of the pieces: left, top, right and bottom in pixels of the picture, None where nothing is seen.

    Args:
        ass: Piece number n is shown in the second that begins at n.
        count: Number of pieces.
        width, height: Of the picture that the file is for.
        ffmpeg: From `burn.find_ffmpeg`.
        fonts: Folder of fonts beside the installed ones.

    Raises:
        MediaError: The renderer cannot be run.
    """
    if not count:
        return []
    scale = min(1.0, _WIDEST / width, _HIGHEST / height)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    with staging_folder(ass.decode(), fonts) as (place, filter_):
        source = f"color=c=black:s={size[0]}x{size[1]}:r=1:d={count}"
        chain = f"format=gray,{filter_},bbox=min_val={_SEEN},metadata=mode=print:file=-"
        command = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source]
        command += ["-vf", chain, "-frames:v", str(count), "-f", "null", "-"]
        ran = subprocess.run(command, cwd=place, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode:
        raise MediaError("the captions cannot be drawn; check that FFmpeg has libass and the filter bbox")
    found = _boxes(ran.stdout)
    across, down = width / size[0], height / size[1]
    return [_scaled(found.get(number), across, down) for number in range(count)]


def _boxes(log: str) -> dict[int, dict[str, int]]:
    boxes: dict[int, dict[str, int]] = {}
    number = -1
    for line in log.splitlines():
        if (frame := _FRAME.match(line)) is not None:
            number = int(frame[1])
        elif (edge := _BOX.match(line)) is not None:
            boxes.setdefault(number, {})[edge[1]] = int(edge[2])
    return boxes


def _scaled(edges: Mapping[str, int] | None, across: float, down: float) -> tuple[float, float, float, float] | None:
    if edges is None or len(edges) < 4:
        return None
    return edges["x1"] * across, edges["y1"] * down, (edges["x2"] + 1) * across, (edges["y2"] + 1) * down
