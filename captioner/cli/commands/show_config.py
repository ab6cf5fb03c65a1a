"""`captioner config`: what is configured, and where each value comes from."""

from __future__ import annotations

import json

import click

from captioner.cli.help import Group
from captioner.cli.terminal import escape_control
from captioner.config import SETTINGS, load

__all__ = ["config"]


@click.group(cls=Group)
def config() -> None:
    """Show the configuration and where each value comes from."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def show(as_json: bool) -> None:
    """Print every value with its origin; secrets are masked.

    Values come from the user's own captioner.toml, the nearest captioner.toml in this folder or above it, the
    environment and flags; the later wins.
    """
    loaded = load()
    rows = [
        (name, _shown(loaded[name], secret=setting.secret), loaded.values[name].origin)
        for name, setting in SETTINGS.items()
    ]
    if as_json:
        click.echo(json.dumps({name: {"value": value, "origin": origin} for name, value, origin in rows}, indent=2))
        return
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, origin in rows:
        click.echo(escape_control(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin}"))


@config.command()
def keys() -> None:
    """Print every setting: its key in captioner.toml, its environment variable and flag, and what it is."""
    rows = [
        (each.key, each.variables[0], each.flags[-1] if each.flags else "", each.sentence) for each in SETTINGS.values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, (*widths, 0), strict=True)))


def _shown(value: object, *, secret: bool) -> str:
    if secret and value:
        return "****"
    return ",".join(value) if isinstance(value, list) else str(value)
