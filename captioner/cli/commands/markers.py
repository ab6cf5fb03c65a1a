"""`captioner markers`: findings, places to hear and chapters as markers for editing programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import click

from captioner import style as styles
from captioner.check.context import measure_cues
from captioner.check.registry import run_rules
from captioner.check.review_priority import review_items
from captioner.cli import caption_io as files
from captioner.cli import completion
from captioner.cli.help import CAPTIONS, INPUT, OUTPUT, TIMING, Option, command, with_options
from captioner.cli.loss_warnings import warn_read_notes
from captioner.cli.named_files import in_folder
from captioner.cli.options import OVERWRITE, READING_AS_IT_IS
from captioner.cli.progress import say
from captioner.cli.terminal import escape_control
from captioner.cli.transcript_io import deliver
from captioner.errors import ConfigError
from captioner.formats.text.input_encoding import decode
from captioner.markers import ENDINGS, KINDS, Marker, MarkerFacts, chapters_of, left_out_of_chapters, written
from captioner.style import Style
from captioner.timecode import parse_rate, timecode_to_frames

__all__ = ["markers"]

_WHAT = ("findings", "hear", "chapters", "all")

_OPTIONS = (
    Option(["-o", "--output", "named"], group=OUTPUT, required=True, metavar="OUT",
           help="File to write; its ending says for which program. A name that ends with / is a folder, with --to."),
    Option(["--to"], group=OUTPUT, type=click.Choice(list(KINDS)),
           help="Program: resolve (.edl), premiere (.xml), avid (.txt), csv (default: by the ending of OUT)."),
    Option(["--only"], group=CAPTIONS, type=click.Choice(_WHAT), default="all",
           help="Which markers: findings of the check, places to hear, chapters, or all (default: all)."),
    Option(["--chapters"], group=INPUT, metavar="FILE", type=click.Path(path_type=Path),
           help="Chapters as lines such as 0:00 Opening."),
    Option(["--style"], group=CAPTIONS, metavar="NAME", shell_complete=completion.styles,
           help="House style that findings are held against (default: web-default)."),
    Option(["--language"], group=CAPTIONS, metavar="CODE", help="Language of the captions (default: detect)."),
    Option(["--fps"], group=TIMING, metavar="RATE", help="Frame rate, e.g. 25 or 29.97 (default: the media's)."),
    Option(["--start-tc", "start"], group=TIMING, metavar="TC",
           help="Time code of the first frame (default: the media's, else 01:00:00:00)."),
)  # fmt: skip


@command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@with_options(_OPTIONS, READING_AS_IT_IS, (OVERWRITE,))
def markers(
    source: Path,
    named: str,
    to: str | None,
    only: str,
    chapters: Path | None,
    style: str | None,
    language: str | None,
    fps: str | None,
    start: str | None,
    overwrite: bool,
    **reading: Any,
) -> None:
    """Write what is worth a look in the captions IN as markers for an editing program.

    \b
    Examples: captioner markers talk.json -o talk.edl
              captioner markers talk.srt --fps 25 --only hear -o talk.xml
              captioner markers talk.srt --fps 25 --chapters chapters.txt -o talk.markers.txt
    """
    endings = {program: ending for ending, program in ENDINGS.items()}
    output = in_folder(named, f"{source.stem}.markers{endings.get(to or '', '')}")
    kind = to or ENDINGS.get(output.suffix.lower())
    if kind is None:
        raise ConfigError(f"{output}: the ending says no program; give --to, one of {', '.join(KINDS)}")
    if only == "chapters" and chapters is None:
        raise click.UsageError("--only chapters needs their list; give --chapters FILE")
    files.may_write([output], [source, *([chapters] if chapters else [])], overwrite=overwrite)
    loaded = files.load_captions(source, files.read_options({"language": language, **reading}, _rate(fps)))
    facts = _facts(loaded, fps, start)
    chosen = styles.load_style(style or "web-default")
    found = list(_found(loaded, chosen, facts, only))
    if chapters is not None and only in ("chapters", "all"):
        text = decode(files.read_bytes(chapters)).text
        found += chapters_of(text, chapters.name)
        for line in left_out_of_chapters(text):
            say(f"note: {chapters.name}: left out, as it has no time and title: {escape_control(line[:60])}")
    warn_read_notes(loaded.captions)
    deliver(written(found, kind, facts), output, sys.stdout.buffer)
    say(f"{output}: {len(found)} marker{'s'[: len(found) != 1]} from {facts.start} at {float(facts.rate):.5g}")


def _rate(given: str | None) -> Fraction | None:
    return parse_rate(given) if given else None


def _facts(loaded: files.LoadedFile, fps: str | None, start: str | None) -> MarkerFacts:
    """Rate and start, from flags or from what the captions know of their media."""
    rate = _rate(fps) or loaded.context.frame_rate
    if rate is None:
        raise ConfigError(f"{loaded.path}: markers count frames; give --fps, such as 25 or 23.976")
    label = start or loaded.context.start_timecode or "01:00:00:00"
    timecode_to_frames(label, rate)
    last = max(loaded.context.duration_ms, *(cue.end_ms for cue in loaded.cues))
    return MarkerFacts(loaded.context.title or loaded.path.stem, rate, label, last)


def _found(loaded: files.LoadedFile, style: Style, facts: MarkerFacts, only: str) -> Iterator[Marker]:
    """Markers of findings and of places to hear."""
    known, archive = loaded.context, loaded.captions.archive
    context = measure_cues(
        loaded.cues,
        style,
        language=known.language,
        transcript=known.transcript,
        duration_ms=known.duration_ms,
        rate=facts.rate,
        written=loaded.captions.written,
        script=archive.script if archive else None,
    )
    issues = run_rules(context)
    if only in ("findings", "all"):
        for issue in issues:
            kind: Literal["error", "warning"] = "error" if issue.severity == "error" else "warning"
            if issue.severity != "note" and issue.cue_index is not None:
                cue = loaded.cues[issue.cue_index]
                yield Marker(
                    cue.start_ms, cue.end_ms, kind, issue.rule, f"caption {issue.cue_index + 1}: {issue.message}"
                )
    if only in ("hear", "all"):
        for item in review_items(context, issues):
            cue = loaded.cues[item.cue]
            yield Marker(cue.start_ms, cue.end_ms, "hear", "hear", f"caption {item.cue + 1}: {', '.join(item.reasons)}")
