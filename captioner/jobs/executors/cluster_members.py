"""Workers of a cluster as the coordinator knows them: which may be given work, what each does, and has failed at.

Plain bookkeeping; nothing here talks to a cluster. May be used from several threads.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from captioner.jobs.events import WorkerStatus

__all__ = ["FAILURES", "Members"]

#: Calls of one step in a row that fail on a worker, while others can do them, before it is left out.
FAILURES = 5
# Speeds are those of the last minute.
_WINDOW_S = 60.0
# Without a sign of life for so long a worker is silent. Workers send one every half second; with more than two hundred
# of them, less often (distributed 2026.8, `heartbeat_interval`).
_SILENT_S = 15.0
_BEATS_MISSED = 5
_WORKERS_PER_BEAT_S = 200


@dataclass(slots=True)
class _Member:
    """A worker.

    Attributes:
        status: What is shown of it.
        is_asked: It is being examined.
        beat: Its last sign of life by the scheduler's clock.
        beat_at: When that changed, by our own clock.
        given: Steps and files that it was given last, together.
        strikes: Calls of each step, in a row, that failed here while others could do them.
        seen: Time, bytes and milliseconds of the last minute.
    """

    status: WorkerStatus
    is_asked: bool = True
    beat: float = 0.0
    beat_at: float = 0.0
    given: tuple[str, ...] = ()
    strikes: Counter[str] = field(default_factory=Counter)
    seen: deque[tuple[float, int, int]] = field(default_factory=deque)


class Members:
    """The workers of a cluster, by their addresses.

    Args:
        clock: Seconds that only grow.
        silent_s: How long a worker may give no sign of life.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, silent_s: float = _SILENT_S) -> None:
        self._clock = clock
        self._silent_s = silent_s
        self._members: dict[str, _Member] = {}
        self._deaths: dict[str, list[tuple[str, ...]]] = {}
        self._died_at: dict[tuple[str, ...], set[str]] = {}
        self._lock = threading.Lock()

    # Coming and going

    def meet(self, known: Mapping[str, tuple[str, float]]) -> tuple[list[str], list[str], list[str]]:
        """Take in what the scheduler knows: name and last sign of life of every worker, by its address.

        Returns:
            Addresses of workers that are to be examined; of those that have left or fallen silent; lines to tell.
        """
        now, told, lost = self._clock(), list[str](), list[str]()
        limit_s = max(self._silent_s, _BEATS_MISSED * (1 + len(known) / _WORKERS_PER_BEAT_S))
        with self._lock:
            for address in [address for address in self._members if address not in known]:
                if line := self._leave(address):
                    told.append(line)
                    lost.append(address)
            new = [address for address in known if self._is_new(address)]
            for address in new:
                before = self._members.get(address)
                status = before.status if before else WorkerStatus(self._free_name(known[address][0], address))
                self._members[address] = _Member(replace(status, state="idle", doing=""))
            for address, (_, beat) in known.items():
                if line := self._hear(self._members[address], beat, now, limit_s):
                    told.append(line)
                    lost += [address] if self._members[address].status.state == "silent" else []
        return new, lost, told

    def _is_new(self, address: str) -> bool:
        """Whether a worker was not there at the last look: it may have been away and have the address it had."""
        member = self._members.get(address)
        return member is None or member.status.state == "gone"

    def _free_name(self, name: str, address: str) -> str:
        taken = {member.status.name for member in self._members.values() if member.status.state != "gone"}
        return address if "://" in name or name in taken else name

    def _leave(self, address: str) -> str:
        """A worker has left: the line about it, or "" when it had no work."""
        member = self._members[address]
        name, status = member.status.name, member.status
        if status.state == "gone":
            return ""
        died_at_work = bool(status.doing)
        failed = status.failed + died_at_work
        member.status = replace(status, state="gone", doing="", failed=failed, bytes_per_s=0, ms_per_s=0)
        if status.state not in ("idle", "working", "silent") or member.is_asked:
            return ""
        if not died_at_work:
            return f"worker {name} has left; its work is repeated"
        self._deaths.setdefault(name, []).append(member.given)
        self._died_at.setdefault(member.given, set()).add(name)
        return f"worker {name} has left; its work is repeated: {status.doing}"

    def _deaths_of_its_own(self, name: str) -> int:
        """Number of deaths of a worker at calls at which no other has died; a file may explain the other deaths."""
        return sum(len(self._died_at[given]) == 1 for given in self._deaths.get(name, ()))

    def _is_last(self, member: _Member) -> bool:
        """Whether no other worker may be given work: without this one nothing would be done any more."""
        others = (other for other in self._members.values() if other is not member and not other.is_asked)
        return not any(other.status.state in ("idle", "working") for other in others)

    def _hear(self, member: _Member, beat: float, now: float, limit_s: float) -> str:
        """Take in a worker's last sign of life: a line when it fell silent, or can be heard again."""
        if beat != member.beat or not member.beat_at:
            member.beat, member.beat_at = beat, now
        silent = now - member.beat_at >= limit_s
        state, name = member.status.state, member.status.name
        if silent and state in ("idle", "working") and not member.is_asked:
            member.status = replace(member.status, state="silent", failed=member.status.failed + 1)
            return f"worker {name} gives no sign of life for {now - member.beat_at:.0f} s; its work is done by others"
        if state == "silent" and not silent:
            member.status = replace(member.status, state="idle", doing="")
            return f"worker {name} is back"
        return ""

    def admit(self, address: str, fault: str) -> str:
        """Give a worker work from now on, unless something is wrong with it: the line about that."""
        with self._lock:
            member = self._members.get(address)
            if member is None:
                return ""
            member.is_asked = False
            name = member.status.name
            deaths = self._deaths_of_its_own(name)
            if deaths >= FAILURES and not self._is_last(member):
                why = f"it has died {deaths} times at its work"
                member.status = replace(member.status, state="left out", reason=why)
                return f"worker {name} is left out: {why}"
            if fault:
                member.status = replace(member.status, state="refused", reason=fault)
                return f"worker {name} is given no work: {fault}"
        return ""

    @property
    def usable(self) -> frozenset[str]:
        """Addresses of the workers that may be given work."""
        with self._lock:
            return frozenset(
                address
                for address, member in self._members.items()
                if not member.is_asked and member.status.state in ("idle", "working")
            )

    @property
    def is_examining(self) -> bool:
        """Whether there is a worker of which it is not known yet whether it can be used."""
        with self._lock:
            return any(member.is_asked and member.status.state != "gone" for member in self._members.values())

    @property
    def has_refused(self) -> bool:
        """Whether there is a worker that cannot be used."""
        with self._lock:
            return any(member.status.state in ("refused", "left out") for member in self._members.values())

    # Work

    def assigned(self, doing: Mapping[str, Sequence[str]]) -> None:
        """Take in what each worker has been given: steps and files that it does together."""
        with self._lock:
            for address, member in self._members.items():
                if member.status.state in ("idle", "working"):
                    given = tuple(doing.get(address, ()))
                    member.given = given or member.given
                    is_told = any(member.status.doing.startswith(one) for one in given)
                    member.status = replace(
                        member.status,
                        state="working" if given else "idle",
                        doing=member.status.doing if is_told else _together_in_words(given),
                    )

    def progressed(self, address: str, doing: str) -> None:
        """Take in how far a worker is."""
        with self._lock:
            if (member := self._members.get(address)) is not None and member.status.state in ("idle", "working"):
                member.status = replace(member.status, state="working", doing=doing)

    def ended(self, address: str, step: str, *, good: bool, sent_bytes: int = 0, prepared_ms: int = 0) -> None:
        """Take in that a worker has done a call."""
        with self._lock:
            member = self._members.get(address)
            if member is None:
                return
            status = member.status
            if good:
                member.strikes[step] = 0
                self._deaths.pop(status.name, None)
            member.status = replace(
                status,
                doing="",
                done=status.done + good,
                failed=status.failed + (not good),
                sent_bytes=status.sent_bytes + sent_bytes,
                prepared_ms=status.prepared_ms + prepared_ms,
            )

    def strike(self, address: str, step: str, reason: str) -> str:
        """Take in that another worker could do what failed on this one; the line when it is left out for that."""
        with self._lock:
            member = self._members.get(address)
            if member is None or member.status.state not in ("idle", "working"):
                return ""
            member.strikes[step] += 1
            if member.strikes[step] < FAILURES:
                return ""
            why = f"{FAILURES} times in a row {step} failed on it that others could do, the last: {reason}"
            member.status = replace(member.status, state="left out", doing="", reason=why)
            return f"worker {member.status.name} is left out: {why}"

    def statuses(self) -> tuple[WorkerStatus, ...]:
        """Status of every worker, by name; one that came again has the work of all its lives."""
        now = self._clock()
        with self._lock:
            found: dict[str, WorkerStatus] = {}
            for member in self._members.values():
                status = _with_speed(member, now)
                before = found.get(status.name)
                found[status.name] = status if before is None else _together(before, status)
        return tuple(found[name] for name in sorted(found))


