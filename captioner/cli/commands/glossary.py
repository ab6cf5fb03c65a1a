"""`captioner glossary`: the names and terms of a desk, checked, and made of the formats before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from captioner.archive_files import archives_below
from captioner.captions.common_words import is_common
from captioner.cli.caption_io import may_write
from captioner.cli.help import Group, with_options
from captioner.cli.named_files import FileToWrite
from captioner.cli.options import JSON, OVERWRITE
from captioner.cli.output_options import read_glossary
from captioner.cli.progress import say
from captioner.cli.terminal import escape_control, json_text
from captioner.config import load
from captioner.errors import ConfigError
from captioner.files import write_whole
from captioner.glossary import Glossary, Term
from captioner.glossary.phrase_matcher import Phrase, PhraseMatcher, tokens_of
from captioner.glossary.toml_writing import dumps
from captioner.recognition.funasr.hotwords import Hotword, fit_hotwords, parse_text

__all__ = ["glossary"]

_NAMED = 20  # rules that are named one by one


@click.group(cls=Group)
def glossary() -> None:
    """Check and make the glossary of a desk: names, terms and speakers, and what is heard for them.

    A glossary is a TOML file with [[terms]] (text, heard, sounds_like, weight, language), [[speakers]] (name, role,
    label, also, number) and mask. captioner run and format read it with --glossary or captions.glossary.
    """


@glossary.command()
@click.argument("file", required=False, metavar="[FILE]", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--model", default="fun-asr", metavar="NAME", help="Model of the hotword list (default: fun-asr).")
@with_options((JSON,))
def check(file: Path | None, folders: tuple[Path, ...], model: str, as_json: bool) -> int:
    """Check a glossary, and with FOLDER which of its rules never matched in the captions there.

    Without FILE the configured glossary is checked.

    \b
    Example: captioner glossary check glossary.toml captions/
    """
    file = file or (Path(named) if (named := load()["glossary"]) else None)
    if file is None:
        raise click.UsageError("no glossary; name FILE, or set captions.glossary")
    desk = read_glossary(file)
    doubts = [*_doubts(desk), *(f"no hotword: {why}" for why in _left_out(desk, model))]
    missing = _never_heard(desk, folders) if folders else []
    heard = sum(len(term.heard) for term in desk.terms) + len(desk.listed)
    counts = {
        "terms": len(desk.terms),
        "heard": heard,
        "masked": len(desk.masked),
        "speakers": len(desk.speakers),
        "rejected": len(desk.rejected),
    }
    if as_json:
        click.echo(json_text({"file": str(file), **counts, "doubts": doubts, "heard_nowhere": missing}))
        return 0
    click.echo(escape_control(f"{file}: {_counted(desk)}"))
    for line in doubts:
        click.echo(escape_control(f"{file}: {line}"))
    if folders:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        named = ", ".join(missing[:_NAMED]) + more
        click.echo(escape_control(f"{file}: heard nowhere: {named}" if missing else f"{file}: every rule matched"))
    return 0


@glossary.command(name="import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True,
                type=click.Path(path_type=Path, dir_okay=False, exists=True))  # fmt: skip
@click.option("-o", "--output", required=True, metavar="OUT", type=FileToWrite("glossary.toml"),
              help="The glossary to write; a name that ends with / is a folder.")  # fmt: skip
@with_options((OVERWRITE,))
def import_(files: tuple[Path, ...], output: Path, overwrite: bool, **_: Any) -> None:
    """Make one glossary of replacement lists, hotword lists and files of speaker names.

    \b
    Example: captioner glossary import names.toml hotwords.txt speakers.toml -o glossary.toml
    """
    may_write([output], files, overwrite=overwrite)
    desks = [_any_list(path) for path in files]
    made = Glossary(
        terms=_joined([term for desk in desks for term in desk.terms]),
        masked=tuple(dict.fromkeys(word for desk in desks for word in desk.masked)),
        speakers=tuple(dict.fromkeys(speaker for desk in desks for speaker in desk.speakers)),
        listed=tuple(dict.fromkeys(pair for desk in desks for pair in desk.listed)),
    )
    text = dumps(made)
    read_back = _checked(text, output)
    write_whole(output, text.encode())
    say(f"{output}: {_counted(read_back)}")


def _counted(desk: Glossary) -> str:
    """`12 terms, 15 forms heard, 1 speaker, 2 words masked`, without what there is none of."""
    heard = sum(len(term.heard) for term in desk.terms) + len(desk.listed)
    counts = ((len(desk.terms), "term{}"), (heard, "form{} heard"), (len(desk.speakers), "speaker{}"),
              (len(desk.masked), "word{} masked"))  # fmt: skip
    return ", ".join(f"{count} {what.format('s' if count != 1 else '')}" for count, what in counts if count) or "empty"


def _any_list(path: Path) -> Glossary:
    """A list in one of the earlier formats, or a glossary."""
    if path.suffix.lower() == ".toml":
        return read_glossary(path)
    try:
        words = parse_text(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text; name a TOML file or a list of words") from error
    return Glossary(tuple(Term(word.text, weight=word.weight, language=word.language) for word in words))


def _joined(terms: Sequence[Term]) -> tuple[Term, ...]:
    return tuple({(term.text, term.language): term for term in terms}.values())


def _checked(text: str, output: Path) -> Glossary:
    from captioner.glossary import parse

    try:
        return parse(text, str(output))
    except ConfigError as error:
        raise ConfigError(f"{error.message}; nothing is written: change the lists") from error


def _doubts(desk: Glossary) -> Iterator[str]:
    """Lines about entries that are legal and perhaps not meant."""
    for term in desk.terms:
        for heard in term.heard:
            tokens = tokens_of(heard)
            if heard == term.text:
                yield f"{term.place}: “{heard}” is its own spelling and changes nothing"
            elif all(is_common(token.key) for token in tokens) and heard == heard.lower():
                yield f"{term.place}: “{heard}” is common; every one is replaced"
            elif len(heard) == 1:
                yield f"{term.place}: “{heard}” is one character; every one is replaced"
    written = {text for _, text in desk.listed}
    for heard, text in desk.listed:
        if heard in written:
            yield f"[replace] “{heard}” = “{text}”: another line writes “{heard}”; each run would change it again"


def _left_out(desk: Glossary, model: str) -> Sequence[str]:
    words = [Hotword(term.text, term.weight, term.language) for term in desk.terms if term.weight]
    return fit_hotwords(words, model)[1]


def _never_heard(desk: Glossary, folders: Sequence[Path]) -> list[str]:
    """The forms heard of all rules that match in no archive below some folders."""
    rules = [rule for rule in desk.caption_rules.rules if not rule.keeps]
    heard = list(dict.fromkeys(rule.heard for rule in rules))
    matcher = PhraseMatcher([Phrase(each, each != each.lower()) for each in heard])
    found: set[int] = set()
    for path in folders:
        for kept in archives_below(path):
            for sentence in kept.archive.transcript.sentences:
                found.update(match.phrase for match in matcher.find(sentence.text))
    return [each for number, each in enumerate(heard) if number not in found]
