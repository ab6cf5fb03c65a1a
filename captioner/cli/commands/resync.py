"""`captioner resync`: captions of another version of the media, or read with the wrong frame count."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from captioner.cli.help import Option, command, with_options
from captioner.cli.options import CAPTION_FILE, READING_AS_IT_IS
from captioner.cli.output_paths import WHERE
from captioner.cli.retiming import retime_file
from captioner.cli.time_arguments import GivenTime, in_ms, parse_given_time
from captioner.edit import DropFrameRelabel, Linear, TimeMap
from captioner.errors import ConfigError
from captioner.timecode import parse_rate

__all__ = ["resync"]

_WAYS = (
    Option(["--offset", "offset_ms"], type=parse_given_time, metavar="TIME", help="Move all, as shift --by."),
    Option(["--points"], metavar="A=B,C=D", help="Times of two captions in the file, and when they should be."),
    Option(["--from-fps"], metavar="RATE", help="Frame rate of the version the captions were made for."),
    Option(["--to-fps"], metavar="RATE", help="Frame rate of the version they are used with."),
    Option(["--ndf-df"], type=click.Choice(["ndf", "df"]),
           help="What the time codes really are, if read with the other count (at 29.97, or --fps)."),
)  # fmt: skip


@command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("output", metavar="[OUT]", required=False)
@with_options(_WAYS, WHERE, CAPTION_FILE, READING_AS_IT_IS)
def resync(
    source: Path,
    output: str | None,
    offset_ms: GivenTime | None,
    points: str | None,
    from_fps: str | None,
    to_fps: str | None,
    ndf_df: str | None,
    **options: Any,
) -> None:
    """Synchronise the captions IN with their media and write OUT, in one of four ways.

    \b
    Examples: captioner resync talk.srt fixed.srt --points 0:01:10=0:01:12.5,1:20:00=1:21:03
              captioner resync pal.srt film.srt --from-fps 25 --to-fps 23.976
              captioner resync tape.srt fixed.srt --ndf-df ndf
              captioner resync talk.srt fixed.srt --offset -1.2
    """
    rate = parse_rate(options["fps"]) if options["fps"] else None
    clocks = [
        offset_ms,
        _through(points, rate),
        _between(from_fps, to_fps),
        _relabelled(ndf_df, options["fps"]),
    ]
    given = [clock for clock in clocks if clock is not None]
    if len(given) != 1:
        raise click.UsageError("give one of --offset, --points, --from-fps with --to-fps, or --ndf-df")
    uses_rate = ndf_df is not None or (points is not None and rate is not None)
    retime_file(source, output, given[0], options, clock_has_rate=uses_rate)


def _through(points: str | None, rate: Fraction | None) -> TimeMap | None:
    if points is None:
        return None
    pairs = [pair.split("=") for pair in points.split(",")]
    if len(pairs) != 2 or any(len(pair) != 2 for pair in pairs):
        raise ConfigError(f"points {points!r}: write two, as 0:01:10=0:01:12.5,1:20:00=1:21:03")
    (was_a, is_a), (was_b, is_b) = (
        (in_ms(parse_given_time(was), rate), in_ms(parse_given_time(should), rate)) for was, should in pairs
    )
    return Linear.from_two_points((was_a, is_a), (was_b, is_b))


def _between(from_fps: str | None, to_fps: str | None) -> TimeMap | None:
    if from_fps is None and to_fps is None:
        return None
    if from_fps is None or to_fps is None:
        raise click.UsageError("--from-fps and --to-fps go together")
    return Linear.between_rates(parse_rate(from_fps), parse_rate(to_fps))


def _relabelled(really: str | None, fps: str | None) -> TimeMap | None:
    return None if really is None else DropFrameRelabel(parse_rate(fps or "29.97"), drop=really == "df")