def _together_in_words(doing: Sequence[str]) -> str:
    """Calls of a worker in one line."""
    if not doing:
        return ""
    return doing[0] if len(doing) == 1 else f"{doing[0]} and {len(doing) - 1} more"


def _with_speed(member: _Member, now: float) -> WorkerStatus:
    status, seen = member.status, member.seen
    if not seen or now - seen[-1][0] >= 1:
        seen.append((now, status.sent_bytes, status.prepared_ms))
    while len(seen) > 2 and now - seen[0][0] > _WINDOW_S:
        seen.popleft()
    first_at, sent_bytes, prepared_ms = seen[0]
    past_s = now - first_at
    if past_s <= 0:
        return status
    return replace(
        status,
        bytes_per_s=(status.sent_bytes - sent_bytes) / past_s,
        ms_per_s=(status.prepared_ms - prepared_ms) / past_s,
    )


def _together(before: WorkerStatus, now: WorkerStatus) -> WorkerStatus:
    """The later life of a worker, with the work of both."""
    later = now if before.state == "gone" else before
    return replace(
        later,
        done=before.done + now.done,
        failed=before.failed + now.failed,
        sent_bytes=before.sent_bytes + now.sent_bytes,
        prepared_ms=before.prepared_ms + now.prepared_ms,
    )
