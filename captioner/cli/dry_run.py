"""Dry run: reads every file once and sends nothing; shows duplicates, bytes, prices and expected time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import click

from captioner import media
from captioner.captions.options import REPLY_EXTENSION
from captioner.cli.run_setup import RunPlan
from captioner.cli.terminal import escape_control, json_text
from captioner.errors import CaptionerError
from captioner.files import name_problem
from captioner.jobs.budget import month_start
from captioner.jobs.inputs.finding import Inputs, Source, clashes, output_path
from captioner.jobs.inputs.folder_scan import PassedOver, Why, summary
from captioner.jobs.ledger import Ledger, LedgerPlace, open_ledgers
from captioner.jobs.options import JobOptions
from captioner.jobs.records import Recognition, object_content, object_stamp, recognition_key
from captioner.jobs.request import spent_since
from captioner.jobs.reuse import Lacking, find_reply
from captioner.media.audio_choice import is_compact
from captioner.media.tracks import choice_notes, choose_tracks
from captioner.recognition.funasr.catalogue import all_models, find_model, price_usd
from captioner.storage import ObjectStore

__all__ = ["show_dry_run"]

_READERS = 2
_LINES_SHOWN = 200
_PASSED_OVER_SHOWN = 50

#: Bits a second of what is sent, per channel. FLAC: measured on speech at 16 kHz; Opus: the rate it is encoded at.
_SENT_BITS_PER_S = {"auto": 140_000, "flac": 140_000, "opus": 28_000}

# For the expected time, all of them rough. Preparing: seconds of sound taken out and encoded in a second by one worker,
# a cautious guess. Service: seconds of audio in a second for a file alone, 6 for short clips to 64 for an hour, seen in
# published replies; tasks run side by side. Upload: what an office line does.
_PREPARE_SPEED = 100.0
_SERVICE_SPEED = 30.0
_UPLOAD_BYTES_PER_S = 2_500_000.0


@dataclass(frozen=True, slots=True)
class _Item:
    """One file of the plan.

    Attributes:
        same_as: The file whose content it shares.
        known: Its reply is there already.
        lacks: What the reply that is there lacks, so that it is recognised again with --again only.
        note: What is different about the reply that is used.
        notes: What the user should know about the file.
        is_signed: The service reads it where it is, in its bucket.
    """

    source: str
    sha256: str = ""
    size_bytes: int = 0
    sent_bytes: int | None = 0
    duration_ms: int | None = 0
    cost_usd: float | None = 0.0
    same_as: str = ""
    is_signed: bool = False
    known: bool = False
    lacks: str = ""
    note: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()


def show_dry_run(
    found: Inputs,
    plan: RunPlan,
    options_for: Callable[[Source], JobOptions],
    ledger: LedgerPlace,
    *,
    as_json: bool,
    objects: ObjectStore | None = None,
) -> int:
    """Print what a run would do; returns the exit code: 1 when a file could not be taken, or needs --again."""
    items = _items(found.sources, plan, options_for, ledger, objects)
    totals = _totals(items, plan) | _month(items, plan, ledger)
    if as_json:
        passed_over = [asdict(one) for one in found.passed_over]
        click.echo(json_text({**totals, "items": [asdict(item) for item in items], "passed_over": passed_over}))
    else:
        for item in items[:_LINES_SHOWN]:
            click.echo(escape_control(_line(item)))
        if len(items) > _LINES_SHOWN:
            click.echo(f"and {len(items) - _LINES_SHOWN} more files; --json lists them all")
        for line in (*_passed_over(found.passed_over), *_summary(totals)):
            click.echo(escape_control(line))
    return 1 if totals["refused"] or totals["need_again"] else 0


def _items(
    sources: Sequence[Source],
    plan: RunPlan,
    options_for: Callable[[Source], JobOptions],
    ledger: LedgerPlace,
    objects: ObjectStore | None,
) -> list[_Item]:
    refused = clashes(sources, plan.run.extensions(plan.run.captions))
    with ThreadPoolExecutor(_READERS) as pool:
        read = list(pool.map(lambda source: _read(source, refused.get(source, ""), plan, objects), sources))
    return _without_duplicates(_compared(list(zip(sources, read, strict=True)), plan, options_for, ledger))


def _read(source: Source, clash: str, plan: RunPlan, objects: ObjectStore | None) -> _Item:
    if problem := source.problem or clash or _name_problem(source, plan):
        return _Item(source.name, problem=problem)
    if source.media is not None:
        return _read_object(source, plan, objects)
    if source.path is None:
        return _Item(source.name, sent_bytes=None, duration_ms=None, cost_usd=None)
    try:
        found = media.describe(source.path, partial=plan.partial)
    except CaptionerError as error:
        return _Item(source.name, problem=error.detail)
    channels = max(1, len(plan.recognition.channels))
    try:
        track = choose_tracks(found, plan.audio.track, plan.recognition.language_hints)[0]
    except CaptionerError as error:
        return _Item(source.name, problem=error.detail)
    notes = (*found.notes, *choice_notes(found, plan.audio, plan.recognition.language_hints, track))
    sent = _sent_bytes(plan.audio.audio, found.duration_ms, found.size_bytes, channels)
    if plan.audio.audio == "auto" and is_compact(plan.audio, track):
        sent = min(found.size_bytes, sent or found.size_bytes)
    cost = _cost(plan, found.duration_ms * channels / 1000)
    return _Item(source.name, found.sha256, found.size_bytes, sent, found.duration_ms, cost, notes=notes)


def _read_object(source: Source, plan: RunPlan, objects: ObjectStore | None) -> _Item:
    """An object in a bucket: only parts of it are read, so its length is that of its header."""
    if source.media is None or objects is None:
        raise TypeError("not in a bucket")
    given = source.media
    try:
        with objects.open(given) as file:
            remote = media.describe_remote(file, given.key, given.size_bytes)
    except CaptionerError as error:
        return _Item(source.name, problem=error.detail)
    diarized, found = plan.recognition.diarized, remote.media
    is_sent = not plan.run.as_it_is or bool(media.why_not_as_it_is(remote, plan.audio, diarized=diarized))
    channels = max(1, len(plan.recognition.channels))
    sent = _sent_bytes(plan.audio.audio, found.duration_ms, found.size_bytes, channels) if is_sent else 0
    cost = _cost(plan, found.duration_ms * channels / 1000)
    content = object_content(given, objects.endpoint)
    return _Item(source.name, content, found.size_bytes, sent, found.duration_ms, cost, is_signed=not is_sent)


def _name_problem(source: Source, plan: RunPlan) -> str:
    extensions = (REPLY_EXTENSION, *plan.run.captions.extensions)
    return name_problem(output_path(source.target, extension) for extension in extensions)


def _sent_bytes(audio: str, duration_ms: int, size_bytes: int, channels: int) -> int | None:
    if audio == "original":
        return size_bytes
    bits = _SENT_BITS_PER_S.get(audio)
    return None if bits is None else bits * channels * duration_ms // 8000


def _cost(plan: RunPlan, seconds: float) -> float | None:
    """At the region's list price, or the highest there is where the model has none in that region."""
    model, region = plan.recognition.model, plan.config["region"]
    known = [region] if region in find_model(model).usd_per_s else list(find_model(model).usd_per_s)
    return max((price_usd(model, where, seconds) or 0.0 for where in known), default=None)


