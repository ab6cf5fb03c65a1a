"""`captioner vocabulary`: hotword lists, checked against the service's limits before anything is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from captioner.cli.help import Group, Option, with_options
from captioner.cli.options import CAPTIONS, MODEL, RECOGNITION, SERVICE
from captioner.cli.output_options import read_glossary
from captioner.cli.progress import say
from captioner.cli.terminal import escape_control, json_text
from captioner.config import load
from captioner.errors import ConfigError
from captioner.files import describe_read_error
from captioner.recognition.funasr.client import AsrClient
from captioner.recognition.funasr.hotwords import Hotword, Vocabularies, fit_hotwords, parse_text, parse_toml

__all__ = ["vocabulary"]

F = TypeVar("F", bound=Callable[..., Any])

_DEPLOY_TIMEOUT_S = 60.0
_DEPLOY_POLL_S = 1.0

words_argument: Callable[[F], F] = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_GLOSSARY = next(option for option in CAPTIONS if option.name == "glossary")
_VOCABULARY = next(option for option in RECOGNITION if option.name == "vocabulary")
_JSON = Option(["--json", "as_json"], is_flag=True, help="Print the result as JSON.")


@click.group(cls=Group)
def vocabulary() -> None:
    """Create and manage hotword lists: names and terms that the recogniser should prefer.

    FILE is text, one word a line, optionally with a weight from 1 to 5 and a language behind commas; or TOML with
    words = ["...", ...] or [[words]] tables of text, weight, lang. A list works only with the model it was created
    for; another model ignores it silently.
    """


@vocabulary.command()
@words_argument
@click.option(
    "--prefix",
    default="caption",
    metavar="TEXT",
    help="Part of the list's id, 1 to 9 letters and digits (default: caption).",
)
@click.option("--wait/--no-wait", default=True, help="Wait until the list can be used (default: wait).")
@with_options((_JSON, MODEL), SERVICE)
def create(file: Path, prefix: str, wait: bool, as_json: bool, **options: Any) -> None:
    """Create a list from FILE and print its id.

    \b
    Example: captioner vocabulary create names.txt --model fun-asr
    """
    words = _words(file)
    with _lists(options) as (lists, chosen), _naming(file):
        made = lists.create(words, chosen, prefix)
        status = _deployed(lists, made) if wait else "UNDEPLOYED"
    click.echo(json.dumps({"id": made, "model": chosen, "status": status}) if as_json else escape_control(made))


@vocabulary.command()
@click.argument("file", required=False, metavar="[FILE]", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--id", "identifier", metavar="ID", help="List to fill anew (default: --vocabulary, else a new one).")
@click.option("--prefix", default="caption", metavar="TEXT", help="Part of a new list's id (default: caption).")
@click.option("--dry-run", is_flag=True, help="Show the list and what is left out; send nothing.")
@with_options((_JSON, MODEL, _VOCABULARY, _GLOSSARY), SERVICE)
def push(file: Path | None, identifier: str | None, prefix: str, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Make the service's hotword list from the glossary FILE, and print its id.

    Without FILE the configured glossary is taken. The heaviest words come first; what the service does not take is
    told. A list that is there is filled anew under its id. It is free; what is recognised from then on uses it.

    \b
    Example: captioner vocabulary push glossary.toml
    """
    config = load().with_flags(**options)
    path = file or (Path(config["glossary"]) if config["glossary"] else None)
    if path is None:
        raise click.UsageError("no glossary; name FILE, or set captions.glossary")
    wanted = _hotwords_of(path)
    words, left_out = fit_hotwords(wanted, config["model"])
    for line in left_out:
        say(f"{path}: left out: {line}")
    if not words:
        raise ConfigError(f"{path}: no term in it has a weight that the service takes; nothing to push")
    made, done = identifier or config["vocabulary"], "shown"
    if not dry_run:
        with _lists(options) as (lists, model):
            made, done = _pushed(lists, made, words, model, prefix)
    facts = {"id": made, "model": config["model"], "words": len(words), "left_out": list(left_out), "done": done}
    if as_json:
        click.echo(json_text(facts))
        return
    if dry_run:
        for word in words:
            click.echo(escape_control(_line(word)))
        return
    click.echo(escape_control(made))
    say(f"{len(words)} of {len(wanted)} words, {done}, for {config['model']}")
    if done == "created":
        say(f"use it with --vocabulary {made}, or recognition.vocabulary in captioner.toml; files that are recognised")
        say("already are asked again only with --again, at the list price")


