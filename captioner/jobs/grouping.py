"""Which stored files are submitted together as one task. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from captioner.jobs.records import Recognition

__all__ = ["Ready", "form_group", "is_worth_waiting"]


@dataclass(frozen=True, slots=True)
class Ready:
    """A stored file that waits to be submitted.

    Attributes:
        rec: The recognition, STORED.
        address: The address it will be submitted under, without its query.
        digest: Digest of the signed address.
        signed_at: Unix seconds when that was signed.
        since: Unix seconds since when the file waits.
    """

    rec: Recognition
    address: str
    digest: str
    signed_at: float
    since: float


def form_group(ready: Sequence[Ready], limit: int) -> tuple[Ready, ...]:
    """The files of the next task: the first, and others with the same options up to a limit.

    Their addresses differ, so that they can be told apart in the results. A file that must not share a task has one of
    its own.

    Args:
        ready: In the order in which they came; not empty.
        limit: Files in one task at most.
    """
    first = ready[0]
    if first.rec.no_grouping:
        return (first,)
    group: dict[str, Ready] = {}
    for one in ready:
        if len(group) >= limit:
            break
        if one.rec.options == first.rec.options and not one.rec.no_grouping:
            group.setdefault(one.address, one)
    return tuple(group.values())


def is_worth_waiting(
    group: Sequence[Ready], limit: int, *, are_others_coming: bool, now: float, linger_s: float
) -> bool:
    """Whether a group that is not full waits for others that are still on their way.

    Args:
        group: From `form_group`.
        limit: Files in one task at most.
        are_others_coming: Whether files are being prepared or uploaded that could join it; a lone file does not wait.
        now: Unix seconds.
        linger_s: How long its first file waits at most.
    """
    is_short = len(group) < limit and not group[0].rec.no_grouping
    return is_short and are_others_coming and now - min(one.since for one in group) < linger_s
