"""`captioner looks`: the looks, their values, and the reason of each."""

from __future__ import annotations

import click

from captioner.cli import completion
from captioner.cli.help import command
from captioner.cli.terminal import escape_control, json_text
from captioner.look import load_look, look_names, look_reasons, look_title

__all__ = ["looks"]


@command()
@click.argument("name", required=False, shell_complete=completion.looks)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def looks(name: str | None, as_json: bool) -> None:
    """List the looks, or show one with the reason of every value. `captioner preview MEDIA --all` shows them.

    A TOML file of your own is a look too: `extends = "streaming"` and the values that differ.

    \b
    Examples: captioner looks
              captioner looks shorts-bold
              captioner looks ./brand.toml
    """
    if name is None:
        _list(as_json=as_json)
        return
    look, reasons = load_look(name), look_reasons(name)
    if as_json:
        click.echo(json_text({**look.as_dict(), "title": look_title(name), "reasons": dict(reasons)}))
        return
    click.echo(escape_control(f"{look.name}  {look_title(name)}"))
    values = look.as_dict()
    aspects = values.pop("aspects", {})
    for heading, table in [("every picture", values), *aspects.items()]:
        click.echo(f"\n{heading}")
        for key, value in table.items():
            reason = reasons.get(key if heading == "every picture" else f"{heading}.{key}", "")
            if key != "name":
                click.echo(escape_control(f"  {key:<18} {_text(value):<24} {reason}".rstrip()))


def _list(*, as_json: bool) -> None:
    titles = {name: look_title(name) for name in look_names()}
    if as_json:
        click.echo(json_text([{"name": name, "title": title} for name, title in titles.items()]))
        return
    for name, title in titles.items():
        click.echo(f"{name:<16} {title}")
    click.echo("\n`captioner looks NAME` shows every value with its reason; `captioner preview MEDIA --all` draws them")


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return " ".join(f"{key}={_text(each)}" for key, each in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