def _compared(
    read: Sequence[tuple[Source, _Item]],
    plan: RunPlan,
    options_for: Callable[[Source], JobOptions],
    ledger: LedgerPlace,
) -> list[_Item]:
    """The items with what the ledgers know of each: the same answer as a run gives."""
    if not ledger.path.is_file() and not ledger.others:
        return [item for _, item in read]
    with _ledgers(ledger) as (book, others):
        return [
            item if item.problem else _judged(source, item, plan, options_for(source), book, others)
            for source, item in read
        ]


@contextmanager
def _ledgers(place: LedgerPlace) -> Iterator[tuple[Ledger, tuple[Ledger, ...]]]:
    """The ledger of a run and the others, to be read; a ledger that is not there yet is the first of the others."""
    if place.path.is_file():
        with open_ledgers(place, read_only=True) as ledgers:
            yield ledgers.book, ledgers.others
    else:
        first = LedgerPlace(place.others[0], place.others[1:])
        with open_ledgers(first, read_only=True) as ledgers:
            yield ledgers.book, ledgers.others


def _judged(
    source: Source, item: _Item, plan: RunPlan, options: JobOptions, book: Ledger, others: Sequence[Ledger]
) -> _Item:
    if source.media is not None and not item.is_signed:
        read_before = book.content_of(source.identity, object_stamp(source.media))
        item = replace(item, sha256=read_before or item.sha256)
    content, run, endpoint = item.sha256 or source.link_digest, plan.run, plan.service_name
    audio = run.audio if item.sha256 and not item.is_signed else ""
    digest = options.recognition_digest
    for before in (
        () if run.renew else (audio, *(run.audio_accepted if audio else ()), run.audio_before if audio else "")
    ):
        if book.fetched(recognition_key(content, digest, before, endpoint)):
            return replace(item, known=True)
    if run.renew:
        return item
    key = recognition_key(content, digest, audio, endpoint)
    wanted = Recognition(key, content, digest, audio, endpoint, options.recognition.model)
    job = book.find_job(source.identity, source.link_digest, os.fspath(source.target))
    current = job.recognition if job is not None else ""
    found = find_reply(wanted, options.recognition, book, others, again=run.again, current=current)
    if isinstance(found, Lacking):
        return replace(item, lacks=found.what)
    return item if found is None else replace(item, known=True, note=found.note)


