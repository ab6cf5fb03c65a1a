"""Which stored files are submitted together as one task. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

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


_SAYS_ONE = re.compile(
    r"\b(?:only|exactly|single|just|one|1)\b.{0,40}\b(?:url|urls|file|files|file_urls)\b"
    r"|\b(?:url|urls|file|files|file_urls)\b.{0,40}\b(?:only|exactly|single|just|one|1)\b",
    re.IGNORECASE,
)
"""Words of a refusal that is about the number of files; see Model Studio, "Qwen-Audio-ASR-Filetrans C# SDK", 2026-10:
"accepts only one URL"."""


@dataclass(slots=True)
class GroupLimit:
    """Files in one task: as many as asked for, or one where the service turns out to take no more.

    A refusal of several files may be about one of them or about their number. They are sent alone then, at no cost,
    and so is every other file until all of them were taken, which shows that it was the number.

    Attributes:
        most: Files in one task, as asked for.
        takes_one: The service is known to take one.
        suspects: Keys of files that were refused together and have not been taken alone yet.
    """

    most: int
    takes_one: bool = False
    suspects: set[str] = field(default_factory=set)

    @property
    def files(self) -> int:
        """Files in the next task at most."""
        return 1 if self.takes_one or self.suspects else self.most

    def refused(self, keys: Sequence[str], message: str) -> bool:
        """Files were refused: whether it is now known that the service takes one."""
        if len(keys) == 1:
            if keys[0] in self.suspects:
                self.suspects.clear()  # that file alone is refused, too: the others may have been refused because of it
            return False
        if _SAYS_ONE.search(message):
            return self._learn()
        self.suspects.update(keys)
        return False

    def taken(self, keys: Sequence[str]) -> bool:
        """Files were taken: whether it is now known that the service takes one."""
        was_suspected = bool(self.suspects)
        self.suspects.difference_update(keys)
        return was_suspected and not self.suspects and self._learn()

    def _learn(self) -> bool:
        is_news, self.takes_one = not self.takes_one, True
        self.suspects.clear()
        return is_news


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
