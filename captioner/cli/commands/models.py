"""`captioner models`: the catalogue, and which model for what."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from captioner.cli import completion
from captioner.cli.help import command
from captioner.cli.terminal import json_text
from captioner.recognition.funasr.catalogue import Model, all_models, catalogue_source, find_model, recommend, scenarios

__all__ = ["models"]

_WIDE_COLUMNS = 100  # of a terminal that has room for codes of languages; a narrower one gets their number


@command()
@click.argument("name", required=False, shell_complete=completion.models)
@click.option("--scenario", metavar="KIND", help="Recommend a model for a kind of recording; list shows the kinds.")
@click.option("--region", type=click.Choice(["intl", "cn"]), help="Only models that run in this region.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def models(name: str | None, scenario: str | None, region: str | None, as_json: bool) -> None:
    """List the recognition models, show one, or recommend one.

    \b
    Examples: captioner models
              captioner models fun-asr-mtl
              captioner models --scenario news
    """
    if scenario:
        _recommend(scenario, as_json=as_json)
    elif name:
        _show(name, as_json=as_json)
    else:
        _list(region, as_json=as_json)


def _list(region: str | None, *, as_json: bool) -> None:
    chosen = [model for model in all_models() if region is None or region in model.regions]
    if as_json:
        click.echo(json_text([asdict(model) for model in chosen]))
        return
    console = Console()
    is_narrow = console.width < _WIDE_COLUMNS
    table = Table(box=None, pad_edge=False)
    for heading in ("model", "intl, USD/h", "cn, USD/h", "rate", "singing"):
        table.add_column(heading, no_wrap=True)
    table.add_column("lang" if is_narrow else "languages", overflow="fold", no_wrap=is_narrow)
    for model in chosen:
        rate = f"{model.sample_rate_hz // 1000} kHz" if model.sample_rate_hz else "any"
        singing = "yes" if model.singing else "no"
        prices = [_price(model, where) for where in ("intl", "cn")]
        languages = str(len(model.languages)) if is_narrow else " ".join(model.languages)
        table.add_row(model.name, *prices, rate, singing, languages)
    console.print(table)
    for model in chosen:
        if model.superseded_by:
            click.echo(f"{model.name} is superseded; the service recommends {model.superseded_by}")
    address, checked = catalogue_source()
    click.echo(f"\nlist prices and limits as of {checked}: {address}")
    click.echo(
        "`captioner models NAME` shows everything about one, `captioner models --scenario list` the recommendations"
    )


def _price(model: Model, region: str) -> str:
    """US dollars an hour, or that it is billed otherwise."""
    if region in model.usd_per_million_tokens:
        return "by token"
    usd_per_s = model.usd_per_s.get(region)
    return "-" if usd_per_s is None else f"{usd_per_s * 3600:.4f}"


def _show(name: str, *, as_json: bool) -> None:
    model = find_model(name)
    if as_json:
        click.echo(json_text(asdict(model)))
        return
    for key, value in asdict(model).items():
        if value in ("", (), {}):
            continue
        shown = " ".join(map(str, value)) if isinstance(value, tuple) else value
        if isinstance(value, dict):
            shown = ", ".join(f"{where} {_number(number)}" for where, number in value.items())
        click.echo(f"{key.replace('_', ' '):<24}{shown}")


def _number(value: float | dict[str, float]) -> str:
    if isinstance(value, dict):
        return " and ".join(f"{price:g} for {what}" for what, price in value.items())
    return f"{value:.6f}" if value < 1 else f"{value:g}"


def _recommend(name: str, *, as_json: bool) -> None:
    chosen = list(scenarios()) if name == "list" else [recommend(name)]
    if as_json:
        click.echo(json_text([asdict(scenario) for scenario in chosen]))
        return
    for scenario in chosen:
        click.echo(f"{scenario.name}: {scenario.title}\n  {', '.join(scenario.models)}\n  {scenario.reason}")