def _without_duplicates(items: Iterable[_Item]) -> list[_Item]:
    """The items, with nothing to send or pay for a content that is recognised before or stands earlier in the list."""
    first: dict[str, str] = {}
    compared = []
    for item in items:
        same_as = first.setdefault(item.sha256, item.source) if item.sha256 else item.source
        same_as = same_as if same_as != item.source else ""
        is_free = same_as or item.known
        if item.lacks:
            compared.append(replace(item, same_as="", cost_usd=0.0 if same_as else item.cost_usd))
            continue
        compared.append(replace(item, same_as=same_as, sent_bytes=0, cost_usd=0.0) if is_free else item)
    return compared


def _totals(items: Sequence[_Item], plan: RunPlan) -> dict[str, Any]:
    taken = [item for item in items if not item.problem]
    paid = [item for item in taken if not item.same_as and not item.known and not item.lacks]
    held = [item for item in taken if item.lacks]
    audio_s = sum(item.duration_ms or 0 for item in paid) / 1000
    model = find_model(plan.recognition.model)
    return {
        "files": len(items),
        "refused": len(items) - len(taken),
        "duplicates": sum(bool(item.same_as) for item in taken),
        "recognised_before": sum(item.known for item in taken),
        "need_again": len(held),
        "again_cost_usd": round(sum(item.cost_usd or 0.0 for item in held), 6),
        "unknown_length": sum(not item.sha256 for item in taken),
        "hours": round(sum(item.duration_ms or 0 for item in taken) / 3_600_000, 3),
        "hours_to_recognise": round(audio_s / 3600, 3),
        "original_bytes": sum(item.size_bytes for item in taken),
        "bytes_to_send": sum(item.sent_bytes or 0 for item in paid),
        "cost_usd": None if model.is_billed_by_tokens else round(sum(item.cost_usd or 0.0 for item in paid), 6),
        "usd_per_million_tokens": model.usd_per_million_tokens.get(plan.config["region"]),
        "model": plan.recognition.model,
        "region": plan.config["region"],
        "channels": max(1, len(plan.recognition.channels)),
        "prices_usd": _prices(audio_s, plan),
        "expected_s": round(_expected_s(paid, plan)),
    }


def _month(items: Sequence[_Item], plan: RunPlan, ledger: LedgerPlace) -> dict[str, Any]:
    """Rest of the month's budget, and the number of files it would hold; {} if there is none."""
    limit = plan.run.month_limit
    if limit is None:
        return {}
    spent = 0.0
    if ledger.path.is_file():
        with Ledger(ledger.path, read_only=True) as book:
            spent = spent_since(book, month_start(time.time()))
    left, held = limit.usd - spent, 0
    for item in items:
        cost = item.cost_usd or 0.0
        if item.problem or item.same_as or item.known or item.lacks:
            continue
        held, left = (held + 1, left) if cost > left else (held, left - cost)
    return {"month_budget_usd": limit.usd, "month_spent_usd": round(spent, 6), "held_by_month_budget": held}


def _prices(audio_s: float, plan: RunPlan) -> dict[str, dict[str, float]]:
    """Highest price with each model of the region, for one channel and for two."""
    region = plan.config["region"]
    names = dict.fromkeys((plan.recognition.model, *(m.name for m in all_models() if region in m.regions)))
    prices = {name: price_usd(name, region, audio_s) for name in names}
    return {name: {"1": usd, "2": round(2 * usd, 6)} for name, usd in prices.items() if usd is not None}


