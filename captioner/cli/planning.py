"""What a batch would do: every file read once, nothing sent; duplicates, bytes, price by model and channel, time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from captioner.cli.plan import SENT_BITS_PER_S
from captioner.cli.terminal import json_text, plain
from captioner.errors import CaptionerError

if TYPE_CHECKING:
    from captioner.cli.jobs import Order
    from captioner.jobs.inputs import Source

__all__ = ["show"]

_READERS = 2
_LINES_SHOWN = 200

# For the expected time, all of them rough. Preparing: seconds of sound taken out and encoded in a second by one worker,
# a cautious guess. Service: seconds of audio in a second for a file alone, 6 for short clips to 64 for an hour, seen in
# published replies; tasks run side by side. Upload: what an office line does.
_PREPARE_SPEED = 100.0
_SERVICE_SPEED = 30.0
_UPLOAD_BYTES_PER_S = 2_500_000.0


@dataclass(frozen=True, slots=True)
class _Item:
    """One file of the plan; `same_as` is the file whose content it shares, `known` that its reply is there already."""

    source: str
    sha256: str = ""
    size_bytes: int = 0
    sent_bytes: int | None = 0
    duration_ms: int = 0
    same_as: str = ""
    known: bool = False
    problem: str = ""


def show(sources: Sequence[Source], order: Order, ledger: Path, *, as_json: bool) -> int:
    """Print the plan; returns the exit code: 1 when a file could not be taken."""
    items = _items(sources, order, ledger)
    totals = _totals(items, order)
    if as_json:
        click.echo(json_text({**totals, "items": [asdict(item) for item in items]}))
    else:
        for item in items[:_LINES_SHOWN]:
            click.echo(plain(_line(item)))
        if len(items) > _LINES_SHOWN:
            click.echo(f"and {len(items) - _LINES_SHOWN} more files; --json has them all")
        for line in _told(totals):
            click.echo(line)
    return 1 if totals["refused"] else 0


def _items(sources: Sequence[Source], order: Order, ledger: Path) -> list[_Item]:
    from captioner.jobs.captions import REPLY_EXTENSION
    from captioner.jobs.inputs import clashes

    refused = clashes(sources, (REPLY_EXTENSION, *order.run.captions.extensions))
    with ThreadPoolExecutor(_READERS) as pool:
        read = list(pool.map(lambda source: _read(source, refused.get(source, ""), order), sources))
    return list(_compared(read, _known(read, order, ledger)))


def _read(source: Source, clash: str, order: Order) -> _Item:
    if problem := source.problem or clash:
        return _Item(source.name, problem=problem)
    if source.path is None:
        return _Item(source.name, sent_bytes=None)
    from captioner import media

    try:
        found = media.describe(source.path)
    except CaptionerError as error:
        return _Item(source.name, problem=error.detail)
    channels = max(1, len(order.recognition.channels))
    bits = SENT_BITS_PER_S.get(order.audio.audio)
    sent = found.size_bytes if order.audio.audio == "original" else None
    if bits is not None:
        sent = bits * channels * found.duration_ms // 8000
    return _Item(source.name, found.sha256, found.size_bytes, sent, found.duration_ms)


def _known(items: Iterable[_Item], order: Order, ledger: Path) -> frozenset[str]:
    """Digests whose reply is there already: they cost nothing. Desks with a language of their own are not looked at."""
    if not ledger.is_file():
        return frozenset()
    from captioner.jobs.ledger import Ledger
    from captioner.jobs.records import recognition_key

    endpoint, run = order.config.settings().base_url, order.run
    with Ledger(ledger, read_only=True) as book:
        return frozenset(
            item.sha256
            for item in items
            for audio in (run.audio, run.audio_before)
            if item.sha256 and book.fetched(recognition_key(item.sha256, run.recognition.digest, audio, endpoint))
        )


def _compared(items: Iterable[_Item], known: frozenset[str]) -> Iterable[_Item]:
    first: dict[str, str] = {}
    for item in items:
        same_as = first.setdefault(item.sha256, item.source) if item.sha256 else item.source
        is_free = same_as != item.source or item.sha256 in known
        yield _Item(
            item.source,
            item.sha256,
            item.size_bytes,
            0 if is_free else item.sent_bytes,
            item.duration_ms,
            same_as if same_as != item.source else "",
            item.sha256 in known,
            item.problem,
        )


def _totals(items: Sequence[_Item], order: Order) -> dict[str, Any]:
    taken = [item for item in items if not item.problem]
    paid = [item for item in taken if not item.same_as and not item.known]
    audio_s = sum(item.duration_ms for item in paid) / 1000
    return {
        "files": len(items),
        "refused": len(items) - len(taken),
        "duplicates": sum(bool(item.same_as) for item in taken),
        "recognised_before": sum(item.known for item in taken),
        "unknown_length": sum(not item.sha256 for item in taken),
        "hours": round(sum(item.duration_ms for item in taken) / 3_600_000, 3),
        "hours_to_recognise": round(audio_s / 3600, 3),
        "original_bytes": sum(item.size_bytes for item in taken),
        "bytes_to_send": sum(item.sent_bytes or 0 for item in paid),
        "model": order.recognition.model,
        "region": order.config["region"],
        "channels": max(1, len(order.recognition.channels)),
        "prices_usd": _prices(audio_s, order),
        "expected_s": round(_expected_s(paid, order)),
    }


def _prices(audio_s: float, order: Order) -> dict[str, dict[str, float]]:
    """What it would cost at most with each model of the region, for one channel and for two."""
    from captioner.recognition.funasr.catalogue import all_models, price_usd

    region = order.config["region"]
    names = dict.fromkeys((order.recognition.model, *(m.name for m in all_models() if region in m.regions)))
    prices = {name: price_usd(name, region, audio_s) for name in names}
    return {name: {"1": usd, "2": round(2 * usd, 6)} for name, usd in prices.items() if usd is not None}


def _expected_s(paid: Sequence[_Item], order: Order) -> float:
    """The slowest stage, and the last file's time at the service."""
    if not paid:
        return 0.0
    audio_s = [item.duration_ms / 1000 for item in paid]
    stages = (
        sum(audio_s) / (_PREPARE_SPEED * order.run.preparing),
        sum(item.sent_bytes or item.size_bytes for item in paid) / _UPLOAD_BYTES_PER_S,
        len(paid) / order.run.files_per_task / order.run.submits_per_s,
        len(paid) / order.run.files_per_task / order.run.queries_per_s,
    )
    return max(stages) + max(audio_s) / _SERVICE_SPEED


