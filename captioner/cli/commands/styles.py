"""`captioner styles`: the house styles, their numbers, and the source of each."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from captioner.cli import completion
from captioner.cli.help import command
from captioner.cli.terminal import escape_control, json_text
from captioner.languages import language_of
from captioner.style import Style, load_style, style_names, style_sources, style_title

__all__ = ["styles"]

_COLUMNS = ("style", "columns", "lines", "characters/s", "seconds", "gap", "for")


@command()
@click.argument("name", required=False, shell_complete=completion.styles)
@click.option("--language", metavar="CODE", default="", help="Show the numbers of this language.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def styles(name: str | None, language: str, as_json: bool) -> None:
    """List the house styles, or show one with the source of every number.

    A TOML file of your own is a style too: `extends = "netflix"` and the numbers that differ.

    \b
    Examples: captioner styles
              captioner styles netflix --language zh
              captioner styles ./house.toml
    """
    if name:
        _show(name, language, as_json=as_json)
    else:
        _list(language, as_json=as_json)


def _list(language: str, *, as_json: bool) -> None:
    found = [(load_style(each).for_language(language), style_title(each)) for each in style_names()]
    if as_json:
        click.echo(json.dumps([{**_facts(style), "title": about} for style, about in found], indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in _COLUMNS:
        table.add_column(heading, no_wrap=heading != "for", justify="left" if heading in ("style", "for") else "right")
    for style, about in found:
        table.add_row(*_row(style), about)
    Console().print(table)
    click.echo("\n`captioner styles NAME` shows every number with its source and the date it was checked")


def _row(style: Style) -> tuple[str, ...]:
    speed = f"{style.cps_optimal:g}-{style.cps:g}" if style.cps_optimal else f"{style.cps:g}"
    gap = f"{style.min_gap_frames} f" if style.min_gap_frames else f"{style.min_gap_ms} ms"
    seconds = f"{style.min_duration_ms / 1000:g}-{style.max_duration_ms / 1000:g}"
    return style.name, str(style.max_columns), str(style.max_lines), speed, seconds, gap


def _facts(style: Style) -> dict[str, object]:
    return {key: value for key, value in asdict(style).items() if key != "languages"} | {"digest": style.digest}


def _show(name: str, language: str, *, as_json: bool) -> None:
    style = load_style(name)
    found = [each for each in style_sources(name) if not language or each.language in ("", *language_of(language).keys)]
    if as_json:
        facts = _facts(style.for_language(language) if language else style)
        click.echo(json_text({**facts, "sources": [asdict(each) for each in found]}))
        return
    click.echo(f"{style.name}@{style.version}  {escape_control(style_title(name))}  (digest {style.digest})")
    shown = None
    for each in found:
        if each.language != shown:
            shown = each.language
            click.echo(f"\n{shown or 'all languages'}")
        click.echo(f"  {each.key:<20} {_value(each.value):<24} {escape_control(_source(each.source, each.checked))}")


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={each}" for key, each in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return repr(value) if isinstance(value, str) else str(value)


def _source(source: str, checked: str) -> str:
    return f"{source} ({checked})" if source and checked else source