def _expected_s(paid: Sequence[_Item], plan: RunPlan) -> float:
    """The slowest stage, and the last file's time at the service."""
    if not paid:
        return 0.0
    audio_s = [(item.duration_ms or 0) / 1000 for item in paid]
    stages = (
        sum(audio_s) / (_PREPARE_SPEED * plan.run.preparing),
        sum(item.sent_bytes or item.size_bytes for item in paid) / _UPLOAD_BYTES_PER_S,
        len(paid) / plan.run.files_per_task / plan.run.submits_per_s,
        len(paid) / plan.run.files_per_task / plan.run.queries_per_s,
    )
    return max(stages) + max(audio_s) / _SERVICE_SPEED


def _line(item: _Item) -> str:
    if item.problem:
        return f"{item.source}: refused, {item.problem}"
    if item.same_as:
        return f"{item.source}: the same as {item.same_as}; recognised once, captioned twice"
    if item.known:
        note = f"; {item.note}" if item.note else ""
        return f"{item.source}: recognised before, costs nothing{note}"
    if item.lacks:
        price = "price unknown" if item.cost_usd is None else f"at most {item.cost_usd:.4f} USD"
        return f"{item.source}: recognised before, but without {item.lacks}; --again recognises it again, {price}"
    if item.duration_ms is None:
        return f"{item.source}: sent as its link; length and cost unknown"
    sent = "size unknown" if item.sent_bytes is None else f"about {item.sent_bytes / 1e6:.1f} MB"
    cost = "price unknown" if item.cost_usd is None else f"at most {item.cost_usd:.4f} USD"
    length = f"{item.duration_ms / 60_000:.1f} min"
    notes = "".join(f"; {note}" for note in item.notes)
    if item.is_signed:
        return f"{item.source}: {length}, read by the service where it is, {cost}{notes}"
    return f"{item.source}: {length}, send {sent} of {item.size_bytes / 1e6:.1f} MB, {cost}{notes}"


def _passed_over(passed_over: Sequence[PassedOver]) -> Iterable[str]:
    """Files in the folders that are not taken: how many for each reason, and which."""
    for phrase in summary(passed_over):
        yield f"passed over: {phrase}"
    told = [one for one in passed_over if one.why is not Why.CAPTIONS]
    for one in told[:_PASSED_OVER_SHOWN]:
        yield f"  {one.name}: {one.detail if one.why is Why.UNFINISHED and one.detail else one.why}"
    if len(told) > _PASSED_OVER_SHOWN:
        yield f"  and {len(told) - _PASSED_OVER_SHOWN} more; --json lists them all"


def _summary(totals: dict[str, Any]) -> Iterable[str]:
    files = "1 file" if totals["files"] == 1 else f"{totals['files']} files"
    yield (
        f"{files}, {totals['hours']:.2f} h; {totals['refused']} refused, {totals['duplicates']} there twice,"
        f" {totals['recognised_before']} recognised before; {totals['hours_to_recognise']:.2f} h to recognise"
    )
    if "month_budget_usd" in totals:
        spent, budget = totals["month_spent_usd"], totals["month_budget_usd"]
        yield f"budget.month {budget:g} USD: {spent:.4f} spent; would hold {totals['held_by_month_budget']} of them"
    if totals["need_again"]:
        yield (
            f"{totals['need_again']} of them recognised before, with a reply that lacks what is asked: done only with"
            f" --again, at most {totals['again_cost_usd']:.4f} USD"
        )
    yield f"to send: {totals['bytes_to_send'] / 1e6:.1f} MB of {totals['original_bytes'] / 1e6:.1f} MB"
    chosen, channels = totals["model"], totals["channels"]
    for model, price in totals["prices_usd"].items():
        mark = f", chosen, {channels} channel{'s' if channels > 1 else ''}" if model == chosen else ""
        yield f"at most {price['1']:.4f} USD with one channel, {price['2']:.4f} with two: {model}{mark}"
    if tokens := totals["usd_per_million_tokens"]:
        yield (
            f"{chosen}: {tokens['input']:g} USD for a million tokens in, {tokens['output']:g} out; how many a file has"
            " is not known before the bill, so no cost is estimated, and a run needs --max-hours"
        )
    if totals["unknown_length"]:
        yield f"links: {totals['unknown_length']}, whose length and cost are not known before they are sent"
    speech = "" if tokens else "; the service bills seconds of speech, so silence costs nothing"
    upwards = f"{_UPLOAD_BYTES_PER_S * 8 / 1e6:.0f} Mbit/s upwards"
    yield f"expected: {totals['expected_s'] / 60:.1f} min, with {upwards}{speech}"
