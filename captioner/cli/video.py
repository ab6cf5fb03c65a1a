"""`captioner burn` and `captioner mux`: captions in the picture, or beside it in the same file."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from captioner.cli import files
from captioner.cli.options import overwrite_option, vertical_option
from captioner.cli.telling import tell_left, tell_lost, tell_unheld
from captioner.cli.terminal import plain
from captioner.errors import ConfigError, MediaError

if TYPE_CHECKING:
    from captioner.formats import Context
    from captioner.media.burn import FontReport
    from captioner.media.mux import CaptionTrack, TrackCue
    from captioner.model import Cue, Media

__all__ = ["burn", "mux"]

_LINE_EVERY_S = 15.0
_PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")  # x264's


@click.command()
@click.argument("media", metavar="MEDIA", type=click.Path(path_type=Path))
@click.argument("captions", metavar="CAPTIONS", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, metavar="OUT", type=click.Path(path_type=Path), help="mp4, m4v, mov, mkv."
)
@click.option("--language", metavar="CODE", help="Language of the captions: decides the font.")
@click.option(
    "--karaoke",
    type=click.Choice(["", "k", "kf"]),
    default="",
    help="Light up (k) or fill (kf) word by word, from our JSON.",
)
@vertical_option
@click.option("--fonts", "fonts_folder", metavar="DIR", type=click.Path(path_type=Path), help="Fonts to use as well.")
@click.option("--crf", type=click.IntRange(0, 51), default=18, show_default=True, help="x264 quality; less is better.")
@click.option("--preset", type=click.Choice(_PRESETS), default="medium", show_default=True, help="x264: time for size.")
@click.option("--check", "only_check", is_flag=True, help="Look for missing fonts and end.")
@click.option("--missing-fonts-ok", is_flag=True, help="Encode although some characters will be empty boxes.")
@overwrite_option
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def burn(
    media: Path,
    captions: Path,
    output: Path,
    language: str | None,
    karaoke: Literal["", "k", "kf"],
    vertical: bool,
    fonts_folder: Path | None,
    crf: int,
    preset: str,
    only_check: bool,
    missing_fonts_ok: bool,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Draw CAPTIONS into the picture of MEDIA. An ASS file is drawn as it is; all others get our own look.

    Fonts are checked before anything is encoded. Needs `pip install 'captioner[burn]'`.

    \b
    Example: captioner burn talk.mp4 talk.srt -o talk.captioned.mp4
    """
    from captioner.files import staging_path
    from captioner.media import burn as room
    from captioner.media import describe

    if not only_check:
        files.may_write([output], [media, captions], overwrite=overwrite)
    if output.suffix.lower() not in room.CONTAINERS:
        raise ConfigError(f"{output}: choose one of {', '.join(room.CONTAINERS)}")
    described = describe(media)
    if not described.width:
        raise MediaError(f"{media}: has no picture to draw on; convert the captions instead")
    loaded = files.load(captions)
    if vertical and loaded.captions.format == "ass":
        raise ConfigError(f"{captions}: an ASS file is drawn as it is; convert it with --vertical first")
    ass = _ass(loaded, described, language, karaoke, vertical=vertical)
    ffmpeg = room.find_ffmpeg()
    _report(room.check_fonts(ass, ffmpeg, fonts_folder), allowed=missing_fonts_ok or only_check)
    if loaded.captions.format != "ass":
        tell_left(loaded.captions)
    if only_check:
        return
    with _progress(media.name, described.duration_ms, quiet=quiet) as progress, staging_path(output) as target:
        room.burn(
            media,
            ass,
            target,
            ffmpeg=ffmpeg,
            fonts_folder=fonts_folder,
            quality=crf,
            preset=preset,
            progress=progress,
        )
    click.echo(plain(str(output)))


def _ass(
    loaded: files.Loaded, media: Media, language: str | None, karaoke: Literal["", "k", "kf"], *, vertical: bool
) -> bytes:
    """The ASS to be drawn: the user's own file, else ours in the size of the picture."""
    from captioner.check.captions import decoded
    from captioner.formats import render

    if loaded.captions.format == "ass":
        return decoded(loaded.captions.data).encode()
    context = replace(
        loaded.context,
        language=language or loaded.context.language,
        width=media.width,
        height=media.height,
        karaoke=karaoke,
        vertical=vertical,
    )
    return render(loaded.cues, "ass", context)


def _report(found: FontReport, *, allowed: bool) -> None:
    """Say which fonts are replaced, and stop when characters cannot be shown.

    Raises:
        ConfigError: Characters without a font, and nobody said that this is all right.
    """
    for wanted, used in found.replaced:
        click.echo(plain(f"note: font {wanted} is not installed; {used} is used"), err=True)
    if not found.missing:
        return
    named = ", ".join(_named(character) for character in found.missing[:5])
    more = f" and {len(found.missing) - 5} more" if len(found.missing) > 5 else ""
    message = f"no installed font has {named}{more}; install one, or give --fonts DIR"
    if not allowed:
        raise ConfigError(f"{message}; --missing-fonts-ok encodes all the same")
    click.echo(plain(f"warning: {message}"), err=True)


def _named(character: str) -> str:
    name = unicodedata.name(character, "unnamed")
    return f"{character} (U+{ord(character):04X} {name})"


