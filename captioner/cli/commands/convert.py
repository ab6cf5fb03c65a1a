"""`captioner convert`: any caption file to any format we write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from captioner import config
from captioner.captions.named_speakers import resolve_names
from captioner.captions.option_use import refuse_useless
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import check_cues, correct_transcript, find_shots, lay_out
from captioner.cli import caption_io as files
from captioner.cli import completion
from captioner.cli.help import OUTPUT, Option, command, with_options
from captioner.cli.in_place import rewritten_in_place
from captioner.cli.loss_warnings import tell_left, tell_parted, warn_read_notes
from captioner.cli.options import CAPTION_FILE, LAYOUT, READING, RESTYLING, STRICT
from captioner.cli.output_options import caption_options, given_to_style, used_by_times
from captioner.cli.output_paths import WHERE, backed_up, output_of, stays_its_kind
from captioner.cli.progress import say
from captioner.cli.terminal import escape_control
from captioner.cli.time_arguments import GivenTime, ranges_in_ms
from captioner.corrections import Acceptance
from captioner.edit import (
    EditResult,
    add_speaker_labels,
    move_to_top,
    strip_styling,
    to_transcript,
    transfer_styling,
)
from captioner.edit.unnamed_speakers import UNNAMED, forget_unnamed, tell_apart, without_unnamed
from captioner.errors import ConfigError
from captioner.formats import CaptionFile, Context
from captioner.formats.text.speaker_names import speaker_ids
from captioner.model import Cue

__all__ = ["convert"]

_STYLE = Option(
    ["--style"],
    metavar="NAME",
    shell_complete=completion.styles,
    help="Lay the text out again in this house style (default: keep the cues).",
)
_LABELS = Option(
    ["--labels"],
    alone="print",
    group=OUTPUT,
    type=click.Choice(["speakers", "text"]),
    help="Alone: print Name: where a turn begins, for formats without speakers. With a word: read Name: and [Name] "
    "before the speech as speakers or as text (default: as the file shows).",
)
_PLAIN = Option(["--plain", "bare"], group=OUTPUT, is_flag=True, help="Leave out italics, colours and places.")


@command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("output", metavar="[OUT]", required=False)
@with_options((_STYLE,), WHERE, LAYOUT, RESTYLING, CAPTION_FILE, READING[1:], (_LABELS, _PLAIN, STRICT))
def convert(
    source: Path,
    output: str | None,
    named: str | None,
    in_place: bool,
    style: str | None,
    top: tuple[tuple[GivenTime, GivenTime], ...] | None,
    labels: str | None,
    bare: bool,
    strict: bool,
    **options: Any,
) -> int:
    """Convert the captions IN to OUT; the ending of OUT names the format.

    Reads SRT, WebVTT, ASS and SSA, TTML and its profiles, EBU STL, SCC, SBV, LRC, CSV, MicroDVD, MPL2, SAMI, TMPlayer
    and captioner's JSON, by content. Cues keep times, lines, speakers, italics, colours and places; what OUT cannot
    hold is listed. A file that stays in its format is not changed otherwise.

    \b
    Examples: captioner convert talk.srt talk.vtt
              captioner convert talk.ass talk.stl --fps 25 --start-tc 10:00:00:00
              captioner convert talk.srt social.ass --style social-vertical --size 1080x1920
    """
    prints_labels = labels == "print"
    want = files.read_output_options({**options, "label_reading": None if prints_labels else labels})
    chosen = _caption_options(style, options)
    target = output_of(source, output, named, want, in_place=in_place)
    files.may_write([] if in_place else [target], [source], overwrite=want.overwrite)
    loaded = files.load_captions(source, want.reading)
    name = want.format_for(target, loaded.captions.format)
    if in_place:
        stays_its_kind(target, name)
    upper = ranges_in_ms(top or (), want.facts.get("frame_rate") or loaded.context.frame_rate)
    _refuse_useless(style, chosen, name, want, loaded, {**options, "top": top})
    keeps_cues = not (style or top or options["look"] or prints_labels or bare or chosen.names)
    if keeps_cues and (data := rewritten_in_place(loaded, EditResult(loaded.cues), name, want)) is not None:
        if in_place:
            backed_up(target)
        files.write_output(data, name, target, want)
        warn_read_notes(loaded.captions)
        return 0
    given = resolve_names(chosen.names, speaker_ids(loaded.cues, loaded.context), strict=chosen.strict_names)
    context = replace(loaded.context, **want.facts, names={**loaded.context.names, **given})
    cues = strip_styling(loaded.cues) if bare else loaded.cues
    failed = False
    if style:
        _refuse_visual_order(loaded.captions)
        cues, context = _laid_out(cues, context, chosen, loaded.path.name)
        kept = loaded.captions.archive
        accepted = kept.accepted if kept is not None else ()
        failed = strict and _warns(cues, context, chosen, str(source), accepted)
    cues = add_speaker_labels(cues, context.names) if prints_labels else cues
    if in_place:
        backed_up(target)
    files.save_captions(move_to_top(cues, upper), context, target, replace(want, format=name))
    warn_read_notes(loaded.captions)
    tell_left(loaded.captions, name, karaoke=context.karaoke)
    return int(failed)


def _caption_options(style: str | None, options: Mapping[str, Any]) -> CaptionOptions:
    """Options of a new layout, from flags alone: captioner.toml is about captions that are made here.

    Raises:
        ConfigError: An option that only a new layout can carry out, without a style for it.
    """
    given = click.get_current_context().get_parameter_source
    needless = [each for each in (*LAYOUT, STRICT) if given(str(each.name)) is not ParameterSource.DEFAULT]
    if needless and not style:
        raise ConfigError(f"{needless[0].opts[0]} needs a new layout; give --style too")
    flags = {"style": style, **{name: options[name] for name in ("language", "glossary", "replace", "speakers")}}
    settings = config.defaults().with_flags(**flags)
    return replace(caption_options(settings, options), target="", also=())


def _refuse_useless(
    style: str | None,
    chosen: CaptionOptions,
    name: str,
    want: files.OutputOptions,
    loaded: files.LoadedFile,
    options: Mapping[str, Any],
) -> None:
    """Refuse options that would do nothing to the file.

    Raises:
        ConfigError: There is one.
    """
    if style:
        target = want.target.name if want.target else ""
        given = replace(chosen, formats=(name,), target=target)
        refuse_useless(given, given_to_style(options), used=used_by_times(options))
    else:
        if not used_by_times(options):
            want.refuse_rate(name, [loaded])
        files.refuse_karaoke(loaded, chosen.karaoke)


def _laid_out(
    given: tuple[Cue, ...], context: Context, chosen: CaptionOptions, file: str
) -> tuple[tuple[Cue, ...], Context]:
    """The captions cut again, from the transcript they came from where the file has it, else from their own text."""
    chosen = replace(chosen, names={**context.names, **dict.fromkeys(UNNAMED, "")})
    transcript = context.transcript or to_transcript(tell_apart(given), context.language)
    if chosen.karaoke and context.transcript is None and not any(line.words for cue in given for line in cue.lines):
        say(f"note: --karaoke: {file} has no times of words; they are estimated by length")
    transcript, notes = correct_transcript(transcript, chosen)
    for note in notes:
        say(note.message)
    marks = context.rtl_marks if context.is_visual_order else chosen.style.rtl_marks
    look = context.look or chosen.style.look
    context = replace(context, style=chosen.style, transcript=transcript, rtl_marks=marks, look=look)
    shots = find_shots(chosen, context.frame_rate, None)
    cues, lost = transfer_styling(given, lay_out(transcript, chosen.style, context, chosen, shots))
    tell_parted(file, lost)
    return forget_unnamed(cues), replace(context, transcript=without_unnamed(transcript))


def _refuse_visual_order(captions: CaptionFile) -> None:
    """Refuse to lay out text that is stored as it looks: its words would change their places.

    Raises:
        ConfigError: It is.
    """
    if captions.is_visual_order:
        raise ConfigError(
            f"{captions.name}: its right-to-left text is stored in visual order, and a new layout would change the "
            f"order of its words; convert it without --style, or save it in reading order first"
        )


def _warns(
    cues: tuple[Cue, ...], context: Context, chosen: CaptionOptions, name: str, accepted: Sequence[Acceptance]
) -> bool:
    """Say in a line what the check says of the captions; whether it warns."""
    from captioner.check import fails, summary  # loads every rule, which only --strict needs
    from captioner.check.acceptance import mark_accepted

    issues = mark_accepted(check_cues(cues, context, chosen), cues, accepted)
    click.echo(escape_control(f"{name}: {summary(issues, len(cues))}"), err=True)
    return fails(issues, "warning")
