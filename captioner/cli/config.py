"""`captioner config`: what is configured, and who said so."""

from __future__ import annotations

import json

import click

from captioner.cli.terminal import plain

__all__ = ["config"]


@click.group()
def config() -> None:
    """Show the configuration and where each value comes from."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="The same for machines.")
def show(as_json: bool) -> None:
    """Print every value with its origin; secrets are masked.

    Values come from the user's own captioner.toml, the nearest captioner.toml upwards from here, the environment and
    flags: the later wins.
    """
    from captioner.config import KEYS, load

    loaded = load()
    rows = [(key.name, _shown(loaded[key.name], secret=key.secret), loaded.values[key.name].origin) for key in KEYS]
    if as_json:
        click.echo(json.dumps({name: {"value": value, "origin": origin} for name, value, origin in rows}, indent=2))
        return
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, origin in rows:
        click.echo(plain(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin}"))


@config.command()
def keys() -> None:
    """Print every key: where it stands in captioner.toml, its environment variable, its meaning."""
    from captioner.config import KEYS

    for key in KEYS:
        click.echo(f"{key.toml:<28} {key.environment[0]:<28} {key.help}")


def _shown(value: object, *, secret: bool) -> str:
    if secret and value:
        return "****"
    return ",".join(value) if isinstance(value, list) else str(value)