@click.command()
@click.argument("media", metavar="MEDIA", type=click.Path(path_type=Path))
@click.argument("captions", metavar="CAPTIONS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, metavar="OUT", type=click.Path(path_type=Path), help="mp4, m4v, mov, mkv."
)
@click.option("--language", "languages", metavar="LIST", help="Languages of the files, in order: en,zh.")
@click.option("--title", "titles", multiple=True, metavar="NAME", help="What a player's menu shows; once a file.")
@click.option(
    "--default",
    "default",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Track shown unasked; 0 for none.",
)
@overwrite_option
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def mux(
    media: Path,
    captions: tuple[Path, ...],
    output: Path,
    languages: str | None,
    titles: tuple[str, ...],
    default: int,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Put CAPTIONS into a copy of MEDIA as tracks to be switched on and off; picture and sound are not encoded anew.

    Names such as talk.en.srt tell the language. Matroska keeps ASS styles and SRT markup; MP4 and MOV hold italics and
    colours, no places.

    \b
    Example: captioner mux talk.mp4 talk.en.srt talk.zh.srt -o talk.tracks.mp4 --default 0
    """
    from captioner.files import staging_path
    from captioner.media import describe
    from captioner.media import mux as room

    files.may_write([output], [media, *captions], overwrite=overwrite)
    if output.suffix.lower() not in room.CONTAINERS:
        raise ConfigError(f"{output}: choose one of {', '.join(room.CONTAINERS)}")
    if default > len(captions):
        raise ConfigError(f"--default {default}: there are {len(captions)} caption files")
    tags = _listed(languages.split(",") if languages else (), len(captions), "--language")
    named = _listed(titles, len(captions), "--title")
    loaded = [files.load(path) for path in captions]
    tracks = [
        _track(each, language=tag.strip(), title=title, default=number == default)
        for number, (each, tag, title) in enumerate(zip(loaded, tags, named, strict=True), 1)
    ]
    plain_text = room.CONTAINERS[output.suffix.lower()] == "mov_text"
    for each in loaded:
        _tell(each, plain_text=plain_text)
    described = describe(media)
    with _progress(media.name, described.duration_ms, quiet=quiet) as progress, staging_path(output) as target:
        notes = room.mux(media, tracks, target, progress)
    for note in notes:
        click.echo(plain(f"note: {note}"), err=True)
    click.echo(plain(str(output)))


def _listed(given: Sequence[str], count: int, option: str) -> Sequence[str]:
    if given and len(given) != count:
        raise ConfigError(f"{option}: {len(given)} given for {count} caption files; give one for each")
    return given or [""] * count


def _track(loaded: files.Loaded, *, language: str, title: str, default: bool) -> CaptionTrack:
    from captioner.check.captions import decoded
    from captioner.formats import render
    from captioner.media.mux import CaptionTrack

    own = loaded.captions.format in ("ass", "srt")
    file = decoded(loaded.captions.data).encode() if own else render(loaded.cues, "srt", _printable(loaded.context))
    return CaptionTrack(
        cues=[shown for cue in loaded.cues if (shown := _shown(cue)).text],
        file=file,
        kind="ass" if loaded.captions.format == "ass" else "srt",
        language=language or loaded.context.language,
        title=title,
        default=default,
    )


def _shown(cue: Cue) -> TrackCue:
    """What a cue prints, and how it looks."""
    from captioner.formats.styled_runs import printed_runs
    from captioner.media.mux import TrackCue
    from captioner.model import PLAIN, StyledSpan

    text, spans = "", list[StyledSpan]()
    for runs in printed_runs(cue):
        text += "\n" if text else ""
        for run in runs:
            spans += [StyledSpan(len(text), len(text) + len(run.text), run.look)] if run.look != PLAIN else []
            text += run.text
    return TrackCue(cue.start_ms, cue.end_ms, text, tuple(spans))


def _tell(loaded: files.Loaded, *, plain_text: bool) -> None:
    """What a track will not have of a file: MP4 and MOV hold looks but no places, Matroska what its SRT or ASS says."""
    from captioner.formats.capabilities import ALL_LOOKS, unheld

    if plain_text:
        tell_unheld(unheld(loaded.cues, ALL_LOOKS, loaded.context), "timed text", loaded.path.name)
    elif loaded.captions.format in ("ass", "srt"):
        return
    else:
        tell_lost(loaded.cues, "srt", loaded.context, loaded.path.name)
    tell_left(loaded.captions)


def _printable(context: Context) -> Context:
    return replace(context, rtl_marks="none")  # players of tracks order right-to-left lines by themselves


@contextmanager
def _progress(name: str, duration_ms: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """What is heard of the milliseconds done: a bar on a terminal, a line every quarter of a minute elsewhere."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(plain(name), total=duration_ms or None)
            yield lambda ms: bar.update(task, completed=ms)
    else:
        yield _lines(name, duration_ms)


def _lines(name: str, duration_ms: int, clock: Callable[[], float] = time.monotonic) -> Callable[[int], None]:
    state: dict[str, Any] = {"last": clock()}

    def hear(ms: int) -> None:
        if clock() - state["last"] >= _LINE_EVERY_S:
            state["last"] = clock()
            share = f"{min(100, ms * 100 // duration_ms)} %" if duration_ms else f"{ms // 1000} s"
            click.echo(plain(f"{name}: {share}"), err=True)

    return hear
