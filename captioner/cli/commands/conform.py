"""`captioner conform`: captions of media that was cut again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from captioner import style as styles
from captioner.captions.joints import as_wide_as, with_joints
from captioner.captions.options import CaptionOptions
from captioner.cli import caption_io as files
from captioner.cli import completion
from captioner.cli.help import CAPTIONS, INPUT, OUTPUT, Option, command, with_options
from captioner.cli.loss_warnings import tell_left, warn_read_notes
from captioner.cli.named_files import FileToWrite, in_folder
from captioner.cli.options import CAPTION_FILE, READING
from captioner.cli.progress import say
from captioner.cli.terminal import escape_control
from captioner.cli.time_arguments import GivenTime, in_ms, parse_given_ranges, parse_given_time, ranges_in_ms
from captioner.cli.transcript_io import deliver
from captioner.edit import Conformed, ConformSource, Segment, remaining
from captioner.edit import conform as conformed
from captioner.edit.clip_matching import CaptionedMedia, match
from captioner.edit.distinct_speakers import distinct_speakers
from captioner.errors import CaptionerError, ConfigError
from captioner.markers.marker import Marker, MarkerFacts
from captioner.markers.writers import ENDINGS, written
from captioner.model import Cue
from captioner.style import Style
from captioner.timecode import exact_number, ms_to_clock, supports_drop_frame, timecode_to_frames
from captioner.timelines import Timeline
from captioner.timelines import read as read_timeline
from captioner.timelines.timeline import Clip, heard

__all__ = ["conform"]

_OPTIONS = (
    Option(["--edl", "--timeline", "edl"], group=INPUT, metavar="FILE", type=click.Path(path_type=Path),
           help="The cut: an EDL (CMX 3600), Final Cut Pro XML, FCPXML, OTIO or AAF."),
    Option(["--remove", "removed"], group=INPUT, type=parse_given_ranges, metavar="TIMES",
           help="Without a list: what was cut out, e.g. 0:30-1:00,2:10-2:15."),
    Option(["--speed"], group=INPUT, metavar="FACTOR",
           help="Without a list: how much faster the media plays, e.g. 1.25."),
    Option(["--source", "sources"], group=INPUT, multiple=True, metavar="NAME=FILE",
           help="Captions FILE are of the clips with this reel, clip or file name; repeatable (default: by name)."),
    Option(["--source-start", "starts"], group=INPUT, multiple=True, metavar="[FILE=]TC",
           help="Time code of a recording's first frame, e.g. 10:00:00:00 (default: the media's or the clips')."),
    Option(["--handles"], group=INPUT, type=parse_given_time, metavar="TIME", common=False,
           help="The recordings were trimmed to their clips and begin this long before the first."),
    Option(["--track"], group=INPUT, metavar="NAME", default="", common=False,
           help="Follow this track, e.g. V1 or A2, or V for all that are seen (default: what is heard)."),
    Option(["--style"], group=CAPTIONS, metavar="NAME", shell_complete=completion.styles,
           help="House style of captions beside a cut (default: the file's own, or as wide as its captions)."),
    Option(["--markers"], group=OUTPUT, metavar="FILE", type=FileToWrite("cut.markers.edl"),
           help="Write what is lost or begins in mid-sentence as markers, too: .edl, .xml, .txt (Avid) or .csv."),
    Option(["-o", "--output", "named"], group=OUTPUT, metavar="OUT",
           help="File to write; its ending names the format (default: NAME.cut.EXT beside the captions)."),
)  # fmt: skip


@command()
@click.argument("captions", metavar="[CAPTIONS]...", nargs=-1, type=click.Path(path_type=Path))
@with_options(_OPTIONS, CAPTION_FILE, READING)
def conform(
    captions: tuple[Path, ...],
    edl: Path | None,
    removed: tuple[tuple[GivenTime, GivenTime], ...] | None,
    speed: str | None,
    sources: tuple[str, ...],
    starts: tuple[str, ...],
    handles: GivenTime | None,
    track: str,
    style: str | None,
    named: str | None,
    markers: Path | None,
    **options: Any,
) -> None:
    """Fit CAPTIONS to media that was cut again: by the editing program's list, or by what was cut out.

    Captions move with their clips. Those that a cut goes through are cut at words and laid out anew; what begins or
    ends in mid-sentence is listed, and so is what plays backwards. Several CAPTIONS are of several recordings.

    \b
    Examples: captioner conform talk.json --edl cut.edl --fps 25 -o cut.srt
              captioner conform anna.srt bo.srt --edl cut.xml -o cut.srt
              captioner conform talk.srt --remove 0:30-1:00 -o short.srt
    """
    if (edl is None) == (removed is None and speed is None):
        raise click.UsageError("give --edl with the list of the cut, or --remove and --speed")
    want = files.read_output_options(options)
    given = [*captions, *(Path(each.partition("=")[2]) for each in sources)]
    if not given or any(not each.partition("=")[2] for each in sources):
        raise click.UsageError("give the captions of the recordings; with --source, as NAME=FILE")
    own = f"{given[0].stem}.cut{given[0].suffix}"
    output = in_folder(named, own) if named else given[0].with_name(own)
    if markers is not None and markers.suffix.lower() not in ENDINGS:
        raise ConfigError(f"--markers {markers}: the ending says no program; choose one of {', '.join(ENDINGS)}")
    files.may_write([output, *([markers] if markers else [])], given, overwrite=want.overwrite)
    loaded = [files.load_captions(path, want.reading) for path in dict.fromkeys(given)]
    rate = want.facts.get("frame_rate") or loaded[0].context.frame_rate
    if edl is not None:
        timeline = read_timeline(_read_list(edl), edl.name, rate)
        rate = timeline.rate or rate
        trimmed = None if handles is None else in_ms(handles, rate)
        segments = _matched(timeline, loaded, sources, starts, trimmed, track)
    else:
        ranges = ranges_in_ms(removed or (), rate)
        segments = remaining(ranges, _length(loaded[0]), _speed(speed))
        for start, end in ranges:
            if start >= _length(loaded[0]):
                taken = f"{ms_to_clock(start)}-{ms_to_clock(end)}"
                say(f"note: {taken} lies behind the end of {loaded[0].path.name}: nothing to remove there")
        if len(loaded) > 1:
            raise ConfigError("--remove and --speed are about one recording; give one file, or a list with --edl")
    if markers is not None and rate is None:
        raise ConfigError(f"{markers}: markers count frames; give --fps, such as 25 or 23.976")
    made = _write(loaded, segments, rate, style, output, want)
    if markers is not None and rate is not None:
        _write_markers(made, rate, int(max(segment.until_ms for segment in segments)), markers)


def _write_markers(made: Conformed, rate: Fraction, length_ms: int, path: Path) -> None:
    """Write what an editor has to look at as markers of the cut."""
    facts = MarkerFacts(path.name.partition(".")[0], rate, duration_ms=length_ms)
    found = [Marker(loss.at_ms, loss.at_ms, "warning", loss.kind, loss.message) for loss in made.losses]
    deliver(written(found, ENDINGS[path.suffix.lower()], facts), path, sys.stdout.buffer)
    say(f"{path}: {len(found)} marker{'s'[: len(found) != 1]} from {facts.start} at {float(rate):.5g}")


def _write(
    loaded: Sequence[files.LoadedFile],
    segments: Sequence[Segment],
    rate: Fraction | None,
    style: str | None,
    output: Path,
    want: files.OutputOptions,
) -> Conformed:
    """Fit the captions to the segments, write them, and tell what became of them."""
    name = want.format_for(output, loaded[0].captions.format)
    recordings, names = _recordings(loaded)
    made = conformed(recordings, segments, rate)
    first = loaded[0].context
    length = max(segment.until_ms for segment in segments)
    context = replace(
        first, names=names, frame_rate=rate, duration_ms=int(length), transcript=made.transcript, sha256="",
        start_timecode="", recognised=None,
    )  # fmt: skip
    chosen = _style(style, loaded[0], recordings)
    cuts = sorted({each for segment in segments for each in (segment.at_ms, segment.until_ms)})
    cues = with_joints(made, cuts, chosen, context, CaptionOptions(style=chosen, names=names))
    if not cues:
        raise ConfigError("no caption is in the cut; check the list, and --source-start")
    files.save_captions(
        cues, replace(context, style=chosen if style else first.style), output, replace(want, format=name)
    )
    for each in loaded:
        warn_read_notes(each.captions)
        tell_left(each.captions, name)
    _tell(made, sum(len(each.cues) for each in recordings))
    _tell_short(cues, [cue for each in recordings for cue in each.cues], chosen.min_duration_ms)
    if str(output) != "-":
        click.echo(escape_control(str(output)))
    return made


def _recordings(loaded: Sequence[files.LoadedFile]) -> tuple[list[ConformSource], dict[str, str]]:
    """The captions of every recording, and the names of all their speakers."""
    if len(loaded) == 1:
        only = loaded[0]
        return [ConformSource(only.path.name, only.cues, only.context.transcript)], dict(only.context.names)
    apart = distinct_speakers([(each.cues, each.context) for each in loaded])
    recordings = [
        ConformSource(each.path.name, cues, transcript) for each, (cues, transcript) in zip(loaded, apart, strict=True)
    ]
    names = {
        line.speaker: line.speaker for each in recordings for cue in each.cues for line in cue.lines if line.speaker
    }
    return recordings, names


def _style(given: str | None, first: files.LoadedFile, recordings: Sequence[ConformSource]) -> Style:
    if given:
        return styles.load_style(given)
    archive = first.captions.archive
    if archive is not None and archive.style.name in styles.style_names():
        return styles.load_style(archive.style.name)
    return as_wide_as(styles.load_style("web-default"), [cue for each in recordings for cue in each.cues])


def _matched(
    timeline: Timeline,
    loaded: Sequence[files.LoadedFile],
    sources: Sequence[str],
    starts: Sequence[str],
    handles: int | None,
    track: str,
) -> tuple[Segment, ...]:
    """The clips that have captions; what was found and guessed is told."""
    called: dict[Path, tuple[str, ...]] = {}
    for given in sources:
        name, _, path = given.partition("=")
        called[Path(path)] = (*called.get(Path(path), ()), name)
    if handles is not None and handles < 0:
        raise ConfigError("--handles: write how long the recordings begin before their clips, such as 1 or 12f")
    named = {file.path.name for file in loaded}
    for name in (each.rpartition("=")[0] for each in starts):
        if name and Path(name).name not in named:
            raise ConfigError(f"--source-start {name}: is none of {', '.join(sorted(named))}")
    media = [
        CaptionedMedia(
            each.path.name,
            called.get(each.path, ()),
            _length(each),
            _given_start(each, starts, len(loaded), timeline),
            _own_start(each),
        )
        for each in loaded
    ]
    followed = heard(timeline, track)
    found = match(followed, media, handles, timeline.hour_ms)
    _tell_unheard(timeline, followed, media, handles)
    for file in loaded:
        own = file.context.frame_rate
        if own is not None and timeline.rate is not None and own != timeline.rate:
            rates = f"{float(own):.5g} frames a second, the timeline {float(timeline.rate):.5g}"
            say(f"note: {file.path.name} has {rates}")
    for note in (*timeline.notes, *found.notes):
        say(f"note: {note}")
    return found.segments


def _tell_unheard(
    timeline: Timeline,
    followed: Sequence[Clip],
    media: Sequence[CaptionedMedia],
    handles: int | None,
) -> None:
    """Say that clips of recordings with captions are only seen, and so not followed."""
    places = {(clip.names, clip.at_ms) for clip in followed}
    seen = [clip for clip in timeline.clips if clip.track[0] == "V" and (clip.names, clip.at_ms) not in places]
    if not seen or all(clip.track[0] == "V" for clip in followed):
        return
    try:
        count = len(match(seen, media, handles, timeline.hour_ms).segments)
    except CaptionerError:
        return  # none of them is of a recording with captions
    if count:
        clips = "1 clip is" if count == 1 else f"{count} clips are"
        say(f"note: {clips} seen and not heard: without captions; --track V follows what is seen")


def _own_start(file: files.LoadedFile) -> Fraction | None:
    """Time code of a recording's first frame, as its captions know it."""
    label, rate = file.context.start_timecode, file.context.frame_rate
    return _exact_ms(label, rate) if label and rate else None


