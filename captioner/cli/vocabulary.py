"""`captioner vocabulary`: hotword lists, checked against the service's limits before anything is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from captioner.cli.options import service_options
from captioner.cli.terminal import json_text, plain
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.recognition.funasr.hotwords import Hotword, Vocabularies

__all__ = ["vocabulary"]

F = TypeVar("F", bound=Callable[..., Any])

_DEPLOY_TIMEOUT_S = 60.0
_DEPLOY_POLL_S = 1.0

words_argument: Callable[[F], F] = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
json_option: Callable[[F], F] = click.option("--json", "as_json", is_flag=True, help="The same for machines.")


@click.group()
def vocabulary() -> None:
    """Create and keep hotword lists: names and terms the recogniser should prefer.

    FILE is text, one word a line, optionally with a weight from 1 to 5 and a language behind commas; or TOML with
    words = ["...", ...] or [[words]] tables of text, weight, lang. A list works only with exactly the model it was
    created for; another model ignores it silently.
    """


@vocabulary.command()
@words_argument
@click.option("--model", metavar="M", help="Model the list is for. [default: the configured model]")
@click.option(
    "--prefix", default="caption", show_default=True, help="Part of the list's id: 1 to 9 letters and digits."
)
@click.option("--wait/--no-wait", default=True, help="Wait until the list can be used.")
@service_options
@json_option
def create(file: Path, model: str | None, prefix: str, wait: bool, as_json: bool, **place: str | None) -> None:
    """Create a list from FILE and print its id.

    \b
    Example: captioner vocabulary create names.txt --model fun-asr
    """
    words = _words(file)
    with _lists(place, model) as (lists, chosen), _naming(file):
        made = lists.create(words, chosen, prefix)
        status = _deployed(lists, made) if wait else "UNDEPLOYED"
    click.echo(json.dumps({"id": made, "model": chosen, "status": status}) if as_json else plain(made))


@vocabulary.command(name="list")
@click.option("--prefix", default="", help="Only ids with this prefix.")
@service_options
@json_option
def list_(prefix: str, as_json: bool, **place: str | None) -> None:
    """List the account's vocabularies."""
    with _lists(place) as (lists, _):
        found = lists.list(prefix)
    if as_json:
        click.echo(json_text([asdict(entry) for entry in found]))
        return
    for entry in found:
        click.echo(plain(f"{entry.id}  {entry.status}  created {entry.created}  modified {entry.modified}"))


@vocabulary.command()
@click.argument("identifier", metavar="ID")
@service_options
@json_option
def show(identifier: str, as_json: bool, **place: str | None) -> None:
    """Print the words of a list, in the form `create` reads."""
    with _lists(place) as (lists, _):
        found = lists.show(identifier)
    if as_json:
        click.echo(json_text({**asdict(found), "id": identifier}))
        return
    click.echo(plain(f"# {identifier}, {found.status}, for {found.target_model}"))
    for word in found.words:
        click.echo(plain(",".join(filter(None, (word.text, str(word.weight), word.language)))))


@vocabulary.command()
@click.argument("identifier", metavar="ID")
@words_argument
@service_options
def update(identifier: str, file: Path, **place: str | None) -> None:
    """Replace the words of a list by those of FILE."""
    words = _words(file)
    with _lists(place) as (lists, _), _naming(file):
        lists.update(identifier, words)


@vocabulary.command()
@click.argument("identifier", metavar="ID")
@service_options
def delete(identifier: str, **place: str | None) -> None:
    """Delete a list."""
    with _lists(place) as (lists, _):
        lists.delete(identifier)


@contextmanager
def _lists(place: dict[str, str | None], model: str | None = None) -> Iterator[tuple[Vocabularies, str]]:
    """The account's lists, and the model in question."""
    from captioner.config import load
    from captioner.recognition.funasr.client import AsrClient
    from captioner.recognition.funasr.hotwords import Vocabularies

    config = load().with_flags(model=model, **place)
    with AsrClient.from_settings(config.settings()) as client:
        yield Vocabularies(client), config["model"]


def _words(file: Path) -> tuple[Hotword, ...]:
    from captioner.recognition.funasr.hotwords import parse_text, parse_toml

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as UTF-8 text ({error})") from error
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
        click.echo(f"{identifier}: still {plain(status)}; wait until `vocabulary show` says OK", err=True)
    return status
