"""`captioner burn`: captions drawn into the picture."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click
from click.core import ParameterSource

from captioner.cli import caption_io as files
from captioner.cli.help import OUTPUT, RUN, Option, command, with_options
from captioner.cli.loss_warnings import tell_left, warn_read_notes
from captioner.cli.media_progress import media_progress
from captioner.cli.options import LANGUAGE, OVERWRITE, QUIET, READING, RESTYLING, VERTICAL
from captioner.cli.terminal import escape_control
from captioner.errors import ConfigError, MediaError
from captioner.files import staging_path
from captioner.formats import ALL_FORMATS, render
from captioner.media import burn as burner
from captioner.media import describe
from captioner.media.burn import FontReport
from captioner.model import Media

__all__ = ["burn"]

_PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")  # x264's

(_KARAOKE,) = (option for option in RESTYLING if option.name == "karaoke")
_OPTIONS = (
    Option(["-o", "--output"], group=OUTPUT, required=True, metavar="OUT", type=click.Path(path_type=Path),
           help="File to write: mp4, m4v, mov or mkv."),
    Option(["--fonts", "fonts_folder"], metavar="DIR", type=click.Path(path_type=Path), help="Folder of more fonts."),
    Option(["--missing-fonts-ok"], is_flag=True, help="Encode although some characters will be empty boxes."),
    Option(["--check", "only_check"], group=RUN, is_flag=True, help="Look for missing fonts, and end."),
    Option(["--crf"], group=OUTPUT, type=click.IntRange(0, 51), default=18, metavar="N",
           help="x264 quality; less is better (default: 18)."),
    Option(["--preset"], group=OUTPUT, type=click.Choice(_PRESETS), default="medium", metavar="NAME",
           help="x264 preset, ultrafast to veryslow: time for size (default: medium)."),
)  # fmt: skip


@command()
@click.argument("media", metavar="MEDIA", type=click.Path(path_type=Path))
@click.argument("captions", metavar="CAPTIONS", type=click.Path(path_type=Path))
@with_options(_OPTIONS, READING, (LANGUAGE, _KARAOKE, VERTICAL, OVERWRITE, QUIET))
def burn(
    media: Path,
    captions: Path,
    output: Path,
    language: str | None,
    karaoke: Literal["k", "kf"] | None,
    vertical: bool,
    fonts_folder: Path | None,
    crf: int,
    preset: str,
    only_check: bool,
    missing_fonts_ok: bool,
    overwrite: bool,
    quiet: bool,
    **reading: Any,
) -> None:
    """Draw CAPTIONS into the picture of MEDIA. An ASS file is drawn as it is; others get captioner's own look.

    FontReport are checked before anything is encoded. Needs `pip install 'captioner[burn]'`.

    \b
    Example: captioner burn talk.mp4 talk.srt -o talk.captioned.mp4
    """
    if not only_check:
        files.may_write([output], [media, captions], overwrite=overwrite)
    if output.suffix.lower() not in burner.CONTAINERS:
        raise ConfigError(f"{output}: choose one of {', '.join(burner.CONTAINERS)}")
    described = describe(media)
    if not described.width:
        raise MediaError(f"{media}: has no picture to draw on; convert the captions instead")
    read_options = files.read_options({"language": language, **reading}, described.frame_rate)
    loaded = files.load_captions(captions, read_options)
    if _is_drawn_as_it_is(loaded):
        _refuse_changes(captions)
    else:
        files.refuse_karaoke(loaded, karaoke)
    ass = _ass(loaded, described, language, karaoke or "", vertical=vertical)
    ffmpeg = burner.find_ffmpeg()
    _report(burner.check_fonts(ass, ffmpeg, fonts_folder), allowed=missing_fonts_ok or only_check)
    warn_read_notes(loaded.captions)
    if not _is_drawn_as_it_is(loaded):
        tell_left(loaded.captions, "ass", karaoke=karaoke or "")
    if only_check:
        return
    with media_progress(media.name, described.duration_ms, quiet=quiet) as progress, staging_path(output) as target:
        burner.burn(
            media,
            ass,
            target,
            ffmpeg=ffmpeg,
            fonts_folder=fonts_folder,
            quality=crf,
            preset=preset,
            progress=progress,
        )
    click.echo(escape_control(str(output)))


def _refuse_changes(captions: Path) -> None:
    """Refuse options that would do nothing to a file that is drawn as it is.

    Raises:
        ConfigError: One was given.
    """
    source_of = click.get_current_context().get_parameter_source
    for option in (_KARAOKE, VERTICAL, *READING):
        if option.name != "input_encoding" and source_of(str(option.name)) is not ParameterSource.DEFAULT:
            flag = option.opts[0]
            raise ConfigError(
                f"{captions}: an ASS file is drawn as it is; leave {flag} out, or convert it with {flag} first"
            )


def _ass(
    loaded: files.LoadedFile, media: Media, language: str | None, karaoke: Literal["", "k", "kf"], *, vertical: bool
) -> bytes:
    """The ASS to be drawn: the user's own file, else ours in the size of the picture."""
    if _is_drawn_as_it_is(loaded):
        return loaded.captions.text.encode()
    context = replace(
        loaded.context,
        language=language or loaded.context.language,
        width=media.width,
        height=media.height,
        karaoke=karaoke,
        vertical=vertical,
    )
    return render(loaded.cues, "ass", context)


def _is_drawn_as_it_is(loaded: files.LoadedFile) -> bool:
    return ALL_FORMATS[loaded.captions.format].libass_draws_it


def _report(found: FontReport, *, allowed: bool) -> None:
    """Say which fonts are replaced, and stop when characters cannot be shown.

    Raises:
        ConfigError: Characters without a font, and that was not allowed.
    """
    for wanted, used in found.replaced:
        click.echo(escape_control(f"note: font {wanted} is not installed; {used} is used"), err=True)
    if not found.missing:
        return
    named = ", ".join(_named(character) for character in found.missing[:5])
    more = f" and {len(found.missing) - 5} more" if len(found.missing) > 5 else ""
    message = f"no installed font has {named}{more}; install one, or give --fonts DIR"
    if not allowed:
        raise ConfigError(f"{message}; --missing-fonts-ok encodes all the same")
    click.echo(escape_control(f"warning: {message}"), err=True)


def _named(character: str) -> str:
    name = unicodedata.name(character, "unnamed")
    return f"{character} (U+{ord(character):04X} {name})"
