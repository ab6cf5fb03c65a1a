"""`captioner mux`: captions as tracks beside the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner.cli import caption_io as files
from captioner.cli.help import OUTPUT, Option, command, with_options
from captioner.cli.loss_warnings import tell_left, tell_lost, tell_unheld, warn_read_notes
from captioner.cli.media_progress import media_progress
from captioner.cli.named_files import in_folder
from captioner.cli.options import OVERWRITE, QUIET, READING
from captioner.cli.output_paths import media_name
from captioner.cli.terminal import escape_control
from captioner.errors import ConfigError
from captioner.files import staging_path
from captioner.formats import ALL_FORMATS, Context, render
from captioner.formats.capabilities import ALL_STYLING, unsupported_by
from captioner.formats.text.styled_runs import printed_runs
from captioner.languages import flags_in_file_name, script_title
from captioner.media import describe
from captioner.media import mux as muxer
from captioner.media.mux import CaptionTrack, TrackCue
from captioner.model import PLAIN, Cue, StyledSpan

__all__ = ["mux"]

_OPTIONS = (
    Option(["-o", "--output", "named"], group=OUTPUT, required=True, metavar="OUT",
           help="File to write: mp4, m4v, mov or mkv. A name that ends with / is a folder."),
    Option(["--language", "languages"], metavar="LIST", help="Languages of the files in order, e.g. en,zh."),
    Option(["--title", "titles"], multiple=True, metavar="NAME", help="Name in a player's menu; one for each file."),
    Option(["--default"], type=click.IntRange(min=0), default=1, metavar="N",
           help="CaptionTrack that players show at first; 0 for none (default: 1)."),
)  # fmt: skip


@command()
@click.argument("media", metavar="MEDIA", type=click.Path(path_type=Path))
@click.argument("captions", metavar="CAPTIONS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_options(_OPTIONS, READING, (OVERWRITE, QUIET))
def mux(
    media: Path,
    captions: tuple[Path, ...],
    named: str,
    languages: str | None,
    titles: tuple[str, ...],
    default: int,
    overwrite: bool,
    quiet: bool,
    **reading: Any,
) -> None:
    """Add CAPTIONS to a copy of MEDIA as tracks that a player can switch; picture and sound are not encoded again.

    Names such as talk.en.srt name the language; talk.en.sdh.srt (.hi, .cc) and talk.en.forced.srt set these flags in
    Matroska and MP4. Matroska keeps ASS styles and SRT markup; MP4 and MOV hold italics and colours, no places.

    \b
    Example: captioner mux talk.mp4 talk.en.srt talk.zh.srt -o talk.tracks.mp4 --default 0
    """
    output = in_folder(named, media_name(media, muxer.CONTAINERS, ".mkv"))
    files.may_write([output], [media, *captions], overwrite=overwrite)
    if output.suffix.lower() not in muxer.CONTAINERS:
        raise ConfigError(f"{output}: choose one of {', '.join(muxer.CONTAINERS)}")
    if default > len(captions):
        raise ConfigError(f"--default {default}: only {len(captions)} caption files are given")
    tags = _listed(languages.split(",") if languages else (), len(captions), "--language")
    names = _listed(titles, len(captions), "--title")
    described = describe(media)
    loaded = [
        files.load_captions(path, files.read_options({"language": tag.strip(), **reading}, described.frame_rate))
        for path, tag in zip(captions, tags, strict=True)
    ]
    tracks = [
        _track(each, language=tag.strip(), title=title, default=number == default)
        for number, (each, tag, title) in enumerate(zip(loaded, tags, names, strict=True), 1)
    ]
    plain_text = muxer.CONTAINERS[output.suffix.lower()] == "mov_text"
    for each in loaded:
        warn_read_notes(each.captions)
        _tell(each, plain_text=plain_text)
    with media_progress(media.name, described.duration_ms, quiet=quiet) as progress, staging_path(output) as target:
        notes = muxer.mux(media, tracks, target, progress)
    if output.suffix.lower() == ".mov" and any(track.forced or track.hearing_impaired for track in tracks):
        notes = (*notes, f"{output.name}: MOV has no flags for forced captions and for viewers who cannot hear")
    for note in notes:
        click.echo(escape_control(f"note: {note}"), err=True)
    click.echo(escape_control(str(output)))


def _listed(given: Sequence[str], count: int, option: str) -> Sequence[str]:
    if given and len(given) != count:
        raise ConfigError(f"{option}: {len(given)} given for {count} caption files; give one for each")
    return given or [""] * count


def _track(loaded: files.LoadedFile, *, language: str, title: str, default: bool) -> CaptionTrack:
    own = ALL_FORMATS[loaded.captions.format].matroska_codec
    tag, flags = language or loaded.context.language, flags_in_file_name(loaded.path.name)
    file = loaded.captions.text.encode() if own else render(loaded.cues, "srt", _printable(loaded.context))
    return CaptionTrack(
        cues=[shown for cue in loaded.cues if (shown := _shown(cue)).text],
        file=file,
        kind=own or "srt",
        language=tag,
        title=title or script_title(tag),
        default=default,
        forced="forced" in flags,
        hearing_impaired="hearing impaired" in flags,
    )


def _shown(cue: Cue) -> TrackCue:
    """Printed text of a cue, with its styles."""
    text, spans = "", list[StyledSpan]()
    for runs in printed_runs(cue):
        text += "\n" if text else ""
        for run in runs:
            spans += [StyledSpan(len(text), len(text) + len(run.text), run.look)] if run.look != PLAIN else []
            text += run.text
    return TrackCue(cue.start_ms, cue.end_ms, text, tuple(spans))


def _tell(loaded: files.LoadedFile, *, plain_text: bool) -> None:
    """Warn about losses in a track: MP4 and MOV hold styles but no places, Matroska all that its SRT or ASS says."""
    if plain_text:
        tell_unheld(unsupported_by(loaded.cues, ALL_STYLING, loaded.context), "timed text", loaded.path.name)
    elif ALL_FORMATS[loaded.captions.format].matroska_codec:
        return
    else:
        tell_lost(loaded.cues, "srt", loaded.context, loaded.path.name)
    tell_left(loaded.captions)


def _printable(context: Context) -> Context:
    return replace(context, rtl_marks="none")  # players of tracks order right-to-left lines by themselves
