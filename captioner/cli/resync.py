"""`captioner shift` and `captioner resync`: captions that come too early, too late, or at another speed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli import files
from captioner.cli.spans import span
from captioner.cli.staying import stayed
from captioner.cli.telling import tell_left
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.edit import TimeMap

__all__ = ["resync", "shift"]


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--by", "by_ms", type=span, required=True, metavar="TIME", help="Seconds or H:MM:SS.mmm; - is earlier.")
@files.file_options
def shift(source: Path, output: Path, by_ms: int, **options: Any) -> None:
    """Move every caption of IN by the same time and write OUT.

    In SRT, WebVTT and ASS everything but the times stays as it was written. A caption that would be over before zero
    is left out, and told.

    \b
    Examples: captioner shift talk.srt later.srt --by 2.5
              captioner shift talk.vtt earlier.vtt --by -0:01:00
    """
    from captioner.edit import Linear

    _retime(source, output, Linear(offset_ms=Fraction(by_ms)), options)


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--offset", "offset_ms", type=span, metavar="TIME", help="Move all by this; the same as `shift --by`.")
@click.option("--points", metavar="A=B,C=D", help="Times in the file and when they should be, for two captions.")
@click.option("--from-fps", metavar="RATE", help="Frame rate of the version the captions were made for …")
@click.option("--to-fps", metavar="RATE", help="… and of the version they shall run with.")
@click.option(
    "--ndf-df",
    type=click.Choice(["ndf", "df"]),
    help="What the time codes really were, when they were read by the other count; 29.97, or --fps.",
)
@files.file_options
def resync(
    source: Path,
    output: Path,
    offset_ms: int | None,
    points: str | None,
    from_fps: str | None,
    to_fps: str | None,
    ndf_df: str | None,
    **options: Any,
) -> None:
    """Bring the captions IN back in step with their media and write OUT: one of four ways.

    \b
    Examples: captioner resync talk.srt fixed.srt --points 0:01:10=0:01:12.5,1:20:00=1:21:03
              captioner resync pal.srt film.srt --from-fps 25 --to-fps 23.976
              captioner resync tape.srt fixed.srt --ndf-df ndf
              captioner resync talk.srt fixed.srt --offset -1.2
    """
    clocks = [
        _moved(offset_ms),
        _through(points),
        _between(from_fps, to_fps),
        _relabelled(ndf_df, options["fps"]),
    ]
    given = [clock for clock in clocks if clock is not None]
    if len(given) != 1:
        raise click.UsageError("give one of --offset, --points, --from-fps with --to-fps, or --ndf-df")
    _retime(source, output, given[0], options)


def _moved(offset_ms: int | None) -> TimeMap | None:
    from captioner.edit import Linear

    return None if offset_ms is None else Linear(offset_ms=Fraction(offset_ms))


def _through(points: str | None) -> TimeMap | None:
    from captioner.edit import Linear

    if points is None:
        return None
    pairs = [pair.split("=") for pair in points.split(",")]
    if len(pairs) != 2 or any(len(pair) != 2 for pair in pairs):
        raise ConfigError(f"points {points!r}: write two, as 0:01:10=0:01:12.5,1:20:00=1:21:03")
    (was_a, is_a), (was_b, is_b) = ((span(was), span(should)) for was, should in pairs)
    return Linear.from_two_points((was_a, is_a), (was_b, is_b))


def _between(from_fps: str | None, to_fps: str | None) -> TimeMap | None:
    from captioner.edit import Linear
    from captioner.timecode import parse_rate

    if from_fps is None and to_fps is None:
        return None
    if from_fps is None or to_fps is None:
        raise click.UsageError("--from-fps and --to-fps go together")
    return Linear.between_rates(parse_rate(from_fps), parse_rate(to_fps))


def _relabelled(really: str | None, fps: str | None) -> TimeMap | None:
    from captioner.edit import DropFrameRelabel
    from captioner.timecode import parse_rate

    return None if really is None else DropFrameRelabel(parse_rate(fps or "29.97"), drop=really == "df")


def _retime(source: Path, output: Path, clock: TimeMap, options: dict[str, Any]) -> None:
    from captioner.edit import retime, retime_transcript

    want = files.wanted(options)
    files.may_write([output], [source], overwrite=want.overwrite)
    loaded = files.load(source, want.read_options)
    name = want.format_for(output, loaded.captions.format)
    edited = retime(loaded.cues, clock)
    files.tell(edited.issues)
    if (data := stayed(loaded, edited, name, want)) is not None:
        files.written(data, name, output, want)
        return
    context = loaded.context
    if context.transcript is not None:
        context = replace(context, transcript=retime_transcript(context.transcript, clock))
    files.save(edited.cues, context, output, replace(want, format=name))
    tell_left(loaded.captions)
