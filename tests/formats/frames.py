"""Frames as libass draws them: an FFmpeg that is not PyAV's, black behind the text, one grey byte a pixel."""

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from captioner.errors import CaptionerError
from captioner.media import burn
from tests.waiting import PATIENCE_S

BRIGHT = 200


@dataclass(frozen=True)
class Frame:
    width: int
    height: int
    pixels: bytes

    def bright(self, x, y):
        return self.pixels[y * self.width + x] > BRIGHT

    def runs(self, marked):
        """Stretches of a list of booleans that are true, a gap of eight not counted."""
        found = []
        for at in (at for at, mark in enumerate(marked) if mark):
            if found and at - found[-1][1] <= 8:
                found[-1][1] = at
            else:
                found.append([at, at])
        return [tuple(run) for run in found]

    def columns(self):
        """Left and right edge of every band of bright columns."""
        rows = range(self.height)
        return self.runs([any(self.pixels[y * self.width + x] > BRIGHT for y in rows) for x in range(self.width)])

    def span(self, left, right):
        """Top and bottom of what is bright between two columns."""
        lit = [
            y
            for y in range(self.height)
            if max(self.pixels[y * self.width + left : y * self.width + right + 1]) > BRIGHT
        ]
        return lit[0], lit[-1]

    def lit(self):
        return sum(value > BRIGHT for value in self.pixels)


@cache
def _ffmpeg():
    try:
        return burn.find_ffmpeg()
    except CaptionerError:
        return None


def drawn(ass, at_ms, size=(1920, 1080)):
    """The frame at a moment; the test is skipped where fonts or libass are missing, because there is nothing to see."""
    ffmpeg = _ffmpeg()
    if ffmpeg is None:
        pytest.skip("no FFmpeg with libass on this machine")
    found = burn.check_fonts(ass, ffmpeg)
    if found.missing or found.replaced:
        pytest.skip(f"fonts are missing: {found.missing or found.replaced}")
    width, height = size
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "captions.ass").write_bytes(ass)
        command = [
            ffmpeg,
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            f"color=c=black:s={width}x{height}:r=25:d={at_ms / 1000 + 1}",
        ]
        command += ["-vf", "ass=captions.ass", "-ss", f"{at_ms / 1000}", "-frames:v", "1"]
        command += ["-f", "rawvideo", "-pix_fmt", "gray", "-"]
        pixels = subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=PATIENCE_S).stdout
    assert len(pixels) == width * height
    return Frame(width, height, pixels)