def _line(item: _Item) -> str:
    if item.problem:
        return f"{item.source}: refused, {item.problem}"
    if item.same_as:
        return f"{item.source}: the same as {item.same_as}; recognised once, captioned twice"
    if item.known:
        return f"{item.source}: recognised before, costs nothing"
    if not item.sha256:
        return f"{item.source}: sent as its link; length and cost unknown"
    sent = "size unknown" if item.sent_bytes is None else f"about {item.sent_bytes / 1e6:.1f} MB"
    return f"{item.source}: {item.duration_ms / 60_000:.1f} min, send {sent} of {item.size_bytes / 1e6:.1f} MB"


def _told(totals: dict[str, Any]) -> Iterable[str]:
    yield (
        f"{totals['files']} files, {totals['hours']:.2f} h; {totals['refused']} refused, {totals['duplicates']} there"
        f" twice, {totals['recognised_before']} recognised before; {totals['hours_to_recognise']:.2f} h to recognise"
    )
    yield f"to send: {totals['bytes_to_send'] / 1e6:.1f} MB of {totals['original_bytes'] / 1e6:.1f} MB"
    chosen, channels = totals["model"], totals["channels"]
    for model, price in totals["prices_usd"].items():
        mark = f", chosen, {channels} channel{'s' if channels > 1 else ''}" if model == chosen else ""
        yield f"at most {price['1']:.4f} USD with one channel, {price['2']:.4f} with two: {model}{mark}"
    yield (
        f"expected: {totals['expected_s'] / 60:.1f} min, with {_UPLOAD_BYTES_PER_S * 8 / 1e6:.0f} Mbit/s upwards;"
        " the service bills seconds of speech, so silence costs nothing"
    )