def _given_start(file: files.LoadedFile, starts: Sequence[str], count: int, timeline: Timeline) -> Fraction | None:
    """Time code of a recording's first frame, as the user knows it; it drops labels where the list does."""
    own = ""
    for each in starts:
        name, _, label = each.rpartition("=")
        if not name and count > 1:
            raise ConfigError(f"--source-start {each}: say of which file, as {file.path.name}={each}")
        if not name or Path(name).name == file.path.name:
            own = label
    rate = timeline.rate or Fraction(25)
    drops = supports_drop_frame(rate) and timeline.hour_ms < 3_600_000
    return _exact_ms(own, rate, drop=drops or None) if own else None


def _exact_ms(label: str, rate: Fraction, *, drop: bool | None = None) -> Fraction:
    """Milliseconds of a time code, not rounded."""
    return timecode_to_frames(label, rate, drop) * 1000 / rate


def _length(file: files.LoadedFile) -> int:
    return max(file.context.duration_ms, *(cue.end_ms for cue in file.cues))


def _speed(given: str | None) -> Fraction:
    try:
        speed = exact_number((given or "1").removesuffix("x"))
    except (ValueError, ZeroDivisionError):
        speed = Fraction(0)
    if not Fraction(1, 3) <= speed <= 3:
        raise ConfigError(f"speed {given!r}: write a factor from 0.34 to 3, such as 1.25")
    return speed


