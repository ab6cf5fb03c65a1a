"""Finds the task of a submission whose answer was lost, so that nothing is bought twice. Pure.

The task list names no files. So every task of the model that was created since the submission, and belongs to no other
submission, is a candidate; it is confirmed by the `file_url` in its results, which exist only once it has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from urllib.parse import unquote

from captioner.model import SignedUrl
from captioner.recognition.base import Verdict
from captioner.recognition.funasr.task_status import TaskEntry, TaskReport

__all__ = ["CLOCK_SLACK_MS", "Verdict", "candidates", "confirm"]

CLOCK_SLACK_MS = 10 * 60 * 1000
"""How far this clock may be ahead of the service's. Too much costs a few queries, too little a second task."""

_RULED_OUT = frozenset({"CANCELED", "UNKNOWN"})


def candidates(
    entries: Iterable[TaskEntry], model: str, since_ms: int, claimed: Collection[str] = ()
) -> tuple[TaskEntry, ...]:
    """Tasks that may belong to the lost submission, the nearest in time first.

    Args:
        entries: The task list.
        model: Model name as submitted; the list may name the snapshot behind it, or a stable name for the snapshot.
        since_ms: Unix milliseconds, by this machine's clock, just before the submission left.
        claimed: Ids of tasks known to belong to other submissions.
    """
    earliest_ms = since_ms - CLOCK_SLACK_MS
    possible = [
        entry
        for entry in entries
        if entry.task_id not in claimed
        and entry.status not in _RULED_OUT
        and _is_same_model(entry.model, model)
        and (entry.created_ms is None or entry.created_ms >= earliest_ms)
    ]
    return tuple(sorted(possible, key=lambda entry: abs((entry.created_ms or since_ms) - since_ms)))


def confirm(report: TaskReport, urls: Sequence[SignedUrl]) -> Verdict:
    """Whether a task recognised exactly these URLs.

    The echo of a signed URL is compared without its query, which is not kept once the process has ended. The echo of an
    `oss://` URL is not documented; there the last part of the path, which is unique by construction, is enough.
    """
    if report.is_unknown:
        return Verdict.NOT_KNOWN
    if report.results:
        echoed = [result.file_url for result in report.results]
        ours = len(echoed) == len(urls) and all(any(_is_same_url(url, echo) for echo in echoed) for url in urls)
        return Verdict.OURS if ours else Verdict.NOT_OURS
    # A task that ended without results did no work on any file: nothing was recognised, so nothing is lost.
    return Verdict.NOT_OURS if report.is_finished else Verdict.UNKNOWN_YET


def _is_same_model(listed: str, model: str) -> bool:
    """Whether the listed name can mean the model: the same name, one the dated form of the other, or no name."""
    return not listed or listed == model or listed.startswith(f"{model}-20") or model.startswith(f"{listed}-20")


def _is_same_url(url: SignedUrl, echo: SignedUrl) -> bool:
    if url.url == echo.url or unquote(url.public) == unquote(echo.public):
        return True
    name = url.public.rpartition("/")[2]
    return url.url.startswith("oss://") and bool(name) and unquote(echo.public).endswith(f"/{unquote(name)}")
