"""`captioner preview`: a contact sheet of frames with captions on them, to choose a look by."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from captioner.cli import caption_io as files
from captioner.cli import completion
from captioner.cli.drawing import DrawingOptions, chosen_look, is_drawn_as_it_is, prepare_ass, report_fonts, say_note
from captioner.cli.drawn import Renderer
from captioner.cli.framing import parse_framing
from captioner.cli.help import CAPTIONS, INPUT, OUTPUT, Option, command, with_options
from captioner.cli.named_files import in_folder
from captioner.cli.options import FPS, LANGUAGE, OVERWRITE, READING, VERTICAL
from captioner.cli.sample_captions import sample_captions
from captioner.cli.terminal import escape_control
from captioner.cli.time_arguments import GivenTime, in_ms, parse_given_time
from captioner.cli.transcript_io import parse_size
from captioner.config import load
from captioner.errors import ConfigError
from captioner.files import staging_path
from captioner.formats import ALL_FORMATS
from captioner.look import ASPECTS, Look, load_look, look_names
from captioner.media import sheet
from captioner.media.burn import Framing, find_ffmpeg
from captioner.media.picture import Picture, describe_picture
from captioner.model import Cue
from captioner.timecode import ms_to_clock, parse_rate

__all__ = ["preview"]

#: Cards for each aspect, in the sizes in which films of it are posted.
_CARDS = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350)}
_MOMENTS = 4  # frames of one look
_OPTIONS = (
    Option(["-o", "--output", "named"], group=OUTPUT, required=True, metavar="OUT",
           help="Picture to write: png or jpg. A name that ends with / is a folder."),
    Option(["--look", "names"], group=CAPTIONS, multiple=True, metavar="NAME", shell_complete=completion.looks,
           help="Look, or a TOML file; repeatable (default: the configured one)."),
    Option(["--all", "every"], group=CAPTIONS, is_flag=True, help="Every look that comes with captioner."),
    Option(["--at", "times"], group=INPUT, multiple=True, type=parse_given_time, metavar="TIME",
           help="Time of the frame, e.g. 0:12; repeatable (default: where captions are)."),
    Option(["--aspect"], group=INPUT, type=click.Choice(tuple(ASPECTS)),
           help="Cut the picture to this aspect (default: keep all of it)."),
    Option(["--crop-x"], group=INPUT, default="", metavar="X",
           help="Where to cut: left edge in pixels, or the middle as 30% (default: centred)."),
    Option(["--size"], group=OUTPUT, default="", metavar="WxH", help="Size of the film (default: as cut)."),
    Option(["--fonts", "fonts_folder"], metavar="DIR", type=click.Path(path_type=Path), help="Folder of more fonts."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Scene:
    """Facts about all frames of a sheet."""

    source: Path | None
    picture: Picture
    framing: Framing
    loaded: files.LoadedFile | None
    language: str
    vertical: bool
    renderer: Renderer


@command()
@click.argument("source", metavar="MEDIA|FILE", type=click.Path(path_type=Path))
@click.argument("captions", metavar="[CAPTIONS]", required=False, type=click.Path(path_type=Path))
@with_options(_OPTIONS, READING, (LANGUAGE, FPS, VERTICAL, OVERWRITE))
def preview(
    source: Path,
    captions: Path | None,
    named: str,
    names: tuple[str, ...],
    every: bool,
    times: tuple[GivenTime, ...],
    fps: str | None,
    aspect: str | None,
    crop_x: str,
    size: str,
    fonts_folder: Path | None,
    language: str | None,
    vertical: bool,
    overwrite: bool,
    **reading: Any,
) -> None:
    """Write a contact sheet of frames with captions on them, drawn as `captioner burn` draws them.

    MEDIA gives the frames; the captions are CAPTIONS, else those beside MEDIA, else a sample sentence. A caption FILE
    alone is drawn on a card, dark on one side and light on the other. Needs `pip install 'captioner[burn]'`.

    \b
    Examples: captioner preview talk.mp4 --all -o looks.png
              captioner preview talk.mp4 talk.json --look shorts-bold --aspect 9:16 --at 0:12 --at 0:31 -o sheet.png
    """
    output = in_folder(named, f"{source.stem}.png")
    if output.suffix.lower() not in sheet.ENDINGS:
        raise ConfigError(f"{output}: choose one of {', '.join(sheet.ENDINGS)}")
    files.may_write([output], [source, *([captions] if captions else [])], overwrite=overwrite)
    looks = _looks(names, every=every)
    media, given = _parted(source, captions)
    picture = describe_picture(media) if media else Picture()
    if media is not None and given is None:
        given = _beside(media)
    options = files.read_options({"language": language, **reading}, parse_rate(fps) if fps else picture.frame_rate)
    loaded = files.load_captions(given, options) if given else None
    rate = parse_rate(fps) if fps else (picture.frame_rate or (loaded.context.frame_rate if loaded else None))
    moments = [in_ms(each, rate) for each in times]
    framing = parse_framing(picture, aspect, crop_x, size) if picture.width else _card(aspect, size)
    renderer = Renderer(find_ffmpeg(), fonts_folder)
    scene = _Scene(media if picture.width else None, picture, framing, loaded, language or "", vertical, renderer)
    with staging_path(output) as target:
        _write(scene, looks, _moments(moments, loaded, picture, count=1 if len(looks) > 1 else _MOMENTS), target)
    click.echo(escape_control(str(output)))


def _looks(names: Sequence[str], *, every: bool) -> list[Look]:
    if every:
        return [load_look(name) for name in dict.fromkeys((*look_names(), *names))]
    return [load_look(name) for name in names] or [chosen_look(None, load()["look"])]


def _parted(source: Path, captions: Path | None) -> tuple[Path | None, Path | None]:
    """The media and the captions; a single file is captions if its name ends as theirs do."""
    if captions is not None:
        return source, captions
    endings = tuple(f".{ending}" for row in ALL_FORMATS.values() for ending in row.extensions)
    return (None, source) if source.name.lower().endswith(endings) else (source, None)


def _beside(media: Path) -> Path | None:
    """Captions beside the media, those with times of words first."""
    for ending in ("json", "vtt", "srt", "ttml"):
        path = media.with_suffix(f".{ending}")
        if path.is_file():
            say_note(f"captions of {path.name}")
            return path
    say_note(f"no captions beside {media.name}; a sample sentence is shown")
    return None


def _card(aspect: str | None, size: str) -> Framing:
    width, height = parse_size(size) or _CARDS[aspect or "16:9"]
    return Framing(width, height)


def _moments(times: Sequence[int], loaded: files.LoadedFile | None, picture: Picture, *, count: int) -> list[int]:
    """Times of the frames: those asked for, else where captions are, spread over the file."""
    if times:
        return list(times)
    if loaded is None:
        return [picture.duration_ms // 2]
    cues = loaded.cues
    if count == 1:
        return [_late_in(max(cues, key=lambda cue: len(cue.text)))]
    chosen = [cues[(2 * at + 1) * len(cues) // (2 * count)] for at in range(min(count, len(cues)))]
    return [_late_in(cue) for cue in dict.fromkeys(chosen)]


def _late_in(cue: Cue) -> int:
    """A time in a caption at which some words were spoken and some were not."""
    return cue.start_ms + (cue.end_ms - cue.start_ms) * 3 // 5


def _write(scene: _Scene, looks: Sequence[Look], times: Sequence[int], target: Path) -> None:
    width, height = scene.framing.final
    columns, cell_width = sheet.sheet_layout(len(looks) * len(times), width, height)
    told: set[str] = set()
    ass = b""
    with tempfile.TemporaryDirectory(prefix="captioner-") as folder:
        cells: list[sheet.Cell] = []
        for look in looks:
            for at_ms in times:
                file = Path(folder) / f"{len(cells)}.png"
                ass, notes = _ass(scene, look, at_ms)
                for note in notes:
                    if note not in told:
                        say_note(note)
                        told.add(note)
                frame = sheet.Frame(scene.source, at_ms, scene.framing)
                sheet.draw_cell(frame, ass, file, cell_width, scene.renderer.ffmpeg, scene.renderer.fonts)
                cells.append(sheet.Cell(file, _label(scene, look, at_ms)))
        report_fonts(ass, scene.renderer, allowed=True)
        cell_height = max(2, round(cell_width * height / width / 2) * 2)
        sheet.write_sheet(cells, (cell_width, cell_height), columns, target, scene.renderer.ffmpeg)


def _label(scene: _Scene, look: Look, at_ms: int) -> str:
    if scene.loaded is not None and is_drawn_as_it_is(scene.loaded):
        return f"{scene.loaded.path.name}  {ms_to_clock(at_ms)}"
    return f"{look.name}  {ms_to_clock(at_ms)}" if scene.loaded is not None else look.name


def _ass(scene: _Scene, look: Look, at_ms: int) -> tuple[bytes, Sequence[str]]:
    loaded = scene.loaded or sample_captions(scene.language, at_ms)
    options = DrawingOptions(
        look, *scene.framing.final, language=scene.language, vertical=scene.vertical, hdr=scene.picture.hdr
    )
    ass, notes = prepare_ass(loaded, options, scene.renderer, at_ms=at_ms)
    empty = not any(cue.start_ms <= at_ms < cue.end_ms for cue in loaded.cues)
    return ass, [*notes, *([f"no caption is shown at {ms_to_clock(at_ms)}"] if empty else [])]