def _read_list(path: Path) -> bytes:
    """The list's bytes; of a bundle of Final Cut Pro, those of the list inside."""
    return files.read_bytes(path / "Info.fcpxml" if path.is_dir() else path)


def _tell_short(cues: Sequence[Cue], before: Sequence[Cue], shortest_ms: int) -> None:
    """Say how many captions the cut has made too short to be read."""
    count, had = (sum(cue.end_ms - cue.start_ms < shortest_ms for cue in some) for some in (cues, before))
    if count > had:
        last = "1 caption lasts" if count == 1 else f"{count} captions last"
        say(
            f"note: {last} less than {shortest_ms} ms ({had} before); captioner check --fix lengthens where there is"
            " room"
        )


def _tell(made: Conformed, total: int) -> None:
    """Say on stderr what an editor has to look at, and what is not in the cut."""
    for loss in made.losses:
        say(f"warning: {loss.message}")
    for name in made.estimated:
        say(
            f"note: {name} has no times of words: captions at cuts were cut where the words are likely said; "
            f"captioner's JSON of the recording has them"
        )
    again = f", {made.repeated} of them more than once" if made.repeated else ""
    rest = total - made.shown
    say(f"{made.shown} of {total} captions are in the cut{again}; {rest} {'is' if rest == 1 else 'are'} not")
