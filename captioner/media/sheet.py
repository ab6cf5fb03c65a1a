"""Contact sheets: single frames with captions on them, drawn as a film is, and set beside each other.

A frame goes through the same filters as a film's picture, in the film's own size, and is made smaller afterwards: what
is on the sheet is what will be burned.
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from captioner.errors import MediaError
from captioner.media.burn import Framing, last_line, staging_folder

__all__ = ["ENDINGS", "Cell", "Frame", "draw_cell", "sheet_layout", "write_sheet"]

#: File name endings of a sheet.
ENDINGS = (".png", ".jpg", ".jpeg")
# A card where there is no picture: dark and light, because captions have to stand on both.
_DARK, _LIGHT = "0x1B1E24", "0xE6E1D6"
_GAP, _LABEL = 12, 34  # pixels between cells, and under each for its label
_WIDEST = 1920


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame that captions are drawn on.

    Attributes:
        source: Media, or None for a card.
        at_ms: Time in the media.
        framing: Changes of the picture first; its final size is the card's.
    """

    source: Path | None
    at_ms: int
    framing: Framing


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a sheet: a file, and the label under it."""

    file: Path
    label: str


def draw_cell(frame: Frame, ass: bytes, target: Path, width: int, ffmpeg: str, fonts: Path | None = None) -> None:
    """Write a frame with captions on it, as PNG.

    Args:
        frame: The frame.
        ass: Captions in the media's times, sized for the picture.
        target: File to write.
        width: Of the file in pixels; the height follows.
        ffmpeg: From `burn.find_ffmpeg`.
        fonts: Folder of fonts beside the installed ones.

    Raises:
        MediaError: There is no such frame, or FFmpeg refuses.
    """
    seconds = f"{frame.at_ms / 1000:.3f}"
    source, chain = _card(frame.framing) if frame.source is None else _media(frame.source, seconds, frame.framing)
    with staging_folder(ass.decode(), fonts) as (place, filter_):
        filters = ",".join(
            filter(None, [chain, f"setpts=PTS-STARTPTS+{seconds}/TB", filter_, f"scale={width}:-2:flags=area"])
        )
        command = [ffmpeg, "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *source, "-vf", filters]
        _run([*command, "-frames:v", "1", "-update", "1", f"file:{target.resolve()}"], place)
    if not target.exists():
        name = frame.source.name if frame.source else "card"
        raise MediaError(f"there is no picture at {seconds} s; give an earlier --at", file=name)


def _media(source: Path, seconds: str, framing: Framing) -> tuple[list[str], str]:
    return ["-protocol_whitelist", "file,pipe", "-ss", seconds, "-i", f"file:{source.resolve()}"], framing.filters


def _card(framing: Framing) -> tuple[list[str], str]:
    width, height = framing.final
    card = f"color=c={_DARK}:s={width}x{height}:r=25:d=1"
    return ["-f", "lavfi", "-i", card], f"drawbox=x=iw/2:y=0:w=iw/2:h=ih:color={_LIGHT}:t=fill"


def sheet_layout(count: int, width: int, height: int) -> tuple[int, int]:
    """Columns of a sheet, and the width of its cells in pixels.

    Args:
        count: Number of cells.
        width, height: Of each picture.
    """
    most = 3 if width >= height else 5
    columns = min(count, most)
    if count > most:
        columns = math.ceil(count / math.ceil(count / most))
    widest = (_WIDEST - _GAP * (columns + 1)) // columns
    return columns, min(widest, width, 960 if width >= height else 480) // 2 * 2


def write_sheet(cells: Sequence[Cell], size: tuple[int, int], columns: int, target: Path, ffmpeg: str) -> None:
    """Set cells beside each other, each with its label under it.

    Args:
        cells: In order.
        size: Width and height of each.
        columns: Cells in a row.
        target: File to write, with one of `ENDINGS`.
        ffmpeg: From `burn.find_ffmpeg`.

    Raises:
        MediaError: FFmpeg refuses.
    """
    rows = math.ceil(len(cells) / columns)
    width = columns * (size[0] + _GAP) + _GAP
    height = rows * (size[1] + _LABEL) + _GAP
    places = [
        (_GAP + (at % columns) * (size[0] + _GAP), _GAP + (at // columns) * (size[1] + _LABEL))
        for at in range(len(cells))
    ]
    width, height = width + width % 2, height + height % 2
    with staging_folder(_labels(cells, places, size, width, height), None) as (place, filter_):
        inputs = [part for cell in cells for part in ("-i", f"file:{cell.file.resolve()}")]
        graph = [f"color=c=0x0E1013:s={width}x{height}:d=1[s0]"]
        graph += [f"[s{at}][{at}:v]overlay={x}:{y}:shortest=0[s{at + 1}]" for at, (x, y) in enumerate(places)]
        graph.append(f"[s{len(cells)}]{filter_}[out]")
        command = [ffmpeg, "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *inputs]
        command += ["-filter_complex", ";".join(graph), "-map", "[out]", "-frames:v", "1", "-update", "1"]
        command += ["-q:v", "3"] if target.suffix.lower() != ".png" else ["-pix_fmt", "rgb24"]
        _run([*command, f"file:{target.resolve()}"], place)


def _labels(
    cells: Sequence[Cell], places: Sequence[tuple[int, int]], size: tuple[int, int], width: int, height: int
) -> str:
    head = (
        f"[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\nWrapStyle: 2\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, Bold, BorderStyle, Outline, Shadow, Alignment\n"
        "Style: L,Noto Sans,24,&H00E8E8E8,0,1,0,0,8\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
    rows = (
        f"Dialogue: 0,0:00:00.00,0:00:10.00,L,,0,0,0,,"
        f"{{\\pos({x + size[0] // 2},{y + size[1] + 3})}}{_plain(cell.label)}\n"
        for cell, (x, y) in zip(cells, places, strict=True)
    )
    return head + "".join(rows)


def _plain(label: str) -> str:
    """A label without what ASS would take for a tag or a line."""
    return "".join(char for char in label if char.isprintable() and char not in "{}\\")


def _run(command: Sequence[str], place: Path) -> None:
    ran = subprocess.run(command, cwd=place, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode:
        raise MediaError(f"FFmpeg cannot make the picture ({last_line(ran.stderr)})")
