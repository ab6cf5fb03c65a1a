"""What a run would do: what is sent, how long it is, what it costs at list prices; nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from captioner.cli.terminal import json_text, plain
from captioner.errors import CaptionerError

if TYPE_CHECKING:
    from captioner.cli.jobs import Order
    from captioner.jobs.inputs import Source

__all__ = ["SENT_BITS_PER_S", "show_plan"]

#: Bits a second of what is sent, per channel. FLAC: measured on speech at 16 kHz; Opus: the rate it is encoded at.
SENT_BITS_PER_S = {"flac": 140_000, "opus": 28_000}


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of the plan; `duration_ms` and `cost_usd` are None where nobody can know before."""

    source: str
    send: str
    duration_ms: int | None
    sent_bytes: int | None
    cost_usd: float | None
    problem: str = ""


def show_plan(sources: Sequence[Source], order: Order, *, as_json: bool) -> int:
    """Print the plan; returns the exit code: 1 when a file could not be taken."""
    items = [_item(source, order) for source in sources]
    if as_json:
        click.echo(json_text([asdict(item) for item in items]))
    else:
        for item in items:
            click.echo(plain(_line(item)))
        click.echo(_total(items, order))
    return 1 if any(item.problem for item in items) else 0


def _item(source: Source, order: Order) -> _Item:
    if source.problem:
        return _Item(source.name, "nothing", None, None, None, source.problem)
    if source.path is None:
        return _Item(source.name, "its link", None, None, None)
    from captioner import media

    try:
        described = media.describe(source.path)
    except CaptionerError as error:
        return _Item(source.name, "nothing", None, None, None, error.detail)
    channels = max(1, len(order.recognition.channels))
    return _Item(
        source.name,
        f"{order.audio.audio} audio, {channels} channel{'s' if channels > 1 else ''}",
        described.duration_ms,
        _sent_bytes(order.audio.audio, described.duration_ms, described.size_bytes, channels),
        _cost(order, described.duration_ms * channels / 1000),
    )


def _sent_bytes(audio: str, duration_ms: int, size_bytes: int, channels: int) -> int | None:
    if audio == "original":
        return size_bytes
    bits = SENT_BITS_PER_S.get(audio)
    return None if bits is None else bits * channels * duration_ms // 8000


def _cost(order: Order, seconds: float) -> float | None:
    """At the region's list price, or the highest there is where the model has none in that region."""
    from captioner.recognition.funasr.catalogue import find_model, price_usd

    model, region = order.recognition.model, order.config["region"]
    known = [region] if region in find_model(model).usd_per_s else list(find_model(model).usd_per_s)
    return max((price_usd(model, where, seconds) or 0.0 for where in known), default=None)


def _line(item: _Item) -> str:
    if item.problem:
        return f"{item.source}: refused, {item.problem}"
    facts = [f"send {item.send}"]
    if item.duration_ms is not None:
        facts.append(f"{item.duration_ms / 60_000:.1f} min")
    if item.sent_bytes is not None:
        facts.append(f"about {item.sent_bytes / 1e6:.1f} MB")
    facts.append("length and cost unknown" if item.cost_usd is None else f"at most {item.cost_usd:.4f} USD")
    return f"{item.source}: {', '.join(facts)}"


def _total(items: Sequence[_Item], order: Order) -> str:
    taken = [item for item in items if not item.problem]
    minutes = sum(item.duration_ms or 0 for item in taken) / 60_000
    cost = sum(item.cost_usd or 0 for item in taken)
    where = f"{order.recognition.model} in {order.config['region']}"
    unknown = sum(item.cost_usd is None for item in taken)
    beside = f", {unknown} of unknown length and cost beside" if unknown else ""
    return (
        f"total: {len(taken)} files, {minutes:.1f} min with {where}, at most {cost:.4f} USD at list prices{beside}; "
        "the service bills seconds of speech, so silence costs nothing"
    )
