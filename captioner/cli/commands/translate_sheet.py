"""`captioner translate-sheet`: captions to a sheet for a translator, and back."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from captioner import style as styles
from captioner.captions.options import CaptionOptions
from captioner.captions.pipeline import check_cues
from captioner.cli import caption_io as files
from captioner.cli import completion
from captioner.cli.help import CAPTIONS, INPUT, OUTPUT, Option, command, with_options
from captioner.cli.loss_warnings import tell_left, warn_read_notes
from captioner.cli.named_files import in_folder
from captioner.cli.options import CAPTION_FILE, READING, STRICT
from captioner.cli.output_paths import named_like
from captioner.cli.progress import say
from captioner.cli.terminal import escape_control
from captioner.cli.transcript_io import deliver
from captioner.errors import ConfigError, ReplyError
from captioner.languages import canonical_tag, tag_in_file_name
from captioner.layout.lexicon import detect_language
from captioner.settings import is_secret_variable
from captioner.style import Style
from captioner.translation import sheets
from captioner.translation.rows import Row, sheet_rows
from captioner.translation.sheets import SheetFacts
from captioner.translation.sheets.word_table import has_tracked_changes
from captioner.translation.take_back import TakenBack, translated

__all__ = ["translate_sheet"]

_SHOWN = 12

_OPTIONS = (
    Option(["-o", "--output", "named"], group=OUTPUT, required=True, metavar="OUT",
           help="The sheet to write (xlsx, csv, docx, xliff, json); with a translation, the captions. A name that "
           "ends with / is a folder."),
    Option(["--from-sheet", "sheet"], group=INPUT, metavar="SHEET", type=click.Path(path_type=Path),
           help="Make captions of IN with the translations of this sheet."),
    Option(["--translator"], group=INPUT, metavar="COMMAND",
           help="Make captions with the translations of a program: JSON in on its standard input, JSON back."),
    Option(["--into"], group=CAPTIONS, metavar="CODE", help="Language of the translation, e.g. fr or zh-Hant."),
    Option(["--style"], group=CAPTIONS, metavar="NAME", default="web-default", shell_complete=completion.styles,
           help="House style of the translation: its limits stand in the sheet (default: web-default)."),
    Option(["--untranslated"], group=CAPTIONS, type=click.Choice(["refuse", "keep", "leave-out"]), default="refuse",
           help="Captions without a translation: none is written, they stay, or they are left out (default: refuse)."),
)  # fmt: skip


@command(name="translate-sheet")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@with_options(_OPTIONS, CAPTION_FILE, READING, (STRICT,))
def translate_sheet(
    source: Path,
    named: str,
    sheet: Path | None,
    translator: str | None,
    into: str | None,
    style: str,
    untranslated: str,
    strict: bool,
    **options: Any,
) -> int:
    """Write the captions IN as a sheet for a translator: text, times, limits, context and an empty column; or make
    captions of a sheet that came back, each within its time and the style of its language.

    \b
    Examples: captioner translate-sheet talk.srt --into fr -o talk.fr.xlsx
              captioner translate-sheet talk.srt --into fr --from-sheet talk.fr.xlsx -o talk.fr.srt
              captioner translate-sheet talk.srt --into fr --translator ./translate.py -o talk.fr.srt
    """
    if sheet is not None and translator is not None:
        raise click.UsageError("give --from-sheet or --translator, not both")
    language = _language(into, needed=sheet is not None or translator is not None)
    want = files.read_output_options(options)
    loaded = files.load_captions(source, want.reading)
    output = in_folder(named, _name(source, language, want, is_sheet=sheet is None and translator is None))
    files.may_write([output], [source, *([sheet] if sheet else [])], overwrite=want.overwrite)
    chosen = styles.load_style(style).for_language(language)
    rows = sheet_rows(loaded.cues, loaded.context, chosen)
    own = loaded.context.language or detect_language(" ".join(cue.text for cue in loaded.cues))
    facts = SheetFacts(source.name, own, language, chosen.name)
    if sheet is None and translator is None:
        _refuse_caption_options(options)
        deliver(sheets.write(rows, facts, _ending(output), str(output)), output, sys.stdout.buffer)
        warn_read_notes(loaded.captions)
        say(f"{output}: {len(rows)} captions to translate" + (f" into {language}" if language else ""))
        return 0
    back = _translations(rows, facts, sheet, translator or "")
    made = _taken_back(loaded, back, chosen, language, untranslated, sheet.name if sheet else "translator")
    context = replace(loaded.context, language=language, transcript=None, recognised=None, style=chosen, sha256="")
    name = want.format_for(output, loaded.captions.format)
    want = replace(want, facts={**want.facts, "language": language})
    files.save_captions(made.cues, context, output, replace(want, format=name))
    warn_read_notes(loaded.captions)
    tell_left(loaded.captions, name)
    _tell(made)
    return _checked(made, chosen, language, output, strict=strict)


def _language(given: str | None, *, needed: bool) -> str:
    tag = canonical_tag(given) if given else ""
    if given and not tag:
        raise ConfigError(f"--into {given}: no language; give a code such as fr or zh-Hant")
    if needed and not tag:
        raise ConfigError("give the language of the translation with --into, such as fr")
    return tag


def _name(source: Path, language: str, want: files.OutputOptions, *, is_sheet: bool) -> str:
    """Name of the file in a folder: that of the source with the language, as a sheet or as captions."""
    like = named_like(source, want)
    stem, dot, ending = like.rpartition(".")
    own = tag_in_file_name(source.name)
    stem = stem.removesuffix(f".{own}") if own else stem
    return ".".join(filter(None, (stem if dot else like, language, "xlsx" if is_sheet else ending)))


def _refuse_caption_options(options: dict[str, Any]) -> None:
    """Refuse options of caption files where a sheet is written."""
    for name in ("to", "target"):
        if options[name]:
            raise ConfigError(f"--{'format' if name == 'to' else name} is for captions; a sheet goes by its ending")


def _ending(output: Path) -> str:
    return output.suffix.lower().removeprefix(".") if str(output) != "-" else "json"


def _translations(rows: Sequence[Row], facts: SheetFacts, sheet: Path | None, translator: str) -> tuple[Row, ...]:
    """Rows that came back, from a file or from a program."""
    if sheet is not None:
        data, ending = files.read_bytes(sheet), sheet.suffix.lower().removeprefix(".")
        if has_tracked_changes(data):
            say(f"note: {sheet.name}: its tracked changes are read as accepted")
        return sheets.read(data, ending, sheet.name)
    return sheets.read(_answer(translator, sheets.write(rows, facts, "json", "")), "json", "the translator's answer")


def _answer(line: str, question: bytes) -> bytes:
    """The answer of a program to the sheet.

    Raises:
        ConfigError: It cannot be started.
        ReplyError: It failed.
    """
    try:
        words = shlex.split(line, posix=os.name != "nt")
    except ValueError as error:
        raise ConfigError("--translator: the quotes in the command do not close; check it") from error
    if not words:
        raise ConfigError("--translator: no command in it; name a program")
    environment = {name: value for name, value in os.environ.items() if not is_secret_variable(name)}
    try:
        done = subprocess.run(words, input=question, capture_output=True, env=environment, check=False)
    except OSError as error:
        raise ConfigError(f"--translator: {words[0]} cannot be run ({error.strerror}); check the command") from error
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise ReplyError(
            f"--translator: {words[0]} ended with {done.returncode}" + "".join(f": {text}" for text in last)
        )
    return done.stdout


def _taken_back(
    loaded: files.LoadedFile, rows: Sequence[Row], style: Style, language: str, untranslated: str, name: str
) -> TakenBack:
    try:
        made = translated(loaded.cues, rows, style, language, keep=untranslated == "keep")
    except ReplyError as error:
        raise ReplyError(f"{name}: {error.message}", error.code) from error
    if made.missing and (untranslated == "refuse" or not made.cues):
        raise ReplyError(
            f"{name}: {_captions(made.missing)} without a translation; fill in, or give --untranslated keep"
        )
    return made


def _tell(made: TakenBack) -> None:
    for numbers, what in (
        (made.missing, "without a translation"),
        (made.moved, "with another text than when the sheet was made; check the translation"),
        (made.plain, "without the tags of the source, so without its italics, bold or colours"),
        (made.joined, "without the dashes of the source, so as one speaker's"),
        (made.broken, "broken into lines anew"),
        (made.parted, "too long for one caption, so several in its time"),
    ):
        if numbers:
            say(f"note: {_captions(numbers)} {what}")


def _checked(made: TakenBack, style: Style, language: str, output: Path, *, strict: bool) -> int:
    """Say what the style finds in the translation; 1 where that is asked for and something is wrong."""
    from captioner.check import fails, summary
    from captioner.formats import Context

    issues = check_cues(made.cues, Context(language=language, style=style), CaptionOptions(style=style))
    told = [issue for issue in issues if issue.severity != "note"]
    for issue in told[:_SHOWN]:
        where = "" if issue.cue_index is None else f"caption {issue.cue_index + 1}: "
        say(f"{issue.severity}: {where}{issue.message}")
    if len(told) > _SHOWN:
        say(f"{len(told) - _SHOWN} more findings; captioner check shows all")
    click.echo(escape_control(f"{output}: {summary(issues, len(made.cues))}"), err=True)
    return int(strict and fails(issues, "warning"))


def _captions(numbers: Sequence[int]) -> str:
    """`caption 4`, `captions 1, 2`, `20 captions (1, 2, 3 …)`."""
    listed = ", ".join(map(str, numbers[:_SHOWN]))
    if len(numbers) > _SHOWN:
        return f"{len(numbers)} captions ({listed} …)"
    return f"caption{'s' if len(numbers) > 1 else ''} {listed}"
