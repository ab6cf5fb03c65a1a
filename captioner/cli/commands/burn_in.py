"""`captioner burn`: captions drawn into the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click
from click.core import ParameterSource

from captioner.cli import caption_io as files
from captioner.cli.drawing import (
    DrawingOptions,
    chosen_look,
    is_drawn_as_it_is,
    prepare_ass,
    report_fonts,
    say_note,
)
from captioner.cli.drawn import Renderer
from captioner.cli.framing import parse_framing
from captioner.cli.help import INPUT, OUTPUT, RUN, Option, command, with_options
from captioner.cli.loss_warnings import tell_left, warn_read_notes
from captioner.cli.media_progress import media_progress
from captioner.cli.named_files import in_folder
from captioner.cli.options import LANGUAGE, LOOK, OVERWRITE, QUIET, READING, RESTYLING, VERTICAL
from captioner.cli.output_paths import media_name
from captioner.cli.terminal import escape_control
from captioner.config import load
from captioner.errors import ConfigError, MediaError
from captioner.files import staging_path
from captioner.look import ASPECTS
from captioner.media import burn as burner
from captioner.media.encoders import ENCODERS, Encoding, check_encoder, plan_encoding
from captioner.media.picture import describe_picture

__all__ = ["burn"]

(_KARAOKE,) = (option for option in RESTYLING if option.name == "karaoke")
_OPTIONS = (
    Option(["-o", "--output", "named"], group=OUTPUT, required=True, metavar="OUT",
           help="File to write: mp4, m4v, mov or mkv. A name that ends with / is a folder."),
    Option(["--fonts", "fonts_folder"], metavar="DIR", type=click.Path(path_type=Path), help="Folder of more fonts."),
    Option(["--missing-fonts-ok"], is_flag=True, help="Encode although some characters will be empty boxes."),
    Option(["--check", "only_check"], group=RUN, is_flag=True, help="Look for missing fonts, and end."),
    Option(["--aspect"], group=INPUT, type=click.Choice(tuple(ASPECTS)),
           help="Cut the picture to this aspect (default: keep all of it)."),
    Option(["--crop-x"], group=INPUT, default="", metavar="X",
           help="Where to cut: left edge in pixels, or the middle as 30% (default: centred)."),
    Option(["--size"], group=OUTPUT, default="", metavar="WxH", help="Size of the film (default: as cut)."),
    Option(["--encoder"], group=OUTPUT, default="", metavar="NAME",
           help="libx264, libx265, h264_nvenc, hevc_videotoolbox … (default: libx264; libx265 for 10 bits and HDR)."),
    Option(["--crf"], group=OUTPUT, type=click.IntRange(0, 63), metavar="N",
           help="Quality for any encoder; less is better (default: 18 for libx264)."),
    Option(["--bitrate"], group=OUTPUT, default="", metavar="RATE", help="Bit rate instead of a quality, e.g. 8M."),
    Option(["--preset"], group=OUTPUT, default="", metavar="NAME",
           help="The encoder's preset, ultrafast to veryslow for x264: time for size (default: the encoder's)."),
)  # fmt: skip


@command()
@click.argument("media", metavar="MEDIA", type=click.Path(path_type=Path))
@click.argument("captions", metavar="CAPTIONS", type=click.Path(path_type=Path))
@with_options((LOOK,), _OPTIONS, READING, (LANGUAGE, _KARAOKE, VERTICAL, OVERWRITE, QUIET))
def burn(
    media: Path,
    captions: Path,
    named: str,
    look: str | None,
    language: str | None,
    karaoke: Literal["k", "kf"] | None,
    vertical: bool,
    fonts_folder: Path | None,
    aspect: str | None,
    crop_x: str,
    size: str,
    encoder: str,
    crf: int | None,
    bitrate: str,
    preset: str,
    only_check: bool,
    missing_fonts_ok: bool,
    overwrite: bool,
    quiet: bool,
    **reading: Any,
) -> None:
    """Draw CAPTIONS into the picture of MEDIA. An ASS file is drawn as it is; others get a look (default: streaming).

    Fonts and encoder are tried before anything is encoded; the sound is copied. Needs `pip install 'captioner[burn]'`.
    `captioner preview` shows the looks.

    \b
    Examples: captioner burn talk.mp4 talk.json --look shorts-bold --aspect 9:16 -o short.mp4
              captioner burn talk.mov talk.srt --encoder hevc_videotoolbox --bitrate 12M -o out.mov
    """
    output = in_folder(named, media_name(media, burner.CONTAINERS, ".mp4"))
    if not only_check:
        files.may_write([output], [media, captions], overwrite=overwrite)
    ending = output.suffix.lower()
    if ending not in burner.CONTAINERS:
        raise ConfigError(f"{output}: choose one of {', '.join(burner.CONTAINERS)}")
    picture = describe_picture(media)
    if not picture.width:
        raise MediaError(f"{media}: has no picture to draw on; convert the captions instead")
    framing = parse_framing(picture, aspect, crop_x, size)
    plan = plan_encoding(Encoding(encoder, crf, preset, bitrate), picture, ending)
    wanted = chosen_look(look, load()["look"])
    loaded = files.load_captions(captions, files.read_options({"language": language, **reading}, picture.frame_rate))
    if is_drawn_as_it_is(loaded):
        _refuse_changes(captions)
    else:
        files.refuse_karaoke(loaded, karaoke)
    renderer = Renderer(burner.find_ffmpeg(), fonts_folder)
    if encoder and encoder in ENCODERS:
        check_encoder(plan, renderer.ffmpeg)
    drawing = DrawingOptions(wanted, *framing.final, language or "", karaoke or "", vertical, picture.hdr)
    ass, notes = prepare_ass(loaded, drawing, renderer)
    report_fonts(ass, renderer, allowed=missing_fonts_ok or only_check)
    warn_read_notes(loaded.captions)
    if not is_drawn_as_it_is(loaded):
        tell_left(loaded.captions, "ass", karaoke=karaoke or ("k" if wanted.lights_words else ""))
    for note in (*notes, *plan.notes):
        say_note(note)
    if only_check:
        return
    with media_progress(media.name, picture.duration_ms, quiet=quiet) as progress, staging_path(output) as target:
        burner.burn(
            media,
            ass,
            target,
            ffmpeg=renderer.ffmpeg,
            fonts_folder=fonts_folder,
            plan=plan,
            framing=framing,
            progress=progress,
        )
    click.echo(escape_control(str(output)))


def _refuse_changes(captions: Path) -> None:
    """Refuse options that would do nothing to a file that is drawn as it is.

    Raises:
        ConfigError: One was given.
    """
    source_of = click.get_current_context().get_parameter_source
    for option in (LOOK, _KARAOKE, VERTICAL, *READING):
        if option.name != "input_encoding" and source_of(str(option.name)) is not ParameterSource.DEFAULT:
            flag = option.opts[0]
            raise ConfigError(
                f"{captions}: an ASS file is drawn as it is; leave {flag} out, or convert it with {flag} first"
            )
