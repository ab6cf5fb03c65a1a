"""`captioner status`: how far a batch is, read from its ledger."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from captioner.cli.help import command
from captioner.cli.kept_options import KEPT, describe_kept, loaded
from captioner.cli.ledger_argument import find_ledger
from captioner.cli.terminal import escape_control, json_text
from captioner.errors import ConfigError
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
    """Show how far the work is. WHERE is a folder with media or captions, or a ledger (default: all of your ledger).

    Can be used at any time and from any terminal; it does not disturb the run.
    """
    found = find_ledger(where)
    with Ledger(found.path, read_only=True) as book:
        facts = _facts(book, found.below)
    if found.below and not facts["files"]:
        here = "" if Path(found.below).is_dir() else ", which is no folder,"
        raise ConfigError(
            f"{found.below}{here}: no file in it is known to {found.path}; name a folder with media or captions, "
            "or give none for all"
        )
    if as_json:
        click.echo(json_text(facts))
    else:
        _show(facts)


def _facts(book: Ledger, below: str) -> dict[str, Any]:
    counts, workers = book.counts(below), book.workers()
    return {
        "ledger": str(book.path),
        "folder": below,
        "states": [{**asdict(count), "state": count.state.value} for count in counts],
        "files": sum(count.files for count in counts),
        "failures": [asdict(failure) for failure in book.failures(below)],
        "kept": _kept(book, below),
        "billed_s": book.billed_s(below),
        "processes": len(book.live_owners()),
        "leftovers": len(book.leftovers()),
        "workers": [asdict(worker) for worker in workers],
        "dashboard": book.dashboard() if workers else "",
    }


def _kept(book: Ledger, below: str) -> list[dict[str, Any]]:
    """Options that are remembered with files, each set with the number of files and one of them."""
    found: dict[str, list[str]] = {}
    for (source, _, target), text in book.kept_options().items():
        kept = {name: value for name, value in loaded(text).items() if name in KEPT}
        if kept and any(_is_below(place, below) for place in (source, target)):
            found.setdefault(json.dumps(kept, ensure_ascii=False, sort_keys=True), []).append(source)
    return [{"options": json.loads(text), "files": len(names), "example": names[0]} for text, names in found.items()]


def _is_below(place: str, folder: str) -> bool:
    return not folder or f"{place}/".startswith(f"{folder.rstrip('/')}/")


def _show(facts: dict[str, Any]) -> None:
    processes = facts["processes"]
    working = f"{processes} process{'es' if processes > 1 else ''} working" if processes else "no process working"
    place, billed_h = facts["folder"] or facts["ledger"], facts["billed_s"] / 3600
    counted = f"{facts['files']} file{'s' if facts['files'] != 1 else ''}"
    click.echo(escape_control(f"{place}: {counted}, {working}, {billed_h:.2f} h billed"))
    for state in facts["states"]:
        held = f", {state['held']} in progress" if state["held"] else ""
        hours = f"{state['duration_ms'] / 3_600_000:.1f} h"
        click.echo(f"{state['files']:>8}  {_MEANS[state['state']]}{held} ({hours})")
    for failure in facts["failures"]:
        why = f"failed with {failure['code']}, such as {failure['source']}: {failure['example']}"
        click.echo(escape_control(f"{failure['files']:>8}  {why}"))
    for kept in facts["kept"]:
        described = f"remembered {describe_kept(kept['options'])}, such as {kept['example']}"
        click.echo(escape_control(f"{kept['files']:>8}  {described}"))
    if facts["workers"]:
        click.echo(escape_control(f"{len(facts['workers'])} workers; dashboard {facts['dashboard']}"))
    for worker in facts["workers"]:
        click.echo(escape_control(f"{'':>8}  {_worker_line(worker)}"))
    if facts["failures"]:
        click.echo("`captioner retry` processes the failed files again, with --reason CODE some of them")


def _worker_line(worker: dict[str, Any]) -> str:
    """Line about a worker: its present work, speed and counts."""
    does = worker["doing"] or ": ".join(filter(None, (worker["state"], worker["reason"])))
    speed = f"{worker['bytes_per_s'] / 1e6:.1f} MB/s, {worker['ms_per_s'] / 3_600_000:.3f} h/s"
    return f"{worker['name']}: {does}; {speed}, {worker['done']} calls done, {worker['failed']} failed"