def _hotwords_of(path: Path) -> list[Hotword]:
    """The hotwords of a glossary, or of a list in one of the earlier formats."""
    if path.suffix.lower() != ".toml":
        return list(_words(path))
    terms = read_glossary(path).terms
    return [Hotword(term.text, term.weight, term.language) for term in terms if term.weight]


def _pushed(lists: Vocabularies, identifier: str, words: Sequence[Hotword], model: str, prefix: str) -> tuple[str, str]:
    """Make a list, or fill it anew where it differs; its id and what was done."""
    if not identifier:
        made = lists.create(words, model, prefix)
        _deployed(lists, made)
        return made, "created"
    found = lists.show(identifier)
    if found.target_model and found.target_model != model:
        raise ConfigError(
            f"hotword list {identifier} was made for {found.target_model}, and {model} ignores it; use --model"
            f" {found.target_model}, or leave the id out to make a list for {model}"
        )
    if set(found.words) == set(words):
        return identifier, "as they were"
    lists.update(identifier, words, model)
    return identifier, "updated"


@vocabulary.command(name="list")
@click.option("--prefix", default="", metavar="TEXT", help="Only ids with this prefix.")
@with_options((_JSON,), SERVICE)
def list_(prefix: str, as_json: bool, **options: Any) -> None:
    """List the account's vocabularies."""
    with _lists(options) as (lists, _):
        found = lists.list(prefix)
    if as_json:
        click.echo(json_text([asdict(entry) for entry in found]))
        return
    for entry in found:
        click.echo(escape_control(f"{entry.id}  {entry.status}  created {entry.created}  modified {entry.modified}"))


@vocabulary.command()
@click.argument("identifier", metavar="ID")
@with_options((_JSON,), SERVICE)
def show(identifier: str, as_json: bool, **options: Any) -> None:
    """Print the words of a list, in the form `create` reads."""
    with _lists(options) as (lists, _):
        found = lists.show(identifier)
    if as_json:
        click.echo(json_text({**asdict(found), "id": identifier}))
        return
    click.echo(escape_control(f"# {identifier}, {found.status}, for {found.target_model}"))
    for word in found.words:
        click.echo(escape_control(_line(word)))


@vocabulary.command()
@click.argument("identifier", metavar="ID")
@words_argument
@with_options(SERVICE)
def update(identifier: str, file: Path, **options: Any) -> None:
    """Replace the words of a list by those of FILE."""
    words = _words(file)
    with _lists(options) as (lists, _), _naming(file):
        lists.update(identifier, words)


@vocabulary.command()
@click.argument("identifier", metavar="ID")
@with_options(SERVICE)
def delete(identifier: str, **options: Any) -> None:
    """Delete a list."""
    with _lists(options) as (lists, _):
        lists.delete(identifier)


def _line(word: Hotword) -> str:
    return ",".join(filter(None, (word.text, str(word.weight), word.language)))


@contextmanager
def _lists(options: dict[str, Any]) -> Iterator[tuple[Vocabularies, str]]:
    """The account's lists, and the model in question."""
    config = load().with_flags(**options)
    with AsrClient.from_settings(config.settings()) as client:
        yield Vocabularies(client), config["model"]


def _words(file: Path) -> tuple[Hotword, ...]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as UTF-8 text ({describe_read_error(error)})") from error
    with _naming(file):
        return parse_toml(text) if file.suffix.lower() == ".toml" else parse_text(text)


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Put the file's name in front of what is wrong with its words."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{file}: {error.message}", error.code) from error


def _deployed(lists: Vocabularies, identifier: str) -> str:
    """Wait until a new list can be used; its last status."""
    deadline = time.monotonic() + _DEPLOY_TIMEOUT_S
    while (status := lists.show(identifier).status) != "OK" and time.monotonic() < deadline:
        time.sleep(_DEPLOY_POLL_S)
    if status != "OK":
        click.echo(f"{identifier}: still {escape_control(status)}; wait until `vocabulary show` says OK", err=True)
    return status
