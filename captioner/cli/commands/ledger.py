"""`captioner ledger cost`: what the service billed, held against what was sent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from captioner.cli.help import Group
from captioner.cli.ledger_argument import find_ledger
from captioner.cli.terminal import escape_control, json_text
from captioner.config import load
from captioner.errors import ConfigError
from captioner.jobs.inputs.finding import LEDGER_NAME
from captioner.jobs.ledger import Ledger, merge_ledger, user_ledger
from captioner.jobs.ledger.sqlite.statistics import Billed
from captioner.recognition.funasr.catalogue import find_model, price_usd

__all__ = ["ledger"]


@click.group(cls=Group)
def ledger() -> None:
    """Read the ledger: what was submitted, and what the service billed; take another ledger into it."""


@ledger.command()
@click.argument("where", required=False)
@click.option("--region", type=click.Choice(["intl", "cn"]), help="Region of the list prices (default: as configured).")
@click.option("--files", is_flag=True, help="Show every file, not only the months.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, with every file.")
def cost(where: str | None, region: str | None, files: bool, as_json: bool) -> None:
    """Show what was billed by month (UTC), against the estimate. WHERE is a folder with media or captions, or a
    ledger (default: all of your ledger).

    The estimate takes every second of audio sent as speech; the service bills speech only. Prices are list prices.
    """
    prices_of = load().with_flags(region=region)["region"]
    found = find_ledger(where)
    with Ledger(found.path, read_only=True) as book:
        rows = book.billed(found.below)
    months = [_sum(month, [row for row in rows if row.month == month], prices_of) for month in _months(rows)]
    every = [_sum(row.source, [row], prices_of) | {"month": row.month} for row in rows]
    if as_json:
        total = _sum("total", rows, prices_of)
        click.echo(json_text({"months": months, "files": every, "total": total}))
        return
    for line in (*(every if files else ()), *months, _sum("total", rows, prices_of)):
        click.echo(escape_control(_line(line)))


@ledger.command()
@click.argument("where", nargs=-1)
@click.option(
    "--ledger", "into", type=click.Path(path_type=Path), metavar="FILE", help="Ledger to merge into (default: yours)."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def merge(where: tuple[str, ...], into: Path | None, as_json: bool) -> None:
    """Take the ledgers of folders into yours, with what was paid for. WHERE: folders or ledgers (default: this folder).

    The old ledger stays beside its place with the ending .merged and is not used any more. Nothing is recognised or
    written. A merge that was broken off can be done again.
    """
    named = load()["ledger"]
    target = into or (Path(named).expanduser() if named else user_ledger())
    sources = [_ledger_of(Path(each).expanduser()) for each in where or (os.curdir,)]
    results = []
    for source in sources:
        merged = merge_ledger(source, target)
        results.append({"ledger": str(source), "into": str(target)} | asdict(merged))
        if not as_json:
            click.echo(
                escape_control(
                    f"{source}: {merged.recognitions} recognitions, {merged.jobs} files and {merged.outputs} captions"
                    f" are new in {target}"
                )
            )
    if as_json:
        click.echo(json_text(results))


def _ledger_of(path: Path) -> Path:
    """The ledger that lies in a folder, or the ledger itself.

    Raises:
        ConfigError: There is none.
    """
    found = path / LEDGER_NAME if path.is_dir() else path
    if not found.is_file():
        raise ConfigError(f"{found}: no ledger here; name a folder that has one, or the ledger itself")
    return found.absolute()


def _months(rows: Iterable[Billed]) -> list[str]:
    return list(dict.fromkeys(row.month for row in rows))


def _sum(name: str, rows: Iterable[Billed], region: str) -> dict[str, Any]:
    """Seconds and dollars of some recognitions; one whose bill is not known counts as estimated."""
    rows = list(rows)
    sent = [(row.model, row.sent_ms / 1000) for row in rows]
    billed = [(row.model, row.sent_ms / 1000 if row.billed_s is None else row.billed_s) for row in rows]
    return {
        "name": name,
        "recognitions": len(rows),
        "unknown": sum(row.billed_s is None for row in rows),
        "by_token": sum(find_model(row.model).is_billed_by_tokens for row in rows),
        "estimated_s": round(sum(seconds for _, seconds in sent)),
        "billed_s": round(sum(seconds for _, seconds in billed)),
        "estimated_usd": round(sum(price_usd(model, region, seconds) or 0 for model, seconds in sent), 4),
        "billed_usd": round(sum(price_usd(model, region, seconds) or 0 for model, seconds in billed), 4),
    }


def _line(sums: dict[str, Any]) -> str:
    unknown = f", {sums['unknown']} as estimated" if sums["unknown"] else ""
    by_token = f"; {sums['by_token']} billed by the token, whose cost is not in it" if sums["by_token"] else ""
    return (
        f"{sums['name']}: billed {sums['billed_s']} s of {sums['estimated_s']} s sent,"
        f" {sums['billed_usd']:.4f} of at most {sums['estimated_usd']:.4f} USD,"
        f" {sums['recognitions']} recognition{'' if sums['recognitions'] == 1 else 's'}{unknown}{by_token}"
    )
