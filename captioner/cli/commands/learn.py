"""`captioner learn`: rules for the glossary from what people corrected, accepted one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from captioner.archive import Archive
from captioner.archive_files import archives_below
from captioner.captions.learning import Learned, Place, Proposal, learn
from captioner.cli.help import RUN, Option, command, with_options
from captioner.cli.ledger_argument import find_ledger
from captioner.cli.options import CAPTIONS, JSON
from captioner.cli.output_options import read_glossary
from captioner.cli.progress import say
from captioner.cli.terminal import escape_control, json_text
from captioner.config import load
from captioner.errors import CaptionerError, ConfigError
from captioner.files import read_settings, write_whole
from captioner.glossary import Glossary, Rejected, Term
from captioner.glossary.toml_writing import appended
from captioner.jobs.ledger import Ledger
from captioner.timecode import ms_to_clock

__all__ = ["learn_rules"]

_HELD_SHOWN = 10
_AROUND = 40  # letters of a sentence on each side of an example

_GLOSSARY = next(option for option in CAPTIONS if option.name == "glossary")
_OPTIONS = (
    Option(["--accept"], metavar="N,M", is_flag=False, flag_value="all",
           help="Add these proposals to the glossary, by number; all of them without a number."),
    Option(["--reject"], metavar="N,M", help="Never propose these again; the glossary remembers them."),
    Option(["--times"], type=click.IntRange(min=1), default=2, show_default=True, metavar="N",
           help="Corrections that a proposal needs."),
    Option(["--files"], type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
           help="Files that it needs."),
    Option(["--dry-run"], group=RUN, is_flag=True, help="Show what would be added; write nothing, ask nothing."),
)  # fmt: skip


@command(name="learn")
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@with_options((*_OPTIONS, _GLOSSARY, JSON))
def learn_rules(
    folders: tuple[Path, ...],
    accept: str | None,
    reject: str | None,
    times: int,
    files: int,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Propose rules for the glossary from what people corrected in the captions below FOLDER.

    Without FOLDER the captions of your ledger are taken. A correction that was made twice is proposed where it would
    change no sentence that stands. In a terminal each is asked for; otherwise they are listed, and --accept adds
    them to the glossary, below what is there. Nothing is applied by itself.

    \b
    Examples: captioner learn captions/
              captioner learn captions/ --accept 1,3 --reject 2
    """
    settings = load()
    named = settings.with_flags(**options)["glossary"]
    path = Path(named) if named else None
    text = read_settings(path) if path is not None and path.is_file() else ""
    known = read_glossary(path) if path is not None and text else Glossary()
    found = learn(_archives(folders), known, times=times, files=files)
    chosen, refused = _numbers(accept, found, "--accept"), _numbers(reject, found, "--reject")
    asks = not (as_json or dry_run or accept or reject) and _is_terminal()
    if as_json:
        click.echo(json_text(_as_json(found)))
    elif not asks:
        _list(found)
    if asks:
        chosen, refused = _ask(found)
        _show_held(found.held)
    if not (chosen or refused):
        return
    if path is None:
        raise ConfigError("--accept: no glossary; name one with --glossary, it is made if it is not there")
    made = _with_entries(text, path, [found.proposals[at] for at in chosen], [found.proposals[at] for at in refused])
    if dry_run:
        click.echo(escape_control(made[len(text.rstrip()) :].strip("\n")))
        return
    write_whole(path, made.encode())
    said = f"{len(chosen)} rule{'s' if len(chosen) != 1 else ''} added"
    is_configured = bool(settings["glossary"]) and Path(settings["glossary"]).resolve() == path.resolve()
    command = "the next captioner run" if is_configured else f"captioner run --glossary {path}"
    say(f"{path}: {said}{f', {len(refused)} rejected' if refused else ''}; {command} shows them, free")


def _archives(folders: Sequence[Path]) -> Iterator[tuple[str, Archive]]:
    if folders:
        for folder in folders:
            for kept in archives_below(folder):
                yield str(kept.path), kept.archive
        return
    with Ledger(find_ledger(None).path, read_only=True) as book:
        targets = book.targets()
    for target in targets:
        if (path := Path(f"{target}.json")).is_file():
            try:
                yield from ((str(kept.path), kept.archive) for kept in archives_below(path))
            except CaptionerError as error:
                say(f"note: {error.message}")


