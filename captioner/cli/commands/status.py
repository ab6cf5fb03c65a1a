"""`captioner status`: how far a batch is, read from its ledger."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from captioner.cli.help import command
from captioner.cli.ledger_argument import find_ledger
from captioner.cli.terminal import escape_control, json_text
from captioner.jobs.ledger import Ledger

__all__ = ["status"]

#: What a state means for a person who waits.
_MEANS = {
    "FOUND": "to be prepared and uploaded",
    "STORED": "uploaded, to be submitted",
    "SUBMITTING": "being submitted, or submitted with an unknown outcome",
    "SUBMITTED": "at the service",
    "RECOGNISED": "recognised, to be fetched",
    "FETCHED": "fetched, to be captioned",
    "WRITTEN": "done",
    "REJECTED": "failed",
}


@command()
@click.argument("where", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def status(where: str | None, as_json: bool) -> None:
    """Show how far the work on a ledger is. WHERE is a ledger, or the folder it belongs to (default: this folder).

    Can be used at any time and from any terminal; it does not disturb the run.
    """
    with Ledger(find_ledger(where), read_only=True) as book:
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
    working = f"{processes} process{'es' if processes > 1 else ''} working" if processes else "no process working"
    click.echo(
        escape_control(f"{facts['ledger']}: {facts['files']} files, {working}, {facts['billed_s'] / 3600:.2f} h billed")
    )
    for state in facts["states"]:
        held = f", {state['held']} in progress" if state["held"] else ""
        hours = f"{state['duration_ms'] / 3_600_000:.1f} h"
        click.echo(f"{state['files']:>8}  {_MEANS[state['state']]}{held} ({hours})")
    for failure in facts["failures"]:
        why = f"failed with {failure['code']}, such as {failure['source']}: {failure['example']}"
        click.echo(escape_control(f"{failure['files']:>8}  {why}"))
    if facts["failures"]:
        click.echo("`captioner retry` processes the failed files again, with --reason CODE some of them")
