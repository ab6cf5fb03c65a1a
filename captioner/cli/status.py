"""`captioner status`: how far a batch is, read from its ledger."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli.terminal import json_text, plain
from captioner.errors import ConfigError

if TYPE_CHECKING:
    from captioner.jobs.ledger import Ledger

__all__ = ["ledger_at", "status"]

#: What a state means for somebody who waits.
_MEANS = {
    "FOUND": "to be prepared and uploaded",
    "STORED": "uploaded, to be submitted",
    "SUBMITTING": "being submitted, or looked for",
    "SUBMITTED": "at the service",
    "RECOGNISED": "recognised, to be fetched",
    "FETCHED": "fetched, to be captioned",
    "WRITTEN": "done",
    "REJECTED": "failed",
}


def ledger_at(where: str) -> Path:
    """The ledger a user means: the file itself, or that of a folder.

    Raises:
        ConfigError: There is none.
    """
    from captioner.jobs.inputs import LEDGER_NAME

    path = Path(where).expanduser()
    if path.is_dir():
        path = path / LEDGER_NAME
    if not path.is_file():
        raise ConfigError(f"{path}: no ledger here; name the folder of the batch, its -o DIR, or the ledger itself")
    return path


@click.command()
@click.argument("where", required=False, default=".")
@click.option("--json", "as_json", is_flag=True, help="The same for machines.")
def status(where: str, as_json: bool) -> None:
    """Show how far the work on a ledger is. WHERE is a ledger, or the folder it belongs to.

    May be asked at any time and from any terminal; it disturbs nobody.
    """
    from captioner.jobs.ledger import Ledger

    with Ledger(ledger_at(where), read_only=True) as book:
        facts = _facts(book)
    if as_json:
        click.echo(json_text(facts))
    else:
        _show(facts)


def _facts(book: Ledger) -> dict[str, Any]:
    counts = book.counts()
    return {
        "ledger": str(book.path),
        "states": [{**asdict(count), "state": count.state.value} for count in counts],
        "files": sum(count.files for count in counts),
        "failures": [asdict(failure) for failure in book.failures()],
        "billed_s": book.billed_s(),
        "processes": len(book.live_owners()),
        "leftovers": len(book.leftovers()),
    }


def _show(facts: dict[str, Any]) -> None:
    processes = facts["processes"]
    working = f"{processes} at work" if processes else "nobody at work"
    click.echo(plain(f"{facts['ledger']}: {facts['files']} files, {working}, {facts['billed_s'] / 3600:.2f} h billed"))
    for state in facts["states"]:
        held = f", {state['held']} in hand" if state["held"] else ""
        hours = f"{state['duration_ms'] / 3_600_000:.1f} h"
        click.echo(f"{state['files']:>8}  {_MEANS[state['state']]}{held} ({hours})")
    for failure in facts["failures"]:
        click.echo(plain(f"{failure['files']:>8}  failed with {failure['code']}, such as: {failure['example']}"))
    if facts["failures"]:
        click.echo("`captioner retry` takes the failed up again, `--reason CODE` some of them")