def _numbers(given: str | None, found: Learned, flag: str) -> list[int]:
    """Proposals by number, from 0.

    Raises:
        ConfigError: There is none of that number.
    """
    if not given:
        return []
    if given == "all":
        return list(range(len(found.proposals)))
    numbers = []
    for part in given.split(","):
        number = int(part) if part.strip().isdecimal() else 0
        if not 1 <= number <= len(found.proposals):
            raise ConfigError(f"{flag} {part.strip()}: no such proposal; there are {len(found.proposals)}, from 1")
        numbers.append(number - 1)
    return list(dict.fromkeys(numbers))


def _with_entries(text: str, path: Path, chosen: Sequence[Proposal], refused: Sequence[Proposal]) -> str:
    """The glossary with accepted and rejected rules at its end; forms heard for one spelling are one entry."""
    by_written: dict[str, list[str]] = {}
    for each in chosen:
        by_written.setdefault(each.written, []).append(each.heard)
    terms = [Term(written, tuple(heard)) for written, heard in by_written.items()]
    rejected = [Rejected(each.heard, each.written) for each in refused]
    return appended(text, terms, rejected, str(path), "learned from corrections")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(found: Learned) -> tuple[list[int], list[int]]:
    """Ask for each proposal; those accepted and those rejected for good."""
    chosen: list[int] = []
    refused: list[int] = []
    _head(found)
    for number, each in enumerate(found.proposals):
        _show(number, each)
        answer = click.prompt(
            "   add it to the glossary?",
            type=click.Choice(["y", "n", "never", "q"]),
            default="n",
            show_choices=True,
        )
        if answer == "q":
            break
        if answer == "y":
            chosen.append(number)
        elif answer == "never":
            refused.append(number)
    return chosen, refused


def _head(found: Learned) -> None:
    files = f"{found.files} file{'s' if found.files != 1 else ''}"
    corrections = f"{found.corrections} correction{'s' if found.corrections != 1 else ''}"
    count = len(found.proposals)
    click.echo(f"{corrections} in {files}: {count or 'no'} rule{'s' if count != 1 else ''} proposed")


def _list(found: Learned) -> None:
    _head(found)
    for number, each in enumerate(found.proposals):
        _show(number, each)
    _show_held(found.held)


def _show(number: int, each: Proposal) -> None:
    places = f"{each.count} time{'s' if each.count != 1 else ''} in {each.files} file{'s' if each.files != 1 else ''}"
    click.echo(escape_control(f"{number + 1:>3}  “{each.heard}” is shown as “{each.written}”: {places}"))
    for place in each.examples[:2]:
        click.echo(escape_control(f"     {_at(place, each.heard)}"))


def _at(place: Place, heard: str) -> str:
    """The place of an example, with what was heard in brackets."""
    at = place.heard.lower().find(heard.lower())
    text = place.heard
    if at >= 0:
        start, end = max(0, at - _AROUND), at + len(heard)
        before, after = text[start:at], text[end : end + _AROUND]
        text = f"{'…' if start else ''}{before}[{text[at:end]}]{after}{'…' if end + _AROUND < len(text) else ''}"
    return f"{Path(place.file).name} {ms_to_clock(place.start_ms)}  {text}"


def _show_held(held: Sequence[Proposal]) -> None:
    if not held:
        return
    click.echo("not proposed:")
    for each in held[:_HELD_SHOWN]:
        others = ", ".join(f"“{text}” {count} times" for text, count in each.conflicts)
        why = each.held + (f" ({others})" if others else "")
        click.echo(escape_control(f"     “{each.heard}” → “{each.written}”, {each.count} times: {why}"))
        for place in each.against[:1]:
            click.echo(escape_control(f"         {_at(place, each.heard)}"))
    if len(held) > _HELD_SHOWN:
        click.echo(f"     and {len(held) - _HELD_SHOWN} more, all with --json")


def _as_json(found: Learned) -> dict[str, Any]:
    return {
        "corrections": found.corrections,
        "files": found.files,
        "proposals": [{"number": at, **asdict(each)} for at, each in enumerate(found.proposals, 1)],
        "held": [asdict(each) for each in found.held],
    }
